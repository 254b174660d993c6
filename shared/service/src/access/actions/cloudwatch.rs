//! CloudWatch: <https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazoncloudwatch.html>

use watchtrail_core::iam::Keys;
use watchtrail_store::Scope;

use super::{Rule, all, arn, each, on, request_tags};
use crate::access::Members;

pub(super) const RULES: &[Rule] = &[
    on("DeleteAlarmMuteRule", &["AlarmMuteRuleName"], mute_rules),
    on("DeleteAlarms", &["AlarmNames"], alarms),
    on("DescribeAlarmHistory", &["AlarmName"], alarms),
    on("DescribeAlarms", &["AlarmNames"], alarms),
    all("DescribeAlarmsForMetric"),
    on("DisableAlarmActions", &["AlarmNames"], alarms),
    on("EnableAlarmActions", &["AlarmNames"], alarms),
    on("GetAlarmMuteRule", &["AlarmMuteRuleName"], mute_rules),
    all("GetMetricData"),
    all("GetMetricStatistics"),
    all("ListAlarmMuteRules"),
    all("ListMetrics"),
    on("ListTagsForResource", &["ResourceARN"], tagged),
    on("PutAlarmMuteRule", &["Name", "MuteTargets", "Tags"], muting).with(tags),
    on("PutCompositeAlarm", ALARM, alarms).with(actions),
    on("PutMetricAlarm", ALARM, alarms).with(actions),
    on("PutMetricData", &["Namespace"], |_, _| Vec::new()).with(namespace),
    on("SetAlarmState", &["AlarmName"], alarms),
    on("TagResource", &["ResourceARN", "Tags"], tagged).with(tags),
    on("UntagResource", &["ResourceARN", "TagKeys"], tagged).with(tag_keys),
];

const ALARM: &[&str] = &["AlarmName", "AlarmActions", "OKActions", "InsufficientDataActions", "Tags"];

/// The alarms that are named; where none is, all of them.
fn alarms(scope: &Scope, members: &Members) -> Vec<String> {
    let alarm = |name: &str| arn("cloudwatch", scope, &format!("alarm:{name}"));
    let named = each(members, &["AlarmName", "AlarmNames"], alarm);
    if named.is_empty() { vec![alarm("*")] } else { named }
}

fn mute_rule(scope: &Scope, name: &str) -> String {
    arn("cloudwatch", scope, &format!("alarm-mute-rule:{name}"))
}

fn mute_rules(scope: &Scope, members: &Members) -> Vec<String> {
    each(members, &["AlarmMuteRuleName"], |name| mute_rule(scope, name))
}

/// A rule and the alarms that it mutes
/// (<https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutAlarmMuteRule.html>).
fn muting(scope: &Scope, members: &Members) -> Vec<String> {
    let targets = members.value("MuteTargets")["AlarmNames"].as_array().into_iter().flatten();
    let targets = targets.filter_map(|name| name.as_str());
    let alarm = |name: &str| arn("cloudwatch", scope, &format!("alarm:{name}"));
    let rules = each(members, &["Name"], |name| mute_rule(scope, name));
    rules.into_iter().chain(targets.map(alarm)).collect()
}

fn tagged(_: &Scope, members: &Members) -> Vec<String> {
    each(members, &["ResourceARN"], str::to_owned)
}

fn tags(members: &Members, keys: &mut Keys) {
    request_tags(keys, members.value("Tags"));
}

fn tag_keys(members: &Members, keys: &mut Keys) {
    request_tags(keys, members.value("TagKeys"));
}

fn namespace(members: &Members, keys: &mut Keys) {
    if let Some(namespace) = members.text("Namespace") {
        keys.set("cloudwatch:namespace", namespace);
    }
}

fn actions(members: &Members, keys: &mut Keys) {
    let lists = ["AlarmActions", "OKActions", "InsufficientDataActions"];
    keys.set_all("cloudwatch:AlarmActions", each(members, &lists, str::to_owned));
    tags(members, keys);
}
