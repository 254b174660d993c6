//! Log groups: how requests name them, how they are changed, their ARNs.

use watchtrail_service::wording::logs as wording;
use watchtrail_service::{Fault, Request, store_fault};
use watchtrail_store::StoreError;
use watchtrail_store::logs::LogGroup;

use crate::faults::worded;

/// Writers of the same group at once; each try loses to at most one of them.
pub(crate) const ATTEMPTS: usize = 32;
/// Groups that are read at once while some are looked for.
const CHUNK: usize = 200;

/// The group of a name.
///
/// # Errors
/// When there is none.
pub(crate) async fn find(request: &Request<'_>, name: &str) -> Result<LogGroup, Fault> {
    let found = request.context.store.logs.group(request.scope(), name).await.map_err(store_fault)?;
    found.ok_or_else(|| worded(wording::no_such_group()))
}

/// The name of a group in an identifier, which is a name or an ARN.
///
/// # Errors
/// When it is an ARN of something else, or of another account or region: no account is linked to another one here.
pub(crate) fn identified(request: &Request<'_>, identifier: &str) -> Result<String, Fault> {
    if !identifier.starts_with("arn:") {
        return Ok(identifier.to_owned());
    }
    let name = name_in(identifier).ok_or_else(|| worded(wording::group_identifier(identifier)))?;
    let scope = request.scope();
    let mut place = identifier.split(':').skip(3);
    let (region, account) = (place.next().unwrap_or_default(), place.next().unwrap_or_default());
    if region == scope.region && account == scope.account {
        Ok(name.to_owned())
    } else {
        Err(worded(wording::no_such_group()))
    }
}

/// The name of the group in an ARN, which may end in `:*`.
pub(crate) fn name_in(arn: &str) -> Option<&str> {
    let parts: Vec<&str> = arn.splitn(7, ':').collect();
    let ["arn", _, "logs", _, _, "log-group", name] = parts[..] else { return None };
    let name = name.strip_suffix(":*").unwrap_or(name);
    (!name.is_empty() && !name.contains(':')).then_some(name)
}

/// The name of the group that a request names by `logGroupName` or by `logGroupIdentifier`.
///
/// # Errors
/// When it does neither or both.
pub(crate) fn named(
    request: &Request<'_>,
    name: Option<String>,
    identifier: Option<String>,
) -> Result<String, Fault> {
    match (name, identifier) {
        (Some(_), Some(_)) => Err(worded(wording::name_and_identifier())),
        (Some(name), None) => Ok(name),
        (None, Some(identifier)) => identified(request, &identifier),
        (None, None) => Err(worded(wording::no_group_named())),
    }
}

/// Checks the accounts whose groups are asked for.
///
/// # Errors
/// When another account is named: none is linked to the caller's.
pub(crate) fn linked(request: &Request<'_>, accounts: Option<&[String]>) -> Result<(), Fault> {
    let own = &request.scope().account;
    match accounts.unwrap_or_default().iter().find(|account| *account != own) {
        Some(other) => Err(worded(wording::not_linked(other))),
        None => Ok(()),
    }
}

/// Changes a group as if nobody else did; an edit that changes nothing writes nothing.
///
/// # Errors
/// When there is no such group, what `edit` refuses, or the store's failure.
pub(crate) async fn change(
    request: &Request<'_>,
    name: &str,
    edit: impl Fn(&mut LogGroup) -> Result<(), Fault>,
) -> Result<(), Fault> {
    let logs = &request.context.store.logs;
    for _ in 0..ATTEMPTS {
        let read = find(request, name).await?;
        let mut changed = read.clone();
        edit(&mut changed)?;
        if changed == read {
            return Ok(());
        }
        match logs.change_group(request.scope(), changed, request.now).await {
            Err(StoreError::Conflict) => {}
            other => return other.map_err(store_fault),
        }
    }
    Err(worded(wording::contended()))
}

/// At most `enough` groups that are `wanted`, by name, of those whose names begin with `prefix` and come after `after`.
///
/// # Errors
/// The store's failure.
pub(crate) async fn select(
    request: &Request<'_>,
    prefix: &str,
    after: Option<String>,
    enough: usize,
    wanted: impl Fn(&LogGroup) -> bool,
) -> Result<Vec<LogGroup>, Fault> {
    let (logs, scope) = (&request.context.store.logs, request.scope());
    let (mut found, mut after) = (Vec::new(), after);
    while found.len() < enough {
        let read = logs.groups(scope, prefix, after.as_deref(), CHUNK).await.map_err(store_fault)?;
        let whole = read.len() == CHUNK;
        after = read.last().map(|last| last.name.clone());
        found.extend(read.into_iter().filter(|group| wanted(group)));
        if !whole {
            break;
        }
    }
    found.truncate(enough);
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_in_an_arn() {
        fn check(arn: &str, expected: Option<&str>) {
            assert_eq!(name_in(arn), expected, "{arn}");
        }
        check("arn:aws:logs:us-east-1:123456789012:log-group:/aws/lambda/f", Some("/aws/lambda/f"));
        check("arn:aws:logs:us-east-1:123456789012:log-group:/aws/lambda/f:*", Some("/aws/lambda/f"));
        check("arn:aws-cn:logs:cn-north-1:123456789012:log-group:a.b_c-d#e", Some("a.b_c-d#e"));
        for wrong in [
            "arn:aws:logs:us-east-1:123456789012:log-group:g:log-stream:s",
            "arn:aws:logs:us-east-1:123456789012:log-group:",
            "arn:aws:logs:us-east-1:123456789012:log-group::*",
            "arn:aws:logs:us-east-1:123456789012:destination:d",
            "arn:aws:s3:us-east-1:123456789012:log-group:g",
            "log-group:g",
            "",
        ] {
            check(wrong, None);
        }
    }
}
