//! Log events of an account's own CloudWatch log groups: they come by subscription filters whose destination is this function, and are
//! kept under the same names.
//!
//! AWS: <https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/SubscriptionFilters.html#LambdaFunctionExample>. Groups and streams are made as they are
//! met. The events get ids of their own. Lambda repeats what failed: what was stored is stored once more only in the rare cases that
//! `watchtrail_store::logs` names. A group whose events this function's own log is among must not be subscribed to it: each of its events
//! would make more of them.

use std::ops::Range;

use serde::{Deserialize, Serialize};
use watchtrail_core::logs::intake::{EVENT_OVERHEAD, IntakeError, MOST_BYTES, judge};
use watchtrail_core::logs::subscription::{Message, MessageError, MessageType, SentEvent, read_event};
use watchtrail_core::time::DAY;
use watchtrail_service::Context;
use watchtrail_store::logs::{LogGroup, LogStream, LogWriter, Put, Target, identity};
use watchtrail_store::{Scope, StoreError};

/// Events that are stored at once, as `PutLogEvents` takes them.
const MOST: usize = 10_000;

/// How often it is tried again when somebody deletes the group or the stream meanwhile.
const ATTEMPTS: usize = 5;

/// What Lambda's trigger of CloudWatch Logs sends.
#[derive(Debug, Clone, Deserialize)]
pub struct LogsEvent {
    /// Its only member.
    pub awslogs: Option<LogsData>,
}

/// The data of a [`LogsEvent`].
#[derive(Debug, Clone, Deserialize)]
pub struct LogsData {
    /// A gzipped message, base64.
    pub data: String,
}

/// What became of the events.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Report {
    /// They are stored.
    pub stored: usize,
    /// They had been stored before.
    pub repeated: usize,
    /// They are too old, too new or expired; `PutLogEvents` would reject them.
    pub rejected: usize,
}

/// Why nothing, or not all, was taken.
#[derive(Debug, thiserror::Error)]
pub enum TakeError {
    /// It is no message.
    #[error(transparent)]
    Message(#[from] MessageError),
    /// A name or an account in it can be none.
    #[error("the message names no account, log group or log stream: {0:?}")]
    Name(String),
    /// What is left is taken when it comes again.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Stores what a subscription filter sent.
///
/// # Errors
/// When it is not understood, or a store does not answer. Lambda sends it again then, and at last to the dead letters.
pub async fn take_in(context: &Context, data: &str) -> Result<Report, TakeError> {
    let mut message = read_event(data)?;
    let mut report = Report::default();
    if message.message_type == MessageType::ControlMessage {
        return Ok(report);
    }
    check_names(&message)?;
    message.log_events.sort_by_key(|event| event.timestamp);
    let scope = Scope { account: message.owner.to_string(), region: context.settings.region.clone() };
    let intake = Intake { context, scope, group: &message.log_group, stream: &message.log_stream };
    for part in parts(&message.log_events) {
        intake.take(&message.log_events[part], &mut report).await?;
    }
    tracing::info!(
        stored = report.stored,
        repeated = report.repeated,
        rejected = report.rejected,
        "taken in"
    );
    Ok(report)
}

/// The names become parts of keys.
fn check_names(message: &Message<'_>) -> Result<(), TakeError> {
    let group = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_' | b'/' | b'#');
    let long = |name: &str| (1..=512).contains(&name.chars().count());
    let (owner, name, stream) = (&message.owner, &message.log_group, &message.log_stream);
    let wrong = if owner.len() != 12 || !owner.bytes().all(|byte| byte.is_ascii_digit()) {
        owner
    } else if !long(name) || !name.bytes().all(group) {
        name
    } else if !long(stream) || stream.contains([':', '*']) {
        stream
    } else {
        return Ok(());
    };
    Err(TakeError::Name(wrong.to_string()))
}

/// Cuts events, which are in the order of time, into such parts as `PutLogEvents` takes.
fn parts(events: &[SentEvent<'_>]) -> Vec<Range<usize>> {
    let (mut parts, mut start, mut bytes) = (Vec::new(), 0, 0);
    for (index, event) in events.iter().enumerate() {
        let size = event.message.len() + EVENT_OVERHEAD;
        let first = events.get(start).map_or(event.timestamp, |first| first.timestamp);
        let full = index - start == MOST || bytes + size > MOST_BYTES;
        if index > start && (full || event.timestamp.saturating_sub(first) > DAY) {
            parts.push(start..index);
            (start, bytes) = (index, 0);
        }
        bytes += size;
    }
    if start < events.len() {
        parts.push(start..events.len());
    }
    parts
}

/// Where events go.
struct Intake<'a> {
    context: &'a Context,
    scope: Scope,
    group: &'a str,
    stream: &'a str,
}

impl Intake<'_> {
    async fn take(&self, events: &[SentEvent<'_>], report: &mut Report) -> Result<(), TakeError> {
        let logs = &self.context.store.logs;
        let ids = events.iter().map(|event| (&*event.id, event.timestamp));
        let identity = identity(&self.scope, (self.group, self.stream), ids);
        if logs.is_taken(identity).await? {
            report.repeated += events.len();
            return Ok(());
        }
        for _ in 0..ATTEMPTS {
            let now = self.context.now();
            let writer = self.writer().await?;
            let sizes = events.iter().map(|event| (event.timestamp, event.message.len()));
            let taken = match judge(sizes, now, writer.kept_from(now)) {
                Ok(taken) => taken.events,
                // They are in order and within a day: one is too large alone.
                Err(IntakeError::TooLarge(_) | IntakeError::OutOfOrder | IntakeError::SpansTooLong) => 0..0,
            };
            let kept: Vec<(i64, &str)> =
                events[taken].iter().map(|event| (event.timestamp, &*event.message)).collect();
            if logs.put(&writer, &kept, identity, now).await? == Put::Stored {
                report.stored += kept.len();
                report.rejected += events.len() - kept.len();
                logs.taken(identity, now).await?;
                return Ok(());
            }
        }
        Err(StoreError::Conflict.into())
    }

    /// The stream, which is made where it is missing, as is its group.
    async fn writer(&self) -> Result<LogWriter, StoreError> {
        let logs = &self.context.store.logs;
        for _ in 0..ATTEMPTS {
            let now = self.context.now();
            let made = match logs.target(&self.scope, self.group, self.stream, now).await? {
                Target::Open(writer) => return Ok(writer),
                Target::NoGroup => {
                    let id = self.context.ulid(now).to_string();
                    let group = LogGroup::new(self.group.to_owned(), id, "STANDARD".to_owned(), now);
                    logs.create_group(&self.scope, &group, &std::collections::BTreeMap::new()).await
                }
                Target::NoStream => self.create_stream().await,
            };
            match made {
                // Somebody else made it, or deleted its group: the next look tells.
                Ok(()) | Err(StoreError::Conflict) => {}
                Err(error) => return Err(error),
            }
        }
        Err(StoreError::Conflict)
    }

    async fn create_stream(&self) -> Result<(), StoreError> {
        let (logs, now) = (&self.context.store.logs, self.context.now());
        let Some(group) = logs.group(&self.scope, self.group).await? else { return Ok(()) };
        let stream = LogStream {
            name: self.stream.to_owned(),
            id: self.context.ulid(now).to_string(),
            created: now.millis(),
            first: None,
            last: None,
            ingested: None,
        };
        logs.create_stream(&group.partition(&self.scope), &stream).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_what_put_log_events_takes() {
        fn check(events: &[(i64, usize)], expected: &[Range<usize>]) {
            let event = |(timestamp, length): &(i64, usize)| SentEvent {
                id: "".into(),
                timestamp: *timestamp,
                message: "x".repeat(*length).into(),
            };
            let events: Vec<_> = events.iter().map(event).collect();
            assert_eq!(parts(&events), expected);
        }
        let half = MOST_BYTES / 2;
        check(&[], &[]);
        check(&[(0, 1), (0, 1), (DAY, 1)], &[0..3]);
        check(&[(0, 1), (DAY, 1), (DAY + 1, 1), (2 * DAY, 1)], &[0..2, 2..4]);
        check(&[(0, half), (0, half), (0, half - 26), (0, half - 26)], &[0..1, 1..2, 2..4]);
        check(&[(0, 3 * half), (0, 1)], &[0..1, 1..2]);
        check(&[(0, 1); 2 * MOST + 1], &[0..MOST, MOST..2 * MOST, 2 * MOST..2 * MOST + 1]);
    }
}
