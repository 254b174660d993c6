//! Mute rules between the wire, the store and the actions that they hold back.
//!
//! AWS: "Alarm mute rules" in the user guide. A rule may name alarms that do not exist (AWS does not say that it may not).

use watchtrail_core::alarms::alarm::partition;
use watchtrail_core::alarms::mute::{MuteSchedule, MuteStatus, MuteType};
use watchtrail_service::transition::muted_until;
use watchtrail_service::{Fault, Request, store_fault};
use watchtrail_store::alarms::MuteRule;
use watchtrail_store::{Scope, StoreError};

/// The ARN of a mute rule.
pub(crate) fn arn(scope: &Scope, name: &str) -> String {
    let Scope { account, region } = scope;
    format!("arn:{}:cloudwatch:{region}:{account}:alarm-mute-rule:{name}", partition(region))
}

/// Status and type of a rule now. A rule is only stored when its schedule can be read.
///
/// # Errors
/// When it cannot be read all the same.
pub(crate) fn status(request: &Request<'_>, rule: &MuteRule) -> Result<(MuteStatus, MuteType), Fault> {
    let schedule = MuteSchedule::parse(&rule.expression, &rule.duration, rule.timezone.as_deref());
    let schedule = schedule.map_err(|error| {
        tracing::error!(%error, rule = rule.name, "a stored mute rule cannot be read");
        Fault::internal()
    })?;
    Ok((schedule.status(request.now, rule.start, rule.expire), schedule.mute_type()))
}

/// Gives the held back actions of alarms the time that the rules say now: a rule was changed or removed.
///
/// # Errors
/// The store's failure.
pub(crate) async fn changed(request: &Request<'_>, alarms: &[String]) -> Result<(), Fault> {
    let (store, scope) = (&request.context.store.alarms, request.scope());
    let rules = store.mute_rules(scope).await.map_err(store_fault)?;
    for todo in store.todo(scope).await.map_err(store_fault)? {
        if !todo.action.muted || !alarms.contains(&todo.action.alarm) {
            continue;
        }
        let due = muted_until(&rules, &todo.action.alarm, request.now).unwrap_or(request.now);
        let tries = todo.tries;
        match store.reschedule(scope, todo, due, tries, None).await {
            // Somebody works on it.
            Ok(_) | Err(StoreError::Conflict) => {}
            Err(error) => return Err(store_fault(error)),
        }
    }
    Ok(())
}
