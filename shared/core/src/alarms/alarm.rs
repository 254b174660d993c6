//! An alarm: what `PutMetricAlarm` or `PutCompositeAlarm` said, and the state that it is in.
//!
//! This is what rests in the catalog, as JSON. Its members keep what the caller gave, so that `DescribeAlarms` shows it again; what the
//! evaluator needs is made of it ([`MetricAlarm::condition`]).

use serde::{Deserialize, Serialize};

use super::condition::{Comparison, Condition, LowSampleCount, TreatMissingData};
use super::state::AlarmState;
use crate::metrics::{Dimensions, Period, SeriesKey, Statistic, Unit};
use crate::time::Timestamp;

/// An alarm of an account in a region.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Alarm {
    /// Its name.
    pub name: String,
    /// Its description, where it has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// Whether its actions are carried out.
    pub actions_enabled: bool,
    /// ARNs of what is done when it goes into a state.
    #[serde(default)]
    pub actions: Actions,
    /// What it watches.
    pub watches: Watches,
    /// When it was put or its actions were enabled or disabled.
    pub configured: Timestamp,
    /// The state that it is in.
    pub state: State,
}

/// What is done when an alarm goes into a state: ARNs.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Actions {
    /// `OKActions`
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub ok: Vec<String>,
    /// `AlarmActions`
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub alarm: Vec<String>,
    /// `InsufficientDataActions`
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub insufficient_data: Vec<String>,
}

impl Actions {
    /// What is done in a state.
    pub fn of(&self, state: AlarmState) -> &[String] {
        match state {
            AlarmState::Ok => &self.ok,
            AlarmState::Alarm => &self.alarm,
            AlarmState::InsufficientData => &self.insufficient_data,
        }
    }

    /// All of them.
    pub fn all(&self) -> impl Iterator<Item = &String> {
        self.ok.iter().chain(&self.alarm).chain(&self.insufficient_data)
    }
}

/// The state of an alarm, and why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct State {
    /// Which.
    pub value: AlarmState,
    /// `StateReason`
    pub reason: String,
    /// `StateReasonData`, JSON.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason_data: Option<String>,
    /// `StateUpdatedTimestamp`: when it was set last, even to what it was.
    pub updated: Timestamp,
    /// `StateTransitionedTimestamp`: when its value changed last.
    pub transitioned: Timestamp,
}

/// What an alarm watches.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Watches {
    /// A metric.
    Metric(MetricAlarm),
    /// Other alarms.
    Composite(CompositeAlarm),
}

/// What a metric alarm watches.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct MetricAlarm {
    /// Which metric.
    pub source: Source,
    /// `EvaluationPeriods`
    pub evaluation_periods: u32,
    /// `DatapointsToAlarm`
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub datapoints_to_alarm: Option<u32>,
    /// `Threshold`
    pub threshold: f64,
    /// `ComparisonOperator`
    pub comparison: Comparison,
    /// `TreatMissingData`, where it was given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub treat_missing_data: Option<TreatMissingData>,
    /// `EvaluateLowSampleCountPercentile`, where it was given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub low_sample_count: Option<LowSampleCount>,
}

/// How a metric alarm names its metric.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Source {
    /// By `MetricName` and its companions.
    Single(MetricStat),
    /// By `Metrics`; exactly one of them is returned.
    Metrics(Vec<MetricQuery>),
}

/// A statistic of a metric.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct MetricStat {
    /// The namespace.
    pub namespace: String,
    /// The metric's name.
    pub metric_name: String,
    /// The dimensions, in the caller's order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub dimensions: Vec<(String, String)>,
    /// The statistic as the caller spelt it.
    pub statistic: String,
    /// Only data of this unit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unit: Option<Unit>,
    /// The period in seconds.
    pub period: u32,
}

impl MetricStat {
    /// The series that is meant.
    pub fn series(&self) -> SeriesKey {
        // A set with a name twice was refused when it was put.
        let dimensions = Dimensions::new(self.dimensions.clone()).unwrap_or_default();
        SeriesKey { metric_name: self.metric_name.clone(), dimensions }
    }
}

/// A member of `Metrics`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct MetricQuery {
    /// Its id.
    pub id: String,
    /// The metric.
    pub stat: MetricStat,
    /// Its label, where it has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
    /// `ReturnData`: the one that the alarm watches.
    pub returned: bool,
    /// `AccountId`, where it was given: the alarm's own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account: Option<String>,
}

impl MetricAlarm {
    /// The metric that is watched.
    pub fn watched(&self) -> Option<&MetricStat> {
        match &self.source {
            Source::Single(stat) => Some(stat),
            Source::Metrics(queries) => queries.iter().find(|query| query.returned).map(|query| &query.stat),
        }
    }

    /// What missing data means: "alarms that evaluate metrics in the `AWS/DynamoDB` namespace always ignore missing data even if you choose a
    /// different option" (`PutMetricAlarm`).
    pub fn missing(&self) -> TreatMissingData {
        let always_ignored = self.watched().is_some_and(|stat| stat.namespace == "AWS/DynamoDB");
        if always_ignored { TreatMissingData::Ignore } else { self.treat_missing_data.unwrap_or_default() }
    }

    /// What the evaluator needs to know; `None` when it is damaged.
    pub fn condition(&self) -> Option<Condition> {
        let stat = self.watched()?;
        Some(Condition {
            period: Period::new(i64::from(stat.period)).ok()?,
            statistic: Statistic::parse(&stat.statistic).ok()?,
            evaluation_periods: self.evaluation_periods,
            datapoints_to_alarm: self.datapoints_to_alarm,
            comparison: self.comparison,
            threshold: self.threshold,
            missing: self.missing(),
            low_samples: self.low_sample_count.unwrap_or_default(),
        })
    }

    /// What `StateReasonData` shows of the metric: its statistic and unit, where the alarm names them itself.
    pub fn shown(&self) -> (Option<&str>, Option<&str>) {
        match &self.source {
            Source::Single(stat) => (Some(&stat.statistic), stat.unit.map(Unit::as_str)),
            Source::Metrics(_) => (None, None),
        }
    }
}

/// What a composite alarm watches.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CompositeAlarm {
    /// `AlarmRule`
    pub rule: String,
    /// `ActionsSuppressor` with its two periods.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub suppressor: Option<Suppressor>,
    /// Whether and why actions are held back now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub suppressed: Option<Suppressed>,
}

/// An alarm that holds the actions of a composite alarm back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Suppressor {
    /// Name or ARN.
    pub alarm: String,
    /// `ActionsSuppressorWaitPeriod`, in seconds.
    pub wait: u32,
    /// `ActionsSuppressorExtensionPeriod`, in seconds.
    pub extension: u32,
}

/// Actions that are held back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Suppressed {
    /// `ActionsSuppressedBy`
    pub by: SuppressedBy,
    /// Since when.
    pub since: Timestamp,
    /// The state for which actions were carried out last; those of another are owed.
    pub acted: AlarmState,
}

/// `ActionsSuppressedBy`
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum SuppressedBy {
    /// The suppressor may still go into ALARM.
    WaitPeriod,
    /// The suppressor was in ALARM a short while ago.
    ExtensionPeriod,
    /// The suppressor is in ALARM.
    Alarm,
}

impl SuppressedBy {
    /// AWS's spelling.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::WaitPeriod => "WaitPeriod",
            Self::ExtensionPeriod => "ExtensionPeriod",
            Self::Alarm => "Alarm",
        }
    }
}

impl Alarm {
    /// What it watches, when that is a metric.
    pub const fn metric(&self) -> Option<&MetricAlarm> {
        match &self.watches {
            Watches::Metric(metric) => Some(metric),
            Watches::Composite(_) => None,
        }
    }

    /// What it watches, when that is other alarms.
    pub const fn composite(&self) -> Option<&CompositeAlarm> {
        match &self.watches {
            Watches::Metric(_) => None,
            Watches::Composite(composite) => Some(composite),
        }
    }

    /// `AlarmType`
    pub const fn kind(&self) -> &'static str {
        match self.watches {
            Watches::Metric(_) => "MetricAlarm",
            Watches::Composite(_) => "CompositeAlarm",
        }
    }
}

/// The ARN of an alarm.
pub fn arn(account: &str, region: &str, name: &str) -> String {
    format!("arn:{}:cloudwatch:{region}:{account}:alarm:{name}", partition(region))
}

/// AWS's partition of a region: the second part of its ARNs.
pub fn partition(region: &str) -> &'static str {
    match region.split_once('-') {
        Some(("cn", _)) => "aws-cn",
        _ if region.starts_with("us-gov-") => "aws-us-gov",
        _ => "aws",
    }
}

/// Types that rest as AWS spells them.
macro_rules! spelt {
    ($($type:ty),+) => {$(
        impl Serialize for $type {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.as_str())
            }
        }

        impl<'de> Deserialize<'de> for $type {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = String::deserialize(deserializer)?;
                Self::parse(&text).ok_or_else(|| serde::de::Error::custom(format!("{text} is not known")))
            }
        }
    )+};
}

spelt!(AlarmState, Comparison, TreatMissingData, LowSampleCount, Unit);

impl Serialize for Timestamp {
    /// As milliseconds.
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_i64(self.millis())
    }
}

impl<'de> Deserialize<'de> for Timestamp {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        i64::deserialize(deserializer).map(Self::from_millis)
    }
}
