//! The list of partitions that may have undelivered rows.
//!
//! A writer puts its partition there before its first write into a generation; the delivery of that generation takes
//! it away, unless a later generation's writer has come meanwhile.

use watchtrail_core::time::Timestamp;

use super::{Ledger, Writer};
use crate::dynamo::{Attributes, Change, number};
use crate::error::StoreError;
use crate::keys::{Generation, LIST_SHARDS, Partition, item};

/// A writer tells the list of its bytes in steps of this size, not at each request.
const REPORT_BYTES: u64 = 1 << 20;

/// A partition that may have undelivered rows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dirty {
    /// Which.
    pub partition: Partition,
    /// The newest generation that was written to.
    pub generation: Generation,
    /// When the first row of that generation came.
    pub since: Timestamp,
    /// About how many bytes wait (each writer reports in steps of a mebibyte).
    pub bytes: u64,
}

impl Ledger {
    /// Everything that may have undelivered rows.
    ///
    /// # Errors
    /// When DynamoDB does not answer.
    pub async fn dirty(&self) -> Result<Vec<Dirty>, StoreError> {
        let mut found = Vec::new();
        for shard in 0..LIST_SHARDS {
            for entry in self.db.query(&self.config.names.ledger, item::dirty_shard(shard), None).await? {
                let name = entry.text("sk")?;
                let partition = Partition::parse(name).ok_or_else(|| {
                    StoreError::corrupt("the dirty list", format!("{name} is no partition"))
                })?;
                found.push(Dirty {
                    partition,
                    generation: entry.number("gen")?,
                    since: Timestamp::from_millis(entry.number("since")?),
                    bytes: entry.maybe_number("bytes").unwrap_or(0),
                });
            }
        }
        Ok(found)
    }

    pub(super) async fn mark_dirty(
        &self,
        partition: &Partition,
        writer: &Writer,
        generation: Generation,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        if writer.marked() >= generation {
            return Ok(());
        }
        let change = Change {
            update: "SET gen = :gen, since = :now, bytes = :zero",
            condition: Some("attribute_not_exists(pk) OR gen < :gen"),
            values: vec![(":gen", number(generation)), (":now", number(now.millis())), (":zero", number(0))],
        };
        match self.db.update(&self.config.names.ledger, item::dirty(partition), change).await {
            Ok(()) | Err(StoreError::Conflict) => {
                writer.mark(generation);
                Ok(())
            }
            Err(error) => Err(error),
        }
    }

    /// Counts bytes that were written and tells the list, now and then, so that a large generation is delivered early.
    /// The count decides when, never whether: a failure here does not concern the request.
    pub(super) async fn count_bytes(
        &self,
        partition: &Partition,
        writer: &Writer,
        generation: Generation,
        bytes: u64,
    ) {
        let Some(step) = writer.count(bytes, REPORT_BYTES) else { return };
        let change = Change {
            update: "ADD bytes :step",
            condition: Some("gen = :gen"),
            values: vec![(":step", number(step)), (":gen", number(generation))],
        };
        if let Err(error) = self.db.update(&self.config.names.ledger, item::dirty(partition), change).await {
            tracing::debug!(%error, "the dirty list was not told of bytes");
        }
        if writer.undelivered() >= self.config.delivery_bytes {
            self.large.notify_one();
        }
    }

    pub(super) async fn clear_dirty(
        &self,
        partition: &Partition,
        delivered: Generation,
    ) -> Result<(), StoreError> {
        let condition = ("gen <= :gen", vec![(":gen", number(delivered))]);
        let table = &self.config.names.ledger;
        match self.db.delete(table, item::dirty(partition), Some(condition)).await {
            Ok(()) | Err(StoreError::Conflict) => Ok(()),
            Err(error) => Err(error),
        }
    }
}
