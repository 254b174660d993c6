//! The language in which tests of alarms are written: `*.test` files, read by people who know CloudWatch.
//!
//! A file is a list of tests; a test says which alarms there are, what data comes when, and what is to be seen then. [`parse`] makes values of
//! the text and [`Script`]'s `Display` writes them down again. `docs/alarm-tests.md` explains the language. Not here: running a
//! test, and whether CloudWatch takes such an alarm: the API says that when it is put.

mod cursor;
mod error;
mod parse;
mod print;
mod span;
mod statements;
mod table;
mod values;

pub use error::ScriptError;
pub use parse::parse;
pub use print::shown;
pub use span::Span;
pub use values::{Item, Points, Samples, What};

use super::alarm::Actions;
use super::{AlarmState, Comparison, LowSampleCount, TreatMissingData};
use crate::metrics::Unit;
use crate::time::Timestamp;

/// The longest file, in bytes.
pub const LONGEST_FILE: usize = 1 << 20;
/// The longest line, in bytes.
pub const LONGEST_LINE: usize = 16 << 10;
/// Tests of a file, each line of a table counted.
pub const MOST_TESTS: usize = 1_000;
/// Alarms of a test.
pub const MOST_ALARMS: usize = 100;
/// Data points of a test.
pub const MOST_POINTS: usize = 100_000;
/// Times are at most this far from the start.
pub const LONGEST_TIME: Span = Span::from_seconds(60 * 86_400);
/// Times are multiples of this.
pub const GRID: Span = Span::from_seconds(10);

/// A file.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Script {
    /// Its tests, one for each row of a table.
    pub tests: Vec<Test>,
}

/// The line of a file that something comes from, from 1. All lines are equal, so that what means the same is equal wherever it
/// stands.
#[derive(Clone, Copy, Debug, Default)]
pub struct Line(pub u32);

impl Eq for Line {}

impl PartialEq for Line {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

/// A test.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Test {
    /// What is tested.
    pub name: String,
    /// Where it stands: its first line, or its row of a table.
    pub line: Line,
    /// When 0m is, where that matters.
    pub start: Option<Timestamp>,
    /// What is put, in order.
    pub puts: Vec<Put>,
    /// The data.
    pub data: Vec<Data>,
    /// What is done.
    pub commands: Vec<Command>,
    /// What is to be seen.
    pub expectations: Vec<Expectation>,
}

/// Something that a test puts.
#[derive(Clone, Debug, PartialEq)]
pub struct Put {
    /// Where it stands.
    pub line: Line,
    /// When it is put.
    pub at: Span,
    /// Its name.
    pub name: String,
    /// What it is.
    pub what: Thing,
}

/// What can be put.
#[derive(Clone, Debug, PartialEq)]
pub enum Thing {
    /// By `PutMetricAlarm`.
    Metric(Box<MetricAlarm>),
    /// By `PutCompositeAlarm`.
    Composite(Composite),
    /// By `PutAlarmMuteRule`.
    Mute(Mute),
}

/// A metric.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Metric {
    /// Its namespace.
    pub namespace: String,
    /// Its name.
    pub name: String,
    /// Its dimensions, in the order of the text.
    pub dimensions: Vec<(String, String)>,
}

/// A metric alarm.
#[derive(Clone, Debug, PartialEq)]
pub struct MetricAlarm {
    /// What it watches.
    pub metric: Metric,
    /// `Statistic` or `ExtendedStatistic`
    pub statistic: String,
    /// `ComparisonOperator`; no band.
    pub comparison: Comparison,
    /// `Threshold`
    pub threshold: f64,
    /// `DatapointsToAlarm`
    pub datapoints_to_alarm: Option<u32>,
    /// `EvaluationPeriods`
    pub evaluation_periods: u32,
    /// `Period`
    pub period: Span,
    /// `TreatMissingData`
    pub missing: Option<TreatMissingData>,
    /// `EvaluateLowSampleCountPercentile`
    pub low_samples: Option<LowSampleCount>,
    /// `Unit`
    pub unit: Option<Unit>,
    /// What it does.
    pub acts: Acts,
}

/// The actions of an alarm, as the text names them: ARNs, or names of topics.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Acts {
    /// Not `ActionsEnabled`
    pub disabled: bool,
    /// For each state.
    pub actions: Actions,
}

/// A composite alarm.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Composite {
    /// `AlarmRule`
    pub rule: String,
    /// `ActionsSuppressor` and its two periods.
    pub suppressor: Option<(String, Span, Span)>,
    /// What it does.
    pub acts: Acts,
}

/// A mute rule.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Mute {
    /// `cron(…)` or `at(…)`
    pub expression: String,
    /// How long it lasts.
    pub duration: Span,
    /// Where the expression's time is.
    pub timezone: Option<String>,
    /// Whom it mutes.
    pub alarms: Vec<String>,
}

/// The data of a metric.
#[derive(Clone, Debug, PartialEq)]
pub struct Data {
    /// Where it stands.
    pub line: Line,
    /// Which.
    pub metric: Metric,
    /// From one data point to the next.
    pub every: Span,
    /// When the first data point's period begins.
    pub from: Span,
    /// How long after its period a data point comes.
    pub late: Span,
    /// In which unit.
    pub unit: Option<Unit>,
    /// The data points.
    pub items: Vec<Item>,
}

/// Something that is done, after the evaluation of its time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Command {
    /// Where it stands.
    pub line: Line,
    /// When.
    pub at: Span,
    /// What.
    pub what: Deed,
}

/// What can be done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Deed {
    /// `SetAlarmState`
    Set {
        /// Of which alarm.
        alarm: String,
        /// To what.
        state: AlarmState,
        /// `StateReason`
        reason: Option<String>,
    },
    /// `DeleteAlarms`
    Delete(String),
    /// `EnableAlarmActions`
    Enable(String),
    /// `DisableAlarmActions`
    Disable(String),
    /// `DeleteAlarmMuteRule`
    Unmute(String),
    /// Nobody evaluates alarms from now on.
    Pause,
    /// Alarms are evaluated again, now and from now on.
    Resume,
}

impl Deed {
    /// Whether it is done to an alarm.
    pub fn is_of(&self, name: &str) -> bool {
        match self {
            Self::Set { alarm, .. } | Self::Delete(alarm) | Self::Enable(alarm) | Self::Disable(alarm) => {
                alarm == name
            }
            Self::Pause | Self::Resume => true,
            Self::Unmute(_) => false,
        }
    }
}

/// What is to be seen at a time, or all the time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Expectation {
    /// Where it stands.
    pub line: Line,
    /// When.
    pub when: When,
    /// Of which alarm.
    pub alarm: String,
    /// What.
    pub fact: Fact,
}

/// When something is to be seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum When {
    /// At a time.
    At(Span),
    /// From a time to another, both included.
    Between(Span, Span),
    /// From a time to the end of the test.
    From(Span),
}

impl When {
    /// Whether a time is meant.
    pub fn holds(self, time: Span) -> bool {
        match self {
            Self::At(at) => time == at,
            Self::Between(first, last) => first <= time && time <= last,
            Self::From(first) => first <= time,
        }
    }

    /// The latest time that is named.
    pub const fn last(self) -> Span {
        match self {
            Self::At(time) | Self::Between(_, time) | Self::From(time) => time,
        }
    }
}

/// What is to be seen of an alarm.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fact {
    /// It is in that state.
    State(AlarmState),
    /// It is not there.
    Gone,
    /// It carried out an action (an ARN, or the name of a topic) for that state.
    Told(String, AlarmState),
    /// It carried out no action.
    ToldNothing,
    /// Its `StateReason` has this in it.
    Reason(String),
    /// `ActionsSuppressedBy`, or nothing.
    Suppressed(Option<String>),
}

/// The ARN of an action: the text itself, or that of the topic that it names.
pub fn action_arn(text: &str) -> String {
    if text.starts_with("arn:") { text.to_owned() } else { format!("{TOPICS}{text}") }
}

/// The short form of an action's ARN, where it has one.
pub fn action_name(arn: &str) -> &str {
    match arn.strip_prefix(TOPICS) {
        Some(name) if !name.is_empty() && !name.starts_with("arn:") => name,
        _ => arn,
    }
}

/// Where topics are that have only a name: account and region of an unsigned request.
const TOPICS: &str = "arn:aws:sns:us-east-1:123456789012:";

impl Test {
    /// The names of the alarms.
    pub fn alarms(&self) -> impl Iterator<Item = &str> {
        let alarms = self.puts.iter().filter(|put| !matches!(put.what, Thing::Mute(_)));
        alarms.map(|put| put.name.as_str())
    }

    /// How far time moves from one evaluation to the next: a minute, or ten seconds where anything in the test is finer than a minute.
    pub fn step(&self) -> Span {
        let minute = Span::from_seconds(60);
        let is_fine = self.spans().any(|span| span.seconds() % 60 != 0);
        if is_fine { GRID } else { minute }
    }

    /// When the last thing happens or is to be seen.
    pub fn end(&self) -> Span {
        let data = self.data.iter().map(Data::end);
        let named = self.expectations.iter().map(|expectation| expectation.when.last());
        let done = self.commands.iter().map(|command| command.at);
        let put = self.puts.iter().map(|put| put.at);
        let last = data.chain(named).chain(done).chain(put).max().unwrap_or_default();
        last.max(self.step()).ceil_to(self.step())
    }

    fn spans(&self) -> impl Iterator<Item = Span> {
        let periods = self.puts.iter().flat_map(|put| match &put.what {
            Thing::Metric(alarm) => vec![put.at, alarm.period],
            Thing::Composite(Composite { suppressor: Some((_, wait, extension)), .. }) => {
                vec![put.at, *wait, *extension]
            }
            Thing::Composite(_) | Thing::Mute(_) => vec![put.at],
        });
        let data = self.data.iter().flat_map(|data| [data.every, data.from, data.late]);
        let done = self.commands.iter().map(|command| command.at);
        let seen = self.expectations.iter().flat_map(|expectation| match expectation.when {
            When::Between(first, last) => [first, last],
            When::At(time) | When::From(time) => [time, time],
        });
        periods.chain(data).chain(done).chain(seen)
    }
}

impl Data {
    /// When the last data point has come.
    pub fn end(&self) -> Span {
        let count = self.items.iter().map(Item::len).sum::<usize>();
        self.arrival(count.saturating_sub(1))
    }

    /// When the period of a data point begins.
    pub fn begin(&self, number: usize) -> Span {
        let number = i64::try_from(number).unwrap_or(i64::MAX);
        Span::from_seconds(self.from.seconds().saturating_add(self.every.seconds().saturating_mul(number)))
    }

    /// When a data point comes.
    pub fn arrival(&self, number: usize) -> Span {
        let late = self.every.seconds().saturating_add(self.late.seconds());
        Span::from_seconds(self.begin(number).seconds().saturating_add(late))
    }

    /// The data points in order; none where there is a gap.
    pub fn points(&self) -> impl Iterator<Item = Option<Samples>> {
        self.items.iter().flat_map(Item::points)
    }
}

#[cfg(test)]
#[path = "script/tests.rs"]
mod tests;
