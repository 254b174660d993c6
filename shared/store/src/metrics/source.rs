//! Segments as the reader meets them: footers and small objects are kept by the object's name, which never changes its meaning.

use std::ops::Range;

use bytes::Bytes;
use parquet::arrow::arrow_reader::ArrowReaderMetadata;
use quick_cache::Weighter;
use quick_cache::sync::Cache;
use watchtrail_core::metrics::SeriesPoints;
use watchtrail_core::time::Timestamp;

use super::segment::{self, Wanted};
use crate::error::StoreError;
use crate::ledger::{IndexEntry, Ledger};
use crate::objects::Objects;
use crate::source::Source;

/// An object of up to this size is fetched whole with one request: cheaper and faster than a footer and then pages.
const WHOLE_BELOW: u64 = 1 << 20;

/// The range that all rows of a segment lie in.
pub(super) const ALWAYS: Range<Timestamp> = Timestamp::MIN..Timestamp::MAX;

/// A guess at the size of an object of five minutes, for the cache to plan with.
const SMALL: u64 = 16 << 10;

#[derive(Debug, Clone)]
struct ByLength;

impl Weighter<String, Bytes> for ByLength {
    fn weight(&self, key: &String, bytes: &Bytes) -> u64 {
        64 + key.len() as u64 + bytes.len() as u64
    }
}

#[derive(Debug)]
pub(super) struct SegmentCache {
    footers: Cache<String, ArrowReaderMetadata>,
    /// Small objects that were fetched whole: the next series is likely to be asked of the same hours.
    objects: Cache<String, Bytes, ByLength>,
}

impl SegmentCache {
    pub(super) fn new(bytes: u64) -> Self {
        let objects = Cache::with_weighter((bytes / SMALL) as usize, bytes, ByLength);
        Self { footers: Cache::new(4096), objects }
    }

    /// Reads a segment.
    pub(super) async fn read(
        &self,
        ledger: &Ledger,
        entry: &IndexEntry,
        wanted: Wanted<'_>,
    ) -> Result<Vec<SeriesPoints>, StoreError> {
        let mut source = self.source(&ledger.objects, entry).await?;
        let footer = self.footer(&mut source, entry).await?;
        let failed = source.failed();
        segment::read(source, footer, &wanted)
            .await
            .map_err(|error| failed.take().unwrap_or_else(|| StoreError::corrupt(&entry.object, error)))
    }

    async fn source(&self, objects: &Objects, entry: &IndexEntry) -> Result<Source, StoreError> {
        let whole = match self.objects.get(&entry.object) {
            Some(bytes) => Some(bytes),
            None if entry.bytes <= WHOLE_BELOW => {
                let bytes = objects.get(&entry.object, None).await?;
                self.objects.insert(entry.object.clone(), bytes.clone());
                Some(bytes)
            }
            None => None,
        };
        Ok(Source::new(objects, entry, whole))
    }

    async fn footer(
        &self,
        source: &mut Source,
        entry: &IndexEntry,
    ) -> Result<ArrowReaderMetadata, StoreError> {
        if let Some(footer) = self.footers.get(&entry.object) {
            return Ok(footer);
        }
        let failed = source.failed();
        let footer = segment::open(source)
            .await
            .map_err(|error| failed.take().unwrap_or_else(|| StoreError::corrupt(&entry.object, error)))?;
        self.footers.insert(entry.object.clone(), footer.clone());
        Ok(footer)
    }
}
