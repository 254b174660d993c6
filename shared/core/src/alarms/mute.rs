//! The schedule of an alarm mute rule: when its windows begin, how long they last, and whether one holds a given time.
//!
//! AWS: `PutAlarmMuteRule` and `Schedule` in the API reference, "Alarm Mute Rules" in the user guide. Time zones come from
//! the IANA database that is linked in, never from the system. Not here: which alarms are muted, and what happens to
//! their actions when a window ends.
//!
//! From AWS's pages: `cron` has five fields with `*`, `,`, `-` and English names of months and days, 0 and 7 are Sunday;
//! durations from `PT1M` to `P15D`; the default zone is UTC; a rule is `EXPIRED` after its one window or its
//! `ExpireDate`, and will not be active again.
//!
//! Ours, because AWS does not say (it calls the syntax "standard cron"):
//! - A day has to match both day fields if one of them begins with `*`, else one of them is enough, as in Unix cron.
//! - Steps (`*/15`, `8-18/2`) are taken, though AWS lists no `/`; `?`, `L`, `W` and `#` are not.
//! - Summer time is as `EventBridge` Scheduler documents it: a window whose time the clocks skip is left out, one whose
//!   time they repeat begins once, at the first pass. But with `*` for the hour it begins in both passes, else an hour of
//!   every-minute windows would have a hole; and the only window of an `at` is moved behind the gap instead of lost.
//! - Durations are exact: `P1D` is 24 hours, on every day. Weeks, months and years are no part of them.
//! - `StartDate` and `ExpireDate` cut windows: one that began earlier is active from `StartDate` on. A rule is
//!   `EXPIRED` as soon as no window can come any more, also before its `ExpireDate`, or if its cron never matches.

use jiff::civil::{Date, Time};
use jiff::tz::{TimeZone, TimeZoneDatabase};

use crate::time::{SECOND, Timestamp};

mod cron;
mod recurrence;

use cron::Cron;
use recurrence::Recurrence;

/// The shortest window, in seconds: `PT1M`.
pub const SHORTEST_SECONDS: i64 = 60;
/// The longest window, in seconds: `P15D`.
pub const LONGEST_SECONDS: i64 = 15 * 86_400;
/// The longest expression, in characters.
pub const LONGEST_EXPRESSION: usize = 256;
/// The longest duration and the longest name of a time zone, in characters.
pub const LONGEST_TEXT: usize = 50;

/// When a mute rule is active.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MuteSchedule {
    when: When,
    /// From [`SHORTEST_SECONDS`] to [`LONGEST_SECONDS`].
    seconds: i64,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum When {
    /// Once, at so many seconds since the epoch.
    Once(i64),
    Recurring(Recurrence),
}

/// `Status` of a mute rule.
#[derive(Copy, Clone, Debug, PartialEq, Eq, Hash)]
pub enum MuteStatus {
    /// `SCHEDULED`: not active, but it will be.
    Scheduled,
    /// `ACTIVE`
    Active,
    /// `EXPIRED`: it will not be active again.
    Expired,
}

impl MuteStatus {
    /// As AWS spells it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Scheduled => "SCHEDULED",
            Self::Active => "ACTIVE",
            Self::Expired => "EXPIRED",
        }
    }
}

/// `MuteType` of a mute rule.
#[derive(Copy, Clone, Debug, PartialEq, Eq, Hash)]
pub enum MuteType {
    /// `ONE_TIME`: an `at` expression.
    OneTime,
    /// `RECURRING`: a `cron` expression.
    Recurring,
}

impl MuteType {
    /// As AWS spells it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::OneTime => "ONE_TIME",
            Self::Recurring => "RECURRING",
        }
    }
}

/// Why a schedule is refused. AWS's words are those of `At` (a comment in aws-cdk, pull request 37504, quotes them from
/// `CloudFormation`) and of `Duration` (a `ValidationError`, aws-doc-sdk-examples, pull request 8113); the others are ours.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MuteError {
    /// Neither `cron(…)` nor `at(…)`, or more than [`LONGEST_EXPRESSION`].
    #[error("The Expression provided is not valid: it must be cron(...) or at(...)")]
    Expression,
    /// A `cron` that does not have five fields.
    #[error("Cron expressions must have 5 fields, this one has {0}")]
    CronFields(usize),
    /// A field of a `cron` that cannot be read.
    #[error("Cron expressions must have a valid {field} field, {text:?} is not")]
    CronField {
        /// The name of the field, as in AWS's reference.
        field: &'static str,
        /// The field.
        text: String,
    },
    /// An `at` without a valid date and time.
    #[error("At expressions must be a valid date in 'yyyy-MM-ddThh:mm' format")]
    At,
    /// Not an ISO 8601 duration of days, hours, minutes and seconds, or out of bounds.
    #[error("The Duration provided is not valid.")]
    Duration,
    /// No zone of the IANA database.
    #[error("The Timezone provided is not valid.")]
    Timezone,
}

impl MuteSchedule {
    /// Reads the three members of `Schedule`; without a time zone it is UTC. Names of zones are taken in any case.
    ///
    /// # Errors
    /// When one of them cannot be read, see [`MuteError`].
    pub fn parse(expression: &str, duration: &str, timezone: Option<&str>) -> Result<Self, MuteError> {
        if expression.chars().nth(LONGEST_EXPRESSION).is_some() {
            return Err(MuteError::Expression);
        }
        let call = |name| expression.strip_prefix(name).and_then(|rest: &str| rest.strip_suffix(')'));
        let (cron, at) = (call("cron("), call("at("));
        if cron.or(at).is_none() {
            return Err(MuteError::Expression);
        }
        let seconds = parse_duration(duration).ok_or(MuteError::Duration)?;
        let zone = parse_zone(timezone).ok_or(MuteError::Timezone)?;
        let when = if let Some(fields) = cron {
            When::Recurring(Recurrence::new(Cron::parse(fields)?, zone))
        } else {
            When::Once(at.and_then(|text| parse_at(text, &zone)).ok_or(MuteError::At)?)
        };
        Ok(Self { when, seconds })
    }

    /// Whether it has one window or many.
    pub fn mute_type(&self) -> MuteType {
        match self.when {
            When::Once(_) => MuteType::OneTime,
            When::Recurring(_) => MuteType::Recurring,
        }
    }

    /// Whether a window holds `now`: much cheaper than [`Self::active_until`] where many windows follow each other.
    pub fn is_active(&self, now: Timestamp, start: Option<Timestamp>, expire: Option<Timestamp>) -> bool {
        self.current_begin(now, start, expire).is_some()
    }

    /// The end of the window `[start, end)` that holds `now`, if one does. Windows that touch or overlap are one.
    /// Where they go on for more than [`LONGEST_SECONDS`] after `now`, or for ever, it is a time at least so much later
    /// at which the window may go on.
    pub fn active_until(
        &self,
        now: Timestamp,
        start: Option<Timestamp>,
        expire: Option<Timestamp>,
    ) -> Option<Timestamp> {
        let mut begin = self.current_begin(now, start, expire)?;
        let second = now.millis().div_euclid(SECOND);
        let mut end = begin + self.seconds;
        while end < second + LONGEST_SECONDS {
            let Some(later) = self.last_begin(begin + 1, end) else { break };
            begin = later;
            end = begin + self.seconds;
        }
        let end = Timestamp::from_seconds(end);
        Some(expire.map_or(end, |expire| end.min(expire)))
    }

    /// The first begin of a window after `after`, whether or not another window is still active then. A window that
    /// `start` cuts begins at `start`. `None` if none begins within forty-one years, by which every cron that ever
    /// matches a day of the calendar has done so.
    pub fn next_start(
        &self,
        after: Timestamp,
        start: Option<Timestamp>,
        expire: Option<Timestamp>,
    ) -> Option<Timestamp> {
        if let Some(start) = start.filter(|start| *start > after)
            && self.is_active(start, None, expire)
        {
            return Some(start);
        }
        let earliest = start.map_or(after, |start| start.max(after));
        let begin = self.first_begin(earliest.millis().div_euclid(SECOND) + 1)?;
        let begin = Timestamp::from_seconds(begin);
        expire.is_none_or(|expire| begin < expire).then_some(begin)
    }

    /// The rule's `Status` at `now`.
    pub fn status(&self, now: Timestamp, start: Option<Timestamp>, expire: Option<Timestamp>) -> MuteStatus {
        if self.is_active(now, start, expire) {
            MuteStatus::Active
        } else if self.next_start(now, start, expire).is_some() {
            MuteStatus::Scheduled
        } else {
            MuteStatus::Expired
        }
    }

    /// When the latest of the windows that hold `now` began, in seconds since the epoch.
    fn current_begin(
        &self,
        now: Timestamp,
        start: Option<Timestamp>,
        expire: Option<Timestamp>,
    ) -> Option<i64> {
        if start.is_some_and(|start| now < start) || expire.is_some_and(|expire| now >= expire) {
            return None;
        }
        let second = now.millis().div_euclid(SECOND);
        self.last_begin(second - self.seconds + 1, second)
    }

    /// The last begin of a window in `[from, to]`, in seconds since the epoch.
    fn last_begin(&self, from: i64, to: i64) -> Option<i64> {
        match &self.when {
            When::Once(begin) => (from..=to).contains(begin).then_some(*begin),
            When::Recurring(recurrence) => recurrence.last_in(from, to),
        }
    }

    /// The first begin of a window at or after `from`, in seconds since the epoch.
    fn first_begin(&self, from: i64) -> Option<i64> {
        match &self.when {
            When::Once(begin) => (*begin >= from).then_some(*begin),
            When::Recurring(recurrence) => recurrence.first_from(from),
        }
    }
}

fn parse_zone(name: Option<&str>) -> Option<TimeZone> {
    let Some(name) = name else { return Some(TimeZone::UTC) };
    let zone = (name.len() <= LONGEST_TEXT).then(|| TimeZoneDatabase::bundled().get(name).ok()).flatten()?;
    (!zone.is_unknown()).then_some(zone)
}

/// `yyyy-MM-ddThh:mm` in a zone, as seconds since the epoch.
fn parse_at(text: &str, zone: &TimeZone) -> Option<i64> {
    let (date, time) = text.split_once('T')?;
    let mut date = date.splitn(3, '-');
    let year = number(date.next()?, 4)?;
    let month = number(date.next()?, 2)?;
    let day = number(date.next()?, 2)?;
    let (hour, minute) = time.split_once(':')?;
    let date = Date::new(year, i8::try_from(month).ok()?, i8::try_from(day).ok()?).ok()?;
    let (hour, minute) = (i8::try_from(number(hour, 2)?).ok()?, i8::try_from(number(minute, 2)?).ok()?);
    let time = Time::new(hour, minute, 0, 0).ok()?;
    Some(zone.to_timestamp(date.to_datetime(time)).ok()?.as_second())
}

/// A number of exactly so many digits.
fn number(text: &str, digits: usize) -> Option<i16> {
    (text.len() == digits && text.bytes().all(|byte| byte.is_ascii_digit()))
        .then(|| text.parse().ok())
        .flatten()
}

/// `P1DT2H3M4S`, every part optional but not all; in seconds, within the bounds.
fn parse_duration(text: &str) -> Option<i64> {
    if text.len() > LONGEST_TEXT {
        return None;
    }
    let text = text.strip_prefix('P')?;
    let (days, time) = text.split_once('T').map_or((text, None), |(days, time)| (days, Some(time)));
    if time == Some("") || (days.is_empty() && time.is_none()) {
        return None;
    }
    let total = parts(days, &[('D', 86_400)])?
        .checked_add(parts(time.unwrap_or_default(), &[('H', 3_600), ('M', 60), ('S', 1)])?)?;
    (SHORTEST_SECONDS..=LONGEST_SECONDS).contains(&total).then_some(total)
}

/// The sum of numbers with units, each unit at most once and in this order.
fn parts(mut text: &str, units: &[(char, i64)]) -> Option<i64> {
    let mut total = 0_i64;
    for (unit, seconds) in units {
        if let Some((amount, rest)) = text.split_once(*unit) {
            if amount.is_empty() || !amount.bytes().all(|byte| byte.is_ascii_digit()) {
                return None;
            }
            total = total.checked_add(amount.parse::<i64>().ok()?.checked_mul(*seconds)?)?;
            text = rest;
        }
    }
    text.is_empty().then_some(total)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn time(text: &str) -> Timestamp {
        Timestamp::parse_rfc3339(text).unwrap()
    }

    fn schedule(expression: &str, duration: &str, zone: &str) -> MuteSchedule {
        MuteSchedule::parse(expression, duration, Some(zone)).unwrap()
    }

    #[test]
    fn refusals() {
        fn check(expression: &str, duration: &str, zone: &str, expected: &str) {
            let parsed = MuteSchedule::parse(expression, duration, Some(zone));
            assert_eq!(parsed.map_or_else(|error| error.to_string(), |_| "fine".to_owned()), expected);
        }
        let expression = |text: &str, expected: &str| check(text, "PT1H", "UTC", expected);
        let neither = "The Expression provided is not valid: it must be cron(...) or at(...)";
        expression("cron(0 2 * * *)", "fine");
        expression("cron( 0  2 * * * )", "fine");
        expression("cron(0,15-20,*/30 8-18/2 1-31 jan-MAR,12 MON-SUN)", "fine");
        expression("cron(59 23 31 DEC 7)", "fine");
        expression("0 2 * * *", neither);
        expression("rate(5 minutes)", neither);
        expression("cron(0 2 * * *", neither);
        expression("", neither);
        expression(&format!("cron(0 2 * * *{})", " ".repeat(256)), neither);
        expression("cron(0 2 ? * SUN *)", "Cron expressions must have 5 fields, this one has 6");
        expression("cron()", "Cron expressions must have 5 fields, this one has 0");
        let field = |text: &str, name: &str, part: &str| {
            expression(text, &format!("Cron expressions must have a valid {name} field, {part:?} is not"));
        };
        field("cron(60 2 * * *)", "Minutes", "60");
        field("cron(0 24 * * *)", "Hours", "24");
        field("cron(0 2 0 * *)", "Day-of-month", "0");
        field("cron(0 2 32 * *)", "Day-of-month", "32");
        field("cron(0 2 ? * *)", "Day-of-month", "?");
        field("cron(0 2 L * *)", "Day-of-month", "L");
        field("cron(0 2 * 13 *)", "Month", "13");
        field("cron(0 2 * MON *)", "Month", "MON");
        field("cron(0 2 * * 8)", "Day-of-week", "8");
        field("cron(0 2 * * FRI-MON)", "Day-of-week", "FRI-MON");
        field("cron(0 2 * * MON#1)", "Day-of-week", "MON#1");
        field("cron(5-1 2 * * *)", "Minutes", "5-1");
        field("cron(1,,2 2 * * *)", "Minutes", "1,,2");
        field("cron(-1 2 * * *)", "Minutes", "-1");
        field("cron(+1 2 * * *)", "Minutes", "+1");
        field("cron(*/0 2 * * *)", "Minutes", "*/0");
        field("cron(0/5 2 * * *)", "Minutes", "0/5");
        field("cron(000 2 * * *)", "Minutes", "000");
        let at = "At expressions must be a valid date in 'yyyy-MM-ddThh:mm' format";
        expression("at(2026-09-05T02:00)", "fine");
        expression("at(2026-09-05T02:00:00)", at);
        expression("at(2026-9-05T02:00)", at);
        expression("at(2026-02-29T02:00)", at);
        expression("at(2026-09-05T24:00)", at);
        expression("at(2026-09-05 02:00)", at);
        expression("at(-026-09-05T02:00)", at);
        expression("at()", at);
        let duration = |text: &str, expected: &str| check("cron(0 2 * * *)", text, "UTC", expected);
        let invalid = "The Duration provided is not valid.";
        for fine in ["PT1M", "P15D", "P2DT12H", "PT90M", "PT60S", "P0DT1H", "PT1H30M15S", "PT360H"] {
            duration(fine, "fine");
        }
        for text in
            ["2h", "", "P", "PT", "P1DT", "PT59S", "P15DT1S", "P1W", "P1M", "P1Y", "PT1.5H", "-PT1H", "pt1h"]
        {
            duration(text, invalid);
        }
        for text in ["PT1M1H", "PT1H1H", "PT1", "PTH", "P1H", "PT+1H", "PT99999999999999999999S", "P1DT1D"] {
            duration(text, invalid);
        }
        duration("PT9223372036854775807H", invalid);
        let zone = |text: &str, expected: &str| check("cron(0 2 * * *)", "PT1H", text, expected);
        zone("America/Los_Angeles", "fine");
        zone("Europe/London", "fine");
        zone("utc", "fine");
        for text in ["", "Mars/Olympus", "Etc/Unknown", "+02:00", "../etc/passwd", &"x".repeat(51)] {
            zone(text, "The Timezone provided is not valid.");
        }
        assert!(MuteSchedule::parse("cron(0 2 * * *)", "PT1H", None).is_ok());
    }

    /// The first windows that begin after a time, `begin/end`, as many as are expected.
    fn check_windows(expression: &str, duration: &str, zone: &str, after: &str, expected: &[&str]) {
        let schedule = schedule(expression, duration, zone);
        let mut after = time(after);
        for expected in expected {
            let begin = schedule.next_start(after, None, None).map(|begin| {
                let end = schedule.active_until(begin, None, None).unwrap();
                assert_eq!(schedule.active_until(end, None, None), None);
                assert_eq!(schedule.active_until(begin.plus_millis(-1), None, None), None);
                assert_eq!(schedule.active_until(end.plus_millis(-1), None, None), Some(end));
                after = begin;
                format!("{begin}/{end}")
            });
            assert_eq!(begin.as_deref().unwrap_or("never"), *expected, "{expression} {zone}");
        }
    }

    #[test]
    fn windows() {
        let utc = |expression, duration, after, expected: &[&str]| {
            check_windows(expression, duration, "UTC", after, expected);
        };
        // The user guide's examples; 2026-11-21 is a Saturday.
        let now = "2026-11-21T10:00:00Z";
        utc(
            "cron(0 2 * * SUN)",
            "PT4H",
            now,
            &["2026-11-22T02:00:00Z/2026-11-22T06:00:00Z", "2026-11-29T02:00:00Z/2026-11-29T06:00:00Z"],
        );
        utc(
            "cron(0 1 1 * *)",
            "PT6H",
            now,
            &["2026-12-01T01:00:00Z/2026-12-01T07:00:00Z", "2027-01-01T01:00:00Z/2027-01-01T07:00:00Z"],
        );
        utc("cron(0 18 * * FRI)", "P2DT12H", now, &["2026-11-27T18:00:00Z/2026-11-30T06:00:00Z"]);
        utc("cron(0 23 * * *)", "PT2H", now, &["2026-11-21T23:00:00Z/2026-11-22T01:00:00Z"]);
        utc(
            "at(2024-05-10T14:00)",
            "PT4H",
            "2024-01-01T00:00:00Z",
            &["2024-05-10T14:00:00Z/2024-05-10T18:00:00Z", "never"],
        );
        utc(
            "at(2024-12-23T00:00)",
            "P7D",
            "2024-12-22T23:59:59.999Z",
            &["2024-12-23T00:00:00Z/2024-12-30T00:00:00Z"],
        );
        // Fields.
        utc("cron(0 12 * * 7)", "PT1H", now, &["2026-11-22T12:00:00Z/2026-11-22T13:00:00Z"]);
        utc("cron(0 12 * * MON-SUN)", "PT1H", now, &["2026-11-21T12:00:00Z/2026-11-21T13:00:00Z"]);
        utc(
            "cron(*/40 8-18/8 * JAN *)",
            "PT1M",
            now,
            &[
                "2027-01-01T08:00:00Z/2027-01-01T08:01:00Z",
                "2027-01-01T08:40:00Z/2027-01-01T08:41:00Z",
                "2027-01-01T16:00:00Z/2027-01-01T16:01:00Z",
            ],
        );
        // Both day fields: either one, unless one begins with a star.
        utc(
            "cron(0 0 13 * FRI)",
            "PT1H",
            now,
            &[
                "2026-11-27T00:00:00Z/2026-11-27T01:00:00Z",
                "2026-12-04T00:00:00Z/2026-12-04T01:00:00Z",
                "2026-12-11T00:00:00Z/2026-12-11T01:00:00Z",
                "2026-12-13T00:00:00Z/2026-12-13T01:00:00Z",
            ],
        );
        utc("cron(0 0 */12 * FRI)", "PT1H", now, &["2026-12-25T00:00:00Z/2026-12-25T01:00:00Z"]);
        utc("cron(0 0 29 2 *)", "PT1H", now, &["2028-02-29T00:00:00Z/2028-02-29T01:00:00Z"]);
        utc(
            "cron(0 0 29 2 *)",
            "PT1H",
            "2096-03-01T00:00:00Z",
            &["2104-02-29T00:00:00Z/2104-02-29T01:00:00Z"],
        );
        utc(
            "cron(0 0 29 2 */7)",
            "PT1H",
            "2088-03-01T00:00:00Z",
            &["2128-02-29T00:00:00Z/2128-02-29T01:00:00Z"],
        );
        utc("cron(0 0 30 2 *)", "PT1H", now, &["never"]);
    }

    #[test]
    fn windows_while_clocks_change() {
        let new_york = |expression, duration, after, expected: &[&str]| {
            check_windows(expression, duration, "America/New_York", after, expected);
        };
        // Clocks go forward over 02:30: left out, but a single window is moved.
        new_york(
            "cron(30 2 * * *)",
            "PT1H",
            "2026-03-07T12:00:00Z",
            &["2026-03-09T06:30:00Z/2026-03-09T07:30:00Z"],
        );
        new_york(
            "at(2026-03-08T02:30)",
            "PT1H",
            "2026-03-07T12:00:00Z",
            &["2026-03-08T07:30:00Z/2026-03-08T08:30:00Z"],
        );
        // Clocks go back over 01:30: the first pass, unless the hour does not matter.
        new_york(
            "cron(30 1 * * *)",
            "PT1M",
            "2026-11-01T00:00:00Z",
            &["2026-11-01T05:30:00Z/2026-11-01T05:31:00Z", "2026-11-02T06:30:00Z/2026-11-02T06:31:00Z"],
        );
        new_york(
            "cron(30 * * * *)",
            "PT1M",
            "2026-11-01T05:00:00Z",
            &["2026-11-01T05:30:00Z/2026-11-01T05:31:00Z", "2026-11-01T06:30:00Z/2026-11-01T06:31:00Z"],
        );
        new_york(
            "at(2026-11-01T01:30)",
            "PT1H",
            "2026-10-07T12:00:00Z",
            &["2026-11-01T05:30:00Z/2026-11-01T06:30:00Z"],
        );
        // Durations are exact, whatever the clocks do.
        new_york(
            "cron(0 0 8 3 *)",
            "P1D",
            "2026-03-01T00:00:00Z",
            &["2026-03-08T05:00:00Z/2026-03-09T05:00:00Z"],
        );
        // A day that Samoa left out.
        check_windows(
            "cron(0 12 30 * *)",
            "PT1H",
            "Pacific/Apia",
            "2011-12-01T00:00:00Z",
            &["2012-01-29T22:00:00Z/2012-01-29T23:00:00Z"],
        );
        // Clocks that went back over midnight, from 00:01 to 23:01.
        check_windows(
            "cron(30 23 * * *)",
            "PT1M",
            "America/St_Johns",
            "2010-11-07T01:00:00Z",
            &["2010-11-07T02:00:00Z/2010-11-07T02:01:00Z", "2010-11-08T03:00:00Z/2010-11-08T03:01:00Z"],
        );
    }

    #[test]
    fn joined_windows() {
        fn check(expression: &str, duration: &str, now: &str, expected: Option<&str>) {
            let end = schedule(expression, duration, "UTC").active_until(time(now), None, None);
            assert_eq!(end, expected.map(time), "{expression}");
        }
        check("cron(0 8-11 * * *)", "PT1H", "2026-11-21T08:30:00Z", Some("2026-11-21T12:00:00Z"));
        check("cron(0 8-11 * * *)", "PT59M", "2026-11-21T08:30:00Z", Some("2026-11-21T08:59:00Z"));
        check("cron(0 8-11 * * *)", "PT59M", "2026-11-21T08:59:00Z", None);
        check("cron(0 8,9 * * *)", "PT3H", "2026-11-21T11:30:00Z", Some("2026-11-21T12:00:00Z"));
        check("cron(0 0 * * MON-FRI)", "P1D", "2026-11-16T00:00:00Z", Some("2026-11-21T00:00:00Z"));
        // Without an end: at least fifteen days.
        check("cron(0 0 * * *)", "P1D", "2026-11-21T10:00:00Z", Some("2026-12-07T00:00:00Z"));
        check("cron(* * * * *)", "PT1M", "2026-11-21T10:00:00Z", Some("2026-12-06T10:00:00Z"));
        check("cron(0 0 * * *)", "P15D", "2026-11-21T10:00:00Z", Some("2026-12-21T00:00:00Z"));
    }

    #[test]
    fn statuses() {
        fn check(expression: &str, now: &str, bounds: (Option<&str>, Option<&str>), expected: &str) {
            let schedule = schedule(expression, "PT4H", "UTC");
            let (start, expire) = (bounds.0.map(time), bounds.1.map(time));
            let (now, end) = (time(now), schedule.active_until(time(now), start, expire));
            let next = schedule.next_start(now, start, expire);
            let status = schedule.status(now, start, expire).as_str();
            let shown = |time: Option<Timestamp>| time.map_or("-".to_owned(), |time| time.to_string());
            assert_eq!(format!("{status} {} {}", shown(end), shown(next)), expected);
        }
        let (at, daily) = ("at(2026-11-21T10:00)", "cron(0 10 * * *)");
        check(at, "2026-11-21T09:59:59Z", (None, None), "SCHEDULED - 2026-11-21T10:00:00Z");
        check(at, "2026-11-21T10:00:00Z", (None, None), "ACTIVE 2026-11-21T14:00:00Z -");
        check(at, "2026-11-21T14:00:00Z", (None, None), "EXPIRED - -");
        check(daily, "2026-11-21T09:00:00Z", (None, None), "SCHEDULED - 2026-11-21T10:00:00Z");
        check(
            daily,
            "2026-11-21T13:59:59.999Z",
            (None, None),
            "ACTIVE 2026-11-21T14:00:00Z 2026-11-22T10:00:00Z",
        );
        check(daily, "2026-11-21T14:00:00Z", (None, None), "SCHEDULED - 2026-11-22T10:00:00Z");
        check("cron(0 0 31 4 *)", "2026-11-21T10:00:00Z", (None, None), "EXPIRED - -");
        // StartDate cuts the window that it falls into.
        let start = (Some("2026-11-21T11:30:00Z"), None);
        check(daily, "2026-11-21T11:00:00Z", start, "SCHEDULED - 2026-11-21T11:30:00Z");
        check(daily, "2026-11-21T11:30:00Z", start, "ACTIVE 2026-11-21T14:00:00Z 2026-11-22T10:00:00Z");
        let start = (Some("2026-12-01T10:00:00Z"), None);
        check(daily, "2026-11-21T11:00:00Z", start, "SCHEDULED - 2026-12-01T10:00:00Z");
        let start = (Some("2026-12-01T14:00:00Z"), None);
        check(daily, "2026-11-21T11:00:00Z", start, "SCHEDULED - 2026-12-02T10:00:00Z");
        // So does ExpireDate.
        let expire = (None, Some("2026-11-21T12:00:00Z"));
        check(daily, "2026-11-21T09:00:00Z", expire, "SCHEDULED - 2026-11-21T10:00:00Z");
        check(daily, "2026-11-21T11:00:00Z", expire, "ACTIVE 2026-11-21T12:00:00Z -");
        check(daily, "2026-11-21T12:00:00Z", expire, "EXPIRED - -");
        check(daily, "2026-11-21T15:00:00Z", (None, Some("2026-11-22T10:00:00Z")), "EXPIRED - -");
        check(daily, "2026-11-21T11:00:00Z", (Some("2026-12-01T00:00:00Z"), expire.1), "EXPIRED - -");
    }

    #[test]
    fn mute_types() {
        let check = |expression, expected| {
            assert_eq!(schedule(expression, "PT1M", "UTC").mute_type().as_str(), expected);
        };
        check("at(2026-11-21T10:00)", "ONE_TIME");
        check("cron(0 10 * * *)", "RECURRING");
    }

    /// Some numbers of a field, or none for `*`.
    fn numbers(all: std::ops::RangeInclusive<i8>) -> impl Strategy<Value = Vec<i8>> {
        prop_oneof![
            2 => Just(Vec::new()),
            3 => prop::collection::vec(prop::sample::select(all.collect::<Vec<_>>()), 1..6),
        ]
    }

    fn text(field: &[i8]) -> String {
        let numbers: Vec<_> = field.iter().map(ToString::to_string).collect();
        if numbers.is_empty() { "*".to_owned() } else { numbers.join(",") }
    }

    fn holds(field: &[i8], number: i8) -> bool {
        field.is_empty() || field.contains(&number)
    }

    /// Whether a window begins at an instant, read off the clock and the calendar there.
    fn begins(fields: &[Vec<i8>; 4], zone: &TimeZone, second: i64) -> bool {
        let [minutes, hours, days, weekdays] = fields;
        let instant = jiff::Timestamp::from_second(second).unwrap();
        let civil = zone.to_datetime(instant);
        let is_first_pass = || zone.to_ambiguous_timestamp(civil).earlier().unwrap() == instant;
        let day = holds(days, civil.day());
        let weekday = holds(weekdays, civil.weekday().to_sunday_zero_offset());
        let any_day = days.is_empty() || weekdays.is_empty();
        holds(minutes, civil.minute())
            && holds(hours, civil.hour())
            && (if any_day { day && weekday } else { day || weekday })
            && ((0..24).all(|hour| holds(hours, hour)) || is_first_pass())
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn a_minute_by_minute_model_agrees(
            fields in (numbers(0..=59), numbers(0..=23), numbers(1..=31), numbers(0..=6)),
            (zone, around) in prop::sample::select(vec![
                ("UTC", "2026-11-21T10:00:00Z"),
                ("America/New_York", "2026-03-08T07:00:00Z"),
                ("America/New_York", "2026-11-01T06:00:00Z"),
                ("Australia/Lord_Howe", "2026-04-04T15:00:00Z"),
                ("America/St_Johns", "2010-11-07T02:31:00Z"),
                ("America/Sao_Paulo", "2018-11-04T03:00:00Z"),
                ("Pacific/Apia", "2011-12-30T10:00:00Z"),
                ("Asia/Kathmandu", "2026-01-01T00:00:00Z"),
            ]),
            minutes in prop_oneof![1..90i64, 1..2_000i64],
            probes in prop::collection::vec(-1_440 * 60_000..1_440 * 60_000i64, 8),
        ) {
            let fields = [fields.0, fields.1, fields.2, fields.3];
            let [minute, hour, day, weekday] = fields.each_ref().map(|field| text(field));
            let schedule =
                schedule(&format!("cron({minute} {hour} {day} * {weekday})"), &format!("PT{minutes}M"), zone);
            let zone = TimeZoneDatabase::bundled().get(zone).unwrap();
            let middle = time(around);
            let first = middle.millis() / SECOND - (2 * 1_440 + 2_000) * 60;
            let last = middle.millis() / SECOND + 2 * 1_440 * 60;
            let model: Vec<i64> =
                (first..=last).step_by(60).filter(|second| begins(&fields, &zone, *second)).collect();
            for probe in probes {
                let now = middle.plus_millis(probe);
                let within = |begin: &&i64| {
                    let begin = Timestamp::from_seconds(**begin);
                    begin <= now && now < begin.plus_millis(minutes * 60 * SECOND)
                };
                let until = schedule.active_until(now, None, None);
                let mut end = model.iter().rfind(within).map(|begin| begin + minutes * 60);
                prop_assert_eq!(until.is_some(), end.is_some());
                prop_assert_eq!(schedule.is_active(now, None, None), end.is_some());
                for begin in &model {
                    if end.is_some_and(|end| *begin <= end) {
                        end = end.max(Some(begin + minutes * 60));
                    }
                }
                // The model ends where it does not know the windows any more.
                if end.is_some_and(|end| end <= last) {
                    prop_assert_eq!(until, end.map(Timestamp::from_seconds));
                }
                let next = schedule.next_start(now, None, None);
                let modelled = model.iter().map(|begin| Timestamp::from_seconds(*begin)).find(|begin| *begin > now);
                match modelled {
                    Some(_) => prop_assert_eq!(next, modelled),
                    None => prop_assert!(next.is_none_or(|next| next > Timestamp::from_seconds(last))),
                }
            }
        }
    }

    proptest! {
        #[test]
        fn nothing_panics(
            any: String,
            expression in r"(cron|at)\([0-9*,/A-Z -]{0,20}\)",
            fields in prop::collection::vec(r"(\*|[1-3]-[4-6])(/[1-9])?|[1-6](,[1-6])?", 5),
            duration in "P([0-9]{0,20}D)?T?([0-9]{0,3}[HMS]){0,2}",
            millis: (i64, i64, i64),
        ) {
            let cron = format!("cron({})", fields.join(" "));
            let [now, start, expire] = [millis.0, millis.1, millis.2].map(Timestamp::from_millis);
            for expression in [&any, &expression, &cron] {
                for duration in [&duration, "PT5H"] {
                    for zone in [any.as_str(), "Europe/Dublin"] {
                        let Ok(schedule) = MuteSchedule::parse(expression, duration, Some(zone)) else { continue };
                        for now in [now, Timestamp::MIN, Timestamp::MAX, time("9999-12-30T00:00:00Z"), time("0000-01-01T00:00:00Z")] {
                            let _ = schedule.status(now, None, None);
                            let _ = schedule.status(now, Some(start), Some(expire));
                        }
                    }
                }
            }
        }
    }
}
