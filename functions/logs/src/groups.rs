//! Which log group a request is about.

use watchtrail_service::wording::log_events as wording;
use watchtrail_service::{Fault, Request, store_fault};
use watchtrail_store::logs::LogGroup;

use crate::faults::worded;

/// The name in an identifier, which is a name or an ARN.
///
/// # Errors
/// When it is the ARN of something else, or of another account's or region's group.
pub(crate) fn name(request: &Request<'_>, identifier: &str) -> Result<String, Fault> {
    if !identifier.starts_with("arn:") {
        return Ok(identifier.to_owned());
    }
    let wrong = || worded(wording::bad_identifier(identifier));
    let parts: Vec<&str> = identifier.splitn(7, ':').collect();
    let [_, _, "logs", region, account, "log-group", rest] = parts[..] else { return Err(wrong()) };
    let scope = request.scope();
    if region != scope.region || account != scope.account {
        return Err(worded(wording::no_group()));
    }
    let name = rest.strip_suffix(":*").unwrap_or(rest);
    if name.is_empty() || name.contains(':') { Err(wrong()) } else { Ok(name.to_owned()) }
}

/// The group that a request names by name or by identifier.
///
/// # Errors
/// When it names none, or both ways, or one that is not there.
pub(crate) async fn named(
    request: &Request<'_>,
    group: Option<&str>,
    identifier: Option<&str>,
) -> Result<LogGroup, Fault> {
    let name = match (group, identifier) {
        (Some(name), None) => name.to_owned(),
        (None, Some(identifier)) => name(request, identifier)?,
        (group, _) => return Err(worded(wording::which_group(group.is_some()))),
    };
    let found = request.context.store.logs.group(request.scope(), &name).await.map_err(store_fault)?;
    found.ok_or_else(|| worded(wording::no_group()))
}
