//! Tags of log groups and destinations.
//!
//! AWS: <https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_TagResource.html>. ARNs are those without `:*`; what
//! else could be tagged by AWS (scheduled queries, anomaly detectors, deliveries) does not exist in this suite.

use std::collections::BTreeMap;

use watchtrail_service::wording::logs as wording;
use watchtrail_service::{Fault, Request, store_fault};
use watchtrail_store::StoreError;

use crate::faults::worded;
use crate::{destinations, groups};

/// Tags of a resource.
const MOST: usize = 50;
/// Writers of the same resource's tags at once; each try loses to at most one of them.
const ATTEMPTS: usize = 32;

/// The resource that a request names.
///
/// # Errors
/// When it is no ARN of a log group or destination that exists in the caller's account and region.
pub(crate) async fn resource(request: &Request<'_>, arn: Option<String>) -> Result<String, Fault> {
    let arn = arn.unwrap_or_default();
    let (logs, scope) = (&request.context.store.logs, request.scope());
    let exists = if let Some(name) = groups::name_in(&arn) {
        let group = logs.group(scope, name).await.map_err(store_fault)?;
        group.is_some_and(|group| group.arn(scope) == arn)
    } else if let Some((place, name)) = destinations::in_arn(&arn) {
        place == *scope && destinations::read(request, &place, &name).await?.is_some()
    } else {
        return Err(worded(wording::no_arn("resourceArn", &arn)));
    };
    if exists { Ok(arn) } else { Err(worded(wording::no_such_resource())) }
}

/// The ARN of the group that a request names.
///
/// # Errors
/// When there is no such group.
pub(crate) async fn group(request: &Request<'_>, name: Option<String>) -> Result<String, Fault> {
    let group = groups::find(request, &name.unwrap_or_default()).await?;
    Ok(group.arn(request.scope()))
}

/// # Errors
/// When a key is reserved, or there are more than a resource may have.
pub(crate) fn check(tags: &BTreeMap<String, String>) -> Result<(), Fault> {
    if tags.keys().any(|key| key.to_ascii_lowercase().starts_with("aws:")) {
        return Err(worded(wording::reserved_tag()));
    }
    if tags.len() > MOST {
        return Err(worded(wording::too_many_tags(MOST)));
    }
    Ok(())
}

/// Adds tags to a resource.
///
/// # Errors
/// When it would have too many, or a key is reserved.
pub(crate) async fn add(
    request: &Request<'_>,
    arn: &str,
    new: BTreeMap<String, String>,
) -> Result<(), Fault> {
    check(&new)?;
    change(request, arn, |tags| {
        tags.extend(new.clone());
        check(tags)
    })
    .await
}

/// Takes tags from a resource; those that it does not have are no error.
///
/// # Errors
/// The store's failure.
pub(crate) async fn remove(request: &Request<'_>, arn: &str, keys: &[String]) -> Result<(), Fault> {
    change(request, arn, |tags| {
        tags.retain(|key, _| !keys.contains(key));
        Ok(())
    })
    .await
}

/// Replaces all tags of a resource.
///
/// # Errors
/// The store's failure.
pub(crate) async fn reset(
    request: &Request<'_>,
    arn: &str,
    new: &BTreeMap<String, String>,
) -> Result<(), Fault> {
    change(request, arn, |tags| {
        tags.clone_from(new);
        Ok(())
    })
    .await
}

/// # Errors
/// The store's failure.
pub(crate) async fn of(request: &Request<'_>, arn: &str) -> Result<BTreeMap<String, String>, Fault> {
    request.context.store.tags.of(request.scope(), arn).await.map_err(store_fault)
}

/// Changes the tags of a resource as if nobody else did.
async fn change(
    request: &Request<'_>,
    arn: &str,
    edit: impl Fn(&mut BTreeMap<String, String>) -> Result<(), Fault>,
) -> Result<(), Fault> {
    let store = &request.context.store.tags;
    for _ in 0..ATTEMPTS {
        let read = of(request, arn).await?;
        let mut tags = read.clone();
        edit(&mut tags)?;
        if tags == read {
            return Ok(());
        }
        match store.replace(request.scope(), arn, &read, &tags).await {
            Err(StoreError::Conflict) => {}
            other => return other.map_err(store_fault),
        }
    }
    Err(worded(wording::contended()))
}
