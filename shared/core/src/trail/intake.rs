//! Where audit records come from: messages that tell of one, or of a file of them, and the files.
//!
//! EventBridge sends one record an event ("… via CloudTrail",
//! <https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-service-event-cloudtrail.html>). CloudTrail's own files are told of by S3's
//! notifications, directly, by SNS or by EventBridge, and by CloudTrail's own notices.

use std::io::Read;

use flate2::read::MultiGzDecoder;
use serde::Deserialize;
use serde_json::value::RawValue;

/// The largest file, unzipped: CloudTrail's have at most 50 MB.
const LARGEST_FILE: u64 = 256 << 20;

/// Envelopes around a message: SNS's, and one more.
const DEEPEST: usize = 3;

/// Why something was not taken.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum IntakeError {
    /// A message that is none of those that are known.
    #[error("the message is neither a CloudTrail event nor tells of a file: {0}")]
    Message(String),
    /// A file that cannot be unzipped.
    #[error("the file cannot be unzipped: {0}")]
    Gzip(String),
    /// A file of another kind.
    #[error("the file is not CloudTrail's: {0}")]
    File(String),
    /// A file that is larger than any of CloudTrail's.
    #[error("the file has more than {LARGEST_FILE} bytes unzipped")]
    TooLarge,
}

/// What a message tells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Notice {
    /// A record.
    Record(String),
    /// Files: bucket and key each.
    Files(Vec<(String, String)>),
    /// Nothing: S3 tries a new notification.
    Nothing,
}

#[derive(Deserialize)]
struct Envelope<'a> {
    #[serde(rename = "Type")]
    kind: Option<String>,
    #[serde(rename = "Message")]
    message: Option<String>,
    #[serde(rename = "Event")]
    event: Option<String>,
    #[serde(rename = "detail-type")]
    detail_type: Option<String>,
    #[serde(borrow)]
    detail: Option<&'a RawValue>,
    #[serde(rename = "Records")]
    records: Option<Vec<S3Record>>,
    #[serde(rename = "s3Bucket")]
    bucket: Option<String>,
    #[serde(rename = "s3ObjectKey", default)]
    keys: Vec<String>,
}

#[derive(Deserialize)]
struct S3Record {
    s3: S3Detail,
}

#[derive(Deserialize)]
struct S3Detail {
    bucket: Bucket,
    object: Object,
}

#[derive(Deserialize)]
struct Bucket {
    name: String,
}

#[derive(Deserialize)]
struct Object {
    key: String,
}

/// Reads a message.
///
/// # Errors
/// When it is none that tells of records.
pub fn read_message(text: &str) -> Result<Notice, IntakeError> {
    read_envelope(text, DEEPEST)
}

fn read_envelope(text: &str, deepest: usize) -> Result<Notice, IntakeError> {
    let strange = |why: &dyn std::fmt::Display| IntakeError::Message(why.to_string());
    let envelope: Envelope<'_> = serde_json::from_str(text).map_err(|error| strange(&error))?;
    if let (Some("Notification"), Some(message)) = (envelope.kind.as_deref(), &envelope.message) {
        return match deepest.checked_sub(1) {
            Some(deepest) => read_envelope(message, deepest),
            None => Err(strange(&"too many envelopes")),
        };
    }
    if let (Some(kind), Some(detail)) = (&envelope.detail_type, envelope.detail) {
        if kind.ends_with("via CloudTrail") {
            return Ok(Notice::Record(detail.get().to_owned()));
        }
        // EventBridge does not encode keys.
        let detail: S3Detail = serde_json::from_str(detail.get()).map_err(|error| strange(&error))?;
        return Ok(Notice::Files(vec![(detail.bucket.name, detail.object.key)]));
    }
    if let Some(records) = envelope.records {
        let file = |record: S3Record| (record.s3.bucket.name, plain_key(&record.s3.object.key));
        return Ok(Notice::Files(records.into_iter().map(file).collect()));
    }
    if let Some(bucket) = envelope.bucket {
        return Ok(Notice::Files(envelope.keys.into_iter().map(|key| (bucket.clone(), key)).collect()));
    }
    match envelope.event.as_deref() {
        Some("s3:TestEvent") => Ok(Notice::Nothing),
        _ => Err(strange(&"it has none of their members")),
    }
}

/// S3's notifications encode keys as forms do.
fn plain_key(key: &str) -> String {
    let spaced = key.replace('+', " ");
    percent_encoding::percent_decode_str(&spaced).decode_utf8_lossy().into_owned()
}

/// Whether a key may be of a file with records: CloudTrail puts digests beside them.
pub fn may_hold_records(key: &str) -> bool {
    !key.contains("/CloudTrail-Digest/")
}

/// The text of a file, unzipped where it is zipped.
///
/// # Errors
/// When it is broken or too large.
pub fn unzip(bytes: &[u8]) -> Result<String, IntakeError> {
    let text = if bytes.starts_with(&[0x1F, 0x8B]) {
        let mut text = Vec::new();
        let mut limited = MultiGzDecoder::new(bytes).take(LARGEST_FILE + 1);
        limited.read_to_end(&mut text).map_err(|error| IntakeError::Gzip(error.to_string()))?;
        text
    } else {
        bytes.to_vec()
    };
    if text.len() as u64 > LARGEST_FILE {
        return Err(IntakeError::TooLarge);
    }
    String::from_utf8(text).map_err(|error| IntakeError::File(error.to_string()))
}

/// The records of a file's text.
///
/// # Errors
/// When it is no file of CloudTrail's.
pub fn read_file(text: &str) -> Result<Vec<&str>, IntakeError> {
    #[derive(Deserialize)]
    struct File<'a> {
        #[serde(rename = "Records", borrow)]
        records: Vec<&'a RawValue>,
    }
    let file: File<'_> = serde_json::from_str(text).map_err(|error| IntakeError::File(error.to_string()))?;
    Ok(file.records.into_iter().map(RawValue::get).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: &Notice) {
        assert_eq!(read_message(text).as_ref(), Ok(expected), "{text}");
    }

    #[test]
    fn messages() {
        let record = Notice::Record(r#"{"eventID": "1"}"#.to_owned());
        check(
            r#"{"version":"0","detail-type":"AWS API Call via CloudTrail","detail":{"eventID": "1"}}"#,
            &record,
        );
        check(r#"{"detail-type":"AWS Console Sign In via CloudTrail","detail":{"eventID": "1"}}"#, &record);
        let file = Notice::Files(vec![("b".to_owned(), "a b/c=d.json.gz".to_owned())]);
        let s3 = r#"{"Records":[{"eventName":"ObjectCreated:Put","s3":{"bucket":{"name":"b"},"object":{"key":"a+b/c%3Dd.json.gz","size":1}}}]}"#;
        check(s3, &file);
        check(&serde_json::json!({ "Type": "Notification", "Message": s3 }).to_string(), &file);
        check(r#"{"s3Bucket":"b","s3ObjectKey":["a b/c=d.json.gz"]}"#, &file);
        check(
            r#"{"detail-type":"Object Created","detail":{"bucket":{"name":"b"},"object":{"key":"a b/c=d.json.gz"}}}"#,
            &file,
        );
        check(r#"{"Service":"Amazon S3","Event":"s3:TestEvent","Bucket":"b"}"#, &Notice::Nothing);
    }

    #[test]
    fn what_is_no_message() {
        let mut nested = r#"{"s3Bucket":"b"}"#.to_owned();
        for _ in 0..5 {
            nested = serde_json::json!({ "Type": "Notification", "Message": nested }).to_string();
        }
        for text in ["", "[]", "{}", "{\"Records\":[{}]}", "{\"detail-type\":\"x\",\"detail\":1}", &nested] {
            assert!(matches!(read_message(text), Err(IntakeError::Message(_))), "{text}");
        }
    }

    #[test]
    fn files() {
        let text = r#"{"Records":[{"a": 1}, {"b":"x"}]}"#;
        assert_eq!(read_file(text).unwrap(), [r#"{"a": 1}"#, r#"{"b":"x"}"#]);
        assert_eq!(unzip(text.as_bytes()).unwrap(), text);
        assert!(matches!(unzip(&[0x1F, 0x8B, 0, 1]), Err(IntakeError::Gzip(_))));
        assert!(matches!(read_file("{}"), Err(IntakeError::File(_))));
        assert!(matches!(unzip(&[0xFF]), Err(IntakeError::File(_))));
        assert!(!may_hold_records("AWSLogs/1/CloudTrail-Digest/us-east-1/x.json.gz"));
    }
}
