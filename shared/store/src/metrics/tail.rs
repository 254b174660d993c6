//! Decoded journal items, kept by the ULID of their request, and an index of their series: a warm process decodes each
//! once, and a read costs what it finds, not what waits for its delivery.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use quick_cache::Weighter;
use quick_cache::sync::Cache;
use ulid::Ulid;
use watchtrail_core::metrics::batch::{self, Group};
use watchtrail_core::metrics::{SeriesKey, SeriesPoints};

use crate::compress::decompress;
use crate::error::StoreError;
use crate::keys::{Generation, Partition};
use crate::ledger::{CHUNK, Ledger, Snapshot, TailEntry};

/// The rows of one request, grouped by series.
#[derive(Debug)]
pub(super) struct TailRows {
    groups: Vec<Group>,
}

impl TailRows {
    pub(super) fn decode(body: &[u8], ulid: Ulid) -> Result<Self, StoreError> {
        let what = || format!("the journal item {ulid}");
        let groups = batch::decode_grouped(&decompress(body, &what)?)
            .map_err(|error| StoreError::corrupt(what(), error))?;
        Ok(Self { groups })
    }

    pub(super) fn all(&self) -> impl Iterator<Item = &SeriesPoints> {
        self.groups.iter().map(|group| &group.points)
    }

    pub(super) fn into_groups(self) -> Vec<Group> {
        self.groups
    }

    fn bytes(&self) -> u64 {
        self.groups.iter().map(|group| 120 + 48 * group.points.points.len() as u64).sum()
    }
}

#[derive(Debug, Clone)]
struct ByBytes;

impl Weighter<Ulid, Arc<TailRows>> for ByBytes {
    fn weight(&self, _: &Ulid, rows: &Arc<TailRows>) -> u64 {
        64 + rows.bytes()
    }
}

/// Where the rows of a generation's series are: positions in `entries`, and in the groups of each.
#[derive(Debug, Default)]
struct Index {
    known: HashSet<Ulid>,
    entries: Vec<TailEntry>,
    places: HashMap<SeriesKey, Vec<Place>>,
    /// Chunks of which every item is known, by their address, which they keep while they are held here.
    whole: HashMap<usize, Arc<[TailEntry]>>,
}

#[derive(Debug, Clone, Copy)]
struct Place {
    entry: u32,
    group: u32,
}

impl Index {
    fn unknown(&self, chunk: &Arc<[TailEntry]>) -> Vec<TailEntry> {
        if self.whole.contains_key(&address(chunk)) {
            return Vec::new();
        }
        chunk.iter().filter(|entry| !self.known.contains(&entry.ulid)).cloned().collect()
    }

    /// Remembers a chunk that later snapshots share; others are copies, of which each snapshot has its own.
    fn saw_whole(&mut self, chunk: &Arc<[TailEntry]>) {
        if chunk.len() == CHUNK && self.whole.len() < self.entries.len() / CHUNK {
            self.whole.insert(address(chunk), Arc::clone(chunk));
        }
    }

    fn add(&mut self, entry: &TailEntry, rows: &TailRows) {
        if !self.known.insert(entry.ulid) {
            return;
        }
        let number = self.entries.len() as u32;
        self.entries.push(entry.clone());
        for (group, rows) in rows.groups.iter().enumerate() {
            let place = Place { entry: number, group: group as u32 };
            match self.places.get_mut(&rows.points.series) {
                Some(places) => places.push(place),
                None => drop(self.places.insert(rows.points.series.clone(), vec![place])),
            }
        }
    }
}

fn address(chunk: &Arc<[TailEntry]>) -> usize {
    chunk.as_ptr().addr()
}

type SharedIndex = Arc<Mutex<Index>>;

fn locked(index: &SharedIndex) -> MutexGuard<'_, Index> {
    index.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Partitions whose tails are indexed at once; beyond that all indexes are dropped, and made again by those who read.
const INDEXED: usize = 64;

#[derive(Debug)]
pub(super) struct TailCache {
    rows: Cache<Ulid, Arc<TailRows>, ByBytes>,
    indexes: Mutex<HashMap<Partition, BTreeMap<Generation, SharedIndex>>>,
}

impl TailCache {
    pub(super) fn new(bytes: u64) -> Self {
        let rows = Cache::with_weighter((bytes / 4096) as usize, bytes, ByBytes);
        Self { rows, indexes: Mutex::default() }
    }

    pub(super) async fn rows(&self, ledger: &Ledger, entry: &TailEntry) -> Result<Arc<TailRows>, StoreError> {
        if let Some(rows) = self.rows.get(&entry.ulid) {
            return Ok(rows);
        }
        let body = ledger.body(entry).await?;
        let rows = Arc::new(TailRows::decode(&body, entry.ulid)?);
        self.rows.insert(entry.ulid, Arc::clone(&rows));
        Ok(rows)
    }

    /// The groups of one series among everything in the snapshot; what was written after it may be among them, too.
    pub(super) async fn groups(
        &self,
        ledger: &Ledger,
        tail: &IndexedTail,
        series: &SeriesKey,
        mut take: impl FnMut(&Group),
    ) -> Result<(), StoreError> {
        for index in &tail.0 {
            for (entry, group) in self.places(index, series) {
                match entry {
                    Known::Rows(rows) => take(&rows.groups[group]),
                    // It was evicted meanwhile.
                    Known::Entry(entry) => take(&self.rows(ledger, &entry).await?.groups[group]),
                }
            }
        }
        Ok(())
    }

    fn places(&self, index: &SharedIndex, series: &SeriesKey) -> Vec<(Known, usize)> {
        let index = locked(index);
        let places = index.places.get(series).map_or(&[][..], Vec::as_slice);
        let known = |place: &Place| {
            let entry = &index.entries[place.entry as usize];
            let rows = self.rows.get(&entry.ulid);
            (rows.map_or_else(|| Known::Entry(entry.clone()), Known::Rows), place.group as usize)
        };
        places.iter().map(known).collect()
    }

    /// Brings the partition's index up to the snapshot. The index is kept: a warm process looks at each item once.
    pub(super) async fn index(
        &self,
        ledger: &Ledger,
        partition: &Partition,
        snapshot: &Snapshot,
    ) -> Result<IndexedTail, StoreError> {
        let mut indexes: BTreeMap<Generation, SharedIndex> = BTreeMap::new();
        for chunk in snapshot.tail.chunks() {
            let Some(generation) = chunk.first().map(|entry| entry.generation) else { continue };
            let index = indexes.entry(generation).or_insert_with(|| self.shared(partition, generation));
            let mut rows = Vec::new();
            let unknown = locked(index).unknown(chunk);
            for entry in unknown {
                rows.push((self.rows(ledger, &entry).await?, entry));
            }
            let mut index = locked(index);
            for (rows, entry) in &rows {
                index.add(entry, rows);
            }
            index.saw_whole(chunk);
        }
        self.forget(partition, snapshot.head.delivered);
        Ok(IndexedTail(indexes.into_values().collect()))
    }

    fn shared(&self, partition: &Partition, generation: Generation) -> SharedIndex {
        let mut indexes = self.indexes.lock().unwrap_or_else(PoisonError::into_inner);
        if indexes.len() >= INDEXED && !indexes.contains_key(partition) {
            indexes.clear();
        }
        Arc::clone(indexes.entry(partition.clone()).or_default().entry(generation).or_default())
    }

    /// Drops the indexes of generations up to `delivered`. Readers that still need one hold it, or make it again.
    pub(super) fn forget(&self, partition: &Partition, delivered: Generation) {
        let mut indexes = self.indexes.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(generations) = indexes.get_mut(partition) {
            generations.retain(|generation, _| *generation > delivered);
        }
    }
}

/// The indexes of a snapshot's undelivered generations, each complete.
pub(super) struct IndexedTail(Vec<SharedIndex>);

enum Known {
    Rows(Arc<TailRows>),
    Entry(TailEntry),
}
