//! What a warm process keeps of what it read: small segments, and requests of the tail, decoded.

use std::sync::Arc;

use bytes::Bytes;
use quick_cache::Weighter;
use quick_cache::sync::Cache;
use ulid::Ulid;
use watchtrail_core::logs::journal::LogBatch;

use crate::error::StoreError;
use crate::ledger::{IndexEntry, Ledger, TailEntry};

/// Larger segments are not kept: they would drive out many that are asked for more often.
const LARGEST: u64 = 2 << 20;

#[derive(Debug, Clone)]
struct ByLength;

impl Weighter<String, Bytes> for ByLength {
    fn weight(&self, key: &String, bytes: &Bytes) -> u64 {
        64 + key.len() as u64 + bytes.len() as u64
    }
}

impl Weighter<Ulid, Arc<LogBatch>> for ByLength {
    fn weight(&self, _: &Ulid, batch: &Arc<LogBatch>) -> u64 {
        256 + batch.text.len() as u64 + 12 * batch.ends.len() as u64
    }
}

#[derive(Debug)]
pub(super) struct LogCache {
    objects: Cache<String, Bytes, ByLength>,
    batches: Cache<Ulid, Arc<LogBatch>, ByLength>,
}

impl LogCache {
    pub(super) fn new(bytes: u64) -> Self {
        Self {
            objects: Cache::with_weighter((bytes / (256 << 10)) as usize, bytes / 2, ByLength),
            batches: Cache::with_weighter((bytes / (16 << 10)) as usize, bytes, ByLength),
        }
    }

    pub(super) async fn object(&self, ledger: &Ledger, entry: &IndexEntry) -> Result<Bytes, StoreError> {
        if let Some(bytes) = self.objects.get(&entry.object) {
            return Ok(bytes);
        }
        let bytes = ledger.objects.get(&entry.object, None).await?;
        if entry.bytes <= LARGEST {
            self.objects.insert(entry.object.clone(), bytes.clone());
        }
        Ok(bytes)
    }

    pub(super) async fn batch(
        &self,
        ledger: &Ledger,
        entry: &TailEntry,
    ) -> Result<Arc<LogBatch>, StoreError> {
        if let Some(batch) = self.batches.get(&entry.ulid) {
            return Ok(batch);
        }
        let batch = Arc::new(super::cut::decode(entry.ulid, &ledger.body(entry).await?)?);
        self.batches.insert(entry.ulid, Arc::clone(&batch));
        Ok(batch)
    }
}
