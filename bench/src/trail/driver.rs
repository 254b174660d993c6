//! What is asked of the suite: files into S3, their notices, trails, channels.

use std::ops::Range;

use bytes::Bytes;
use hyper::Method;
use serde_json::{Value, json};
use watchtrail_core::time::Timestamp;

use crate::http::Client;
use crate::records::{self, Records};
use crate::{Result, clock};

type Header = (&'static str, &'static str);
const CALLER: Header = (
    "authorization",
    "AWS4-HMAC-SHA256 Credential=123456789012/20260101/us-east-1/cloudtrail/aws4_request, SignedHeaders=host, Signature=0",
);
const S3: Header = (
    "authorization",
    "AWS4-HMAC-SHA256 Credential=123456789012/20260101/us-east-1/s3/aws4_request, SignedHeaders=host, Signature=0",
);
const DATA: Header = (
    "authorization",
    "AWS4-HMAC-SHA256 Credential=123456789012/20260101/us-east-1/cloudtrail-data/aws4_request, SignedHeaders=host, Signature=0",
);
const JSON: Header = ("content-type", "application/x-amz-json-1.1");

/// The bucket that CloudTrail's files come from, and the one that a trail of the suite delivers to.
pub(super) const SOURCE: &str = "bench-source";
pub(super) const BUCKET: &str = "bench-trail";

/// Records of a file …
pub(super) const FILE: usize = 1_000;
/// … and files of an SQS message batch.
const MESSAGES: usize = 10;

pub(super) async fn call(client: &mut Client, operation: &str, body: Value) -> Result<Value> {
    let target = format!("com.amazonaws.cloudtrail.v20131101.CloudTrail_20131101.{operation}");
    // A handful of names, each leaked once a call: headers want texts that live on.
    let headers = [CALLER, JSON, ("x-amz-target", &*target.leak())];
    let answer = client.send(Method::POST, "/", &headers, body.to_string().into()).await?.ok()?;
    Ok(if answer.is_empty() { Value::Null } else { serde_json::from_slice(&answer)? })
}

pub(super) async fn put(client: &mut Client, path: &str, body: Bytes) -> Result<()> {
    client.send(Method::PUT, path, &[S3], body).await?.ok().map(drop)
}

fn key(number: usize) -> String {
    let account = records::ACCOUNT;
    let region = records::REGION;
    format!(
        "AWSLogs/{account}/CloudTrail/{region}/2026/01/01/{account}_CloudTrail_{region}_{number:06}.json.gz"
    )
}

/// Puts files into the source's bucket; answers their bytes before and after compression.
pub(super) async fn stage(
    client: &mut Client,
    records: &Records,
    numbers: Range<usize>,
) -> Result<(usize, usize)> {
    let (mut raw, mut packed) = (0, 0);
    for start in numbers.clone().step_by(FILE) {
        let (file, plain) = records.file(start..(start + FILE).min(numbers.end))?;
        raw += plain;
        packed += file.len();
        put(client, &format!("/{SOURCE}/{}", key(start / FILE)), file).await?;
    }
    Ok((raw, packed))
}

fn messages(bodies: impl Iterator<Item = Value>) -> Bytes {
    let message = |(number, body): (usize, Value)| {
        json!({
            "messageId": number.to_string(),
            "eventSource": "aws:sqs",
            "eventSourceARN": "arn:aws:sqs:us-east-1:123456789012:bench",
            "awsRegion": "us-east-1",
            "body": body.to_string(),
        })
    };
    json!({ "Records": bodies.enumerate().map(message).collect::<Vec<_>>() }).to_string().into()
}

/// Hands messages of the queue over, as Lambda does.
pub(super) async fn take_in(client: &mut Client, bodies: impl Iterator<Item = Value>) -> Result<()> {
    let json = ("content-type", "application/json");
    let answer = client.send(Method::POST, "/_watchtrail/trail", &[json], messages(bodies)).await?.ok()?;
    let answer: Value = serde_json::from_slice(&answer)?;
    match answer["batchItemFailures"].as_array() {
        Some(failures) if failures.is_empty() => Ok(()),
        _ => Err(format!("messages were not taken: {answer}").into()),
    }
}

/// S3's notice of a file.
pub(super) fn notice(number: usize) -> Value {
    json!({ "Records": [{
        "eventSource": "aws:s3",
        "eventName": "ObjectCreated:Put",
        "s3": { "bucket": { "name": SOURCE }, "object": { "key": key(number) } },
    }] })
}

pub(super) async fn announce(client: &mut Client, files: Range<usize>) -> Result<()> {
    for start in files.clone().step_by(MESSAGES) {
        take_in(client, (start..(start + MESSAGES).min(files.end)).map(notice)).await?;
    }
    Ok(())
}

/// A trail that delivers log files, with digests.
pub(super) async fn start_trail(client: &mut Client) -> Result<()> {
    put(client, &format!("/{BUCKET}"), Bytes::new()).await?;
    let trail = json!({ "Name": "bench", "S3BucketName": BUCKET, "EnableLogFileValidation": true });
    call(client, "CreateTrail", trail).await?;
    call(client, "StartLogging", json!({ "Name": "bench" })).await.map(drop)
}

/// A channel, and requests of a hundred events.
pub(super) async fn channel(client: &mut Client) -> Result<String> {
    let body = json!({
        "Name": "bench", "Source": "Custom",
        "Destinations": [{ "Type": "EVENT_DATA_STORE", "Location": "event-history" }],
    });
    let made = call(client, "CreateChannel", body).await?;
    Ok(made["ChannelArn"].as_str().ok_or("no channel")?.to_owned())
}

pub(super) async fn put_events(
    client: &mut Client,
    channel: &str,
    number: usize,
    events: usize,
) -> Result<()> {
    let event = |at: usize| {
        let data = json!({
            "version": "1.0",
            "userIdentity": { "type": "CustomUserIdentity", "principalId": format!("p-{}", at % 50), "userName": format!("u{}", at % 50) },
            "eventSource": "shop.example",
            "eventName": (["Refund", "Login", "Export", "PriceChanged"][at % 4]),
            "eventTime": Timestamp::from_millis((clock::now() - 60) * 1_000).to_string(),
            "UID": records::id(at, 3),
            "sourceIPAddress": format!("198.51.100.{}", at % 200),
            "requestParameters": { "order": at, "amount": at % 977, "currency": "EUR" },
            "recipientAccountId": records::ACCOUNT,
        });
        json!({ "id": at.to_string(), "eventData": data.to_string() })
    };
    let events: Vec<Value> = (number * events..(number + 1) * events).map(event).collect();
    let path = format!("/PutAuditEvents?channelArn={}", channel.replace(':', "%3A").replace('/', "%2F"));
    let body = json!({ "auditEvents": events }).to_string();
    let json = ("content-type", "application/json");
    let answer = client.send(Method::POST, &path, &[DATA, json], body.into()).await?.ok()?;
    let answer: Value = serde_json::from_slice(&answer)?;
    match answer["failed"].as_array().map(Vec::len) {
        Some(0) => Ok(()),
        _ => Err(format!("events failed: {answer}").into()),
    }
}
