//! Writing: one journal item a request, then a look at the head.
//!
//! The order is the whole argument. An item is put into the generation that was open when the writer last looked, and
//! only *then* the head is read. If that generation is still open, the put came before any seal of it, so every delivery
//! of it, which seals first and reads after, finds the item: it may be acknowledged. If it was sealed meanwhile,
//! nobody knows, and nothing is acknowledged.

use aws_sdk_dynamodb::types::TransactWriteItem;
use bytes::Bytes;
use ulid::Ulid;
use watchtrail_core::time::Timestamp;

use super::{Head, Ledger, TailBody, TailEntry, Writer};
use crate::dynamo::{Item, binary, item as new_item, number, text, write};
use crate::error::StoreError;
use crate::keys::{Partition, item, object};

/// A request's rows, ready to be written.
#[derive(Debug, Clone)]
pub struct Batch {
    /// The identity of the request; its rows are told apart by their index in it.
    pub ulid: Ulid,
    /// The encoded and compressed rows.
    pub body: Bytes,
    /// What a reader may pass a body over by, without fetching or decoding it; may be empty.
    pub meta: Bytes,
    /// How many.
    pub rows: usize,
}

/// An item on its way into the journal.
struct Prepared {
    item: Item,
    entry: TailEntry,
}

impl Ledger {
    /// Writes a batch durably. When this returns `Ok`, every later read finds each of its rows exactly once. The answer is
    /// the head as it was after the write.
    ///
    /// # Errors
    /// [`StoreError::Sealed`] and the other retryable errors: nothing is acknowledged. The rows may exist or not, as with any
    /// server that dies before it answers.
    pub async fn append(
        &self,
        partition: &Partition,
        batch: Batch,
        now: Timestamp,
    ) -> Result<Head, StoreError> {
        let writer = self.writer(partition);
        let _open = writer.gate.read().await;
        let head = self.open_head(partition, &writer, now).await?;
        self.mark_dirty(partition, &writer, head.open, now).await?;
        let bytes = batch.body.len() as u64;
        let prepared = self.prepare(partition, head, batch, now).await?;
        let put = if self.config.sole_writer {
            self.group.put(prepared.item).await
        } else {
            self.db.put(&self.config.names.ledger, prepared.item).await
        };
        self.or_grow(partition, head, put).await?;
        let head = self.confirm(partition, &writer, head, prepared.entry, now).await?;
        self.count_bytes(partition, &writer, head.open, bytes).await;
        Ok(head)
    }

    /// Writes batches of several partitions, and whatever else belongs to them, all or none. The answer is the head of the
    /// first. No partition may stand in the list twice.
    ///
    /// # Errors
    /// As [`Ledger::append`]; nothing of any batch is acknowledged.
    pub(crate) async fn append_together(
        &self,
        mut batches: Vec<(Partition, Batch)>,
        more: Vec<TransactWriteItem>,
        now: Timestamp,
    ) -> Result<Head, StoreError> {
        let first = batches.first().map(|(partition, _)| partition.clone());
        // Always in the same order, so that two requests never wait for each other.
        batches.sort_by(|(a, _), (b, _)| a.cmp(b));
        let writers: Vec<_> = batches.iter().map(|(partition, _)| self.writer(partition)).collect();
        let mut gates = Vec::with_capacity(writers.len());
        for writer in &writers {
            gates.push(writer.gate.read().await);
        }
        let (mut writes, mut entries) = (more, Vec::new());
        for ((partition, batch), writer) in batches.iter().zip(&writers) {
            let head = self.open_head(partition, writer, now).await?;
            self.mark_dirty(partition, writer, head.open, now).await?;
            let prepared = self.prepare(partition, head, batch.clone(), now).await?;
            writes.push(write::put(&self.config.names.ledger, prepared.item, None)?);
            entries.push((head, prepared.entry));
        }
        let put = self.db.transact(writes).await;
        if let (Some((partition, _)), Some((head, _))) = (batches.first(), entries.first()) {
            self.or_grow(partition, *head, put).await?;
        }
        let mut answer = Head::NEW;
        for (((partition, batch), writer), (head, entry)) in batches.iter().zip(&writers).zip(entries) {
            let head = self.confirm(partition, writer, head, entry, now).await?;
            self.count_bytes(partition, writer, head.open, batch.body.len() as u64).await;
            if Some(partition) == first.as_ref() {
                answer = head;
            }
        }
        Ok(answer)
    }

    /// The head's count of changes, as far as a writer must know it before it writes; `None` when the partition is closed or was never
    /// there.
    pub(crate) async fn config_of(
        &self,
        partition: &Partition,
        now: Timestamp,
    ) -> Result<Option<u64>, StoreError> {
        let writer = self.writer(partition);
        let known = if self.config.sole_writer { writer.sole_head() } else { writer.head(now) };
        if known.is_some() {
            return Ok(known.filter(|head| !head.closed).map(|head| head.config));
        }
        let head = self.head(partition).await?;
        if let Some(head) = head {
            writer.saw(head, now);
        }
        Ok(head.filter(|head| !head.closed).map(|head| head.config))
    }

    /// The head as far as it must be known to write: a late look costs a retry, never a row.
    async fn open_head(
        &self,
        partition: &Partition,
        writer: &Writer,
        now: Timestamp,
    ) -> Result<Head, StoreError> {
        let known = if self.config.sole_writer { writer.sole_head() } else { writer.head(now) };
        match known {
            Some(head) => Ok(head),
            None => self.head_or_new(partition, now).await,
        }
    }

    /// The journal item of a batch; a body that is too large for it goes to S3 first.
    async fn prepare(
        &self,
        partition: &Partition,
        head: Head,
        batch: Batch,
        now: Timestamp,
    ) -> Result<Prepared, StoreError> {
        let ulid = batch.ulid.to_string();
        let slot = (batch.ulid.random() % u128::from(head.slots)) as u32;
        let mut item = new_item((item::journal(partition, head.open, slot), ulid.clone()));
        item.insert("rows".into(), number(batch.rows));
        let expires = now.millis().saturating_add(self.config.journal_ttl) / 1000;
        item.insert("expires".into(), number(expires));
        if !batch.meta.is_empty() {
            item.insert("meta".into(), binary(batch.meta.to_vec()));
        }
        let inline = batch.body.len() <= self.config.inline_limit;
        if inline {
            item.insert("body".into(), binary(batch.body.to_vec()));
        } else {
            let key = object::journal(partition, head.open, &ulid);
            self.objects.put(&key, batch.body.to_vec()).await?;
            item.insert("object".into(), text(key));
        }
        // A body that was just written stays in a sole writer's memory until it is delivered, wherever it rests.
        let body = TailBody::Inline(batch.body);
        let entry = TailEntry { generation: head.open, ulid: batch.ulid, meta: batch.meta, body };
        Ok(Prepared { item, entry })
    }

    /// A partition key that DynamoDB throttles is spread over more slots for the next try.
    async fn or_grow(
        &self,
        partition: &Partition,
        head: Head,
        put: Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        if matches!(put, Err(StoreError::Throttled { .. })) {
            self.grow_slots(partition, head).await?;
            self.writer(partition).forget();
        }
        put
    }

    /// Is the generation that was written to still open?
    async fn confirm(
        &self,
        partition: &Partition,
        writer: &Writer,
        head: Head,
        entry: TailEntry,
        now: Timestamp,
    ) -> Result<Head, StoreError> {
        if self.config.sole_writer {
            // The gate, which this call holds, is the only way to a seal: there is nothing to look at.
            writer.saw(head, now);
            writer.remember(entry);
            return Ok(head);
        }
        let fresh = self.head(partition).await?.unwrap_or(Head::NEW);
        writer.saw(fresh, now);
        if fresh.open == head.open { Ok(fresh) } else { Err(StoreError::Sealed) }
    }
}
