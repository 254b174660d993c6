//! A CloudTrail record: the JSON as it came, and what the suite has to know of it.
//!
//! The whole record is kept as it is, whatever its version says: fields that nobody here knows of stay. Format:
//! <https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-record-contents.html>.

use std::borrow::Cow;
use std::ops::Deref;

use serde::Deserialize;

use crate::time::Timestamp;

/// The largest record, in bytes. CloudTrail's own have at most 256 KB, or 1 MB when they are enriched.
pub const LARGEST: usize = 1 << 20;

/// Why some JSON is no record.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RecordError {
    /// It is not JSON, or a field that has to be a text is none.
    #[error("the record is not readable: {0}")]
    Json(String),
    /// A field is not there.
    #[error("the record has no {0}")]
    Missing(&'static str),
    /// `eventTime` is no time.
    #[error("the record's eventTime {0:?} is no time")]
    Time(String),
    /// It is larger than [`LARGEST`].
    #[error("the record has {0} bytes; at most {LARGEST} are taken")]
    TooLarge(usize),
}

/// What kind of event a record is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Category {
    /// Control plane.
    Management,
    /// Data plane.
    Data,
    /// Through a VPC endpoint.
    NetworkActivity,
    /// Found by CloudTrail Insights.
    Insight,
}

impl Category {
    /// `eventCategory`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Management => "Management",
            Self::Data => "Data",
            Self::NetworkActivity => "NetworkActivity",
            Self::Insight => "Insight",
        }
    }

    fn parse(text: &str) -> Option<Self> {
        [Self::Management, Self::Data, Self::NetworkActivity, Self::Insight]
            .into_iter()
            .find(|category| category.as_str() == text)
    }
}

/// A text of a record: a part of its JSON where it has no escapes.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(transparent)]
pub struct Text<'a>(#[serde(borrow)] Cow<'a, str>);

impl Deref for Text<'_> {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}

/// Something that an event was about.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
pub struct Resource<'a> {
    /// Such as `AWS::S3::Object`.
    #[serde(rename = "type", borrow, default)]
    pub kind: Option<Text<'a>>,
    /// Its ARN.
    #[serde(rename = "ARN", borrow, default)]
    pub arn: Option<Text<'a>>,
}

impl Resource<'_> {
    /// What LookupEvents calls the resource's name: of S3 the bucket or the object, else the ARN.
    pub fn name(&self) -> Option<&str> {
        let arn = self.arn.as_deref()?;
        Some(arn.strip_prefix("arn:aws:s3:::").unwrap_or(arn))
    }
}

/// The identity that made a call.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Identity<'a> {
    /// Such as `IAMUser`.
    #[serde(rename = "type", borrow, default)]
    pub kind: Option<Text<'a>>,
    /// ARN of the principal.
    #[serde(borrow, default)]
    pub arn: Option<Text<'a>>,
    /// Unique id.
    #[serde(borrow, default)]
    pub principal_id: Option<Text<'a>>,
    /// Account of the principal.
    #[serde(borrow, default)]
    pub account_id: Option<Text<'a>>,
    /// The key that signed the request.
    #[serde(borrow, default)]
    pub access_key_id: Option<Text<'a>>,
    /// Friendly name.
    #[serde(borrow, default)]
    pub user_name: Option<Text<'a>>,
    /// The service that made the request.
    #[serde(borrow, default)]
    pub invoked_by: Option<Text<'a>>,
}

impl Identity<'_> {
    /// What LookupEvents calls the user's name: the name, or of an assumed role the session's name, or the service that called.
    pub fn name(&self) -> Option<&str> {
        if let Some(name) = &self.user_name {
            return Some(name);
        }
        if self.kind.as_deref() == Some("AssumedRole") {
            return self.arn.as_deref()?.rsplit('/').next();
        }
        match self.kind.as_deref() {
            Some("Root") => Some("root"),
            _ => self.invoked_by.as_deref().or(self.principal_id.as_deref()),
        }
    }
}

/// A record, read without copying what need not be copied.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record<'a> {
    /// The whole record.
    pub json: &'a str,
    /// When it happened.
    pub time: Timestamp,
    /// `eventID`: an event is known by it.
    pub id: Text<'a>,
    /// `eventName`.
    pub name: Text<'a>,
    /// `eventSource`, such as `s3.amazonaws.com`.
    pub source: Text<'a>,
    /// `eventType`, such as `AwsApiCall`.
    pub kind: Option<Text<'a>>,
    /// `eventCategory`, or what `managementEvent` says of it.
    pub category: Category,
    /// `readOnly`.
    pub read_only: Option<bool>,
    /// `awsRegion`.
    pub region: Option<Text<'a>>,
    /// `recipientAccountId`.
    pub account: Option<Text<'a>>,
    /// `sourceIPAddress`.
    pub source_ip: Option<Text<'a>>,
    /// `userAgent`.
    pub user_agent: Option<Text<'a>>,
    /// `errorCode`.
    pub error_code: Option<Text<'a>>,
    /// `errorMessage`.
    pub error_message: Option<Text<'a>>,
    /// `requestID`.
    pub request_id: Option<Text<'a>>,
    /// `userIdentity`.
    pub identity: Identity<'a>,
    /// `resources`.
    pub resources: Vec<Resource<'a>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Fields<'a> {
    #[serde(borrow, default)]
    event_time: Option<Text<'a>>,
    #[serde(rename = "eventID", borrow, default)]
    event_id: Option<Text<'a>>,
    #[serde(borrow, default)]
    event_name: Option<Text<'a>>,
    #[serde(borrow, default)]
    event_source: Option<Text<'a>>,
    #[serde(borrow, default)]
    event_type: Option<Text<'a>>,
    #[serde(borrow, default)]
    event_category: Option<Text<'a>>,
    #[serde(default)]
    management_event: Option<bool>,
    #[serde(default)]
    read_only: Option<Flag>,
    #[serde(borrow, default)]
    aws_region: Option<Text<'a>>,
    #[serde(borrow, default)]
    recipient_account_id: Option<Text<'a>>,
    #[serde(rename = "sourceIPAddress", borrow, default)]
    source_ip_address: Option<Text<'a>>,
    #[serde(borrow, default)]
    user_agent: Option<Text<'a>>,
    #[serde(borrow, default)]
    error_code: Option<Text<'a>>,
    #[serde(borrow, default)]
    error_message: Option<Text<'a>>,
    #[serde(rename = "requestID", borrow, default)]
    request_id: Option<Text<'a>>,
    #[serde(borrow, default)]
    user_identity: Option<Identity<'a>>,
    #[serde(borrow, default)]
    resources: Option<Vec<Resource<'a>>>,
}

/// Old records have `"readOnly": "true"`.
#[derive(Deserialize)]
#[serde(untagged)]
enum Flag {
    Bool(bool),
    Text(String),
}

impl Flag {
    fn value(&self) -> bool {
        match self {
            Self::Bool(value) => *value,
            Self::Text(text) => text == "true",
        }
    }
}

impl<'a> Record<'a> {
    /// Reads a record. It has to have `eventID`, `eventTime`, `eventName` and `eventSource`.
    ///
    /// # Errors
    /// When it is no record: to be kept aside, and not dropped.
    pub fn parse(json: &'a str) -> Result<Self, RecordError> {
        if json.len() > LARGEST {
            return Err(RecordError::TooLarge(json.len()));
        }
        let fields: Fields<'a> =
            serde_json::from_str(json).map_err(|error| RecordError::Json(error.to_string()))?;
        let there = |field: Option<Text<'a>>, name| {
            field.filter(|text| !text.is_empty()).ok_or(RecordError::Missing(name))
        };
        let time = there(fields.event_time, "eventTime")?;
        let time = Timestamp::parse_rfc3339(&time).ok_or_else(|| RecordError::Time((*time).to_owned()))?;
        let category =
            match (fields.event_category.as_deref().and_then(Category::parse), fields.management_event) {
                (Some(category), _) => category,
                (None, Some(false)) => Category::Data,
                (None, _) => Category::Management,
            };
        Ok(Self {
            json,
            time,
            id: there(fields.event_id, "eventID")?,
            name: there(fields.event_name, "eventName")?,
            source: there(fields.event_source, "eventSource")?,
            kind: fields.event_type,
            category,
            read_only: fields.read_only.map(|flag| flag.value()),
            region: fields.aws_region,
            account: fields.recipient_account_id,
            source_ip: fields.source_ip_address,
            user_agent: fields.user_agent,
            error_code: fields.error_code,
            error_message: fields.error_message,
            request_id: fields.request_id,
            identity: fields.user_identity.unwrap_or_default(),
            resources: fields.resources.unwrap_or_default(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RECORD: &str = r#"{"eventVersion":"1.08","userIdentity":{"type":"AssumedRole","arn":"arn:aws:sts::1:assumed-role/admin/ann",
        "accessKeyId":"ASIA1","sessionContext":{"attributes":{}}},"eventTime":"2023-07-10T11:42:36Z","eventSource":"s3.amazonaws.com",
        "eventName":"DeleteBucket","awsRegion":"us-east-1","sourceIPAddress":"10.0.0.1","userAgent":"[a \"b\"]",
        "requestParameters":{"bucketName":"b"},"responseElements":null,"eventID":"e-1","readOnly":"false",
        "resources":[{"accountId":"1","type":"AWS::S3::Bucket","ARN":"arn:aws:s3:::b"}],"managementEvent":true}"#;

    #[test]
    fn a_record_is_read() {
        let record = Record::parse(RECORD).unwrap();
        assert_eq!(record.time.to_string(), "2023-07-10T11:42:36Z");
        assert_eq!(
            (&*record.id, &*record.name, &*record.source),
            ("e-1", "DeleteBucket", "s3.amazonaws.com")
        );
        assert_eq!((record.category, record.read_only), (Category::Management, Some(false)));
        assert_eq!(record.identity.name(), Some("ann"));
        assert_eq!(record.user_agent.as_deref(), Some("[a \"b\"]"));
        assert_eq!(record.resources[0].arn.as_deref(), Some("arn:aws:s3:::b"));
        assert_eq!(record.json, RECORD);
    }

    #[test]
    fn what_is_no_record() {
        fn check(json: &str, expected: &str) {
            assert_eq!(Record::parse(json).unwrap_err().to_string(), expected, "{json}");
        }
        check("{}", "the record has no eventTime");
        check(&RECORD.replace("e-1", ""), "the record has no eventID");
        check(&RECORD.replace("eventName", "x"), "the record has no eventName");
        check(
            &RECORD.replace("2023-07-10T", "yesterday "),
            "the record's eventTime \"yesterday 11:42:36Z\" is no time",
        );
        let large = RECORD.replace("10.0.0.1", &"x".repeat(LARGEST));
        check(&large, &format!("the record has {} bytes; at most 1048576 are taken", large.len()));
        assert!(matches!(Record::parse("[1]"), Err(RecordError::Json(_))));
        assert!(matches!(Record::parse("{\"eventID\": 1}"), Err(RecordError::Json(_))));
    }
}
