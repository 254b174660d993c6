//! Points in time and calendar days, both in UTC.
//!
//! Nothing here reads a clock. Timestamps are whole milliseconds, the finest that `CloudWatch` and `CloudTrail`
//! tell apart; days are what stored segments are cut by. Not here: time zones (see `metrics::label`).

use std::fmt;

use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

/// Milliseconds in a second.
pub const SECOND: i64 = 1_000;
/// Milliseconds in a minute.
pub const MINUTE: i64 = 60 * SECOND;
/// Milliseconds in an hour.
pub const HOUR: i64 = 60 * MINUTE;
/// Milliseconds in a day.
pub const DAY: i64 = 24 * HOUR;

/// A point in time: milliseconds since 1970-01-01T00:00:00Z, negative before it.
#[derive(Copy, Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(i64);

impl Timestamp {
    /// The earliest timestamp that exists.
    pub const MIN: Self = Self(i64::MIN);
    /// The latest timestamp that exists.
    pub const MAX: Self = Self(i64::MAX);

    /// From milliseconds since the epoch.
    pub const fn from_millis(millis: i64) -> Self {
        Self(millis)
    }

    /// From whole seconds since the epoch, saturating at the ends of the range.
    pub const fn from_seconds(seconds: i64) -> Self {
        Self(seconds.saturating_mul(SECOND))
    }

    /// Milliseconds since the epoch.
    pub const fn millis(self) -> i64 {
        self.0
    }

    /// The start of the `seconds`-long interval since the epoch that holds this time; 0 counts as 1.
    #[must_use]
    pub const fn floor_to(self, seconds: u32) -> Self {
        let step = if seconds == 0 { SECOND } else { seconds as i64 * SECOND };
        Self(self.0.saturating_sub(self.0.rem_euclid(step)))
    }

    /// The first multiple of `seconds` since the epoch that is not before this time; 0 counts as 1.
    #[must_use]
    pub const fn ceil_to(self, seconds: u32) -> Self {
        let floor = self.floor_to(seconds);
        if floor.0 == self.0 {
            return self;
        }
        let step = if seconds == 0 { SECOND } else { seconds as i64 * SECOND };
        Self(floor.0.saturating_add(step))
    }

    /// This time moved by `millis` (which may be negative), saturating.
    #[must_use]
    pub const fn plus_millis(self, millis: i64) -> Self {
        Self(self.0.saturating_add(millis))
    }

    /// Milliseconds from `earlier` to this time, negative when `earlier` is later; saturating.
    pub const fn millis_since(self, earlier: Self) -> i64 {
        self.0.saturating_sub(earlier.0)
    }

    /// Reads an RFC 3339 text; parts of a millisecond are cut off. `None` when it is not one.
    pub fn parse_rfc3339(text: &str) -> Option<Self> {
        let nanos = OffsetDateTime::parse(text, &Rfc3339).ok()?.unix_timestamp_nanos();
        i64::try_from(nanos.div_euclid(1_000_000)).ok().map(Self)
    }
}

impl fmt::Display for Timestamp {
    /// RFC 3339 in UTC, with a fraction only where there is one: `2026-11-21T10:00:00Z`. Years that RFC 3339
    /// cannot write are shown as milliseconds.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = OffsetDateTime::from_unix_timestamp_nanos(i128::from(self.0) * 1_000_000)
            .ok()
            .and_then(|time| time.format(&Rfc3339).ok());
        match text {
            Some(text) => f.write_str(&text),
            None => write!(f, "{}ms", self.0),
        }
    }
}

/// A calendar day in UTC, counted from 1970-01-01.
#[derive(Copy, Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Day(i32);

impl Day {
    /// The day that holds `time`; times beyond the range of days give the first or the last day.
    pub const fn of(time: Timestamp) -> Self {
        let days = time.0.div_euclid(DAY);
        if days > i32::MAX as i64 {
            Self(i32::MAX)
        } else if days < i32::MIN as i64 {
            Self(i32::MIN)
        } else {
            Self(days as i32)
        }
    }

    /// From days since 1970-01-01.
    pub const fn from_number(days: i32) -> Self {
        Self(days)
    }

    /// Days since 1970-01-01.
    pub const fn number(self) -> i32 {
        self.0
    }

    /// The first millisecond of the day.
    pub const fn start(self) -> Timestamp {
        Timestamp(self.0 as i64 * DAY)
    }

    /// The first millisecond after the day.
    pub const fn end(self) -> Timestamp {
        Timestamp((self.0 as i64 + 1) * DAY)
    }

    /// The day after, saturating.
    #[must_use]
    pub const fn next(self) -> Self {
        Self(self.0.saturating_add(1))
    }

    /// The day before, saturating.
    #[must_use]
    pub const fn previous(self) -> Self {
        Self(self.0.saturating_sub(1))
    }

    /// Every day that has an instant in `[start, end)`, in order; none when the range is empty.
    pub fn range(start: Timestamp, end: Timestamp) -> impl DoubleEndedIterator<Item = Self> + Clone {
        let (first, last) = if start < end {
            (Self::of(start).0, i64::from(Self::of(Timestamp(end.0 - 1)).0))
        } else {
            (0, -1)
        };
        (i64::from(first)..=last).map(|days| Self(days as i32))
    }

    /// Eight digits, `20261121`, as in object names.
    pub fn compact(self) -> String {
        match self.date() {
            Some((year, month, day)) => format!("{year:04}{month:02}{day:02}"),
            None => self.to_string(),
        }
    }

    /// Reads `2026-11-21` or `20261121` (years 0000 to 9999). `None` when it is neither.
    pub fn parse(text: &str) -> Option<Self> {
        let bytes = text.as_bytes();
        let (year, month, day) = match bytes {
            [y @ .., b'-', m1, m2, b'-', d1, d2] if y.len() == 4 => (y, [*m1, *m2], [*d1, *d2]),
            [y @ .., m1, m2, d1, d2] if y.len() == 4 => (y, [*m1, *m2], [*d1, *d2]),
            _ => return None,
        };
        let month = time::Month::try_from(u8::try_from(digits(&month)?).ok()?).ok()?;
        let date = time::Date::from_calendar_date(digits(year)?, month, u8::try_from(digits(&day)?).ok()?);
        let julian = date.ok()?.to_julian_day();
        Some(Self(julian - EPOCH_JULIAN_DAY))
    }

    fn date(self) -> Option<(i32, u8, u8)> {
        let julian = self.0.checked_add(EPOCH_JULIAN_DAY)?;
        let date = time::Date::from_julian_day(julian).ok()?;
        (0..=9999).contains(&date.year()).then(|| (date.year(), u8::from(date.month()), date.day()))
    }
}

/// The Julian day number of 1970-01-01.
const EPOCH_JULIAN_DAY: i32 = 2_440_588;

fn digits(bytes: &[u8]) -> Option<i32> {
    bytes
        .iter()
        .try_fold(0, |number, byte| byte.is_ascii_digit().then(|| number * 10 + i32::from(byte - b'0')))
}

impl fmt::Display for Day {
    /// `2026-11-21`; days outside the years 0000 to 9999 are shown as a day number, `day 12345678`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.date() {
            Some((year, month, day)) => write!(f, "{year:04}-{month:02}-{day:02}"),
            None => write!(f, "day {}", self.0),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn timestamps() {
        fn check(millis: i64, expected: &str) {
            assert_eq!(Timestamp::from_millis(millis).to_string(), expected);
        }
        check(0, "1970-01-01T00:00:00Z");
        check(1_795_255_200_000, "2026-11-21T10:00:00Z");
        check(1_795_255_200_120, "2026-11-21T10:00:00.12Z");
        check(-1, "1969-12-31T23:59:59.999Z");
        check(i64::MAX, "9223372036854775807ms");
    }

    #[test]
    fn flooring() {
        fn check(millis: i64, seconds: u32, floor: i64, ceil: i64) {
            let time = Timestamp::from_millis(millis);
            assert_eq!((time.floor_to(seconds).millis(), time.ceil_to(seconds).millis()), (floor, ceil));
        }
        check(59_999, 60, 0, 60_000);
        check(60_000, 60, 60_000, 60_000);
        check(-1, 60, -60_000, 0);
        check(1_500, 0, 1_000, 2_000);
        check(1_500, 1, 1_000, 2_000);
    }

    #[test]
    fn days() {
        fn check(millis: i64, expected: &str, compact: &str) {
            let day = Day::of(Timestamp::from_millis(millis));
            assert_eq!((day.to_string().as_str(), day.compact().as_str()), (expected, compact));
        }
        check(0, "1970-01-01", "19700101");
        check(-1, "1969-12-31", "19691231");
        check(1_795_255_200_000, "2026-11-21", "20261121");
    }

    #[test]
    fn day_texts() {
        fn check(text: &str, expected: Option<i32>) {
            assert_eq!(Day::parse(text).map(Day::number), expected, "{text}");
        }
        check("1970-01-02", Some(1));
        check("19691231", Some(-1));
        check("2026-02-30", None);
        check("2026-2-3", None);
        check("2026-13-01", None);
        check("+026-01-01", None);
        check("", None);
    }

    #[test]
    fn day_ranges() {
        fn check(start: i64, end: i64, expected: &[i32]) {
            let days = Day::range(Timestamp::from_millis(start), Timestamp::from_millis(end));
            assert_eq!(days.map(Day::number).collect::<Vec<_>>(), expected);
        }
        check(0, DAY, &[0]);
        check(0, DAY + 1, &[0, 1]);
        check(-1, 1, &[-1, 0]);
        check(5, 5, &[]);
        check(6, 5, &[]);
    }

    proptest! {
        #[test]
        fn a_day_reads_back(number in -719_528..2_932_897i32) {
            let day = Day::from_number(number);
            prop_assert_eq!(Day::parse(&day.to_string()), Some(day));
            prop_assert_eq!(Day::parse(&day.compact()), Some(day));
            prop_assert_eq!(Day::of(day.start()), day);
            prop_assert_eq!(Day::of(day.end()), day.next());
        }

        #[test]
        fn a_timestamp_reads_back(millis in -62_167_219_200_000..253_402_300_799_999i64) {
            let time = Timestamp::from_millis(millis);
            prop_assert_eq!(Timestamp::parse_rfc3339(&time.to_string()), Some(time));
        }

        #[test]
        fn no_value_panics(millis: i64, number: i32, seconds: u32, text: String) {
            let time = Timestamp::from_millis(millis);
            let _ = (time.to_string(), time.floor_to(seconds), time.ceil_to(seconds), Day::of(time).to_string());
            let _ = (Day::from_number(number).compact(), Day::from_number(number).end(), Day::parse(&text));
            let _ = Timestamp::parse_rfc3339(&text);
        }
    }
}
