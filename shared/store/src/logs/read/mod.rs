//! Reading log events in the order of their time, from segments and from the journal's tail.
//!
//! Sources (a segment, or a request's events in the journal) each know their first and last time. They are read in the order of
//! these, and an event is certain as soon as no source that was not read yet can hold one before it. So a page costs what
//! it must look at, however much lies behind it, and a search that finds nothing for long ends with an empty page and the
//! place where it goes on.

mod finding;
mod judge;
mod listing;

use std::collections::{BTreeSet, HashSet};
use std::ops::Range;
use std::sync::Arc;

use futures::stream::{self, StreamExt};
use ulid::Ulid;
use watchtrail_core::logs::event::EventKey;
use watchtrail_core::logs::pattern::Pattern;
use watchtrail_core::time::Timestamp;

use super::segment::{Open, Placed, SegmentError};
use super::{LogGroup, LogStore, Meta};
use crate::dynamo::{Attributes, Order};
use crate::error::StoreError;
use crate::keys::{Partition, Scope, item};
use crate::ledger::{IndexEntry, Segment, Snapshot, TailEntry};

use self::finding::Finding;
use self::judge::Judge;
use self::listing::Listing;

/// Segments that are fetched ahead of the one that is read.
const AHEAD: usize = 4;

/// Index items that are asked for at once.
const LISTED: usize = 500;

/// How often a read begins again when what it was reading was removed meanwhile.
const ATTEMPTS: usize = 3;

/// Which streams of a group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Streams {
    /// All that are there.
    All,
    /// One, by its id.
    Id(Ulid),
    /// Some, by their names.
    Names(BTreeSet<String>),
    /// Those whose names begin so.
    Prefix(String),
}

/// Which events are asked for.
#[derive(Debug, Clone)]
pub struct Ask {
    /// Of which streams.
    pub streams: Streams,
    /// Epoch milliseconds, `[start, end)`.
    pub range: Range<i64>,
    /// Which must match; all do when there is none.
    pub pattern: Option<Arc<Pattern>>,
    /// From the first or from the last one on. The page itself is in the order of time either way.
    pub order: Order,
    /// Only events behind this one (before it, in descending order).
    pub after: Option<EventKey>,
    /// At most so many events.
    pub limit: usize,
    /// At most so many bytes of messages with 26 for each event; at least one event.
    pub bytes: usize,
    /// After so many bytes of searched messages the page ends, whatever it holds.
    pub searched: u64,
}

/// A log event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    /// Its identity.
    pub key: EventKey,
    /// The stream's name.
    pub stream: String,
    /// When it came, epoch milliseconds.
    pub ingested: i64,
    /// What it says.
    pub message: String,
}

/// A page of events.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Page {
    /// In the order of time.
    pub events: Vec<Event>,
    /// Where to go on, as [`Ask::after`]; `None` when there is nothing more (yet).
    pub next: Option<EventKey>,
}

/// Where events are.
enum Source {
    Segment(Box<IndexEntry>),
    Tail(TailEntry, Meta),
}

impl Source {
    fn span(&self) -> (i64, i64) {
        match self {
            Self::Segment(entry) => (entry.span.start().millis(), entry.span.end().millis()),
            Self::Tail(_, meta) => (meta.first, meta.last),
        }
    }

    /// Sources are read in ascending order of this.
    fn rank(&self, order: Order) -> i64 {
        let (first, last) = self.span();
        match order {
            Order::Ascending => first,
            Order::Descending => -last,
        }
    }
}

impl LogStore {
    /// A page of the events of a group.
    ///
    /// # Errors
    /// When a store does not answer.
    pub async fn events(
        &self,
        scope: &Scope,
        group: &LogGroup,
        mut ask: Ask,
        now: Timestamp,
    ) -> Result<Page, StoreError> {
        // Whatever the retention is now works at once.
        ask.range.start = ask.range.start.max(group.kept_from(now).millis());
        if ask.range.is_empty() || ask.limit == 0 {
            return Ok(Page::default());
        }
        let partition = group.partition(scope);
        let graves = self.graves(&partition).await?;
        let judge = Arc::new(Judge::new(ask, graves));
        for _ in 1..ATTEMPTS {
            match self.page(&partition, &judge, now).await {
                // What was being read was removed meanwhile: a new look names what there is.
                Err(StoreError::Gone(_)) => {}
                other => return other,
            }
        }
        self.page(&partition, &judge, now).await
    }

    /// The ids of streams that were deleted while the group stayed.
    async fn graves(&self, partition: &Partition) -> Result<HashSet<String>, StoreError> {
        let pk = item::log_graves(partition);
        let found = self.ledger.db.query(&self.ledger.config.names.ledger, pk, None).await?;
        found.iter().map(|grave| grave.text("sk").map(str::to_owned)).collect()
    }

    async fn page(
        &self,
        partition: &Partition,
        judge: &Arc<Judge>,
        now: Timestamp,
    ) -> Result<Page, StoreError> {
        let Some(snapshot) = self.ledger.snapshot(partition, now).await? else { return Ok(Page::default()) };
        let mut tail = Self::tail(&snapshot, judge)?;
        let mut finding = Finding::default();
        let mut days = Listing::new(&judge.ask);
        let start = days.start;
        loop {
            let mut sources: Vec<Source> = self
                .listed(partition, &snapshot, &mut days)
                .await?
                .into_iter()
                .filter(|entry| judge.wants_span(entry.span.start().millis(), entry.span.end().millis()))
                .map(|entry| Source::Segment(Box::new(entry)))
                .collect();
            // Sources of the tail that come before what is not listed yet.
            let (now_due, later): (Vec<_>, Vec<_>) = tail.into_iter().partition(|source: &Source| {
                days.bound.is_none_or(|bound| source.rank(judge.ask.order) < bound)
            });
            tail = later;
            sources.extend(now_due);
            sources.sort_by_key(|source| source.rank(judge.ask.order));
            let ranks: Vec<i64> = sources.iter().map(|source| source.rank(judge.ask.order)).collect();
            let mut reading =
                stream::iter(sources.into_iter().map(|source| self.fetch(source))).buffered(AHEAD);
            for rank in &ranks {
                let spent = finding.searched >= judge.ask.searched;
                if let Some(page) = finding.page(judge, *rank, start, spent) {
                    return Ok(page);
                }
                let Some(fetched) = reading.next().await else { break };
                self.read(fetched?, judge, &mut finding).await?;
            }
            drop(reading);
            match days.bound {
                None => break,
                Some(bound) => {
                    let spent = finding.searched >= judge.ask.searched;
                    if let Some(page) = finding.page(judge, bound, start, spent) {
                        return Ok(page);
                    }
                }
            }
        }
        Ok(finding.all(judge))
    }

    fn tail(snapshot: &Snapshot, judge: &Judge) -> Result<Vec<Source>, StoreError> {
        let mut sources = Vec::new();
        for entry in snapshot.tail.iter() {
            let meta = Meta::parse(&entry.meta)?;
            if judge.wants_span(meta.first, meta.last)
                && judge.wants_stream(&meta.stream, &meta.stream_id.to_string())
            {
                sources.push(Source::Tail(entry.clone(), meta));
            }
        }
        Ok(sources)
    }

    /// The segments of the next days that are to be looked at.
    async fn listed(
        &self,
        partition: &Partition,
        snapshot: &Snapshot,
        days: &mut Listing,
    ) -> Result<Vec<IndexEntry>, StoreError> {
        let Some((from, to)) = days.left else { return Ok(Vec::new()) };
        let found = self.ledger.segments_some(partition, from..=to, days.order, LISTED).await?;
        let mut entries = found;
        let cut_off = entries.len() >= LISTED;
        days.left = None;
        days.bound = None;
        if let Some(last) = entries.last().map(|segment| segment.day).filter(|_| cut_off) {
            // The last day may not be listed whole.
            entries.retain(|segment| segment.day != last);
            if entries.is_empty() {
                entries = self.ledger.segments(partition, last..=last).await?;
                days.go_on(last, from, to);
            } else {
                days.go_on_from(last, from, to);
            }
        }
        let delivered = snapshot.head.delivered;
        let known = |segment: &Segment| segment.entry.to <= delivered;
        Ok(entries.into_iter().filter(known).map(|segment| segment.entry).collect())
    }

    async fn fetch(&self, source: Source) -> Result<Fetched, StoreError> {
        match source {
            Source::Segment(entry) => {
                let bytes = self.cache.object(&self.ledger, &entry).await?;
                Ok(Fetched::Segment(entry, bytes))
            }
            Source::Tail(entry, meta) => {
                let batch = self.cache.batch(&self.ledger, &entry).await?;
                Ok(Fetched::Tail(entry.ulid, meta, batch))
            }
        }
    }

    async fn read(
        &self,
        fetched: Fetched,
        judge: &Arc<Judge>,
        finding: &mut Finding,
    ) -> Result<(), StoreError> {
        match fetched {
            Fetched::Tail(ulid, meta, batch) => {
                let keyed = batch.events().enumerate().map(|(index, (timestamp, message))| {
                    (EventKey { timestamp, request: ulid.0, index: index as u32 }, message)
                });
                finding.searched += if judge.ask.pattern.is_some() { batch.text.len() as u64 } else { 0 };
                for (key, message) in keyed {
                    let bytes = message.as_bytes();
                    if judge.wants_key(&key) && judge.may_hold(bytes) && judge.matches(bytes) {
                        let (stream, message) = (meta.stream.clone(), message.to_owned());
                        finding.events.push(Event { key, stream, ingested: batch.ingested, message });
                    }
                }
            }
            Fetched::Segment(entry, bytes) => {
                let judge = Arc::clone(judge);
                let object = entry.object.clone();
                let searching = tokio::task::spawn_blocking(move || search(&entry, bytes, &judge));
                let (events, searched) = searching
                    .await
                    .map_err(|error| StoreError::corrupt(&object, error))?
                    .map_err(|error| StoreError::corrupt(&object, error))?;
                finding.searched += searched;
                finding.events.extend(events);
            }
        }
        Ok(())
    }
}

enum Fetched {
    Segment(Box<IndexEntry>, bytes::Bytes),
    Tail(Ulid, Meta, Arc<watchtrail_core::logs::journal::LogBatch>),
}

/// The events of a segment that are wanted, and the bytes of messages that were searched.
fn search(entry: &IndexEntry, bytes: bytes::Bytes, judge: &Judge) -> Result<(Vec<Event>, u64), SegmentError> {
    let open = Open::new(bytes)?;
    let (first, last) = (entry.span.start().millis(), entry.span.end().millis());
    let find = |rows: Option<&[u32]>| {
        open.find(rows, |key| judge.wants_key(key), |name, id| judge.wants_stream(name, id))
    };
    let (placed, searched) = if judge.ask.pattern.is_none() {
        (find(None)?, 0)
    } else if judge.wants_all(first, last) {
        // Whatever matches is wanted: what does not match need not be known any further.
        let (rows, searched) =
            open.search(None, |bytes| judge.may_hold(bytes), |message| judge.matches(message))?;
        (if rows.is_empty() { Vec::new() } else { find(Some(&rows))? }, searched)
    } else {
        let placed = find(None)?;
        let mut rows: Vec<u32> = placed.iter().map(|placed| placed.row).collect();
        rows.sort_unstable();
        let (rows, searched) =
            open.search(Some(&rows), |bytes| judge.may_hold(bytes), |message| judge.matches(message))?;
        let matching: HashSet<u32> = rows.into_iter().collect();
        (placed.into_iter().filter(|placed| matching.contains(&placed.row)).collect(), searched)
    };
    let mut placed = judge.nearest(placed);
    placed.sort_unstable_by_key(|placed| placed.row);
    let rows: Vec<u32> = placed.iter().map(|placed| placed.row).collect();
    if rows.is_empty() {
        return Ok((Vec::new(), searched));
    }
    let whole = open.whole(&rows)?;
    let events = placed.into_iter().zip(whole).map(|(Placed { key, .. }, whole)| Event {
        key,
        stream: whole.stream,
        ingested: whole.ingested,
        message: whole.message,
    });
    Ok((events.collect(), searched))
}
