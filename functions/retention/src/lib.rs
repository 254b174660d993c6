//! Retention: objects whose index items have expired are deleted, and once a week what crashes left behind.
//!
//! DynamoDB's TTL removes an index item and the table's stream tells this function, which deletes the object that the
//! item named. An object is never deleted for any other reason, but by the sweep, which knows what can never be read.

use aws_lambda_events::dynamodb::{Event as StreamEvent, EventRecord};
use aws_lambda_events::eventbridge::EventBridgeEvent;
use serde::{Deserialize, Serialize};
use watchtrail_service::Context;
use watchtrail_store::StoreError;

/// What wakes the function.
#[derive(Debug, Clone, Deserialize)]
#[serde(untagged)]
pub enum Event {
    /// Changes of the index table.
    Stream(Box<StreamEvent>),
    /// The weekly schedule.
    Schedule(Box<EventBridgeEvent<serde_json::Value>>),
}

/// A stream's answer: the records from the first failed one on come again.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Report {
    /// Where the stream goes on, if not at the end of the batch.
    pub batch_item_failures: Vec<Failure>,
    /// Objects deleted.
    pub deleted: u64,
}

/// A record that failed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Failure {
    /// The record's sequence number in the stream.
    pub item_identifier: String,
}

/// Deletes what expired, or sweeps.
///
/// # Errors
/// When the sweep cannot read its lists. A record that fails is reported in the answer, not as an error.
pub async fn handle(context: &Context, event: Event) -> Result<Report, StoreError> {
    match event {
        Event::Stream(event) => Ok(delete_expired(context, &event.records).await),
        Event::Schedule(_) => sweep(context).await,
    }
}

async fn delete_expired(context: &Context, records: &[EventRecord]) -> Report {
    let mut report = Report::default();
    for record in records {
        let Some(object) = expired_object(record) else { continue };
        if let Err(error) = context.store.ledger.delete_object(&object).await {
            tracing::error!(object, %error, "an expired object was not deleted; the stream sends it again");
            // A stream keeps its order: everything from here on comes again, and deleting twice changes nothing.
            let item_identifier = record.change.sequence_number.clone().unwrap_or_default();
            report.batch_item_failures.push(Failure { item_identifier });
            break;
        }
        report.deleted += 1;
    }
    tracing::info!(deleted = report.deleted, "expired objects");
    report
}

/// The object of an index item that was removed.
fn expired_object(record: &EventRecord) -> Option<String> {
    if record.event_name != "REMOVE" {
        return None;
    }
    let old = serde_json::to_value(&record.change.old_image).ok()?;
    Some(old.get("object")?.get("S")?.as_str()?.to_owned())
}

async fn sweep(context: &Context) -> Result<Report, StoreError> {
    let now = context.now();
    let mut report = Report::default();
    for partition in context.store.ledger.all_partitions().await? {
        let swept = context.store.ledger.sweep(&partition, now).await?;
        tracing::info!(%partition, seen = swept.seen, deleted = swept.deleted, "swept");
        report.deleted += swept.deleted;
    }
    Ok(report)
}
