//! The suite's clock: the system's, set forward. It is stored with the data and never goes back, except by reset. One that stands still
//! moves only when it is set.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicI64, Ordering};

use serde::{Deserialize, Serialize};
use watchtrail_core::time::Timestamp;
use watchtrail_service::Clock;
use watchtrail_service::edge::SystemClock;

/// A clock that can be set forward.
#[derive(Debug)]
pub struct SuiteClock {
    /// Milliseconds that the suite is ahead of the system.
    ahead: AtomicI64,
    /// The latest time that was told: what keeps the clock from going back when the system's does.
    latest: AtomicI64,
    file: Option<PathBuf>,
    /// Whether the system's time does not matter.
    still: bool,
}

#[derive(Debug, Serialize, Deserialize)]
struct Stored {
    ahead_millis: i64,
    latest_millis: i64,
}

impl SuiteClock {
    /// A clock that begins at the system's time.
    pub fn new() -> Self {
        Self { ahead: AtomicI64::new(0), latest: AtomicI64::new(i64::MIN), file: None, still: false }
    }

    /// A clock that stands still at `start` until it is set forward.
    pub fn still(start: Timestamp) -> Self {
        Self { ahead: AtomicI64::new(0), latest: AtomicI64::new(start.millis()), file: None, still: true }
    }

    /// The clock that was stored in `file`, or a new one that will be.
    ///
    /// # Errors
    /// When the file is there and cannot be read.
    pub fn open(file: PathBuf) -> io::Result<Self> {
        let stored = match std::fs::read(&file) {
            Ok(bytes) => serde_json::from_slice(&bytes)?,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                Stored { ahead_millis: 0, latest_millis: i64::MIN }
            }
            Err(error) => return Err(error),
        };
        let (ahead, latest) = (AtomicI64::new(stored.ahead_millis), AtomicI64::new(stored.latest_millis));
        Ok(Self { ahead, latest, file: Some(file), still: false })
    }

    /// Sets the clock forward to `to`; a time in the past changes nothing.
    pub fn set(&self, to: Timestamp) {
        let ahead = to.millis_since(SystemClock.now());
        self.ahead.fetch_max(ahead, Ordering::SeqCst);
        self.latest.fetch_max(to.millis(), Ordering::SeqCst);
    }

    /// Writes the clock to its file, whole or not at all.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn store(&self) -> io::Result<()> {
        let Some(file) = &self.file else { return Ok(()) };
        let latest_millis = self.now().millis();
        let stored = Stored { ahead_millis: self.ahead.load(Ordering::SeqCst), latest_millis };
        write_whole(file, &serde_json::to_vec(&stored)?)
    }
}

impl Default for SuiteClock {
    fn default() -> Self {
        Self::new()
    }
}

impl Clock for SuiteClock {
    fn now(&self) -> Timestamp {
        if self.still {
            return Timestamp::from_millis(self.latest.load(Ordering::SeqCst));
        }
        let told = SystemClock.now().millis().saturating_add(self.ahead.load(Ordering::SeqCst));
        Timestamp::from_millis(told.max(self.latest.fetch_max(told, Ordering::SeqCst)))
    }
}

/// Replaces a file in one step.
pub(crate) fn write_whole(file: &Path, bytes: &[u8]) -> io::Result<()> {
    let beside = file.with_extension("new");
    std::fs::write(&beside, bytes)?;
    std::fs::rename(beside, file)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_that_stands_still_goes_where_it_is_set() {
        let start = Timestamp::from_seconds(60);
        let clock = SuiteClock::still(start);
        assert_eq!(clock.now(), start);
        clock.set(start.plus_millis(10));
        clock.set(start);
        assert_eq!(clock.now(), start.plus_millis(10));
        assert_eq!(clock.now(), start.plus_millis(10));
    }

    #[test]
    fn it_goes_forward_and_never_back() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("clock.json");
        let clock = SuiteClock::open(file.clone()).unwrap();
        let later = clock.now().plus_millis(86_400_000);
        clock.set(later);
        assert!(clock.now() >= later);
        clock.set(later.plus_millis(-1000));
        assert!(clock.now() >= later);
        clock.store().unwrap();
        assert!(SuiteClock::open(file).unwrap().now() >= later);
    }
}
