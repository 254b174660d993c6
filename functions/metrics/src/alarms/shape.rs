//! Alarms as answers show them.

use watchtrail_core::alarms::alarm::{MetricStat, Source, arn};
use watchtrail_core::alarms::notice::suppressed_reason;
use watchtrail_core::alarms::{Alarm, CompositeAlarm, MetricAlarm, TreatMissingData, Watches};
use watchtrail_core::metrics::{Statistic, Unit};
use watchtrail_core::time::Timestamp;
use watchtrail_store::Scope;
use watchtrail_wire::shapes::cloudwatch as wire;

/// A time in the wire's type.
pub(crate) fn time(at: Timestamp) -> watchtrail_wire::Timestamp {
    watchtrail_wire::Timestamp::from_millis(at.millis())
}

/// An alarm in the list of its type.
pub(crate) fn add(alarm: &Alarm, scope: &Scope, output: &mut wire::DescribeAlarmsOutput) {
    match &alarm.watches {
        Watches::Metric(watched) => {
            output.metric_alarms.get_or_insert_default().push(metric(alarm, watched, scope));
        }
        Watches::Composite(watched) => {
            output.composite_alarms.get_or_insert_default().push(composite(alarm, watched, scope));
        }
    }
}

/// A metric alarm.
pub(crate) fn metric(alarm: &Alarm, watched: &MetricAlarm, scope: &Scope) -> wire::MetricAlarm {
    let shape = wire::MetricAlarm {
        alarm_name: Some(alarm.name.clone()),
        alarm_arn: Some(arn(&scope.account, &scope.region, &alarm.name)),
        alarm_description: alarm.description.clone(),
        alarm_configuration_updated_timestamp: Some(time(alarm.configured)),
        actions_enabled: Some(alarm.actions_enabled),
        ok_actions: Some(alarm.actions.ok.clone()),
        alarm_actions: Some(alarm.actions.alarm.clone()),
        insufficient_data_actions: Some(alarm.actions.insufficient_data.clone()),
        state_value: Some(alarm.state.value.as_str().to_owned()),
        state_reason: Some(alarm.state.reason.clone()),
        state_reason_data: alarm.state.reason_data.clone(),
        state_updated_timestamp: Some(time(alarm.state.updated)),
        state_transitioned_timestamp: Some(time(alarm.state.transitioned)),
        dimensions: Some(Vec::new()),
        evaluation_periods: Some(number(watched.evaluation_periods)),
        datapoints_to_alarm: watched.datapoints_to_alarm.map(number),
        threshold: Some(watched.threshold),
        comparison_operator: Some(watched.comparison.as_str().to_owned()),
        treat_missing_data: watched.treat_missing_data.map(TreatMissingData::as_str).map(str::to_owned),
        evaluate_low_sample_count_percentile: watched
            .low_sample_count
            .map(|choice| choice.as_str().to_owned()),
        ..wire::MetricAlarm::default()
    };
    match &watched.source {
        Source::Single(stat) => {
            let is_plain = is_plain(&stat.statistic);
            let spelt = |wanted: bool| (is_plain == wanted).then(|| stat.statistic.clone());
            wire::MetricAlarm {
                metric_name: Some(stat.metric_name.clone()),
                namespace: Some(stat.namespace.clone()),
                statistic: spelt(true),
                extended_statistic: spelt(false),
                dimensions: Some(dimensions(stat)),
                period: Some(number(stat.period)),
                unit: stat.unit.map(Unit::as_str).map(str::to_owned),
                ..shape
            }
        }
        Source::Metrics(queries) => {
            wire::MetricAlarm { metrics: Some(queries.iter().map(query).collect()), ..shape }
        }
    }
}

fn query(query: &watchtrail_core::alarms::alarm::MetricQuery) -> wire::MetricDataQuery {
    let stat = &query.stat;
    wire::MetricDataQuery {
        id: Some(query.id.clone()),
        metric_stat: Some(wire::MetricStat {
            metric: Some(wire::Metric {
                namespace: Some(stat.namespace.clone()),
                metric_name: Some(stat.metric_name.clone()),
                dimensions: Some(dimensions(stat)),
            }),
            period: Some(number(stat.period)),
            stat: Some(stat.statistic.clone()),
            unit: stat.unit.map(Unit::as_str).map(str::to_owned),
        }),
        label: query.label.clone(),
        return_data: Some(query.returned),
        account_id: query.account.clone(),
        ..wire::MetricDataQuery::default()
    }
}

/// A composite alarm.
pub(crate) fn composite(alarm: &Alarm, watched: &CompositeAlarm, scope: &Scope) -> wire::CompositeAlarm {
    let suppressor = watched.suppressor.as_ref();
    let suppressed = watched.suppressed.as_ref().map(|suppressed| suppressed.by);
    wire::CompositeAlarm {
        actions_enabled: Some(alarm.actions_enabled),
        alarm_actions: Some(alarm.actions.alarm.clone()),
        alarm_arn: Some(arn(&scope.account, &scope.region, &alarm.name)),
        alarm_configuration_updated_timestamp: Some(time(alarm.configured)),
        alarm_description: alarm.description.clone(),
        alarm_name: Some(alarm.name.clone()),
        alarm_rule: Some(watched.rule.clone()),
        insufficient_data_actions: Some(alarm.actions.insufficient_data.clone()),
        ok_actions: Some(alarm.actions.ok.clone()),
        state_reason: Some(alarm.state.reason.clone()),
        state_reason_data: alarm.state.reason_data.clone(),
        state_updated_timestamp: Some(time(alarm.state.updated)),
        state_value: Some(alarm.state.value.as_str().to_owned()),
        state_transitioned_timestamp: Some(time(alarm.state.transitioned)),
        actions_suppressed_by: suppressed.map(|by| by.as_str().to_owned()),
        actions_suppressed_reason: suppressed.map(suppressed_reason),
        actions_suppressor: suppressor.map(|suppressor| suppressor.alarm.clone()),
        actions_suppressor_wait_period: suppressor.map(|suppressor| number(suppressor.wait)),
        actions_suppressor_extension_period: suppressor.map(|suppressor| number(suppressor.extension)),
        action_configuration: None,
    }
}

/// Whether a statistic is one of the five that `Statistic` takes.
pub(crate) fn is_plain(statistic: &str) -> bool {
    Statistic::parse(statistic).is_ok_and(|statistic| !statistic.needs_distribution())
}

fn dimensions(stat: &MetricStat) -> Vec<wire::Dimension> {
    let dimension = |(name, value): &(String, String)| wire::Dimension {
        name: Some(name.clone()),
        value: Some(value.clone()),
    };
    stat.dimensions.iter().map(dimension).collect()
}

/// Numbers came as `i32`, and return so.
fn number(number: u32) -> i32 {
    i32::try_from(number).unwrap_or(i32::MAX)
}
