//! Metric alarms: read together, evaluated one by one at each tick, and changed in few transactions.

use std::collections::BTreeSet;
use std::sync::Arc;

use watchtrail_core::alarms::alarm::State;
use watchtrail_core::alarms::evaluate::{self, Evaluation};
use watchtrail_core::alarms::reason::{UNCHECKED, reason, reason_data};
use watchtrail_core::alarms::{Alarm, AlarmState};
use watchtrail_core::metrics::aggregate;
use watchtrail_core::time::{HOUR, MINUTE, Timestamp};
use watchtrail_service::transition::{Acting, transition};
use watchtrail_store::StoreError;
use watchtrail_store::alarms::{AlarmStore, Board, Change, Stored};

use crate::mutes::Mutes;
use crate::points::{Points, Wanted};
use crate::{Desk, Report};

/// Alarms that somebody else changed meanwhile are looked at again so often.
const ATTEMPTS: usize = 4;

/// Evaluates the alarms at each of the ticks, of which the first and the last are named.
pub(crate) async fn evaluate(
    desk: &Desk<'_>,
    board: &Board,
    (first, last, ticks): (Timestamp, Timestamp, &[Timestamp]),
    report: &mut Report,
) -> Result<(), StoreError> {
    let now = desk.context.now();
    let watched = watched(desk, board, (first, last, ticks), report);
    let (names, wanted): (Vec<String>, Vec<Wanted>) = watched.into_iter().unzip();
    let points = Points::read(desk, &wanted, now).await;
    let mut round = Round { desk, names, wanted, points, mutes: Mutes::default(), now };
    let mut board = Arc::clone(board);
    for tick in ticks {
        let mut pending: BTreeSet<String> = round.names.iter().cloned().collect();
        for _ in 0..ATTEMPTS {
            let changes = round.at(&board, &pending, *tick, report).await?;
            pending = commit(desk, changes, report, now).await;
            // The next tick begins with the states that this one left.
            if !pending.is_empty() || ticks.len() > 1 {
                board = desk.board().await?.1;
            }
            if pending.is_empty() {
                break;
            }
        }
    }
    Ok(())
}

/// The alarms that are due at one of the ticks, and what they need to know.
fn watched(
    desk: &Desk<'_>,
    board: &Board,
    (first, last, ticks): (Timestamp, Timestamp, &[Timestamp]),
    report: &mut Report,
) -> Vec<(String, Wanted)> {
    let mut watched = Vec::new();
    for stored in board.values().filter(|stored| desk.is_ours(stored)) {
        let Some(metric) = stored.alarm.metric() else { continue };
        let Some(wanted) = Wanted::new(metric, (first, last)) else {
            tracing::error!(alarm = stored.alarm.name, "the alarm is damaged; put it again");
            report.failures += 1;
            continue;
        };
        if ticks.iter().any(|tick| is_due(&stored.alarm, wanted.condition.step(), *tick)) {
            watched.push((stored.alarm.name.clone(), wanted));
        }
    }
    watched
}

/// What the ticks of a run share.
struct Round<'a> {
    desk: &'a Desk<'a>,
    names: Vec<String>,
    wanted: Vec<Wanted>,
    points: Points,
    mutes: Mutes,
    now: Timestamp,
}

impl Round<'_> {
    /// The changes that a tick leads to, of the alarms that are pending.
    async fn at(
        &mut self,
        board: &Board,
        pending: &BTreeSet<String>,
        tick: Timestamp,
        report: &mut Report,
    ) -> Result<Vec<Change>, StoreError> {
        let mut changes = Vec::new();
        for (name, wanted) in self.names.iter().zip(&self.wanted).filter(|(name, _)| pending.contains(*name))
        {
            let Some(stored) = board.get(name) else { continue };
            if !is_due(&stored.alarm, wanted.condition.step(), tick) {
                continue;
            }
            // Why its metric was not read is in the log, once for all alarms of the namespace.
            let Ok(evaluation) = at(self.desk, wanted, &self.points, tick, self.now) else {
                report.failures += 1;
                report.quiet = false;
                continue;
            };
            report.evaluated += 1;
            report.quiet &= evaluation.points.is_empty();
            let change = change(self.desk, stored, wanted, &evaluation, &mut self.mutes, self.now).await?;
            changes.extend(change);
        }
        Ok(changes)
    }
}

/// An alarm is evaluated at the ticks after it was put, so that whoever puts it has until the next one to put data. Multi-day alarms look at full hours,
/// and have three minutes for the data to come; a new one does not wait for that.
fn is_due(alarm: &Alarm, step: u32, tick: Timestamp) -> bool {
    if tick <= alarm.configured {
        return false;
    }
    match i64::from(step) * 1_000 {
        HOUR => tick == tick.floor_to(3600).plus_millis(3 * MINUTE) || alarm.state.reason == UNCHECKED,
        step => tick.millis() % step == 0,
    }
}

/// What an alarm sees at a tick.
pub(crate) fn at(
    desk: &Desk<'_>,
    wanted: &Wanted,
    points: &Points,
    tick: Timestamp,
    now: Timestamp,
) -> Result<Evaluation, String> {
    let condition = &wanted.condition;
    let series = points.of(desk, wanted, now)?;
    let series = series.iter().filter(|series| wanted.unit.is_none_or(|unit| series.unit == unit));
    let periods = aggregate::merged(series, &condition.window(tick), &[condition.statistic]);
    Ok(evaluate::evaluate(condition, &evaluate::datapoints(condition, &periods), tick))
}

/// The change that an evaluation leads to, if it does.
async fn change(
    desk: &Desk<'_>,
    stored: &Stored,
    wanted: &Wanted,
    evaluation: &Evaluation,
    mutes: &mut Mutes,
    now: Timestamp,
) -> Result<Option<Change>, StoreError> {
    let Some(value) = evaluation.verdict.filter(|value| *value != stored.alarm.state.value) else {
        return Ok(None);
    };
    let Some(metric) = stored.alarm.metric() else { return Ok(None) };
    let at = after(&stored.alarm, now);
    let state = State {
        value,
        reason: reason(&wanted.condition, evaluation, value),
        reason_data: Some(reason_data(&wanted.condition, evaluation, metric.shown(), now)),
        updated: at,
        transitioned: at,
    };
    let acting = acting(desk, &stored.alarm, value, mutes, now).await?;
    Ok(Some(transition(desk.context, desk.scope, stored, state, acting, now)))
}

/// When an alarm changes its state: "each state transition is marked with a unique timestamp", also when several ticks are made up for at once.
pub(crate) fn after(alarm: &Alarm, now: Timestamp) -> Timestamp {
    now.max(alarm.state.updated.plus_millis(1))
}

/// Whether mute rules hold the actions of a state back.
pub(crate) async fn acting(
    desk: &Desk<'_>,
    alarm: &Alarm,
    state: AlarmState,
    mutes: &mut Mutes,
    now: Timestamp,
) -> Result<Acting, StoreError> {
    if !alarm.actions_enabled || alarm.actions.of(state).is_empty() {
        return Ok(Acting::Now);
    }
    Ok(mutes.until(desk, &alarm.name, now).await?.map_or(Acting::Now, Acting::Muted))
}

/// Commits changes in groups; answers with the names of those whose alarm somebody else has changed.
pub(crate) async fn commit(
    desk: &Desk<'_>,
    changes: Vec<Change>,
    report: &mut Report,
    now: Timestamp,
) -> BTreeSet<String> {
    let mut lost = BTreeSet::new();
    for group in AlarmStore::groups(changes) {
        let names: Vec<String> = group.iter().map(|change| change.name.clone()).collect();
        match desk.context.store.alarms.commit(desk.scope, group, now).await {
            Ok(()) => report.transitions += names.len() as u64,
            Err(StoreError::Conflict | StoreError::Throttled { .. }) => lost.extend(names),
            Err(error) => report.failed("a change of alarms' states", &error),
        }
    }
    lost
}
