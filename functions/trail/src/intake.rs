//! Audit records of a real account: EventBridge's "… via CloudTrail" events and notices of CloudTrail's own files, both by SQS, and the
//! files that lay in a bucket before anybody told of them.
//!
//! An event is known by its `eventID` and counts once, however often and by whichever way it comes. What cannot be read is kept aside
//! with the reason, so that it can be mended and sent again; it is never dropped.

use std::collections::{BTreeMap, BTreeSet};

use aws_lambda_events::sqs::{BatchItemFailure, SqsBatchResponse, SqsEvent, SqsMessage};
use serde::de::IgnoredAny;
use serde::{Deserialize, Serialize};
use watchtrail_core::trail::intake::{Notice, may_hold_records, read_file, read_message, unzip};
use watchtrail_core::trail::record::Record;
use watchtrail_service::Context;
use watchtrail_store::{Scope, StoreError};

/// Bytes of records that are stored at once.
const BATCH: usize = 4 << 20;

/// Files of a backfill that one invocation takes.
const FILES: usize = 200;

/// What the function is sent beside requests of its URL.
#[derive(Debug)]
pub enum TrailEvent {
    /// Messages of the queue.
    Messages(SqsEvent),
    /// What such a message says, without a queue: an event of EventBridge, a notice of files by S3 or CloudTrail.
    Message(String),
    /// Files to take in.
    Backfill(Backfill),
}

/// The members by which events are told apart.
#[derive(Deserialize)]
struct Members {
    #[serde(rename = "Records", default)]
    records: Option<Vec<Member>>,
    #[serde(rename = "detail-type", default)]
    detail_type: Option<IgnoredAny>,
    #[serde(rename = "s3Bucket", default)]
    bucket: Option<IgnoredAny>,
    #[serde(rename = "Event", default)]
    event: Option<IgnoredAny>,
    #[serde(default)]
    backfill: Option<Backfill>,
}

#[derive(Deserialize)]
struct Member {
    s3: Option<IgnoredAny>,
}

impl TrailEvent {
    /// Reads what the function was invoked with; `None` where that has the members of none of them, as a request of the URL.
    ///
    /// # Errors
    /// When it is no JSON, or what its members promise it to be does not read as that.
    pub fn parse(payload: &str) -> Result<Option<Self>, serde_json::Error> {
        // An array would be read as the members in their order.
        if payload.trim_start().starts_with('[') {
            return Err(serde::de::Error::custom("an event is an object"));
        }
        let members: Members = serde_json::from_str(payload)?;
        if let Some(ask) = members.backfill {
            return Ok(Some(Self::Backfill(ask)));
        }
        let alone = members.detail_type.is_some() || members.bucket.is_some() || members.event.is_some();
        let event = match members.records {
            Some(records) if records.first().is_none_or(|first| first.s3.is_none()) => {
                Self::Messages(serde_json::from_str(payload)?)
            }
            None if !alone => return Ok(None),
            _ => Self::Message(payload.to_owned()),
        };
        Ok(Some(event))
    }
}

/// What the function answers to a [`TrailEvent`].
#[derive(Debug, Serialize)]
#[serde(untagged)]
pub enum Received {
    /// Which messages are to come again.
    Batch(SqsBatchResponse),
    /// What a backfill took.
    Backfill(Report),
}

/// Takes in what the function was sent.
///
/// # Errors
/// When a store does not answer to a backfill or to what came without a queue; the same can be sent again. What fails of the queue's
/// messages stands in the answer.
pub async fn receive(context: &Context, event: &TrailEvent) -> Result<Received, StoreError> {
    match event {
        TrailEvent::Messages(messages) => Ok(Received::Batch(take_in(context, messages).await)),
        TrailEvent::Message(text) => {
            take_one(context, text).await?;
            Ok(Received::Batch(SqsBatchResponse::default()))
        }
        TrailEvent::Backfill(ask) => Ok(Received::Backfill(backfill(context, ask).await?)),
    }
}

/// Asks for the files that lie in a bucket.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Backfill {
    /// The bucket.
    pub bucket: String,
    /// What their keys begin with, such as `AWSLogs/123456789012/CloudTrail/`.
    pub prefix: String,
    /// Where an earlier one ended: its report's `next`.
    pub next: Option<String>,
}

/// What was taken.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Report {
    /// Files.
    pub files: usize,
    /// Records, those included that were known.
    pub records: usize,
    /// What was kept aside.
    pub aside: usize,
    /// Where to go on; none at the end.
    pub next: Option<String>,
}

/// Records by account and region, each with the message that brought it.
#[derive(Default)]
struct Gathered<'a>(BTreeMap<Scope, Vec<(&'a str, String)>>);

/// Takes what messages tell of. Messages that failed come again.
pub async fn take_in(context: &Context, event: &SqsEvent) -> SqsBatchResponse {
    let (mut gathered, mut failed, mut report) = (Gathered::default(), BTreeSet::new(), Report::default());
    for message in &event.records {
        let id = message.message_id.as_deref().unwrap_or_default();
        if let Err(error) = read(context, message, &mut gathered, &mut report).await {
            tracing::error!(id, %error, "a message was not taken; it comes again");
            failed.insert(id.to_owned());
        }
    }
    for (scope, records) in gathered.0 {
        let texts: Vec<&str> = records.iter().map(|(_, record)| record.as_str()).collect();
        match append(context, &scope, &texts).await {
            Ok(()) => report.records += texts.len(),
            Err(error) => {
                tracing::error!(%scope, %error, "records were not stored; their messages come again");
                failed.extend(records.iter().map(|(id, _)| (*id).to_owned()));
            }
        }
    }
    tracing::info!(report.files, report.records, report.aside, failed = failed.len(), "taken in");
    let failure = |id| {
        let mut failure = BatchItemFailure::default();
        failure.item_identifier = id;
        failure
    };
    let mut response = SqsBatchResponse::default();
    response.batch_item_failures = failed.into_iter().map(failure).collect();
    response
}

/// Takes what a single message tells of, which nobody but its sender can send again.
async fn take_one(context: &Context, text: &str) -> Result<(), StoreError> {
    let mut message = SqsMessage::default();
    message.body = Some(text.to_owned());
    let (mut gathered, mut report) = (Gathered::default(), Report::default());
    read(context, &message, &mut gathered, &mut report).await?;
    for (scope, records) in gathered.0 {
        let texts: Vec<&str> = records.iter().map(|(_, record)| record.as_str()).collect();
        append(context, &scope, &texts).await?;
        report.records += texts.len();
    }
    tracing::info!(report.files, report.records, report.aside, "taken in");
    Ok(())
}

async fn read<'a>(
    context: &Context,
    message: &'a SqsMessage,
    gathered: &mut Gathered<'a>,
    report: &mut Report,
) -> Result<(), StoreError> {
    let body = message.body.as_deref().unwrap_or_default();
    let notice = match read_message(body) {
        Ok(notice) => notice,
        Err(error) => return aside(context, "message", body, &error, report).await,
    };
    match notice {
        Notice::Nothing => {}
        Notice::Record(record) => match scope(context, &record) {
            Ok(scope) => {
                let id = message.message_id.as_deref().unwrap_or_default();
                gathered.0.entry(scope).or_default().push((id, record));
            }
            Err(error) => aside(context, "event", &record, &error, report).await?,
        },
        Notice::Files(files) => {
            for (bucket, key) in files {
                take_file(context, &bucket, &key, report).await?;
            }
        }
    }
    Ok(())
}

/// Takes the files of a bucket, as many as one invocation may.
///
/// # Errors
/// When a store does not answer; the same can be asked for again.
pub async fn backfill(context: &Context, ask: &Backfill) -> Result<Report, StoreError> {
    let mut report = Report { next: ask.next.clone(), ..Report::default() };
    while report.files < FILES {
        let (keys, next) =
            context.store.trail.objects(&ask.bucket, &ask.prefix, report.next.as_deref()).await?;
        for key in keys {
            take_file(context, &ask.bucket, &key, &mut report).await?;
        }
        report.next = next;
        if report.next.is_none() {
            break;
        }
    }
    Ok(report)
}

async fn take_file(
    context: &Context,
    bucket: &str,
    key: &str,
    report: &mut Report,
) -> Result<(), StoreError> {
    if !may_hold_records(key) {
        return Ok(());
    }
    let from = format!("s3://{bucket}/{key}");
    let Some(bytes) = context.store.trail.object(bucket, key).await? else {
        return aside(context, &from, "", &"the file is gone", report).await;
    };
    let text = match unzip(&bytes) {
        Ok(text) => text,
        Err(error) => return aside(context, &from, "", &error, report).await,
    };
    let records = match read_file(&text) {
        Ok(records) => records,
        Err(error) => return aside(context, &from, "", &error, report).await,
    };
    let mut scopes: BTreeMap<Scope, Vec<&str>> = BTreeMap::new();
    for record in records {
        match scope(context, record) {
            Ok(scope) => scopes.entry(scope).or_default().push(record),
            Err(error) => aside(context, &from, record, &error, report).await?,
        }
    }
    for (scope, records) in scopes {
        append(context, &scope, &records).await?;
        report.records += records.len();
    }
    report.files += 1;
    Ok(())
}

/// Account and region of a record.
fn scope(context: &Context, record: &str) -> Result<Scope, watchtrail_core::trail::record::RecordError> {
    let record = Record::parse(record)?;
    let account = record.account.as_deref().or(record.identity.account_id.as_deref());
    let known =
        |text: Option<&str>, other: &str| text.filter(|text| is_word(text)).unwrap_or(other).to_owned();
    Ok(Scope {
        account: known(account, &context.settings.account),
        region: known(record.region.as_deref(), &context.settings.region),
    })
}

/// Accounts and regions become part of keys.
fn is_word(text: &str) -> bool {
    (1..=32).contains(&text.len())
        && text.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
}

async fn append(context: &Context, scope: &Scope, records: &[&str]) -> Result<(), StoreError> {
    let now = context.now();
    let (mut start, mut bytes) = (0, 0);
    for (at, record) in records.iter().enumerate() {
        if bytes + record.len() > BATCH && at > start {
            context.store.trail.append(scope, &records[start..at], context.ulid(now), now).await?;
            (start, bytes) = (at, 0);
        }
        bytes += record.len();
    }
    context.store.trail.append(scope, &records[start..], context.ulid(now), now).await
}

async fn aside(
    context: &Context,
    from: &str,
    text: &str,
    reason: &(dyn std::fmt::Display + Sync),
    report: &mut Report,
) -> Result<(), StoreError> {
    tracing::warn!(from, %reason, "kept aside");
    report.aside += 1;
    let settings = &context.settings;
    let scope = Scope { account: settings.account.clone(), region: settings.region.clone() };
    context.store.trail.set_aside(&scope, format!("{from}: {reason}"), text, context.now()).await
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Which of them it is; `-` for none, `!` for what does not read.
    fn kind(payload: &str) -> &'static str {
        match TrailEvent::parse(payload) {
            Ok(Some(TrailEvent::Messages(_))) => "messages",
            Ok(Some(TrailEvent::Message(_))) => "message",
            Ok(Some(TrailEvent::Backfill(_))) => "backfill",
            Ok(None) => "-",
            Err(_) => "!",
        }
    }

    #[test]
    fn events_are_told_apart() {
        fn check(payload: &str, expected: &str) {
            assert_eq!(kind(payload), expected, "{payload}");
        }
        check(r#"{"Records":[{"messageId":"1","body":"{}","eventSource":"aws:sqs"}]}"#, "messages");
        check(r#"{"Records":[]}"#, "messages");
        check(r#"{"Records":[{"s3":{"bucket":{"name":"b"},"object":{"key":"k"}}}]}"#, "message");
        check(r#"{"version":"0","detail-type":"AWS API Call via CloudTrail","detail":{}}"#, "message");
        check(r#"{"s3Bucket":"b","s3ObjectKey":["k"]}"#, "message");
        check(r#"{"Service":"Amazon S3","Event":"s3:TestEvent"}"#, "message");
        check(r#"{"backfill":{"bucket":"b","prefix":""}}"#, "backfill");
        check(r#"{"version":"2.0","rawPath":"/","requestContext":{}}"#, "-");
        for wrong in [
            "",
            "[]",
            r#"{"backfill":{}}"#,
            r#"{"backfill":{"bucket":"b","prefix":"","x":1}}"#,
            r#"{"Records":1}"#,
        ] {
            check(wrong, "!");
        }
    }
}
