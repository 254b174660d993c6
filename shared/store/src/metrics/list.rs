//! Which series there are: fifteen days of directories, and the journal's tail for those that came just now.

use std::collections::BTreeSet;

use watchtrail_core::metrics::SeriesKey;
use watchtrail_core::time::{DAY, Day, Timestamp};

use super::blocks::Block;
use super::segment::Wanted;
use super::{MetricStore, directory};
use crate::error::StoreError;
use crate::keys::Partition;
use crate::ledger::Snapshot;

/// ListMetrics looks back two weeks.
const LISTED: i64 = 14 * DAY;
/// A timestamp may lie two hours ahead of the clock that received it.
const AHEAD: i64 = DAY;

const ATTEMPTS: usize = 8;

impl MetricStore {
    /// The series of a partition that had data in the last two weeks; with `since`, only those with a data point at or
    /// after that time.
    ///
    /// # Errors
    /// When a store does not answer.
    pub async fn list(
        &self,
        partition: &Partition,
        since: Option<Timestamp>,
        now: Timestamp,
    ) -> Result<BTreeSet<SeriesKey>, StoreError> {
        let mut last = StoreError::Conflict;
        for _ in 0..ATTEMPTS {
            let Some(snapshot) = self.ledger.snapshot(partition, now).await? else {
                return Ok(BTreeSet::new());
            };
            let delivered = match since {
                Some(since) => self.active(partition, since, now, &snapshot).await,
                None => self.listed(partition, now).await,
            };
            match delivered {
                Err(error @ (StoreError::Gone(_) | StoreError::Conflict)) => {
                    self.listings.forget(partition);
                    last = error;
                }
                Err(error) => return Err(error),
                Ok(mut series) => {
                    let from = since.unwrap_or(now.plus_millis(-LISTED));
                    self.add_tail(&snapshot, from, &mut series).await?;
                    return Ok(series);
                }
            }
        }
        Err(last)
    }

    /// Directories may be newer than the snapshot: a series that is in one and in the tail is still one series.
    async fn listed(&self, partition: &Partition, now: Timestamp) -> Result<BTreeSet<SeriesKey>, StoreError> {
        let days = Day::of(now.plus_millis(-LISTED))..=Day::of(now.plus_millis(AHEAD));
        let mut series = BTreeSet::new();
        for entry in self.ledger.directories(partition, days).await? {
            series.extend(directory::read(&self.ledger, &entry).await?);
        }
        Ok(series)
    }

    async fn active(
        &self,
        partition: &Partition,
        since: Timestamp,
        now: Timestamp,
        snapshot: &Snapshot,
    ) -> Result<BTreeSet<SeriesKey>, StoreError> {
        let range = since..now.plus_millis(AHEAD);
        let mut series = BTreeSet::new();
        // Rows are aligned to the minute: one that began before `since` may hold a point after it.
        let from = since.floor_to(60);
        let range = from..range.end;
        let blocks = self.choose(partition, &range, snapshot.head.delivered, &[60], now).await?;
        let overlapping = blocks.iter().filter(|block| block.overlaps(&range));
        for segment in overlapping.flat_map(Block::segments) {
            let wanted = Wanted { series: None, range: range.clone() };
            let found = self.segments.read(&self.ledger, &segment.entry, wanted).await?;
            series.extend(found.into_iter().filter(|s| !s.points.is_empty()).map(|s| s.series));
        }
        Ok(series)
    }

    async fn add_tail(
        &self,
        snapshot: &Snapshot,
        from: Timestamp,
        series: &mut BTreeSet<SeriesKey>,
    ) -> Result<(), StoreError> {
        for entry in snapshot.tail.iter() {
            let rows = self.tail.rows(&self.ledger, entry).await?;
            for points in rows.all() {
                if points.points.iter().any(|point| point.timestamp >= from)
                    && !series.contains(&points.series)
                {
                    series.insert(points.series.clone());
                }
            }
        }
        Ok(())
    }
}
