//! What the two reading operations share: the points of their queries, each series of a partition read once.

use std::collections::BTreeMap;
use std::ops::Range;

use watchtrail_core::metrics::{SeriesKey, SeriesPoints, Window};
use watchtrail_core::time::Timestamp;
use watchtrail_service::{Fault, Request, store_fault};
use watchtrail_store::Partition;
use watchtrail_store::metrics::Query;

/// A read of one partition: which series, when, in which resolutions.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Group {
    partition: Partition,
    resolutions: &'static [u32],
}

/// Reads what several queries need, each series of a partition once.
#[derive(Debug, Default)]
pub(crate) struct Reader {
    groups: BTreeMap<Group, BTreeMap<SeriesKey, Range<Timestamp>>>,
    found: BTreeMap<Group, BTreeMap<SeriesKey, Vec<SeriesPoints>>>,
}

impl Reader {
    /// Notes that a series is needed.
    pub(crate) fn want(
        &mut self,
        partition: &Partition,
        resolutions: &'static [u32],
        series: &SeriesKey,
        window: &Window,
    ) {
        let group = Group { partition: partition.clone(), resolutions };
        let range = window.start()..window.end();
        self.groups
            .entry(group)
            .or_default()
            .entry(series.clone())
            .and_modify(|known| *known = known.start.min(range.start)..known.end.max(range.end))
            .or_insert(range);
    }

    /// Reads everything that was noted.
    ///
    /// # Errors
    /// What the store's failure is to a caller.
    pub(crate) async fn read(&mut self, request: &Request<'_>) -> Result<(), Fault> {
        for (group, wanted) in std::mem::take(&mut self.groups) {
            let start = wanted.values().map(|range| range.start).min();
            let end = wanted.values().map(|range| range.end).max();
            let (Some(start), Some(end)) = (start, end) else { continue };
            let start = start.max(oldest(request, group.resolutions));
            let series: Vec<SeriesKey> = wanted.into_keys().collect();
            let query = Query {
                partition: &group.partition,
                series: &series,
                range: start..end,
                resolutions: group.resolutions,
            };
            let found = request.context.store.metrics.scan(&query, request.now).await.map_err(store_fault)?;
            self.found.insert(group, series.into_iter().zip(found).collect());
        }
        Ok(())
    }

    /// The points of a series that was noted and read; all units.
    pub(crate) fn points(
        &self,
        partition: &Partition,
        resolutions: &'static [u32],
        series: &SeriesKey,
    ) -> &[SeriesPoints] {
        let group = Group { partition: partition.clone(), resolutions };
        self.found.get(&group).and_then(|found| found.get(series)).map_or(&[], Vec::as_slice)
    }
}

/// What is older than the retention of the coarsest resolution is not shown, whether or not it is still there.
fn oldest(request: &Request<'_>, resolutions: &[u32]) -> Timestamp {
    let retention = request.context.store.retention();
    let kept = resolutions.first().and_then(|coarsest| retention.of(*coarsest));
    kept.map_or(Timestamp::MIN, |kept| request.now.plus_millis(-kept))
}
