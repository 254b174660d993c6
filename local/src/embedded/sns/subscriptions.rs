//! Subscriptions and their handshake: <https://docs.aws.amazon.com/sns/latest/api/API_Subscribe.html>.
//!
//! An `http` endpoint is sent a token, and is subscribed once somebody brings it back, by `ConfirmSubscription` or by following the
//! link. The token stays valid, and subscribing again sends it again.

use std::collections::BTreeMap;

use http::Uri;
use serde_json::Value;
use watchtrail_service::Fault;
use watchtrail_wire::shapes::sns::{
    ConfirmSubscriptionInput, ConfirmSubscriptionResponse, GetSubscriptionAttributesInput,
    GetSubscriptionAttributesResponse, ListSubscriptionsByTopicInput, ListSubscriptionsByTopicResponse,
    ListSubscriptionsInput, ListSubscriptionsResponse, SetSubscriptionAttributesInput, SubscribeInput,
    SubscribeResponse, Subscription as Listed, UnsubscribeInput,
};

use super::ask::{Ask, Page, page, subscription_scope, topic_scope};
use super::state::{Protocol, Subscription, arn_prefix, below};
use super::{faults, message};

/// What stands in AWS's lists instead of an ARN.
const PENDING: &str = "PendingConfirmation";

pub(super) fn subscribe(ask: &Ask<'_>, input: SubscribeInput) -> Result<SubscribeResponse, Fault> {
    let topic_arn = ask.topic(input.topic_arn)?;
    let protocol = protocol(&input.protocol.unwrap_or_default())?;
    let endpoint = endpoint(protocol, input.endpoint)?;
    let mut attributes = BTreeMap::new();
    for (name, value) in input.attributes.unwrap_or_default() {
        attribute(protocol, &name, &value)
            .map_err(|reason| faults::invalid(format!("Attributes Reason: {reason}")))?;
        attributes.insert(name, value);
    }
    let arn = format!("{topic_arn}:{}", ask.inner().entropy.uuid());
    let entropy = &ask.inner().entropy;
    let new = Subscription {
        topic_arn,
        protocol,
        endpoint,
        owner: ask.scope.account.clone(),
        token: format!("{:032x}{:032x}", entropy.bits(), entropy.bits()),
        confirmed: false,
        attributes,
        origin: ask.origin.clone(),
    };
    let (arn, subscription) = add(ask, arn, new)?;
    if !subscription.confirmed && protocol.is_posted() {
        let posting = message::confirmation(&subscription, entropy.uuid(), ask.now);
        ask.sns.post(ask.sns.keep(&arn, posting)?, None);
    }
    let told = subscription.confirmed || input.return_subscription_arn == Some(true);
    let subscription_arn = if told { arn } else { "pending confirmation".to_owned() };
    Ok(SubscribeResponse { subscription_arn: Some(subscription_arn) })
}

/// The subscription as it is now: the new one, or that which the endpoint has already.
fn add(ask: &Ask<'_>, arn: String, new: Subscription) -> Result<(String, Subscription), Fault> {
    ask.inner().stored.change(|state| {
        state.topic(&new.topic_arn)?;
        let same = |there: &Subscription| there.protocol == new.protocol && there.endpoint == new.endpoint;
        let there = state.subscribed(&new.topic_arn).find(|(_, there)| same(there));
        let Some(arn) = there.map(|(arn, _)| arn.clone()) else {
            state.subscriptions.insert(arn.clone(), new.clone());
            return Ok((arn, new));
        };
        let there = state.subscription(&arn)?;
        if new.attributes.iter().any(|(name, value)| there.attributes.get(name) != Some(value)) {
            let reason = "Attributes Reason: Subscription already exists with different attributes";
            return Err(faults::invalid(reason));
        }
        there.origin = new.origin;
        Ok((arn, there.clone()))
    })
}

fn protocol(name: &str) -> Result<Protocol, Fault> {
    match name {
        "http" => Ok(Protocol::Http),
        "https" => Ok(Protocol::Https),
        "email" => Ok(Protocol::Email),
        "email-json" => Ok(Protocol::EmailJson),
        "sqs" | "lambda" | "sms" | "application" | "firehose" => Err(faults::invalid(format!(
            "Protocol Reason: Watchtrail's local host delivers http and https only, not {name}"
        ))),
        _ => Err(faults::invalid(format!("Amazon SNS does not support this protocol string: {name}"))),
    }
}

fn endpoint(protocol: Protocol, endpoint: Option<String>) -> Result<String, Fault> {
    let endpoint =
        endpoint.filter(|endpoint| !endpoint.is_empty()).ok_or_else(|| faults::invalid("Endpoint"))?;
    if !protocol.is_posted() {
        let is_address =
            endpoint.split_once('@').is_some_and(|(name, host)| !name.is_empty() && !host.is_empty());
        return if is_address { Ok(endpoint) } else { Err(faults::invalid("Email address")) };
    }
    let uri = endpoint.parse::<Uri>().ok().filter(|uri| uri.host().is_some_and(|host| !host.is_empty()));
    match uri.as_ref().and_then(Uri::scheme_str) {
        Some(scheme) if scheme == protocol.name() => Ok(endpoint),
        _ => Err(faults::invalid("Endpoint must match the specified protocol")),
    }
}

/// What is wrong with an attribute of a subscription.
fn attribute(protocol: Protocol, name: &str, value: &str) -> Result<(), String> {
    match name {
        "RawMessageDelivery" if value != "true" && value != "false" => {
            Err(format!("RawMessageDelivery: Invalid value [{value}]. Must be true or false."))
        }
        "RawMessageDelivery" if !protocol.is_posted() => Err(format!(
            "RawMessageDelivery: Delivery protocol [{}] does not support raw message delivery.",
            protocol.name()
        )),
        "DeliveryPolicy" if !matches!(serde_json::from_str(value), Ok(Value::Object(_))) => {
            Err("DeliveryPolicy: failed to parse JSON.".to_owned())
        }
        "RawMessageDelivery" | "DeliveryPolicy" => Ok(()),
        "FilterPolicy" | "FilterPolicyScope" | "RedrivePolicy" | "ReplayPolicy" | "SubscriptionRoleArn" => {
            Err(format!("{name} is not supported by Watchtrail's local host"))
        }
        _ => Err(format!("Unknown attribute {name}")),
    }
}

pub(super) fn confirm(
    ask: &Ask<'_>,
    input: ConfirmSubscriptionInput,
) -> Result<ConfirmSubscriptionResponse, Fault> {
    let (topic_arn, token) = (input.topic_arn.unwrap_or_default(), input.token.unwrap_or_default());
    topic_scope(&topic_arn, "TopicArn")?;
    let arn = ask.inner().stored.change(|state| {
        state.topic(&topic_arn)?;
        let proved = state.subscribed(&topic_arn).find(|(_, there)| there.token == token);
        let arn = proved.map(|(arn, _)| arn.clone()).ok_or_else(|| faults::invalid("Token"))?;
        state.subscription(&arn)?.confirmed = true;
        Ok(arn)
    })?;
    Ok(ConfirmSubscriptionResponse { subscription_arn: Some(arn) })
}

/// Whoever knows the ARN may: the link in each message has no signature. As with AWS, one that is not there is gone.
pub(super) fn unsubscribe(ask: &Ask<'_>, input: UnsubscribeInput) -> Result<(), Fault> {
    let arn = input.subscription_arn.unwrap_or_default();
    subscription_scope(&arn)?;
    ask.inner().stored.change(|state| {
        if let Some(gone) = state.subscriptions.remove(&arn) {
            state.topic(&gone.topic_arn)?.deleted += 1;
        }
        Ok(())
    })
}

pub(super) fn list(ask: &Ask<'_>, input: ListSubscriptionsInput) -> Result<ListSubscriptionsResponse, Fault> {
    ask.inner().stored.read(|state| {
        let all = below(&state.subscriptions, arn_prefix(&ask.scope));
        let Page { items, next_token } = page(all, input.next_token)?;
        Ok(ListSubscriptionsResponse {
            subscriptions: Some(items.into_iter().map(listed).collect()),
            next_token,
        })
    })
}

pub(super) fn list_by_topic(
    ask: &Ask<'_>,
    input: ListSubscriptionsByTopicInput,
) -> Result<ListSubscriptionsByTopicResponse, Fault> {
    let arn = ask.topic(input.topic_arn)?;
    ask.inner().stored.read(|state| {
        state.topics.get(&arn).ok_or_else(faults::no_topic)?;
        let Page { items, next_token } = page(state.subscribed(&arn), input.next_token)?;
        let subscriptions = Some(items.into_iter().map(listed).collect());
        Ok(ListSubscriptionsByTopicResponse { subscriptions, next_token })
    })
}

fn listed((arn, subscription): (&String, &Subscription)) -> Listed {
    let arn = if subscription.confirmed { arn } else { PENDING };
    Listed {
        subscription_arn: Some(arn.to_owned()),
        owner: Some(subscription.owner.clone()),
        protocol: Some(subscription.protocol.name().to_owned()),
        endpoint: Some(subscription.endpoint.clone()),
        topic_arn: Some(subscription.topic_arn.clone()),
    }
}

pub(super) fn attributes(
    ask: &Ask<'_>,
    input: GetSubscriptionAttributesInput,
) -> Result<GetSubscriptionAttributesResponse, Fault> {
    let arn = ask.subscription(input.subscription_arn)?;
    ask.inner().stored.read(|state| {
        let subscription = state.subscriptions.get(&arn).ok_or_else(faults::no_subscription)?;
        let mut attributes: BTreeMap<String, String> = [
            ("SubscriptionArn", arn.clone()),
            ("TopicArn", subscription.topic_arn.clone()),
            ("Owner", subscription.owner.clone()),
            ("Protocol", subscription.protocol.name().to_owned()),
            ("Endpoint", subscription.endpoint.clone()),
            ("ConfirmationWasAuthenticated", "false".to_owned()),
            ("PendingConfirmation", (!subscription.confirmed).to_string()),
            ("RawMessageDelivery", "false".to_owned()),
        ]
        .map(|(name, value)| (name.to_owned(), value))
        .into();
        attributes.extend(subscription.attributes.clone());
        Ok(GetSubscriptionAttributesResponse { attributes: Some(attributes) })
    })
}

pub(super) fn set_attribute(ask: &Ask<'_>, input: SetSubscriptionAttributesInput) -> Result<(), Fault> {
    let arn = ask.subscription(input.subscription_arn)?;
    let (name, value) = (input.attribute_name.unwrap_or_default(), input.attribute_value.unwrap_or_default());
    ask.inner().stored.change(|state| {
        let subscription = state.subscription(&arn)?;
        attribute(subscription.protocol, &name, &value)
            .map_err(|reason| faults::invalid(format!("AttributeName Reason: {reason}")))?;
        subscription.attributes.insert(name, value);
        Ok(())
    })
}
