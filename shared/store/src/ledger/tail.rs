//! Reading: the head first, and then what follows from it.
//!
//! A [`Snapshot`] fixes `delivered` at one moment. The segments up to it and the journal after it are together exactly
//! what was acknowledged: a delivery that commits later does not remove its journal items for two weeks.

use std::sync::Arc;

use bytes::Bytes;
use ulid::Ulid;
use watchtrail_core::time::Timestamp;

use super::{Head, Ledger};
use crate::dynamo::Attributes;
use crate::error::StoreError;
use crate::keys::{Generation, Partition, item};

/// Where the rows of a journal item are.
#[derive(Debug, Clone)]
pub enum TailBody {
    /// In the item itself.
    Inline(Bytes),
    /// In an object of their own.
    Object(String),
}

/// One journal item.
#[derive(Debug, Clone)]
pub struct TailEntry {
    /// The generation that it was written into.
    pub generation: Generation,
    /// The request's identity.
    pub ulid: Ulid,
    /// What was given as [`Batch::meta`](super::Batch::meta).
    pub meta: Bytes,
    /// Its rows.
    pub body: TailBody,
}

/// Items of a chunk that a sole writer's snapshots share; only its last chunk of a generation is shorter.
pub(crate) const CHUNK: usize = 256;

/// Journal items in chunks that snapshots share: taking one costs the same however much waits for its delivery.
#[derive(Debug, Clone, Default)]
pub struct Tail(pub(super) Vec<Arc<[TailEntry]>>);

impl Tail {
    /// The chunks, none of them empty; the items of a chunk are of one generation.
    pub fn chunks(&self) -> &[Arc<[TailEntry]>] {
        &self.0
    }

    /// The items.
    pub fn iter(&self) -> impl Iterator<Item = &TailEntry> {
        self.0.iter().flat_map(|chunk| chunk.iter())
    }
}

/// What a reader starts from.
#[derive(Debug, Clone)]
pub struct Snapshot {
    /// The head at that moment.
    pub head: Head,
    /// All journal items of the generations that were not delivered at that moment.
    pub tail: Tail,
}

impl Ledger {
    /// The head and the undelivered items of a partition; `None` when nothing was ever written to it.
    ///
    /// # Errors
    /// When DynamoDB does not answer.
    pub async fn snapshot(
        &self,
        partition: &Partition,
        now: Timestamp,
    ) -> Result<Option<Snapshot>, StoreError> {
        if !self.config.sole_writer {
            let Some(head) = self.head(partition).await? else { return Ok(None) };
            let mut chunks = Vec::new();
            for generation in head.delivered + 1..=head.open {
                chunks.push(self.journal(partition, head, generation..=generation).await?.into());
            }
            chunks.retain(|chunk: &Arc<[TailEntry]>| !chunk.is_empty());
            return Ok(Some(Snapshot { head, tail: Tail(chunks) }));
        }
        let writer = self.writer(partition);
        if let Some((head, tail)) = writer.snapshot() {
            return Ok(Some(Snapshot { head, tail }));
        }
        // The first look of a sole writer: with the gate shut nothing is written between the load and its record.
        let _closed = writer.gate.write().await;
        let Some(head) = self.head(partition).await? else { return Ok(None) };
        writer.load_tail(self.journal(partition, head, head.delivered + 1..=head.open).await?);
        writer.saw(head, now);
        Ok(writer.snapshot().map(|(head, tail)| Snapshot { head, tail }))
    }

    /// The journal items of some generations.
    pub(super) async fn journal(
        &self,
        partition: &Partition,
        head: Head,
        generations: std::ops::RangeInclusive<Generation>,
    ) -> Result<Vec<TailEntry>, StoreError> {
        let mut entries = Vec::new();
        for generation in generations {
            for slot in 0..head.slots {
                let pk = item::journal(partition, generation, slot);
                for found in self.db.query(&self.config.names.ledger, pk, None).await? {
                    let name = found.text("sk")?;
                    let ulid = Ulid::from_string(name)
                        .map_err(|error| StoreError::corrupt(format!("the journal's key {name}"), error))?;
                    let body = match found.binary("body") {
                        Some(body) => TailBody::Inline(Bytes::copy_from_slice(body)),
                        None => TailBody::Object(found.text("object")?.to_owned()),
                    };
                    let meta = Bytes::copy_from_slice(found.binary("meta").unwrap_or_default());
                    entries.push(TailEntry { generation, ulid, meta, body });
                }
            }
        }
        Ok(entries)
    }

    /// The encoded rows of an entry.
    ///
    /// # Errors
    /// When S3 does not answer.
    pub async fn body(&self, entry: &TailEntry) -> Result<Bytes, StoreError> {
        match &entry.body {
            TailBody::Inline(body) => Ok(body.clone()),
            TailBody::Object(key) => self.objects.get(key, None).await,
        }
    }
}
