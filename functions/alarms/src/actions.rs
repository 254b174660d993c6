//! Carrying actions out: each is taken, tried, and recorded. One that fails is tried again later, each time a while later.

use futures::stream::{self, StreamExt};
use watchtrail_core::alarms::notice::Acted;
use watchtrail_core::time::{MINUTE, Timestamp};
use watchtrail_service::Context;
use watchtrail_service::transition::EVENT;
use watchtrail_store::alarms::{Happened, HistoryItem, Todo};
use watchtrail_store::{OutboundError, StoreError};

use crate::mutes::Mutes;
use crate::{Desk, Report};

/// Actions under way at once: one that hangs delays no other.
const AT_ONCE: usize = 16;

/// An action is tried so often: at once, and after one, two, four, eight and sixteen minutes.
const TRIES: u32 = 6;

/// What became of an entry.
enum Outcome {
    /// It is done, or will never be.
    Over { succeeded: bool },
    /// It comes due again.
    Later(Timestamp),
    /// Somebody else has it.
    Taken,
}

/// Brings forward what somebody took and did not finish. Only who knows that nobody else is at work may do that: a host that is alone, when it starts.
///
/// # Errors
/// When DynamoDB does not answer.
pub async fn take_over(context: &Context) -> Result<(), StoreError> {
    let (store, now) = (&context.store.alarms, context.now());
    for scope in store.scopes().await? {
        for todo in store.todo(&scope).await?.into_iter().filter(|todo| todo.taken) {
            let tries = todo.tries;
            store.reschedule(&scope, todo, now, tries, None).await?;
        }
    }
    Ok(())
}

/// Carries out what is due in the scope.
pub(crate) async fn carry_out(desk: &Desk<'_>, report: &mut Report) -> Result<(), StoreError> {
    let now = desk.context.now();
    let all = desk.context.store.alarms.todo(desk.scope).await?;
    let (due, waiting): (Vec<Todo>, Vec<Todo>) = all.into_iter().partition(|todo| todo.due <= now);
    if let Some(next) = waiting.iter().map(|todo| todo.due).min() {
        report.due(next);
    }
    let mut work = stream::iter(due)
        .map(|todo| async move { (todo.action.arn.clone(), act(desk, todo, now).await) })
        .buffer_unordered(AT_ONCE);
    while let Some((arn, outcome)) = work.next().await {
        match outcome {
            Ok(Outcome::Over { succeeded: true }) if arn == EVENT => {}
            Ok(Outcome::Over { succeeded: true }) => report.actions += 1,
            Ok(Outcome::Over { succeeded: false }) => report.failures += 1,
            Ok(Outcome::Later(at)) => {
                report.failures += 1;
                report.due(at);
            }
            Ok(Outcome::Taken) => {}
            Err(error) => {
                report.failed(&arn, &error);
                report.due(now.plus_millis(MINUTE));
            }
        }
    }
    Ok(())
}

async fn act(desk: &Desk<'_>, todo: Todo, now: Timestamp) -> Result<Outcome, StoreError> {
    let store = &desk.context.store.alarms;
    if todo.action.arn == EVENT {
        // It has an id of its own, by which whoever takes it twice knows it: it needs no lease.
        desk.context.outbound.put_event(todo.action.payload.clone());
        return match store.finish(desk.scope, &todo, None, now).await {
            Ok(()) | Err(StoreError::Conflict) => Ok(Outcome::Over { succeeded: true }),
            Err(error) => Err(error),
        };
    }
    let tries = todo.tries;
    let todo = match store.take(desk.scope, todo, now).await {
        Ok(todo) => todo,
        Err(StoreError::Conflict) => return Ok(Outcome::Taken),
        Err(error) => return Err(error),
    };
    if todo.action.muted {
        match still_wanted(desk, &todo, now).await? {
            Wanted::Now => {}
            Wanted::Never => {
                store.finish(desk.scope, &todo, None, now).await?;
                return Ok(Outcome::Over { succeeded: true });
            }
            Wanted::At(until) => {
                store.reschedule(desk.scope, todo, until, tries, None).await?;
                return Ok(Outcome::Taken);
            }
        }
    }
    let outcome = perform(desk, &todo).await;
    let acted = match &outcome {
        Ok(()) => Acted::Succeeded,
        Err(error) => Acted::Failed(error.message.clone()),
    };
    let record = record(desk, &todo, &acted, now);
    let again = tries + 1;
    if outcome.is_err_and(|error| error.retryable) && again < TRIES {
        let later = now.plus_millis(MINUTE << tries);
        store.reschedule(desk.scope, todo, later, again, Some(&record)).await?;
        return Ok(Outcome::Later(later));
    }
    store.finish(desk.scope, &todo, Some(&record), now).await?;
    Ok(Outcome::Over { succeeded: acted == Acted::Succeeded })
}

enum Wanted {
    Now,
    Never,
    At(Timestamp),
}

/// An action that was muted is carried out when the window is over and the alarm is still in the state that it is about.
async fn still_wanted(desk: &Desk<'_>, todo: &Todo, now: Timestamp) -> Result<Wanted, StoreError> {
    let stored = desk.context.store.alarms.get(desk.scope, &todo.action.alarm).await?;
    let same = |stored: &watchtrail_store::alarms::Stored| {
        stored.alarm.state.transitioned == todo.action.transitioned && stored.alarm.actions_enabled
    };
    if !stored.as_ref().is_some_and(same) {
        return Ok(Wanted::Never);
    }
    let until = Mutes::default().until(desk, &todo.action.alarm, now).await?;
    Ok(until.map_or(Wanted::Now, Wanted::At))
}

async fn perform(desk: &Desk<'_>, todo: &Todo) -> Result<(), OutboundError> {
    let outbound = &desk.context.outbound;
    let action = &todo.action;
    let call = async {
        match action.arn.split(':').nth(2) {
            Some("sns") => outbound.publish(&action.arn, &action.subject, &action.payload, todo.id).await,
            Some("lambda") => outbound.invoke(&action.arn, &action.payload).await,
            // It was refused when the alarm was put.
            _ => Err(OutboundError {
                message: format!("{} is no action of this suite", action.arn),
                retryable: false,
            }),
        }
    };
    match tokio::time::timeout(outbound.patience, call).await {
        Ok(outcome) => outcome,
        Err(_) => Err(OutboundError { message: "there was no answer in time".to_owned(), retryable: true }),
    }
}

fn record(desk: &Desk<'_>, todo: &Todo, acted: &Acted, now: Timestamp) -> HistoryItem {
    let action = &todo.action;
    HistoryItem {
        id: desk.context.ulid(now),
        at: now,
        alarm: action.alarm.clone(),
        alarm_type: action.alarm_type.clone(),
        happened: Happened::Action,
        summary: acted.summary(&action.arn),
        data: acted.data(&action.arn, action.updated, &action.payload),
    }
}
