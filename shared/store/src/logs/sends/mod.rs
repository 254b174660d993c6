//! What subscriptions are still to send: an outbox, written in the transaction that stores the events, worked off by whoever takes a queue.
//!
//! Each subscription of each group has a queue of its own, in the order of its requests. An entry stands in one of a few lists under the
//! queue's name and the request's ULID: so the entries themselves say which queues hold something, a few small queries find them
//! however many groups there are, and writers of one group touch nothing in common. (A mark that each of them touched would make
//! their transactions conflict.) Sending is the worker's business, not this module's.

mod lease;
mod queue;

use std::borrow::Cow;

use aws_sdk_dynamodb::types::TransactWriteItem;
pub use lease::Hold;
pub(super) use lease::Working;
pub use queue::{Batch, Entry, Queue};
use ulid::Ulid;
use watchtrail_core::logs::event::EventKey;
use watchtrail_core::logs::pattern::Pattern;
use watchtrail_core::logs::subscription::SentEvent;
use watchtrail_core::time::{DAY, Timestamp};

use super::{Known, LogGroup, LogStore, SubscriptionFilter};
use crate::compress::compress;
use crate::dynamo::{Item, binary, item as new_item, number, text, write};
use crate::error::StoreError;
use crate::keys::{item, object};

/// What nobody sent and nobody removed is removed by DynamoDB after this long, in milliseconds.
const KEPT: i64 = 2 * DAY;

/// A subscription, ready to be applied.
#[derive(Debug)]
pub(super) struct Compiled {
    filter: String,
    pattern: Pattern,
}

/// The subscriptions of a group.
pub(super) fn compile(group: &LogGroup) -> Vec<Compiled> {
    let compiled = |filter: &SubscriptionFilter| match Pattern::parse(&filter.pattern) {
        Ok(pattern) => Some(Compiled { filter: filter.name.clone(), pattern }),
        Err(error) => {
            // It was checked when it was put: an older version took what this one does not.
            tracing::error!(
                group = group.name,
                filter = filter.name,
                ?error,
                "a subscription is not understood"
            );
            None
        }
    };
    group.subscriptions.iter().filter_map(compiled).collect()
}

impl LogStore {
    /// What a request's events add to the queues of the group's subscriptions, to be written with them.
    pub(super) async fn sends(
        &self,
        known: &Known,
        stream: &str,
        events: &[(i64, &str)],
        ulid: Ulid,
        now: Timestamp,
    ) -> Result<Vec<TransactWriteItem>, StoreError> {
        let mut writes = Vec::new();
        for subscription in &known.subscriptions {
            let events = matching(&subscription.pattern, events, ulid);
            if events.is_empty() {
                continue;
            }
            let batch = Batch { stream: stream.into(), events };
            let entry = self.entry(known, &subscription.filter, &batch, ulid, now).await?;
            writes.push(write::put(&self.ledger.config.names.ledger, entry, None)?);
        }
        Ok(writes)
    }

    async fn entry(
        &self,
        known: &Known,
        filter: &str,
        batch: &Batch<'_>,
        ulid: Ulid,
        now: Timestamp,
    ) -> Result<Item, StoreError> {
        let json = serde_json::to_vec(batch).map_err(|error| StoreError::corrupt("what is sent", error))?;
        let body = compress(&json).map_err(|error| StoreError::corrupt("what is sent", error))?;
        let (list, queue) = item::log_queue(&known.partition, filter);
        let mut made = new_item((list, format!("{queue}#{ulid}")));
        made.insert("filter".into(), text(filter));
        made.insert("queued".into(), number(now.millis()));
        made.insert("expires".into(), number(now.plus_millis(KEPT).millis() / 1_000));
        if body.len() <= self.ledger.config.inline_limit {
            made.insert("body".into(), binary(body));
        } else {
            let key = object::log_send(&known.partition, filter, &ulid.to_string());
            self.ledger.objects.put(&key, body).await?;
            made.insert("object".into(), text(key));
        }
        Ok(made)
    }
}

/// The events that match, with their ids.
fn matching<'a>(pattern: &Pattern, events: &[(i64, &'a str)], ulid: Ulid) -> Vec<SentEvent<'a>> {
    let event = |(index, (timestamp, message)): (usize, &(i64, &'a str))| {
        let key = EventKey { timestamp: *timestamp, request: ulid.0, index: index as u32 };
        pattern.matches(message).then(|| SentEvent {
            id: key.id().into(),
            timestamp: *timestamp,
            message: Cow::Borrowed(*message),
        })
    };
    events.iter().enumerate().filter_map(event).collect()
}
