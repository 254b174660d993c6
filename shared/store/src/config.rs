//! What the storage engine is told: names of its tables and bucket, limits, retention.

use watchtrail_core::metrics::Window;
use watchtrail_core::time::{DAY, HOUR, Timestamp};

use crate::seal::SealingHome;

/// Names of the three tables and the bucket.
#[derive(Debug, Clone)]
pub struct Names {
    /// Heads, journal, dirty list, due list.
    pub ledger: String,
    /// Segment index and directories.
    pub index: String,
    /// Small lasting facts: which partitions exist, tags.
    pub catalog: String,
    /// Segments, directories and large journal bodies.
    pub bucket: String,
}

impl Names {
    /// `<prefix>-ledger`, `<prefix>-index`, `<prefix>-catalog`, `<prefix>-data`.
    pub fn with_prefix(prefix: &str) -> Self {
        Self {
            ledger: format!("{prefix}-ledger"),
            index: format!("{prefix}-index"),
            catalog: format!("{prefix}-catalog"),
            bucket: format!("{prefix}-data"),
        }
    }
}

/// How long metrics are kept at each resolution, in milliseconds; `None` is forever.
///
/// The defaults are CloudWatch's: <https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch_concepts.html#metrics-retention>.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Retention {
    /// Periods below a minute.
    pub seconds_1: Option<i64>,
    /// One minute.
    pub seconds_60: Option<i64>,
    /// Five minutes.
    pub seconds_300: Option<i64>,
    /// One hour.
    pub seconds_3600: Option<i64>,
}

impl Default for Retention {
    fn default() -> Self {
        Self {
            seconds_1: Some(3 * HOUR),
            seconds_60: Some(15 * DAY),
            seconds_300: Some(63 * DAY),
            seconds_3600: Some(455 * DAY),
        }
    }
}

impl Retention {
    /// The retention of a stored resolution (1, 60, 300 or 3600 seconds).
    pub const fn of(&self, resolution: u32) -> Option<i64> {
        match resolution {
            0..60 => self.seconds_1,
            60..300 => self.seconds_60,
            300..3600 => self.seconds_300,
            _ => self.seconds_3600,
        }
    }

    /// The stored resolutions that serve a window, coarsest first; `None` when AWS has no data points for the combination of
    /// its period and the age of its start.
    ///
    /// AWS: "If the StartTime parameter specifies a time stamp that is greater than 3 hours ago, you must specify the period
    /// as follows or no data points in that time range is returned" (GetMetricStatistics, `Period`).
    pub fn resolutions(&self, window: &Window, now: Timestamp) -> Option<&'static [u32]> {
        let age = now.millis_since(window.start());
        let period = window.period().seconds();
        let kept = |resolution| self.of(resolution).is_none_or(|kept| age <= kept);
        if period < 60 {
            return kept(1).then_some(&[1]);
        }
        // Rows of a coarser resolution have their period's start as their time: they fit only where the window's periods
        // begin where theirs do.
        let fits = |resolution: u32| {
            period.is_multiple_of(resolution) && window.start().floor_to(resolution) == window.start()
        };
        let finest = [60, 300, 3600].into_iter().find(|resolution| kept(*resolution)).unwrap_or(3600);
        match finest {
            _ if !period.is_multiple_of(finest) => None,
            60 => Some(&[60]),
            300 => Some(&[300, 60]),
            _ if fits(3600) => Some(&[3600, 300, 60]),
            _ => None,
        }
    }
}

/// Settings of a [`Store`](crate::Store).
#[derive(Debug, Clone)]
pub struct StoreConfig {
    /// Tables and bucket.
    pub names: Names,
    /// A journal body up to this many bytes stands in the item; a larger one goes to S3 first.
    /// 8 KB is where one S3 PUT ($5/M) becomes cheaper than the write units ($0.625/M a KB).
    pub inline_limit: usize,
    /// A partition is delivered when its oldest undelivered row waits this long (milliseconds)
    pub delivery_age: i64,
    /// (a log group to which little was written: this long) …
    pub quiet_age: i64,
    /// … or when it has this many undelivered bytes.
    pub delivery_bytes: u64,
    /// Rows of metrics that are merged at once when a day is settled. Each takes some 125 bytes of memory meanwhile, and a day of ten thousand
    /// metrics has fourteen million: it becomes some segments and not one.
    pub settled_rows: u64,
    /// How long a journal item stays after it was written, in milliseconds.
    pub journal_ttl: i64,
    /// Retention of metrics.
    pub retention: Retention,
    /// How long audit records are kept, in milliseconds; `None` is forever. LookupEvents looks back ninety days in any case.
    pub trail_retention: Option<i64>,
    /// Memory for decoded tail items and segments, each, in bytes.
    pub cache_bytes: u64,
    /// Whether this process is the only one that ever writes to the tables (the local host with embedded stores):
    /// then the tail of the journal is known without asking for it.
    pub sole_writer: bool,
    /// Where the key is kept that secrets are sealed under; without it there are no access keys.
    pub sealing: Option<SealingHome>,
}

impl StoreConfig {
    /// The settings for AWS.
    pub fn new(names: Names) -> Self {
        Self {
            names,
            inline_limit: 8 * 1024,
            delivery_age: 5 * 60_000,
            quiet_age: 3 * HOUR,
            delivery_bytes: 8 << 20,
            settled_rows: 3_000_000,
            journal_ttl: 14 * DAY,
            retention: Retention::default(),
            trail_retention: None,
            cache_bytes: 64 << 20,
            sole_writer: false,
            sealing: None,
        }
    }
}

#[cfg(test)]
mod tests {
    use watchtrail_core::metrics::Period;

    use super::*;

    #[test]
    fn resolutions_by_period_and_age() {
        fn check(period: i64, age: i64, expected: Option<&[u32]>) {
            let now = Timestamp::parse_rfc3339("2026-11-21T12:00:00Z").unwrap();
            let start = now.plus_millis(-age);
            let window = Window::new(start, now, Period::new(period).unwrap(), now).unwrap();
            assert_eq!(Retention::default().resolutions(&window, now), expected, "{period} s, {age} ms");
        }
        check(1, HOUR, Some(&[1]));
        check(30, 4 * HOUR, None);
        check(60, HOUR, Some(&[60]));
        check(3600, 14 * DAY, Some(&[60]));
        check(60, 20 * DAY, None);
        check(300, 20 * DAY, Some(&[300, 60]));
        check(900, 70 * DAY, None);
        check(3600, 70 * DAY, Some(&[3600, 300, 60]));
        check(7200, 500 * DAY, Some(&[3600, 300, 60]));
    }
}
