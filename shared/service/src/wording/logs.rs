//! How CloudWatch Logs words its errors: the error's shape and the exact message.
//!
//! Messages are as AWS's users quoted them in public issue trackers, or as the snapshots of AWS's own answers in LocalStack's tests show
//! them. Where no quotation was found, the function says "wording not confirmed". What this suite does not do is said in its own
//! words ([`unsupported`]).

use watchtrail_core::logs::metric_filter::TransformationError;
use watchtrail_core::logs::pattern::{PatternError, Purpose};

/// An error's shape and its message.
pub type Worded = (&'static str, String);

fn invalid(message: impl Into<String>) -> Worded {
    ("InvalidParameterException", message.into())
}

fn not_found(message: impl Into<String>) -> Worded {
    ("ResourceNotFoundException", message.into())
}

fn denied(message: impl Into<String>) -> Worded {
    ("AccessDeniedException", message.into())
}

/// AWS takes it, this suite does not (yet).
pub fn unsupported(what: &str) -> Worded {
    invalid(format!("{what} is not supported yet by this suite"))
}

/// More of something than AWS allows. Confirmed for subscription filters, resource policies and export tasks.
pub fn limit() -> Worded {
    ("LimitExceededException", "Resource limit exceeded.".to_owned())
}

/// Others change the same resource all the time. Confirmed.
pub fn contended() -> Worded {
    let message = "A conflicting operation is currently in progress against this resource. Please try again.";
    ("OperationAbortedException", message.to_owned())
}

/// A page token that is none. Confirmed for `FilterLogEvents`.
pub fn next_token() -> Worded {
    invalid("The specified nextToken is invalid.")
}

/// A violated constraint that the service model does not state, in the words of those that it states.
fn violation(value: &str, member: &str, constraint: &str) -> Worded {
    invalid(format!(
        "1 validation error detected: Value '{value}' at '{member}' failed to satisfy constraint: {constraint}"
    ))
}

/// A log group of that name exists. Confirmed.
pub fn group_exists() -> Worded {
    ("ResourceAlreadyExistsException", "The specified log group already exists".to_owned())
}

/// No log group of that name. Confirmed.
pub fn no_such_group() -> Worded {
    not_found("The specified log group does not exist.")
}

/// A log stream of that name exists. Confirmed.
pub fn stream_exists() -> Worded {
    ("ResourceAlreadyExistsException", "The specified log stream already exists".to_owned())
}

/// No log stream of that name. Confirmed.
pub fn no_such_stream() -> Worded {
    not_found("The specified log stream does not exist.")
}

/// A name that begins with `aws/`. Confirmed.
pub fn reserved_group() -> Worded {
    invalid("Log groups starting with AWS/ are reserved for AWS.")
}

/// A KMS key that is none. Confirmed for what is no ARN of a key.
pub fn kms_key() -> Worded {
    invalid("The specified KMS Key Id could not be found.")
}

/// A group that is protected. Wording not confirmed; that it is a `ValidationException` follows from the service model.
pub fn protected(group: &str) -> Worded {
    let message =
        format!("Log group {group} cannot be deleted because deletion protection is enabled for it.");
    ("ValidationException", message)
}

/// Two ways to choose groups by name at once. Confirmed.
pub fn prefix_and_pattern() -> Worded {
    invalid("LogGroup name prefix and LogGroup name pattern are mutually exclusive parameters.")
}

/// A filter beside `logGroupIdentifiers`. Wording not confirmed.
pub fn beside_identifiers() -> Worded {
    invalid("LogGroup identifiers cannot be combined with other filters.")
}

/// Accounts that are not linked to the caller's: none ever is here. Wording not confirmed.
pub fn not_linked(account: &str) -> Worded {
    invalid(format!("The account {account} is not linked to this account."))
}

/// A group that is named twice. Confirmed, also that it is a `ValidationException`.
pub fn name_and_identifier() -> Worded {
    let message = "LogGroup name and LogGroup ARN are mutually exclusive parameters.";
    ("ValidationException", message.to_owned())
}

/// A group that is not named at all. Wording not confirmed.
pub fn no_group_named() -> Worded {
    ("ValidationException", "LogGroup name or LogGroup ARN must be specified.".to_owned())
}

/// An ARN where a log group is wanted. Wording not confirmed.
pub fn group_identifier(given: &str) -> Worded {
    invalid(format!("The log group identifier {given} is invalid."))
}

/// Streams by prefix and by time at once. Confirmed.
pub fn order_with_prefix() -> Worded {
    invalid("Cannot order by LastEventTime with a logStreamNamePrefix.")
}

/// A retention that AWS does not have. The sentence is that of other constraints; not confirmed here.
pub fn retention(given: i32, allowed: &[u32]) -> Worded {
    let allowed: Vec<String> = allowed.iter().map(u32::to_string).collect();
    let constraint = format!("Member must satisfy enum value set: [{}]", allowed.join(", "));
    violation(&given.to_string(), "retentionInDays", &constraint)
}

/// What groups of this class cannot do. Wording not confirmed.
pub fn class_cannot(class: &str) -> Worded {
    let message = format!("This operation is not supported for log groups of the {class} class.");
    ("InvalidOperationException", message)
}

/// The same for exports, whose model has no `InvalidOperationException` where they are made. Wording not confirmed.
pub fn class_cannot_export(class: &str) -> Worded {
    invalid(format!("This operation is not supported for log groups of the {class} class."))
}

/// Streams of a Live Tail session by name and by prefix at once. Wording not confirmed.
pub fn live_tail_streams() -> Worded {
    invalid("logStreamNames and logStreamNamePrefixes cannot be specified together.")
}

/// Streams of a Live Tail session of several groups. Wording not confirmed.
pub fn live_tail_groups() -> Worded {
    invalid("logStreamNames and logStreamNamePrefixes can be specified for one log group only.")
}

/// A filter pattern that cannot be read: [`PatternError`] has AWS's words.
pub fn pattern(error: &PatternError, purpose: Purpose) -> Worded {
    invalid(error.message(purpose))
}

/// A metric transformation that is none: [`TransformationError`] has AWS's words.
pub fn transformation(error: &TransformationError) -> Worded {
    invalid(error.to_string())
}

/// No metric filter of that name. Wording not confirmed; it follows that of subscription filters.
pub fn no_such_metric_filter() -> Worded {
    not_found("The specified metric filter does not exist.")
}

/// A metric without its namespace, or a namespace without its metric. Wording not confirmed.
pub fn metric_without(member: &str, other: &str) -> Worded {
    invalid(format!("If {member} is specified, {other} must be specified, too."))
}

/// No subscription filter of that name. Confirmed.
pub fn no_such_subscription() -> Worded {
    not_found("The specified subscription filter does not exist.")
}

/// What is no ARN. Wording not confirmed.
pub fn no_arn(member: &str, given: &str) -> Worded {
    invalid(format!("The value '{given}' for {member} is not a valid ARN."))
}

/// Subscriptions of other services. Confirmed for `cloudformation`.
pub fn vendor(vendor: &str) -> Worded {
    invalid(format!("PutSubscriptionFilter operation cannot work with destinationArn for vendor {vendor}"))
}

/// A stream without a role. Confirmed for `kinesis` and `firehose`.
pub fn without_role(vendor: &str) -> Worded {
    invalid(format!("destinationArn for vendor {vendor} cannot be used without roleArn"))
}

/// A function with a role. Confirmed for `lambda`.
pub fn with_role(vendor: &str) -> Worded {
    invalid(format!("destinationArn for vendor {vendor} cannot be used with roleArn"))
}

/// A function of another account. Confirmed.
pub fn others_function() -> Worded {
    denied(
        "Cross-account lambda invocation passing is not allowed. You must use DestinationPolicies to create cross \
         account lambda triggers.",
    )
}

/// A stream of another account. Wording not confirmed.
pub fn others_stream() -> Worded {
    denied(
        "Cross-account delivery is not allowed. You must use DestinationPolicies to create cross account subscriptions.",
    )
}

/// A role of another account. Confirmed for other services, not here.
pub fn others_role() -> Worded {
    denied("Cross-account pass role is not allowed.")
}

/// Something in another region. Wording not confirmed.
pub fn other_region(given: &str, own: &str) -> Worded {
    invalid(format!("Invalid region {given} specified. Only {own} is supported."))
}

/// A destination whose policy does not let the caller in. Wording not confirmed.
pub fn not_admitted(account: &str, arn: &str) -> Worded {
    denied(format!(
        "User with accountId: {account} is not authorized to perform: logs:PutSubscriptionFilter on resource: {arn}"
    ))
}

/// No destination of that name. Wording not confirmed.
pub fn no_such_destination() -> Worded {
    not_found("The specified destination does not exist.")
}

/// No destination of that name, for `PutDestinationPolicy`: its model has no `ResourceNotFoundException`. Wording not confirmed.
pub fn no_destination_for_policy() -> Worded {
    invalid("The specified destination does not exist.")
}

/// What a destination cannot stand for. Wording not confirmed.
pub fn target(vendor: &str) -> Worded {
    invalid(format!("PutDestination operation cannot work with targetArn for vendor {vendor}"))
}

/// A function that may not be invoked, or is not there. Confirmed.
pub fn unreachable_function() -> Worded {
    invalid(
        "Could not execute the lambda function. Make sure you have given CloudWatch Logs permission to execute your \
         function.",
    )
}

/// A stream that does not take the test message. Confirmed.
pub fn unreachable_stream() -> Worded {
    invalid(
        "Could not deliver test message to specified Kinesis stream. Check if the given kinesis stream is in ACTIVE \
         state.",
    )
}

/// A delivery stream that does not take the test message. Confirmed.
pub fn unreachable_delivery_stream() -> Worded {
    invalid(
        "Could not deliver test message to specified Firehose stream. Check if the given Firehose stream is in ACTIVE \
         state.",
    )
}

/// A destination that does not take the test message. Confirmed for `PutDestination`.
pub fn unreachable_destination() -> Worded {
    invalid("Could not deliver test message to specified destination. Check if the destination is valid.")
}

/// A policy that is no policy. Wording not confirmed.
pub fn policy_document() -> Worded {
    invalid("The policy document is malformed.")
}

/// A policy that is too long. Wording not confirmed.
pub fn policy_too_long(most_bytes: usize) -> Worded {
    invalid(format!("The policy document must not be larger than {most_bytes} bytes."))
}

/// No policy of that name. Confirmed.
pub fn no_such_policy(name: &str) -> Worded {
    not_found(format!("Policy with name [{name}] does not exist."))
}

/// A policy that changed since it was read. Wording not confirmed.
pub fn revision() -> Worded {
    ("OperationAbortedException", "The expected revision id is not that of the resource policy.".to_owned())
}

/// A member without which it cannot be done, though the service model does not require it. The sentence is that of other constraints.
pub fn missing(member: &str) -> Worded {
    invalid(format!(
        "1 validation error detected: Value null at '{member}' failed to satisfy constraint: Member must not be null"
    ))
}

/// Two members of which exactly one must be given. Wording not confirmed.
pub fn exactly_one(one: &str, other: &str) -> Worded {
    invalid(format!("Exactly one of {one} and {other} must be specified."))
}

/// "Query parameters are supported only for Logs Insights QL queries." Wording not confirmed.
pub fn parameters_of(language: &str) -> Worded {
    invalid(format!("Query parameters are not supported for queries in {language}."))
}

/// No query definition of that id. Wording not confirmed.
pub fn no_such_query_definition() -> Worded {
    not_found("The specified query definition does not exist.")
}

/// An export that ends before it begins. Wording not confirmed.
pub fn export_range() -> Worded {
    invalid("The specified time range is invalid: from must not be later than to.")
}

/// An export to a bucket that is not there. Wording not confirmed.
pub fn no_such_bucket() -> Worded {
    invalid("The specified bucket does not exist.")
}

/// An export to a bucket that takes nothing from us. Confirmed for the same test's other call, `GetBucketAcl`.
pub fn bucket_refuses() -> Worded {
    invalid(
        "PutObject call on the given bucket failed. Please check if CloudWatch Logs has been granted permission to perform this \
         operation.",
    )
}

/// No export task of that id. Confirmed.
pub fn no_such_export() -> Worded {
    not_found("The specified export task does not exist.")
}

/// An export task that is over. Confirmed.
pub fn export_is_over() -> Worded {
    ("InvalidOperationException", "The specified export task has already finished".to_owned())
}

/// Tags of nothing. Confirmed by the service model's own words only.
pub fn no_such_resource() -> Worded {
    not_found("The specified resource does not exist.")
}

/// A key that is reserved. Wording not confirmed.
pub fn reserved_tag() -> Worded {
    invalid("aws: prefixed tag key names are not allowed for external use.")
}

/// More tags than a resource may have. The service model's own words; not confirmed.
pub fn too_many_tags(most: usize) -> Worded {
    ("TooManyTagsException", format!("A resource can have no more than {most} tags."))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn confirmed_messages() {
        fn check((shape, message): Worded, expected: (&str, &str)) {
            assert_eq!((shape, &*message), expected);
        }
        let invalid = |message| ("InvalidParameterException", message);
        check(limit(), ("LimitExceededException", "Resource limit exceeded."));
        check(
            vendor("s3"),
            invalid("PutSubscriptionFilter operation cannot work with destinationArn for vendor s3"),
        );
        check(
            without_role("kinesis"),
            invalid("destinationArn for vendor kinesis cannot be used without roleArn"),
        );
        check(with_role("lambda"), invalid("destinationArn for vendor lambda cannot be used with roleArn"));
        check(no_such_policy("p"), ("ResourceNotFoundException", "Policy with name [p] does not exist."));
        check(
            retention(2, &[1, 3]),
            invalid(
                "1 validation error detected: Value '2' at 'retentionInDays' failed to satisfy constraint: Member must \
                 satisfy enum value set: [1, 3]",
            ),
        );
    }
}
