//! Points at a coarser resolution, as `CloudWatch` keeps them after 15 and 63 days (300 s and 3600 s).
//!
//! Nothing is lost but time: all figures stay exact, and the distribution is that of [`Summary`].

use super::sample::Point;
use super::summary::Summary;
use crate::time::Timestamp;

/// Merges the points of each `seconds`-long interval since the epoch into one point at its start, in the order
/// of time. The points need not be sorted, though it is faster when they are.
pub fn roll_up(points: &[Point], seconds: u32) -> Vec<Point> {
    if !points.is_sorted_by_key(|point| point.timestamp) {
        let mut sorted = points.to_vec();
        sorted.sort_by_key(|point| point.timestamp);
        return roll_up(&sorted, seconds);
    }
    points
        .chunk_by(|a, b| interval(a, seconds) == interval(b, seconds))
        .map(|chunk| merge(chunk, seconds))
        .collect()
}

fn interval(point: &Point, seconds: u32) -> Timestamp {
    point.timestamp.floor_to(seconds)
}

fn merge(chunk: &[Point], seconds: u32) -> Point {
    let timestamp = interval(&chunk[0], seconds);
    let mut summary = Summary::with_distribution();
    for point in chunk {
        summary.add(&point.sample);
    }
    Point { timestamp, sample: summary.to_sample() }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::sample::Sample;
    use super::super::statistic::Statistic;
    use super::*;

    fn points(list: &[(i64, f64)]) -> Vec<Point> {
        let point = |(millis, value): &(i64, f64)| Point {
            timestamp: Timestamp::from_millis(*millis),
            sample: Sample::Value(*value),
        };
        list.iter().map(point).collect()
    }

    #[test]
    fn rolling_up() {
        fn check(list: &[(i64, f64)], seconds: u32, expected: &[(i64, Sample)]) {
            let expected: Vec<_> = expected
                .iter()
                .map(|(millis, sample)| Point {
                    timestamp: Timestamp::from_millis(*millis),
                    sample: sample.clone(),
                })
                .collect();
            assert_eq!(roll_up(&points(list), seconds), expected);
        }
        check(&[], 60, &[]);
        check(&[(59_999, 1.0)], 60, &[(0, Sample::Value(1.0))]);
        check(&[(0, 1.0), (59_999, 2.0)], 60, &[(0, Sample::Values(vec![(1.0, 1.0), (2.0, 1.0)]))]);
        check(
            &[(60_000, 1.0), (1, 5.0), (60_001, 1.0)],
            60,
            &[(0, Sample::Value(5.0)), (60_000, Sample::Values(vec![(1.0, 2.0)]))],
        );
        check(&[(-1, 1.0)], 3_600, &[(-3_600_000, Sample::Value(1.0))]);
    }

    proptest! {
        #[test]
        fn two_steps_are_one(list in prop::collection::vec((0..9_000_000i64, 0.0..1e6f64), 0..400)) {
            let points = points(&list);
            let once = roll_up(&points, 3_600);
            let twice = roll_up(&roll_up(&points, 300), 3_600);
            let ask = |point: &Point, statistic: &str| {
                let mut summary = Summary::with_distribution();
                summary.add(&point.sample);
                summary.statistic(&Statistic::parse(statistic).unwrap()).unwrap()
            };
            prop_assert_eq!(once.len(), twice.len());
            for (a, b) in once.iter().zip(&twice) {
                prop_assert_eq!(a.timestamp, b.timestamp);
                for statistic in ["SampleCount", "Minimum", "Maximum", "p50", "p90"] {
                    prop_assert_eq!(ask(a, statistic), ask(b, statistic));
                }
                prop_assert!((ask(a, "Sum") - ask(b, "Sum")).abs() <= 1e-9 * ask(a, "Sum"));
            }
        }
    }
}
