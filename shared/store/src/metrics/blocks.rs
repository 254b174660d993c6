//! Delivered rows as reads want them: by series, merged from the many segments of an hour.
//!
//! A delivery every five minutes leaves 288 segments a day, and looking into each for each series would cost more than
//! the rows. So a listing is cut into blocks, and the rows of a series in a block are kept merged. What was merged is known
//! by a hash of the segments' names, in order: a block that has grown since is merged on from there, and one that has become
//! another (its day was settled, its segments were rolled up) is merged afresh. Nothing here has to be told of either.

use std::collections::BTreeMap;
use std::hash::{Hash, Hasher};
use std::ops::Range;
use std::sync::Arc;

use futures::stream::{self, StreamExt, TryStreamExt};
use quick_cache::sync::Cache;
use quick_cache::{Equivalent, Weighter};
use watchtrail_core::metrics::{SeriesKey, SeriesPoints};
use watchtrail_core::time::{Day, Timestamp};
use xxhash_rust::xxh3::Xxh3;

use super::segment::Wanted;
use super::source::{ALWAYS, SegmentCache};
use crate::error::StoreError;
use crate::ledger::{Ledger, Segment};

/// Rows of a block begin in the same hour: the blocks of a few hours are little more than a read of them needs.
const BLOCK_SECONDS: u32 = 3_600;

/// How many objects of a block are fetched at once.
const FETCHES: usize = 12;

/// Segments whose rows are kept merged.
#[derive(Debug)]
pub(super) struct Block {
    segments: Vec<Segment>,
    /// Of the names of the first segment, of the first two, and so on.
    hashes: Vec<u128>,
    first: Timestamp,
    last: Timestamp,
}

impl Block {
    /// Cuts chosen segments into blocks, and keeps their order within each.
    pub(super) fn cut(chosen: Vec<Segment>) -> Vec<Self> {
        let mut blocks: BTreeMap<(Day, Timestamp), Vec<Segment>> = BTreeMap::new();
        for segment in chosen {
            let hour = segment.entry.span.start().floor_to(BLOCK_SECONDS);
            blocks.entry((segment.day, hour)).or_default().push(segment);
        }
        blocks.into_values().filter_map(Self::of).collect()
    }

    fn of(segments: Vec<Segment>) -> Option<Self> {
        let mut hash = Xxh3::new();
        let after = |segment: &Segment| {
            hash.update(segment.entry.object.as_bytes());
            // No name ends where another goes on.
            hash.update(b"\n");
            hash.digest128()
        };
        let hashes = segments.iter().map(after).collect();
        let first = *segments.iter().map(|segment| segment.entry.span.start()).min()?;
        let last = *segments.iter().map(|segment| segment.entry.span.end()).max()?;
        Some(Self { segments, hashes, first, last })
    }

    pub(super) fn overlaps(&self, range: &Range<Timestamp>) -> bool {
        self.first < range.end && self.last >= range.start
    }

    pub(super) fn segments(&self) -> &[Segment] {
        &self.segments
    }

    /// Whether this is what was merged, or has grown from it.
    fn begins_with(&self, merged: &Merged) -> bool {
        merged.segments > 0 && self.hashes.get(merged.segments - 1) == Some(&merged.hash)
    }
}

/// The rows of one series in the first `segments` segments of a block.
#[derive(Debug)]
pub(super) struct Merged {
    segments: usize,
    hash: u128,
    /// One for each unit, its points in the order of time.
    pub(super) parts: Vec<SeriesPoints>,
}

/// The hash of a block's first name, and the series.
type Key = (u128, SeriesKey);

#[derive(PartialEq, Eq)]
struct Lookup<'a>(u128, &'a SeriesKey);

impl Hash for Lookup<'_> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        // As a tuple does.
        self.0.hash(state);
        self.1.hash(state);
    }
}

impl Equivalent<Key> for Lookup<'_> {
    fn equivalent(&self, key: &Key) -> bool {
        self.0 == key.0 && *self.1 == key.1
    }
}

#[derive(Debug, Clone)]
struct ByBytes;

impl Weighter<Key, Arc<Merged>> for ByBytes {
    fn weight(&self, key: &Key, merged: &Arc<Merged>) -> u64 {
        let parts = merged.parts.iter().map(|part| 80 + 48 * part.points.len() as u64);
        200 + key.1.metric_name.len() as u64 + parts.sum::<u64>()
    }
}

#[derive(Debug)]
pub(super) struct BlockCache(Cache<Key, Arc<Merged>, ByBytes>);

impl BlockCache {
    pub(super) fn new(bytes: u64) -> Self {
        Self(Cache::with_weighter((bytes / 1024) as usize, bytes, ByBytes))
    }

    /// The rows of each of `wanted` (sorted, none twice) in a block.
    pub(super) async fn series(
        &self,
        ledger: &Ledger,
        source: &SegmentCache,
        block: &Block,
        wanted: &[SeriesKey],
    ) -> Result<Vec<Arc<Merged>>, StoreError> {
        let (Some(first), Some(hash)) = (block.hashes.first(), block.hashes.last()) else {
            return Ok(Vec::new());
        };
        let known = |key| self.0.get(&Lookup(*first, key)).filter(|merged| block.begins_with(merged));
        let mut known: Vec<Option<Arc<Merged>>> = wanted.iter().map(known).collect();
        let all = block.segments.len();
        let behind: Vec<usize> = (0..wanted.len())
            .filter(|at| known[*at].as_ref().is_none_or(|merged| merged.segments < all))
            .collect();
        let begun: Vec<_> =
            behind.iter().map(|at| Begun { series: &wanted[*at], merged: known[*at].as_deref() }).collect();
        let parts = merge(ledger, source, block, &begun).await?;
        for (at, parts) in behind.into_iter().zip(parts) {
            known[at] = Some(self.keep(*first, wanted[at].clone(), parts, all, *hash));
        }
        Ok(known.into_iter().flatten().collect())
    }

    fn keep(
        &self,
        first: u128,
        key: SeriesKey,
        mut parts: Vec<SeriesPoints>,
        segments: usize,
        hash: u128,
    ) -> Arc<Merged> {
        for part in &mut parts {
            // Stable: points of one time stay in the order of their generations.
            part.points.sort_by_key(|point| point.timestamp);
        }
        let merged = Arc::new(Merged { segments, hash, parts });
        self.0.insert((first, key), Arc::clone(&merged));
        merged
    }
}

/// A series, and what of it was merged already.
struct Begun<'a> {
    series: &'a SeriesKey,
    merged: Option<&'a Merged>,
}

impl Begun<'_> {
    fn segments(&self) -> usize {
        self.merged.map_or(0, |merged| merged.segments)
    }
}

/// Adds to each series what the segments hold that were not merged yet.
async fn merge(
    ledger: &Ledger,
    source: &SegmentCache,
    block: &Block,
    begun: &[Begun<'_>],
) -> Result<Vec<Vec<SeriesPoints>>, StoreError> {
    let mut parts: Vec<_> =
        begun.iter().map(|begun| begun.merged.map_or_else(Vec::new, |merged| merged.parts.clone())).collect();
    let Some(from) = begun.iter().map(Begun::segments).min() else { return Ok(parts) };
    let missing: Vec<SeriesKey> = begun.iter().map(|begun| begun.series.clone()).collect();
    let wanted = Wanted { series: Some(&missing), range: ALWAYS };
    let mut reads = Vec::new();
    for segment in &block.segments[from..] {
        reads.push(source.read(ledger, &segment.entry, wanted.clone()));
    }
    let mut reads = stream::iter(reads).buffered(FETCHES);
    let mut number = from;
    while let Some(found) = reads.try_next().await? {
        for part in found {
            if let Ok(at) = missing.binary_search(&part.series)
                && begun[at].segments() <= number
            {
                add(&mut parts[at], part);
            }
        }
        number += 1;
    }
    Ok(parts)
}

fn add(parts: &mut Vec<SeriesPoints>, part: SeriesPoints) {
    match parts.iter_mut().find(|known| known.unit == part.unit) {
        Some(known) => known.points.extend(part.points),
        None => parts.push(part),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ledger::IndexEntry;

    fn segment(name: &str, minute: i64) -> Segment {
        let time = Timestamp::from_millis(minute * 60_000);
        let entry = IndexEntry {
            pk: String::new(),
            sk: String::new(),
            object: name.to_owned(),
            bytes: 1,
            rows: 1,
            span: time..=time.plus_millis(240_000),
            to: 1,
            expires: None,
        };
        Segment { day: Day::of(time), resolution: 60, rolled: false, from: 1, entry }
    }

    fn merged(block: &Block) -> Merged {
        let (segments, hash) = (block.hashes.len(), *block.hashes.last().unwrap());
        Merged { segments, hash, parts: Vec::new() }
    }

    #[test]
    fn blocks_are_hours() {
        let chosen =
            vec![segment("a", 0), segment("b", 58), segment("c", 60), segment("d", 1_440), segment("e", 5)];
        let blocks = Block::cut(chosen);
        let names =
            |block: &Block| block.segments.iter().map(|s| s.entry.object.as_str()).collect::<String>();
        assert_eq!(blocks.iter().map(names).collect::<Vec<_>>(), ["abe", "c", "d"]);
        let at = |minute: i64| Timestamp::from_millis(minute * 60_000);
        assert!(blocks[0].overlaps(&(at(62)..at(63))), "b reaches into the next hour");
        assert!(!blocks[0].overlaps(&(at(63)..at(90))));
    }

    #[test]
    fn what_was_merged_is_known_by_its_names() {
        fn check(then: &str, now: &str, expected: bool) {
            let block = |names: &str| {
                let segments = names.split(' ').map(|name| segment(name, 0)).collect();
                Block::of(segments).unwrap()
            };
            assert_eq!(block(now).begins_with(&merged(&block(then))), expected, "{then} / {now}");
        }
        check("a b", "a b", true);
        check("a b", "a b c", true);
        check("a b", "a", false);
        check("a b", "a c b", false);
        check("a b", "ab", false);
        check("a b", "r", false);
    }
}
