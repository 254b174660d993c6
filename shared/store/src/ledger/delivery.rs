//! Delivery: a sealed generation becomes segments.
//!
//! Seal, read, write objects, then commit the index items and the step of `delivered` in one transaction whose condition
//! is the old `delivered`. Whoever comes second fails that condition and has changed nothing, whether it is a second
//! worker, a repeated event or a worker that slept for an hour.

use std::future::Future;

use aws_sdk_dynamodb::types::TransactWriteItem;
use bytes::Bytes;
use futures::future::try_join_all;
use ulid::Ulid;
use watchtrail_core::time::{Day, Timestamp};

use super::{Dirty, Head, IndexEntry, Ledger, TailEntry};
use crate::dynamo::{Change, item as new_item, number, write};
use crate::error::StoreError;
use crate::keys::{Generation, Partition, Signal, item};

/// DynamoDB takes 100 writes in a transaction; two are left for the head.
const WRITES_A_TRANSACTION: usize = 98;

/// An object that a generation is cut into, with its entry in the index.
#[derive(Debug, Clone)]
pub struct Cut {
    /// The index item; it names the object.
    pub entry: IndexEntry,
    /// The object's bytes; none when the object is already there.
    pub body: Option<Vec<u8>>,
    /// The KMS key that it is encrypted with, if not the bucket's own.
    pub kms_key: Option<String>,
}

/// A request's rows as the journal holds them.
#[derive(Debug, Clone)]
pub struct Journaled {
    /// The request.
    pub ulid: Ulid,
    /// [`Batch::meta`](super::Batch::meta).
    pub meta: Bytes,
    /// [`Batch::body`](super::Batch::body).
    pub body: Bytes,
}

/// What a generation becomes.
#[derive(Debug, Default)]
pub struct Cuts {
    /// The objects.
    pub cuts: Vec<Cut>,
    /// The days whose rows it holds: work that is due later is noted for them.
    pub days: Vec<Day>,
    /// What else is written when it is delivered, and only then, and once.
    pub(crate) more: Vec<TransactWriteItem>,
}

/// Turns the batches of a generation into objects. Called with the same batches it makes the same objects.
pub trait Cutter: Send + Sync {
    /// What `generation` becomes.
    fn cut(
        &self,
        partition: &Partition,
        generation: Generation,
        batches: Vec<Journaled>,
        now: Timestamp,
    ) -> impl Future<Output = Result<Cuts, StoreError>> + Send;

    /// The steps that follow for each day that got rows (see [`Due`](super::Due)).
    fn steps(&self) -> &'static [&'static str];
}

/// What a delivery did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Delivered {
    /// Generations whose rows now stand in segments because of this call.
    pub generations: u64,
    /// Objects written.
    pub objects: u64,
    /// Rows in them.
    pub rows: u64,
}

impl Ledger {
    /// Whether a dirty partition should be delivered now; otherwise when it becomes due.
    pub fn due_at(&self, dirty: &Dirty) -> Timestamp {
        if dirty.bytes >= self.config.delivery_bytes {
            return dirty.since;
        }
        if dirty.partition.signal == Signal::Logs && dirty.bytes == 0 {
            // Less than a mebibyte came: the objects would be many, and small.
            return dirty.since.plus_millis(self.config.quiet_age);
        }
        Timestamp::from_millis(dirty.since.millis().saturating_add(self.config.delivery_age))
    }

    /// Delivers everything that was written to a partition before this call. Safe to run twice, at once, and to be
    /// killed at any point.
    ///
    /// # Errors
    /// When a store does not answer; what is left stays on the dirty list.
    pub async fn deliver<C: Cutter>(
        &self,
        partition: &Partition,
        cutter: &C,
        now: Timestamp,
    ) -> Result<Delivered, StoreError> {
        let mut done = Delivered::default();
        // What an earlier run sealed and did not finish comes first; what was open meanwhile takes a second round.
        while let Some(sealed) = self.seal(partition, now).await? {
            let all = self.deliver_sealed(partition, sealed.head, cutter, now, &mut done).await?;
            if sealed.closed || !all {
                break;
            }
        }
        if let Some(head) = self.head(partition).await? {
            self.writer(partition).saw(head, now);
            // What was written to a partition that is closed now was deleted with it.
            let over = if head.closed { head.open } else { head.delivered };
            self.clear_dirty(partition, over).await?;
        }
        Ok(done)
    }

    /// Delivers the sealed generations of a head; `false` when another worker is at it.
    async fn deliver_sealed<C: Cutter>(
        &self,
        partition: &Partition,
        head: Head,
        cutter: &C,
        now: Timestamp,
        done: &mut Delivered,
    ) -> Result<bool, StoreError> {
        for generation in head.delivered + 1..head.open {
            match self.deliver_generation(partition, generation, head, cutter, now).await {
                Ok(delivered) => {
                    done.generations += 1;
                    done.objects += delivered.objects;
                    done.rows += delivered.rows;
                }
                // Somebody else delivered it between our look at the head and our commit.
                Err(StoreError::Conflict) => return Ok(false),
                Err(error) => return Err(error),
            }
        }
        Ok(true)
    }

    async fn deliver_generation<C: Cutter>(
        &self,
        partition: &Partition,
        generation: Generation,
        head: Head,
        cutter: &C,
        now: Timestamp,
    ) -> Result<Delivered, StoreError> {
        let mut entries = self.sealed(partition, generation, head, now).await?;
        // The order of rows is the order of their identities, whichever slot they came from.
        entries.sort_by_key(|entry| entry.ulid);
        let batches = try_join_all(entries.into_iter().map(|entry| async move {
            let body = self.body(&entry).await?;
            Ok::<_, StoreError>(Journaled { ulid: entry.ulid, meta: entry.meta, body })
        }))
        .await?;
        let Cuts { cuts, days, more } = cutter.cut(partition, generation, batches, now).await?;
        let delivered = Delivered {
            generations: 1,
            objects: cuts.len() as u64,
            rows: cuts.iter().map(|cut| cut.entry.rows).sum(),
        };
        let indexed = self.write_objects(cuts).await?;
        self.commit(partition, generation, (&indexed, more), &days, cutter.steps()).await?;
        Ok(delivered)
    }

    /// The items of a sealed generation. A sole writer has them in memory, as its readers do, and reads none of them again.
    async fn sealed(
        &self,
        partition: &Partition,
        generation: Generation,
        head: Head,
        now: Timestamp,
    ) -> Result<Vec<TailEntry>, StoreError> {
        if self.config.sole_writer
            && let Some(snapshot) = self.snapshot(partition, now).await?
            && snapshot.head.delivered < generation
        {
            let of_it = |entry: &&TailEntry| entry.generation == generation;
            return Ok(snapshot.tail.iter().filter(of_it).cloned().collect());
        }
        self.journal(partition, head, generation..=generation).await
    }

    /// Writes objects; their entries go into the index afterwards, never before.
    pub(crate) async fn write_objects(&self, cuts: Vec<Cut>) -> Result<Vec<IndexEntry>, StoreError> {
        try_join_all(cuts.into_iter().map(|cut| async {
            if let Some(body) = cut.body {
                self.objects.put_encrypted(&cut.entry.object, body, cut.kms_key).await?;
            }
            Ok(cut.entry)
        }))
        .await
    }

    async fn commit(
        &self,
        partition: &Partition,
        generation: Generation,
        (indexed, mut writes): (&[IndexEntry], Vec<TransactWriteItem>),
        days: &[Day],
        steps: &[&str],
    ) -> Result<(), StoreError> {
        let names = &self.config.names;
        for entry in indexed {
            writes.push(write::put(&names.index, entry.item(), None)?);
        }
        for (day, step) in days.iter().flat_map(|day| steps.iter().map(move |step| (*day, *step))) {
            let mut due = new_item(item::due(partition, day, step));
            due.insert("gen".into(), number(generation));
            writes.push(write::put(&names.ledger, due, None)?);
        }
        let head = || item::head(partition);
        let before = || vec![(":before", number(generation - 1))];
        // Readers ignore index items beyond `delivered`, so the parts of a very large commit may come one by one;
        // each of them still fails when the generation was delivered meanwhile.
        let condition = "delivered_gen = :before AND attribute_not_exists(closed)";
        while writes.len() > WRITES_A_TRANSACTION {
            let mut part = writes.split_off(writes.len() - WRITES_A_TRANSACTION);
            part.push(write::check(&names.ledger, head(), condition, before())?);
            self.db.transact(part).await?;
        }
        let mut values = before();
        values.push((":now", number(generation)));
        let step = Change { update: "SET delivered_gen = :now", condition: Some(condition), values };
        writes.push(write::update(&names.ledger, head(), step)?);
        self.db.transact(writes).await
    }
}
