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

use std::cell::RefCell;
use std::sync::Arc;

use bytes::Bytes;
pub use cut::MetricCutter;
pub use roll::{Rolled, Step};
pub use scan::{Look, Query};
use ulid::Ulid;
use watchtrail_core::metrics::{Datum, batch};
use watchtrail_core::time::Timestamp;
use zstd::bulk::{Compressor, Decompressor};

use crate::error::StoreError;
use crate::keys::Partition;
use crate::ledger::{Batch, Ledger};

/// zstd's fastest ordinary level: the hot path compresses at about the speed that it encodes at.
const JOURNAL_ZSTD: i32 = 1;

/// No batch of 1,000 metrics with 30 dimensions of full length and 150 values each decodes to more than this.
const LARGEST_BATCH: usize = 64 << 20;

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
        let body = compress(&batch::encode(data)).map_err(|error| StoreError::corrupt("a batch", error))?;
        let batch = Batch { ulid, body: Bytes::from(body), meta: Bytes::new(), rows: data.len() };
        self.ledger.append(partition, batch, now).await.map(drop)
    }
}

thread_local! {
    /// Made once: the tables of a fresh compressor take longer to clear than a small batch takes to compress.
    static COMPRESSOR: RefCell<Option<Compressor<'static>>> = const { RefCell::new(None) };
    static DECOMPRESSOR: RefCell<Option<Decompressor<'static>>> = const { RefCell::new(None) };
}

fn compress(batch: &[u8]) -> std::io::Result<Vec<u8>> {
    COMPRESSOR.with_borrow_mut(|kept| match kept {
        Some(compressor) => compressor.compress(batch),
        None => kept.insert(Compressor::new(JOURNAL_ZSTD)?).compress(batch),
    })
}

fn decompress(body: &[u8], what: &dyn Fn() -> String) -> Result<Vec<u8>, StoreError> {
    let size = zstd::zstd_safe::get_frame_content_size(body).ok().flatten().unwrap_or(u64::MAX);
    if size > LARGEST_BATCH as u64 {
        return Err(StoreError::corrupt(what(), "it is too large or not zstd"));
    }
    let decompressed = DECOMPRESSOR.with_borrow_mut(|kept| match kept {
        Some(decompressor) => decompressor.decompress(body, size as usize),
        None => kept.insert(Decompressor::new()?).decompress(body, size as usize),
    });
    decompressed.map_err(|error| StoreError::corrupt(what(), error))
}
