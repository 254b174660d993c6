//! CloudWatch Logs: <https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazoncloudwatchlogs.html>
//!
//! What is done to a group is asked for `log-group:<name>:log-stream:`, without a stream, as AWS's refusals show it; so `log-group:<name>:*` in a
//! policy is a group with all its streams. Tags alone are asked for `log-group:<name>`
//! (<https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/iam-access-control-overview-cwl.html>).

use watchtrail_core::iam::Keys;
use watchtrail_store::Scope;

use super::{Rule, all, arn, each, on, request_tags};
use crate::access::Members;

pub(super) const RULES: &[Rule] = &[
    on("AssociateKmsKey", &["logGroupName", "resourceIdentifier"], groups),
    all("CancelExportTask"),
    on("CreateExportTask", &["logGroupName"], groups),
    on("CreateLogGroup", &["logGroupName", "tags"], groups).with(tags),
    on("CreateLogStream", STREAM, streams),
    on("DeleteDestination", &["destinationName"], destinations),
    on("DeleteLogGroup", &["logGroupName"], groups),
    on("DeleteLogStream", STREAM, streams),
    on("DeleteMetricFilter", &["logGroupName"], groups),
    all("DeleteQueryDefinition"),
    on("DeleteResourcePolicy", &["resourceArn"], tagged),
    on("DeleteRetentionPolicy", &["logGroupName"], groups),
    on("DeleteSubscriptionFilter", &["logGroupName"], groups),
    all("DescribeDestinations"),
    all("DescribeExportTasks"),
    on("DescribeLogGroups", &["logGroupIdentifiers"], groups_or_all),
    on("DescribeLogStreams", GROUP, groups),
    on("DescribeMetricFilters", &["logGroupName"], groups_or_all),
    all("DescribeQueryDefinitions"),
    on("DescribeResourcePolicies", &["resourceArn"], tagged),
    on("DescribeSubscriptionFilters", &["logGroupName"], groups),
    on("DisassociateKmsKey", &["logGroupName", "resourceIdentifier"], groups),
    on("FilterLogEvents", GROUP, groups),
    on("GetLogEvents", EVENTS, streams),
    all("GetLogRecord"),
    on("ListLogGroups", &[], groups_or_all),
    on("ListTagsForResource", &["resourceArn"], tagged),
    on("ListTagsLogGroup", &["logGroupName"], groups),
    on("PutDestination", &["destinationName", "tags"], destinations).with(tags),
    on("PutDestinationPolicy", &["destinationName"], destinations),
    on("PutLogEvents", STREAM, streams),
    on("PutLogGroupDeletionProtection", &["logGroupIdentifier"], groups),
    on("PutMetricFilter", &["logGroupName"], groups),
    all("PutQueryDefinition"),
    on("PutResourcePolicy", &["resourceArn"], tagged),
    on("PutRetentionPolicy", &["logGroupName"], groups),
    on("PutSubscriptionFilter", &["logGroupName", "destinationArn"], subscribed).with(destination),
    on("StartLiveTail", &["logGroupIdentifiers"], groups),
    on("TagLogGroup", &["logGroupName", "tags"], groups).with(tags),
    on("TagResource", &["resourceArn", "tags"], tagged).with(tags),
    all("TestMetricFilter"),
    on("UntagLogGroup", &["logGroupName", "tags"], groups).with(tags),
    on("UntagResource", &["resourceArn", "tagKeys"], tagged).with(tag_keys),
];

const GROUP: &[&str] = &["logGroupName", "logGroupIdentifier"];
const STREAM: &[&str] = &["logGroupName", "logStreamName"];
const EVENTS: &[&str] = &["logGroupName", "logGroupIdentifier", "logStreamName"];

/// The members that name groups, by name or by ARN.
const NAMES: [&str; 4] = ["logGroupName", "logGroupIdentifier", "logGroupIdentifiers", "resourceIdentifier"];

/// The ARN of what a name or an ARN names, without `:*` behind it.
fn plain(scope: &Scope, identifier: &str) -> String {
    if identifier.starts_with("arn:") {
        return identifier.strip_suffix(":*").unwrap_or(identifier).to_owned();
    }
    arn("logs", scope, &format!("log-group:{identifier}"))
}

fn groups(scope: &Scope, members: &Members) -> Vec<String> {
    each(members, &NAMES, |name| format!("{}:log-stream:", plain(scope, name)))
}

/// The groups that are named; where none is, all of them, in AWS's odd spelling.
fn groups_or_all(scope: &Scope, members: &Members) -> Vec<String> {
    let named = groups(scope, members);
    if named.is_empty() { vec![arn("logs", scope, "log-group::log-stream:")] } else { named }
}

fn streams(scope: &Scope, members: &Members) -> Vec<String> {
    let stream = members.text("logStreamName").unwrap_or_default();
    groups(scope, members).into_iter().map(|group| format!("{group}{stream}")).collect()
}

fn destinations(scope: &Scope, members: &Members) -> Vec<String> {
    each(members, &["destinationName"], |name| arn("logs", scope, &format!("destination:{name}")))
}

/// A group, and the destination where it is one of CloudWatch Logs.
fn subscribed(scope: &Scope, members: &Members) -> Vec<String> {
    let destination = members.text("destinationArn").filter(|arn| arn.starts_with("arn:aws:logs:"));
    groups(scope, members).into_iter().chain(destination.map(str::to_owned)).collect()
}

fn tagged(scope: &Scope, members: &Members) -> Vec<String> {
    each(members, &["resourceArn"], |arn| plain(scope, arn))
}

fn tags(members: &Members, keys: &mut Keys) {
    request_tags(keys, members.value("tags"));
}

fn tag_keys(members: &Members, keys: &mut Keys) {
    request_tags(keys, members.value("tagKeys"));
}

fn destination(members: &Members, keys: &mut Keys) {
    if let Some(arn) = members.text("destinationArn") {
        keys.set("logs:DestinationArn", arn);
    }
}
