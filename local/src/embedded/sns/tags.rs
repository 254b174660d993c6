//! Tags of topics: <https://docs.aws.amazon.com/sns/latest/dg/sns-tags.html>.

use std::collections::BTreeMap;

use watchtrail_service::Fault;
use watchtrail_wire::shapes::sns::{
    ListTagsForResourceRequest, ListTagsForResourceResponse, Tag, TagResourceRequest, TagResourceResponse,
    UntagResourceRequest, UntagResourceResponse,
};

use super::ask::Ask;
use super::faults;

/// Tags of a topic.
const MOST: usize = 50;

/// # Errors
/// When a key is reserved or stands there twice, or when there are too many.
pub(super) fn parse(given: Vec<Tag>) -> Result<BTreeMap<String, String>, Fault> {
    let mut tags = BTreeMap::new();
    for tag in given {
        let key = tag.key.unwrap_or_default();
        if key.to_ascii_lowercase().starts_with("aws:") {
            return Err(faults::invalid("Tag keys that begin with aws: are reserved."));
        }
        if tags.insert(key, tag.value.unwrap_or_default()).is_some() {
            return Err(faults::invalid("Duplicated keys are not allowed."));
        }
    }
    within_limit(&tags)?;
    Ok(tags)
}

fn within_limit(tags: &BTreeMap<String, String>) -> Result<(), Fault> {
    if tags.len() > MOST { Err(faults::too_many_tags()) } else { Ok(()) }
}

pub(super) fn list(
    ask: &Ask<'_>,
    input: ListTagsForResourceRequest,
) -> Result<ListTagsForResourceResponse, Fault> {
    let arn = ask.topic(input.resource_arn)?;
    ask.inner().stored.read(|state| {
        let topic = state.topics.get(&arn).ok_or_else(faults::no_resource)?;
        let tag =
            |(key, value): (&String, &String)| Tag { key: Some(key.clone()), value: Some(value.clone()) };
        Ok(ListTagsForResourceResponse { tags: Some(topic.tags.iter().map(tag).collect()) })
    })
}

pub(super) fn tag(ask: &Ask<'_>, input: TagResourceRequest) -> Result<TagResourceResponse, Fault> {
    let tags = parse(input.tags.unwrap_or_default())?;
    change(ask, input.resource_arn, |there| {
        there.extend(tags);
        within_limit(there)
    })?;
    Ok(TagResourceResponse {})
}

pub(super) fn untag(ask: &Ask<'_>, input: UntagResourceRequest) -> Result<UntagResourceResponse, Fault> {
    let keys = input.tag_keys.unwrap_or_default();
    change(ask, input.resource_arn, |there| {
        there.retain(|key, _| !keys.contains(key));
        Ok(())
    })?;
    Ok(UntagResourceResponse {})
}

fn change(
    ask: &Ask<'_>,
    arn: Option<String>,
    change: impl FnOnce(&mut BTreeMap<String, String>) -> Result<(), Fault>,
) -> Result<(), Fault> {
    let arn = ask.topic(arn)?;
    ask.inner().stored.change(|state| {
        let topic = state.topics.get_mut(&arn).ok_or_else(faults::no_resource)?;
        change(&mut topic.tags)
    })
}
