//! Writing: one journal item a request, then a look at the head.
//!
//! The order is the whole argument. An item is put into the generation that was open when the writer last looked, and
//! only *then* the head is read. If that generation is still open, the put came before any seal of it, so every delivery
//! of it, which seals first and reads after, finds the item: it may be acknowledged. If it was sealed meanwhile,
//! nobody knows, and nothing is acknowledged.

use ulid::Ulid;
use watchtrail_core::time::Timestamp;

use super::{Head, Ledger, TailBody, TailEntry, Writer};
use crate::dynamo::{binary, item as new_item, number, text};
use crate::error::StoreError;
use crate::keys::{Partition, item, object};

/// A request's rows, ready to be written.
#[derive(Debug, Clone)]
pub struct Batch {
    /// The identity of the request; its rows are told apart by their index in it.
    pub ulid: Ulid,
    /// The encoded and compressed rows.
    pub body: bytes::Bytes,
    /// How many.
    pub rows: usize,
}

impl Ledger {
    /// Writes a batch durably. When this returns `Ok`, every later read finds each of its rows exactly once.
    ///
    /// # Errors
    /// [`StoreError::Sealed`] and the other retryable errors: nothing is acknowledged. The rows may exist or not, as with any
    /// server that dies before it answers.
    pub async fn append(
        &self,
        partition: &Partition,
        batch: Batch,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let writer = self.writer(partition);
        let _open = writer.gate.read().await;
        let known = if self.config.sole_writer { writer.sole_head() } else { writer.head(now) };
        let head = match known {
            Some(head) => head,
            None => self.head_or_new(partition, now).await?,
        };
        self.mark_dirty(partition, &writer, head.open, now).await?;
        let bytes = batch.body.len() as u64;
        let entry = self.put_journal(partition, head, batch, now).await?;
        self.confirm(partition, &writer, head, entry, now).await?;
        self.count_bytes(partition, &writer, head.open, bytes).await;
        Ok(())
    }

    async fn put_journal(
        &self,
        partition: &Partition,
        head: Head,
        batch: Batch,
        now: Timestamp,
    ) -> Result<TailEntry, StoreError> {
        let ulid = batch.ulid.to_string();
        let slot = (batch.ulid.random() % u128::from(head.slots)) as u32;
        let mut item = new_item((item::journal(partition, head.open, slot), ulid.clone()));
        item.insert("rows".into(), number(batch.rows));
        let expires = now.millis().saturating_add(self.config.journal_ttl) / 1000;
        item.insert("expires".into(), number(expires));
        if batch.body.len() <= self.config.inline_limit {
            item.insert("body".into(), binary(batch.body.to_vec()));
        } else {
            let key = object::journal(partition, head.open, &ulid);
            self.objects.put(&key, batch.body.to_vec()).await?;
            item.insert("object".into(), text(key));
        }
        let put = if self.config.sole_writer {
            self.group.put(item).await
        } else {
            self.db.put(&self.config.names.ledger, item).await
        };
        match put {
            Err(error @ StoreError::Throttled { .. }) => {
                self.grow_slots(partition, head).await?;
                self.writer(partition).forget();
                Err(error)
            }
            other => other.map(|()| TailEntry {
                generation: head.open,
                ulid: batch.ulid,
                body: TailBody::Inline(batch.body),
            }),
        }
    }

    /// Is the generation that was written to still open?
    async fn confirm(
        &self,
        partition: &Partition,
        writer: &Writer,
        head: Head,
        entry: TailEntry,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        if self.config.sole_writer {
            // The gate, which this call holds, is the only way to a seal: there is nothing to look at.
            writer.saw(head, now);
            writer.remember(entry);
            return Ok(());
        }
        let fresh = self.head(partition).await?.unwrap_or(Head::NEW);
        writer.saw(fresh, now);
        if fresh.open == head.open { Ok(()) } else { Err(StoreError::Sealed) }
    }
}
