//! Audit events of applications, as records.
//!
//! An event is JSON after the schema of CloudTrail Lake's integrations
//! (<https://docs.aws.amazon.com/awscloudtrail/latest/userguide/query-integration-event-schema.html>). Its record is Lake's, of category `ActivityAuditLog` and type
//! `ActivityLog`, with the event as `eventData`; and since records of trails say who did what at their top, `eventName`, `eventSource`, `userIdentity` and
//! a few more stand there, too, where LookupEvents, trails and Athena find them.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};
use watchtrail_core::time::Timestamp;
use watchtrail_service::uuid_of;
use watchtrail_service::wording::trail::{Worded, audit_event as wording};
use watchtrail_store::Scope;
use watchtrail_wire::shapes::cloudtrail_data::AuditEvent;

/// The largest `eventData`, in bytes: a record with its envelope stays within CloudTrail's 256 KB.
const LARGEST: usize = 250 << 10;

/// Fields that an event has to have, as texts, with the most characters of each.
const REQUIRED: [(&str, usize); 6] = [
    ("version", 256),
    ("eventSource", 256),
    ("eventName", 1024),
    ("eventTime", 64),
    ("UID", 1024),
    ("recipientAccountId", 12),
];

/// Texts that an event may have, which its record has at its top.
const OPTIONAL: [(&str, usize); 4] =
    [("sourceIPAddress", 256), ("userAgent", 1024), ("errorCode", 256), ("errorMessage", 1024)];

/// Where and when events arrive.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Arrival<'a> {
    pub(crate) scope: &'a Scope,
    pub(crate) channel_arn: &'a str,
    pub(crate) now: Timestamp,
}

/// The record of an event.
#[derive(Debug)]
pub(crate) struct Made {
    /// Its `eventID`.
    pub(crate) id: String,
    pub(crate) json: String,
}

/// Makes the record of an event.
///
/// # Errors
/// Why the event is not taken: AWS's code, and a message.
pub(crate) fn record(arrival: &Arrival<'_>, event: &AuditEvent) -> Result<Made, Worded> {
    let text = event.event_data.as_deref().unwrap_or_default();
    if let Some(given) = &event.event_data_checksum {
        let is = STANDARD.encode(Sha256::digest(text.as_bytes()));
        if *given != is {
            return Err(wording::checksum());
        }
    }
    if text.len() > LARGEST {
        return Err(wording::long_field("the whole", LARGEST));
    }
    let data: Map<String, Value> =
        serde_json::from_str(text).map_err(|error| wording::data(&error.to_string()))?;
    let time = check(arrival, &data)?;
    let id = id(arrival.channel_arn, data.get("UID").and_then(Value::as_str).unwrap_or_default());
    let mut record = json!({
        "eventVersion": "1.11",
        "eventCategory": "ActivityAuditLog",
        "eventType": "ActivityLog",
        "eventID": id,
        "eventTime": time.to_string(),
        "awsRegion": arrival.scope.region,
        "recipientAccountId": arrival.scope.account,
        "metadata": { "ingestionTime": arrival.now.floor_to(1).to_string(), "channelARN": arrival.channel_arn },
    });
    for field in ["userIdentity", "eventSource", "eventName", "additionalEventData"] {
        copy(&data, field, &mut record);
    }
    for (field, _) in OPTIONAL {
        copy(&data, field, &mut record);
    }
    record["eventData"] = Value::Object(data);
    Ok(Made { id, json: record.to_string() })
}

fn copy(data: &Map<String, Value>, field: &str, record: &mut Value) {
    if let Some(value) = data.get(field).filter(|value| !value.is_null()) {
        record[field] = value.clone();
    }
}

/// Checks an event's fields; returns when it happened.
fn check(arrival: &Arrival<'_>, data: &Map<String, Value>) -> Result<Timestamp, Worded> {
    for (field, most) in REQUIRED {
        let text = text(data, field, most)?.ok_or_else(|| wording::no_field(field))?;
        if text.is_empty() {
            return Err(wording::no_field(field));
        }
    }
    for (field, most) in OPTIONAL {
        text(data, field, most)?;
    }
    let get = |field: &str| data.get(field).and_then(Value::as_str).unwrap_or_default();
    if get("recipientAccountId") != arrival.scope.account {
        return Err(wording::recipient());
    }
    if get("eventSource").ends_with(".amazonaws.com") {
        return Err(wording::source());
    }
    check_identity(data)?;
    time(get("eventTime")).ok_or_else(|| wording::data("eventTime is no time"))
}

/// Who did it: a type and a principal, and details of any kind.
fn check_identity(data: &Map<String, Value>) -> Result<(), Worded> {
    let identity = data.get("userIdentity").ok_or_else(|| wording::no_field("userIdentity"))?;
    let identity = identity.as_object().ok_or_else(|| wording::data("userIdentity is no object"))?;
    for field in ["type", "principalId"] {
        text(identity, field, 1024)?.ok_or_else(|| wording::no_field(&format!("userIdentity.{field}")))?;
    }
    // LookupEvents and the records' readers take these as texts.
    for field in ["arn", "accountId", "accessKeyId", "userName", "invokedBy"] {
        text(identity, field, 2048)?;
    }
    Ok(())
}

/// A field that is a text, if it is there.
fn text<'d>(data: &'d Map<String, Value>, field: &str, most: usize) -> Result<Option<&'d str>, Worded> {
    match data.get(field) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) if text.chars().count() > most => Err(wording::long_field(field, most)),
        Some(Value::String(text)) => Ok(Some(text)),
        Some(_) => Err(wording::data(&format!("{field} is no text"))),
    }
}

/// `2026-11-21T10:00:00Z`; AWS's own format has no zone, and means UTC.
fn time(text: &str) -> Option<Timestamp> {
    Timestamp::parse_rfc3339(text).or_else(|| Timestamp::parse_rfc3339(&format!("{text}Z")))
}

/// The same for the same event of the same channel, always.
fn id(channel_arn: &str, uid: &str) -> String {
    let hash = Sha256::new().chain_update(channel_arn).chain_update([0]).chain_update(uid).finalize();
    let bits = hash.iter().take(16).fold(0_u128, |bits, byte| bits << 8 | u128::from(*byte));
    uuid_of(bits)
}

#[cfg(test)]
mod tests {
    use watchtrail_core::trail::record::{Category, Record};

    use super::*;

    const DATA: &str = r#"{"version":"1.0","userIdentity":{"type":"CustomUser","principalId":"p-1","userName":"ann"},"eventSource":"shop.example",
        "eventName":"Refund","eventTime":"2026-11-21T10:00:00Z","UID":"u-1","recipientAccountId":"123456789012","errorCode":"Denied",
        "requestParameters":{"order":7}}"#;

    fn made(data: &str, checksum: Option<&str>) -> Result<Made, Worded> {
        let scope = Scope { account: "123456789012".to_owned(), region: "us-east-1".to_owned() };
        let arrival = Arrival { scope: &scope, channel_arn: "arn:c", now: Timestamp::from_millis(1_500) };
        let event = AuditEvent {
            event_data: Some(data.to_owned()),
            event_data_checksum: checksum.map(str::to_owned),
            id: Some("1".to_owned()),
        };
        record(&arrival, &event)
    }

    #[test]
    fn an_event_becomes_a_record() {
        let first = made(DATA, None).unwrap();
        let record = Record::parse(&first.json).unwrap();
        assert_eq!((&*record.id, &*record.name, &*record.source), (&*first.id, "Refund", "shop.example"));
        assert_eq!((record.category, record.identity.name()), (Category::Management, Some("ann")));
        assert_eq!(record.error_code.as_deref(), Some("Denied"));
        let json: Value = serde_json::from_str(&first.json).unwrap();
        assert_eq!(json["eventData"]["requestParameters"]["order"], 7);
        assert_eq!(json["metadata"]["ingestionTime"], "1970-01-01T00:00:01Z");
        assert_eq!(made(DATA, None).unwrap().id, first.id);
        assert_ne!(made(&DATA.replace("u-1", "u-2"), None).unwrap().id, first.id);
    }

    #[test]
    fn what_is_refused() {
        fn check(data: &str, code: &str, message: &str) {
            let (found, said) = made(data, None).unwrap_err();
            assert_eq!((found, said.as_str()), (code, message), "{data}");
        }
        let with = |from: &str, to: &str| DATA.replace(from, to);
        check(&with("\"eventName\"", "\"x\""), "FieldNotFound", "eventData has no eventName.");
        check(&with("u-1", ""), "FieldNotFound", "eventData has no UID.");
        check(&with("\"p-1\"", "null"), "FieldNotFound", "eventData has no userIdentity.principalId.");
        check(&with("\"Refund\"", "7"), "InvalidData", "eventData is not valid: eventName is no text");
        check(&with("2026-11-21T", "today "), "InvalidData", "eventData is not valid: eventTime is no time");
        let other = "recipientAccountId is not the account of the channel.";
        check(&with("123456789012", "210987654321"), "InvalidRecipient", other);
        let aws = "eventSource must not be a service of AWS.";
        check(&with("shop.example", "s3.amazonaws.com"), "InvalidEventSource", aws);
        let long = with("Denied", &"x".repeat(257));
        check(&long, "FieldTooLong", "errorCode of eventData is longer than 256 characters.");
        assert_eq!(made("[]", None).unwrap_err().0, "InvalidData");
        assert_eq!(made("", None).unwrap_err().0, "InvalidData");
        assert!(made(&with("10:00:00Z", "10:00:00"), None).is_ok());
    }

    #[test]
    fn checksums() {
        let right = STANDARD.encode(Sha256::digest(DATA));
        assert!(made(DATA, Some(&right)).is_ok());
        assert_eq!(made(DATA, Some("x")).unwrap_err().0, "InvalidChecksum");
    }
}
