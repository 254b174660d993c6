//! How CloudTrail words its errors: the error's shape and the message.
//!
//! Messages are as AWS's users quoted them in public, or as its documentation shows them: each such function says "confirmed". Where no
//! quotation was found, it says "wording not confirmed". What this suite does not do is said in its own words ([`unsupported`]).

use watchtrail_core::trail::names::NameError;
use watchtrail_core::trail::selectors::check::SelectorsError;

/// An error's shape and its message.
pub type Worded = (&'static str, String);

/// AWS takes it, this suite does not (yet).
pub fn unsupported(what: &str) -> Worded {
    ("UnsupportedOperationException", format!("{what} is not supported yet by this suite"))
}

/// What GetTrailStatus tells of texts that came as audit records and are none. AWS has no words for that.
pub fn kept_aside(count: u64, reason: &str) -> String {
    format!(
        "{count} texts that came as audit records are none, and are kept in the data bucket under trail-aside/; the latest: {reason}"
    )
}

/// A trail's name: [`NameError`] says which of its words are AWS's.
pub fn name(error: &NameError) -> Worded {
    ("InvalidTrailNameException", error.to_string())
}

/// An ARN that is no trail's. Wording not confirmed.
pub fn trail_arn(given: &str) -> Worded {
    ("CloudTrailARNInvalidException", format!("{given} is not a valid CloudTrail ARN."))
}

/// No such trail. Confirmed.
pub fn no_such_trail(given: &str, account: &str) -> Worded {
    ("TrailNotFoundException", format!("Unknown trail: {given} for the user: {account}"))
}

/// A trail of that name is there. Confirmed.
pub fn trail_exists(name: &str, account: &str) -> Worded {
    ("TrailAlreadyExistsException", format!("Trail {name} already exists for customer: {account}"))
}

/// As many trails as a region can have. Confirmed.
pub fn too_many_trails(account: &str, most: usize, region: &str) -> Worded {
    let message = format!("User: {account} already has {most} trails in {region}");
    ("MaximumNumberOfTrailsExceededException", message)
}

/// A change from another region than the trail's home. Wording not confirmed.
pub fn home_region(arn: &str, home: &str) -> Worded {
    let message = format!("The trail {arn} can only be changed from its home region, {home}.");
    ("InvalidHomeRegionException", message)
}

/// A name that no bucket can have. Wording not confirmed.
pub fn bucket_name(bucket: &str) -> Worded {
    ("InvalidS3BucketNameException", format!("Bucket name is not valid: {bucket}"))
}

/// A bucket that is not there. Confirmed.
pub fn no_such_bucket(bucket: &str) -> Worded {
    ("S3BucketDoesNotExistException", format!("S3 bucket {bucket} does not exist!"))
}

/// A bucket that keeps CloudTrail out. Confirmed.
pub fn bucket_policy(bucket: &str) -> Worded {
    let message = format!("Incorrect S3 bucket policy is detected for bucket: {bucket}");
    ("InsufficientS3BucketPolicyException", message)
}

/// A prefix that is too long. Wording not confirmed.
pub fn long_prefix(length: usize) -> Worded {
    let message = format!(
        "S3 prefix is longer than maximum length. Maximum allowed length: 200 characters. Specified length: {length} characters."
    );
    ("InvalidS3PrefixException", message)
}

/// A prefix with characters that cannot stand there. Wording not confirmed.
pub fn odd_prefix(prefix: &str) -> Worded {
    ("InvalidS3PrefixException", format!("S3 prefix is not valid: {prefix}"))
}

/// What can be no topic. Wording not confirmed.
pub fn topic(topic: &str) -> Worded {
    ("InvalidSnsTopicNameException", format!("SNS topic name is not valid: {topic}"))
}

/// A topic that is not there, or that keeps CloudTrail out. Confirmed.
pub fn no_such_topic() -> Worded {
    let message = "SNS Topic does not exist or the topic policy is incorrect!";
    ("InsufficientSnsTopicPolicyException", message.to_owned())
}

/// What can be no KMS key. Wording not confirmed.
pub fn kms_key(key: &str) -> Worded {
    ("InvalidKmsKeyIdException", format!("The KMS key ID {key} is not valid."))
}

/// A trail of all regions without the events of global services. Confirmed.
pub fn multi_region_without_global() -> Worded {
    let message = "Multi-Region trail must include global service events.";
    ("InvalidParameterCombinationException", message.to_owned())
}

/// An organization's trail in an account that is in no organization. Wording not confirmed.
pub fn no_organization() -> Worded {
    let message = "The account is not a member of an organization.";
    ("OrganizationsNotInUseException", message.to_owned())
}

/// A log group without a role. Confirmed.
pub fn no_log_role() -> Worded {
    let message = "You must specify a role ARN as well as a log group.";
    ("InvalidCloudWatchLogsRoleArnException", message.to_owned())
}

/// A role without a log group. Wording not confirmed.
pub fn no_log_group() -> Worded {
    let message = "You must specify a log group as well as a role ARN.";
    ("InvalidCloudWatchLogsLogGroupArnException", message.to_owned())
}

/// An ARN that is no log group's, or of one that is not there. Confirmed for the former.
pub fn log_group() -> Worded {
    let message = "CloudTrail cannot validate the specified log group ARN.";
    ("InvalidCloudWatchLogsLogGroupArnException", message.to_owned())
}

/// An ARN that is no role's. Wording not confirmed.
pub fn log_role() -> Worded {
    let message = "CloudTrail cannot validate the specified role ARN.";
    ("InvalidCloudWatchLogsRoleArnException", message.to_owned())
}

/// Others change the same trail all the time. Wording not confirmed.
pub fn contended() -> Worded {
    let message = "A conflicting operation is in progress against this resource. Try again.";
    ("ConflictException", message.to_owned())
}

/// Event selectors: [`SelectorsError`] says which of its words are AWS's.
pub fn selectors(error: &SelectorsError) -> Worded {
    ("InvalidEventSelectorsException", error.to_string())
}

/// Basic and advanced selectors at once, or none. Wording not confirmed.
pub fn selectors_of_one_kind() -> Worded {
    let message = "Specify either EventSelectors or AdvancedEventSelectors.";
    ("InvalidEventSelectorsException", message.to_owned())
}

/// A read/write type that there is not, in the words of other values. Confirmed for these.
pub fn read_write_type(given: &str) -> Worded {
    ("InvalidEventSelectorsException", format!("Value {given} for ReadWriteType is invalid."))
}

/// A trail without insights. Confirmed.
pub fn no_insights(arn: &str) -> Worded {
    let message = format!(
        "Trail {arn} does not have Insights enabled. Edit the trail settings to enable Insights, and then try the operation again."
    );
    ("InsightNotEnabledException", message)
}

/// A trail and an event data store at once, or neither. Wording not confirmed.
pub fn trail_or_store() -> Worded {
    let message = "Specify either TrailName or EventDataStore.";
    ("InvalidParameterCombinationException", message.to_owned())
}

/// An event data store: there is none but the event history. Wording not confirmed.
pub fn no_such_store(given: &str) -> Worded {
    ("EventDataStoreNotFoundException", format!("The event data store {given} was not found."))
}

/// What can be no event data store. Wording not confirmed.
pub fn store_arn(given: &str) -> Worded {
    let message = format!("{given} is not a valid event data store ARN.");
    ("EventDataStoreARNInvalidException", message)
}

/// Kinds of resources that have no tags here. Wording not confirmed.
pub fn not_taggable(arn: &str) -> Worded {
    let message = format!("The type of the resource {arn} is not supported.");
    ("ResourceTypeNotSupportedException", message)
}

/// Nothing of that ARN. Wording not confirmed.
pub fn no_such_resource(arn: &str) -> Worded {
    ("ResourceNotFoundException", format!("The resource with ARN {arn} was not found."))
}

/// A tag that cannot be. Wording not confirmed.
pub fn tag(what: &str) -> Worded {
    ("InvalidTagParameterException", format!("The tag is not valid: {what}"))
}

/// More tags than a resource can have. Wording not confirmed.
pub fn too_many_tags(arn: &str, most: usize) -> Worded {
    (
        "TagsLimitExceededException",
        format!("The number of tags per resource exceeds the limit of {most}: {arn}"),
    )
}

/// An attribute that events are not looked up by. Wording not confirmed.
pub fn lookup_attribute(key: &str) -> Worded {
    ("InvalidLookupAttributesException", format!("Lookup attribute is not valid: {key}"))
}

/// An attribute's value. Wording not confirmed.
pub fn lookup_value(key: &str) -> Worded {
    let message = format!("The value of the lookup attribute {key} is empty or longer than 2000 characters.");
    ("InvalidLookupAttributesException", message)
}

/// A category of events that there is not. Wording not confirmed.
pub fn event_category(given: &str) -> Worded {
    ("InvalidEventCategoryException", format!("The event category {given} is not valid."))
}

/// A range of time that ends before it begins. Wording not confirmed.
pub fn time_range() -> Worded {
    ("InvalidTimeRangeException", "The start time must not be after the end time.".to_owned())
}

/// A page that is too small or too large. Wording not confirmed.
pub fn max_results(given: i32, most: i32) -> Worded {
    let message =
        format!("A max results value of {given} is invalid. Specify max results between 1 and {most}.");
    ("InvalidMaxResultsException", message)
}

/// A page token that is none, or of another request. Wording not confirmed.
pub fn next_token() -> Worded {
    let message = "The next token is not valid, or was returned for a request with other parameters.";
    ("InvalidNextTokenException", message.to_owned())
}

/// The same where pages do not exist. Wording not confirmed.
pub fn token() -> Worded {
    ("InvalidTokenException", "The token is not valid.".to_owned())
}

/// A channel's source. Wording not confirmed.
pub fn source(given: &str) -> Worded {
    ("InvalidSourceException", format!("The source {given} is not valid. The suite takes Custom."))
}

/// A destination of a channel that is none. Wording not confirmed.
pub fn destination(kind: &str) -> Worded {
    (
        "InvalidParameterException",
        format!("The destination type {kind} is not valid for channels of customers."),
    )
}

/// A channel of that name. Wording not confirmed.
pub fn channel_exists(name: &str) -> Worded {
    ("ChannelAlreadyExistsException", format!("A channel with the name {name} already exists."))
}

/// As many channels as there can be. Wording not confirmed.
pub fn too_many_channels(most: usize) -> Worded {
    ("ChannelMaxLimitExceededException", format!("The maximum number of channels, {most}, is reached."))
}

/// No such channel. Wording not confirmed.
pub fn no_such_channel(arn: &str) -> Worded {
    ("ChannelNotFoundException", format!("The channel {arn} was not found."))
}

/// What can be no channel. Wording not confirmed.
pub fn channel_arn(given: &str) -> Worded {
    ("ChannelARNInvalidException", format!("{given} is not a valid channel ARN."))
}

/// PutAuditEvents: what can be no channel. Wording not confirmed.
pub fn put_channel_arn(given: &str) -> Worded {
    ("InvalidChannelARN", format!("{given} is not a valid channel ARN."))
}

/// PutAuditEvents: no such channel. Wording not confirmed.
pub fn put_no_such_channel(given: &str) -> Worded {
    ("ChannelNotFound", format!("The channel {given} could not be found."))
}

/// PutAuditEvents: a channel of another account. Wording not confirmed.
pub fn put_others_channel(given: &str) -> Worded {
    let message = format!("The caller has no permission to put events into the channel {given}.");
    ("ChannelInsufficientPermission", message)
}

/// PutAuditEvents: two entries with one id. Wording not confirmed.
pub fn put_duplicate(id: &str) -> Worded {
    ("DuplicatedAuditEventId", format!("The event ID {id} is used by more than one event of the request."))
}

/// PutAuditEvents: why one event is not taken. The codes are AWS's, the words are ours.
pub mod audit_event {
    use super::Worded;

    /// It is not what the checksum is of.
    pub fn checksum() -> Worded {
        ("InvalidChecksum", "eventDataChecksum is not the base64-encoded SHA-256 of eventData.".to_owned())
    }

    /// It is no JSON object, or a field is of the wrong kind.
    pub fn data(why: &str) -> Worded {
        ("InvalidData", format!("eventData is not valid: {why}"))
    }

    /// A required field.
    pub fn no_field(field: &str) -> Worded {
        ("FieldNotFound", format!("eventData has no {field}."))
    }

    /// A field that is too long.
    pub fn long_field(field: &str, most: usize) -> Worded {
        ("FieldTooLong", format!("{field} of eventData is longer than {most} characters."))
    }

    /// Another account's event.
    pub fn recipient() -> Worded {
        ("InvalidRecipient", "recipientAccountId is not the account of the channel.".to_owned())
    }

    /// AWS's own services do not speak by channels.
    pub fn source() -> Worded {
        ("InvalidEventSource", "eventSource must not be a service of AWS.".to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn confirmed_messages() {
        fn check(worded: Worded, shape: &str, message: &str) {
            assert_eq!(worded, (shape, message.to_owned()));
        }
        check(no_such_trail("t", "1"), "TrailNotFoundException", "Unknown trail: t for the user: 1");
        check(
            too_many_trails("1", 5, "us-east-1"),
            "MaximumNumberOfTrailsExceededException",
            "User: 1 already has 5 trails in us-east-1",
        );
        check(no_such_bucket("b"), "S3BucketDoesNotExistException", "S3 bucket b does not exist!");
        check(
            no_insights("t"),
            "InsightNotEnabledException",
            "Trail t does not have Insights enabled. Edit the trail settings to enable Insights, and then try the operation \
             again.",
        );
    }
}
