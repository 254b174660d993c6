//! Reading series by time range: segments up to the head's `delivered`, the journal after it, nothing twice.

use std::ops::Range;
use std::sync::Arc;

use futures::stream::{self, StreamExt, TryStreamExt};
use watchtrail_core::metrics::batch::Group;
use watchtrail_core::metrics::{SeriesKey, SeriesPoints};
use watchtrail_core::time::{Day, Timestamp};

use super::MetricStore;
use super::blocks::Block;
use super::listing::Asked;
use super::plan::{HeadMoved, plan};
use crate::error::StoreError;
use crate::keys::Partition;
use crate::ledger::Snapshot;

/// How many blocks are read at once.
const BLOCKS: usize = 4;

/// A read starts again when the index moved under it; each time something was delivered, rolled or expired meanwhile.
const ATTEMPTS: usize = 8;

/// What to read.
#[derive(Debug, Clone)]
pub struct Query<'a> {
    /// Where.
    pub partition: &'a Partition,
    /// Which series; sorted, none twice.
    pub series: &'a [SeriesKey],
    /// Which timestamps, `[start, end)`.
    pub range: Range<Timestamp>,
    /// Which stored resolutions (seconds) will do, coarsest first. `[1]` reads what was stored with high resolution.
    pub resolutions: &'a [u32],
}

/// What one look at a partition saw of it: its head and its undelivered journal.
#[derive(Debug, Clone)]
pub struct Look(Option<Snapshot>);

impl Query<'_> {
    fn sub_minute(&self) -> bool {
        self.resolutions == [1]
    }
}

impl MetricStore {
    /// The points of each series of the query, in the query's order. A series may come in several parts (of different
    /// segments, requests and units), in no particular order; a timestamp may occur in several of them.
    ///
    /// # Errors
    /// When a store does not answer.
    pub async fn scan(
        &self,
        query: &Query<'_>,
        now: Timestamp,
    ) -> Result<Vec<Vec<SeriesPoints>>, StoreError> {
        let mut look = self.look(query.partition, now).await?;
        self.scan_at(&mut look, query, now).await
    }

    /// Looks at a partition: several scans of it then read its undelivered journal once, and see the same of it.
    ///
    /// # Errors
    /// When DynamoDB does not answer.
    pub async fn look(&self, partition: &Partition, now: Timestamp) -> Result<Look, StoreError> {
        Ok(Look(self.ledger.snapshot(partition, now).await?))
    }

    /// As [`scan`](Self::scan), at what a look at the query's partition saw. Where segments vanished since, it looks again.
    ///
    /// # Errors
    /// When a store does not answer.
    pub async fn scan_at(
        &self,
        look: &mut Look,
        query: &Query<'_>,
        now: Timestamp,
    ) -> Result<Vec<Vec<SeriesPoints>>, StoreError> {
        let mut last = StoreError::Conflict;
        for _ in 0..ATTEMPTS {
            let Some(snapshot) = &look.0 else {
                return Ok(vec![Vec::new(); query.series.len()]);
            };
            match self.attempt(query, snapshot, now).await {
                Err(error @ (StoreError::Gone(_) | StoreError::Conflict)) => {
                    self.listings.forget(query.partition);
                    *look = self.look(query.partition, now).await?;
                    last = error;
                }
                other => return other,
            }
        }
        Err(last)
    }

    async fn attempt(
        &self,
        query: &Query<'_>,
        snapshot: &Snapshot,
        now: Timestamp,
    ) -> Result<Vec<Vec<SeriesPoints>>, StoreError> {
        let delivered = snapshot.head.delivered;
        let blocks = self.choose(query.partition, &query.range, delivered, query.resolutions, now).await?;
        let mut found: Vec<Vec<SeriesPoints>> = vec![Vec::new(); query.series.len()];
        let read = |block| self.blocks.series(&self.ledger, &self.segments, block, query.series);
        let reads: Vec<_> = blocks.iter().filter(|block| block.overlaps(&query.range)).map(read).collect();
        let mut reads = stream::iter(reads).buffered(BLOCKS);
        while let Some(merged) = reads.try_next().await? {
            for (place, merged) in found.iter_mut().zip(merged) {
                place.extend(merged.parts.iter().filter_map(|part| within(part, &query.range)));
            }
        }
        let tail = self.tail.index(&self.ledger, query.partition, snapshot).await?;
        for (place, series) in found.iter_mut().zip(query.series) {
            let take = |group: &Group| {
                if group.high_resolution || !query.sub_minute() {
                    place.extend(within(&group.points, &query.range));
                }
            };
            self.tail.groups(&self.ledger, &tail, series, take).await?;
        }
        Ok(found)
    }

    /// The segments of the days of `range` for the generations up to `delivered`.
    pub(super) async fn choose(
        &self,
        partition: &Partition,
        range: &Range<Timestamp>,
        delivered: u64,
        resolutions: &[u32],
        now: Timestamp,
    ) -> Result<Arc<[Block]>, StoreError> {
        if range.start >= range.end {
            return Ok(Arc::default());
        }
        let days = Day::of(range.start)..=Day::of(range.end.plus_millis(-1));
        let asked = Asked { partition: partition.clone(), days, resolutions: resolutions.to_vec() };
        if let Some(blocks) = self.listings.get(&asked, delivered, now) {
            return Ok(blocks);
        }
        let segments = self.ledger.segments(partition, asked.days.clone()).await?;
        let chosen = plan(segments, delivered, resolutions).map_err(|HeadMoved| StoreError::Conflict)?;
        Ok(self.listings.keep(asked, delivered, now, chosen))
    }
}

/// The points of a series within a range, if there are any; its points are in the order of time.
fn within(series: &SeriesPoints, range: &Range<Timestamp>) -> Option<SeriesPoints> {
    let from = series.points.partition_point(|point| point.timestamp < range.start);
    let to = series.points.partition_point(|point| point.timestamp < range.end);
    let points = series.points.get(from..to)?.to_vec();
    (!points.is_empty()).then(|| SeriesPoints { series: series.series.clone(), unit: series.unit, points })
}
