//! The events that a Lambda function and EventBridge get: "Invoke a Lambda function from an alarm" and "Alarm events and EventBridge" in
//! the user guide.

use std::collections::BTreeMap;

use serde::Serialize;

use super::super::alarm::{Alarm, MetricAlarm, MetricStat, Source, State, SuppressedBy, Watches};
use super::super::state::AlarmState;
use super::{Transition, json};
use crate::metrics::Unit;
use crate::text::iso;

impl Transition<'_> {
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
pub(super) struct ConfiguredMetric<'a> {
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

pub(super) fn configured_metrics(metric: &MetricAlarm) -> Vec<ConfiguredMetric<'_>> {
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
