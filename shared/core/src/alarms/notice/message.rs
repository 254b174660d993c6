//! The message to an SNS topic. AWS does not document it; its members are those of messages that users published.

use serde::Serialize;

use super::super::alarm::{MetricAlarm, MetricQuery, MetricStat, Source, State};
use super::super::state::AlarmState;
use super::super::{LowSampleCount, TreatMissingData};
use super::{Transition, json, region_name};
use crate::metrics::{Statistic, Unit};
use crate::text::iso;

impl Transition<'_> {
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
pub(super) struct Pair<'a> {
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

pub(super) fn pairs(stat: &MetricStat) -> Vec<Pair<'_>> {
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
        treat_missing_data: metric.treat_missing_data.map_or("", TreatMissingData::as_str),
        evaluate_low_sample_count_percentile: metric.low_sample_count.map_or("", LowSampleCount::as_str),
        metrics,
    }
}

fn trigger_metric(query: &MetricQuery) -> TriggerMetric<'_> {
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
