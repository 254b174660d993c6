//! What one process remembers of a partition that it writes to or reads: a cache, never a source of truth,
//! except for the tail of a process that is the only writer.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use watchtrail_core::time::Timestamp;

use super::tail::CHUNK;
use super::{Head, Tail, TailEntry};
use crate::keys::Generation;

/// A head that was seen longer ago than this is read again before a write: a generation may well have been sealed since,
/// and then the write would be for nothing. It saves a retry; no correctness rests on it.
const STALE_AFTER: i64 = 1_000;

#[derive(Debug, Default)]
pub(super) struct Writer {
    /// Appends hold it for reading, a seal in this process for writing.
    pub(super) gate: tokio::sync::RwLock<()>,
    memory: Mutex<Memory>,
}

#[derive(Debug, Default)]
struct Memory {
    head: Option<(Head, Timestamp)>,
    /// The newest generation for which the dirty list is known to have an entry.
    marked: Generation,
    /// Bytes written since the last seal, and those of them that were not reported yet.
    undelivered: u64,
    unreported: u64,
    /// The undelivered items, known completely; only kept by a sole writer.
    tail: Option<BTreeMap<Generation, Growing>>,
}

/// The items of a generation: full chunks, which snapshots share, and the last ones.
#[derive(Debug, Default)]
struct Growing {
    full: Vec<Arc<[TailEntry]>>,
    last: Vec<TailEntry>,
}

impl Growing {
    fn push(&mut self, entry: TailEntry) {
        self.last.push(entry);
        if self.last.len() == CHUNK {
            self.full.push(std::mem::take(&mut self.last).into());
        }
    }

    fn copy_to(&self, chunks: &mut Vec<Arc<[TailEntry]>>) {
        chunks.extend(self.full.iter().cloned());
        if !self.last.is_empty() {
            chunks.push(self.last.as_slice().into());
        }
    }
}

impl Writer {
    fn memory(&self) -> MutexGuard<'_, Memory> {
        self.memory.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The head as it was seen last, unless that is too long ago.
    pub(super) fn head(&self, now: Timestamp) -> Option<Head> {
        let (head, seen) = self.memory().head?;
        ((now.millis() - seen.millis()).abs() <= STALE_AFTER).then_some(head)
    }

    /// The head that a sole writer knows to be true.
    pub(super) fn sole_head(&self) -> Option<Head> {
        self.memory().head.map(|(head, _)| head)
    }

    pub(super) fn saw(&self, head: Head, now: Timestamp) {
        let mut memory = self.memory();
        let newer =
            memory.head.is_none_or(|(old, _)| head.open >= old.open && head.delivered >= old.delivered);
        if !newer {
            return;
        }
        if memory.head.is_some_and(|(old, _)| old.open < head.open) {
            memory.undelivered = 0;
            memory.unreported = 0;
        }
        memory.head = Some((head, now));
        if let Some(tail) = &mut memory.tail {
            tail.retain(|generation, _| *generation > head.delivered);
        }
    }

    pub(super) fn forget(&self) {
        self.memory().head = None;
    }

    pub(super) fn marked(&self) -> Generation {
        self.memory().marked
    }

    pub(super) fn mark(&self, generation: Generation) {
        let mut memory = self.memory();
        memory.marked = memory.marked.max(generation);
    }

    /// Adds to the count of undelivered bytes; `Some(step)` when it is time to report.
    pub(super) fn count(&self, bytes: u64, step: u64) -> Option<u64> {
        let mut memory = self.memory();
        memory.undelivered += bytes;
        memory.unreported += bytes;
        (memory.unreported >= step).then(|| std::mem::take(&mut memory.unreported))
    }

    pub(super) fn undelivered(&self) -> u64 {
        self.memory().undelivered
    }

    /// A sole writer's memory of an item that it wrote. Before the tail was loaded there is nothing to add to:
    /// loading it will find the item.
    pub(super) fn remember(&self, entry: TailEntry) {
        if let Some(tail) = &mut self.memory().tail {
            let items = tail.entry(entry.generation).or_default();
            items.push(entry);
        }
    }

    pub(super) fn load_tail(&self, entries: Vec<TailEntry>) {
        let mut tail: BTreeMap<Generation, Growing> = BTreeMap::new();
        for entry in entries {
            tail.entry(entry.generation).or_default().push(entry);
        }
        self.memory().tail = Some(tail);
    }

    /// Head and undelivered items in one look; `None` before the tail was loaded.
    pub(super) fn snapshot(&self) -> Option<(Head, Tail)> {
        let memory = self.memory();
        let (head, _) = memory.head?;
        let tail = memory.tail.as_ref()?;
        let mut chunks = Vec::new();
        for (_, items) in tail.range(head.delivered + 1..) {
            items.copy_to(&mut chunks);
        }
        Some((head, Tail(chunks)))
    }
}
