//! The five fields of a `cron` expression, as sets of numbers, and which days and minutes they match.

use jiff::civil::Date;

use super::MuteError;

/// Minutes in a day.
pub(super) const MINUTES: u16 = 24 * 60;

/// Which minutes of the civil calendar match. A set has a bit for each number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Cron {
    minutes: u64,
    hours: u64,
    days: u64,
    months: u64,
    /// Sunday is 0.
    weekdays: u64,
    day_rule: DayRule,
}

/// How the two day fields go together.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
enum DayRule {
    Both,
    Either,
}

struct Field {
    name: &'static str,
    low: u8,
    high: u8,
    /// The names of the numbers from `low` on.
    names: &'static [&'static str],
}

const MINUTE: Field = Field { name: "Minutes", low: 0, high: 59, names: &[] };
const HOUR: Field = Field { name: "Hours", low: 0, high: 23, names: &[] };
const DAY: Field = Field { name: "Day-of-month", low: 1, high: 31, names: &[] };
const MONTH: Field = Field {
    name: "Month",
    low: 1,
    high: 12,
    names: &["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"],
};
/// 7 is Sunday too; `*` goes only to 6, so that no step counts Sunday twice.
const WEEKDAY: Field =
    Field { name: "Day-of-week", low: 0, high: 7, names: &["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"] };
const SUNDAY_AGAIN: u8 = 7;

impl Field {
    fn parse(&self, text: &str) -> Result<u64, MuteError> {
        let refused = || MuteError::CronField { field: self.name, text: text.to_owned() };
        let mut set = 0;
        for part in text.split(',') {
            set |= self.part(part).ok_or_else(refused)?;
        }
        if self.high == SUNDAY_AGAIN && set & (1 << SUNDAY_AGAIN) != 0 {
            set = set & !(1 << SUNDAY_AGAIN) | 1;
        }
        Ok(set)
    }

    /// `*`, `a`, `a-b`, and the first and the last with a step.
    fn part(&self, text: &str) -> Option<u64> {
        let (range, step) = match text.split_once('/') {
            Some((range, step)) => (range, Some(small(step).filter(|step| *step > 0)?)),
            None => (text, None),
        };
        let (first, last) = if range == "*" {
            (self.low, if self.high == SUNDAY_AGAIN { SUNDAY_AGAIN - 1 } else { self.high })
        } else if let Some((first, last)) = range.split_once('-') {
            let (first, mut last) = (self.number(first)?, self.number(last)?);
            // MON-SUN goes to the end of the week.
            if self.high == SUNDAY_AGAIN && last == 0 && first > 0 {
                last = SUNDAY_AGAIN;
            }
            (first, last)
        } else {
            let number = self.number(range).filter(|_| step.is_none())?;
            (number, number)
        };
        if first > last {
            return None;
        }
        Some((first..=last).step_by(usize::from(step.unwrap_or(1))).fold(0, |set, number| set | 1 << number))
    }

    fn number(&self, text: &str) -> Option<u8> {
        let named = self.names.iter().position(|name| name.eq_ignore_ascii_case(text));
        let number = match named {
            Some(index) => self.low + u8::try_from(index).ok()?,
            None => small(text)?,
        };
        (self.low..=self.high).contains(&number).then_some(number)
    }
}

fn small(text: &str) -> Option<u8> {
    let plain = matches!(text.len(), 1 | 2) && text.bytes().all(|byte| byte.is_ascii_digit());
    plain.then(|| text.parse().ok()).flatten()
}

const fn has(set: u64, number: i64) -> bool {
    number >= 0 && number < 64 && set & (1 << number) != 0
}

impl Cron {
    /// Reads what stands in the parentheses of `cron(…)`.
    pub(super) fn parse(text: &str) -> Result<Self, MuteError> {
        let fields: Vec<&str> = text.split_ascii_whitespace().collect();
        let [minutes, hours, days, months, weekdays] = fields[..] else {
            return Err(MuteError::CronFields(fields.len()));
        };
        let any_day = days.starts_with('*') || weekdays.starts_with('*');
        Ok(Self {
            minutes: MINUTE.parse(minutes)?,
            hours: HOUR.parse(hours)?,
            days: DAY.parse(days)?,
            months: MONTH.parse(months)?,
            weekdays: WEEKDAY.parse(weekdays)?,
            day_rule: if any_day { DayRule::Both } else { DayRule::Either },
        })
    }

    /// Whether some minute of a day matches.
    pub(super) fn has_day(&self, date: Date) -> bool {
        let day = has(self.days, date.day().into());
        let weekday = has(self.weekdays, date.weekday().to_sunday_zero_offset().into());
        has(self.months, date.month().into())
            && match self.day_rule {
                DayRule::Both => day && weekday,
                DayRule::Either => day || weekday,
            }
    }

    /// Whether the hour does not matter.
    pub(super) fn has_every_hour(&self) -> bool {
        self.hours == (1 << 24) - 1
    }

    fn has_minute(&self, minute: u16) -> bool {
        has(self.hours, i64::from(minute / 60)) && has(self.minutes, i64::from(minute % 60))
    }

    /// The minutes of a day, 0 to 1439, that match, within `[from, to]`.
    pub(super) fn minutes(&self, from: u16, to: u16) -> impl DoubleEndedIterator<Item = u16> {
        (from..=to.min(MINUTES - 1)).filter(|minute| self.has_minute(*minute))
    }
}
