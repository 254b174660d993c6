//! From `PutCompositeAlarm`'s input to a composite alarm, and what must be true of the alarms that it names.
//!
//! AWS: <https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutCompositeAlarm.html>. Cycles are allowed, as with AWS, also of an
//! alarm that names itself (which can only happen in an update, since the alarm has to exist). AWS's quota of 150 composite alarms for one child is
//! kept as well as one can without a lock: of two requests at once, both may count 149.

use std::collections::BTreeMap;

use watchtrail_core::alarms::alarm::Suppressor;
use watchtrail_core::alarms::rule::{AlarmRef, Rule};
use watchtrail_core::alarms::{CompositeAlarm, Watches};
use watchtrail_service::wording::alarms as wording;
use watchtrail_store::Scope;
use watchtrail_store::alarms::Stored;
use watchtrail_wire::shapes::cloudwatch::PutCompositeAlarmInput;
use wording::Worded;

use super::put::Draft;
use super::{actions, children, local};

/// Composite alarms that name the same alarm.
const MOST_PARENTS: usize = 150;

/// The alarm that a request describes, and its rule.
///
/// # Errors
/// What AWS, or this suite, refuses.
pub(crate) fn parse(input: PutCompositeAlarmInput, scope: &Scope) -> Result<(Draft, Rule), Worded> {
    let name = input.alarm_name.unwrap_or_default();
    super::put::check_name("AlarmName", &name)?;
    let actions =
        actions::parse(scope, input.ok_actions, input.alarm_actions, input.insufficient_data_actions)?;
    super::metric::refuse_propagation(input.action_configuration.as_ref())?;
    let text = input.alarm_rule.unwrap_or_default();
    let rule = Rule::parse(&text).map_err(|error| wording::rule(&error))?;
    let suppressor = suppressor(
        input.actions_suppressor,
        input.actions_suppressor_wait_period,
        input.actions_suppressor_extension_period,
    )?;
    let watches = Watches::Composite(CompositeAlarm { rule: text, suppressor, suppressed: None });
    let draft = Draft {
        name,
        description: input.alarm_description,
        actions_enabled: input.actions_enabled.unwrap_or(true),
        actions,
        watches,
        tags: input.tags.unwrap_or_default(),
    };
    Ok((draft, rule))
}

fn suppressor(
    alarm: Option<String>,
    wait: Option<i32>,
    extension: Option<i32>,
) -> Result<Option<Suppressor>, Worded> {
    const WAIT: &str = "ActionsSuppressorWaitPeriod";
    const EXTENSION: &str = "ActionsSuppressorExtensionPeriod";
    const SUPPRESSOR: &str = "ActionsSuppressor";
    let Some(alarm) = alarm else {
        let given = [(WAIT, wait), (EXTENSION, extension)].into_iter().find(|(_, given)| given.is_some());
        return given.map_or(Ok(None), |(member, _)| Err(wording::only_with(member, SUPPRESSOR)));
    };
    let period = |member, given: Option<i32>| {
        let seconds = given.ok_or_else(|| wording::required_with(member, SUPPRESSOR))?;
        u32::try_from(seconds).map_err(|_| wording::invalid(member, &seconds.to_string()))
    };
    let (wait, extension) = (period(WAIT, wait)?, period(EXTENSION, extension)?);
    Ok(Some(Suppressor { alarm, wait, extension }))
}

/// Whether the alarms that a composite alarm names can be named.
///
/// # Errors
/// When one does not exist (here), or is named by too many.
pub(crate) fn check(
    draft: &Draft,
    rule: &Rule,
    board: &BTreeMap<String, Stored>,
    scope: &Scope,
) -> Result<(), Worded> {
    let exists = |child: &AlarmRef| local(child, scope).is_some_and(|name| board.contains_key(name));
    let missing: Vec<String> =
        rule.children().filter(|child| !exists(child)).map(ToString::to_string).collect();
    if !missing.is_empty() {
        return Err(wording::no_such_children(&missing));
    }
    if let Watches::Composite(CompositeAlarm { suppressor: Some(suppressor), .. }) = &draft.watches
        && !exists(&AlarmRef::parse(&suppressor.alarm))
    {
        return Err(wording::no_such_suppressor(&suppressor.alarm));
    }
    let mut parents: BTreeMap<&str, usize> =
        rule.children().filter_map(|child| local(child, scope)).map(|name| (name, 0)).collect();
    let others = board.values().filter(|stored| stored.alarm.name != draft.name);
    for child in others.flat_map(|stored| children(&stored.alarm, scope)) {
        if let Some(count) = parents.get_mut(child.as_str()) {
            *count += 1;
        }
    }
    match parents.into_iter().find(|(_, count)| *count >= MOST_PARENTS) {
        Some((name, _)) => Err(wording::too_many_parents(name, MOST_PARENTS)),
        None => Ok(()),
    }
}
