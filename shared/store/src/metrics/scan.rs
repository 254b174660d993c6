//! Reading series by time range: segments up to the head's `delivered`, the journal after it, nothing twice.

use std::ops::Range;
use std::sync::Arc;

use futures::stream::{self, StreamExt, TryStreamExt};
use watchtrail_core::metrics::batch::Group;
use watchtrail_core::metrics::{Point, SeriesKey, SeriesPoints};
use watchtrail_core::time::{Day, Timestamp};

use super::MetricStore;
use super::listing::Asked;
use super::plan::{HeadMoved, plan};
use crate::error::StoreError;
use crate::keys::Partition;
use crate::ledger::{Segment, Snapshot};

/// How many objects are fetched at once.
const FETCHES: usize = 32;

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
        let mut last = StoreError::Conflict;
        for _ in 0..ATTEMPTS {
            let Some(snapshot) = self.ledger.snapshot(query.partition, now).await? else {
                return Ok(vec![Vec::new(); query.series.len()]);
            };
            match self.attempt(query, &snapshot, now).await {
                Err(error @ (StoreError::Gone(_) | StoreError::Conflict)) => {
                    self.listings.forget(query.partition);
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
        let segments = self.choose(query.partition, &query.range, delivered, query.resolutions, now).await?;
        let mut found: Vec<Vec<SeriesPoints>> = vec![Vec::new(); query.series.len()];
        let mut read =
            stream::iter(segments)
                .map(|segment| async move {
                    self.segments.series(&self.ledger, &segment.entry, query.series).await
                })
                .buffered(FETCHES);
        while let Some(decoded) = read.try_next().await? {
            for (place, parts) in found.iter_mut().zip(decoded) {
                place.extend(
                    parts.iter().flat_map(|parts| parts.iter()).filter_map(|p| within(p, &query.range)),
                );
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

    /// The segments that cover `range` for the generations up to `delivered`.
    pub(super) async fn choose(
        &self,
        partition: &Partition,
        range: &Range<Timestamp>,
        delivered: u64,
        resolutions: &[u32],
        now: Timestamp,
    ) -> Result<Vec<Arc<Segment>>, StoreError> {
        if range.start >= range.end {
            return Ok(Vec::new());
        }
        let days = Day::of(range.start)..=Day::of(range.end.plus_millis(-1));
        let asked = Asked { partition: partition.clone(), days, resolutions: resolutions.to_vec() };
        let chosen = if let Some(chosen) = self.listings.get(&asked, delivered, now) {
            chosen
        } else {
            let segments = self.ledger.segments(partition, asked.days.clone()).await?;
            let chosen = plan(segments, delivered, resolutions).map_err(|HeadMoved| StoreError::Conflict)?;
            self.listings.keep(asked, delivered, now, chosen)
        };
        let overlaps = |segment: &&Arc<Segment>| {
            *segment.entry.span.start() < range.end && *segment.entry.span.end() >= range.start
        };
        Ok(chosen.iter().filter(overlaps).cloned().collect())
    }
}

/// The points of a series within a range; `None` when there are none.
fn within(series: &SeriesPoints, range: &Range<Timestamp>) -> Option<SeriesPoints> {
    let points: Vec<Point> =
        series.points.iter().filter(|point| range.contains(&point.timestamp)).cloned().collect();
    (!points.is_empty()).then(|| SeriesPoints { series: series.series.clone(), unit: series.unit, points })
}
