//! Metrics in the ledger: how batches are encoded, how a generation is cut into Parquet, how series are read back.
//!
//! A partition is one namespace of an account in a region. Delivered rows are aligned to their resolution: 60 s for all
//! metrics, and 1 s besides for those with `StorageResolution` 1. What a statistic is, is [`watchtrail_core::metrics`]'s
//! business, not this module's.

mod blocks;
mod cut;
mod directory;
mod list;
mod listing;
mod plan;
mod roll;
mod scan;
pub mod segment;
mod source;
mod tail;

use std::sync::Arc;

use bytes::Bytes;
pub use cut::MetricCutter;
pub use roll::{Rolled, Step};
pub use scan::{Look, Query};
use ulid::Ulid;
use watchtrail_core::metrics::{Datum, batch};
use watchtrail_core::time::Timestamp;

use crate::compress::compress;
use crate::error::StoreError;
use crate::keys::Partition;
use crate::ledger::{Batch, Ledger};

/// Metrics in the ledger.
#[derive(Debug)]
pub struct MetricStore {
    ledger: Arc<Ledger>,
    tail: tail::TailCache,
    segments: source::SegmentCache,
    blocks: blocks::BlockCache,
    listings: listing::Listings,
}

impl MetricStore {
    pub(crate) fn new(ledger: Arc<Ledger>) -> Self {
        let bytes = ledger.config.cache_bytes;
        Self {
            ledger,
            tail: tail::TailCache::new(bytes),
            segments: source::SegmentCache::new(bytes / 8),
            blocks: blocks::BlockCache::new(bytes),
            listings: listing::Listings::new(bytes / 8),
        }
    }

    /// Stores the data of one request durably. `ulid` is the request's identity.
    ///
    /// # Errors
    /// As [`Ledger::append`]: nothing is acknowledged.
    pub async fn put(
        &self,
        partition: &Partition,
        data: &[Datum],
        ulid: Ulid,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        self.ledger.append(partition, journal_batch(data, ulid)?, now).await.map(drop)
    }
}

/// The data of one request as they go into the journal.
pub(crate) fn journal_batch(data: &[Datum], ulid: Ulid) -> Result<Batch, StoreError> {
    let body = compress(&batch::encode(data)).map_err(|error| StoreError::corrupt("a batch", error))?;
    Ok(Batch { ulid, body: Bytes::from(body), meta: Bytes::new(), rows: data.len() })
}
