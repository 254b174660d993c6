//! Tags of CloudWatch's resources: alarms, dashboards, Contributor Insights rules, metric streams.
//!
//! AWS: <https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_Tag.html>. Alarms and mute rules can be tagged while they exist;
//! of the others none exists in this suite yet, and their ARNs are answered with `ResourceNotFoundException`.

use std::collections::BTreeMap;

use watchtrail_service::wording::alarms as wording;
use watchtrail_service::{Fault, Request, store_fault};
use watchtrail_store::StoreError;
use watchtrail_wire::shapes::cloudwatch::{MODEL, Tag};

use crate::faults::{invalid_value, worded};

/// Tags of a resource.
const MOST: usize = 50;
/// Writers of the same resource's tags at once; each try loses to at most one of them.
const ATTEMPTS: usize = 16;

const KINDS: [&str; 6] =
    ["alarm:", "alarm-mute-rule:", "dashboard/", "insight-rule/", "metric-stream/", "service/"];

/// The resource that a request names.
///
/// # Errors
/// When it is no ARN of CloudWatch, or names nothing that exists in the caller's account and region.
pub(crate) async fn resource(request: &Request<'_>, arn: Option<String>) -> Result<String, Fault> {
    let arn = arn.unwrap_or_default();
    let mut parts = arn.splitn(6, ':');
    let head: Vec<&str> = parts.by_ref().take(3).collect();
    let (region, account) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
    let rest = parts.next().unwrap_or_default();
    let known = KINDS.iter().any(|kind| rest.strip_prefix(kind).is_some_and(|name| !name.is_empty()));
    let ours = matches!(head[..], ["arn", "aws" | "aws-cn" | "aws-us-gov", "cloudwatch"]);
    if !ours || !known {
        return Err(invalid_value(format!("{arn} is not a valid resource ARN")));
    }
    let scope = request.scope();
    let ours = account == scope.account && region == scope.region;
    if !ours || !exists(request, rest).await? {
        return Err(worded(wording::no_such_resource(&arn)));
    }
    Ok(arn)
}

/// Whether the last part of an ARN names something.
async fn exists(request: &Request<'_>, rest: &str) -> Result<bool, Fault> {
    let (alarms, scope) = (&request.context.store.alarms, request.scope());
    if let Some(name) = rest.strip_prefix("alarm:") {
        return Ok(alarms.get(scope, name).await.map_err(store_fault)?.is_some());
    }
    if let Some(name) = rest.strip_prefix("alarm-mute-rule:") {
        return Ok(alarms.mute_rule(scope, name).await.map_err(store_fault)?.is_some());
    }
    Ok(false)
}

/// # Errors
/// When a key is reserved.
pub(crate) fn parse(given: Vec<Tag>) -> Result<BTreeMap<String, String>, Fault> {
    let mut tags = BTreeMap::new();
    for tag in given {
        let key = tag.key.unwrap_or_default();
        if key.to_ascii_lowercase().starts_with("aws:") {
            return Err(invalid_value("Tag keys that begin with aws: are reserved."));
        }
        tags.insert(key, tag.value.unwrap_or_default());
    }
    Ok(tags)
}

/// # Errors
/// When there are more than AWS allows.
pub(crate) fn within_limit(tags: &BTreeMap<String, String>) -> Result<(), Fault> {
    if tags.len() > MOST {
        return Err(invalid_value(format!("A resource can have at most {MOST} tags.")));
    }
    Ok(())
}

/// Changes the tags of a resource as if nobody else did.
///
/// # Errors
/// What `edit` refuses, or the store's failure.
pub(crate) async fn change(
    request: &Request<'_>,
    arn: &str,
    edit: impl Fn(&mut BTreeMap<String, String>) -> Result<(), Fault>,
) -> Result<(), Fault> {
    let store = &request.context.store.tags;
    for _ in 0..ATTEMPTS {
        let read = store.of(request.scope(), arn).await.map_err(store_fault)?;
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
    Err(Fault::modeled(&MODEL, "ConcurrentModificationException", "The tags are being changed by others."))
}
