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
        let events = Events::decode(batches)?;
        let mut cuts = Cuts::default();
        for (day, places) in events.days() {
            let bytes = places.iter().map(|place| events.size(*place)).sum();
            for (part, places) in events.parts(&places).into_iter().enumerate() {
                let rows = places.iter().map(|place| events.row(*place));
                cuts.cuts.push(cut(partition, group.as_ref(), (day, part as u32), generation, rows)?);
            }
            cuts.more.push(count(&self.0, partition, group.as_ref(), day, bytes)?);
        }
        self.note_streams(partition, &events.0).await?;
        Ok(cuts)
    }

    fn steps(&self) -> &'static [&'static str] {
        &[]
    }
}

impl LogCutter {
    /// What DescribeLogStreams tells of the streams. Before the commit, since it may be done twice, and must not be forgotten.
    async fn note_streams(&self, partition: &Partition, batches: &[Decoded]) -> Result<(), StoreError> {
        let mut seen: BTreeMap<Ulid, Seen<'_>> = BTreeMap::new();
        for Decoded { stream_id, batch, .. } in batches {
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

/// Where an event of a generation is. In one stream these sort as the events' keys do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Place {
    timestamp: i64,
    batch: u32,
    index: u32,
}

/// A request's events, decoded.
struct Decoded {
    request: Ulid,
    stream_id: Ulid,
    batch: LogBatch,
}

/// The events of a generation: its requests in the order of their streams, and in each stream of their identities.
struct Events(Vec<Decoded>);

impl Events {
    fn decode(journaled: Vec<Journaled>) -> Result<Self, StoreError> {
        let mut batches = Vec::with_capacity(journaled.len());
        for Journaled { ulid, meta, body } in journaled {
            let stream_id = Meta::parse(&meta)?.stream_id;
            batches.push(Decoded { request: ulid, stream_id, batch: decode(ulid, &body)? });
        }
        batches.sort_by(|a, b| {
            let key = |one: &Decoded| (one.stream_id, one.request);
            a.batch.stream.cmp(&b.batch.stream).then_with(|| key(a).cmp(&key(b)))
        });
        Ok(Self(batches))
    }

    /// The events of each day, sorted as a segment's rows. Requests are sorted in themselves and mostly follow each other, which the sort
    /// makes use of.
    fn days(&self) -> BTreeMap<Day, Vec<Place>> {
        let mut days: BTreeMap<Day, Vec<Place>> = BTreeMap::new();
        let mut number = 0;
        for stream in self.0.chunk_by(|a, b| a.stream_id == b.stream_id) {
            let mut of_stream: BTreeMap<Day, Vec<Place>> = BTreeMap::new();
            for batch in stream {
                let place = |(index, timestamp): (usize, &i64)| Place {
                    timestamp: *timestamp,
                    batch: number,
                    index: index as u32,
                };
                let places: Vec<Place> = batch.batch.timestamps.iter().enumerate().map(place).collect();
                let day = |place: &Place| Day::of(Timestamp::from_millis(place.timestamp));
                for of_day in places.chunk_by(|a, b| day(a) == day(b)) {
                    let Some(first) = of_day.first() else { continue };
                    of_stream.entry(day(first)).or_default().extend_from_slice(of_day);
                }
                number += 1;
            }
            for (day, mut places) in of_stream {
                places.sort();
                let all = days.entry(day).or_default();
                if all.is_empty() { *all = places } else { all.append(&mut places) }
            }
        }
        days
    }

    fn row(&self, place: Place) -> Row<'_> {
        let Place { timestamp, batch, index } = place;
        let Decoded { request, stream_id, batch } = &self.0[batch as usize];
        Row {
            stream: &batch.stream,
            stream_id: *stream_id,
            key: EventKey { timestamp, request: request.0, index },
            ingested: batch.ingested,
            message: batch.message(index as usize),
        }
    }

    fn size(&self, place: Place) -> usize {
        self.0[place.batch as usize].batch.message(place.index as usize).len() + EVENT_OVERHEAD
    }

    fn parts<'p>(&self, places: &'p [Place]) -> Vec<&'p [Place]> {
        let (mut parts, mut start, mut bytes) = (Vec::new(), 0, 0);
        for (at, place) in places.iter().enumerate() {
            if bytes > LARGEST_SEGMENT {
                parts.push(&places[start..at]);
                (start, bytes) = (at, 0);
            }
            bytes += self.size(*place);
        }
        parts.push(&places[start..]);
        parts
    }
}

fn cut<'a>(
    partition: &Partition,
    group: Option<&LogGroup>,
    (day, part): (Day, u32),
    generation: Generation,
    rows: impl ExactSizeIterator<Item = Row<'a>> + Clone,
) -> Result<Cut, StoreError> {
    let body = segment::write(rows.clone())
        .map_err(|error| StoreError::corrupt("a segment that was to be written", error))?;
    let hash = xxhash_rust::xxh3::xxh3_64(&body);
    let times = || rows.clone().map(|row| Timestamp::from_millis(row.key.timestamp));
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
