//! LookupEvents: the newest management events that have some attributes, from segments and the journal's tail.
//!
//! <https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_LookupEvents.html>. Days are read from the newest on until the answer is
//! full; of what a warm process has read before it asks nothing but the few records of the answer.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use watchtrail_core::time::{DAY, Day, Timestamp};

use super::TrailStore;
use super::cache::Request;
pub use super::index::Attribute;
use super::index::{Key, Question};
use crate::error::StoreError;
use crate::keys::{Generation, Partition, Scope};
use crate::ledger::{IndexEntry, Segment, Snapshot};

/// What is looked for.
#[derive(Debug, Clone)]
pub struct Lookup {
    /// Of event times, epoch milliseconds: `[start, end)`.
    pub range: Range<i64>,
    /// All of them have to match.
    pub attributes: Vec<(Attribute, String)>,
    /// The last event of the page before.
    pub after: Option<LookupKey>,
    /// At most so many.
    pub limit: usize,
}

/// Where an event stands in the order of answers, newest first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LookupKey {
    /// Its time, epoch milliseconds.
    pub time: i64,
    /// Its eventID.
    pub id: String,
}

/// Objects may vanish while they are read (a merge, retention): so often it is begun again.
const TRIES: usize = 4;

/// LookupEvents looks back so far.
const LOOKED_BACK: i64 = 90 * DAY;

/// Segments that are read at once.
const AT_ONCE: usize = 16;

/// Where a record that was found is.
#[derive(Clone)]
enum Home {
    Segment(Arc<IndexEntry>, u32),
    Tail(Arc<Request>, u32),
}

/// An object, and the rows of it that are wanted with the place of each in the answer.
type Wanted = (Arc<IndexEntry>, Vec<(u32, usize)>);

/// What was found so far, newest first; each event once.
struct Found {
    limit: usize,
    events: BTreeMap<std::cmp::Reverse<Key>, Home>,
}

impl Found {
    fn add(&mut self, key: Key, home: Home) {
        self.events.insert(std::cmp::Reverse(key), home);
        if self.events.len() > self.limit {
            self.events.pop_last();
        }
    }

    fn is_full(&self) -> bool {
        self.events.len() >= self.limit
    }

    /// Whether no event before `time` can belong to the answer.
    fn is_complete(&self, time: i64) -> bool {
        let last = self.events.last_key_value();
        self.is_full() && last.is_none_or(|(last, _)| last.0.time >= time)
    }
}

impl TrailStore {
    /// The records (JSON) that are looked for, newest first: management events of the last ninety days, each eventID once.
    ///
    /// # Errors
    /// When a store does not answer.
    pub async fn lookup(
        &self,
        scope: &Scope,
        lookup: &Lookup,
        now: Timestamp,
    ) -> Result<Vec<String>, StoreError> {
        let mut tries = 1;
        loop {
            match self.look_up(scope, lookup, now).await {
                Err(StoreError::Gone(_)) if tries < TRIES => tries += 1,
                done => return done,
            }
        }
    }

    async fn look_up(
        &self,
        scope: &Scope,
        lookup: &Lookup,
        now: Timestamp,
    ) -> Result<Vec<String>, StoreError> {
        let partition = Partition::trail(scope.clone());
        let Some(snapshot) = self.ledger.snapshot(&partition, now).await? else { return Ok(Vec::new()) };
        let after = lookup.after.as_ref().map(|after| Key::new(after.time, &after.id));
        let start = lookup.range.start.max(now.plus_millis(-LOOKED_BACK).millis());
        let end = lookup.range.end.min(after.map_or(i64::MAX, |after| after.time.saturating_add(1)));
        let question =
            Question { range: start..end, attributes: &lookup.attributes, after, limit: lookup.limit };
        let mut found = Found { limit: lookup.limit, events: BTreeMap::new() };
        if start < end && lookup.limit > 0 {
            self.look_in_tail(&snapshot, &question, &mut found).await?;
            self.look_in_days(&partition, snapshot.head.delivered, &question, &mut found).await?;
        }
        self.fetch(found).await
    }

    async fn look_in_tail(
        &self,
        snapshot: &Snapshot,
        question: &Question<'_>,
        found: &mut Found,
    ) -> Result<(), StoreError> {
        for entry in snapshot.tail.iter() {
            let request = self.cache.request(&self.ledger, entry).await?;
            for (key, row) in request.index.find(question) {
                found.add(key, Home::Tail(Arc::clone(&request), row));
            }
        }
        Ok(())
    }

    async fn look_in_days(
        &self,
        partition: &Partition,
        delivered: Generation,
        question: &Question<'_>,
        found: &mut Found,
    ) -> Result<(), StoreError> {
        // Days have four digits of a year.
        let millis = |at: i64| Timestamp::from_millis(at.clamp(0, 253_402_300_799_999));
        let first = Day::of(millis(question.range.start));
        let mut last = Day::of(millis(question.range.end - 1));
        let mut days = 1;
        while last >= first && !found.is_complete(last.end().millis()) {
            let from = Day::from_number(last.number().saturating_sub(days - 1)).max(first);
            let segments = self.ledger.segments(partition, from..=last).await?;
            if let Some(later) =
                segments.iter().find(|segment| segment.rolled && segment.entry.to > delivered)
            {
                // Merged since the head was read, and what it is made of may be gone from the index already.
                return Err(StoreError::Gone(later.entry.object.clone()));
            }
            let segments = current(segments, delivered);
            // The newest day first: when it fills the answer the others need not be read.
            for of_day in segments.chunk_by(|a, b| a.day == b.day).rev() {
                if of_day.first().is_some_and(|segment| found.is_complete(segment.day.end().millis())) {
                    break;
                }
                self.look_in(of_day, question, found).await?;
            }
            last = from.previous();
            days = days.saturating_mul(2);
        }
        Ok(())
    }

    async fn look_in(
        &self,
        segments: &[Segment],
        question: &Question<'_>,
        found: &mut Found,
    ) -> Result<(), StoreError> {
        let range = &question.range;
        let wanted: Vec<&Segment> = segments
            .iter()
            .filter(|segment| {
                let span = &segment.entry.span;
                span.end().millis() >= range.start && span.start().millis() < range.end
            })
            .collect();
        for some in wanted.chunks(AT_ONCE) {
            let indexes = some.iter().map(|segment| self.cache.index(&self.ledger, &segment.entry));
            let indexes = futures::future::try_join_all(indexes).await?;
            for (segment, index) in some.iter().zip(indexes) {
                let entry = Arc::new(segment.entry.clone());
                for (key, row) in index.find(question) {
                    found.add(key, Home::Segment(Arc::clone(&entry), row));
                }
            }
        }
        Ok(())
    }

    /// The records that were found, in their order.
    async fn fetch(&self, found: Found) -> Result<Vec<String>, StoreError> {
        let homes: Vec<Home> = found.events.into_values().collect();
        let mut records = vec![String::new(); homes.len()];
        let mut wanted: BTreeMap<String, Wanted> = BTreeMap::new();
        for (number, home) in homes.iter().enumerate() {
            match home {
                Home::Tail(request, row) => request.record(*row).clone_into(&mut records[number]),
                Home::Segment(entry, row) => {
                    let of =
                        wanted.entry(entry.object.clone()).or_insert_with(|| (Arc::clone(entry), vec![]));
                    of.1.push((*row, number));
                }
            }
        }
        let fetches = wanted.into_values().map(|(entry, mut rows)| async move {
            rows.sort_unstable();
            let numbers: Vec<u32> = rows.iter().map(|(row, _)| *row).collect();
            let texts = self.cache.rows(&self.ledger, &entry, &numbers).await?;
            Ok::<_, StoreError>(rows.into_iter().map(|(_, number)| number).zip(texts).collect::<Vec<_>>())
        });
        for (number, text) in futures::future::try_join_all(fetches).await?.into_iter().flatten() {
            records[number] = text;
        }
        Ok(records)
    }
}

/// The segments that hold each delivered record once: merged ones, and those of generations after them; in the order of days.
pub(super) fn current(segments: Vec<Segment>, delivered: Generation) -> Vec<Segment> {
    let mut merged: BTreeMap<Day, Generation> = BTreeMap::new();
    for segment in segments.iter().filter(|segment| segment.rolled) {
        let through = merged.entry(segment.day).or_default();
        *through = segment.entry.to.max(*through);
    }
    let is_current = |segment: &Segment| {
        let through = merged.get(&segment.day).copied().unwrap_or(0);
        segment.entry.to <= delivered && (segment.rolled || segment.from > through)
    };
    segments.into_iter().filter(is_current).collect()
}
