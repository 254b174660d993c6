//! The requests that a test makes, as a client would: awsJson over the real frame.

use bytes::Bytes;
use serde_json::{Value, json};
use watchtrail_core::alarms::script::{
    Acts, Composite, Deed, Metric, MetricAlarm, Mute, Put, Samples, Thing, action_arn,
};
use watchtrail_core::alarms::{Comparison, LowSampleCount, TreatMissingData};
use watchtrail_core::metrics::Unit;
use watchtrail_core::time::Timestamp;
use watchtrail_service::Context;

use crate::embedded::EmbeddedSns;

/// Asks CloudWatch; answers with the output.
///
/// # Errors
/// In its words.
pub(super) async fn call(context: &Context, operation: &str, input: &Value) -> Result<Value, String> {
    let request = http::Request::post("/")
        .header("content-type", "application/x-amz-json-1.0")
        .header("x-amz-target", format!("GraniteServiceVersion20100801.{operation}"))
        .body(Bytes::from(input.to_string()))
        .map_err(|error| error.to_string())?;
    let (parts, body) = watchtrail_metrics::handle(context, request).await.into_parts();
    let output: Value = serde_json::from_slice(&body).unwrap_or_default();
    if parts.status.is_success() {
        return Ok(output);
    }
    let code = output["__type"].as_str().unwrap_or("an error without a code");
    let code = code.rsplit('#').next().unwrap_or(code);
    let message = output["message"].as_str().or_else(|| output["Message"].as_str()).unwrap_or_default();
    Err(format!("{operation} was refused: {code}: {message}"))
}

/// What puts a thing: operation and input.
pub(super) fn put(put: &Put) -> (&'static str, Value) {
    match &put.what {
        Thing::Metric(alarm) => ("PutMetricAlarm", metric_alarm(&put.name, alarm)),
        Thing::Composite(composite) => ("PutCompositeAlarm", composite_alarm(&put.name, composite)),
        Thing::Mute(mute) => ("PutAlarmMuteRule", mute_rule(&put.name, mute)),
    }
}

fn metric_alarm(name: &str, alarm: &MetricAlarm) -> Value {
    let mut input = json!({
        "AlarmName": name,
        "Namespace": alarm.metric.namespace,
        "MetricName": alarm.metric.name,
        "Dimensions": dimensions(&alarm.metric),
        "Period": alarm.period.seconds(),
        "EvaluationPeriods": alarm.evaluation_periods,
        "Threshold": alarm.threshold,
        "ComparisonOperator": Comparison::as_str(alarm.comparison),
    });
    let simple = ["SampleCount", "Average", "Sum", "Minimum", "Maximum"].contains(&alarm.statistic.as_str());
    input[if simple { "Statistic" } else { "ExtendedStatistic" }] = json!(alarm.statistic);
    set(&mut input, "DatapointsToAlarm", alarm.datapoints_to_alarm);
    set(&mut input, "TreatMissingData", alarm.missing.map(TreatMissingData::as_str));
    set(&mut input, "EvaluateLowSampleCountPercentile", alarm.low_samples.map(LowSampleCount::as_str));
    set(&mut input, "Unit", alarm.unit.map(Unit::as_str));
    acts(&mut input, &alarm.acts);
    input
}

fn composite_alarm(name: &str, composite: &Composite) -> Value {
    let mut input = json!({ "AlarmName": name, "AlarmRule": composite.rule });
    if let Some((alarm, wait, extension)) = &composite.suppressor {
        input["ActionsSuppressor"] = json!(alarm);
        input["ActionsSuppressorWaitPeriod"] = json!(wait.seconds());
        input["ActionsSuppressorExtensionPeriod"] = json!(extension.seconds());
    }
    acts(&mut input, &composite.acts);
    input
}

fn mute_rule(name: &str, mute: &Mute) -> Value {
    let mut schedule = json!({ "Expression": mute.expression, "Duration": mute.duration.iso() });
    set(&mut schedule, "Timezone", mute.timezone.as_deref());
    json!({ "Name": name, "Rule": { "Schedule": schedule }, "MuteTargets": { "AlarmNames": mute.alarms } })
}

fn set(input: &mut Value, member: &str, value: Option<impl Into<Value>>) {
    if let Some(value) = value {
        input[member] = value.into();
    }
}

fn acts(input: &mut Value, acts: &Acts) {
    let arns = |list: &[String]| list.iter().map(|text| action_arn(text)).collect::<Value>();
    let actions = &acts.actions;
    input["ActionsEnabled"] = json!(!acts.disabled);
    input["OKActions"] = arns(&actions.ok);
    input["AlarmActions"] = arns(&actions.alarm);
    input["InsufficientDataActions"] = arns(&actions.insufficient_data);
}

fn dimensions(metric: &Metric) -> Value {
    metric.dimensions.iter().map(|(name, value)| json!({ "Name": name, "Value": value })).collect()
}

/// What does a deed; none where it is nobody's but the clock's.
pub(super) fn deed(deed: &Deed) -> Option<(&'static str, Value)> {
    Some(match deed {
        Deed::Set { alarm, state, reason } => {
            let reason = reason.as_deref().unwrap_or("Set by the test");
            let input = json!({ "AlarmName": alarm, "StateValue": state.as_str(), "StateReason": reason });
            ("SetAlarmState", input)
        }
        Deed::Delete(alarm) => ("DeleteAlarms", json!({ "AlarmNames": [alarm] })),
        Deed::Enable(alarm) => ("EnableAlarmActions", json!({ "AlarmNames": [alarm] })),
        Deed::Disable(alarm) => ("DisableAlarmActions", json!({ "AlarmNames": [alarm] })),
        Deed::Unmute(rule) => ("DeleteAlarmMuteRule", json!({ "AlarmMuteRuleName": rule })),
        Deed::Pause | Deed::Resume => return None,
    })
}

/// A member of `MetricData`.
pub(super) fn datum(
    metric: &Metric,
    (at, unit, is_fine): (Timestamp, Option<Unit>, bool),
    samples: &Samples,
) -> Value {
    let mut datum = json!({
        "MetricName": metric.name,
        "Dimensions": dimensions(metric),
        "Timestamp": at.millis() / 1000,
    });
    if let [(value, 1)] = samples.as_slice() {
        datum["Value"] = json!(value);
    } else {
        datum["Values"] = samples.iter().map(|(value, _)| json!(value)).collect();
        datum["Counts"] = samples.iter().map(|(_, count)| json!(f64::from(*count))).collect();
    }
    set(&mut datum, "Unit", unit.map(Unit::as_str));
    set(&mut datum, "StorageResolution", is_fine.then_some(1));
    datum
}

/// Makes the topic of an action, where it is one of SNS, so that its messages arrive.
///
/// # Errors
/// In SNS's words.
pub(super) fn make_topic(sns: &EmbeddedSns, action: &str) -> Result<(), String> {
    let arn = action_arn(action);
    let parts: Vec<&str> = arn.split(':').collect();
    let ["arn", _, "sns", region, account, name] = parts.as_slice() else { return Ok(()) };
    let body: String = form_urlencoded::Serializer::new(String::new())
        .extend_pairs([("Action", "CreateTopic"), ("Version", "2010-03-31"), ("Name", name)])
        .finish();
    let credential = format!("Credential={account}/20261121/{region}/sns/aws4_request");
    let request = http::Request::post("/")
        .header("content-type", "application/x-www-form-urlencoded")
        .header("authorization", format!("AWS4-HMAC-SHA256 {credential}, SignedHeaders=host, Signature=0"))
        .body(Bytes::from(body))
        .map_err(|error| error.to_string())?;
    let (parts, body) = sns.answer(request).into_parts();
    if parts.status.is_success() {
        return Ok(());
    }
    Err(format!("the topic {arn} was not made: {}", String::from_utf8_lossy(&body)))
}
