//! Cutting a generation of metrics into segments: one for each day of event time and resolution, and the day's directory.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use watchtrail_core::metrics::{Point, SeriesKey, SeriesPoints, Unit, roll_up};
use watchtrail_core::time::{DAY, Day, Timestamp};

use super::tail::TailRows;
use super::{MetricStore, Step, directory, segment};
use crate::error::StoreError;
use crate::keys::object::{self, Span};
use crate::keys::{Generation, Partition, item};
use crate::ledger::{Cut, Cuts, Cutter, IndexEntry, Journaled};

/// A directory outlives the two weeks that ListMetrics looks back, plus the day that it is of.
const DIRECTORY_KEPT: i64 = 16 * DAY;

/// The [`Cutter`] of metrics.
#[derive(Debug, Clone)]
pub struct MetricCutter(pub Arc<MetricStore>);

/// Points of one series and unit.
type Series = HashMap<(SeriesKey, Unit), Vec<Point>>;

/// The rows of a generation, by day and resolution.
#[derive(Default)]
struct Shelves(BTreeMap<(Day, u32), Series>);

impl Shelves {
    fn place(&mut self, points: SeriesPoints, resolution: u32) {
        let key = (points.series, points.unit);
        // In the order of time: those of a day lie side by side.
        for points in points.points.chunk_by(|a, b| Day::of(a.timestamp) == Day::of(b.timestamp)) {
            let Some(day) = points.first().map(|point| Day::of(point.timestamp)) else { continue };
            let shelf = self.0.entry((day, resolution)).or_default();
            match shelf.get_mut(&key) {
                Some(known) => known.extend_from_slice(points),
                None => drop(shelf.insert(key.clone(), points.to_vec())),
            }
        }
    }
}

impl Cutter for MetricCutter {
    async fn cut(
        &self,
        partition: &Partition,
        generation: Generation,
        batches: Vec<Journaled>,
        _now: Timestamp,
    ) -> Result<Cuts, StoreError> {
        self.0.tail.forget(partition, generation);
        let mut shelves = Shelves::default();
        for Journaled { ulid, body, .. } in batches {
            for group in TailRows::decode(&body, ulid)?.into_groups() {
                if group.high_resolution {
                    shelves.place(group.points.clone(), 1);
                }
                shelves.place(group.points, 60);
            }
        }
        let mut cuts = Vec::new();
        let mut days = Vec::new();
        for ((day, resolution), series) in shelves.0 {
            let rows = aligned(series, resolution);
            if resolution == 60 {
                days.push(day);
                cuts.extend(self.0.directory_cut(partition, day, generation, &rows).await?);
            }
            let span = Span::Delivered(generation);
            let mut cut = segment_cut(partition, day, resolution, span, &rows)?;
            if resolution == 1 {
                // The minute rows hold the same data for longer; these serve only periods below a minute.
                let kept = self.0.ledger.config.retention.of(1);
                cut.entry.expires = kept.map(|kept| cut.entry.span.end().plus_millis(kept));
            }
            cuts.push(cut);
        }
        Ok(Cuts { cuts, days, ..Cuts::default() })
    }

    fn steps(&self) -> &'static [&'static str] {
        &Step::NAMES
    }
}

/// Sorted series with one row for each period of the resolution.
pub(super) fn aligned(series: Series, resolution: u32) -> Vec<SeriesPoints> {
    let mut rows: Vec<SeriesPoints> = series
        .into_iter()
        .map(|((series, unit), mut points)| {
            points.sort_by_key(|point| point.timestamp);
            SeriesPoints { series, unit, points: roll_up(&points, resolution) }
        })
        .collect();
    rows.sort_by(|a, b| (&a.series, a.unit.as_str()).cmp(&(&b.series, b.unit.as_str())));
    rows
}

/// A segment of sorted, aligned rows with its index entry.
pub(super) fn segment_cut(
    partition: &Partition,
    day: Day,
    resolution: u32,
    span: Span,
    rows: &[SeriesPoints],
) -> Result<Cut, StoreError> {
    let body = segment::write(rows)
        .map_err(|error| StoreError::corrupt("a segment that was to be written", error))?;
    let object = object::segment(partition, day, resolution, span, xxhash_rust::xxh3::xxh3_64(&body));
    let times = || rows.iter().flat_map(|series| series.points.iter().map(|point| point.timestamp));
    let (rolled, from, to) = match span {
        Span::Delivered(generation) => (false, generation, generation),
        Span::Rolled(from, to) => (true, from, to),
    };
    let entry = IndexEntry {
        pk: item::index(partition),
        sk: item::segment(day, resolution, rolled, from),
        object,
        bytes: body.len() as u64,
        rows: rows.iter().map(|series| series.points.len() as u64).sum(),
        span: times().min().unwrap_or(day.start())..=times().max().unwrap_or(day.start()),
        to,
        expires: None,
    };
    Ok(Cut { entry, body: Some(body), kms_key: None })
}

impl MetricStore {
    /// The day's directory with this generation's series in it; nothing when it has them all.
    ///
    /// Reading and writing it again is safe: only the delivery of this generation can commit, and only after the one
    /// before it has.
    async fn directory_cut(
        &self,
        partition: &Partition,
        day: Day,
        generation: Generation,
        rows: &[SeriesPoints],
    ) -> Result<Option<Cut>, StoreError> {
        let known = self.ledger.directories(partition, day..=day).await?.pop();
        let mut series = match &known {
            Some(entry) => directory::read(&self.ledger, entry).await?,
            None => std::collections::BTreeSet::new(),
        };
        let before = series.len();
        series.extend(rows.iter().map(|row| row.series.clone()));
        if series.len() == before {
            return Ok(None);
        }
        let body = directory::write(&series)?;
        let hash = xxhash_rust::xxh3::xxh3_64(&body);
        let entry = IndexEntry {
            pk: item::directory(partition),
            sk: day.to_string(),
            object: object::directory(partition, day, generation, hash),
            bytes: body.len() as u64,
            rows: series.len() as u64,
            span: day.start()..=day.end(),
            to: generation,
            expires: Some(day.end().plus_millis(DIRECTORY_KEPT)),
        };
        Ok(Some(Cut { entry, body: Some(body), kms_key: None }))
    }
}
