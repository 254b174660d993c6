//! What endpoints are sent: <https://docs.aws.amazon.com/sns/latest/dg/sns-message-and-json-formats.html>.
//!
//! AWS signs its messages with a key that nobody else has. The members for that are there, so that a parser finds them, and say
//! what is true: `Signature` is base64 of "not signed by AWS", `SigningCertURL` leads to nothing, on this host. Whoever verifies signatures
//! refuses these messages, and has to leave that out in tests.

use std::collections::BTreeMap;
use std::fmt::Write;

use serde::Serialize;
use watchtrail_core::time::Timestamp;

use super::delivery::Posting;
use super::state::Subscription;

/// "not signed by AWS".
const SIGNATURE: &str = "bm90IHNpZ25lZCBieSBBV1M=";

/// A message that was published.
#[derive(Debug)]
pub(super) struct Message {
    pub(super) id: String,
    pub(super) topic_arn: String,
    pub(super) subject: Option<String>,
    pub(super) text: Text,
    pub(super) attributes: BTreeMap<String, Attribute>,
    pub(super) time: Timestamp,
}

/// A message's text, which may be another for a protocol.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Text {
    pub(super) default: String,
    pub(super) by_protocol: BTreeMap<String, String>,
}

impl Text {
    pub(super) fn of(&self, protocol: &str) -> &str {
        self.by_protocol.get(protocol).unwrap_or(&self.default)
    }
}

/// An attribute of a message, as it is shown to endpoints: binary values in base64.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Attribute {
    pub(super) r#type: String,
    pub(super) value: String,
}

/// The message as a subscription wants it.
pub(super) fn notification(message: &Message, arn: &str, subscription: &Subscription) -> Posting {
    let text = message.text.of(subscription.protocol.name());
    let mut headers = headers("Notification", &message.id, &message.topic_arn);
    headers.push(("x-amz-sns-subscription-arn".to_owned(), arn.to_owned()));
    if subscription.is_raw() {
        headers.push(("x-amz-sns-rawdelivery".to_owned(), "true".to_owned()));
        return Posting { endpoint: subscription.endpoint.clone(), headers, body: text.to_owned() };
    }
    let unsubscribe = link(&subscription.origin, "Unsubscribe", &[("SubscriptionArn", arn)]);
    let mut document = Document::default();
    document.text("Type", "Notification");
    document.text("MessageId", &message.id);
    document.text("TopicArn", &message.topic_arn);
    if let Some(subject) = &message.subject {
        document.text("Subject", subject);
    }
    document.text("Message", text);
    document.text("Timestamp", &time(message.time));
    document.signature(&subscription.origin);
    document.text("UnsubscribeURL", &unsubscribe);
    document.attributes(&message.attributes);
    Posting { endpoint: subscription.endpoint.clone(), headers, body: document.end() }
}

/// The token, and the link to bring it back with.
pub(super) fn confirmation(subscription: &Subscription, id: String, now: Timestamp) -> Posting {
    let (topic, token) = (&subscription.topic_arn, &subscription.token);
    let text = format!(
        "You have chosen to subscribe to the topic {topic}.\n\
         To confirm the subscription, visit the SubscribeURL included in this message."
    );
    let subscribe =
        link(&subscription.origin, "ConfirmSubscription", &[("TopicArn", topic), ("Token", token)]);
    let mut document = Document::default();
    document.text("Type", "SubscriptionConfirmation");
    document.text("MessageId", &id);
    document.text("Token", token);
    document.text("TopicArn", topic);
    document.text("Message", &text);
    document.text("SubscribeURL", &subscribe);
    document.text("Timestamp", &time(now));
    document.signature(&subscription.origin);
    let headers = headers("SubscriptionConfirmation", &id, topic);
    Posting { endpoint: subscription.endpoint.clone(), headers, body: document.end() }
}

fn headers(kind: &str, id: &str, topic: &str) -> Vec<(String, String)> {
    let headers =
        [("x-amz-sns-message-type", kind), ("x-amz-sns-message-id", id), ("x-amz-sns-topic-arn", topic)];
    headers.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec()
}

fn link(origin: &str, action: &str, parameters: &[(&str, &str)]) -> String {
    let mut query = form_urlencoded::Serializer::new(String::new());
    query.append_pair("Action", action).extend_pairs(parameters);
    format!("{origin}/?{}", query.finish())
}

/// With milliseconds, always: `2026-11-21T10:00:00.000Z`.
pub(super) fn time(time: Timestamp) -> String {
    let second = time.floor_to(1).to_string();
    format!("{}.{:03}Z", second.trim_end_matches('Z'), time.millis().rem_euclid(1000))
}

/// A JSON object as AWS lays it out: a member a line, spaces around the colons.
#[derive(Default)]
struct Document(String);

impl Document {
    fn member(&mut self, name: &str, json: &str) {
        let before = if self.0.is_empty() { "{" } else { "," };
        // Writing to a String cannot fail.
        let _ = write!(self.0, "{before}\n  \"{name}\" : {json}");
    }

    fn text(&mut self, name: &str, text: &str) {
        self.member(name, &json(&text));
    }

    fn signature(&mut self, origin: &str) {
        self.text("SignatureVersion", "1");
        self.text("Signature", SIGNATURE);
        self.text("SigningCertURL", &format!("{origin}/_watchtrail/there-is-no-certificate.pem"));
    }

    fn attributes(&mut self, attributes: &BTreeMap<String, Attribute>) {
        if attributes.is_empty() {
            return;
        }
        let line = |(name, attribute)| format!("    {} : {}", json(&name), json(attribute));
        let lines: Vec<String> = attributes.iter().map(line).collect();
        self.member("MessageAttributes", &format!("{{\n{}\n  }}", lines.join(",\n")));
    }

    fn end(self) -> String {
        self.0 + "\n}"
    }
}

/// Texts and attributes always have a JSON form.
fn json(value: &impl Serialize) -> String {
    serde_json::to_string(value).unwrap_or_default()
}
