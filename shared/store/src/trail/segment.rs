//! A segment of the trail: one Parquet object with audit records of one account, region and day of event time. It is final when written,
//! and this page is the description of what rests on disk.
//!
//! | column | type | |
//! |---|---|---|
//! | `event_time` | timestamp, UTC, milliseconds | |
//! | `event_id`, `event_name`, `event_source`, `event_category`, `event_type` | string | as in the record |
//! | `read_only` | boolean | |
//! | `user_name` | string | what `LookupEvents` calls the user's name |
//! | `user_type`, `user_arn`, `principal_id`, `access_key_id` | string | of `userIdentity` |
//! | `source_ip_address`, `user_agent`, `error_code`, `error_message`, `request_id` | string | |
//! | `resource_type`, `resource_name` | string | of the first resource: its type and its ARN |
//! | `resources` | string | all of them, JSON: `[{"type": …, "name": …}]` |
//! | `recipient_account_id` | string | |
//! | `received_time` | timestamp, UTC, milliseconds | when the suite was given the record |
//! | `record` | string | the whole record, JSON |
//!
//! Rows are sorted by (`user_name`, `access_key_id`, `event_name`, `event_time`, `event_id`): what one identity did lies side by side, its columns
//! shrink to almost nothing, and the bounds of row groups and pages tell who is not in them. Columns of identities, addresses and resources have Bloom
//! filters, too: a file in which nobody of that name is costs its footer and little more. What is asked most is asked of an identity; the
//! newest events are found by their times, which are a small column.

use std::ops::Range;
use std::sync::{Arc, LazyLock};

use arrow_array::builder::StringBuilder;
use arrow_array::{Array, ArrayRef, BooleanArray, RecordBatch, StringArray, TimestampMillisecondArray};
use arrow_schema::{DataType, Field, Schema, SchemaRef, TimeUnit};
use parquet::arrow::ArrowWriter;
use parquet::arrow::arrow_writer::ArrowWriterOptions;
use parquet::basic::{Compression, Encoding, ZstdLevel};
use parquet::errors::ParquetError;
use parquet::file::properties::{EnabledStatistics, WriterProperties};
use parquet::schema::types::ColumnPath;
use serde::{Deserialize, Serialize};
use watchtrail_core::trail::record::Record;

use super::columns::{Place, Terms, flags, strings, times};

/// Rows of a row group: engines that know no page index pass over so many at once.
const ROW_GROUP_ROWS: usize = 16_384;
/// Rows of a page at most, so that the pages of small columns can be passed over, too.
const PAGE_ROWS: usize = 2_048;
/// Bytes of a page before compression: to read one record costs so much.
const PAGE_BYTES: usize = 128 << 10;
/// Rows after which a page's size is looked at.
const LOOK_ROWS: usize = 64;
/// Rows that are converted at once: a mebibyte of records or so.
const BATCH_ROWS: usize = 1_024;

/// zstd's: sorted records in pages of [`PAGE_BYTES`] take 4 % more by level 6, and five times as long.
const LEVEL: i32 = 1;

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
    #[error("not a segment of the trail: {0}")]
    Content(&'static str),
}

/// A record on its way into a segment.
#[derive(Debug, Clone, Copy)]
pub(super) struct Row<'a> {
    pub(super) record: &'a Record<'a>,
    /// When the suite was given it, epoch milliseconds.
    pub(super) received: i64,
}

/// A resource, as it stands in the column `resources`.
#[derive(Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct ListedResource {
    #[serde(rename = "type", default, skip_serializing_if = "Option::is_none")]
    pub(super) kind: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) name: Option<String>,
}

/// The resources of a record as JSON; nothing when it has none.
pub(super) fn resources(record: &Record<'_>) -> Option<String> {
    if record.resources.is_empty() {
        return None;
    }
    let listed = record.resources.iter().map(|resource| ListedResource {
        kind: resource.kind.as_deref().map(str::to_owned),
        name: resource.arn.as_deref().map(str::to_owned),
    });
    serde_json::to_string(&listed.collect::<Vec<_>>()).ok()
}

/// How a column is made of rows.
enum Make {
    Time(fn(&Row<'_>) -> i64),
    Flag(fn(&Row<'_>) -> Option<bool>),
    /// A text that repeats.
    Term(for<'r> fn(&'r Record<'_>) -> Option<&'r str>),
    /// A text that is almost always another one.
    Text(for<'r> fn(&'r Record<'_>) -> Option<&'r str>),
    Resources,
}

/// A column: its name, how it is made, and how it is searched.
struct Column(&'static str, Make, Search);

/// What tells a reader which row groups and pages it need not read.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Search {
    /// Nothing.
    Plain,
    /// Bounds.
    Found,
    /// Bounds, and a Bloom filter: values that have no order with the rows, of which one is looked for.
    Known,
}

use Search::{Found, Known, Plain};

/// One row group in a hundred is read for nothing.
const BLOOM_ERRORS: f64 = 0.01;

static COLUMNS: [Column; 23] = [
    Column("event_time", Make::Time(|row| row.record.time.millis()), Found),
    Column("event_id", Make::Text(|record| Some(&record.id)), Plain),
    Column("event_name", Make::Term(|record| Some(&record.name)), Found),
    Column("event_source", Make::Term(|record| Some(&record.source)), Found),
    Column("event_category", Make::Term(|record| Some(record.category.as_str())), Found),
    Column("event_type", Make::Term(|record| record.kind.as_deref()), Plain),
    Column("read_only", Make::Flag(|row| row.record.read_only), Plain),
    Column("user_name", Make::Term(|record| record.identity.name()), Known),
    Column("user_type", Make::Term(|record| record.identity.kind.as_deref()), Found),
    Column("user_arn", Make::Term(|record| record.identity.arn.as_deref()), Known),
    Column("principal_id", Make::Term(|record| record.identity.principal_id.as_deref()), Known),
    Column("access_key_id", Make::Term(|record| record.identity.access_key_id.as_deref()), Known),
    Column("source_ip_address", Make::Term(|record| record.source_ip.as_deref()), Known),
    Column("user_agent", Make::Term(|record| record.user_agent.as_deref()), Plain),
    Column("error_code", Make::Term(|record| record.error_code.as_deref()), Found),
    Column("error_message", Make::Term(|record| record.error_message.as_deref()), Plain),
    Column("request_id", Make::Text(|record| record.request_id.as_deref()), Plain),
    Column("resource_type", Make::Term(|record| record.resources.first()?.kind.as_deref()), Found),
    Column("resource_name", Make::Term(|record| record.resources.first()?.arn.as_deref()), Known),
    Column("resources", Make::Resources, Plain),
    Column("recipient_account_id", Make::Term(|record| record.account.as_deref()), Plain),
    Column("received_time", Make::Time(|row| row.received), Plain),
    Column("record", Make::Text(|record| Some(record.json)), Plain),
];

impl Column {
    fn repeats(&self) -> bool {
        matches!(self.1, Make::Term(_) | Make::Resources)
    }

    /// As files have it, or for reading: texts that repeat as dictionaries.
    fn field(&self, reading: bool) -> Field {
        let dictionary = || DataType::Dictionary(Box::new(DataType::Int32), Box::new(DataType::Utf8));
        let kind = match self.1 {
            Make::Time(_) => DataType::Timestamp(TimeUnit::Millisecond, Some("UTC".into())),
            Make::Flag(_) => DataType::Boolean,
            _ if self.repeats() && reading => dictionary(),
            _ => DataType::Utf8,
        };
        Field::new(self.0, kind, !matches!(self.1, Make::Time(_)))
    }

    fn of_rows(&self, rows: &[Row<'_>]) -> ArrayRef {
        match self.1 {
            Make::Time(of) => time_array(rows.iter().map(of)),
            Make::Flag(of) => flag_array(rows.iter().map(of)),
            Make::Term(of) | Make::Text(of) => text_array(rows.iter().map(|row| of(row.record))),
            Make::Resources => {
                Arc::new(rows.iter().map(|row| resources(row.record)).collect::<StringArray>())
            }
        }
    }

    fn of_batches<'a>(&self, batches: &'a [RecordBatch]) -> Result<ReadColumn<'a>, SegmentError> {
        fn each<'a, C>(
            batches: &'a [RecordBatch],
            name: &str,
            of: impl Fn(&'a RecordBatch, &str) -> Result<C, SegmentError>,
        ) -> Result<Vec<C>, SegmentError> {
            batches.iter().map(|batch| of(batch, name)).collect()
        }
        Ok(match self.1 {
            Make::Time(_) => ReadColumn::Times(each(batches, self.0, times)?),
            Make::Flag(_) => ReadColumn::Flags(each(batches, self.0, flags)?),
            Make::Text(_) => ReadColumn::Texts(each(batches, self.0, strings)?),
            Make::Term(_) | Make::Resources => ReadColumn::Terms(each(batches, self.0, Terms::of)?),
        })
    }
}

/// A column of segments that are made one: a part of it for each batch.
enum ReadColumn<'a> {
    Times(Vec<&'a [i64]>),
    Flags(Vec<&'a BooleanArray>),
    Terms(Vec<Terms<'a>>),
    Texts(Vec<&'a StringArray>),
}

impl ReadColumn<'_> {
    fn array(&self, places: &[Place]) -> ArrayRef {
        fn each<'c, C, T>(
            column: &'c [C],
            places: &'c [Place],
            get: impl Fn(&'c C, usize) -> Option<T> + Clone,
        ) -> impl Iterator<Item = Option<T>> + Clone {
            places.iter().map(move |place| place.of(column).and_then(|(part, row)| get(part, row)))
        }
        match self {
            Self::Times(column) => time_array(
                each(column, places, |part, row| part.get(row).copied()).map(Option::unwrap_or_default),
            ),
            Self::Flags(column) => {
                flag_array(each(column, places, |part, row| part.is_valid(row).then(|| part.value(row))))
            }
            Self::Terms(column) => text_array(each(column, places, Terms::get)),
            Self::Texts(column) => {
                text_array(each(column, places, |part, row| part.is_valid(row).then(|| part.value(row))))
            }
        }
    }
}

fn time_array(times: impl Iterator<Item = i64>) -> ArrayRef {
    Arc::new(TimestampMillisecondArray::from_iter_values(times).with_timezone("UTC"))
}

fn flag_array(flags: impl Iterator<Item = Option<bool>>) -> ArrayRef {
    Arc::new(flags.collect::<BooleanArray>())
}

fn text_array<'a>(texts: impl Iterator<Item = Option<&'a str>> + Clone) -> ArrayRef {
    let (rows, bytes) =
        texts.clone().fold((0, 0), |(rows, bytes), text| (rows + 1, bytes + text.map_or(0, str::len)));
    let mut array = StringBuilder::with_capacity(rows, bytes);
    array.extend(texts);
    Arc::new(array.finish())
}

/// The names of the columns.
pub(super) fn columns() -> impl Iterator<Item = &'static str> {
    COLUMNS.iter().map(|column| column.0)
}

fn schema() -> SchemaRef {
    static SCHEMA: LazyLock<SchemaRef> = LazyLock::new(|| {
        Arc::new(Schema::new(COLUMNS.iter().map(|column| column.field(false)).collect::<Vec<_>>()))
    });
    Arc::clone(&SCHEMA)
}

/// The schema for reading.
pub(super) fn read_schema() -> SchemaRef {
    static SCHEMA: LazyLock<SchemaRef> = LazyLock::new(|| {
        Arc::new(Schema::new(COLUMNS.iter().map(|column| column.field(true)).collect::<Vec<_>>()))
    });
    Arc::clone(&SCHEMA)
}

fn properties() -> Result<WriterProperties, SegmentError> {
    let mut made = WriterProperties::builder()
        .set_created_by("watchtrail".to_owned())
        .set_compression(Compression::ZSTD(ZstdLevel::try_new(LEVEL)?))
        .set_max_row_group_row_count(Some(ROW_GROUP_ROWS))
        .set_data_page_row_count_limit(PAGE_ROWS)
        .set_data_page_size_limit(PAGE_BYTES)
        .set_write_batch_size(LOOK_ROWS);
    for column in &COLUMNS {
        let path = || ColumnPath::from(column.0);
        made = made.set_column_dictionary_enabled(path(), column.repeats());
        let bounds = if column.2 == Plain { EnabledStatistics::None } else { EnabledStatistics::Page };
        made = made.set_column_statistics_enabled(path(), bounds);
        if column.2 == Known {
            // As large as it may become: the writer folds it to what there is.
            made = made.set_column_bloom_filter_max_ndv(path(), ROW_GROUP_ROWS as u64);
            made = made.set_column_bloom_filter_fpp(path(), BLOOM_ERRORS);
        }
        if matches!(column.1, Make::Time(_)) {
            made = made.set_column_encoding(path(), Encoding::DELTA_BINARY_PACKED);
        }
    }
    Ok(made.build())
}

/// Writes rows that are in their order ([`super::order`]).
///
/// # Errors
/// When the encoder refuses, which no input is known to bring about.
pub(super) fn write(rows: &[Row<'_>]) -> Result<Vec<u8>, SegmentError> {
    let texts: usize = rows.iter().map(|row| row.record.json.len()).sum();
    // They shrink to a tenth, with all columns.
    write_columns(rows.len(), texts / 8, |range| {
        let rows = rows.get(range).unwrap_or_default();
        COLUMNS.iter().map(|column| column.of_rows(rows)).collect()
    })
}

/// Writes the rows of segments as one segment, in the order of `places`.
///
/// # Errors
/// When a batch has not the columns of a segment.
pub(super) fn write_again(
    batches: &[RecordBatch],
    places: &[Place],
    bytes: usize,
) -> Result<Vec<u8>, SegmentError> {
    let read: Vec<ReadColumn<'_>> =
        COLUMNS.iter().map(|column| column.of_batches(batches)).collect::<Result<_, _>>()?;
    write_columns(places.len(), bytes, |range| {
        let places = places.get(range).unwrap_or_default();
        read.iter().map(|column| column.array(places)).collect()
    })
}

fn write_columns(
    rows: usize,
    bytes: usize,
    columns: impl Fn(Range<usize>) -> Vec<ArrayRef>,
) -> Result<Vec<u8>, SegmentError> {
    let mut written = Vec::with_capacity(bytes);
    // Readers know the columns; Arrow's own schema would be a fifth of a small file's footer.
    let options = ArrowWriterOptions::new().with_properties(properties()?).with_skip_arrow_metadata(true);
    let mut writer = ArrowWriter::try_new_with_options(&mut written, schema(), options)?;
    for start in (0..rows).step_by(BATCH_ROWS) {
        let end = (start + BATCH_ROWS).min(rows);
        writer.write(&RecordBatch::try_new(schema(), columns(start..end))?)?;
    }
    writer.close()?;
    Ok(written)
}

#[cfg(test)]
mod tests {
    use arrow_array::cast::AsArray;
    use parquet::arrow::arrow_reader::{ArrowReaderOptions, ParquetRecordBatchReaderBuilder};

    use super::super::columns;
    use super::super::order::{self, SortKey};
    use super::*;

    fn record(number: usize, user: &str) -> String {
        format!(
            r#"{{"eventID":"e-{number}","eventTime":"2026-11-21T12:00:{:02}Z","eventName":"N","eventSource":"s.amazonaws.com",
            "readOnly":true,"userIdentity":{{"userName":"{user}","accessKeyId":"K"}},
            "resources":[{{"type":"T","ARN":"arn:aws:s3:::b"}},{{"ARN":"arn:aws:s3:::c"}}]}}"#,
            number % 60
        )
    }

    fn segment(texts: &[String]) -> Vec<u8> {
        let records: Vec<Record<'_>> = texts.iter().map(|text| Record::parse(text).unwrap()).collect();
        let order = order::sorted(records.iter().map(SortKey::of));
        let rows: Vec<Row<'_>> =
            order.iter().map(|at| Row { record: &records[*at as usize], received: 7 }).collect();
        write(&rows).unwrap()
    }

    #[test]
    fn what_is_written_is_parquet_with_all_columns() {
        let texts: Vec<String> =
            (0..20_000).map(|n| record(n, if n % 2 == 0 { "ann" } else { "bob" })).collect();
        let reader = ParquetRecordBatchReaderBuilder::try_new(bytes::Bytes::from(segment(&texts))).unwrap();
        assert_eq!(reader.metadata().num_row_groups(), 2);
        let batches: Vec<RecordBatch> = reader.build().unwrap().map(Result::unwrap).collect();
        assert_eq!(batches.iter().map(RecordBatch::num_rows).sum::<usize>(), texts.len());
        let text = |name: &str| {
            let column = batches[0].column_by_name(name).unwrap().clone();
            column.as_string::<i32>().value(0).to_owned()
        };
        assert_eq!((text("user_name"), text("access_key_id")), ("ann".to_owned(), "K".to_owned()));
        assert_eq!(text("record"), texts[0]);
        assert_eq!(text("resources"), r#"[{"type":"T","name":"arn:aws:s3:::b"},{"name":"arn:aws:s3:::c"}]"#);
    }

    #[test]
    fn segments_become_what_would_have_been_written_of_all_their_rows() {
        let users = ["ann", "bob", "carl"];
        let mut texts: Vec<String> = (0..5_000).map(|n| record(n, users[n % 3])).collect();
        // One that lacks whatever may be lacking.
        texts.push(
            r#"{"eventID":"e","eventTime":"2026-11-21T12:00:00Z","eventName":"N","eventSource":"s"}"#.into(),
        );
        let (first, second) = texts.split_at(1_700);
        let read = |bytes: Vec<u8>| -> Vec<RecordBatch> {
            let options = ArrowReaderOptions::new().with_schema(read_schema());
            let reader =
                ParquetRecordBatchReaderBuilder::try_new_with_options(bytes::Bytes::from(bytes), options);
            reader.unwrap().build().unwrap().map(Result::unwrap).collect()
        };
        let batches = [read(segment(second)), read(segment(first))].concat();
        let places = columns::sorted(&batches).unwrap();
        assert!(write_again(&batches, &places, 0).unwrap() == segment(&texts));
    }
}
