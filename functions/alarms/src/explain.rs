//! Why an alarm is in its state, for people: what it sees now, period by period, and how that was weighed.

use std::fmt::Write;

use watchtrail_core::alarms::evaluate::{Evaluation, Ground, breaches};
use watchtrail_core::alarms::{Condition, MetricAlarm, Watches};
use watchtrail_core::text::java;
use watchtrail_core::time::Timestamp;
use watchtrail_service::Context;
use watchtrail_store::{Scope, StoreError};

use crate::points::{Points, Wanted};
use crate::{Desk, Part, metric};

/// An explanation: lines for people.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Explanation(pub String);

/// Explains an alarm; `None` when there is none of that name.
///
/// # Errors
/// When a store does not answer.
pub async fn explain(
    context: &Context,
    scope: &Scope,
    name: &str,
) -> Result<Option<Explanation>, StoreError> {
    let Some(stored) = context.store.alarms.get(scope, name).await? else { return Ok(None) };
    let alarm = &stored.alarm;
    let mut text = format!(
        "{} is {} since {}.\n  {}\n",
        alarm.name, alarm.state.value, alarm.state.transitioned, alarm.state.reason
    );
    match &alarm.watches {
        Watches::Metric(watched) => {
            let now = context.now();
            let desk = Desk { context, scope, buckets: Part::ALL.buckets() };
            let Some(wanted) = Wanted::new(watched, (now, now)) else {
                return Ok(Some(Explanation(text + "It is damaged: put it again.\n")));
            };
            let wanted = [wanted];
            let points = Points::read(&desk, &wanted, now).await;
            match metric::at(&desk, &wanted[0], &points, now, now) {
                Ok(evaluation) => describe(&mut text, watched, &wanted[0].condition, &evaluation, now),
                Err(error) => {
                    let _ = writeln!(text, "Its metric cannot be read now: {error}");
                }
            }
        }
        Watches::Composite(composite) => {
            let _ = writeln!(text, "Its rule is {}", composite.rule);
            if let Ok(rule) = watchtrail_core::alarms::rule::Rule::parse(&composite.rule) {
                let names: Vec<&str> =
                    rule.children().map(watchtrail_core::alarms::rule::AlarmRef::name).collect();
                let children = context.store.alarms.get_all(scope, names.iter().copied()).await?;
                for name in names {
                    let state = children.get(name).map_or("gone", |child| child.alarm.state.value.as_str());
                    let _ = writeln!(text, "  {name} is {state}");
                }
            }
            if let Some(suppressed) = &composite.suppressed {
                let _ = writeln!(
                    text,
                    "Its actions are held back by {} since {}",
                    suppressed.by.as_str(),
                    suppressed.since
                );
            }
        }
    }
    Ok(Some(Explanation(text)))
}

fn describe(
    text: &mut String,
    alarm: &MetricAlarm,
    condition: &Condition,
    seen: &Evaluation,
    now: Timestamp,
) {
    if let Some(stat) = alarm.watched() {
        let dimensions: Vec<String> =
            stat.dimensions.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let _ = writeln!(
            text,
            "It watches the {} of {} {} {{{}}} by {} s: {} of the last {} must be {} {}; missing data is {}.",
            stat.statistic,
            stat.namespace,
            stat.metric_name,
            dimensions.join(","),
            stat.period,
            condition.to_alarm(),
            condition.evaluation_periods,
            condition.comparison.as_str(),
            java(condition.threshold),
            condition.missing.as_str()
        );
    }
    let _ = writeln!(text, "At {now} it sees, of {} to {}:", seen.window.start(), seen.window.end());
    for start in seen.window.starts().rev() {
        let line = if let Some(point) = seen.points.iter().find(|point| point.timestamp == start) {
            let verdict = if breaches(condition, point) { "breaches" } else { "does not breach" };
            format!("{} of {} samples, {verdict}", java(point.value), java(point.samples))
        } else if seen.filled.contains(&start) {
            format!("no data, counted as {}", condition.missing.as_str())
        } else {
            "not counted".to_owned()
        };
        let _ = writeln!(text, "  {start}  {line}");
    }
    let why = match seen.ground {
        Ground::Enough => "There are enough real data points.",
        Ground::Filled => {
            "There are fewer real data points than periods to evaluate; the rest was filled in as said."
        }
        Ground::Premature => {
            "All real data points breach, and the oldest is old enough not to wait for more."
        }
        Ground::TooEarly => {
            "All real data points breach, but there are too few of them, and none is old enough to tell."
        }
        Ground::NoData => "There is no data point.",
        Ground::FewSamples => "A percentile rests on too few samples; the state stays as it is.",
    };
    let verdict =
        seen.verdict.map_or("the state stays as it is", watchtrail_core::alarms::AlarmState::as_str);
    let _ = writeln!(text, "{why} Therefore: {verdict}.");
}
