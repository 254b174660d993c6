//! The one place that reads clocks: measuring time is what this program is for.

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// A started stopwatch.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Stopwatch(Instant);

impl Stopwatch {
    #[expect(clippy::disallowed_methods, reason = "a benchmark measures real time")]
    pub(crate) fn start() -> Self {
        Self(Instant::now())
    }

    pub(crate) fn elapsed(self) -> Duration {
        self.0.elapsed()
    }
}

/// Whole seconds since 1970.
#[expect(clippy::disallowed_methods, reason = "servers accept only data of about now")]
pub(crate) fn now() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_secs()).unwrap_or(0)
}

/// The start of the minute that holds `seconds`.
pub(crate) const fn minute(seconds: i64) -> i64 {
    seconds - seconds.rem_euclid(60)
}
