//! What is told of a change of state: the message to an SNS topic, the event of a Lambda function and of EventBridge, and the
//! data of the alarm's history, each in AWS's own JSON with AWS's order of members.
//!
//! AWS: "Invoke a Lambda function from an alarm" and "Alarm events and EventBridge" in the user guide. The SNS message is not documented; its
//! members are those of messages that users published.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::value::RawValue;

use super::alarm::{Alarm, MetricAlarm, MetricStat, Source, State, SuppressedBy, Watches, arn};
use super::state::AlarmState;
use crate::metrics::{Statistic, Unit};
use crate::text::iso;
use crate::time::Timestamp;

/// AWS shows so many characters of an SNS subject.
const LONGEST_SUBJECT: usize = 100;
/// `HistoryData` is at most this long.
const LONGEST_HISTORY: usize = 4_095;

/// A change of an alarm's state.
#[derive(Copy, Clone, Debug)]
pub struct Transition<'a> {
    /// The alarm, in its new state.
    pub alarm: &'a Alarm,
    /// The state before.
    pub old: &'a State,
    /// Whether its actions were held back before.
    pub old_suppressed: Option<SuppressedBy>,
    /// Whose.
    pub account: &'a str,
    /// Where.
    pub region: &'a str,
}

impl Transition<'_> {
    fn arn(&self) -> String {
        arn(self.account, self.region, &self.alarm.name)
    }

    /// The title of the SNS message: ASCII, at most 100 characters.
    pub fn subject(&self) -> String {
        let tail = format!("\" in {}", region_name(self.region));
        let state = self.alarm.state.value;
        let head = format!("{state}: \"");
        let room = LONGEST_SUBJECT.saturating_sub(head.len() + tail.len());
        let ascii =
            |character: char| if character.is_ascii_graphic() || character == ' ' { character } else { '?' };
        let mut name: String = self.alarm.name.chars().map(ascii).collect();
        if name.len() > room {
            name.truncate(room.saturating_sub(3));
            name.push_str("...");
        }
        format!("{head}{name}{tail}")
    }

    /// The SNS message.
    pub fn message(&self) -> String {
        let alarm = self.alarm;
        json(&Message {
            alarm_name: &alarm.name,
            alarm_description: alarm.description.as_deref(),
            account: self.account,
            configured: iso(alarm.configured),
            new_state_value: alarm.state.value,
            new_state_reason: &alarm.state.reason,
            state_change_time: iso(alarm.state.updated),
            region: region_name(self.region),
            alarm_arn: self.arn(),
            old_state_value: self.old.value,
            ok_actions: &alarm.actions.ok,
            alarm_actions: &alarm.actions.alarm,
            insufficient_data_actions: &alarm.actions.insufficient_data,
            trigger: alarm.metric().map(trigger),
            alarm_rule: alarm.composite().map(|composite| composite.rule.as_str()),
            triggering_children: alarm.composite().map(|_| children(&alarm.state)),
        })
    }

    /// The event that a Lambda function is invoked with.
    pub fn lambda_event(&self) -> String {
        json(&LambdaEvent {
            source: "aws.cloudwatch",
            alarm_arn: self.arn(),
            account_id: self.account,
            time: iso(self.alarm.state.updated),
            region: self.region,
            alarm_data: self.detail(),
        })
    }

    /// The EventBridge event of this id.
    pub fn event(&self, id: &str) -> String {
        let second = self.alarm.state.updated.floor_to(1);
        json(&Event {
            version: "0",
            id,
            detail_type: "CloudWatch Alarm State Change",
            source: "aws.cloudwatch",
            account: self.account,
            time: second.to_string(),
            region: self.region,
            resources: [self.arn()],
            detail: self.detail(),
        })
    }

    fn detail(&self) -> Detail<'_> {
        let suppressed = self.alarm.composite().and_then(|composite| composite.suppressed.as_ref());
        Detail {
            alarm_name: &self.alarm.name,
            state: told(&self.alarm.state, suppressed.map(|suppressed| suppressed.by)),
            previous_state: told(self.old, self.old_suppressed),
            configuration: configuration(self.alarm),
        }
    }

    /// `HistoryData` of the change.
    pub fn history_data(&self) -> String {
        let full = json(&StateUpdate {
            version: "1.0",
            old_state: recorded(self.old, true),
            new_state: recorded(&self.alarm.state, true),
        });
        if full.len() <= LONGEST_HISTORY {
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
        if full.len() <= LONGEST_HISTORY {
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
        if full.len() <= LONGEST_HISTORY {
            return full;
        }
        record.published_message = None;
        json(&record)
    }
}

fn json(value: &impl Serialize) -> String {
    // Texts, numbers and lists always have a JSON form.
    serde_json::to_string(value).unwrap_or_default()
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Message<'a> {
    alarm_name: &'a str,
    alarm_description: Option<&'a str>,
    #[serde(rename = "AWSAccountId")]
    account: &'a str,
    #[serde(rename = "AlarmConfigurationUpdatedTimestamp")]
    configured: String,
    new_state_value: AlarmState,
    new_state_reason: &'a str,
    state_change_time: String,
    region: &'a str,
    alarm_arn: String,
    old_state_value: AlarmState,
    #[serde(rename = "OKActions")]
    ok_actions: &'a [String],
    alarm_actions: &'a [String],
    insufficient_data_actions: &'a [String],
    #[serde(skip_serializing_if = "Option::is_none")]
    trigger: Option<Trigger<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    alarm_rule: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    triggering_children: Option<Vec<serde_json::Value>>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Trigger<'a> {
    #[serde(flatten)]
    single: Option<SingleTrigger<'a>>,
    period: u32,
    evaluation_periods: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    datapoints_to_alarm: Option<u32>,
    comparison_operator: &'a str,
    threshold: f64,
    treat_missing_data: &'a str,
    evaluate_low_sample_count_percentile: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    metrics: Option<Vec<TriggerMetric<'a>>>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct SingleTrigger<'a> {
    metric_name: &'a str,
    namespace: &'a str,
    statistic_type: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    statistic: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    extended_statistic: Option<&'a str>,
    unit: Option<Unit>,
    dimensions: Vec<Pair<'a>>,
}

#[derive(Serialize)]
struct Pair<'a> {
    value: &'a str,
    name: &'a str,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct TriggerMetric<'a> {
    id: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    label: Option<&'a str>,
    metric_stat: TriggerStat<'a>,
    return_data: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    account_id: Option<&'a str>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct TriggerStat<'a> {
    metric: TriggerMetricName<'a>,
    period: u32,
    stat: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    unit: Option<Unit>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct TriggerMetricName<'a> {
    dimensions: Vec<Pair<'a>>,
    metric_name: &'a str,
    namespace: &'a str,
}

fn pairs(stat: &MetricStat) -> Vec<Pair<'_>> {
    stat.dimensions.iter().map(|(name, value)| Pair { value, name }).collect()
}

fn trigger(metric: &MetricAlarm) -> Trigger<'_> {
    let (single, metrics) = match &metric.source {
        Source::Single(stat) => (Some(single_trigger(stat)), None),
        Source::Metrics(queries) => (None, Some(queries.iter().map(trigger_metric).collect())),
    };
    Trigger {
        single,
        period: metric.watched().map_or(0, |stat| stat.period),
        evaluation_periods: metric.evaluation_periods,
        datapoints_to_alarm: metric.datapoints_to_alarm,
        comparison_operator: metric.comparison.as_str(),
        threshold: metric.threshold,
        treat_missing_data: metric.treat_missing_data.map_or("", super::TreatMissingData::as_str),
        evaluate_low_sample_count_percentile: metric
            .low_sample_count
            .map_or("", super::LowSampleCount::as_str),
        metrics,
    }
}

fn trigger_metric(query: &super::alarm::MetricQuery) -> TriggerMetric<'_> {
    let stat = &query.stat;
    TriggerMetric {
        id: &query.id,
        label: query.label.as_deref(),
        metric_stat: TriggerStat {
            metric: TriggerMetricName {
                dimensions: pairs(stat),
                metric_name: &stat.metric_name,
                namespace: &stat.namespace,
            },
            period: stat.period,
            stat: &stat.statistic,
            unit: stat.unit,
        },
        return_data: query.returned,
        account_id: query.account.as_deref(),
    }
}

fn single_trigger(stat: &MetricStat) -> SingleTrigger<'_> {
    let plain = match Statistic::parse(&stat.statistic) {
        Ok(Statistic::SampleCount) => Some("SAMPLE_COUNT"),
        Ok(Statistic::Average) => Some("AVERAGE"),
        Ok(Statistic::Sum) => Some("SUM"),
        Ok(Statistic::Minimum) => Some("MINIMUM"),
        Ok(Statistic::Maximum) => Some("MAXIMUM"),
        _ => None,
    };
    SingleTrigger {
        metric_name: &stat.metric_name,
        namespace: &stat.namespace,
        statistic_type: if plain.is_some() { "Statistic" } else { "ExtendedStatistic" },
        statistic: plain,
        extended_statistic: plain.is_none().then_some(&stat.statistic),
        unit: stat.unit,
        dimensions: pairs(stat),
    }
}

/// The alarms that made a composite alarm change, from its reason data, with the spelling of the SNS message.
fn children(state: &State) -> Vec<serde_json::Value> {
    let data: serde_json::Value =
        state.reason_data.as_deref().and_then(|data| serde_json::from_str(data).ok()).unwrap_or_default();
    let alarms =
        data.get("triggeringAlarms").and_then(serde_json::Value::as_array).cloned().unwrap_or_default();
    let child = |alarm: &serde_json::Value| {
        serde_json::json!({
            "Arn": alarm["arn"],
            "State": { "Value": alarm["state"]["value"], "Timestamp": alarm["state"]["timestamp"] },
        })
    };
    alarms.iter().map(child).collect()
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct LambdaEvent<'a> {
    source: &'static str,
    alarm_arn: String,
    account_id: &'a str,
    time: String,
    region: &'a str,
    alarm_data: Detail<'a>,
}

#[derive(Serialize)]
struct Event<'a> {
    version: &'static str,
    id: &'a str,
    #[serde(rename = "detail-type")]
    detail_type: &'static str,
    source: &'static str,
    account: &'a str,
    time: String,
    region: &'a str,
    resources: [String; 1],
    detail: Detail<'a>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Detail<'a> {
    alarm_name: &'a str,
    state: Told<'a>,
    previous_state: Told<'a>,
    configuration: Configuration<'a>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Told<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    actions_suppressed_by: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    actions_suppressed_reason: Option<String>,
    value: AlarmState,
    reason: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason_data: Option<&'a str>,
    timestamp: String,
}

fn told(state: &State, suppressed: Option<SuppressedBy>) -> Told<'_> {
    Told {
        actions_suppressed_by: suppressed.map(SuppressedBy::as_str),
        actions_suppressed_reason: suppressed.map(suppressed_reason),
        value: state.value,
        reason: &state.reason,
        reason_data: state.reason_data.as_deref(),
        timestamp: iso(state.updated),
    }
}

/// `ActionsSuppressedReason`
pub fn suppressed_reason(by: SuppressedBy) -> String {
    format!("Actions suppressed by {}", by.as_str())
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Configuration<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    metrics: Option<Vec<ConfiguredMetric<'a>>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    alarm_rule: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    actions_suppressor: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    actions_suppressor_wait_period: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    actions_suppressor_extension_period: Option<u32>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ConfiguredMetric<'a> {
    id: String,
    metric_stat: ConfiguredStat<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    label: Option<&'a str>,
    return_data: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    account_id: Option<&'a str>,
}

#[derive(Serialize)]
struct ConfiguredStat<'a> {
    metric: ConfiguredName<'a>,
    period: u32,
    stat: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    unit: Option<Unit>,
}

#[derive(Serialize)]
struct ConfiguredName<'a> {
    namespace: &'a str,
    name: &'a str,
    dimensions: BTreeMap<&'a str, &'a str>,
}

fn configuration(alarm: &Alarm) -> Configuration<'_> {
    let mut told = Configuration {
        description: alarm.description.as_deref(),
        metrics: None,
        alarm_rule: None,
        actions_suppressor: None,
        actions_suppressor_wait_period: None,
        actions_suppressor_extension_period: None,
    };
    match &alarm.watches {
        Watches::Metric(metric) => told.metrics = Some(configured_metrics(metric)),
        Watches::Composite(composite) => {
            told.alarm_rule = Some(&composite.rule);
            if let Some(suppressor) = &composite.suppressor {
                told.actions_suppressor = Some(&suppressor.alarm);
                told.actions_suppressor_wait_period = Some(suppressor.wait);
                told.actions_suppressor_extension_period = Some(suppressor.extension);
            }
        }
    }
    told
}

fn configured_metrics(metric: &MetricAlarm) -> Vec<ConfiguredMetric<'_>> {
    match &metric.source {
        Source::Single(stat) => vec![ConfiguredMetric {
            id: metric_id(stat),
            metric_stat: configured_stat(stat),
            label: None,
            return_data: true,
            account_id: None,
        }],
        Source::Metrics(queries) => queries
            .iter()
            .map(|query| ConfiguredMetric {
                id: query.id.clone(),
                metric_stat: configured_stat(&query.stat),
                label: query.label.as_deref(),
                return_data: query.returned,
                account_id: query.account.as_deref(),
            })
            .collect(),
    }
}

fn configured_stat(stat: &MetricStat) -> ConfiguredStat<'_> {
    let dimensions = stat.dimensions.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    ConfiguredStat {
        metric: ConfiguredName { namespace: &stat.namespace, name: &stat.metric_name, dimensions },
        period: stat.period,
        stat: &stat.statistic,
        unit: stat.unit,
    }
}

/// AWS gives the metric of a plain alarm an id that looks like a UUID; here it is a hash (FNV-1a) of what the metric is.
fn metric_id(stat: &MetricStat) -> String {
    let text = json(&configured_stat(stat));
    let hash = |seed: u64| {
        text.bytes().fold(seed, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
    };
    let (high, low) = (hash(0xcbf2_9ce4_8422_2325), hash(0x8422_2325_cbf2_9ce4));
    format!(
        "{:08x}-{:04x}-{:04x}-{:04x}-{:012x}",
        high >> 32,
        (high >> 16) & 0xFFFF,
        high & 0xFFFF,
        low >> 48,
        low & 0xFFFF_FFFF_FFFF
    )
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
        treat_missing_data: metric
            .and_then(|metric| metric.treat_missing_data.map(super::TreatMissingData::as_str)),
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

/// A region's name in notifications; one that is not known is shown by its code.
pub fn region_name(region: &str) -> &str {
    match region {
        "us-east-1" => "US East (N. Virginia)",
        "us-east-2" => "US East (Ohio)",
        "us-west-1" => "US West (N. California)",
        "us-west-2" => "US West (Oregon)",
        "ca-central-1" => "Canada (Central)",
        "ca-west-1" => "Canada West (Calgary)",
        "mx-central-1" => "Mexico (Central)",
        "sa-east-1" => "South America (Sao Paulo)",
        "eu-west-1" => "EU (Ireland)",
        "eu-west-2" => "EU (London)",
        "eu-west-3" => "EU (Paris)",
        "eu-central-1" => "EU (Frankfurt)",
        "eu-central-2" => "Europe (Zurich)",
        "eu-north-1" => "EU (Stockholm)",
        "eu-south-1" => "EU (Milan)",
        "eu-south-2" => "Europe (Spain)",
        "ap-south-1" => "Asia Pacific (Mumbai)",
        "ap-south-2" => "Asia Pacific (Hyderabad)",
        "ap-east-1" => "Asia Pacific (Hong Kong)",
        "ap-northeast-1" => "Asia Pacific (Tokyo)",
        "ap-northeast-2" => "Asia Pacific (Seoul)",
        "ap-northeast-3" => "Asia Pacific (Osaka)",
        "ap-southeast-1" => "Asia Pacific (Singapore)",
        "ap-southeast-2" => "Asia Pacific (Sydney)",
        "ap-southeast-3" => "Asia Pacific (Jakarta)",
        "ap-southeast-4" => "Asia Pacific (Melbourne)",
        "me-south-1" => "Middle East (Bahrain)",
        "me-central-1" => "Middle East (UAE)",
        "il-central-1" => "Israel (Tel Aviv)",
        "af-south-1" => "Africa (Cape Town)",
        "cn-north-1" => "China (Beijing)",
        "cn-northwest-1" => "China (Ningxia)",
        "us-gov-east-1" => "AWS GovCloud (US-East)",
        "us-gov-west-1" => "AWS GovCloud (US-West)",
        _ => region,
    }
}

#[cfg(test)]
#[path = "notice/tests.rs"]
mod tests;
