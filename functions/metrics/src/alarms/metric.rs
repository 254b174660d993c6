//! From `PutMetricAlarm`'s input to a metric alarm: AWS's rules for what may be combined, as a plain function.
//!
//! AWS: <https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html>. What this suite cannot evaluate yet is
//! refused: metric math, bands, PromQL, wall clock windows, warm-up.

use std::collections::BTreeSet;

use watchtrail_core::alarms::alarm::{MetricQuery, MetricStat, Source};
use watchtrail_core::alarms::{Comparison, LowSampleCount, MetricAlarm, TreatMissingData, Watches};
use watchtrail_core::metrics::{Dimensions, Statistic, Unit};
use watchtrail_service::wording::alarms as wording;
use watchtrail_store::Scope;
use watchtrail_wire::shapes::cloudwatch::{
    ActionConfiguration, Dimension, Metric, MetricDataQuery, PutMetricAlarmInput,
};
use wording::Worded;

use super::actions;
use super::put::Draft;

/// Metrics of an alarm.
const MOST_METRICS: usize = 10;

const HOUR_SECONDS: i64 = 3_600;
const DAY_SECONDS: i64 = 86_400;

/// The alarm that a request describes.
///
/// # Errors
/// What AWS, or this suite, refuses.
pub(crate) fn parse(mut input: PutMetricAlarmInput, scope: &Scope) -> Result<Draft, Worded> {
    let name = input.alarm_name.take().unwrap_or_default();
    super::put::check_name("AlarmName", &name)?;
    let actions = actions::parse(
        scope,
        input.ok_actions.take(),
        input.alarm_actions.take(),
        input.insufficient_data_actions.take(),
    )?;
    refuse_unsupported(&input)?;
    let metrics = input.metrics.take().filter(|metrics| !metrics.is_empty());
    let source = match metrics {
        Some(metrics) => several(&input, metrics, scope)?,
        None => Source::Single(single(&mut input)?),
    };
    let tags = input.tags.take().unwrap_or_default();
    let (description, enabled) = (input.alarm_description.take(), input.actions_enabled.unwrap_or(true));
    let alarm = condition(&input, source)?;
    Ok(Draft { name, description, actions_enabled: enabled, actions, watches: Watches::Metric(alarm), tags })
}

/// What AWS takes and this suite cannot do.
fn refuse_unsupported(input: &PutMetricAlarmInput) -> Result<(), Worded> {
    let window = input.evaluation_window.as_ref();
    let given = [
        ("EvaluationCriteria", input.evaluation_criteria.is_some()),
        ("EvaluationInterval", input.evaluation_interval.is_some()),
        ("WallClockWindow", window.is_some_and(|window| window.wall_clock_window.is_some())),
        ("WarmUpConfiguration", input.warm_up_configuration.is_some()),
    ];
    if let Some((member, _)) = given.into_iter().find(|(_, given)| *given) {
        return Err(wording::unsupported(member));
    }
    refuse_propagation(input.action_configuration.as_ref())?;
    if input.threshold_metric_id.is_some() {
        return Err(if input.threshold.is_some() {
            wording::both("Threshold", "ThresholdMetricId")
        } else {
            wording::unsupported("ThresholdMetricId")
        });
    }
    Ok(())
}

/// # Errors
/// When tags are to be told with each action.
pub(super) fn refuse_propagation(configuration: Option<&ActionConfiguration>) -> Result<(), Worded> {
    let propagation = configuration.and_then(|configuration| configuration.alarm_tags_propagation.as_ref());
    match propagation.and_then(|propagation| propagation.enabled) {
        Some(true) => Err(wording::unsupported("AlarmTagsPropagation")),
        _ => Ok(()),
    }
}

/// A metric by `MetricName` and its companions.
fn single(input: &mut PutMetricAlarmInput) -> Result<MetricStat, Worded> {
    let metric_name = input.metric_name.take().ok_or_else(|| wording::null("MetricName"))?;
    let namespace = input.namespace.take().ok_or_else(|| wording::null("Namespace"))?;
    let seconds = input.period.ok_or_else(|| wording::null("Period"))?;
    let statistic = match (input.statistic.take(), input.extended_statistic.take()) {
        (Some(statistic), None) => statistic,
        (None, Some(extended)) => match Statistic::parse(&extended) {
            Ok(statistic) if statistic.needs_distribution() => extended,
            _ => return Err(wording::invalid("ExtendedStatistic", &extended)),
        },
        (Some(_), Some(_)) => return Err(wording::both("Statistic", "ExtendedStatistic")),
        (None, None) => return Err(wording::neither("Statistic", "ExtendedStatistic")),
    };
    Ok(MetricStat {
        namespace,
        metric_name,
        dimensions: dimensions(input.dimensions.take())?,
        statistic,
        unit: input.unit.take().as_deref().and_then(Unit::parse),
        period: period(seconds)?,
    })
}

/// Metrics by `Metrics`, of which one is watched.
fn several(
    input: &PutMetricAlarmInput,
    metrics: Vec<MetricDataQuery>,
    scope: &Scope,
) -> Result<Source, Worded> {
    let given = [
        ("MetricName", input.metric_name.is_some()),
        ("Namespace", input.namespace.is_some()),
        ("Dimensions", input.dimensions.as_ref().is_some_and(|dimensions| !dimensions.is_empty())),
        ("Period", input.period.is_some()),
        ("Unit", input.unit.is_some()),
        ("Statistic", input.statistic.is_some()),
        ("ExtendedStatistic", input.extended_statistic.is_some()),
    ];
    if let Some((member, _)) = given.into_iter().find(|(_, given)| *given) {
        return Err(wording::beside_metrics(member));
    }
    if metrics.len() > MOST_METRICS {
        return Err(wording::too_many("Metrics", MOST_METRICS));
    }
    let mut ids = BTreeSet::new();
    let mut queries = Vec::with_capacity(metrics.len());
    for (index, metric) in metrics.into_iter().enumerate() {
        let query = query(metric, &format!("Metrics.member.{}", index + 1), scope)?;
        if !ids.insert(query.id.clone()) {
            return Err(wording::same_ids(&query.id));
        }
        queries.push(query);
    }
    if queries.iter().filter(|query| query.returned).count() != 1 {
        return Err(wording::not_one_returned());
    }
    if queries.windows(2).any(|pair| pair[0].stat.period != pair[1].stat.period) {
        return Err(wording::different_periods());
    }
    Ok(Source::Metrics(queries))
}

fn query(given: MetricDataQuery, path: &str, scope: &Scope) -> Result<MetricQuery, Worded> {
    let id = given.id.unwrap_or_default();
    if !is_id(&id) {
        return Err(wording::query_id(path, &id));
    }
    let stat = match (given.metric_stat, given.expression) {
        (Some(stat), None) => stat,
        (None, Some(_)) => return Err(wording::unsupported(&format!("{path}.Expression"))),
        (Some(_), Some(_)) => {
            return Err(wording::both(&format!("{path}.MetricStat"), &format!("{path}.Expression")));
        }
        (None, None) => {
            return Err(wording::neither(&format!("{path}.MetricStat"), &format!("{path}.Expression")));
        }
    };
    if let Some(account) = given.account_id.as_ref().filter(|account| **account != scope.account) {
        return Err(wording::invalid(&format!("{path}.AccountId"), account));
    }
    let null = |member: &str| wording::null(&format!("{path}.MetricStat.{member}"));
    let Metric { namespace, metric_name, dimensions: pairs } = stat.metric.ok_or_else(|| null("Metric"))?;
    let statistic = stat.stat.ok_or_else(|| null("Stat"))?;
    if Statistic::parse(&statistic).is_err() {
        return Err(wording::invalid(&format!("{path}.MetricStat.Stat"), &statistic));
    }
    Ok(MetricQuery {
        id,
        stat: MetricStat {
            namespace: namespace.ok_or_else(|| null("Metric.Namespace"))?,
            metric_name: metric_name.ok_or_else(|| null("Metric.MetricName"))?,
            dimensions: dimensions(pairs)?,
            statistic,
            unit: stat.unit.as_deref().and_then(Unit::parse),
            period: period(stat.period.ok_or_else(|| null("Period"))?)?,
        },
        label: given.label,
        returned: given.return_data.unwrap_or(true),
        account: given.account_id,
    })
}

/// `[a-z][a-zA-Z0-9_]*`
fn is_id(text: &str) -> bool {
    text.starts_with(|first: char| first.is_ascii_lowercase())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

fn dimensions(given: Option<Vec<Dimension>>) -> Result<Vec<(String, String)>, Worded> {
    let pair = |d: Dimension| (d.name.unwrap_or_default(), d.value.unwrap_or_default());
    let pairs: Vec<(String, String)> = given.unwrap_or_default().into_iter().map(pair).collect();
    Dimensions::new(pairs.clone()).map_err(|_| wording::same_dimensions())?;
    Ok(pairs)
}

fn period(seconds: i32) -> Result<u32, Worded> {
    match u32::try_from(seconds) {
        Ok(period) if matches!(period, 10 | 20 | 30) || (period > 0 && period.is_multiple_of(60)) => {
            Ok(period)
        }
        _ => Err(wording::period(seconds)),
    }
}

/// What the alarm watches for.
fn condition(input: &PutMetricAlarmInput, source: Source) -> Result<MetricAlarm, Worded> {
    let periods = input.evaluation_periods.ok_or_else(|| wording::null("EvaluationPeriods"))?;
    let operator = input.comparison_operator.as_deref().ok_or_else(|| wording::null("ComparisonOperator"))?;
    let comparison = Comparison::parse(operator)
        .filter(|comparison| !comparison.needs_band())
        .ok_or_else(|| wording::unsupported(&format!("ComparisonOperator {operator}")))?;
    let threshold = input.threshold.ok_or_else(|| wording::null("Threshold"))?;
    if !threshold.is_finite() {
        return Err(wording::invalid("Threshold", &watchtrail_core::text::java(threshold)));
    }
    if input.datapoints_to_alarm.is_some_and(|datapoints| datapoints > periods) {
        return Err(wording::more_datapoints_than_periods());
    }
    let positive = |number: i32| u32::try_from(number).unwrap_or_default();
    let alarm = MetricAlarm {
        source,
        evaluation_periods: positive(periods),
        datapoints_to_alarm: input.datapoints_to_alarm.map(positive),
        threshold,
        comparison,
        treat_missing_data: input.treat_missing_data.as_deref().map(missing).transpose()?,
        low_sample_count: input.evaluate_low_sample_count_percentile.as_deref().map(low).transpose()?,
    };
    let watched = alarm.watched();
    let seconds = watched.map_or(0, |stat| i64::from(stat.period));
    let longest = if seconds < HOUR_SECONDS { DAY_SECONDS } else { 7 * DAY_SECONDS };
    if seconds * i64::from(periods) > longest {
        return Err(wording::too_long(longest));
    }
    let statistic = watched.and_then(|stat| Statistic::parse(&stat.statistic).ok());
    if alarm.low_sample_count.is_some() && !statistic.is_some_and(|one| one.needs_distribution()) {
        return Err(wording::only_with("EvaluateLowSampleCountPercentile", "a percentile"));
    }
    Ok(alarm)
}

fn missing(text: &str) -> Result<TreatMissingData, Worded> {
    let values = TreatMissingData::ALL.map(TreatMissingData::as_str);
    TreatMissingData::parse(text).ok_or_else(|| wording::not_one_of("TreatMissingData", text, &values))
}

fn low(text: &str) -> Result<LowSampleCount, Worded> {
    LowSampleCount::parse(text)
        .ok_or_else(|| wording::not_one_of("EvaluateLowSampleCountPercentile", text, &["evaluate", "ignore"]))
}

#[cfg(test)]
#[path = "metric_tests.rs"]
mod tests;
