//! SNS, as far as the local host embeds it: <https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonsns.html>

use watchtrail_core::iam::Keys;
use watchtrail_store::Scope;

use super::{Rule, all, arn, each, on, request_tags};
use crate::access::Members;

pub(super) const RULES: &[Rule] = &[
    on("ConfirmSubscription", &["TopicArn"], topics),
    on("CreateTopic", &["Name", "Tags"], topics).with(keys),
    on("DeleteTopic", &["TopicArn"], topics),
    on("GetSubscriptionAttributes", &["SubscriptionArn"], topics),
    on("GetTopicAttributes", &["TopicArn"], topics),
    all("ListSubscriptions"),
    on("ListSubscriptionsByTopic", &["TopicArn"], topics),
    on("ListTagsForResource", &["ResourceArn"], topics),
    all("ListTopics"),
    on("Publish", &["TopicArn", "TargetArn"], topics),
    on("SetSubscriptionAttributes", &["SubscriptionArn"], topics),
    on("SetTopicAttributes", &["TopicArn"], topics),
    on("Subscribe", &["TopicArn", "Protocol", "Endpoint"], topics).with(keys),
    on("TagResource", &["ResourceArn", "Tags"], topics).with(keys),
    on("Unsubscribe", &["SubscriptionArn"], topics),
    on("UntagResource", &["ResourceArn", "TagKeys"], topics).with(keys),
];

/// Topics; a subscription is asked for as its topic.
fn topics(scope: &Scope, members: &Members) -> Vec<String> {
    let named = each(members, &["Name"], |name| arn("sns", scope, name));
    let topics = each(members, &["TopicArn", "TargetArn", "ResourceArn"], str::to_owned);
    let of = |subscription: &str| subscription.rsplit_once(':').map_or("*", |(topic, _)| topic).to_owned();
    let subscribed = each(members, &["SubscriptionArn"], of);
    named.into_iter().chain(topics).chain(subscribed).collect()
}

fn keys(members: &Members, keys: &mut Keys) {
    request_tags(keys, members.value("Tags"));
    request_tags(keys, members.value("TagKeys"));
    for (key, member) in [("sns:Endpoint", "Endpoint"), ("sns:Protocol", "Protocol")] {
        if let Some(text) = members.text(member) {
            keys.set(key, text);
        }
    }
}
