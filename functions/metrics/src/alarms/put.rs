//! Storing what PutMetricAlarm and PutCompositeAlarm describe: a new alarm begins without data, an update keeps the state.

use std::collections::{BTreeMap, BTreeSet};

use watchtrail_core::alarms::alarm::{Actions, State, arn};
use watchtrail_core::alarms::notice::Configured;
use watchtrail_core::alarms::reason::UNCHECKED;
use watchtrail_core::alarms::{Alarm, AlarmState, Watches};
use watchtrail_service::wording::alarms as wording;
use watchtrail_service::{Fault, Request, store_fault};
use watchtrail_store::alarms::{Change, Stored};
use watchtrail_store::{AlarmStore, StoreError};
use watchtrail_wire::shapes::cloudwatch::Tag;
use wording::Worded;

use super::{ATTEMPTS, configured};
use crate::faults::worded;
use crate::tags;

/// AWS takes alarms of up to 120 KB, and DynamoDB items of up to 400.
const LARGEST: usize = 120 << 10;

/// An alarm as it is to be.
#[derive(Debug, Clone)]
pub(crate) struct Draft {
    pub(crate) name: String,
    pub(crate) description: Option<String>,
    pub(crate) actions_enabled: bool,
    pub(crate) actions: Actions,
    pub(crate) watches: Watches,
    /// Only a new alarm gets them: "if you are using this operation to update an existing alarm, any tags you specify in this parameter are
    /// ignored".
    pub(crate) tags: Vec<Tag>,
}

/// # Errors
/// When it has ASCII control characters.
pub(crate) fn check_name(member: &str, name: &str) -> Result<(), Worded> {
    if name.bytes().any(|byte| byte.is_ascii_control()) {
        return Err(wording::control_characters(member));
    }
    Ok(())
}

/// Stores an alarm in the place of the one of its name.
///
/// # Errors
/// When the name belongs to an alarm of the other type, the alarm or its tags are beyond AWS's limits, or the store fails.
pub(crate) async fn put(request: &Request<'_>, draft: Draft) -> Result<(), Fault> {
    let tags = tags::parse(draft.tags.clone())?;
    tags::within_limit(&tags)?;
    let (alarms, scope) = (&request.context.store.alarms, request.scope());
    for _ in 0..ATTEMPTS {
        let before = alarms.get(scope, &draft.name).await.map_err(store_fault)?;
        let change = change(request, &draft, before.as_ref())?;
        if before.is_none() {
            let arn = arn(&scope.account, &scope.region, &draft.name);
            // Whatever an alarm of this name left.
            tags::change(request, &arn, |stored| {
                stored.clone_from(&tags);
                Ok(())
            })
            .await?;
        }
        match alarms.commit(scope, vec![change], request.now).await {
            Err(StoreError::Conflict) => {}
            other => return other.map_err(store_fault),
        }
    }
    Err(worded(wording::contended()))
}

fn change(request: &Request<'_>, draft: &Draft, before: Option<&Stored>) -> Result<Change, Fault> {
    let old = before.map(|stored| stored.alarm.as_ref());
    let mut watches = draft.watches.clone();
    if let (Watches::Composite(new), Some(old)) = (&mut watches, old.and_then(Alarm::composite)) {
        new.suppressed.clone_from(&old.suppressed);
    }
    let state = old.map_or_else(|| unchecked(request), |old| old.state.clone());
    let alarm = Alarm {
        name: draft.name.clone(),
        description: draft.description.clone(),
        actions_enabled: draft.actions_enabled,
        actions: draft.actions.clone(),
        watches,
        configured: request.now,
        state,
    };
    if let Some(old) = old.filter(|old| old.kind() != alarm.kind()) {
        return Err(worded(wording::other_type(&old.name, old.kind())));
    }
    if serde_json::to_vec(&alarm).is_ok_and(|json| json.len() > LARGEST) {
        return Err(worded(wording::too_large(LARGEST)));
    }
    let what = if old.is_some() { Configured::Updated } else { Configured::Created };
    Ok(Change {
        name: draft.name.clone(),
        before: before.map(|stored| stored.revision),
        history: vec![configured(request, &alarm, what)],
        after: Some(alarm),
        todo: Vec::new(),
    })
}

fn unchecked(request: &Request<'_>) -> State {
    State {
        value: AlarmState::InsufficientData,
        reason: UNCHECKED.to_owned(),
        reason_data: None,
        updated: request.now,
        transitioned: request.now,
    }
}

/// Changes those of the named alarms that exist, each as if nobody else did. `change` makes nothing of an alarm that is to stay as it is. When it
/// fails in the middle, some alarms are changed and others are not.
///
/// # Errors
/// The store's failure, or others change the same alarms all the time.
pub(crate) async fn change_all(
    request: &Request<'_>,
    names: Vec<String>,
    change: impl Fn(&Stored) -> Option<Change> + Send + Sync,
) -> Result<(), Fault> {
    let (alarms, scope) = (&request.context.store.alarms, request.scope());
    let mut left: BTreeSet<String> = names.into_iter().collect();
    for _ in 0..ATTEMPTS {
        let found = find(request, left.iter().map(String::as_str)).await?;
        left.clear();
        for group in AlarmStore::groups(found.values().filter_map(&change).collect()) {
            let names: Vec<String> = group.iter().map(|change| change.name.clone()).collect();
            match alarms.commit(scope, group, request.now).await {
                Err(StoreError::Conflict) => left.extend(names),
                other => other.map_err(store_fault)?,
            }
        }
        if left.is_empty() {
            return Ok(());
        }
    }
    Err(worded(wording::contended()))
}

/// Those of the named alarms that exist.
///
/// # Errors
/// The store's failure.
pub(crate) async fn find<'a>(
    request: &Request<'_>,
    names: impl IntoIterator<Item = &'a str> + Send,
) -> Result<BTreeMap<String, Stored>, Fault> {
    let names: Vec<&str> = names.into_iter().collect();
    request.context.store.alarms.get_all(request.scope(), names).await.map_err(store_fault)
}
