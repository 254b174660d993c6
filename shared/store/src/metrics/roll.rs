//! Rolling: the many small segments of a day become one, and later coarser ones.
//!
//! - **Settle**, three hours after a day has ended: its 60-second rows become one segment, or some where that would be too large ([`crate::StoreConfig::settled_rows`]). (A delivery
//!   every five minutes leaves 288 objects a day, whose footers weigh more than their rows.)
//! - **Roll up**, when two weeks have passed and late data can no longer come: the day once more at 300 s and at 3600 s.
//!
//! Both cover a span of generations, `[from, to]`: rows that come late all the same (a writer that slept, a clock that
//! jumped) make a later span of the same day, and reads put the spans together. What was settled goes at once *after* its
//! successor is in the index, since engines that read the folder would count both; a reader that still wanted it
//! starts again. What was rolled up stays for its own retention.

use std::collections::HashMap;

use futures::future::try_join_all;
use watchtrail_core::metrics::SeriesPoints;
use watchtrail_core::time::{DAY, Day, HOUR, Timestamp};

use super::MetricStore;
use super::cut::{aligned, segment_cut};
use super::segment::Wanted;
use super::source::ALWAYS;
use crate::error::StoreError;
use crate::keys::Generation;
use crate::keys::object::Span;
use crate::ledger::{DayHead, Due, Segment};

/// A rollup that comes late leaves the finer rows this long, for readers that are at them.
const GRACE: i64 = HOUR;

/// The two steps of a day's life.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// Segments at 60 s for the whole day, as few as memory allows.
    Settle,
    /// One more at 300 s and at 3600 s.
    RollUp,
}

impl Step {
    pub(super) const NAMES: [&'static str; 2] = ["settle", "rollup"];
    /// In the order in which a day goes through them.
    pub const ALL: [Self; 2] = [Self::Settle, Self::RollUp];

    /// The word in the due list.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Settle => Self::NAMES[0],
            Self::RollUp => Self::NAMES[1],
        }
    }

    /// Milliseconds after the end of the day.
    pub const fn delay(self) -> i64 {
        match self {
            Self::Settle => 3 * HOUR,
            // Two weeks back is what PutMetricData takes; an hour for what was received in time and delivered after.
            Self::RollUp => 14 * DAY + HOUR,
        }
    }

    /// The last day that is due at `now`.
    pub fn through(self, now: Timestamp) -> Day {
        Day::of(now.plus_millis(-self.delay())).previous()
    }
}

/// What a run of a step did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Rolled {
    /// Segments read.
    pub read: u64,
    /// Segments written.
    pub written: u64,
}

impl std::ops::AddAssign for Rolled {
    fn add_assign(&mut self, more: Self) {
        self.read += more.read;
        self.written += more.written;
    }
}

impl MetricStore {
    /// Does a step for one day of one partition. Safe to run twice, at once, and to be killed at any point.
    ///
    /// # Errors
    /// When a store does not answer; the note of work stays.
    pub async fn roll(&self, due: &Due, step: Step, now: Timestamp) -> Result<Rolled, StoreError> {
        let mut done = self.settle(due).await?;
        if step == Step::RollUp {
            done += self.roll_up(due, now).await?;
        }
        self.ledger.done(due).await?;
        Ok(done)
    }

    async fn settle(&self, due: &Due) -> Result<Rolled, StoreError> {
        let mut done = Rolled::default();
        let mut day = self.day(due).await?;
        loop {
            let covered = day.covered(60);
            let superseded = day.delivered(60).filter(|segment| segment.from <= covered);
            try_join_all(superseded.map(|segment| self.ledger.remove(&segment.entry))).await?;
            let sources: Vec<&Segment> = day.delivered(60).filter(|segment| segment.from > covered).collect();
            if sources.is_empty() {
                return Ok(done);
            }
            let span = first_span(&sources, self.ledger.config.settled_rows);
            done += self.make(due, covered, span, &[60]).await?;
            // Looked at afresh: what covers the day now may be another worker's span, and a shorter one.
            day = self.day(due).await?;
            if day.covered(60) == covered {
                return Err(StoreError::Conflict);
            }
        }
    }

    async fn roll_up(&self, due: &Due, now: Timestamp) -> Result<Rolled, StoreError> {
        let mut done = Rolled::default();
        // Looked at afresh: the day was settled a moment ago.
        let mut day = self.day(due).await?;
        loop {
            let covered = day.covered(300);
            let sources: Vec<&Segment> = day.rolled(60).filter(|segment| segment.from > covered).collect();
            if sources.is_empty() {
                break;
            }
            let span = first_span(&sources, self.ledger.config.settled_rows);
            done += self.make(due, covered, span, &[300, 3600]).await?;
            day = self.day(due).await?;
            if day.covered(300) == covered {
                return Err(StoreError::Conflict);
            }
        }
        let covered = day.covered(300);
        for resolution in [60, 300, 3600] {
            let Some(kept) = self.ledger.config.retention.of(resolution) else { continue };
            let until = due.day.end().plus_millis(kept).max(now.plus_millis(GRACE));
            let kept_on = |s: &&Segment| s.entry.to <= covered && s.entry.expires.is_none();
            for segment in day.rolled(resolution).filter(kept_on) {
                self.ledger.expire(&segment.entry, until).await?;
            }
        }
        if day.rolled(60).any(|segment| segment.entry.to > covered) {
            return Err(StoreError::Conflict);
        }
        Ok(done)
    }

    /// Merges segments into one for each of `resolutions`, covering all generations after `covered`.
    async fn make(
        &self,
        due: &Due,
        covered: Generation,
        sources: &[&Segment],
        resolutions: &[u32],
    ) -> Result<Rolled, StoreError> {
        let Some(to) = sources.iter().map(|segment| segment.entry.to).max() else {
            return Ok(Rolled::default());
        };
        let mut series = HashMap::new();
        for source in sources {
            let wanted = Wanted { series: None, range: ALWAYS };
            for SeriesPoints { series: key, unit, points } in
                self.segments.read(&self.ledger, &source.entry, wanted).await?
            {
                series.entry((key, unit)).or_insert_with(Vec::new).extend(points);
            }
        }
        let mut cuts = Vec::new();
        for (number, resolution) in resolutions.iter().enumerate() {
            let is_last = number + 1 == resolutions.len();
            let points = if is_last { std::mem::take(&mut series) } else { series.clone() };
            let rows = aligned(points, *resolution);
            let span = Span::Rolled(covered + 1, to);
            cuts.push(segment_cut(&due.partition, due.day, *resolution, span, &rows)?);
        }
        let entries = self.ledger.write_objects(cuts).await?;
        match self.ledger.commit_rolled(&due.partition, due.day, &entries).await {
            // Somebody rolled a span that begins here: theirs stands, ours is swept.
            Ok(()) | Err(StoreError::Conflict) => {}
            Err(error) => return Err(error),
        }
        Ok(Rolled { read: sources.len() as u64, written: entries.len() as u64 })
    }

    async fn day(&self, due: &Due) -> Result<DayIndex, StoreError> {
        let delivered = self.ledger.head(&due.partition).await?.map_or(0, |head| head.delivered);
        let head = self.ledger.day_head(&due.partition, due.day).await?;
        let mut segments = self.ledger.segments(&due.partition, due.day..=due.day).await?;
        segments.retain(|segment| segment.entry.to <= delivered);
        Ok(DayIndex { head, segments })
    }
}

/// The first of segments that are in the order of their generations, with at most `most` rows together (or one that has more).
fn first_span<'s, 'd>(segments: &'s [&'d Segment], most: u64) -> &'s [&'d Segment] {
    let mut rows = 0;
    let fits = |segment: &&&Segment| {
        rows += segment.entry.rows;
        rows <= most || rows == segment.entry.rows
    };
    let count = segments.iter().take_while(fits).count();
    &segments[..count]
}

/// The segments of one day of delivered generations.
struct DayIndex {
    head: DayHead,
    segments: Vec<Segment>,
}

impl DayIndex {
    fn covered(&self, resolution: u32) -> Generation {
        self.head.covered(resolution)
    }

    fn rolled(&self, resolution: u32) -> impl Iterator<Item = &Segment> {
        self.segments.iter().filter(move |segment| segment.rolled && segment.resolution == resolution)
    }

    fn delivered(&self, resolution: u32) -> impl Iterator<Item = &Segment> {
        self.segments.iter().filter(move |segment| !segment.rolled && segment.resolution == resolution)
    }
}
