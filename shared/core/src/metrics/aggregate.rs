//! Points folded into the periods of a query.
//!
//! Units: "CloudWatch aggregates all data points of the same unit together" (concepts page), so
//! `GetMetricStatistics` without `Unit` has one data point for each unit and period: [`by_unit`]. `GetMetricData`
//! has one value a period and names no unit in its answer; AWS does not say what it does with several units. We
//! merge them: [`merged`]. A caller that was given a unit passes only the series of that unit.

use super::period::Window;
use super::sample::Point;
use super::segment_rows::SeriesPoints;
use super::statistic::Statistic;
use super::summary::Summary;
use super::unit::Unit;
use crate::time::Timestamp;

/// A summary for each period that has points, in the order of time.
pub type Periods = Vec<(Timestamp, Summary)>;

/// Folds all points of all series together. Each summary keeps only what `statistics` need.
pub fn merged<'a>(
    series: impl IntoIterator<Item = &'a SeriesPoints>,
    window: &Window,
    statistics: &[Statistic],
) -> Periods {
    let empty = Summary::for_statistics(statistics);
    let mut all = Periods::new();
    for one in series {
        let periods = fold(&one.points, window, &empty);
        all = if all.is_empty() { periods } else { join(all, periods) };
    }
    all
}

/// Folds the points of each unit apart: units in AWS's order of names, each with its periods.
pub fn by_unit<'a>(
    series: impl IntoIterator<Item = &'a SeriesPoints>,
    window: &Window,
    statistics: &[Statistic],
) -> Vec<(Unit, Periods)> {
    let empty = Summary::for_statistics(statistics);
    let mut units: Vec<(Unit, Periods)> = Vec::new();
    for one in series {
        let periods = fold(&one.points, window, &empty);
        match units.binary_search_by_key(&one.unit, |(unit, _)| *unit) {
            Ok(at) => units[at].1 = join(std::mem::take(&mut units[at].1), periods),
            Err(at) => units.insert(at, (one.unit, periods)),
        }
    }
    units.retain(|(_, periods)| !periods.is_empty());
    units
}

/// Folds points, which are in the order of time, into the periods that they lie in; others are left out.
fn fold(points: &[Point], window: &Window, empty: &Summary) -> Periods {
    let first = points.partition_point(|point| point.timestamp < window.start());
    let mut periods = Periods::new();
    let mut next = window.start();
    for point in points[first..].iter().take_while(|point| point.timestamp < window.end()) {
        if periods.is_empty() || point.timestamp >= next {
            let Some(bucket) = window.bucket_of(point.timestamp) else { continue };
            next = bucket.plus_millis(window.period().millis());
            periods.push((bucket, empty.clone()));
        }
        if let Some((_, summary)) = periods.last_mut() {
            summary.add(&point.sample);
        }
    }
    periods
}

/// Merges two lists of periods that are in order.
fn join(left: Periods, right: Periods) -> Periods {
    let mut joined = Periods::with_capacity(left.len().max(right.len()));
    let mut right = right.into_iter().peekable();
    for (time, mut summary) in left {
        while let Some(earlier) = right.next_if(|(other, _)| *other < time) {
            joined.push(earlier);
        }
        if let Some((_, same)) = right.next_if(|(other, _)| *other == time) {
            summary.merge(&same);
        }
        joined.push((time, summary));
    }
    joined.extend(right);
    joined
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::period::Period;
    use super::super::sample::Sample;
    use super::super::series::{Dimensions, SeriesKey};
    use super::*;

    fn series(unit: Unit, points: &[(i64, f64)]) -> SeriesPoints {
        let points = points.iter().map(|(seconds, value)| Point {
            timestamp: Timestamp::from_seconds(*seconds),
            sample: Sample::Value(*value),
        });
        let series = SeriesKey { metric_name: "m".to_owned(), dimensions: Dimensions::none() };
        SeriesPoints { series, unit, points: points.collect() }
    }

    fn window(start: i64, end: i64) -> Window {
        Window::exact(Timestamp::from_seconds(start), Timestamp::from_seconds(end), Period::MINUTE)
    }

    fn sums(periods: &Periods) -> Vec<(i64, f64)> {
        let sum = |summary: &Summary| summary.statistic(&Statistic::Sum).unwrap();
        periods.iter().map(|(time, summary)| (time.millis() / 1000, sum(summary))).collect()
    }

    #[test]
    fn folding() {
        fn check(lists: &[&[(i64, f64)]], range: (i64, i64), expected: &[(i64, f64)]) {
            let lists: Vec<_> = lists.iter().map(|points| series(Unit::Count, points)).collect();
            assert_eq!(sums(&merged(&lists, &window(range.0, range.1), &[Statistic::Sum])), expected);
        }
        check(&[], (0, 600), &[]);
        check(&[&[(0, 1.0), (59, 2.0), (60, 4.0)]], (0, 600), &[(0, 3.0), (60, 4.0)]);
        check(&[&[(0, 1.0), (59, 2.0), (60, 4.0)]], (30, 600), &[(30, 6.0)]);
        check(&[&[(0, 1.0), (59, 2.0), (60, 4.0)]], (0, 60), &[(0, 3.0)]);
        check(
            &[&[(0, 1.0), (120, 2.0)], &[(61, 4.0), (121, 8.0)]],
            (0, 600),
            &[(0, 1.0), (60, 4.0), (120, 10.0)],
        );
        check(&[&[(0, 1.0)], &[]], (60, 600), &[]);
    }

    #[test]
    fn units() {
        let lists = [
            series(Unit::Seconds, &[(0, 1.0)]),
            series(Unit::Count, &[(0, 2.0), (60, 3.0)]),
            series(Unit::Seconds, &[(1, 4.0)]),
            series(Unit::Bits, &[(600, 4.0)]),
        ];
        let found = by_unit(&lists, &window(0, 120), &[Statistic::Sum]);
        let found: Vec<_> = found.iter().map(|(unit, periods)| (*unit, sums(periods))).collect();
        assert_eq!(found, [(Unit::Count, vec![(0, 2.0), (60, 3.0)]), (Unit::Seconds, vec![(0, 5.0)])]);
    }

    proptest! {
        #[test]
        fn nothing_is_lost_or_counted_twice(
            mut a in prop::collection::vec((0..1_000i64, 0..9u8), 0..40),
            mut b in prop::collection::vec((0..1_000i64, 0..9u8), 0..40),
            start in 0..500i64,
        ) {
            a.sort_unstable();
            b.sort_unstable();
            let list = |points: &[(i64, u8)]| points.iter().map(|(t, v)| (*t, f64::from(*v))).collect::<Vec<_>>();
            let both = [series(Unit::None, &list(&a)), series(Unit::None, &list(&b))];
            let found = merged(&both, &window(start, 700), &[Statistic::Sum]);
            prop_assert!(found.is_sorted_by(|x, y| x.0 < y.0));
            let wanted: f64 =
                a.iter().chain(&b).filter(|(t, _)| (start..700).contains(t)).map(|(_, v)| f64::from(*v)).sum();
            prop_assert_eq!(sums(&found).iter().map(|(_, sum)| sum).sum::<f64>(), wanted);
        }
    }
}
