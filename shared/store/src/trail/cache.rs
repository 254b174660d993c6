//! Segments and requests as readers meet them, and what a warm process keeps of them: all by names that never change their meaning.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use arrow_array::{Array, RecordBatch};
use bytes::Bytes;
use futures::{FutureExt, TryStreamExt};
use parquet::arrow::arrow_reader::{ArrowReaderMetadata, ArrowReaderOptions, RowSelection};
use parquet::arrow::{ParquetRecordBatchStreamBuilder, ProjectionMask};
use parquet::file::metadata::PageIndexPolicy;
use quick_cache::Weighter;
use quick_cache::sync::Cache;
use ulid::Ulid;
use watchtrail_core::trail::journal;
use watchtrail_core::trail::record::{Category, Record};

use super::columns::{Terms, flags, strings, times};
use super::index::{Index, Key, flag};
use super::segment::{self, SegmentError};
use crate::compress::decompress;
use crate::error::StoreError;
use crate::ledger::{IndexEntry, Ledger, TailEntry};
use crate::source::Source;

/// An object of up to this size is fetched whole with one request.
const WHOLE_BELOW: u64 = 1 << 20;
/// Rows that are decoded at once.
const BATCH_ROWS: usize = 8_192;

/// The columns of an [`Index`].
const INDEXED: [&str; 9] = [
    "event_time",
    "event_id",
    "event_category",
    "user_name",
    "access_key_id",
    "event_name",
    "event_source",
    "read_only",
    "resources",
];

#[derive(Debug, Clone)]
pub(super) struct ByLength;

impl Weighter<String, Bytes> for ByLength {
    fn weight(&self, key: &String, bytes: &Bytes) -> u64 {
        64 + key.len() as u64 + bytes.len() as u64
    }
}

impl Weighter<String, Arc<[u128]>> for ByLength {
    fn weight(&self, key: &String, ids: &Arc<[u128]>) -> u64 {
        64 + key.len() as u64 + 16 * ids.len() as u64
    }
}

impl Weighter<String, Arc<Index>> for ByLength {
    fn weight(&self, key: &String, index: &Arc<Index>) -> u64 {
        64 + key.len() as u64 + index.bytes()
    }
}

impl Weighter<Ulid, Arc<Request>> for ByLength {
    fn weight(&self, _: &Ulid, request: &Arc<Request>) -> u64 {
        64 + request.text.len() as u64 + request.index.bytes()
    }
}

/// The records of a request that is not delivered yet.
#[derive(Debug)]
pub(super) struct Request {
    text: String,
    places: Vec<(u32, u32)>,
    pub(super) index: Index,
}

impl Request {
    fn decode(entry: &TailEntry, body: &Bytes) -> Result<Self, StoreError> {
        let what = || format!("the journal's audit records {}", entry.ulid);
        let bytes = decompress(body, &what)?;
        let text = String::from_utf8(bytes).map_err(|error| StoreError::corrupt(what(), error))?;
        let records = journal::decode(text.as_bytes()).map_err(|error| StoreError::corrupt(what(), error))?;
        let (mut places, mut index) = (Vec::new(), Index::default());
        for json in records {
            // What is no record is kept aside when it is delivered.
            let Ok(record) = Record::parse(json) else { continue };
            index.push_record(places.len() as u32, &record);
            let start = json.as_ptr().addr() - text.as_ptr().addr();
            places.push((start as u32, (start + json.len()) as u32));
        }
        Ok(Self { places, index: index.finish(), text })
    }

    pub(super) fn record(&self, row: u32) -> &str {
        let place = self.places.get(row as usize);
        place.and_then(|(start, end)| self.text.get(*start as usize..*end as usize)).unwrap_or_default()
    }
}

#[derive(Debug)]
pub(super) struct TrailCache {
    footers: Cache<String, ArrowReaderMetadata>,
    objects: Cache<String, Bytes, ByLength>,
    indexes: Cache<String, Arc<Index>, ByLength>,
    requests: Cache<Ulid, Arc<Request>, ByLength>,
    pub(super) ids: Cache<String, Arc<[u128]>, ByLength>,
}

impl TrailCache {
    pub(super) fn new(bytes: u64) -> Self {
        let many = |size: u64| (bytes / size) as usize;
        Self {
            footers: Cache::new(512),
            objects: Cache::with_weighter(many(256 << 10), bytes / 4, ByLength),
            indexes: Cache::with_weighter(many(256 << 10), bytes * 2, ByLength),
            requests: Cache::with_weighter(many(16 << 10), bytes / 2, ByLength),
            ids: Cache::with_weighter(many(256 << 10), bytes / 4, ByLength),
        }
    }

    pub(super) async fn request(
        &self,
        ledger: &Ledger,
        entry: &TailEntry,
    ) -> Result<Arc<Request>, StoreError> {
        if let Some(known) = self.requests.get(&entry.ulid) {
            return Ok(known);
        }
        let made = Arc::new(Request::decode(entry, &ledger.body(entry).await?)?);
        self.requests.insert(entry.ulid, Arc::clone(&made));
        Ok(made)
    }

    /// The index of a segment's management events.
    pub(super) async fn index(&self, ledger: &Ledger, entry: &IndexEntry) -> Result<Arc<Index>, StoreError> {
        if let Some(known) = self.indexes.get(&entry.object) {
            return Ok(known);
        }
        let (mut made, mut row) = (Index::default(), 0);
        self.read(ledger, entry, &INDEXED, None, |batch| {
            add(&mut made, &mut row, &batch)?;
            Ok(())
        })
        .await?;
        let made = Arc::new(made.finish());
        self.indexes.insert(entry.object.clone(), Arc::clone(&made));
        Ok(made)
    }

    /// The records of some rows, which are in ascending order.
    pub(super) async fn rows(
        &self,
        ledger: &Ledger,
        entry: &IndexEntry,
        rows: &[u32],
    ) -> Result<Vec<String>, StoreError> {
        let mut found = Vec::with_capacity(rows.len());
        self.read(ledger, entry, &["record"], Some(rows), |batch| {
            found.extend(strings(&batch, "record")?.iter().flatten().map(str::to_owned));
            Ok(())
        })
        .await?;
        if found.len() == rows.len() {
            Ok(found)
        } else {
            Err(StoreError::corrupt(&entry.object, "rows are missing"))
        }
    }

    /// All records, in the order of the file, with the time at which the suite was given each.
    pub(super) async fn records(
        &self,
        ledger: &Ledger,
        entry: &IndexEntry,
    ) -> Result<Vec<(i64, String)>, StoreError> {
        let mut found = Vec::new();
        self.read(ledger, entry, &["received_time", "record"], None, |batch| {
            let received = times(&batch, "received_time")?;
            let records = strings(&batch, "record")?;
            let pairs = received.iter().zip(records.iter());
            found.extend(pairs.map(|(at, record)| (*at, record.unwrap_or_default().to_owned())));
            Ok(())
        })
        .await?;
        Ok(found)
    }

    /// All of a segment, with the columns of [`segment::read_schema`].
    pub(super) async fn batches(
        &self,
        ledger: &Ledger,
        entry: &IndexEntry,
    ) -> Result<Vec<RecordBatch>, StoreError> {
        let mut found = Vec::new();
        let columns: Vec<&str> = segment::columns().collect();
        self.read(ledger, entry, &columns, None, |batch| {
            found.push(batch);
            Ok(())
        })
        .await?;
        Ok(found)
    }

    async fn read(
        &self,
        ledger: &Ledger,
        entry: &IndexEntry,
        columns: &[&str],
        rows: Option<&[u32]>,
        take: impl FnMut(RecordBatch) -> Result<(), SegmentError>,
    ) -> Result<(), StoreError> {
        let whole = match self.objects.get(&entry.object) {
            Some(bytes) => Some(bytes),
            None if entry.bytes <= WHOLE_BELOW => {
                let bytes = ledger.objects.get(&entry.object, None).await?;
                self.objects.insert(entry.object.clone(), bytes.clone());
                Some(bytes)
            }
            None => None,
        };
        let source = Source::new(&ledger.objects, entry, whole);
        let failed = source.failed();
        let reading = self.read_from(source, &entry.object, columns, rows, take);
        // A few kinds of damage make `parquet` panic; nothing of the decoder is used afterwards.
        let done = AssertUnwindSafe(reading)
            .catch_unwind()
            .await
            .unwrap_or(Err(SegmentError::Content("a page does not decode")));
        done.map_err(|error| failed.take().unwrap_or_else(|| StoreError::corrupt(&entry.object, error)))
    }

    async fn read_from(
        &self,
        mut source: Source,
        name: &String,
        columns: &[&str],
        rows: Option<&[u32]>,
        mut take: impl FnMut(RecordBatch) -> Result<(), SegmentError>,
    ) -> Result<(), SegmentError> {
        let footer = if let Some(footer) = self.footers.get(name) {
            footer
        } else {
            let options = ArrowReaderOptions::new()
                .with_schema(segment::read_schema())
                .with_page_index_policy(PageIndexPolicy::Optional);
            let footer = ArrowReaderMetadata::load_async(&mut source, options).await?;
            self.footers.insert(name.clone(), footer.clone());
            footer
        };
        let all = usize::try_from(footer.metadata().file_metadata().num_rows()).unwrap_or(0);
        let projection = ProjectionMask::columns(footer.parquet_schema(), columns.iter().copied());
        let mut builder = ParquetRecordBatchStreamBuilder::new_with_metadata(source, footer)
            .with_projection(projection)
            .with_batch_size(BATCH_ROWS);
        if let Some(rows) = rows {
            builder = builder.with_row_selection(selection(rows, all));
        }
        let mut batches = builder.build()?;
        while let Some(batch) = batches.try_next().await? {
            take(batch)?;
        }
        Ok(())
    }
}

fn selection(rows: &[u32], all: usize) -> RowSelection {
    let ranges = rows.chunk_by(|a, b| a + 1 == *b).filter_map(|run| {
        let (first, last) = (*run.first()? as usize, *run.last()? as usize);
        Some(first..last + 1)
    });
    RowSelection::from_consecutive_ranges(ranges, all)
}

/// Adds a batch's management events to an index.
fn add(index: &mut Index, row: &mut u32, batch: &RecordBatch) -> Result<(), SegmentError> {
    let (at, ids) = (times(batch, "event_time")?, strings(batch, "event_id")?);
    let terms = |name| Terms::of(batch, name);
    let (categories, users, keys) = (terms("event_category")?, terms("user_name")?, terms("access_key_id")?);
    let (names, sources, resources) = (terms("event_name")?, terms("event_source")?, terms("resources")?);
    let read_only = flags(batch, "read_only")?;
    for (number, at) in at.iter().enumerate() {
        let this = *row;
        *row += 1;
        if categories.get(number) != Some(Category::Management.as_str()) {
            continue;
        }
        let read_only = (!read_only.is_null(number)).then(|| flag(read_only.value(number)));
        let attributes = [
            users.get(number),
            keys.get(number),
            names.get(number),
            sources.get(number),
            read_only,
            resources.get(number),
        ];
        index.push(Key::new(*at, ids.value(number)), this, attributes);
    }
    Ok(())
}
