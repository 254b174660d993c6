//! Which periods a query may ask for, how its time range is cut into periods, and what stored resolution serves it.
//!
//! AWS: `GetMetricStatistics` and `GetMetricData` in the API reference ("`StartTime`", "`Period`"). Periods start
//! at the rounded `StartTime`, not at multiples of the period: AWS said so for both operations (boto3 issue 3457),
//! and the reference's own sample output shows it. The reference caps no period, so any multiple of 60 is taken.
//! A period that is too fine for the age of `StartTime` is not an error: AWS answers without data points.

use crate::time::{DAY, HOUR, Timestamp};

/// The most data points that one `GetMetricStatistics` may ask for.
pub const MOST_STATISTICS_POINTS: u64 = 1_440;
/// The most data points that one `GetMetricData` answers with.
pub const MOST_DATA_POINTS: u64 = 100_800;

/// A period's length: 1, 5, 10, 20, 30 or a multiple of 60 seconds.
#[derive(Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Period(u32);

/// Why a period or a time range is refused.
#[derive(Copy, Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PeriodError {
    /// Not one of the allowed lengths; in seconds.
    #[error("{0} seconds is not a period")]
    NotAllowed(i64),
    /// The range is empty.
    #[error("the start time equals the end time")]
    StartEqualsEnd,
    /// The range is reversed.
    #[error("the start time is after the end time")]
    StartAfterEnd,
    /// More than [`MOST_STATISTICS_POINTS`].
    #[error("the range has {asked} periods")]
    TooManyPoints {
        /// How many periods the range has.
        asked: u64,
    },
}

impl Period {
    /// One minute.
    pub const MINUTE: Self = Self(60);

    /// A period of so many seconds.
    ///
    /// # Errors
    /// [`PeriodError::NotAllowed`] when AWS has no such period.
    pub fn new(seconds: i64) -> Result<Self, PeriodError> {
        let refused = PeriodError::NotAllowed(seconds);
        match u32::try_from(seconds).map_err(|_| refused)? {
            length @ (1 | 5 | 10 | 20 | 30) => Ok(Self(length)),
            length if length > 0 && length % 60 == 0 => Ok(Self(length)),
            _ => Err(refused),
        }
    }

    /// The length in seconds.
    pub const fn seconds(self) -> u32 {
        self.0
    }

    /// The length in milliseconds.
    pub const fn millis(self) -> i64 {
        self.0 as i64 * 1_000
    }

    /// Whether only high-resolution data can fill it.
    pub const fn is_sub_minute(self) -> bool {
        self.0 < 60
    }
}

/// How finely points are kept, and how long: AWS's retention.
#[derive(Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Resolution {
    /// As received with a `StorageResolution` of 1: 3 hours.
    Second,
    /// One minute: 15 days.
    Minute,
    /// Five minutes: 63 days.
    FiveMinutes,
    /// One hour: 455 days.
    Hour,
}

impl Resolution {
    /// From fine to coarse.
    pub const ALL: [Self; 4] = [Self::Second, Self::Minute, Self::FiveMinutes, Self::Hour];

    /// The length in seconds: 1, 60, 300 or 3600.
    pub const fn seconds(self) -> u32 {
        match self {
            Self::Second => 1,
            Self::Minute => 60,
            Self::FiveMinutes => 300,
            Self::Hour => 3_600,
        }
    }

    /// How long AWS keeps it, in milliseconds.
    pub const fn retention_millis(self) -> i64 {
        match self {
            Self::Second => 3 * HOUR,
            Self::Minute => 15 * DAY,
            Self::FiveMinutes => 63 * DAY,
            Self::Hour => 455 * DAY,
        }
    }

    /// Whether whole intervals of this resolution fill the period.
    pub const fn divides(self, period: Period) -> bool {
        period.0.is_multiple_of(self.seconds())
    }
}

/// The stored resolution that serves a query of this period from `start` on, by `start`'s age at `now`: the
/// coarsest that a query of that age is allowed. `None` when AWS has no data points for the combination ("you
/// must specify the period as follows or no data points in that time range is returned").
pub fn resolution_for(period: Period, start: Timestamp, now: Timestamp) -> Option<Resolution> {
    let age = now.millis_since(start);
    let resolution = if period.is_sub_minute() {
        if age > Resolution::Second.retention_millis() {
            return None;
        }
        Resolution::Second
    } else if age <= Resolution::Minute.retention_millis() {
        Resolution::Minute
    } else if age <= Resolution::FiveMinutes.retention_millis() {
        Resolution::FiveMinutes
    } else {
        Resolution::Hour
    };
    resolution.divides(period).then_some(resolution)
}

/// A time range cut into periods: `[start, end)`, the last period possibly shorter.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub struct Window {
    start: Timestamp,
    end: Timestamp,
    period: Period,
}

impl Window {
    /// The periods of a query: `start` is rounded down as AWS does, by the period when that is below a minute,
    /// else to 1 minute, 5 minutes or 1 hour by its age at `now` (15 and 63 days). `end` stays, exclusive.
    ///
    /// # Errors
    /// [`PeriodError`] when the range, as given, is empty or reversed.
    pub fn new(
        start: Timestamp,
        end: Timestamp,
        period: Period,
        now: Timestamp,
    ) -> Result<Self, PeriodError> {
        match start.cmp(&end) {
            std::cmp::Ordering::Less => Ok(Self { start: round_start(start, period, now), end, period }),
            std::cmp::Ordering::Equal => Err(PeriodError::StartEqualsEnd),
            std::cmp::Ordering::Greater => Err(PeriodError::StartAfterEnd),
        }
    }

    /// A range whose start is already where its first period shall begin (an alarm's evaluation range).
    pub const fn exact(start: Timestamp, end: Timestamp, period: Period) -> Self {
        Self { start, end, period }
    }

    /// Refuses what `GetMetricStatistics` refuses.
    ///
    /// # Errors
    /// [`PeriodError::TooManyPoints`] beyond [`MOST_STATISTICS_POINTS`].
    pub fn limited(self) -> Result<Self, PeriodError> {
        let asked = self.count();
        if asked > MOST_STATISTICS_POINTS { Err(PeriodError::TooManyPoints { asked }) } else { Ok(self) }
    }

    /// Where the first period begins; inclusive.
    pub const fn start(&self) -> Timestamp {
        self.start
    }

    /// Where the range ends; exclusive.
    pub const fn end(&self) -> Timestamp {
        self.end
    }

    /// The periods' length.
    pub const fn period(&self) -> Period {
        self.period
    }

    /// How many periods begin in the range.
    pub const fn count(&self) -> u64 {
        let millis = self.end.millis_since(self.start);
        if millis <= 0 { 0 } else { (millis as u64).div_ceil(self.period.millis() as u64) }
    }

    /// The start of the period that holds `time`; `None` outside of the range.
    pub fn bucket_of(&self, time: Timestamp) -> Option<Timestamp> {
        if time < self.start || time >= self.end {
            return None;
        }
        let into = time.millis_since(self.start) % self.period.millis();
        Some(time.plus_millis(-into))
    }

    /// The starts of all periods, in order.
    pub fn starts(&self) -> impl DoubleEndedIterator<Item = Timestamp> + use<> {
        let (start, step) = (self.start, self.period.millis());
        (0..self.count()).map(move |number| start.plus_millis((number as i64).saturating_mul(step)))
    }
}

fn round_start(start: Timestamp, period: Period, now: Timestamp) -> Timestamp {
    let age = now.millis_since(start);
    let step = if period.is_sub_minute() {
        period.seconds()
    } else if age < Resolution::Minute.retention_millis() {
        60
    } else if age <= Resolution::FiveMinutes.retention_millis() {
        300
    } else {
        3_600
    };
    start.floor_to(step)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const NOW: &str = "2026-11-21T12:32:34Z";

    fn at(text: &str) -> Timestamp {
        Timestamp::parse_rfc3339(text).unwrap()
    }

    #[test]
    fn periods() {
        fn check(seconds: i64, allowed: bool) {
            let expected = if allowed { Ok(seconds as u32) } else { Err(PeriodError::NotAllowed(seconds)) };
            assert_eq!(Period::new(seconds).map(Period::seconds), expected);
        }
        for allowed in [1, 5, 10, 20, 30, 60, 120, 86_400, 2_592_000] {
            check(allowed, true);
        }
        for refused in [i64::MIN, -60, 0, 2, 15, 45, 61, 90, i64::MAX] {
            check(refused, false);
        }
    }

    #[test]
    fn start_rounding() {
        fn check(start: &str, period: i64, expected: &str) {
            let (start, now) = (at(start), at(NOW));
            let window = Window::new(start, now.plus_millis(1), Period::new(period).unwrap(), now).unwrap();
            assert_eq!(window.start().to_string(), expected);
        }
        check("2026-11-21T12:32:34Z", 60, "2026-11-21T12:32:00Z");
        check("2026-11-21T12:32:34Z", 3600, "2026-11-21T12:32:00Z");
        check("2026-11-06T12:32:35Z", 300, "2026-11-06T12:32:00Z");
        check("2026-11-06T12:32:34Z", 300, "2026-11-06T12:30:00Z");
        check("2026-09-19T12:32:34Z", 300, "2026-09-19T12:30:00Z");
        check("2026-09-19T12:32:33Z", 3600, "2026-09-19T12:00:00Z");
        check("2026-11-21T01:05:23Z", 10, "2026-11-21T01:05:20Z");
        check("2026-11-21T12:02:17Z", 5, "2026-11-21T12:02:15Z");
        check("2026-11-21T12:02:17.900Z", 1, "2026-11-21T12:02:17Z");
    }

    #[test]
    fn resolutions() {
        fn check(period: i64, age: i64, expected: Option<u32>) {
            let now = at(NOW);
            let found = resolution_for(Period::new(period).unwrap(), now.plus_millis(-age), now);
            assert_eq!(found.map(Resolution::seconds), expected, "{period} {age}");
        }
        check(10, 3 * HOUR, Some(1));
        check(10, 3 * HOUR + 1, None);
        check(60, 0, Some(60));
        check(60, 15 * DAY, Some(60));
        check(60, 15 * DAY + 1, None);
        check(300, 15 * DAY + 1, Some(300));
        check(300, 63 * DAY + 1, None);
        check(3600, 400 * DAY, Some(3600));
        check(86_400, 400 * DAY, Some(3600));
        check(5400, 400 * DAY, None);
        check(60, -HOUR, Some(60));
    }

    #[test]
    fn ranges() {
        fn check(start: &str, end: &str, period: i64, expected: Result<u64, PeriodError>) {
            let window = Window::new(at(start), at(end), Period::new(period).unwrap(), at(NOW));
            assert_eq!(window.and_then(Window::limited).map(|window| window.count()), expected);
        }
        check("2026-11-21T12:00:00Z", "2026-11-21T12:00:00Z", 60, Err(PeriodError::StartEqualsEnd));
        check("2026-11-21T12:00:01Z", "2026-11-21T12:00:00Z", 60, Err(PeriodError::StartAfterEnd));
        check("2026-11-20T12:00:00Z", "2026-11-21T12:00:00Z", 60, Ok(1_440));
        check(
            "2026-11-20T12:00:00Z",
            "2026-11-21T12:00:01Z",
            60,
            Err(PeriodError::TooManyPoints { asked: 1_441 }),
        );
        check(
            "2026-11-20T12:00:00Z",
            "2026-11-21T12:00:00Z",
            1,
            Err(PeriodError::TooManyPoints { asked: 86_400 }),
        );
        check("2026-11-21T12:00:59Z", "2026-11-21T12:01:01Z", 60, Ok(2));
    }

    proptest! {
        #[test]
        fn every_time_of_the_range_is_in_one_period(start: i32, length in 1..10_000_000i64, into: u32, period in 0..6usize) {
            let period = Period::new([1, 5, 20, 60, 300, 7_200][period]).unwrap();
            let start = Timestamp::from_millis(i64::from(start));
            let end = start.plus_millis(length);
            let window = Window::new(start, end, period, end).unwrap();
            let time = start.plus_millis(i64::from(into) % length);
            let bucket = window.bucket_of(time).unwrap();
            prop_assert!(bucket <= time && time.millis_since(bucket) < period.millis());
            prop_assert!(window.starts().take(1_000_000).any(|own| own == bucket));
            prop_assert_eq!(window.bucket_of(end), None);
        }

        #[test]
        fn no_range_panics(start: i64, end: i64, now: i64, time: i64) {
            let (start, end) = (Timestamp::from_millis(start), Timestamp::from_millis(end));
            let now = Timestamp::from_millis(now);
            let _ = resolution_for(Period::MINUTE, start, now);
            if let Ok(window) = Window::new(start, end, Period::MINUTE, now) {
                let _ = (window.count(), window.bucket_of(Timestamp::from_millis(time)), window.starts().next_back());
            }
        }
    }
}
