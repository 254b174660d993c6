//! Points in time as the protocols carry them.
//!
//! AWS writes epoch seconds in JSON, tag 1 with a float in CBOR, and ISO 8601 in query requests and XML
//! (<https://smithy.io/2.0/spec/protocol-traits.html#timestampformat-trait>). All of them are read wherever a
//! timestamp is expected, since clients differ. Resolution is the millisecond; what is finer is rounded.

use std::fmt;

use serde::de::{self, Deserialize, Deserializer, Visitor};
use serde::ser::{Serialize, Serializer};
use time::format_description::well_known::{Iso8601, Rfc2822};
use time::{Date, OffsetDateTime, PrimitiveDateTime};

/// By this name our CBOR and XML serializers, and the CBOR deserializer, recognise a timestamp.
pub(crate) const TIMESTAMP: &str = "$watchtrail::Timestamp";

/// The years 1 to 9999: what ISO 8601 can write with four digits.
const EARLIEST_MILLIS: i64 = -62_135_596_800_000;
const LATEST_MILLIS: i64 = 253_402_300_799_999;

/// A point in time: milliseconds since 1970-01-01T00:00:00Z, of the years 1 to 9999.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(i64);

impl Timestamp {
    /// The point `millis` milliseconds after the epoch, held to the years 1 to 9999.
    pub const fn from_millis(millis: i64) -> Self {
        if millis < EARLIEST_MILLIS {
            Self(EARLIEST_MILLIS)
        } else if millis > LATEST_MILLIS {
            Self(LATEST_MILLIS)
        } else {
            Self(millis)
        }
    }

    /// Milliseconds since the epoch.
    pub const fn millis(self) -> i64 {
        self.0
    }

    fn from_seconds(seconds: f64) -> Option<Self> {
        let millis = (seconds * 1000.0).round();
        let inside = millis >= EARLIEST_MILLIS as f64 && millis <= LATEST_MILLIS as f64;
        inside.then_some(Self(millis as i64))
    }

    fn from_whole_seconds(seconds: i64) -> Option<Self> {
        let millis = seconds.checked_mul(1000)?;
        (EARLIEST_MILLIS..=LATEST_MILLIS).contains(&millis).then_some(Self(millis))
    }

    /// Reads ISO 8601 (a missing offset means UTC, a missing time midnight), an HTTP date, or epoch seconds.
    pub fn parse(text: &str) -> Option<Self> {
        let instant = OffsetDateTime::parse(text, &Iso8601::DEFAULT)
            .or_else(|_| PrimitiveDateTime::parse(text, &Iso8601::DEFAULT).map(PrimitiveDateTime::assume_utc))
            .or_else(|_| Date::parse(text, &Iso8601::DEFAULT).map(|date| date.midnight().assume_utc()))
            .or_else(|_| OffsetDateTime::parse(text, &Rfc2822));
        // Digits alone could be a date without dashes (20260102) as well: seconds are meant.
        if text.bytes().all(|byte| byte.is_ascii_digit() || matches!(byte, b'.' | b'-' | b'+' | b'e' | b'E'))
            && let Ok(seconds) = text.parse()
        {
            return Self::from_seconds(seconds);
        }
        let millis = instant.ok()?.unix_timestamp_nanos().div_euclid(1_000_000);
        i64::try_from(millis).ok().filter(|ms| (EARLIEST_MILLIS..=LATEST_MILLIS).contains(ms)).map(Self)
    }
}

impl fmt::Display for Timestamp {
    /// `2026-01-02T03:04:05Z`, with a fraction only where there is one.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let seconds = self.0.div_euclid(1000);
        let millis = self.0.rem_euclid(1000);
        let at = OffsetDateTime::from_unix_timestamp(seconds).map_err(|_| fmt::Error)?;
        let (date, clock) = (at.date(), at.time());
        write!(f, "{:04}-{:02}-{:02}T", date.year(), u8::from(date.month()), date.day())?;
        write!(f, "{:02}:{:02}:{:02}", clock.hour(), clock.minute(), clock.second())?;
        if millis != 0 {
            write!(f, ".{millis:03}")?;
        }
        f.write_str("Z")
    }
}

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if self.0 % 1000 == 0 {
            serializer.serialize_newtype_struct(TIMESTAMP, &(self.0 / 1000))
        } else {
            serializer.serialize_newtype_struct(TIMESTAMP, &(self.0 as f64 / 1000.0))
        }
    }
}

impl<'de> Deserialize<'de> for Timestamp {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_newtype_struct(TIMESTAMP, TimestampVisitor)
    }
}

struct TimestampVisitor;

impl<'de> Visitor<'de> for TimestampVisitor {
    type Value = Timestamp;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a timestamp")
    }

    fn visit_newtype_struct<D: Deserializer<'de>>(self, deserializer: D) -> Result<Timestamp, D::Error> {
        deserializer.deserialize_any(self)
    }

    fn visit_i64<E: de::Error>(self, seconds: i64) -> Result<Timestamp, E> {
        Timestamp::from_whole_seconds(seconds).ok_or_else(|| E::custom("timestamp out of range"))
    }

    fn visit_u64<E: de::Error>(self, seconds: u64) -> Result<Timestamp, E> {
        self.visit_i64(i64::try_from(seconds).unwrap_or(i64::MAX))
    }

    fn visit_f64<E: de::Error>(self, seconds: f64) -> Result<Timestamp, E> {
        Timestamp::from_seconds(seconds).ok_or_else(|| E::custom("timestamp out of range"))
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Timestamp, E> {
        Timestamp::parse(text).ok_or_else(|| E::custom("timestamp must follow ISO8601"))
    }
}

#[cfg(test)]
mod tests {
    use super::Timestamp;

    #[test]
    fn texts() {
        let check = |text: &str, expected: Option<i64>| {
            assert_eq!(Timestamp::parse(text).map(Timestamp::millis), expected, "{text}");
        };
        check("2026-01-02T03:04:05Z", Some(1_767_323_045_000));
        check("2026-01-02T03:04:05.678Z", Some(1_767_323_045_678));
        check("2026-01-02T03:04:05.678901Z", Some(1_767_323_045_678));
        check("2026-01-02T04:04:05+01:00", Some(1_767_323_045_000));
        check("2026-01-02T03:04:05", Some(1_767_323_045_000));
        check("2026-01-02T03:04Z", Some(1_767_323_040_000));
        check("2026-01-02", Some(1_767_312_000_000));
        check("Fri, 02 Jan 2026 03:04:05 GMT", Some(1_767_323_045_000));
        check("1767323045", Some(1_767_323_045_000));
        check("1767323045.678", Some(1_767_323_045_678));
        check("-1.5", Some(-1500));
        check("1e300", None);
        check("", None);
        check("yesterday", None);
        check("2026-13-02T03:04:05Z", None);
    }

    #[test]
    fn written_as_iso() {
        let check = |millis: i64, expected: &str| {
            assert_eq!(Timestamp::from_millis(millis).to_string(), expected);
        };
        check(0, "1970-01-01T00:00:00Z");
        check(1_767_323_045_678, "2026-01-02T03:04:05.678Z");
        check(-1, "1969-12-31T23:59:59.999Z");
        check(i64::MIN, "0001-01-01T00:00:00Z");
        check(i64::MAX, "9999-12-31T23:59:59.999Z");
    }

    #[test]
    fn json() {
        let check = |json: &str, expected: Result<i64, &str>| {
            let read = serde_json::from_str::<Timestamp>(json);
            let read = read.map(Timestamp::millis).map_err(|error| error.to_string());
            assert_eq!(read, expected.map_err(str::to_owned), "{json}");
        };
        check("1767323045", Ok(1_767_323_045_000));
        check("1767323045.678", Ok(1_767_323_045_678));
        check("1.767323045E9", Ok(1_767_323_045_000));
        check("\"2026-01-02T03:04:05Z\"", Ok(1_767_323_045_000));
        check("1e20", Err("timestamp out of range at line 1 column 4"));
        check("18446744073709551615", Err("timestamp out of range at line 1 column 20"));
        check("true", Err("invalid type: boolean `true`, expected a timestamp at line 1 column 4"));
        assert_eq!(serde_json::to_string(&Timestamp::from_millis(5000)).unwrap(), "5");
        assert_eq!(serde_json::to_string(&Timestamp::from_millis(5250)).unwrap(), "5.25");
    }
}
