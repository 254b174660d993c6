//! CloudTrail and CloudTrail Data: <https://docs.aws.amazon.com/service-authorization/latest/reference/list_awscloudtrail.html>

use watchtrail_core::iam::Keys;
use watchtrail_store::Scope;

use super::{Rule, all, arn, each, on, request_tags};
use crate::access::Members;

pub(super) const RULES: &[Rule] = &[
    on("AddTags", &["ResourceId", "TagsList"], resources).with(tags),
    on("CreateChannel", &["Tags"], |scope, _| vec![arn("cloudtrail", scope, "channel/*")]).with(tags),
    on("CreateTrail", &["Name", "TagsList"], trails).with(tags),
    on("DeleteChannel", &["Channel"], channels),
    on("DeleteTrail", &["Name"], trails),
    all("DescribeTrails"),
    on("GetChannel", &["Channel"], channels),
    on("GetEventSelectors", &["TrailName"], trails),
    on("GetInsightSelectors", &["TrailName"], trails),
    on("GetTrail", &["Name"], trails),
    on("GetTrailStatus", &["Name"], trails),
    all("ListChannels"),
    all("ListPublicKeys"),
    on("ListTags", &["ResourceIdList"], resources),
    all("ListTrails"),
    all("LookupEvents"),
    on("PutEventSelectors", &["TrailName"], trails),
    on("PutInsightSelectors", &["TrailName"], trails),
    on("RemoveTags", &["ResourceId", "TagsList"], resources).with(tags),
    on("StartLogging", &["Name"], trails),
    on("StopLogging", &["Name"], trails),
    on("UpdateChannel", &["Channel"], channels),
    on("UpdateTrail", &["Name"], trails),
];

pub(super) const DATA_RULES: &[Rule] = &[on("PutAuditEvents", &["channelArn"], |scope, members| {
    each(members, &["channelArn"], |channel| named(scope, "channel", channel))
})];

/// The ARN of what is named by its name or by its ARN.
fn named(scope: &Scope, kind: &str, name: &str) -> String {
    if name.starts_with("arn:") {
        name.to_owned()
    } else {
        arn("cloudtrail", scope, &format!("{kind}/{name}"))
    }
}

fn trails(scope: &Scope, members: &Members) -> Vec<String> {
    each(members, &["Name", "TrailName"], |name| named(scope, "trail", name))
}

fn channels(scope: &Scope, members: &Members) -> Vec<String> {
    each(members, &["Channel"], |name| named(scope, "channel", name))
}

fn resources(_: &Scope, members: &Members) -> Vec<String> {
    each(members, &["ResourceId", "ResourceIdList"], str::to_owned)
}

fn tags(members: &Members, keys: &mut Keys) {
    request_tags(keys, members.value("TagsList"));
    request_tags(keys, members.value("Tags"));
}
