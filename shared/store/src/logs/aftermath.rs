//! What follows from a change of a log group, in the background: what a deleted group held goes, and what is stored is told of another
//! retention. The change itself notes the work in its transaction; delivery carries it out. Every step can be repeated.

use aws_sdk_dynamodb::types::AttributeValue;
use futures::stream::{self, StreamExt, TryStreamExt};
use watchtrail_core::time::{Day, Timestamp};

use super::LogStore;
use crate::dynamo::{Attributes, Change, Item, item as new_item, number};
use crate::error::StoreError;
use crate::keys::{Partition, item, object};
use crate::ledger::Due;

/// The data of a deleted group are to be removed.
pub(super) const DROP: &str = "drop";
/// Another retention holds for what is stored.
pub(super) const EXPIRE: &str = "expire";

/// An export task waits.
pub(super) const EXPORT: &str = "export";

/// The steps in the list of due work; all of them are due at once.
pub const STEPS: [&str; 3] = [DROP, EXPIRE, EXPORT];

/// Calls that are made at once.
const AT_ONCE: usize = 8;

/// A note of work.
pub(super) fn note(partition: &Partition, step: &str, revision: u64, now: Timestamp) -> Item {
    let mut due = new_item(item::due(partition, Day::of(now), step));
    due.insert("gen".into(), number(revision));
    due
}

impl LogStore {
    /// Carries out a note of work.
    ///
    /// # Errors
    /// When a store does not answer; the note stays.
    pub async fn follow_up(&self, due: &Due, now: Timestamp) -> Result<(), StoreError> {
        match due.step.as_str() {
            DROP => self.drop_data(&due.partition).await?,
            EXPORT => self.export(&due.partition, now).await?,
            _ => self.retain_data(&due.partition).await?,
        }
        self.ledger.done(due).await
    }

    async fn drop_data(&self, partition: &Partition) -> Result<(), StoreError> {
        let segments = self.ledger.every_segment(partition).await?;
        stream::iter(segments)
            .map(|segment| async move { self.ledger.remove(&segment.entry).await })
            .buffer_unordered(AT_ONCE)
            .try_collect::<()>()
            .await?;
        // What crashes left behind.
        for key in self.ledger.list_all(&object::segments(partition)).await? {
            if object::parse_segment(partition, &key).is_some() {
                self.ledger.delete_object(&key).await?;
            }
        }
        for pk in [item::log_streams(partition), item::log_graves(partition), item::log_bytes(partition)] {
            self.remove_all(pk).await?;
        }
        if self.ledger.config.sole_writer {
            self.ledger.purge(partition, u64::MAX).await?;
        }
        Ok(())
    }

    async fn remove_all(&self, pk: String) -> Result<(), StoreError> {
        let (db, table) = (&self.ledger.db, &self.ledger.config.names.ledger);
        let found = db.query(table, pk, None).await?;
        let keys = found.iter().map(|item| Ok((item.text("pk")?.to_owned(), item.text("sk")?.to_owned())));
        let keys = keys.collect::<Result<Vec<_>, StoreError>>()?;
        stream::iter(keys)
            .map(|key| async move { db.delete(table, key, None).await })
            .buffer_unordered(AT_ONCE)
            .try_collect::<()>()
            .await
    }

    async fn retain_data(&self, partition: &Partition) -> Result<(), StoreError> {
        let (name, id) = partition.log_group();
        let Some(group) = self.group(&partition.scope, name).await?.filter(|group| group.id == id) else {
            return Ok(());
        };
        for segment in self.ledger.every_segment(partition).await? {
            // What had expired under the old retention does not come back: reads know that by the group's floor.
            let floor = Timestamp::from_millis(group.floor);
            let gone = segment.day.end() <= floor;
            let expires = if gone { Some(segment.day.end()) } else { group.expires(segment.day) };
            if segment.entry.expires != expires {
                self.ledger.keep_until(&segment.entry, expires).await?;
            }
        }
        self.count_again(partition, &group).await
    }

    async fn count_again(&self, partition: &Partition, group: &super::LogGroup) -> Result<(), StoreError> {
        let (db, table) = (&self.ledger.db, &self.ledger.config.names.ledger);
        for found in db.query(table, item::log_bytes(partition), None).await? {
            let sk = found.text("sk")?;
            let Some(day) = Day::parse(sk) else { continue };
            let (update, values): (_, Vec<(&str, AttributeValue)>) = match group.expires(day) {
                Some(at) => ("SET expires = :at", vec![(":at", number(at.millis() / 1_000))]),
                None => ("REMOVE expires", vec![]),
            };
            let change = Change { update, condition: Some("attribute_exists(pk)"), values };
            match db.update(table, (item::log_bytes(partition), sk.to_owned()), change).await {
                Ok(()) | Err(StoreError::Conflict) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    /// Bytes of the events of a group that were delivered, counted as PutLogEvents counts them, from a day on.
    ///
    /// # Errors
    /// When DynamoDB does not answer.
    pub async fn stored_bytes(&self, partition: &Partition, from: Day) -> Result<i64, StoreError> {
        let range = (from.to_string(), "9999-12-31".to_owned());
        let table = &self.ledger.config.names.ledger;
        let range = Some((range.0.as_str(), range.1.as_str()));
        let found = self.ledger.db.query(table, item::log_bytes(partition), range).await?;
        found.iter().map(|day| day.number::<i64>("raw_bytes")).sum()
    }
}
