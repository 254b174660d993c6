//! Cutting a generation of logs into segments: one for each day of event time, or several where a day has very much.

use std::collections::BTreeMap;
use std::sync::Arc;

use bytes::Bytes;
use ulid::Ulid;
use watchtrail_core::logs::event::EventKey;
use watchtrail_core::logs::intake::EVENT_OVERHEAD;
use watchtrail_core::logs::journal::LogBatch;
use watchtrail_core::time::{Day, Timestamp};

use super::segment::{self, Row};
use super::{LogGroup, LogStore, Meta};
use crate::dynamo::{Change, number, write};
use crate::error::StoreError;
use crate::keys::object::{self, Span};
use crate::keys::{Generation, Partition, item};
use crate::ledger::{Cut, Cuts, Cutter, IndexEntry, Journaled};

/// Messages of a segment, in bytes: a reader has one segment in memory.
const LARGEST_SEGMENT: usize = 128 << 20;

/// The [`Cutter`] of logs.
#[derive(Debug, Clone)]
pub struct LogCutter(pub Arc<LogStore>);

/// The figures of a stream in a generation.
struct Seen<'a> {
    name: &'a str,
    first: i64,
    last: i64,
    ingested: i64,
}

impl Cutter for LogCutter {
    async fn cut(
        &self,
        partition: &Partition,
        generation: Generation,
        batches: Vec<Journaled>,
        _now: Timestamp,
    ) -> Result<Cuts, StoreError> {
        let (name, id) = partition.log_group();
        let group = self.0.group(&partition.scope, name).await?.filter(|group| group.id == id);
        let mut decoded = Vec::with_capacity(batches.len());
        for batch in batches {
            decoded.push((batch.ulid, Meta::parse(&batch.meta)?.stream_id, decode(batch.ulid, &batch.body)?));
        }
        let mut cuts = Cuts::default();
        for (day, mut rows) in days(&decoded) {
            rows.sort_unstable();
            let bytes: usize = rows.iter().map(|row| row.message.len() + EVENT_OVERHEAD).sum();
            for (part, rows) in parts(&rows).into_iter().enumerate() {
                cuts.cuts.push(cut(partition, group.as_ref(), (day, part as u32), generation, rows)?);
            }
            cuts.more.push(count(&self.0, partition, group.as_ref(), day, bytes)?);
        }
        self.note_streams(partition, &decoded).await?;
        Ok(cuts)
    }

    fn steps(&self) -> &'static [&'static str] {
        &[]
    }
}

impl LogCutter {
    /// What DescribeLogStreams tells of the streams. Before the commit, since it may be done twice, and must not be forgotten.
    async fn note_streams(
        &self,
        partition: &Partition,
        batches: &[(Ulid, Ulid, LogBatch)],
    ) -> Result<(), StoreError> {
        let mut seen: BTreeMap<Ulid, Seen<'_>> = BTreeMap::new();
        for (_, stream_id, batch) in batches {
            let (Some(first), Some(last)) = (batch.timestamps.first(), batch.timestamps.last()) else {
                continue;
            };
            let stream = seen.entry(*stream_id).or_insert(Seen {
                name: &batch.stream,
                first: *first,
                last: *last,
                ingested: batch.ingested,
            });
            stream.first = stream.first.min(*first);
            stream.last = stream.last.max(*last);
            stream.ingested = stream.ingested.max(batch.ingested);
        }
        for (id, seen) in seen {
            let figures = (seen.first, seen.last, seen.ingested);
            self.0.note_stream(partition, seen.name, &id.to_string(), figures).await?;
        }
        Ok(())
    }
}

pub(super) fn decode(ulid: Ulid, body: &Bytes) -> Result<LogBatch, StoreError> {
    let what = || format!("the journal's logs {ulid}");
    let bytes = crate::compress::decompress(body, &what)?;
    watchtrail_core::logs::journal::decode(&bytes).map_err(|error| StoreError::corrupt(what(), error))
}

fn days(batches: &[(Ulid, Ulid, LogBatch)]) -> BTreeMap<Day, Vec<Row<'_>>> {
    let mut days: BTreeMap<Day, Vec<Row<'_>>> = BTreeMap::new();
    for (ulid, stream_id, batch) in batches {
        for (index, (timestamp, message)) in batch.events().enumerate() {
            let key = EventKey { timestamp, request: ulid.0, index: index as u32 };
            let row =
                Row { stream: &batch.stream, stream_id: *stream_id, key, ingested: batch.ingested, message };
            days.entry(Day::of(Timestamp::from_millis(timestamp))).or_default().push(row);
        }
    }
    days
}

fn parts<'r, 'a>(rows: &'r [Row<'a>]) -> Vec<&'r [Row<'a>]> {
    let (mut parts, mut start, mut bytes) = (Vec::new(), 0, 0);
    for (at, row) in rows.iter().enumerate() {
        if bytes > LARGEST_SEGMENT {
            parts.push(&rows[start..at]);
            (start, bytes) = (at, 0);
        }
        bytes += row.message.len() + EVENT_OVERHEAD;
    }
    parts.push(&rows[start..]);
    parts
}

fn cut(
    partition: &Partition,
    group: Option<&LogGroup>,
    (day, part): (Day, u32),
    generation: Generation,
    rows: &[Row<'_>],
) -> Result<Cut, StoreError> {
    let body = segment::write(rows)
        .map_err(|error| StoreError::corrupt("a segment that was to be written", error))?;
    let hash = xxhash_rust::xxh3::xxh3_64(&body);
    let times = || rows.iter().map(|row| Timestamp::from_millis(row.key.timestamp));
    let entry = IndexEntry {
        pk: item::index(partition),
        sk: item::segment(day, part, false, generation),
        object: object::log_segment(partition, day, Span::Delivered(generation), hash),
        bytes: body.len() as u64,
        rows: rows.len() as u64,
        span: times().min().unwrap_or(day.start())..=times().max().unwrap_or(day.start()),
        to: generation,
        expires: group.and_then(|group| group.expires(day)),
    };
    let kms_key = group.and_then(|group| group.kms_key.clone());
    Ok(Cut { entry, body: Some(body), kms_key })
}

/// The write that counts a day's bytes; it is made in the delivery's transaction, and so once.
fn count(
    logs: &LogStore,
    partition: &Partition,
    group: Option<&LogGroup>,
    day: Day,
    bytes: usize,
) -> Result<aws_sdk_dynamodb::types::TransactWriteItem, StoreError> {
    let mut values = vec![(":bytes", number(bytes))];
    let mut update = "ADD raw_bytes :bytes";
    if let Some(expires) = group.and_then(|group| group.expires(day)) {
        update = "SET expires = :expires ADD raw_bytes :bytes";
        values.push((":expires", number(expires.millis() / 1_000)));
    }
    let change = Change { update, condition: None, values };
    write::update(&logs.ledger.config.names.ledger, (item::log_bytes(partition), day.to_string()), change)
}
