//! What each operation is in policies: its action, the members of its input that make its resources, and its condition keys.
//!
//! As AWS lists them in its service authorization reference
//! (<https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html>); the
//! form of the resources as they stand in AWS's refusals. An operation without a line is refused to everybody, and a test finds it.
//! Not here: `aws:ResourceTag`, which would be a read more for each request.

mod cloudtrail;
mod cloudwatch;
mod logs;
mod sns;

use serde_json::Value;
use watchtrail_core::iam::Keys;
use watchtrail_store::Scope;

use super::Members;

/// One operation.
#[derive(Debug, Clone, Copy)]
pub struct Rule {
    pub(super) operation: &'static str,
    /// The members that are looked at.
    pub(super) members: &'static [&'static str],
    /// The resources; all must be allowed. None is all.
    pub(super) on: fn(&Scope, &Members) -> Vec<String>,
    /// Condition keys of its own.
    pub(super) keys: fn(&Members, &mut Keys),
}

/// An operation on resources.
const fn on(
    operation: &'static str,
    members: &'static [&'static str],
    on: fn(&Scope, &Members) -> Vec<String>,
) -> Rule {
    Rule { operation, members, on, keys: |_, _| {} }
}

/// An operation on nothing in particular.
const fn all(operation: &'static str) -> Rule {
    on(operation, &[], |_, _| Vec::new())
}

impl Rule {
    const fn with(self, keys: fn(&Members, &mut Keys)) -> Self {
        Self { keys, ..self }
    }
}

/// The line of an operation of the service that AWS's tools call `service`, and that its actions are named after, too.
pub fn rule(service: &str, operation: &str) -> Option<&'static Rule> {
    let rules = match service {
        "cloudwatch" => cloudwatch::RULES,
        "logs" => logs::RULES,
        "cloudtrail" => cloudtrail::RULES,
        "cloudtrail-data" => cloudtrail::DATA_RULES,
        "sns" => sns::RULES,
        _ => return None,
    };
    rules.iter().find(|rule| rule.operation == operation)
}

fn arn(service: &str, scope: &Scope, rest: &str) -> String {
    format!("arn:aws:{service}:{}:{}:{rest}", scope.region, scope.account)
}

/// What the texts of some members are made to.
fn each(members: &Members, names: &[&str], made: impl Fn(&str) -> String) -> Vec<String> {
    names.iter().flat_map(|name| members.texts(name)).map(made).collect()
}

/// The keys of tags that come with a request, and their values.
fn request_tags(keys: &mut Keys, tags: &Value) {
    let pairs: Vec<(String, Option<String>)> = match tags {
        Value::Object(map) => {
            map.iter().map(|(key, value)| (key.clone(), value.as_str().map(str::to_owned))).collect()
        }
        Value::Array(list) => list.iter().filter_map(pair).collect(),
        _ => return,
    };
    for (key, value) in &pairs {
        if let Some(value) = value {
            keys.set(&format!("aws:RequestTag/{key}"), value);
        }
    }
    keys.set_all("aws:TagKeys", pairs.into_iter().map(|(key, _)| key).collect());
}

/// A tag as a structure, or the key of one alone.
fn pair(tag: &Value) -> Option<(String, Option<String>)> {
    if let Some(key) = tag.as_str() {
        return Some((key.to_owned(), None));
    }
    let value = tag["Value"].as_str().unwrap_or_default().to_owned();
    Some((tag["Key"].as_str()?.to_owned(), Some(value)))
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use watchtrail_core::iam::{Ask, Decision, Policy, decide};

    use super::*;

    fn check(service: &str, operation: &str, input: Value, expected: &[&str]) {
        let scope = Scope { account: "111122223333".to_owned(), region: "eu-west-1".to_owned() };
        let rule = rule(service, operation).unwrap();
        for (name, _) in input.as_object().unwrap() {
            assert!(rule.members.contains(&name.as_str()), "{operation} does not look at {name}");
        }
        assert_eq!(rule.resources(&scope, &Members::of(input)), expected, "{operation}");
    }

    #[test]
    fn resources_of_operations() {
        let alarm = |name: &str| format!("arn:aws:cloudwatch:eu-west-1:111122223333:alarm:{name}");
        let group = |rest: &str| format!("arn:aws:logs:eu-west-1:111122223333:log-group:{rest}");
        check("cloudwatch", "PutMetricData", json!({ "Namespace": "N" }), &["*"]);
        check("cloudwatch", "PutMetricAlarm", json!({ "AlarmName": "a" }), &[&alarm("a")]);
        check("cloudwatch", "DeleteAlarms", json!({ "AlarmNames": ["a", "b"] }), &[&alarm("a"), &alarm("b")]);
        check("cloudwatch", "DescribeAlarms", json!({}), &[&alarm("*")]);
        let tagged = json!({ "ResourceARN": alarm("x") });
        check("cloudwatch", "ListTagsForResource", tagged, &[&alarm("x")]);
        let rule = json!({ "Name": "m", "MuteTargets": { "AlarmNames": ["a"] } });
        let mute = "arn:aws:cloudwatch:eu-west-1:111122223333:alarm-mute-rule:m";
        check("cloudwatch", "PutAlarmMuteRule", rule, &[mute, &alarm("a")]);
        check("logs", "CreateLogGroup", json!({ "logGroupName": "g" }), &[&group("g:log-stream:")]);
        let stream = json!({ "logGroupName": "g", "logStreamName": "s" });
        check("logs", "PutLogEvents", stream, &[&group("g:log-stream:s")]);
        let by_arn = json!({ "logGroupIdentifier": group("g:*"), "logStreamName": "s" });
        check("logs", "GetLogEvents", by_arn, &[&group("g:log-stream:s")]);
        check("logs", "DescribeLogGroups", json!({}), &[&group(":log-stream:")]);
        check("logs", "TagResource", json!({ "resourceArn": group("g:*") }), &[&group("g")]);
        check("logs", "DescribeQueryDefinitions", json!({}), &["*"]);
        let trail = "arn:aws:cloudtrail:eu-west-1:111122223333:trail/t";
        check("cloudtrail", "StartLogging", json!({ "Name": "t" }), &[trail]);
        check("cloudtrail", "StartLogging", json!({ "Name": trail }), &[trail]);
        check("cloudtrail", "LookupEvents", json!({}), &["*"]);
        let topic = "arn:aws:sns:eu-west-1:111122223333:t";
        check("sns", "Publish", json!({ "TopicArn": topic }), &[topic]);
        check("sns", "Unsubscribe", json!({ "SubscriptionArn": format!("{topic}:1-2") }), &[topic]);
    }

    /// AWS's own example: a key that may only put data into one namespace.
    #[test]
    fn one_namespace() {
        let policy = r#"{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Resource": "*",
            "Action": "cloudwatch:PutMetricData", "Condition": {"StringEquals": {"cloudwatch:namespace": "Shop"}}}}"#;
        let policy = Policy::parse(policy).unwrap();
        let says = |namespace: &str| {
            let mut keys = Keys::default();
            let rule = rule("cloudwatch", "PutMetricData").unwrap();
            (rule.keys)(&Members::of(json!({ "Namespace": namespace })), &mut keys);
            decide(&policy, &Ask { action: "cloudwatch:PutMetricData", resource: "*", keys: &keys })
        };
        assert_eq!(says("Shop"), Decision::Allowed);
        assert_eq!(says("Shop2"), Decision::NotAllowed);
        assert_eq!(says(""), Decision::NotAllowed);
    }
}
