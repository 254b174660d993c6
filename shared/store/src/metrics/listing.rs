//! What was chosen from the segment index, kept as long as nothing was delivered since.
//!
//! An index item that is new belongs to a generation beyond the `delivered` that the listing was made for, or to a rolled
//! segment, which holds the same rows as what it supersedes. So a listing answers for its `delivered` as well as the index
//! does, and costs no request. One that was overtaken names an object that is gone: the read forgets the partition's
//! listings and starts again.

use std::ops::RangeInclusive;
use std::sync::Arc;

use quick_cache::Weighter;
use quick_cache::sync::Cache;
use watchtrail_core::time::{Day, MINUTE, Timestamp};

use super::blocks::Block;
use crate::keys::{Generation, Partition};
use crate::ledger::Segment;

/// How long a listing serves, in milliseconds. An old one still answers right, but for what expired meanwhile.
const FRESH: i64 = 10 * MINUTE;

/// Which segments were asked for.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Asked {
    pub(super) partition: Partition,
    pub(super) days: RangeInclusive<Day>,
    pub(super) resolutions: Vec<u32>,
}

#[derive(Debug, Clone)]
struct Listing {
    delivered: Generation,
    made: Timestamp,
    blocks: Arc<[Block]>,
}

#[derive(Debug, Clone)]
struct ByLength;

impl Weighter<Asked, Listing> for ByLength {
    fn weight(&self, _: &Asked, listing: &Listing) -> u64 {
        let segments = listing.blocks.iter().map(|block| block.segments().len() as u64);
        256 + 512 * segments.sum::<u64>()
    }
}

#[derive(Debug)]
pub(super) struct Listings(Cache<Asked, Listing, ByLength>);

impl Listings {
    pub(super) fn new(bytes: u64) -> Self {
        Self(Cache::with_weighter((bytes / 8192) as usize, bytes, ByLength))
    }

    /// What was chosen for exactly this `delivered`, not long ago.
    pub(super) fn get(&self, asked: &Asked, delivered: Generation, now: Timestamp) -> Option<Arc<[Block]>> {
        let listing = self.0.get(asked)?;
        let fresh = listing.delivered == delivered && (0..=FRESH).contains(&now.millis_since(listing.made));
        fresh.then_some(listing.blocks)
    }

    pub(super) fn keep(
        &self,
        asked: Asked,
        delivered: Generation,
        now: Timestamp,
        chosen: Vec<Segment>,
    ) -> Arc<[Block]> {
        let blocks: Arc<[Block]> = Block::cut(chosen).into();
        self.0.insert(asked, Listing { delivered, made: now, blocks: Arc::clone(&blocks) });
        blocks
    }

    pub(super) fn forget(&self, partition: &Partition) {
        self.0.retain(|asked, _| asked.partition != *partition);
    }
}
