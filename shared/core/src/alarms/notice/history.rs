//! The summaries and the data of an alarm's history: of its configuration, its states and its actions.

use serde::Serialize;
use serde_json::value::RawValue;

use super::super::TreatMissingData;
use super::super::alarm::{Alarm, Source, State, arn};
use super::super::state::AlarmState;
use super::event::{ConfiguredMetric, configured_metrics};
use super::message::{Pair, pairs};
use super::{Transition, json};
use crate::metrics::Unit;
use crate::text::iso;
use crate::time::Timestamp;

/// `HistoryData` is at most this long.
const LONGEST: usize = 4_095;

impl Transition<'_> {
    /// `HistoryData` of the change.
    pub fn history_data(&self) -> String {
        let full = json(&StateUpdate {
            version: "1.0",
            old_state: recorded(self.old, true),
            new_state: recorded(&self.alarm.state, true),
        });
        if full.len() <= LONGEST {
            return full;
        }
        json(&StateUpdate {
            version: "1.0",
            old_state: recorded(self.old, false),
            new_state: recorded(&self.alarm.state, true),
        })
    }
}

/// What was done to an alarm's configuration.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub enum Configured {
    /// It is new.
    Created,
    /// It was changed.
    Updated,
    /// It is gone.
    Deleted,
}

impl Configured {
    /// `HistorySummary`
    pub fn summary(self, name: &str) -> String {
        let done = match self {
            Self::Created => "created",
            Self::Updated => "updated",
            Self::Deleted => "deleted",
        };
        format!("Alarm \"{name}\" {done}")
    }

    /// `HistoryData`
    pub fn data(self, alarm: &Alarm, account: &str, region: &str) -> String {
        let of = |this: Self| (this == self).then(|| recorded_alarm(alarm, account, region));
        let kind = match self {
            Self::Created => "Create",
            Self::Updated => "Update",
            Self::Deleted => "Delete",
        };
        let mut update = ConfigurationUpdate {
            version: "1.0",
            kind,
            created_alarm: of(Self::Created),
            updated_alarm: of(Self::Updated),
            deleted_alarm: of(Self::Deleted),
        };
        let full = json(&update);
        if full.len() <= LONGEST {
            return full;
        }
        (update.created_alarm, update.updated_alarm, update.deleted_alarm) = (None, None, None);
        json(&update)
    }
}

/// What became of an action.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Acted {
    /// It was carried out.
    Succeeded,
    /// It failed, in these words.
    Failed(String),
    /// A mute rule holds it back until then.
    Muted(Timestamp),
}

impl Acted {
    /// `HistorySummary`
    pub fn summary(&self, action: &str) -> String {
        match self {
            Self::Succeeded => format!("Successfully executed action {action}"),
            Self::Failed(_) => format!("Failed to execute action {action}"),
            Self::Muted(_) => format!("Muted action {action}"),
        }
    }

    /// `HistoryData`: with what was published, as far as it fits.
    pub fn data(&self, action: &str, updated: Timestamp, published: &str) -> String {
        let mut record = ActionRecord {
            action_state: match self {
                Self::Succeeded => "Succeeded",
                Self::Failed(_) => "Failed",
                Self::Muted(_) => "Muted",
            },
            state_update_timestamp: updated.millis(),
            notification_resource: action,
            published_message: (*self == Self::Succeeded).then_some(published),
            error: match self {
                Self::Failed(error) => Some(error.chars().take(1_000).collect()),
                Self::Succeeded | Self::Muted(_) => None,
            },
            mute_window_end_timestamp: match self {
                Self::Muted(until) => Some(until.millis()),
                Self::Succeeded | Self::Failed(_) => None,
            },
        };
        let full = json(&record);
        if full.len() <= LONGEST {
            return full;
        }
        record.published_message = None;
        json(&record)
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct StateUpdate<'a> {
    version: &'static str,
    old_state: Recorded<'a>,
    new_state: Recorded<'a>,
}

#[derive(Serialize)]
struct Recorded<'a> {
    #[serde(rename = "stateValue")]
    value: AlarmState,
    #[serde(rename = "stateReason")]
    reason: &'a str,
    #[serde(rename = "stateReasonData", skip_serializing_if = "Option::is_none")]
    data: Option<&'a RawValue>,
}

fn recorded(state: &State, with_data: bool) -> Recorded<'_> {
    let data = state.reason_data.as_deref().filter(|_| with_data);
    Recorded {
        value: state.value,
        reason: &state.reason,
        data: data.and_then(|data| serde_json::from_str(data).ok()),
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ConfigurationUpdate<'a> {
    version: &'static str,
    #[serde(rename = "type")]
    kind: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    created_alarm: Option<RecordedAlarm<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    updated_alarm: Option<RecordedAlarm<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    deleted_alarm: Option<RecordedAlarm<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct RecordedAlarm<'a> {
    alarm_name: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    alarm_description: Option<&'a str>,
    alarm_arn: String,
    alarm_configuration_updated_timestamp: String,
    #[serde(flatten)]
    single: Option<RecordedMetric<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    metrics: Option<Vec<ConfiguredMetric<'a>>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    alarm_rule: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    threshold: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    comparison_operator: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    evaluation_periods: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    datapoints_to_alarm: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    treat_missing_data: Option<&'a str>,
    state_value: AlarmState,
    state_updated_timestamp: String,
    actions_enabled: bool,
    alarm_actions: &'a [String],
    insufficient_data_actions: &'a [String],
    // As AWS spells it.
    okactions: &'a [String],
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct RecordedMetric<'a> {
    namespace: &'a str,
    metric_name: &'a str,
    statistic: &'a str,
    period: u32,
    dimensions: Vec<Pair<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    unit: Option<Unit>,
}

fn recorded_alarm<'a>(alarm: &'a Alarm, account: &str, region: &str) -> RecordedAlarm<'a> {
    let metric = alarm.metric();
    let single = metric.and_then(|metric| match &metric.source {
        Source::Single(stat) => Some(RecordedMetric {
            namespace: &stat.namespace,
            metric_name: &stat.metric_name,
            statistic: &stat.statistic,
            period: stat.period,
            dimensions: pairs(stat),
            unit: stat.unit,
        }),
        Source::Metrics(_) => None,
    });
    RecordedAlarm {
        alarm_name: &alarm.name,
        alarm_description: alarm.description.as_deref(),
        alarm_arn: arn(account, region, &alarm.name),
        alarm_configuration_updated_timestamp: iso(alarm.configured),
        metrics: metric.filter(|_| single.is_none()).map(configured_metrics),
        single,
        alarm_rule: alarm.composite().map(|composite| composite.rule.as_str()),
        threshold: metric.map(|metric| metric.threshold),
        comparison_operator: metric.map(|metric| metric.comparison.as_str()),
        evaluation_periods: metric.map(|metric| metric.evaluation_periods),
        datapoints_to_alarm: metric.and_then(|metric| metric.datapoints_to_alarm),
        treat_missing_data: metric.and_then(|metric| metric.treat_missing_data.map(TreatMissingData::as_str)),
        state_value: alarm.state.value,
        state_updated_timestamp: iso(alarm.state.updated),
        actions_enabled: alarm.actions_enabled,
        alarm_actions: &alarm.actions.alarm,
        insufficient_data_actions: &alarm.actions.insufficient_data,
        okactions: &alarm.actions.ok,
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ActionRecord<'a> {
    action_state: &'static str,
    state_update_timestamp: i64,
    notification_resource: &'a str,
    published_message: Option<&'a str>,
    error: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    mute_window_end_timestamp: Option<i64>,
}
