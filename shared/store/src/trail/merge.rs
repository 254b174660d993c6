//! Few files a day: when a day is over and everybody has taken its lots, its segments become one.
//!
//! A delivery every five minutes leaves 288 objects a day, whose footers weigh more than what an engine wants of them. A merge covers a span
//! of generations, as metrics' settling does ([`crate::metrics`]): what comes late makes a later span of the same day. What was merged goes
//! at once after its successor is in the index; a reader that still wanted it starts again.

use arrow_array::RecordBatch;
use futures::future::try_join_all;
use watchtrail_core::time::{Day, HOUR, Timestamp};

use super::{TrailStore, columns, segment};
use crate::error::StoreError;
use crate::keys::Generation;
use crate::keys::object::Span;
use crate::ledger::{Due, Segment};

/// The word in the due list.
pub(super) const STEP: &str = "merge";

/// So long after its end a day is merged: most of what belongs to it has come (milliseconds).
const DELAY: i64 = 3 * HOUR;

/// Segments of so many bytes together become one: a reader has all of them in memory.
const LARGEST: u64 = 128 << 20;

/// The step's word in the due list.
pub const MERGE: &str = STEP;

/// The last day that is due at `now`.
pub fn merged_through(now: Timestamp) -> Day {
    Day::of(now.plus_millis(-DELAY)).previous()
}

/// When a day is due.
pub fn merged_at(day: Day) -> Timestamp {
    Due::at(day, DELAY)
}

impl TrailStore {
    /// Merges a day's segments of generations up to `taken`, which everybody has taken. Whether the day is done; how many segments were
    /// written. Safe to run twice, at once, and to be killed at any point.
    ///
    /// # Errors
    /// When a store does not answer; the note of work stays.
    pub async fn merge(&self, due: &Due, taken: Generation) -> Result<(bool, u64), StoreError> {
        let mut written = 0;
        loop {
            let (covered, left) = self.unmerged(due).await?;
            let span = first_span(&left, taken);
            let (Some(first), Some(last)) = (span.first(), span.last()) else { break };
            if span.len() == 1 && covered == 0 && left.len() == 1 {
                // The only one of its day, and final as it is; what comes later is merged with it.
                break;
            }
            let span_of = Span::Rolled(covered + 1, last.entry.to);
            tracing::debug!(day = %due.day, from = first.from, to = last.entry.to, "segments are merged");
            self.merge_span(due, span, span_of).await?;
            written += 1;
        }
        self.drop_merged(due).await?;
        let (_, left) = self.unmerged(due).await?;
        if left.last().is_some_and(|segment| segment.entry.to > taken) {
            return Ok((false, written));
        }
        self.forget_lots_before(due, taken).await?;
        self.ledger.done(due).await?;
        Ok((true, written))
    }

    /// How far the day is merged, and its segments after that.
    async fn unmerged(&self, due: &Due) -> Result<(Generation, Vec<Segment>), StoreError> {
        let delivered = self.ledger.head(&due.partition).await?.map_or(0, |head| head.delivered);
        let covered = self.ledger.day_head(&due.partition, due.day).await?.covered(0);
        let mut segments = self.ledger.segments(&due.partition, due.day..=due.day).await?;
        segments.retain(|segment| !segment.rolled && segment.from > covered && segment.entry.to <= delivered);
        Ok((covered, segments))
    }

    async fn merge_span(&self, due: &Due, span: &[Segment], made: Span) -> Result<(), StoreError> {
        let read = span.iter().map(|segment| self.cache.batches(&self.ledger, &segment.entry));
        let batches: Vec<RecordBatch> = try_join_all(read).await?.into_iter().flatten().collect();
        let wrong = |error| StoreError::corrupt("segments that are merged", error);
        let places = columns::sorted(&batches).map_err(wrong)?;
        let bytes: u64 = span.iter().map(|segment| segment.entry.bytes).sum();
        let body = segment::write_again(&batches, &places, bytes as usize);
        let times = batches.iter().map(|batch| columns::times(batch, "event_time"));
        let times = times.collect::<Result<Vec<_>, _>>().map_err(wrong)?;
        let times = times.into_iter().flatten().copied();
        let cut = self.segment_cut(&due.partition, due.day, made, body, times)?;
        let entries = self.ledger.write_objects(vec![cut]).await?;
        match self.ledger.commit_rolled(&due.partition, due.day, &entries).await {
            // Somebody merged a span that begins here: theirs stands, ours is swept.
            Ok(()) | Err(StoreError::Conflict) => Ok(()),
            Err(error) => Err(error),
        }
    }

    /// Removes what is merged. Looked at afresh: what covers the day now may be another worker's span.
    async fn drop_merged(&self, due: &Due) -> Result<(), StoreError> {
        let covered = self.ledger.day_head(&due.partition, due.day).await?.covered(0);
        let segments = self.ledger.segments(&due.partition, due.day..=due.day).await?;
        let superseded = segments.iter().filter(|segment| !segment.rolled && segment.from <= covered);
        try_join_all(superseded.map(|segment| self.ledger.remove(&segment.entry))).await?;
        Ok(())
    }

    async fn forget_lots_before(&self, due: &Due, taken: Generation) -> Result<(), StoreError> {
        self.forget_lots(&due.partition, taken.min(due.generation)).await
    }
}

/// The first segments that everybody has taken, of at most [`LARGEST`] bytes together (or one that is larger).
fn first_span(segments: &[Segment], taken: Generation) -> &[Segment] {
    let mut bytes = 0;
    let fits = |segment: &&Segment| {
        bytes += segment.entry.bytes;
        segment.entry.to <= taken && (bytes <= LARGEST || bytes == segment.entry.bytes)
    };
    let count = segments.iter().take_while(fits).count();
    &segments[..count]
}
