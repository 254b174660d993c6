//! Reading log events in the order of their time, from segments and from the journal's tail.
//!
//! Sources (a segment, or a request's events in the journal) each know their first and last time. They are read in the order of
//! these, and an event is certain as soon as no source that was not read yet can hold one before it. So a page costs what
//! it must look at, however much lies behind it, and a search that finds nothing for long ends with an empty page and the
//! place where it goes on.

use std::collections::{BTreeSet, HashSet};
use std::ops::Range;
use std::sync::Arc;

use futures::stream::{self, StreamExt};
use memchr::memmem;
use ulid::Ulid;
use watchtrail_core::logs::event::EventKey;
use watchtrail_core::logs::intake::EVENT_OVERHEAD;
use watchtrail_core::logs::pattern::{Pattern, Prefilter};
use watchtrail_core::time::{Day, Timestamp};

use super::segment::{Open, Placed};
use super::{LogGroup, LogStore, Meta};
use crate::dynamo::{Attributes, Order};
use crate::error::StoreError;
use crate::keys::{Partition, Scope, item};
use crate::ledger::{IndexEntry, Segment, Snapshot, TailEntry};

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

/// An ask with what helps to answer it.
struct Judge {
    ask: Ask,
    /// Ids of streams that were deleted.
    graves: HashSet<String>,
    needle: Option<(memmem::Finder<'static>, bool)>,
}

impl Judge {
    fn new(ask: Ask, graves: HashSet<String>) -> Self {
        let needle = ask.pattern.as_ref().and_then(|pattern| match pattern.prefilter() {
            Prefilter::None => None,
            Prefilter::Literal(literal) => Some((memmem::Finder::new(&literal).into_owned(), false)),
            Prefilter::LiteralOrBackslash(literal) => {
                Some((memmem::Finder::new(&literal).into_owned(), true))
            }
        });
        Self { ask, graves, needle }
    }

    fn wants_key(&self, key: &EventKey) -> bool {
        let behind = |after: &EventKey| match self.ask.order {
            Order::Ascending => key > after,
            Order::Descending => key < after,
        };
        self.ask.range.contains(&key.timestamp) && self.ask.after.as_ref().is_none_or(behind)
    }

    fn wants_stream(&self, name: &str, id: &str) -> bool {
        let named = match &self.ask.streams {
            Streams::All => true,
            Streams::Id(wanted) => Ulid::from_string(id) == Ok(*wanted),
            Streams::Names(names) => names.contains(name),
            Streams::Prefix(prefix) => name.starts_with(prefix.as_str()),
        };
        named && !self.graves.contains(id)
    }

    /// Whether a message, or messages side by side, may hold what is looked for.
    fn may_hold(&self, bytes: &[u8]) -> bool {
        let Some((needle, or_backslash)) = &self.needle else { return true };
        needle.find(bytes).is_some() || (*or_backslash && memchr::memchr(b'\\', bytes).is_some())
    }

    /// Whether a message matches that may.
    fn matches(&self, message: &[u8]) -> bool {
        let Some(pattern) = &self.ask.pattern else { return true };
        std::str::from_utf8(message).is_ok_and(|message| pattern.matches(message))
    }

    /// Whether every event of a time span and every stream is asked for.
    fn wants_all(&self, first: i64, last: i64) -> bool {
        let key = |timestamp, request, index| EventKey { timestamp, request, index };
        self.ask.streams == Streams::All
            && self.graves.is_empty()
            && self.wants_key(&EventKey::before(first))
            && self.wants_key(&key(last, u128::MAX, u32::MAX))
    }

    /// The first of some rows, or the last; more than a page holds are not looked at further.
    fn nearest(&self, mut placed: Vec<Placed>) -> Vec<Placed> {
        placed.sort_unstable();
        let most = self.ask.limit + 1;
        match self.ask.order {
            Order::Ascending => placed.truncate(most),
            Order::Descending => drop(placed.drain(..placed.len().saturating_sub(most))),
        }
        placed
    }
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

/// Events that were found, and how far they are certain.
#[derive(Default)]
struct Finding {
    events: Vec<Event>,
    searched: u64,
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
                .filter(|entry| wanted(judge, entry.span.start().millis(), entry.span.end().millis()))
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
            if wanted(judge, meta.first, meta.last)
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

/// The days that are still to be listed.
struct Listing {
    order: Order,
    /// The rank of where the page begins.
    start: i64,
    left: Option<(Day, Day)>,
    /// The least rank of what is not listed yet.
    bound: Option<i64>,
}

impl Listing {
    fn new(ask: &Ask) -> Self {
        let (mut start, mut end) = (ask.range.start, ask.range.end.saturating_sub(1));
        if let Some(after) = ask.after {
            match ask.order {
                Order::Ascending => start = start.max(after.timestamp),
                Order::Descending => end = end.min(after.timestamp),
            }
        }
        // Days have four digits of a year.
        let day = |millis: i64| Day::of(Timestamp::from_millis(millis.clamp(0, 253_402_300_799_999)));
        let rank = if ask.order == Order::Ascending { start } else { end.saturating_neg() };
        // Where a page goes on may lie beyond the range: before what the retention keeps by now, for one.
        let left = (start <= end).then(|| (day(start), day(end)));
        Self { order: ask.order, start: rank, left, bound: None }
    }

    /// Everything up to and with `done` is listed.
    fn go_on(&mut self, done: Day, from: Day, to: Day) {
        match self.order {
            Order::Ascending => self.go_on_from(done.next(), from, to),
            Order::Descending => self.go_on_from(done.previous(), from, to),
        }
    }

    /// Everything before `next` is listed.
    fn go_on_from(&mut self, next: Day, from: Day, to: Day) {
        if next < from || next > to {
            return;
        }
        match self.order {
            Order::Ascending => {
                self.left = Some((next, to));
                self.bound = Some(next.start().millis());
            }
            Order::Descending => {
                self.left = Some((from, next));
                self.bound = Some(-next.end().millis());
            }
        }
    }
}

fn wanted(judge: &Judge, first: i64, last: i64) -> bool {
    let range = &judge.ask.range;
    let behind = judge.ask.after.is_none_or(|after| match judge.ask.order {
        Order::Ascending => last >= after.timestamp,
        Order::Descending => first <= after.timestamp,
    });
    first < range.end && last >= range.start && behind
}

impl Finding {
    /// A page, if enough is certain, or if `spent`: nothing that was not read yet comes before `rank`.
    fn page(&mut self, judge: &Judge, rank: i64, start: i64, spent: bool) -> Option<Page> {
        let certain = |event: &Event| match judge.ask.order {
            Order::Ascending => event.key.timestamp < rank,
            Order::Descending => event.key.timestamp > -rank,
        };
        let (count, bytes) = self
            .events
            .iter()
            .filter(|event| certain(event))
            .fold((0, 0), |(count, bytes), event| (count + 1, bytes + size(event)));
        let full = count > judge.ask.limit || bytes > judge.ask.bytes;
        // A page that ends early must have come further than where it began.
        let further = rank > start;
        if !(full || spent && further) {
            return None;
        }
        self.events.retain(certain);
        let mut page = std::mem::take(self).all(judge);
        if page.next.is_none() {
            page.next = Some(match judge.ask.order {
                Order::Ascending => EventKey::before(rank),
                Order::Descending => EventKey::before((-rank).saturating_add(1)),
            });
        }
        Some(page)
    }

    /// The page of all that was found.
    fn all(mut self, judge: &Judge) -> Page {
        self.events.sort_unstable_by_key(|event| event.key);
        if judge.ask.order == Order::Descending {
            self.events.reverse();
        }
        let (mut bytes, mut taken) = (0, 0);
        for event in &self.events {
            bytes += size(event);
            if taken == judge.ask.limit || (bytes > judge.ask.bytes && taken > 0) {
                break;
            }
            taken += 1;
        }
        let more = taken < self.events.len();
        self.events.truncate(taken);
        let next = self.events.last().filter(|_| more).map(|event| event.key);
        if judge.ask.order == Order::Descending {
            self.events.reverse();
        }
        Page { events: self.events, next }
    }
}

fn size(event: &Event) -> usize {
    event.message.len() + EVENT_OVERHEAD
}

/// The events of a segment that are wanted, and the bytes of messages that were searched.
fn search(
    entry: &IndexEntry,
    bytes: bytes::Bytes,
    judge: &Judge,
) -> Result<(Vec<Event>, u64), super::segment::SegmentError> {
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
