//! SetAlarmState: <https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_SetAlarmState.html>.
//!
//! The state that an alarm is in already is only given its new reason; another one is a transition like any other, with its actions.

use watchtrail_core::alarms::alarm::State;
use watchtrail_core::alarms::rule::AlarmRef;
use watchtrail_core::alarms::suppression::{self, Guard};
use watchtrail_core::alarms::{Alarm, AlarmState};
use watchtrail_service::transition::{Acting, muted_until, transition};
use watchtrail_service::wording::alarms as wording;
use watchtrail_service::{Fault, Operation, Request, store_fault};
use watchtrail_store::StoreError;
use watchtrail_store::alarms::{Change, Stored};
use watchtrail_wire::shapes::cloudwatch::{MODEL, SetAlarmStateInput};

use crate::alarms::{ATTEMPTS, local};
use crate::faults::worded;

pub(crate) struct SetAlarmState;

impl Operation for SetAlarmState {
    const NAME: &'static str = "SetAlarmState";
    type Input = SetAlarmStateInput;
    type Output = ();

    async fn run(request: &Request<'_>, input: Self::Input) -> Result<Self::Output, Fault> {
        let data = input.state_reason_data.filter(|data| !data.is_empty());
        let is_json = |data: &String| serde_json::from_str::<serde::de::IgnoredAny>(data).is_ok();
        if !data.as_ref().is_none_or(is_json) {
            return Err(worded(wording::reason_data()));
        }
        let name = input.alarm_name.unwrap_or_default();
        let value = input.state_value.as_deref().and_then(AlarmState::parse);
        let value = value.unwrap_or(AlarmState::InsufficientData);
        let new = State {
            value,
            reason: input.state_reason.unwrap_or_default(),
            reason_data: data,
            updated: request.now,
            transitioned: request.now,
        };
        let (alarms, scope) = (&request.context.store.alarms, request.scope());
        for _ in 0..ATTEMPTS {
            let stored = alarms.get(scope, &name).await.map_err(store_fault)?;
            // AWS's answer has no message.
            let stored = stored
                .ok_or_else(|| Fault::modeled(&MODEL, "ResourceNotFound", String::new()).without_message())?;
            let change = change(request, &stored, new.clone()).await?;
            match alarms.commit(scope, vec![change], request.now).await {
                Err(StoreError::Conflict) => {}
                other => return other.map_err(store_fault),
            }
        }
        Err(worded(wording::contended()))
    }
}

async fn change(request: &Request<'_>, stored: &Stored, new: State) -> Result<Change, Fault> {
    let alarm = &stored.alarm;
    // Calls that run in parallel may commit in another order than they came in: time within an alarm never goes back.
    let now = request.now.max(alarm.state.updated);
    let new = State { updated: now, transitioned: now, ..new };
    if new.value == alarm.state.value {
        let state = State { transitioned: alarm.state.transitioned, ..new };
        return Ok(Change {
            name: alarm.name.clone(),
            before: Some(stored.revision),
            after: Some(Alarm { state, ..Alarm::clone(alarm) }),
            history: Vec::new(),
            todo: Vec::new(),
        });
    }
    let acting = acting(request, alarm).await?;
    Ok(transition(request.context, request.scope(), stored, new, acting, now))
}

/// What becomes of the actions.
async fn acting(request: &Request<'_>, alarm: &Alarm) -> Result<Acting, Fault> {
    let (alarms, scope) = (&request.context.store.alarms, request.scope());
    if let Some(composite) = alarm.composite()
        && let Some(suppressor) = &composite.suppressor
        && let Some(name) = local(&AlarmRef::parse(&suppressor.alarm), scope)
        && let Some(guard) = alarms.get(scope, name).await.map_err(store_fault)?
    {
        let guard = Guard { state: guard.alarm.state.value, since: guard.alarm.state.transitioned };
        let before = (alarm.state.value, composite.suppressed.as_ref());
        let held = suppression::transitioned(suppressor, guard, before, request.now);
        if let Some(suppressed) = held.suppressed {
            return Ok(Acting::Suppressed(suppressed));
        }
    }
    let rules = alarms.mute_rules(scope).await.map_err(store_fault)?;
    Ok(muted_until(&rules, &alarm.name, request.now).map_or(Acting::Now, Acting::Muted))
}
