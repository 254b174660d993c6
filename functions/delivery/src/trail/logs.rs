//! A trail's log group: each record an event, so that metric filters, subscriptions and alarms work on them.
//! <https://docs.aws.amazon.com/awscloudtrail/latest/userguide/send-cloudtrail-events-to-cloudwatch-logs.html>

use watchtrail_core::logs::intake::{EVENT_OVERHEAD, MOST_BYTES};
use watchtrail_core::time::{DAY, HOUR};
use watchtrail_store::logs::{LogStream, LogWriter, Put, Target, identity};
use watchtrail_store::{Scope, StoreError};

use super::{Refusal, Task, Wanted};

/// Events of a batch, as PutLogEvents takes them.
const EVENTS: usize = 10_000;

/// Events that PutLogEvents would not take are dated as they came (milliseconds back and ahead).
const OLDEST: i64 = 14 * DAY;
const NEWEST: i64 = 2 * HOUR;

const NO_GROUP: &str = "ResourceNotFoundException: The specified log group does not exist.";

/// The name of a log group's ARN, and its scope.
fn group(arn: &str) -> Option<(Scope, &str)> {
    let mut parts = arn.splitn(7, ':').skip(3);
    let (region, account) = (parts.next()?.to_owned(), parts.next()?.to_owned());
    let name = parts.nth(1)?;
    Some((Scope { account, region }, name.strip_suffix(":*").unwrap_or(name)))
}

/// Sends records as events; those that were taken before are not sent again.
pub(super) async fn send(task: &Task<'_>, wanted: &[Wanted<'_>]) -> Result<(), Refusal> {
    let Some(trail) = task.trail() else { return Ok(()) };
    let found = trail.log_group.as_deref().and_then(group);
    let Some((scope, group)) = found else { return Err(Refusal::Theirs(NO_GROUP.to_owned())) };
    let stream = format!("{}_CloudTrail_{}", trail.scope.account, trail.scope.region);
    let writer = writer(task, &scope, group, &stream).await?;
    let logs = &task.context.store.logs;
    for batch in batches(wanted) {
        let ids = batch.iter().map(|one| (&*one.record.id, one.record.time.millis()));
        let identity = identity(&scope, (group, &stream), ids);
        if logs.is_taken(identity).await? {
            continue;
        }
        let now = task.now.millis();
        let time = |one: &Wanted<'_>| match one.record.time.millis() {
            time if time > now - OLDEST && time < now + NEWEST => time,
            _ => one.received,
        };
        let mut events: Vec<(i64, &str)> = batch.iter().map(|one| (time(one), one.record.json)).collect();
        events.sort_by_key(|(time, _)| *time);
        match logs.put(&writer, &events, identity, task.now).await? {
            Put::Stored => logs.taken(identity, task.now).await?,
            Put::NoGroup | Put::NoStream => return Err(Refusal::Theirs(NO_GROUP.to_owned())),
        }
    }
    Ok(())
}

/// The stream, made where it is missing.
async fn writer(task: &Task<'_>, scope: &Scope, group: &str, stream: &str) -> Result<LogWriter, Refusal> {
    let (logs, now) = (&task.context.store.logs, task.now);
    let missing = || Refusal::Theirs(NO_GROUP.to_owned());
    match logs.target(scope, group, stream, now).await? {
        Target::Open(writer) => return Ok(writer),
        Target::NoGroup => return Err(missing()),
        Target::NoStream => {}
    }
    let found = logs.group(scope, group).await?.ok_or_else(missing)?;
    let partition = watchtrail_store::Partition::logs(scope.clone(), group, &found.id);
    let id = task.context.ulid(now).to_string();
    let (name, created) = (stream.to_owned(), now.millis());
    let made = LogStream { name, id, created, first: None, last: None, ingested: None };
    match logs.create_stream(&partition, &made).await {
        // Another worker made it.
        Ok(()) | Err(StoreError::Conflict) => {}
        Err(error) => return Err(error.into()),
    }
    match logs.target(scope, group, stream, now).await? {
        Target::Open(writer) => Ok(writer),
        Target::NoGroup | Target::NoStream => Err(missing()),
    }
}

/// Batches within the limits of PutLogEvents.
fn batches<'w, 'r>(wanted: &'w [Wanted<'r>]) -> Vec<&'w [Wanted<'r>]> {
    let (mut batches, mut start, mut bytes) = (Vec::new(), 0, 0);
    for (at, one) in wanted.iter().enumerate() {
        let size = one.record.json.len() + EVENT_OVERHEAD;
        let first = wanted.get(start).map_or(one.record.time, |first| first.record.time);
        let spans = one.record.time.millis_since(first) >= DAY;
        if at > start && (at - start >= EVENTS || bytes + size > MOST_BYTES || spans) {
            batches.push(&wanted[start..at]);
            (start, bytes) = (at, 0);
        }
        bytes += size;
    }
    batches.push(&wanted[start..]);
    batches
}
