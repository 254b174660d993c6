//! What the two reading operations share: which stored resolutions serve a query, and its points.

use std::collections::BTreeMap;
use std::ops::Range;

use watchtrail_core::metrics::{SeriesKey, SeriesPoints, Window};
use watchtrail_core::time::Timestamp;
use watchtrail_service::{Fault, Request, store_fault};
use watchtrail_store::metrics::Query;
use watchtrail_store::{Partition, Retention};

/// The stored resolutions that serve a window, coarsest first; `None` when AWS has no data points for the combination of
/// its period and the age of its start.
///
/// AWS: "If the StartTime parameter specifies a time stamp that is greater than 3 hours ago, you must specify the period
/// as follows or no data points in that time range is returned" (GetMetricStatistics, `Period`).
pub(crate) fn resolutions(window: &Window, retention: &Retention, now: Timestamp) -> Option<&'static [u32]> {
    let age = now.millis_since(window.start());
    let period = window.period().seconds();
    let kept = |resolution| retention.of(resolution).is_none_or(|kept| age <= kept);
    if period < 60 {
        return kept(1).then_some(&[1]);
    }
    // Rows of a coarser resolution have their period's start as their time: they fit only where the window's periods
    // begin where theirs do.
    let fits = |resolution: u32| {
        period.is_multiple_of(resolution) && window.start().floor_to(resolution) == window.start()
    };
    let finest = [60, 300, 3600].into_iter().find(|resolution| kept(*resolution)).unwrap_or(3600);
    match finest {
        _ if !period.is_multiple_of(finest) => None,
        60 => Some(&[60]),
        300 => Some(&[300, 60]),
        _ if fits(3600) => Some(&[3600, 300, 60]),
        _ => None,
    }
}

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

#[cfg(test)]
mod tests {
    use watchtrail_core::metrics::Period;
    use watchtrail_core::time::{DAY, HOUR};

    use super::*;

    #[test]
    fn resolutions_by_period_and_age() {
        fn check(period: i64, age: i64, expected: Option<&[u32]>) {
            let now = Timestamp::parse_rfc3339("2026-11-21T12:00:00Z").unwrap();
            let start = now.plus_millis(-age);
            let window = Window::new(start, now, Period::new(period).unwrap(), now).unwrap();
            assert_eq!(resolutions(&window, &Retention::default(), now), expected, "{period} s, {age} ms");
        }
        check(1, HOUR, Some(&[1]));
        check(30, 4 * HOUR, None);
        check(60, HOUR, Some(&[60]));
        check(3600, 14 * DAY, Some(&[60]));
        check(60, 20 * DAY, None);
        check(300, 20 * DAY, Some(&[300, 60]));
        check(900, 70 * DAY, None);
        check(3600, 70 * DAY, Some(&[3600, 300, 60]));
        check(7200, 500 * DAY, Some(&[3600, 300, 60]));
    }
}
