//! DescribeAlarms: <https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_DescribeAlarms.html>.
//!
//! Alarms of both types are listed together, in the order of their names; a page has as many as were asked for of both. An alarm named by
//! `ChildrenOfAlarmName` or `ParentsOfAlarmName` that does not exist has no children and no parents.

use std::collections::BTreeMap;
use std::ops::Bound;

use watchtrail_core::alarms::alarm::arn;
use watchtrail_core::alarms::{Alarm, AlarmState, Watches};
use watchtrail_service::wording::alarms as wording;
use watchtrail_service::{Fault, Operation, Request};
use watchtrail_store::Scope;
use watchtrail_store::alarms::Stored;
use watchtrail_wire::shapes::cloudwatch as wire;
use wire::{DescribeAlarmsInput, DescribeAlarmsOutput};

use crate::alarms::{self, children, put, shape};
use crate::faults::worded;
use watchtrail_service::token;

/// Alarms on a page.
const PAGE: i32 = 50;

pub(crate) struct DescribeAlarms;

/// What is shown of the alarms.
enum Shown {
    /// Everything.
    All,
    /// Name, ARN and state.
    Children,
    /// Name and ARN.
    Parents,
}

impl Operation for DescribeAlarms {
    const NAME: &'static str = "DescribeAlarms";
    type Input = DescribeAlarmsInput;
    type Output = DescribeAlarmsOutput;

    async fn run(request: &Request<'_>, mut input: Self::Input) -> Result<Self::Output, Fault> {
        check(&input).map_err(worded)?;
        let page = usize::try_from(input.max_records.take().unwrap_or(PAGE)).unwrap_or_default();
        let given = input.next_token.take();
        let fingerprint = token::fingerprint(&request.scope().to_string(), &input);
        let after: Option<String> = given
            .map(|given| token::read(&given, fingerprint))
            .transpose()
            .map_err(|_| worded(wording::next_token()))?;
        let (found, shown) = find(request, &input).await?;
        let from = after.map_or(Bound::Unbounded, Bound::Excluded);
        let wanted = wanted(&input);
        let mut rest =
            found.range((from, Bound::Unbounded)).map(|(_, stored)| &stored.alarm).filter(|a| wanted(a));
        let alarms: Vec<_> = rest.by_ref().take(page).collect();
        let more = rest.next().is_some();
        let mut output = DescribeAlarmsOutput {
            composite_alarms: Some(Vec::new()),
            metric_alarms: Some(Vec::new()),
            log_alarms: Some(Vec::new()),
            next_token: alarms.last().filter(|_| more).and_then(|last| token::write(fingerprint, &last.name)),
        };
        for alarm in alarms {
            match shown {
                Shown::All => shape::add(alarm, request.scope(), &mut output),
                Shown::Children => add_part(alarm, request.scope(), true, &mut output),
                Shown::Parents => add_part(alarm, request.scope(), false, &mut output),
            }
        }
        Ok(output)
    }
}

/// What AWS does not let combine.
fn check(input: &DescribeAlarmsInput) -> Result<(), wording::Worded> {
    let filters = [
        ("AlarmNames", is_given(input.alarm_names.as_ref())),
        ("AlarmNamePrefix", input.alarm_name_prefix.is_some()),
        ("AlarmTypes", is_given(input.alarm_types.as_ref())),
        ("ChildrenOfAlarmName", input.children_of_alarm_name.is_some()),
        ("ParentsOfAlarmName", input.parents_of_alarm_name.is_some()),
        ("StateValue", input.state_value.is_some()),
        ("ActionPrefix", input.action_prefix.is_some()),
    ];
    let given: Vec<&str> = filters.iter().filter(|(_, given)| *given).map(|(name, _)| *name).collect();
    for relation in ["ChildrenOfAlarmName", "ParentsOfAlarmName"] {
        if given.contains(&relation)
            && let Some(other) = given.iter().find(|name| **name != relation)
        {
            return Err(wording::filters(relation, other));
        }
    }
    if given.starts_with(&["AlarmNames", "AlarmNamePrefix"]) {
        return Err(wording::filters("AlarmNamePrefix", "AlarmNames"));
    }
    Ok(())
}

fn is_given(list: Option<&Vec<String>>) -> bool {
    list.is_some_and(|list| !list.is_empty())
}

/// The alarms among which the wanted ones are.
async fn find(
    request: &Request<'_>,
    input: &DescribeAlarmsInput,
) -> Result<(BTreeMap<String, Stored>, Shown), Fault> {
    let scope = request.scope();
    if let Some(names) = input.alarm_names.as_ref().filter(|names| !names.is_empty()) {
        return Ok((put::find(request, names.iter().map(String::as_str)).await?, Shown::All));
    }
    let board = alarms::board(request).await?;
    if let Some(parent) = &input.children_of_alarm_name {
        let names = board.get(parent).map(|stored| children(&stored.alarm, scope)).unwrap_or_default();
        let found = names.into_iter().filter(|name| name != parent);
        let found = found.filter_map(|name| board.get(&name).cloned().map(|stored| (name, stored)));
        return Ok((found.collect(), Shown::Children));
    }
    if let Some(child) = &input.parents_of_alarm_name {
        let names = |stored: &Stored| children(&stored.alarm, scope).contains(child);
        let found = board.iter().filter(|(name, stored)| *name != child && names(stored));
        let found = found.map(|(name, stored)| (name.clone(), stored.clone()));
        return Ok((found.collect(), Shown::Parents));
    }
    let prefix = input.alarm_name_prefix.as_deref().unwrap_or_default();
    let from = board.range::<str, _>((Bound::Included(prefix), Bound::Unbounded));
    let found = from.take_while(|(name, _)| name.starts_with(prefix));
    Ok((found.map(|(name, stored)| (name.clone(), stored.clone())).collect(), Shown::All))
}

/// Whether an alarm passes the filters that look at it alone.
fn wanted(input: &DescribeAlarmsInput) -> impl Fn(&Alarm) -> bool {
    let related = input.children_of_alarm_name.is_some() || input.parents_of_alarm_name.is_some();
    let types = input.alarm_types.as_deref().unwrap_or_default();
    // "If you omit this parameter, only metric alarms are returned, even if composite alarms or log alarms exist".
    let default = types.is_empty() && !related;
    let state = input.state_value.as_deref().and_then(AlarmState::parse);
    move |alarm| {
        let of_type = if default {
            alarm.metric().is_some()
        } else {
            related || types.iter().any(|wanted| wanted == alarm.kind())
        };
        of_type
            && state.is_none_or(|state| alarm.state.value == state)
            && input
                .action_prefix
                .as_ref()
                .is_none_or(|prefix| alarm.actions.all().any(|action| action.starts_with(prefix)))
    }
}

/// What AWS shows of children and parents.
fn add_part(alarm: &Alarm, scope: &Scope, with_state: bool, output: &mut DescribeAlarmsOutput) {
    let alarm_arn = Some(arn(&scope.account, &scope.region, &alarm.name));
    let alarm_name = Some(alarm.name.clone());
    let state_value = with_state.then(|| alarm.state.value.as_str().to_owned());
    let state_updated_timestamp = with_state.then(|| shape::time(alarm.state.updated));
    match alarm.watches {
        Watches::Metric(_) => output.metric_alarms.get_or_insert_default().push(wire::MetricAlarm {
            alarm_name,
            alarm_arn,
            state_value,
            state_updated_timestamp,
            ..wire::MetricAlarm::default()
        }),
        Watches::Composite(_) => output.composite_alarms.get_or_insert_default().push(wire::CompositeAlarm {
            alarm_name,
            alarm_arn,
            state_value,
            state_updated_timestamp,
            ..wire::CompositeAlarm::default()
        }),
    }
}
