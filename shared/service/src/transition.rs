//! An alarm goes into another state: what is stored of it in one transaction.
//!
//! Used by the evaluator and by `SetAlarmState`, so that both leave the same: the alarm in its new state, a `StateUpdate` in its history, its
//! actions among what is to be done, and the event for EventBridge. Not here: whether the state changes, whether a mute rule is active
//! or a suppressor holds the actions back ([`Acting`] says so), and the actions' execution.
//!
//! AWS: "Alarm actions", "Alarm mute rules" and "Composite alarm actions suppression" in the user guide.

use ulid::Ulid;
use watchtrail_core::alarms::alarm::{State, Suppressed};
use watchtrail_core::alarms::mute::{LONGEST_SECONDS, MuteSchedule};
use watchtrail_core::alarms::notice::{Acted, Transition};
use watchtrail_core::alarms::{Alarm, Watches};
use watchtrail_core::time::{SECOND, Timestamp};
use watchtrail_store::Scope;
use watchtrail_store::alarms::{Change, Due, Happened, HistoryItem, MuteRule, Stored, Todo};

use crate::Context;

/// What stands for the event to EventBridge where a [`Due`] has an action's ARN.
pub const EVENT: &str = "event";

/// What becomes of a transition's actions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Acting {
    /// They are carried out.
    Now,
    /// Mute rules hold them back until then; at that time they are carried out, if the alarm is still in that state.
    Muted(Timestamp),
    /// The composite alarm's suppressor holds them back; it rests with the alarm. Nothing is noted that is to be done.
    Suppressed(Suppressed),
}

/// Until when mute rules hold the actions of an alarm back: the end of the windows that hold `now`, one after the other; `None` when none does.
/// A window that follows without a gap belongs to it, whichever rule it is of.
pub fn muted_until(rules: &[MuteRule], alarm: &str, now: Timestamp) -> Option<Timestamp> {
    let rules: Vec<_> = rules
        .iter()
        .filter(|rule| rule.alarms.iter().any(|name| name == alarm))
        .filter_map(|rule| {
            let timezone = rule.timezone.as_deref();
            let schedule = MuteSchedule::parse(&rule.expression, &rule.duration, timezone).ok()?;
            Some((schedule, rule.start, rule.expire))
        })
        .collect();
    let after = |at: Timestamp| {
        rules.iter().filter_map(|(schedule, start, expire)| schedule.active_until(at, *start, *expire)).max()
    };
    let mut until = after(now)?;
    // Rules may take turns for ever: whoever comes back at that time finds the alarm muted again.
    let far = now.plus_millis(LONGEST_SECONDS * SECOND);
    while until < far
        && let Some(later) = after(until).filter(|later| *later > until)
    {
        until = later;
    }
    Some(until)
}

/// The change that takes an alarm from the state in which it was read into `state`.
///
/// Its history gets the `StateUpdate` and, for muted actions, an `Action` each. To be done is the event ([`EVENT`]), at once,
/// where somebody takes it, and, while its actions are enabled, one entry for each action of the new state. A composite alarm is no longer suppressed unless `acting`
/// says so.
pub fn transition(
    context: &Context,
    scope: &Scope,
    stored: &Stored,
    state: State,
    acting: Acting,
    now: Timestamp,
) -> Change {
    let before = &stored.alarm;
    let mut alarm = Alarm { state, ..Alarm::clone(before) };
    let until = match &acting {
        Acting::Muted(until) => Some(*until),
        Acting::Now | Acting::Suppressed(_) => None,
    };
    let held = matches!(acting, Acting::Suppressed(_));
    if let Watches::Composite(composite) = &mut alarm.watches {
        composite.suppressed = match acting {
            Acting::Suppressed(suppressed) => Some(suppressed),
            Acting::Now | Acting::Muted(_) => None,
        };
    }
    let suppressed = before.composite().and_then(|composite| composite.suppressed.as_ref());
    let told = Transition {
        alarm: &alarm,
        old: &before.state,
        old_suppressed: suppressed.map(|suppressed| suppressed.by),
        account: &scope.account,
        region: &scope.region,
    };
    // States of an alarm have times of their own, so that its history has an order.
    let at = alarm.state.updated;
    let mut ids = Ids(context.ulid(at));
    let mut history = vec![HistoryItem {
        id: ids.next(),
        at,
        alarm: alarm.name.clone(),
        alarm_type: alarm.kind().to_owned(),
        happened: Happened::StateUpdate,
        summary: format!("Alarm updated from {} to {}", before.state.value, alarm.state.value),
        data: told.history_data(),
    }];
    let mut todo = Vec::new();
    if context.outbound.port.is_some() {
        let action = due(&alarm, EVENT, told.event(&context.entropy.uuid()));
        todo.push(Todo { id: ids.next(), due: now, tries: 0, taken: false, action });
    }
    if !held {
        let (actions, muted) = acts(&told, &mut ids, until, now);
        todo.extend(actions);
        history.extend(muted);
    }
    Change { name: alarm.name.clone(), before: Some(stored.revision), after: Some(alarm), history, todo }
}

/// The actions of the state that `told` is about, as entries of what is to be done, and what the history says of those that are muted `until`
/// a time. For actions that were suppressed and are owed now; [`transition`] does the same by itself.
pub fn actions(
    context: &Context,
    told: &Transition<'_>,
    until: Option<Timestamp>,
    now: Timestamp,
) -> (Vec<Todo>, Vec<HistoryItem>) {
    acts(told, &mut Ids(context.ulid(now)), until, now)
}

fn acts(
    told: &Transition<'_>,
    ids: &mut Ids,
    until: Option<Timestamp>,
    now: Timestamp,
) -> (Vec<Todo>, Vec<HistoryItem>) {
    let alarm = told.alarm;
    let mut todo = Vec::new();
    let mut history = Vec::new();
    let arns = if alarm.actions_enabled { alarm.actions.of(alarm.state.value) } else { &[] };
    for arn in arns {
        let mut action = if is_function(arn) {
            due(alarm, arn, told.lambda_event())
        } else {
            Due { subject: told.subject(), ..due(alarm, arn, told.message()) }
        };
        action.muted = until.is_some();
        todo.push(Todo { id: ids.next(), due: until.unwrap_or(now), tries: 0, taken: false, action });
        let muted = until.map(Acted::Muted);
        history.extend(muted.map(|muted| HistoryItem {
            id: ids.next(),
            at: now,
            alarm: alarm.name.clone(),
            alarm_type: alarm.kind().to_owned(),
            happened: Happened::Action,
            summary: muted.summary(arn),
            data: muted.data(arn, alarm.state.updated, ""),
        }));
    }
    (todo, history)
}

/// Whether an action's ARN is a Lambda function's.
fn is_function(arn: &str) -> bool {
    arn.split(':').nth(2) == Some("lambda")
}

fn due(alarm: &Alarm, arn: &str, payload: String) -> Due {
    Due {
        alarm: alarm.name.clone(),
        alarm_type: alarm.kind().to_owned(),
        arn: arn.to_owned(),
        transitioned: alarm.state.transitioned,
        updated: alarm.state.updated,
        payload,
        subject: String::new(),
        muted: false,
    }
}

/// Identities of things that happen in the same millisecond, in the order in which they are asked for.
struct Ids(Ulid);

impl Ids {
    fn next(&mut self) -> Ulid {
        let id = self.0;
        self.0 = Ulid(id.0.wrapping_add(1));
        id
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn time(text: &str) -> Timestamp {
        Timestamp::parse_rfc3339(text).unwrap()
    }

    fn rule(expression: &str, duration: &str, alarm: &str, expire: Option<&str>) -> MuteRule {
        MuteRule {
            name: "r".to_owned(),
            description: None,
            expression: expression.to_owned(),
            duration: duration.to_owned(),
            timezone: None,
            alarms: vec!["other".to_owned(), alarm.to_owned()],
            start: None,
            expire: expire.map(time),
            updated: time("2026-11-01T00:00:00Z"),
        }
    }

    #[test]
    fn windows_of_several_rules_are_one() {
        let rules = [
            rule("at(2026-11-21T10:00)", "PT2H", "a", None),
            rule("at(2026-11-21T11:30)", "PT2H", "a", Some("2026-11-21T13:00:00Z")),
            rule("at(2026-11-21T13:00)", "PT1H", "a", None),
            rule("at(2026-11-21T13:30)", "PT9H", "b", None),
        ];
        let check = |alarm: &str, now: &str, expected: Option<&str>| {
            assert_eq!(muted_until(&rules, alarm, time(now)), expected.map(time), "{alarm} {now}");
        };
        check("a", "2026-11-21T09:59:59Z", None);
        check("a", "2026-11-21T10:00:00Z", Some("2026-11-21T14:00:00Z"));
        check("a", "2026-11-21T14:00:00Z", None);
        check("b", "2026-11-21T13:30:00Z", Some("2026-11-21T22:30:00Z"));
        check("c", "2026-11-21T13:30:00Z", None);
    }

    #[test]
    fn rules_that_take_turns_for_ever_come_to_an_end() {
        let rules = [rule("cron(* * * * *)", "PT1H", "a", None), rule("cron(* * * * *)", "PT2M", "a", None)];
        let now = time("2026-11-21T10:00:00Z");
        let until = muted_until(&rules, "a", now).unwrap();
        assert!(until >= now.plus_millis(LONGEST_SECONDS * SECOND), "{until}");
    }
}
