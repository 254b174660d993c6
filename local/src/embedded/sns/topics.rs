//! Topics: <https://docs.aws.amazon.com/sns/latest/api/API_CreateTopic.html> and the operations on what it makes.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use watchtrail_service::Fault;
use watchtrail_wire::shapes::sns::{
    CreateTopicInput, CreateTopicResponse, DeleteTopicInput, GetTopicAttributesInput,
    GetTopicAttributesResponse, ListTopicsInput, ListTopicsResponse, SetTopicAttributesInput,
    Topic as Listed,
};

use super::ask::{Ask, Page, page};
use super::state::{Topic, arn_prefix, below};
use super::{faults, tags};

/// Kept and given back, without an effect here.
const KEPT: [&str; 6] =
    ["DeliveryPolicy", "DisplayName", "KmsMasterKeyId", "Policy", "SignatureVersion", "TracingConfig"];

const NO_FIFO: &str = "FIFO topics are not supported by Watchtrail's local host";

pub(super) fn create(ask: &Ask<'_>, input: CreateTopicInput) -> Result<CreateTopicResponse, Fault> {
    let arn = format!("{}{}", arn_prefix(&ask.scope), name(input.name.unwrap_or_default())?);
    let mut attributes = BTreeMap::new();
    for (name, value) in input.attributes.unwrap_or_default() {
        // Templates say `false` where they mean a standard topic.
        if (name.as_str(), value.as_str()) == ("FifoTopic", "false") {
            continue;
        }
        let (name, value) = attribute(name, value)
            .map_err(|reason| faults::invalid(format!("Attributes Reason: {reason}")))?;
        attributes.insert(name, value);
    }
    let tags = tags::parse(input.tags.unwrap_or_default())?;
    ask.inner().stored.change(|state| {
        let Some(there) = state.topics.get(&arn) else {
            state.topics.insert(arn.clone(), Topic { attributes, tags, deleted: 0 });
            return Ok(());
        };
        let before = shown(&arn, there, [0; 2]);
        if attributes.iter().any(|(name, value)| before.get(name) != Some(value)) {
            let reason = "Attributes Reason: Topic already exists with different attributes";
            return Err(faults::invalid(reason));
        }
        if tags.iter().any(|(key, value)| there.tags.get(key) != Some(value)) {
            return Err(faults::invalid("Tags Reason: Topic already exists with different tags"));
        }
        Ok(())
    })?;
    Ok(CreateTopicResponse { topic_arn: Some(arn) })
}

fn name(name: String) -> Result<String, Fault> {
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
    match name.strip_suffix(".fifo") {
        Some(_) => Err(faults::invalid(format!("Topic Name Reason: {NO_FIFO}"))),
        None if (1..=256).contains(&name.len()) && name.bytes().all(fits) => Ok(name),
        None => Err(faults::invalid("Topic Name")),
    }
}

/// An attribute that a topic can have, or what is wrong with it.
fn attribute(name: String, value: String) -> Result<(String, String), String> {
    let is_feedback = ["FeedbackRoleArn", "FeedbackSampleRate"].iter().any(|end| name.ends_with(end));
    if !is_feedback && !KEPT.contains(&name.as_str()) {
        return Err(match name.as_str() {
            "FifoTopic" => NO_FIFO.to_owned(),
            _ => format!("Unknown attribute {name}"),
        });
    }
    let is_object = || matches!(serde_json::from_str(&value), Ok(Value::Object(_)));
    match name.as_str() {
        // An empty one removes it.
        "Policy" | "DeliveryPolicy" if !value.is_empty() && !is_object() => {
            Err(format!("{name}: failed to parse JSON."))
        }
        "DisplayName" if value.chars().count() > 100 => {
            Err("DisplayName: must be at most 100 characters".to_owned())
        }
        _ => Ok((name, value)),
    }
}

pub(super) fn delete(ask: &Ask<'_>, input: DeleteTopicInput) -> Result<(), Fault> {
    let arn = ask.topic(input.topic_arn)?;
    ask.inner().stored.change(|state| {
        state.topics.remove(&arn);
        state.subscriptions.retain(|_, subscription| subscription.topic_arn != arn);
        Ok(())
    })
}

pub(super) fn list(ask: &Ask<'_>, input: ListTopicsInput) -> Result<ListTopicsResponse, Fault> {
    ask.inner().stored.read(|state| {
        let Page { items, next_token } =
            page(below(&state.topics, arn_prefix(&ask.scope)), input.next_token)?;
        let topics = items.into_iter().map(|(arn, _)| Listed { topic_arn: Some(arn.clone()) }).collect();
        Ok(ListTopicsResponse { topics: Some(topics), next_token })
    })
}

pub(super) fn attributes(
    ask: &Ask<'_>,
    input: GetTopicAttributesInput,
) -> Result<GetTopicAttributesResponse, Fault> {
    let arn = ask.topic(input.topic_arn)?;
    ask.inner().stored.read(|state| {
        let topic = state.topics.get(&arn).ok_or_else(faults::no_topic)?;
        let (mut pending, mut confirmed) = (0, 0);
        for (_, subscription) in state.subscribed(&arn) {
            *(if subscription.confirmed { &mut confirmed } else { &mut pending }) += 1;
        }
        Ok(GetTopicAttributesResponse { attributes: Some(shown(&arn, topic, [pending, confirmed])) })
    })
}

/// All attributes of a topic, with AWS's defaults; `counts` are its pending and confirmed subscriptions.
fn shown(arn: &str, topic: &Topic, counts: [usize; 2]) -> BTreeMap<String, String> {
    let owner = arn.split(':').nth(4).unwrap_or_default();
    let mut shown: BTreeMap<String, String> = [
        ("TopicArn", arn.to_owned()),
        ("Owner", owner.to_owned()),
        ("DisplayName", String::new()),
        ("Policy", default_policy(arn, owner).to_string()),
        ("EffectiveDeliveryPolicy", default_delivery_policy().to_string()),
        ("SubscriptionsPending", counts[0].to_string()),
        ("SubscriptionsConfirmed", counts[1].to_string()),
        ("SubscriptionsDeleted", topic.deleted.to_string()),
    ]
    .map(|(name, value)| (name.to_owned(), value))
    .into();
    shown.extend(topic.attributes.clone());
    shown
}

/// What AWS gives a new topic.
fn default_policy(arn: &str, owner: &str) -> Value {
    let actions = [
        "GetTopicAttributes",
        "SetTopicAttributes",
        "AddPermission",
        "RemovePermission",
        "DeleteTopic",
        "Subscribe",
        "ListSubscriptionsByTopic",
        "Publish",
    ];
    json!({
        "Version": "2008-10-17",
        "Id": "__default_policy_ID",
        "Statement": [{
            "Sid": "__default_statement_ID",
            "Effect": "Allow",
            "Principal": { "AWS": "*" },
            "Action": actions.map(|action| format!("SNS:{action}")),
            "Resource": arn,
            "Condition": { "StringEquals": { "AWS:SourceOwner": owner } },
        }],
    })
}

/// AWS's. This host tries more often and waits less, see [`super::delivery`].
fn default_delivery_policy() -> Value {
    json!({
        "http": {
            "defaultHealthyRetryPolicy": {
                "minDelayTarget": 20, "maxDelayTarget": 20, "numRetries": 3, "numMaxDelayRetries": 0,
                "numNoDelayRetries": 0, "numMinDelayRetries": 0, "backoffFunction": "linear",
            },
            "disableSubscriptionOverrides": false,
            "defaultRequestPolicy": { "headerContentType": "text/plain; charset=UTF-8" },
        },
    })
}

pub(super) fn set_attribute(ask: &Ask<'_>, input: SetTopicAttributesInput) -> Result<(), Fault> {
    let arn = ask.topic(input.topic_arn)?;
    let (name, value) = (input.attribute_name.unwrap_or_default(), input.attribute_value.unwrap_or_default());
    let (name, value) = attribute(name, value)
        .map_err(|reason| faults::invalid(format!("AttributeName Reason: {reason}")))?;
    ask.inner().stored.change(|state| {
        let topic = state.topic(&arn)?;
        if value.is_empty() {
            topic.attributes.remove(&name);
        } else {
            topic.attributes.insert(name, value);
        }
        Ok(())
    })
}
