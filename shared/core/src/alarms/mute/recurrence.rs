//! When the minutes of a `cron` are in a time zone: from civil time to instants, over summer time.
//!
//! Instants are seconds since the epoch. Days are gone through one by one, so every search has an end.

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::{AmbiguousOffset, TimeZone};

use super::cron::{Cron, MINUTES};

/// How many days a search goes ahead: forty-one years. No day of the calendar is rarer than 29 February on one day of
/// the week, which can be forty years away.
const HORIZON_DAYS: usize = 41 * 366;

/// A `cron` in a time zone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Recurrence {
    cron: Cron,
    zone: TimeZone,
}

impl Recurrence {
    pub(super) fn new(cron: Cron, zone: TimeZone) -> Self {
        Self { cron, zone }
    }

    /// The first match at or after `from`. None beyond the years that the calendar has, or the horizon.
    pub(super) fn first_from(&self, from: i64) -> Option<i64> {
        // Clocks that go back over midnight make the day before come again.
        let mut date = self.date(from)?.yesterday().ok()?;
        for _ in 0..HORIZON_DAYS {
            let next = date.tomorrow().ok()?;
            if let Some(found) = self.first_on(date, from) {
                return Some(self.first_on(next, from).map_or(found, |other| other.min(found)));
            }
            date = next;
        }
        None
    }

    /// The last match in `[from, to]`, which are at most some weeks apart.
    pub(super) fn last_in(&self, from: i64, to: i64) -> Option<i64> {
        let earliest = self.date(from)?.yesterday().ok()?;
        let mut date = self.date(to)?.tomorrow().ok()?;
        while date >= earliest {
            let previous = date.yesterday().ok()?;
            if let Some(found) = self.last_on(date, to) {
                let found = self.last_on(previous, to).map_or(found, |other| other.max(found));
                return (found >= from).then_some(found);
            }
            date = previous;
        }
        None
    }

    fn date(&self, second: i64) -> Option<Date> {
        Some(self.zone.to_datetime(Timestamp::from_second(second).ok()?).date())
    }

    fn first_on(&self, date: Date, from: i64) -> Option<i64> {
        if !self.cron.has_day(date) {
            return None;
        }
        let Some(midnight) = self.plain_midnight(date) else {
            return self.instants(date).filter(|instant| *instant >= from).min();
        };
        let minute = (from.saturating_sub(midnight).max(0) + 59) / 60;
        let minute = u16::try_from(minute).ok().filter(|minute| *minute < MINUTES)?;
        self.cron.minutes(minute, MINUTES).next().map(|minute| midnight + i64::from(minute) * 60)
    }

    fn last_on(&self, date: Date, to: i64) -> Option<i64> {
        if !self.cron.has_day(date) {
            return None;
        }
        let Some(midnight) = self.plain_midnight(date) else {
            return self.instants(date).filter(|instant| *instant <= to).max();
        };
        let minute = u16::try_from(to.checked_sub(midnight)?.div_euclid(60).min(MINUTES.into())).ok()?;
        self.cron.minutes(0, minute).next_back().map(|minute| midnight + i64::from(minute) * 60)
    }

    /// Where a day begins, if its clocks are not changed: almost every day.
    fn plain_midnight(&self, date: Date) -> Option<i64> {
        let midnight = self.zone.to_ambiguous_timestamp(date.at(0, 0, 0, 0));
        let next = self.zone.to_ambiguous_timestamp(date.tomorrow().ok()?.at(0, 0, 0, 0));
        match (midnight.offset(), next.offset()) {
            (AmbiguousOffset::Unambiguous { offset }, AmbiguousOffset::Unambiguous { offset: later })
                if offset == later =>
            {
                midnight.unambiguous().ok().map(Timestamp::as_second)
            }
            _ => None,
        }
    }

    /// Every match of a day: no instant for a time that the clocks skip, one for a time that they repeat, or two.
    fn instants(&self, date: Date) -> impl Iterator<Item = i64> {
        self.cron.minutes(0, MINUTES).flat_map(move |minute| {
            let (hour, minute) = ((minute / 60) as i8, (minute % 60) as i8);
            let civil = self.zone.to_ambiguous_timestamp(date.at(hour, minute, 0, 0));
            let (first, second) = match civil.offset() {
                AmbiguousOffset::Gap { .. } => (None, None),
                AmbiguousOffset::Unambiguous { .. } => (civil.unambiguous().ok(), None),
                AmbiguousOffset::Fold { .. } if self.cron.has_every_hour() => {
                    (civil.earlier().ok(), civil.later().ok())
                }
                AmbiguousOffset::Fold { .. } => (civil.earlier().ok(), None),
            };
            [first, second].into_iter().flatten().map(Timestamp::as_second)
        })
    }
}
