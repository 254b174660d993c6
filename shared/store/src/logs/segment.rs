//! A segment of logs: one Parquet object with events of one log group, of one day of event time. It is final when written, and this
//! page is the description of what rests on disk.
//!
//! | column | type | |
//! |---|---|---|
//! | `log_stream` | string | the stream's name |
//! | `timestamp` | timestamp, UTC, milliseconds | when the event happened, as its sender says |
//! | `ingestion_time` | timestamp, UTC, milliseconds | when it was received |
//! | `message` | string | |
//! | `stream_id` | string | tells a stream from another one of the same name, which was deleted before |
//! | `request` | string | ULID of the request that brought the event |
//! | `index` | int32 | its index in that request |
//!
//! `timestamp`, `request` and `index` are together the event's id. Rows are sorted by (`log_stream`, `stream_id`, `timestamp`, `request`,
//! `index`), so that one stream's events lie side by side, and in each stream a time range.

use std::sync::{Arc, LazyLock};

use arrow_array::cast::AsArray;
use arrow_array::types::{Int32Type, TimestampMillisecondType};
use arrow_array::{
    Array, ArrayRef, DictionaryArray, Int32Array, RecordBatch, StringArray, TimestampMillisecondArray,
};
use arrow_schema::{DataType, Field, Schema, SchemaRef, TimeUnit};
use bytes::Bytes;
use parquet::arrow::arrow_reader::{
    ArrowReaderMetadata, ArrowReaderOptions, ParquetRecordBatchReaderBuilder, RowSelection,
};
use parquet::arrow::{ArrowWriter, ProjectionMask};
use parquet::basic::{Compression, Encoding, ZstdLevel};
use parquet::column::page::PageReader;
use parquet::errors::ParquetError;
use parquet::file::properties::{EnabledStatistics, WriterProperties};
use parquet::file::serialized_reader::SerializedPageReader;
use parquet::schema::types::ColumnPath;
use ulid::Ulid;
use watchtrail_core::logs::event::EventKey;

/// Rows of a row group: it bounds the memory of reading.
const ROW_GROUP_ROWS: usize = 262_144;
/// Bytes of a page before compression: large enough to compress well, small enough to skip by.
const PAGE_BYTES: usize = 256 << 10;
/// Rows that are decoded at once.
const BATCH_ROWS: usize = 8_192;
/// zstd's fastest ordinary level: the third takes twice as long and leaves 6 % less of an access log.
const LEVEL: i32 = 1;

const STREAM: usize = 0;
const TIMESTAMP: usize = 1;
const INGESTED: usize = 2;
const MESSAGE: usize = 3;
const STREAM_ID: usize = 4;
const REQUEST: usize = 5;
const INDEX: usize = 6;

/// Why a segment could not be written or read.
#[derive(Debug, thiserror::Error)]
pub(super) enum SegmentError {
    /// The file is damaged.
    #[error("segment: {0}")]
    Parquet(#[from] ParquetError),
    /// Arrow refuses its content.
    #[error("segment: {0}")]
    Arrow(#[from] arrow_schema::ArrowError),
    /// The file is sound Parquet, but its content is not a segment's.
    #[error("not a segment of logs: {0}")]
    Content(&'static str),
}

/// An event on its way into a segment; the texts are the batch's.
#[derive(Debug, Clone, Copy)]
pub(super) struct Row<'a> {
    pub(super) stream: &'a str,
    pub(super) stream_id: Ulid,
    pub(super) key: EventKey,
    pub(super) ingested: i64,
    pub(super) message: &'a str,
}

/// The Arrow schema of files: texts that repeat as dictionaries.
fn schema() -> SchemaRef {
    static SCHEMA: LazyLock<SchemaRef> = LazyLock::new(|| {
        let text = || DataType::Dictionary(Box::new(DataType::Int32), Box::new(DataType::Utf8));
        let time = || DataType::Timestamp(TimeUnit::Millisecond, Some("UTC".into()));
        Arc::new(Schema::new(vec![
            Field::new("log_stream", text(), false),
            Field::new("timestamp", time(), false),
            Field::new("ingestion_time", time(), false),
            Field::new("message", DataType::Utf8, false),
            Field::new("stream_id", text(), false),
            Field::new("request", text(), false),
            Field::new("index", DataType::Int32, false),
        ]))
    });
    Arc::clone(&SCHEMA)
}

/// The same for reading: messages as views into their pages, not copied.
fn read_schema() -> SchemaRef {
    static SCHEMA: LazyLock<SchemaRef> = LazyLock::new(|| {
        let fields = schema()
            .fields()
            .iter()
            .map(|field| match field.name().as_str() {
                "message" => Field::new("message", DataType::Utf8View, false),
                _ => field.as_ref().clone(),
            })
            .collect::<Vec<_>>();
        Arc::new(Schema::new(fields))
    });
    Arc::clone(&SCHEMA)
}

fn properties() -> Result<WriterProperties, SegmentError> {
    let path = |name: &str| ColumnPath::from(name);
    let mut made = WriterProperties::builder()
        .set_created_by("watchtrail".to_owned())
        .set_compression(Compression::ZSTD(ZstdLevel::try_new(LEVEL)?))
        .set_max_row_group_row_count(Some(ROW_GROUP_ROWS))
        .set_data_page_size_limit(PAGE_BYTES)
        .set_statistics_enabled(EnabledStatistics::None)
        .set_dictionary_enabled(false);
    for name in ["log_stream", "stream_id", "request"] {
        made = made.set_column_dictionary_enabled(path(name), true);
    }
    for name in ["log_stream", "timestamp"] {
        made = made.set_column_statistics_enabled(path(name), EnabledStatistics::Chunk);
    }
    for name in ["timestamp", "ingestion_time", "index"] {
        made = made.set_column_encoding(path(name), Encoding::DELTA_BINARY_PACKED);
    }
    Ok(made.build())
}

/// Writes sorted rows.
///
/// # Errors
/// When the encoder refuses, which no input is known to bring about.
pub(super) fn write<'a>(mut rows: impl Iterator<Item = Row<'a>>) -> Result<Vec<u8>, SegmentError> {
    let (mut bytes, mut chunk) = (Vec::new(), Vec::with_capacity(BATCH_ROWS));
    let mut writer = ArrowWriter::try_new(&mut bytes, schema(), Some(properties()?))?;
    loop {
        chunk.clear();
        chunk.extend(rows.by_ref().take(BATCH_ROWS));
        if chunk.is_empty() {
            break;
        }
        writer.write(&batch(&chunk)?)?;
    }
    writer.close()?;
    Ok(bytes)
}

fn batch(rows: &[Row<'_>]) -> Result<RecordBatch, SegmentError> {
    let times = |of: fn(&Row<'_>) -> i64| -> ArrayRef {
        Arc::new(TimestampMillisecondArray::from_iter_values(rows.iter().map(of)).with_timezone("UTC"))
    };
    let ids = |of: fn(&Row<'_>) -> u128| {
        let mut text = String::new();
        dictionary(rows.iter().map(of), |id| {
            text = Ulid(*id).to_string();
            text.clone()
        })
    };
    let columns: Vec<ArrayRef> = vec![
        dictionary(rows.iter().map(|row| row.stream), |name| (*name).to_owned())?,
        times(|row| row.key.timestamp),
        times(|row| row.ingested),
        Arc::new(StringArray::from_iter_values(rows.iter().map(|row| row.message))),
        ids(|row| row.stream_id.0)?,
        ids(|row| row.key.request)?,
        Arc::new(Int32Array::from_iter_values(rows.iter().map(|row| row.key.index as i32))),
    ];
    Ok(RecordBatch::try_new(schema(), columns)?)
}

/// A dictionary of values that mostly repeat their predecessor.
fn dictionary<T: std::hash::Hash + Eq + Copy>(
    values: impl Iterator<Item = T>,
    mut text: impl FnMut(&T) -> String,
) -> Result<ArrayRef, SegmentError> {
    let (mut known, mut texts, mut keys) = (std::collections::HashMap::new(), Vec::new(), Vec::new());
    let mut last: Option<(T, i32)> = None;
    for value in values {
        let key = match last {
            Some((same, key)) if same == value => key,
            _ => *known.entry(value).or_insert_with(|| {
                texts.push(text(&value));
                texts.len() as i32 - 1
            }),
        };
        last = Some((value, key));
        keys.push(key);
    }
    let made = DictionaryArray::<Int32Type>::try_new(
        Int32Array::from(keys),
        Arc::new(StringArray::from_iter_values(texts)),
    )?;
    Ok(Arc::new(made))
}

/// The identities of a row, and where it stands in the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Placed {
    pub(super) key: EventKey,
    pub(super) row: u32,
}

/// A row that was read whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Whole {
    pub(super) stream: String,
    pub(super) ingested: i64,
    pub(super) message: String,
}

/// A segment that is read from memory.
pub(super) struct Open {
    bytes: Bytes,
    metadata: ArrowReaderMetadata,
}

impl Open {
    /// # Errors
    /// When the bytes are no segment's.
    pub(super) fn new(bytes: Bytes) -> Result<Self, SegmentError> {
        let options = ArrowReaderOptions::new().with_schema(read_schema());
        let metadata = ArrowReaderMetadata::load(&bytes, options)?;
        Ok(Self { bytes, metadata })
    }

    fn batches(
        &self,
        columns: &[usize],
        rows: Option<&[u32]>,
        mut take: impl FnMut(RecordBatch) -> Result<(), SegmentError>,
    ) -> Result<(), SegmentError> {
        let builder =
            ParquetRecordBatchReaderBuilder::new_with_metadata(self.bytes.clone(), self.metadata.clone());
        let columns = ProjectionMask::leaves(self.metadata.parquet_schema(), columns.iter().copied());
        let mut builder = builder.with_projection(columns).with_batch_size(BATCH_ROWS);
        if let Some(rows) = rows {
            builder = builder.with_row_selection(selection(rows, self.rows()));
        }
        for batch in builder.build()? {
            take(batch?)?;
        }
        Ok(())
    }

    pub(super) fn rows(&self) -> usize {
        usize::try_from(self.metadata.metadata().file_metadata().num_rows()).unwrap_or(0)
    }

    /// The rows among `rows` (`None`: all) whose stream, time and identity are wanted.
    pub(super) fn find(
        &self,
        rows: Option<&[u32]>,
        wanted: impl Fn(&EventKey) -> bool,
        stream: impl Fn(&str, &str) -> bool,
    ) -> Result<Vec<Placed>, SegmentError> {
        let (mut found, mut seen) = (Vec::new(), 0);
        self.batches(&[STREAM, TIMESTAMP, STREAM_ID, REQUEST, INDEX], rows, |batch| {
            let texts = |column: usize| Texts::of(batch.column(column));
            // In the order of the file, whatever order they were named in.
            let (names, ids, requests) = (texts(0)?, texts(2)?, texts(3)?);
            let times = batch.column(1).as_primitive::<TimestampMillisecondType>().values();
            let indexes = batch.column(4).as_primitive::<Int32Type>().values();
            let ulids = requests.ulids()?;
            let mut judged: Option<((i32, i32), bool)> = None;
            for at in 0..batch.num_rows() {
                let pair = (names.keys[at], ids.keys[at]);
                let ours = match judged {
                    Some((same, ours)) if same == pair => ours,
                    _ => stream(names.text(pair.0), ids.text(pair.1)),
                };
                judged = Some((pair, ours));
                let request = ulids.get(requests.keys[at] as usize).copied().unwrap_or_default();
                let key = EventKey { timestamp: times[at], request, index: indexes[at] as u32 };
                if ours && wanted(&key) {
                    let row = rows.map_or(Some((seen + at) as u32), |rows| rows.get(seen + at).copied());
                    found.push(Placed { key, row: row.unwrap_or_default() });
                }
            }
            seen += batch.num_rows();
            Ok(())
        })?;
        Ok(found)
    }

    /// The rows among `rows` (`None`: all; else ascending) whose messages match. Answers the bytes of all messages looked at, too.
    ///
    /// It goes through the pages as they are stored, a length before each message, and not through Arrow: a page that `may_hold` rules
    /// out costs its decompression and one search of it, however many messages it has.
    pub(super) fn search(
        &self,
        rows: Option<&[u32]>,
        may_hold: impl Fn(&[u8]) -> bool,
        matches: impl Fn(&[u8]) -> bool,
    ) -> Result<(Vec<u32>, u64), SegmentError> {
        let (mut found, mut searched, mut first) = (Vec::new(), 0, 0);
        let mut left = rows;
        let file = Arc::new(self.bytes.clone());
        for group in self.metadata.metadata().row_groups() {
            let count = usize::try_from(group.num_rows()).unwrap_or(0);
            let mut pages = SerializedPageReader::new(Arc::clone(&file), group.column(MESSAGE), count, None)?;
            while let Some(peeked) = pages.peek_next_page()? {
                let rows = peeked.num_rows.or(peeked.num_levels).unwrap_or(0);
                let end = first + rows;
                let wanted = left.map(|all| {
                    let (wanted, behind) = all.split_at(all.partition_point(|row| (*row as usize) < end));
                    left = Some(behind);
                    wanted
                });
                if wanted.is_some_and(<[u32]>::is_empty) {
                    pages.skip_next_page()?;
                } else if let Some(page) = pages.get_next_page()? {
                    if page.encoding() != Encoding::PLAIN || page.num_values() as usize != rows {
                        return Err(SegmentError::Content("its messages are not plain"));
                    }
                    let page = Page { texts: page.buffer(), first, wanted };
                    searched += page.search(&may_hold, &matches, &mut found)?;
                }
                first = end;
            }
        }
        Ok((found, searched))
    }

    /// Rows in full; `rows` is in ascending order.
    pub(super) fn whole(&self, rows: &[u32]) -> Result<Vec<Whole>, SegmentError> {
        let mut found = Vec::with_capacity(rows.len());
        self.batches(&[STREAM, INGESTED, MESSAGE], Some(rows), |batch| {
            let names = Texts::of(batch.column(0))?;
            let ingested = batch.column(1).as_primitive::<TimestampMillisecondType>().values();
            let messages = batch.column(2).as_string_view();
            for at in 0..batch.num_rows() {
                found.push(Whole {
                    stream: names.text(names.keys[at]).to_owned(),
                    ingested: ingested[at],
                    message: messages.value(at).to_owned(),
                });
            }
            Ok(())
        })?;
        if found.len() == rows.len() { Ok(found) } else { Err(SegmentError::Content("rows are missing")) }
    }
}

/// A page of messages, decompressed.
struct Page<'a> {
    /// For each message its length (u32, little endian) and its bytes.
    texts: &'a [u8],
    /// The first message's row.
    first: usize,
    /// Which rows are looked at; `None`: all.
    wanted: Option<&'a [u32]>,
}

impl Page<'_> {
    /// Adds the rows that match; answers how many bytes of messages were looked at.
    fn search(
        &self,
        may_hold: impl Fn(&[u8]) -> bool,
        matches: impl Fn(&[u8]) -> bool,
        found: &mut Vec<u32>,
    ) -> Result<u64, SegmentError> {
        if self.wanted.is_none() && !may_hold(self.texts) {
            return Ok(self.texts.len() as u64);
        }
        let (mut rest, mut row, mut searched) = (self.texts, self.first as u32, 0);
        let mut wanted = self.wanted;
        while let Some((length, behind)) = rest.split_first_chunk::<4>() {
            let cut_off = SegmentError::Content("a message is cut off");
            let message = behind.split_at_checked(u32::from_le_bytes(*length) as usize);
            let Some((message, behind)) = message else { return Err(cut_off) };
            let looked_at = match wanted.as_mut() {
                None => true,
                Some(rows) => match rows.split_first() {
                    Some((next, others)) if *next == row => {
                        *rows = others;
                        true
                    }
                    _ => false,
                },
            };
            if looked_at {
                searched += message.len() as u64;
                if may_hold(message) && matches(message) {
                    found.push(row);
                }
            }
            (rest, row) = (behind, row + 1);
        }
        Ok(searched)
    }
}

fn selection(rows: &[u32], all: usize) -> RowSelection {
    let ranges = rows.chunk_by(|a, b| a + 1 == *b).filter_map(|run| {
        let (first, last) = (*run.first()? as usize, *run.last()? as usize);
        Some(first..last + 1)
    });
    RowSelection::from_consecutive_ranges(ranges, all)
}

/// A column of texts that repeat.
struct Texts<'a> {
    keys: &'a [i32],
    texts: &'a StringArray,
}

impl<'a> Texts<'a> {
    fn of(column: &'a ArrayRef) -> Result<Self, SegmentError> {
        let wrong = SegmentError::Content("a column is no dictionary");
        let Some(dictionary) = column.as_dictionary_opt::<Int32Type>() else { return Err(wrong) };
        let Some(texts) = dictionary.values().as_string_opt::<i32>() else { return Err(wrong) };
        Ok(Self { keys: dictionary.keys().values(), texts })
    }

    fn text(&self, key: i32) -> &'a str {
        usize::try_from(key)
            .ok()
            .filter(|key| *key < self.texts.len())
            .map_or("", |key| self.texts.value(key))
    }

    fn ulids(&self) -> Result<Vec<u128>, SegmentError> {
        let wrong = |_| SegmentError::Content("a request is no ULID");
        self.texts
            .iter()
            .map(|text| Ok(Ulid::from_string(text.unwrap_or_default()).map_err(wrong)?.0))
            .collect()
    }
}
