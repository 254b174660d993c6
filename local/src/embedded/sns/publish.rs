//! Publish: <https://docs.aws.amazon.com/sns/latest/api/API_Publish.html>.

use std::collections::BTreeMap;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use watchtrail_service::{Fault, uuid_of};
use watchtrail_wire::shapes::sns::{MessageAttributeValue, PublishInput, PublishResponse};

use super::ask::{Ask, topic_scope};
use super::message::{Attribute, Message, Text};
use super::state::Subscription;
use super::{faults, message};

/// The bytes of a message with its attributes.
const LARGEST: usize = 256 << 10;
/// AWS says "less than 100 characters long"; its emulators have found that it takes 100.
const LONGEST_SUBJECT: usize = 100;

/// The message is listed when this returns; its deliveries go on by themselves.
pub(super) fn publish(ask: &Ask<'_>, input: PublishInput) -> Result<PublishResponse, Fault> {
    let topic_arn = target(&input)?;
    if input.message_deduplication_id.is_some() {
        let reason =
            "The request includes MessageDeduplicationId parameter that is not valid for this topic type";
        return Err(faults::invalid(format!("MessageDeduplicationId Reason: {reason}")));
    }
    let given = input.message.unwrap_or_default();
    let attributes = attributes(input.message_attributes.unwrap_or_default())?;
    check_size(&given, &attributes)?;
    let message = Message {
        // An action that is repeated, because nobody knows whether it was done, is the same message.
        id: ask.action.map_or_else(|| ask.inner().entropy.uuid(), |action| uuid_of(action.0)),
        topic_arn,
        subject: subject(input.subject)?,
        text: text(given, input.message_structure.as_deref())?,
        attributes,
        time: ask.now,
    };
    if ask.action.is_some() && ask.inner().outbox.has_told(&message.id) {
        return Ok(PublishResponse { message_id: Some(message.id), sequence_number: None });
    }
    let subscribed: Vec<(String, Subscription)> = ask.inner().stored.read(|state| {
        state.topics.get(&message.topic_arn).ok_or_else(faults::no_topic)?;
        let all = state.subscribed(&message.topic_arn);
        // E-mail is listed unconfirmed, since it never can be confirmed.
        let wanted = all.filter(|(_, there)| there.confirmed || !there.protocol.is_posted());
        Ok(wanted.map(|(arn, there)| (arn.clone(), there.clone())).collect())
    })?;
    let mut deliveries = Vec::new();
    for (place, (arn, subscription)) in subscribed.iter().enumerate() {
        if subscription.protocol.is_posted() {
            let posting = message::notification(&message, arn, subscription);
            deliveries.push((place, ask.sns.keep(arn, posting)?));
        }
    }
    if ask.action.is_some() {
        ask.inner().outbox.told(&message.id).map_err(|error| {
            tracing::error!(%error, "a message was not remembered");
            Fault::internal()
        })?;
    }
    let number = ask.inner().notifications.push("sns", listed(&message, &subscribed));
    for (place, delivery) in deliveries {
        ask.sns.post(delivery, Some((number, place)));
    }
    Ok(PublishResponse { message_id: Some(message.id), sequence_number: None })
}

fn target(input: &PublishInput) -> Result<String, Fault> {
    if input.phone_number.is_some() {
        let reason = "Watchtrail's local host sends no text messages";
        return Err(faults::invalid(format!("PhoneNumber Reason: {reason}")));
    }
    let arn = match (&input.topic_arn, &input.target_arn) {
        (Some(arn), None) | (None, Some(arn)) => arn,
        (None, None) => {
            return Err(faults::invalid("TopicArn or TargetArn Reason: no value for required parameter"));
        }
        (Some(_), Some(_)) => {
            return Err(faults::invalid(
                "TopicArn Reason: Only one of TopicArn or TargetArn must be specified",
            ));
        }
    };
    topic_scope(arn, if input.topic_arn.is_some() { "TopicArn" } else { "TargetArn" })?;
    Ok(arn.clone())
}

fn subject(subject: Option<String>) -> Result<Option<String>, Fault> {
    let Some(subject) = subject else { return Ok(None) };
    let fits = (1..=LONGEST_SUBJECT).contains(&subject.chars().count());
    let begins_well =
        subject.starts_with(|first: char| first.is_alphanumeric() || first.is_ascii_punctuation());
    if fits && begins_well && !subject.contains(char::is_control) {
        Ok(Some(subject))
    } else {
        Err(faults::invalid("Subject"))
    }
}

fn text(given: String, structure: Option<&str>) -> Result<Text, Fault> {
    match structure {
        None if given.is_empty() => Err(faults::invalid("Empty message")),
        None => Ok(Text { default: given, by_protocol: BTreeMap::new() }),
        Some("json") => {
            let wrong = |what| faults::invalid(format!("Message Structure - {what}"));
            let Ok(Value::Object(members)) = serde_json::from_str(&given) else {
                return Err(wrong("JSON message body failed to parse"));
            };
            let texts = members.into_iter().filter_map(|(protocol, text)| match text {
                Value::String(text) => Some((protocol, text)),
                _ => None,
            });
            let mut by_protocol: BTreeMap<String, String> = texts.collect();
            let default = by_protocol.remove("default");
            let default = default.ok_or_else(|| wrong("No default entry in JSON message body"))?;
            Ok(Text { default, by_protocol })
        }
        Some(_) => Err(faults::invalid("MessageStructure")),
    }
}

fn check_size(message: &str, attributes: &BTreeMap<String, Attribute>) -> Result<(), Fault> {
    let attribute = |(name, attribute): (&String, &Attribute)| {
        name.len() + attribute.r#type.len() + attribute.value.len()
    };
    let size = message.len() + attributes.iter().map(attribute).sum::<usize>();
    if size > LARGEST { Err(faults::invalid("Message too long")) } else { Ok(()) }
}

fn attributes(given: BTreeMap<String, MessageAttributeValue>) -> Result<BTreeMap<String, Attribute>, Fault> {
    let mut attributes = BTreeMap::new();
    for (name, value) in given {
        let attribute = attribute(&name, value).map_err(faults::invalid_value)?;
        attributes.insert(name, attribute);
    }
    Ok(attributes)
}

fn attribute(name: &str, given: MessageAttributeValue) -> Result<Attribute, String> {
    let kind = given.data_type.unwrap_or_default();
    let named_well = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
    if !(1..=256).contains(&name.len()) || !name.bytes().all(named_well) {
        return Err(format!("The message attribute name '{name}' is invalid."));
    }
    let value = match kind.split('.').next() {
        Some("Binary") => given.binary_value.map(|bytes| STANDARD.encode(bytes.0)),
        Some("String" | "Number") => given.string_value,
        _ => {
            return Err(format!(
                "The message attribute '{name}' has an invalid message attribute type, the set of supported type \
                 prefixes is Binary, Number, and String."
            ));
        }
    };
    let Some(value) = value.filter(|value| !value.is_empty()) else {
        return Err(format!(
            "The message attribute '{name}' must contain non-empty message attribute value for message attribute \
             type '{kind}'."
        ));
    };
    if kind.starts_with("Number") && value.parse::<f64>().is_err() {
        return Err(format!("Could not cast message attribute '{name}' value to number."));
    }
    Ok(Attribute { r#type: kind, value })
}

/// The message in the list of notifications, before any delivery.
fn listed(message: &Message, subscribed: &[(String, Subscription)]) -> Value {
    let delivery = |(arn, there): &(String, Subscription)| {
        json!({
            "subscription_arn": arn,
            "protocol": there.protocol.name(),
            "endpoint": there.endpoint,
            "attempts": 0,
            "status": null,
            "outcome": if there.protocol.is_posted() { "pending" } else { "listed" },
        })
    };
    json!({
        "id": message.id,
        "time": message::time(message.time),
        "topic_arn": message.topic_arn,
        "subject": message.subject,
        "message": message.text.default,
        "message_attributes": message.attributes,
        "deliveries": subscribed.iter().map(delivery).collect::<Vec<_>>(),
    })
}
