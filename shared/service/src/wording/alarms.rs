//! How `CloudWatch` words its errors about alarms and mute rules: the error's shape and the message.
//!
//! Messages are as AWS's users quoted them in public; each such function says so. Where no quotation was found, the function says "wording not
//! confirmed" and follows the pattern of its neighbours. What this suite does not do is said in its own words ([`unsupported`]).

use watchtrail_core::alarms::mute::MuteError;
use watchtrail_core::alarms::rule::RuleError;
use watchtrail_core::text::commas;

/// An error's shape and its message.
pub type Worded = (&'static str, String);

/// The error of alarms' own checks; the service model has no shape for it.
const VALIDATION: &str = "ValidationError";

fn validation(message: impl Into<String>) -> Worded {
    (VALIDATION, message.into())
}

/// AWS takes it, this suite does not (yet).
pub fn unsupported(what: &str) -> Worded {
    validation(format!("{what} is not supported yet by this suite"))
}

/// An action that AWS carries out and this suite does not.
pub fn action_not_carried_out(arn: &str) -> Worded {
    validation(format!(
        "The action {arn} is not carried out by this suite: only Amazon SNS topics and Lambda functions are"
    ))
}

/// A member that is required in this combination. Confirmed for `MetricName`.
pub fn null(member: &str) -> Worded {
    validation(format!("{member} must not be null"))
}

/// A member beside `Metrics`. Confirmed for `Statistic` and `Unit`.
pub fn beside_metrics(member: &str) -> Worded {
    validation(format!("{member} should not be set if list of Metrics is set"))
}

/// Two members of which at most one may be given. Confirmed for `Threshold` and `ThresholdMetricId`.
pub fn both(one: &str, other: &str) -> Worded {
    validation(format!("{one} and {other} cannot both be set"))
}

/// A member that goes only with another. Wording not confirmed.
pub fn only_with(member: &str, other: &str) -> Worded {
    validation(format!("{member} can be set only if {other} is set"))
}

/// A member without its companion. Wording not confirmed.
pub fn required_with(member: &str, other: &str) -> Worded {
    validation(format!("{member} must be set if {other} is set"))
}

/// Neither of two members. Wording not confirmed.
pub fn neither(one: &str, other: &str) -> Worded {
    validation(format!("Exactly one of {one} and {other} must be set"))
}

/// `M` beyond `N`. Confirmed.
pub fn more_datapoints_than_periods() -> Worded {
    validation("DatapointsToAlarm must be less than or equal to EvaluationPeriods")
}

/// A member that is none of a few values. Wording not confirmed.
pub fn not_one_of(member: &str, given: &str, values: &[&str]) -> Worded {
    let values = commas(values.iter().map(|value| (*value).to_owned()));
    validation(format!("The value {given} for parameter {member} must be a value in the set [ {values} ]."))
}

/// A value that its member cannot have. Wording not confirmed.
pub fn invalid(member: &str, given: &str) -> Worded {
    validation(format!("The value {given} for parameter {member} is invalid."))
}

/// A text with ASCII control characters. Wording not confirmed.
pub fn control_characters(member: &str) -> Worded {
    validation(format!("{member} must not contain ASCII control characters"))
}

/// A period. Wording not confirmed.
pub fn period(seconds: i32) -> Worded {
    validation(format!("Invalid period {seconds}: it must be 10, 20, 30 or a multiple of 60"))
}

/// All periods together are too long: a day for periods below an hour, else a week. The week's message is confirmed, the day's up to "86400)".
pub fn too_long(longest_seconds: i64) -> Worded {
    let (span, kind) = if longest_seconds > 86_400 { ("week", ">= 3600") } else { ("day", "< 3600") };
    validation(format!(
        "Metrics cannot be checked across more than a {span} (EvaluationPeriods * Period must be <= {longest_seconds}) \
         for alarms using period {kind}"
    ))
}

/// More of a list than AWS allows. Wording not confirmed here; it is that of other operations.
pub fn too_many(collection: &str, most: usize) -> Worded {
    validation(format!("The collection {collection} must not have a size greater than {most}."))
}

/// None or several of `Metrics` return data. Confirmed.
pub fn not_one_returned() -> Worded {
    validation("Exactly one element of the metrics list should return data.")
}

/// An id of `Metrics`. As `GetMetricData` words it; not confirmed here.
pub fn query_id(path: &str, id: &str) -> Worded {
    validation(format!(
        "The value {id} for parameter {path}.Id is not matching the expected pattern ^[a-z][a-zA-Z0-9_]*$."
    ))
}

/// Two of `Metrics` with the same id. As `GetMetricData` words it; not confirmed here.
pub fn same_ids(id: &str) -> Worded {
    validation(format!("The values for parameter id in Metrics are not unique: {id}."))
}

/// `Metrics` with different periods. Wording not confirmed.
pub fn different_periods() -> Worded {
    validation("All metrics of an alarm must have the same period")
}

/// The same dimension twice. As `PutMetricData` words it; not confirmed here.
pub fn same_dimensions() -> Worded {
    validation("No metric may specify the same dimension name twice.")
}

/// An alarm that is larger than AWS's limit of 120 KB. Wording not confirmed.
pub fn too_large(most_bytes: usize) -> Worded {
    validation(format!("The alarm must not be larger than {most_bytes} bytes"))
}

/// The name belongs to an alarm of the other type. Wording not confirmed.
pub fn other_type(name: &str, kind: &str) -> Worded {
    validation(format!("The alarm {name} exists already and is a {kind}"))
}

/// An action that is no ARN. Wording not confirmed.
pub fn no_arn(text: &str) -> Worded {
    validation(format!("Invalid arn syntax: {text}"))
}

/// An action in another region. Confirmed.
pub fn other_region(given: &str, own: &str) -> Worded {
    validation(format!("Invalid region {given} specified. Only {own} is supported."))
}

/// An action in another partition. Confirmed.
pub fn other_partition(given: &str, own: &str) -> Worded {
    validation(format!("Invalid partition {given} specified. Only {own} is supported."))
}

/// An `AlarmRule` that cannot be read: [`RuleError`] has AWS's words.
pub fn rule(error: &RuleError) -> Worded {
    validation(error.to_string())
}

/// Children of a composite alarm that do not exist. Confirmed.
pub fn no_such_children(names: &[String]) -> Worded {
    let names = names.join(", ");
    validation(format!(
        "Could not save the composite alarm as alarms [{names}] in the alarm rule do not exist"
    ))
}

/// An alarm that too many composite alarms would name. Wording not confirmed.
pub fn too_many_parents(name: &str, most: usize) -> Worded {
    validation(format!(
        "Could not save the composite alarm as alarm {name} is in the alarm rules of {most} composite alarms already"
    ))
}

/// An `ActionsSuppressor` that does not exist. Wording not confirmed.
pub fn no_such_suppressor(name: &str) -> Worded {
    validation(format!("Could not save the composite alarm as the actions suppressor {name} does not exist"))
}

/// A `DeleteAlarms` of several composite alarms. Wording not confirmed.
pub fn several_composites() -> Worded {
    validation("At most one composite alarm can be deleted in one operation")
}

/// Alarms that composite alarms need. Confirmed, but for how several names are joined.
pub fn needed(names: &[String]) -> Worded {
    let them = if names.len() == 1 { "it" } else { "them" };
    let names = names.join(", ");
    validation(format!("Cannot delete {names} as there are composite alarm(s) depending on {them}."))
}

/// A filter of `DescribeAlarms` that does not go with another. Wording not confirmed.
pub fn filters(one: &str, other: &str) -> Worded {
    validation(format!("{one} cannot be specified together with {other}"))
}

/// A page token that is none, as `GetMetricData` words it.
pub fn next_token() -> Worded {
    ("InvalidNextToken", "The next token is not valid.".to_owned())
}

/// A `StateReasonData` that is no JSON. Wording not confirmed.
pub fn reason_data() -> Worded {
    ("InvalidFormatFault", "StateReasonData is not valid JSON".to_owned())
}

/// Others change the same alarms all the time. Wording not confirmed.
pub fn contended() -> Worded {
    ("ConcurrentModificationException", "The alarms are being changed by others.".to_owned())
}

/// The schedule of a mute rule: [`MuteError`] says which of its words are AWS's.
pub fn schedule(error: &MuteError) -> Worded {
    validation(error.to_string())
}

/// A mute rule that ends before it begins. Wording not confirmed.
pub fn expires_too_early() -> Worded {
    validation("The ExpireDate provided is not valid: it must be after StartDate.")
}

/// Something that is named by its ARN. Wording not confirmed.
pub fn no_such_resource(arn: &str) -> Worded {
    ("ResourceNotFoundException", format!("{arn} does not exist"))
}

/// A mute rule that is named. Wording not confirmed.
pub fn no_such_mute_rule(name: &str) -> Worded {
    ("ResourceNotFoundException", format!("The alarm mute rule {name} does not exist"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn confirmed_messages() {
        fn check(worded: Worded, message: &str) {
            assert_eq!(worded, (VALIDATION, message.to_owned()));
        }
        check(null("MetricName"), "MetricName must not be null");
        check(beside_metrics("Statistic"), "Statistic should not be set if list of Metrics is set");
        check(
            too_long(604_800),
            "Metrics cannot be checked across more than a week (EvaluationPeriods * Period must be <= 604800) for alarms \
             using period >= 3600",
        );
        check(
            no_such_children(&["a".to_owned(), "b".to_owned()]),
            "Could not save the composite alarm as alarms [a, b] in the alarm rule do not exist",
        );
        check(needed(&["a".to_owned()]), "Cannot delete a as there are composite alarm(s) depending on it.");
        check(
            other_region("eu-central-1", "us-east-1"),
            "Invalid region eu-central-1 specified. Only us-east-1 is supported.",
        );
        check(
            other_partition("aws", "aws-us-gov"),
            "Invalid partition aws specified. Only aws-us-gov is supported.",
        );
    }
}
