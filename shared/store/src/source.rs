//! An object as Parquet's reader meets it: the ranges of bytes that it asks for, fetched from S3 or cut from memory.

use std::ops::Range;
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use futures::FutureExt;
use futures::future::BoxFuture;
use futures::stream::{self, StreamExt, TryStreamExt};
use parquet::arrow::arrow_reader::ArrowReaderOptions;
use parquet::arrow::async_reader::AsyncFileReader;
use parquet::errors::ParquetError;
use parquet::file::metadata::{PageIndexPolicy, ParquetMetaData, ParquetMetaDataReader};

use crate::error::StoreError;
use crate::ledger::IndexEntry;
use crate::objects::Objects;

/// An object that Parquet reads from.
pub(crate) struct Source {
    objects: Objects,
    key: String,
    size: u64,
    whole: Option<Bytes>,
    failed: Failed,
}

/// The store's error behind a Parquet error, kept in its own type: an object that vanished while it was read is no corruption, the reader
/// starts again.
#[derive(Clone, Default)]
pub(crate) struct Failed(Arc<Mutex<Option<StoreError>>>);

impl Failed {
    pub(crate) fn take(&self) -> Option<StoreError> {
        self.0.lock().ok().and_then(|mut lost| lost.take())
    }
}

/// Ranges with less than this between them are fetched as one: that many bytes more are cheaper, and sooner there, than
/// one more request.
const GAP: u64 = 256 << 10;

/// How many ranges of one object are fetched at once.
const RANGES_AT_ONCE: usize = 8;

/// The fewest ranges that hold all of `ranges` with nothing longer than [`GAP`] in between.
fn coalesced(ranges: &[Range<u64>]) -> Vec<Range<u64>> {
    let mut sorted = ranges.to_vec();
    sorted.sort_unstable_by_key(|range| range.start);
    let mut spans: Vec<Range<u64>> = Vec::new();
    for range in sorted {
        match spans.last_mut() {
            Some(last) if range.start <= last.end.saturating_add(GAP) => last.end = last.end.max(range.end),
            _ => spans.push(range),
        }
    }
    spans
}

impl Source {
    /// The object of an index item; `whole` where it is here already.
    pub(crate) fn new(objects: &Objects, entry: &IndexEntry, whole: Option<Bytes>) -> Self {
        let size = whole.as_ref().map_or(entry.bytes, |bytes| bytes.len() as u64);
        let (objects, key) = (objects.clone(), entry.object.clone());
        Self { objects, key, size, whole, failed: Failed::default() }
    }

    /// What a store refused while this was read.
    pub(crate) fn failed(&self) -> Failed {
        self.failed.clone()
    }

    fn fetch(&self, range: Range<u64>) -> BoxFuture<'_, parquet::errors::Result<Bytes>> {
        async move {
            if let Some(whole) = &self.whole {
                let (start, end) = (range.start as usize, range.end as usize);
                if start > end || end > whole.len() {
                    return Err(ParquetError::EOF(format!("{} ends before {end}", self.key)));
                }
                return Ok(whole.slice(start..end));
            }
            self.objects.get(&self.key, Some(range)).await.map_err(|error| {
                let shown = ParquetError::General(error.to_string());
                if let Ok(mut failed) = self.failed.0.lock() {
                    *failed = Some(error);
                }
                shown
            })
        }
        .boxed()
    }
}

impl AsyncFileReader for Source {
    fn get_bytes(&mut self, range: Range<u64>) -> BoxFuture<'_, parquet::errors::Result<Bytes>> {
        self.fetch(range)
    }

    fn get_byte_ranges(
        &mut self,
        ranges: Vec<Range<u64>>,
    ) -> BoxFuture<'_, parquet::errors::Result<Vec<Bytes>>> {
        async move {
            let spans = coalesced(&ranges);
            let fetches: Vec<_> = spans.iter().map(|span| self.fetch(span.clone())).collect();
            let fetched: Vec<Bytes> = stream::iter(fetches).buffered(RANGES_AT_ONCE).try_collect().await?;
            let part = |range: &Range<u64>| {
                let at = spans.partition_point(|span| span.start <= range.start).saturating_sub(1);
                let (span, bytes) = (spans.get(at)?, fetched.get(at)?);
                let (start, end) = (range.start.checked_sub(span.start)?, range.end.checked_sub(span.start)?);
                (start <= end && end <= bytes.len() as u64).then(|| bytes.slice(start as usize..end as usize))
            };
            let parts: Option<Vec<Bytes>> = ranges.iter().map(part).collect();
            parts.ok_or_else(|| ParquetError::EOF(format!("{} is shorter than its footer says", self.key)))
        }
        .boxed()
    }

    fn get_metadata<'a>(
        &'a mut self,
        options: Option<&'a ArrowReaderOptions>,
    ) -> BoxFuture<'a, parquet::errors::Result<Arc<ParquetMetaData>>> {
        async move {
            let policy = options.map_or(PageIndexPolicy::Optional, ArrowReaderOptions::column_index_policy);
            let size = self.size;
            let metadata = ParquetMetaDataReader::new()
                .with_page_index_policy(policy)
                .with_prefetch_hint(Some(64 << 10))
                .load_and_finish(self, size)
                .await?;
            Ok(Arc::new(metadata))
        }
        .boxed()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn near_ranges_are_fetched_as_one() {
        fn check(ranges: &[(u64, u64)], expected: &[(u64, u64)]) {
            let ranges: Vec<_> = ranges.iter().map(|(start, end)| *start..*end).collect();
            let spans: Vec<_> = coalesced(&ranges).iter().map(|span| (span.start, span.end)).collect();
            assert_eq!(spans, expected);
        }
        check(&[], &[]);
        check(&[(0, 10), (10, 20)], &[(0, 20)]);
        check(&[(50, 60), (0, 10)], &[(0, 60)]);
        check(&[(0, 100), (10, 20)], &[(0, 100)]);
        check(&[(0, 10), (10 + GAP, 20 + GAP)], &[(0, 20 + GAP)]);
        check(&[(0, 10), (11 + GAP, 20 + GAP)], &[(0, 10), (11 + GAP, 20 + GAP)]);
    }
}
