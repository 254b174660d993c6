//! Composite alarms: evaluated after the alarms that they watch, each at most once a run, and not at all where they watch each other in a circle.

use std::collections::{BTreeMap, BTreeSet};

use watchtrail_core::alarms::alarm::{State, Suppressed, arn};
use watchtrail_core::alarms::notice::Transition;
use watchtrail_core::alarms::reason::UNCHECKED;
use watchtrail_core::alarms::rule::{AlarmRef, Rule};
use watchtrail_core::alarms::suppression::{self, Guard, Held};
use watchtrail_core::alarms::{Alarm, AlarmState, CompositeAlarm, Watches};
use watchtrail_core::text::{iso, long};
use watchtrail_core::time::Timestamp;
use watchtrail_service::transition::{Acting, actions, transition};
use watchtrail_store::StoreError;
use watchtrail_store::alarms::{Board, Change, Stored};

use crate::metric::{acting, after, commit};
use crate::mutes::Mutes;
use crate::{Desk, Report};

/// Composite alarms that watch each other are evaluated in so many rounds at most; each settles those whose children have settled.
const ROUNDS: usize = 8;

/// Evaluates the composite alarms, and looks after those whose actions are held back.
pub(crate) async fn evaluate(desk: &Desk<'_>, report: &mut Report) -> Result<(), StoreError> {
    let mut mutes = Mutes::default();
    for _ in 0..ROUNDS {
        let (_, board) = desk.board().await?;
        let composites: Vec<&Stored> = board
            .values()
            .filter(|stored| stored.alarm.composite().is_some() && desk.is_ours(stored))
            .collect();
        if composites.is_empty() {
            return Ok(());
        }
        let others = others(desk, &board, &composites).await?;
        let known = |name: &str| board.get(name).or_else(|| others.get(name));
        let now = desk.context.now();
        let mut changes = Vec::new();
        for stored in composites {
            changes.extend(look_at(desk, stored, &known, &mut mutes, report, now).await?);
        }
        if changes.is_empty() {
            return Ok(());
        }
        // What somebody else changed meanwhile is looked at in the next round.
        commit(desk, changes, report, now).await;
    }
    // Somebody changes alarms as fast as they are evaluated, or a chain is long: the next run goes on.
    report.due(desk.context.now());
    Ok(())
}

/// The children and suppressors that are another part's.
async fn others(
    desk: &Desk<'_>,
    board: &Board,
    composites: &[&Stored],
) -> Result<BTreeMap<String, Stored>, StoreError> {
    let mut names = BTreeSet::new();
    for composite in composites.iter().filter_map(|stored| stored.alarm.composite()) {
        if let Ok(rule) = Rule::parse(&composite.rule) {
            names.extend(rule.children().map(|child| child.name().to_owned()));
        }
        names.extend(composite.suppressor.iter().map(|s| AlarmRef::parse(&s.alarm).name().to_owned()));
    }
    names.retain(|name| !board.contains_key(name));
    if names.is_empty() {
        return Ok(BTreeMap::new());
    }
    desk.context.store.alarms.get_all(desk.scope, names.iter().map(String::as_str)).await
}

async fn look_at<'a>(
    desk: &Desk<'_>,
    stored: &Stored,
    known: &(impl Fn(&str) -> Option<&'a Stored> + Sync),
    mutes: &mut Mutes,
    report: &mut Report,
    now: Timestamp,
) -> Result<Option<Change>, StoreError> {
    let alarm = &stored.alarm;
    let Some(composite) = alarm.composite() else { return Ok(None) };
    let guard = guard(composite, known);
    if let Some(state) = verdict(desk, alarm, composite, known, now) {
        let acting = match &composite.suppressor {
            None => acting(desk, alarm, state.value, mutes, now).await?,
            Some(suppressor) => {
                let before = (alarm.state.value, composite.suppressed.as_ref());
                let held = suppression::transitioned(suppressor, guard, before, now);
                match held.suppressed {
                    Some(suppressed) => {
                        if let Some(due) = suppression::due(suppressor, &suppressed) {
                            report.due(due);
                        }
                        Acting::Suppressed(suppressed)
                    }
                    None => acting(desk, alarm, state.value, mutes, now).await?,
                }
            }
        };
        return Ok(Some(transition(desk.context, desk.scope, stored, state, acting, now)));
    }
    let Some(suppressed) = &composite.suppressed else { return Ok(None) };
    let state = alarm.state.value;
    // Without a suppressor, which an update may take away, nothing is held back any more.
    let over = Held { suppressed: None, act: state != suppressed.acted };
    let held = composite.suppressor.as_ref().map_or(over, |suppressor| {
        let held = suppression::passed(suppressor, guard, (state, suppressed), now);
        if let Some(due) = held.suppressed.as_ref().and_then(|held| suppression::due(suppressor, held)) {
            report.due(due);
        }
        held
    });
    if held.suppressed.as_ref() == Some(suppressed) {
        return Ok(None);
    }
    release(desk, stored, held, mutes, now).await.map(Some)
}

/// The state of a composite alarm's suppressor; one that is gone holds nothing back.
fn guard<'a>(composite: &CompositeAlarm, known: &impl Fn(&str) -> Option<&'a Stored>) -> Guard {
    let name = composite.suppressor.as_ref().map(|suppressor| AlarmRef::parse(&suppressor.alarm));
    let suppressor = name.and_then(|name| known(name.name()));
    suppressor.map_or(Guard { state: AlarmState::Ok, since: Timestamp::MIN }, |stored| Guard {
        state: stored.alarm.state.value,
        since: stored.alarm.state.transitioned,
    })
}

/// The state that a composite alarm goes into, if it changes. It is evaluated when it was put, and when an alarm that it watches changed since
/// its own state was set.
fn verdict<'a>(
    desk: &Desk<'_>,
    alarm: &Alarm,
    composite: &CompositeAlarm,
    known: &impl Fn(&str) -> Option<&'a Stored>,
    now: Timestamp,
) -> Option<State> {
    let rule = match Rule::parse(&composite.rule) {
        Ok(rule) => rule,
        Err(error) => {
            tracing::error!(alarm = alarm.name, %error, "the alarm is damaged; put it again");
            return None;
        }
    };
    if watches_itself(alarm, &rule, known) {
        return None;
    }
    let children: Vec<&Stored> = rule.children().filter_map(|child| known(child.name())).collect();
    let changed = |child: &&&Stored| child.alarm.state.transitioned >= alarm.state.updated;
    let trigger = children.iter().filter(changed).max_by_key(|child| child.alarm.state.transitioned);
    let is_new = alarm.configured >= alarm.state.updated;
    if trigger.is_none() && !is_new {
        return None;
    }
    let value = rule.evaluate(|child| Some(known(child.name())?.alarm.state.value));
    if value == alarm.state.value {
        return None;
    }
    let arn_of = |name: &str| arn(&desk.scope.account, &desk.scope.region, name);
    // Of a child that changed and a rule that was put, what came later is the reason.
    let trigger = trigger.filter(|child| !is_new || child.alarm.state.transitioned > alarm.configured);
    let (reason, reason_data) = if let Some(child) = trigger {
        let (name, state) = (&child.alarm.name, &child.alarm.state);
        let reason =
            format!("{} transitioned to {} at {}", arn_of(name), state.value, long(state.transitioned));
        (reason, Some(triggering(children.iter().filter(changed).copied(), arn_of)))
    } else {
        let done = if alarm.state.reason == UNCHECKED { "created" } else { "updated" };
        (format!("{} was {done} and its alarm rule evaluates to {value}", arn_of(&alarm.name)), None)
    };
    let at = after(alarm, now);
    Some(State { value, reason, reason_data, updated: at, transitioned: at })
}

/// `StateReasonData`: the alarms whose change made a composite alarm change.
fn triggering<'a>(children: impl Iterator<Item = &'a Stored>, arn_of: impl Fn(&str) -> String) -> String {
    #[derive(serde::Serialize)]
    #[serde(rename_all = "camelCase")]
    struct Data {
        triggering_alarms: Vec<Child>,
    }
    #[derive(serde::Serialize)]
    struct Child {
        arn: String,
        state: ChildState,
    }
    #[derive(serde::Serialize)]
    struct ChildState {
        value: AlarmState,
        timestamp: String,
    }
    let child = |stored: &Stored| Child {
        arn: arn_of(&stored.alarm.name),
        state: ChildState {
            value: stored.alarm.state.value,
            timestamp: iso(stored.alarm.state.transitioned),
        },
    };
    // As many as fit into 4,000 characters with the longest names.
    let triggering_alarms = children.take(10).map(child).collect();
    serde_json::to_string(&Data { triggering_alarms }).unwrap_or_default()
}

/// Whether the rules of the alarms that it watches lead back to it: "the evaluation of composite alarms stops if CloudWatch detects a cycle in the
/// evaluation path".
fn watches_itself<'a>(alarm: &Alarm, rule: &Rule, known: &impl Fn(&str) -> Option<&'a Stored>) -> bool {
    let mut seen = BTreeSet::new();
    let mut next: Vec<String> = rule.children().map(|child| child.name().to_owned()).collect();
    while let Some(name) = next.pop() {
        if name == alarm.name {
            return true;
        }
        if !seen.insert(name.clone()) {
            continue;
        }
        let Some(composite) = known(&name).and_then(|stored| stored.alarm.composite()) else { continue };
        if let Ok(rule) = Rule::parse(&composite.rule) {
            next.extend(rule.children().map(|child| child.name().to_owned()));
        }
    }
    false
}

/// The end of a suppression, or its next stage: the alarm's state stays, its time of update is new, and its actions may be due.
async fn release(
    desk: &Desk<'_>,
    stored: &Stored,
    held: Held,
    mutes: &mut Mutes,
    now: Timestamp,
) -> Result<Change, StoreError> {
    let before = &stored.alarm;
    let mut alarm = Alarm::clone(before);
    let over = held.suppressed.is_none();
    let by =
        before.composite().and_then(|c| c.suppressed.as_ref()).map(|suppressed: &Suppressed| suppressed.by);
    if let Watches::Composite(composite) = &mut alarm.watches {
        composite.suppressed = held.suppressed;
    }
    let (mut todo, mut history) = (Vec::new(), Vec::new());
    if over && held.act {
        alarm.state.updated = now;
        let until = match acting(desk, &alarm, alarm.state.value, mutes, now).await? {
            Acting::Muted(until) => Some(until),
            Acting::Now | Acting::Suppressed(_) => None,
        };
        let told = Transition {
            alarm: &alarm,
            old: &before.state,
            old_suppressed: by,
            account: &desk.scope.account,
            region: &desk.scope.region,
        };
        (todo, history) = actions(desk.context, &told, until, now);
    }
    let (name, before) = (alarm.name.clone(), Some(stored.revision));
    Ok(Change { name, before, after: Some(alarm), history, todo })
}
