//! What the operations of alarms share: what is put, how it is stored, how it is shown.
//!
//! Checks are plain functions over the input ([`metric`], [`composite`], [`actions`]); storing is one loop for all ([`put`]). When alarms change
//! their state by themselves is the business of `functions/alarms`.

pub(crate) mod actions;
pub(crate) mod composite;
pub(crate) mod enabling;
pub(crate) mod metric;
pub(crate) mod mute;
pub(crate) mod put;
pub(crate) mod shape;

use std::collections::BTreeMap;
use std::sync::Arc;

use watchtrail_core::alarms::Alarm;
use watchtrail_core::alarms::notice::Configured;
use watchtrail_core::alarms::rule::{AlarmRef, Rule};
use watchtrail_service::{Fault, Request, store_fault};
use watchtrail_store::Scope;
use watchtrail_store::alarms::{Happened, HistoryItem, Stored};

/// Writers of the same bucket at once; each try loses to at most one of them.
pub(crate) const ATTEMPTS: usize = 16;

/// All alarms of the caller's scope by name.
///
/// # Errors
/// The store's failure.
pub(crate) async fn board(request: &Request<'_>) -> Result<Arc<BTreeMap<String, Stored>>, Fault> {
    request.context.store.alarms.board(request.scope()).await.map_err(store_fault)
}

/// What the history says when an alarm's configuration changes.
pub(crate) fn configured(request: &Request<'_>, alarm: &Alarm, what: Configured) -> HistoryItem {
    let scope = request.scope();
    HistoryItem {
        id: request.context.ulid(request.now),
        at: request.now,
        alarm: alarm.name.clone(),
        alarm_type: alarm.kind().to_owned(),
        happened: Happened::ConfigurationUpdate,
        summary: what.summary(&alarm.name),
        data: what.data(alarm, &scope.account, &scope.region),
    }
}

/// The name of the alarm that a reference means in a scope; `None` when it is of another account or region.
pub(crate) fn local<'a>(reference: &'a AlarmRef, scope: &Scope) -> Option<&'a str> {
    match reference {
        AlarmRef::Name(name) => Some(name),
        AlarmRef::Arn { region, account, name, .. } => {
            (*region == scope.region && *account == scope.account).then_some(name)
        }
    }
}

/// The names of the alarms in a composite alarm's rule; none of another alarm's.
pub(crate) fn children(alarm: &Alarm, scope: &Scope) -> Vec<String> {
    let rule = alarm.composite().and_then(|composite| Rule::parse(&composite.rule).ok());
    let names = |rule: &Rule| {
        rule.children().filter_map(|child| local(child, scope)).map(str::to_owned).collect::<Vec<_>>()
    };
    rule.as_ref().map(names).unwrap_or_default()
}

/// The name of a composite alarm's suppressor, where it has one.
pub(crate) fn suppressor(alarm: &Alarm, scope: &Scope) -> Option<String> {
    let suppressor = alarm.composite()?.suppressor.as_ref()?;
    local(&AlarmRef::parse(&suppressor.alarm), scope).map(str::to_owned)
}
