//! Tags of trails and channels.
//!
//! AWS: <https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_AddTags.html>.

use std::collections::BTreeMap;

use watchtrail_service::wording::trail as wording;
use watchtrail_service::{Fault, Request, store_fault};
use watchtrail_store::{Scope, StoreError};
use watchtrail_wire::shapes::cloudtrail::Tag;

use crate::faults::worded;
use crate::{channels, trails};

/// Tags of a resource.
const MOST: usize = 50;
/// Characters of a key and of a value.
const LONGEST: (usize, usize) = (128, 256);
/// Writers of the same resource's tags at once; each try loses to at most one of them.
const ATTEMPTS: usize = 32;

/// A resource that has tags.
#[derive(Debug, Clone)]
pub(crate) struct Tagged {
    /// Where its tags are kept.
    scope: Scope,
    /// Its ARN.
    pub(crate) arn: String,
}

impl Tagged {
    /// A resource whose existence is known.
    pub(crate) fn of(scope: &Scope, arn: String) -> Self {
        Self { scope: scope.clone(), arn }
    }
}

/// The resource that a request names.
///
/// # Errors
/// When it is no ARN of a trail or channel of the caller's account that exists.
pub(crate) async fn resource(request: &Request<'_>, arn: &str) -> Result<Tagged, Fault> {
    let missing = || worded(wording::no_such_resource(arn));
    if let Some((scope, name)) = trails::in_arn(arn) {
        let all = trails::all(request).await?;
        let exists = all.iter().any(|read| read.value.scope == scope && read.value.name == name);
        return if exists { Ok(Tagged::of(&scope, arn.to_owned())) } else { Err(missing()) };
    }
    if let Some((scope, id)) = channels::in_arn(arn) {
        let own = scope.account == request.scope().account;
        let found = request.context.store.trail.channel(&scope, &id).await.map_err(store_fault)?;
        return if own && found.is_some() { Ok(Tagged::of(&scope, arn.to_owned())) } else { Err(missing()) };
    }
    let other = arn.split(':').nth(5).is_some_and(|resource| {
        resource.starts_with("eventdatastore/") || resource.starts_with("dashboard/")
    });
    Err(worded(if other { wording::not_taggable(arn) } else { wording::trail_arn(arn) }))
}

/// The tags of a request, as a map.
///
/// # Errors
/// When a key or a value cannot be, a key is there twice, or there are too many.
pub(crate) fn parse(arn: &str, tags: Option<Vec<Tag>>) -> Result<BTreeMap<String, String>, Fault> {
    let mut parsed = BTreeMap::new();
    for tag in tags.unwrap_or_default() {
        let (key, value) = (tag.key.unwrap_or_default(), tag.value.unwrap_or_default());
        let fits = (1..=LONGEST.0).contains(&key.chars().count()) && value.chars().count() <= LONGEST.1;
        if !fits || key.to_ascii_lowercase().starts_with("aws:") {
            return Err(worded(wording::tag(&key)));
        }
        if parsed.insert(key.clone(), value).is_some() {
            return Err(worded(wording::tag(&key)));
        }
    }
    check(arn, &parsed)?;
    Ok(parsed)
}

fn check(arn: &str, tags: &BTreeMap<String, String>) -> Result<(), Fault> {
    if tags.len() > MOST { Err(worded(wording::too_many_tags(arn, MOST))) } else { Ok(()) }
}

/// The tags of a resource.
///
/// # Errors
/// The store's failure.
pub(crate) async fn of(request: &Request<'_>, tagged: &Tagged) -> Result<BTreeMap<String, String>, Fault> {
    request.context.store.tags.of(&tagged.scope, &tagged.arn).await.map_err(store_fault)
}

/// Adds tags to a resource.
///
/// # Errors
/// When it would have too many.
pub(crate) async fn add(
    request: &Request<'_>,
    tagged: &Tagged,
    new: &BTreeMap<String, String>,
) -> Result<(), Fault> {
    change(request, tagged, |tags| {
        tags.extend(new.clone());
        check(&tagged.arn, tags)
    })
    .await
}

/// Takes tags from a resource; those that it does not have are no error.
///
/// # Errors
/// The store's failure.
pub(crate) async fn remove(request: &Request<'_>, tagged: &Tagged, keys: &[String]) -> Result<(), Fault> {
    change(request, tagged, |tags| {
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
    tagged: &Tagged,
    new: &BTreeMap<String, String>,
) -> Result<(), Fault> {
    change(request, tagged, |tags| {
        tags.clone_from(new);
        Ok(())
    })
    .await
}

/// Tags as answers show them.
pub(crate) fn shape(tags: BTreeMap<String, String>) -> Vec<Tag> {
    tags.into_iter().map(|(key, value)| Tag { key: Some(key), value: Some(value) }).collect()
}

/// Changes the tags of a resource as if nobody else did.
async fn change(
    request: &Request<'_>,
    tagged: &Tagged,
    edit: impl Fn(&mut BTreeMap<String, String>) -> Result<(), Fault>,
) -> Result<(), Fault> {
    let store = &request.context.store.tags;
    for _ in 0..ATTEMPTS {
        let read = of(request, tagged).await?;
        let mut tags = read.clone();
        edit(&mut tags)?;
        if tags == read {
            return Ok(());
        }
        match store.replace(&tagged.scope, &tagged.arn, &read, &tags).await {
            Err(StoreError::Conflict) => {}
            other => return other.map_err(store_fault),
        }
    }
    Err(worded(wording::contended()))
}
