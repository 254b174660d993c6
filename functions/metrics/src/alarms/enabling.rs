//! Switching the actions of alarms on and off.

use watchtrail_core::alarms::Alarm;
use watchtrail_core::alarms::notice::Configured;
use watchtrail_service::{Fault, Request};
use watchtrail_store::alarms::{Change, Stored};

use super::{configured, put};

/// Which way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Switch {
    On,
    Off,
}

/// Switches the actions of those of the named alarms that exist; one that is as it should be stays as it is.
///
/// # Errors
/// The store's failure.
pub(crate) async fn switch(request: &Request<'_>, names: Vec<String>, way: Switch) -> Result<(), Fault> {
    let enabled = way == Switch::On;
    let change = |stored: &Stored| {
        let alarm =
            Alarm { actions_enabled: enabled, configured: request.now, ..Alarm::clone(&stored.alarm) };
        (stored.alarm.actions_enabled != enabled).then(|| Change {
            name: alarm.name.clone(),
            before: Some(stored.revision),
            history: vec![configured(request, &alarm, Configured::Updated)],
            after: Some(alarm),
            todo: Vec::new(),
        })
    };
    put::change_all(request, names, change).await
}
