//! What is particular to the suite's own APIs in an audit record.

use serde_json::{Map, Value};
use watchtrail_store::Scope;

use super::Resource;

/// Control plane or data plane.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Always recorded.
    Management,
    /// Recorded where a trail selects it.
    Data,
}

/// Where CloudTrail puts a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Division {
    /// Management or data.
    pub kind: Kind,
    /// Whether it changes nothing.
    pub read_only: bool,
}

/// The data plane of metrics. AWS counts these among the data events of `AWS::CloudWatch::Metric`.
const METRICS: [&str; 5] =
    ["GetMetricData", "GetMetricStatistics", "GetMetricWidgetImage", "ListMetrics", "PutMetricData"];

/// The data plane of logs.
const LOGS: [&str; 5] = ["FilterLogEvents", "GetLogEvents", "GetLogRecord", "PutLogEvents", "StartLiveTail"];

/// How the names of operations begin that change nothing.
const READING: [&str; 6] = ["Describe", "Filter", "Get", "List", "Lookup", "Test"];

impl Division {
    /// Of an operation of the service that AWS's tools call `service`.
    pub fn of(service: &str, operation: &str) -> Self {
        let is_data = match service {
            "cloudwatch" => METRICS.contains(&operation),
            "logs" => LOGS.contains(&operation),
            "cloudtrail-data" => true,
            "sns" => operation == "Publish",
            _ => false,
        };
        let read_only =
            READING.iter().any(|verb| operation.starts_with(verb)) || operation == "StartLiveTail";
        Self { kind: if is_data { Kind::Data } else { Kind::Management }, read_only }
    }
}

/// `eventSource`.
pub(super) fn source(service: &str) -> &'static str {
    match service {
        "cloudwatch" => "monitoring.amazonaws.com",
        "logs" => "logs.amazonaws.com",
        "cloudtrail" => "cloudtrail.amazonaws.com",
        "cloudtrail-data" => "cloudtrail-data.amazonaws.com",
        "sns" => "sns.amazonaws.com",
        _ => "watchtrail",
    }
}

/// Members whose values are data, or may be secrets.
const HIDDEN: [(&str, &str); 4] = [
    ("PutAuditEvents", "auditEvents"),
    ("PutLogEvents", "logEvents"),
    ("PutMetricData", "metricData"),
    ("TestMetricFilter", "logEventMessages"),
];

/// Members of SNS that are data or secrets, for which CloudTrail shows [`HIDDEN_TEXT`]: a token lets its bearer subscribe, and an endpoint is
/// somebody's address.
const HIDDEN_OF_SNS: [(&str, &str); 5] = [
    ("ConfirmSubscription", "token"),
    ("Publish", "message"),
    ("Publish", "messageAttributes"),
    ("Publish", "subject"),
    ("Subscribe", "endpoint"),
];

/// What CloudTrail shows instead: <https://docs.aws.amazon.com/sns/latest/dg/logging-using-cloudtrail.html>.
const HIDDEN_TEXT: &str = "HIDDEN_DUE_TO_SECURITY_REASONS";

/// The parameters as a record shows them.
pub(super) fn shown(service: &str, operation: &str, parameters: Value) -> Value {
    let mut shown = named(service, parameters);
    if let Value::Object(members) = &mut shown {
        for (_, member) in HIDDEN.iter().filter(|(of, _)| *of == operation) {
            members.remove(*member);
        }
        members.remove("entityMetricData");
        let hidden = |(of, _): &&(&str, &str)| service == "sns" && *of == operation;
        for (_, member) in HIDDEN_OF_SNS.iter().filter(hidden) {
            if let Some(value) = members.get_mut(*member) {
                *value = Value::from(HIDDEN_TEXT);
            }
        }
    }
    shown
}

/// Members as CloudTrail names them, with a small first letter. The members of Logs are named so, and it has maps of tags, whose keys
/// are its callers'.
pub(super) fn named(service: &str, value: Value) -> Value {
    match service {
        "logs" => value,
        "sns" => with_attributes(value),
        _ => lowered(value),
    }
}

/// The attributes of topics and subscriptions are a map, whose keys keep their letters.
fn with_attributes(mut value: Value) -> Value {
    let attributes = value.as_object_mut().and_then(|members| members.remove("Attributes"));
    let mut lowered = lowered(value);
    if let (Some(members), Some(attributes)) = (lowered.as_object_mut(), attributes) {
        members.insert("attributes".to_owned(), attributes);
    }
    lowered
}

fn lowered(value: Value) -> Value {
    match value {
        Value::Object(members) => {
            let lower = |name: String| {
                let mut letters = name.chars();
                letters.next().map_or(String::new(), |first| first.to_lowercase().chain(letters).collect())
            };
            Value::Object(
                members.into_iter().map(|(name, value)| (lower(name), lowered(value))).collect::<Map<_, _>>(),
            )
        }
        Value::Array(items) => items.into_iter().map(lowered).collect(),
        other => other,
    }
}

/// What a call is about, as its parameters tell. A data call that names nothing is about some of all that there is of its kind: else no
/// selector of a trail could choose it.
pub(super) fn resources(
    service: &str,
    operation: &str,
    scope: &Scope,
    parameters: Option<&Value>,
) -> Vec<Resource> {
    let named = parameters.map(|parameters| named_resources(service, scope, parameters)).unwrap_or_default();
    if !named.is_empty() || Division::of(service, operation).kind == Kind::Management {
        return named;
    }
    let below = |kind, service, rest| vec![Resource::below(kind, arn(scope, service, rest))];
    match service {
        "cloudwatch" => below(METRIC, "cloudwatch", "metric/"),
        "logs" => below(LOG_GROUP, "logs", "log-group:"),
        "sns" => below(TOPIC, "sns", ""),
        "cloudtrail-data" => below(CHANNEL, "cloudtrail", "channel/"),
        _ => Vec::new(),
    }
}

const METRIC: &str = "AWS::CloudWatch::Metric";
const LOG_GROUP: &str = "AWS::Logs::LogGroup";
const TOPIC: &str = "AWS::SNS::Topic";
const CHANNEL: &str = "AWS::CloudTrail::Channel";

fn arn(scope: &Scope, service: &str, rest: &str) -> String {
    format!("arn:aws:{service}:{}:{}:{rest}", scope.region, scope.account)
}

fn named_resources(service: &str, scope: &Scope, parameters: &Value) -> Vec<Resource> {
    let text = |name: &str| parameters.get(name).and_then(Value::as_str);
    let texts = |name: &str| {
        parameters.get(name).and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str)
    };
    // Names are told as ARNs, too, where a service takes either.
    let one = |kind, service, before: &str, name: &str| {
        let whole = name.starts_with("arn:");
        Resource::one(
            kind,
            if whole { name.to_owned() } else { arn(scope, service, &format!("{before}{name}")) },
        )
    };
    match service {
        "cloudwatch" => {
            let alarms = text("alarmName").into_iter().chain(texts("alarmNames"));
            let mut found: Vec<_> =
                alarms.map(|name| one("AWS::CloudWatch::Alarm", "cloudwatch", "alarm:", name)).collect();
            if found.is_empty() {
                found.extend(text("namespace").map(|name| one(METRIC, "cloudwatch", "metric/", name)));
            }
            found
        }
        "logs" => text("logGroupName")
            .or_else(|| text("logGroupIdentifier"))
            .into_iter()
            .chain(texts("logGroupIdentifiers"))
            .map(|name| one(LOG_GROUP, "logs", "log-group:", name))
            .collect(),
        "cloudtrail" => text("name")
            .or_else(|| text("trailName"))
            .map(|name| one("AWS::CloudTrail::Trail", "cloudtrail", "trail/", name))
            .into_iter()
            .collect(),
        "sns" => text("topicArn")
            .or_else(|| text("name"))
            .map(|name| one(TOPIC, "sns", "", name))
            .into_iter()
            .collect(),
        "cloudtrail-data" => text("channelArn").map(|arn| Resource::one(CHANNEL, arn)).into_iter().collect(),
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn calls_are_divided_as_cloudtrail_does() {
        fn check(service: &str, operation: &str, kind: Kind, read_only: bool) {
            assert_eq!(Division::of(service, operation), Division { kind, read_only }, "{operation}");
        }
        check("cloudwatch", "PutMetricData", Kind::Data, false);
        check("cloudwatch", "GetMetricData", Kind::Data, true);
        check("cloudwatch", "PutMetricAlarm", Kind::Management, false);
        check("cloudwatch", "DescribeAlarms", Kind::Management, true);
        check("logs", "PutLogEvents", Kind::Data, false);
        check("logs", "CreateLogGroup", Kind::Management, false);
        check("cloudtrail", "LookupEvents", Kind::Management, true);
        check("cloudtrail-data", "PutAuditEvents", Kind::Data, false);
    }

    #[test]
    fn calls_are_about_something() {
        fn check(service: &str, operation: &str, parameters: Option<Value>, expected: &[Resource]) {
            let scope = Scope { account: "123456789012".into(), region: "us-east-1".into() };
            assert_eq!(resources(service, operation, &scope, parameters.as_ref()), expected, "{operation}");
        }
        let metrics = "arn:aws:cloudwatch:us-east-1:123456789012:metric/";
        let shop = Resource::one(METRIC, format!("{metrics}Shop"));
        check("cloudwatch", "PutMetricData", Some(json!({ "namespace": "Shop" })), &[shop]);
        check("cloudwatch", "ListMetrics", Some(json!({})), &[Resource::below(METRIC, metrics)]);
        check("cloudwatch", "GetMetricData", None, &[Resource::below(METRIC, metrics)]);
        check("cloudwatch", "DescribeAlarms", Some(json!({})), &[]);
        let group = Resource::one(LOG_GROUP, "arn:aws:logs:us-east-1:123456789012:log-group:g");
        let tailed = Some(json!({ "logGroupIdentifiers": ["g"] }));
        check("logs", "StartLiveTail", tailed, std::slice::from_ref(&group));
        check("logs", "PutLogEvents", Some(json!({ "logGroupName": "g" })), &[group]);
    }

    #[test]
    fn parameters_are_named_as_in_records_and_show_no_data() {
        let given =
            json!({ "Namespace": "N", "MetricData": [{ "Value": 1 }], "StrictEntityValidation": true });
        assert_eq!(
            shown("cloudwatch", "PutMetricData", given),
            json!({ "namespace": "N", "strictEntityValidation": true })
        );
        let given = json!({ "OKActions": ["a"], "Dimensions": [{ "Name": "n" }] });
        assert_eq!(
            shown("cloudwatch", "PutMetricAlarm", given),
            json!({ "oKActions": ["a"], "dimensions": [{ "name": "n" }] })
        );
        let given = json!({ "TopicArn": "t", "Message": "m", "MessageStructure": "json" });
        let expected = json!({ "topicArn": "t", "message": HIDDEN_TEXT, "messageStructure": "json" });
        assert_eq!(shown("sns", "Publish", given), expected);
        let given = json!({ "Name": "t", "Attributes": { "DisplayName": "T" }, "Tags": [{ "Key": "k" }] });
        let expected = json!({ "name": "t", "attributes": { "DisplayName": "T" }, "tags": [{ "key": "k" }] });
        assert_eq!(shown("sns", "CreateTopic", given), expected);
        let given = json!({ "logGroupName": "g", "tags": { "Team": "x" } });
        assert_eq!(shown("logs", "CreateLogGroup", given.clone()), given);
        let given = json!({ "logGroupName": "g", "logStreamName": "s", "logEvents": [] });
        assert_eq!(
            shown("logs", "PutLogEvents", given),
            json!({ "logGroupName": "g", "logStreamName": "s" })
        );
    }
}
