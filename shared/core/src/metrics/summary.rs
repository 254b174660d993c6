//! What is known of many samples together: four exact figures and, where asked for, their distribution.
//!
//! The distribution is exact up to [`EXACT`] distinct values, then log-scale buckets ([`RELATIVE_ERROR`]). It is
//! lost for good when a statistic set of differing values is added, and when there are two different values of
//! which one is negative, because `CloudWatch` has no percentiles then ("Metrics concepts", "Percentiles").
//! What is computed of a distribution is in the module `distribution`.

use std::borrow::Cow;

use super::distribution;
use super::sample::{Sample, Sketch, StatisticSet};
pub use super::sketch::RELATIVE_ERROR;
use super::sketch::{self, Buckets};
use super::statistic::Statistic;

/// How many distinct values a distribution keeps exactly: as many as one `MetricDatum` may hold.
pub const EXACT: usize = 150;

/// Merged samples. Merging is commutative and associative but for the rounding of sums.
#[derive(Clone, Debug, PartialEq)]
pub struct Summary {
    figures: StatisticSet,
    distribution: Distribution,
}

#[derive(Clone, Debug, PartialEq)]
enum Distribution {
    /// Nobody asked for it.
    NotKept,
    /// It was asked for, but some sample had none.
    Lost,
    Empty,
    /// One distinct (value, count), the common case, without an allocation. The value may be negative.
    One([(f64, f64); 1]),
    /// Distinct values in order, at most [`EXACT`] of them.
    Exact(Vec<(f64, f64)>),
    Bucketed(Buckets),
}

impl Default for Summary {
    fn default() -> Self {
        Self::with_distribution()
    }
}

impl Summary {
    /// An empty summary that keeps a distribution.
    pub const fn with_distribution() -> Self {
        Self { figures: NOTHING, distribution: Distribution::Empty }
    }

    /// An empty summary for the five plain statistics only: nothing is ever allocated, and
    /// [`to_sample`](Self::to_sample) gives a statistic set.
    pub const fn of_figures() -> Self {
        Self { figures: NOTHING, distribution: Distribution::NotKept }
    }

    /// An empty summary that keeps just what these statistics need.
    pub fn for_statistics<'a>(statistics: impl IntoIterator<Item = &'a Statistic>) -> Self {
        if statistics.into_iter().any(Statistic::needs_distribution) {
            Self::with_distribution()
        } else {
            Self::of_figures()
        }
    }

    /// Whether nothing was added.
    pub fn is_empty(&self) -> bool {
        self.figures.minimum > self.figures.maximum
    }

    /// The four figures; `None` when nothing was added.
    pub fn figures(&self) -> Option<StatisticSet> {
        (!self.is_empty()).then_some(self.figures)
    }

    /// Adds a sample. Values with a count of zero or less are ignored.
    pub fn add(&mut self, sample: &Sample) {
        match sample {
            Sample::Value(value) => self.add_value(*value, 1.0),
            Sample::Values(values) => values.iter().for_each(|(value, count)| self.add_value(*value, *count)),
            Sample::Statistics(figures) => self.add_figures(figures),
            Sample::Sketch(sketch) => self.add_sketch(sketch),
        }
    }

    /// Adds everything of another summary.
    pub fn merge(&mut self, other: &Self) {
        if other.is_empty() {
            return;
        }
        self.count_figures(&other.figures);
        match &other.distribution {
            Distribution::NotKept | Distribution::Lost | Distribution::Empty => self.lose_distribution(),
            Distribution::One(values) => self.spread_all(values),
            Distribution::Exact(values) => self.spread_all(values),
            Distribution::Bucketed(buckets) => self.spread_buckets(buckets.iter().copied()),
        }
    }

    /// The statistic's value; `None` when there is nothing to compute it from (AWS then has no data point).
    pub fn statistic(&self, statistic: &Statistic) -> Option<f64> {
        let figures = self.figures()?;
        match statistic {
            Statistic::SampleCount => Some(figures.sample_count),
            Statistic::Sum => Some(figures.sum),
            Statistic::Average => (figures.sample_count > 0.0).then(|| figures.sum / figures.sample_count),
            Statistic::Minimum => Some(figures.minimum),
            Statistic::Maximum => Some(figures.maximum),
            Statistic::Percentile(percent) => {
                let near = distribution::percentile(&self.values()?, *percent)?;
                // What stands for merged values may lie a little outside of them; the ends are known exactly.
                Some(match percent.as_f64() {
                    0.0 => figures.minimum,
                    100.0 => figures.maximum,
                    _ => near.min(figures.maximum).max(figures.minimum),
                })
            }
            Statistic::InterquartileMean => distribution::interquartile_mean(&self.values()?),
            Statistic::Trimmed(measure, range) => distribution::trimmed(&self.values()?, *measure, *range),
            Statistic::PercentileRank(bounds) => distribution::rank(&self.values()?, *bounds),
        }
    }

    /// The smallest sample that says the same: adding it to an empty summary gives this one. An empty summary
    /// gives an empty list of values.
    pub fn to_sample(&self) -> Sample {
        match &self.distribution {
            _ if self.is_empty() => Sample::Values(Vec::new()),
            Distribution::One([(value, 1.0)]) => Sample::Value(*value),
            Distribution::One(values) => Sample::Values(values.to_vec()),
            Distribution::Exact(values) => Sample::Values(values.clone()),
            Distribution::NotKept | Distribution::Lost | Distribution::Empty => {
                Sample::Statistics(self.figures)
            }
            Distribution::Bucketed(buckets) => Sample::Sketch(Box::new(Sketch {
                statistics: self.figures,
                buckets: buckets
                    .iter()
                    .map(|(bucket, count)| (sketch::representative(*bucket), *count))
                    .collect(),
            })),
        }
    }

    fn add_value(&mut self, value: f64, count: f64) {
        if count <= 0.0 {
            return;
        }
        // Adding zero makes -0 into 0, so that there is one zero among the distinct values.
        let value = value + 0.0;
        self.count_figures(&StatisticSet {
            sample_count: count,
            sum: value * count,
            minimum: value,
            maximum: value,
        });
        self.spread(value, count);
    }

    fn add_figures(&mut self, figures: &StatisticSet) {
        self.count_figures(figures);
        match figures.only_value() {
            Some(value) if figures.sample_count > 0.0 => self.spread(value + 0.0, figures.sample_count),
            _ => self.lose_distribution(),
        }
    }

    fn add_sketch(&mut self, sketch: &Sketch) {
        self.count_figures(&sketch.statistics);
        if sketch.buckets.is_sorted_by(|a, b| a.0 <= b.0) {
            self.spread_buckets(
                sketch.buckets.iter().map(|(value, count)| (sketch::bucket_of(*value), *count)),
            );
        } else {
            // Only a file that we did not write holds buckets out of order.
            self.spread_buckets(std::iter::empty());
            self.spread_all(&sketch.buckets);
        }
    }

    fn count_figures(&mut self, more: &StatisticSet) {
        let own = &mut self.figures;
        own.sample_count += more.sample_count;
        own.sum += more.sum;
        own.minimum = own.minimum.min(more.minimum);
        own.maximum = own.maximum.max(more.maximum);
    }

    fn lose_distribution(&mut self) {
        if self.distribution != Distribution::NotKept {
            self.distribution = Distribution::Lost;
        }
    }

    fn spread_all(&mut self, values: &[(f64, f64)]) {
        for (value, count) in values {
            self.spread(*value, *count);
        }
    }

    /// Counts a value in the distribution; the figures have it already.
    fn spread(&mut self, value: f64, count: f64) {
        match &mut self.distribution {
            Distribution::NotKept | Distribution::Lost => {}
            Distribution::Empty => self.distribution = Distribution::One([(value, count)]),
            Distribution::One([(own, total)]) if *own == value => *total += count,
            _ if self.figures.minimum < 0.0 => self.distribution = Distribution::Lost,
            Distribution::One([first]) => {
                let mut values = Vec::with_capacity(4);
                values.push(*first);
                insert(&mut values, value, count);
                self.distribution = Distribution::Exact(values);
            }
            Distribution::Exact(values) => {
                insert(values, value, count);
                if values.len() > EXACT {
                    self.spread_buckets(std::iter::empty());
                }
            }
            Distribution::Bucketed(buckets) => sketch::add(buckets, sketch::bucket_of(value), count),
        }
    }

    /// Turns the distribution into buckets and counts `more` in it.
    fn spread_buckets(&mut self, more: impl ExactSizeIterator<Item = (i32, f64)>) {
        if matches!(self.distribution, Distribution::NotKept | Distribution::Lost) {
            return;
        }
        if self.figures.minimum < 0.0 {
            self.distribution = Distribution::Lost;
            return;
        }
        let mut buckets = match std::mem::replace(&mut self.distribution, Distribution::Empty) {
            Distribution::One(values) => into_buckets(&values),
            Distribution::Exact(values) => into_buckets(&values),
            Distribution::Bucketed(buckets) => buckets,
            Distribution::NotKept | Distribution::Lost | Distribution::Empty => Buckets::new(),
        };
        if more.len() > 0 {
            sketch::merge(&mut buckets, more);
        }
        self.distribution = Distribution::Bucketed(buckets);
    }

    /// The distinct values with their counts in order, where `CloudWatch` would have percentiles.
    fn values(&self) -> Option<Cow<'_, [(f64, f64)]>> {
        if self.figures.minimum < 0.0 {
            return None;
        }
        match &self.distribution {
            Distribution::NotKept | Distribution::Lost | Distribution::Empty => None,
            Distribution::One(values) => Some(Cow::Borrowed(values)),
            Distribution::Exact(values) => Some(Cow::Borrowed(values)),
            Distribution::Bucketed(buckets) => Some(Cow::Owned(
                buckets
                    .iter()
                    .map(|(bucket, count)| (self.within(sketch::representative(*bucket)), *count))
                    .collect(),
            )),
        }
    }

    /// The extremes are known exactly, so nothing that is read from a bucket lies outside of them.
    fn within(&self, value: f64) -> f64 {
        value.max(self.figures.minimum).min(self.figures.maximum)
    }
}

const NOTHING: StatisticSet =
    StatisticSet { sample_count: 0.0, sum: 0.0, minimum: f64::INFINITY, maximum: f64::NEG_INFINITY };

fn insert(values: &mut Vec<(f64, f64)>, value: f64, count: f64) {
    match values.binary_search_by(|(own, _)| own.total_cmp(&value)) {
        Ok(at) => values[at].1 += count,
        Err(at) => values.insert(at, (value, count)),
    }
}

fn into_buckets(values: &[(f64, f64)]) -> Buckets {
    let mut buckets = Buckets::new();
    sketch::merge(&mut buckets, values.iter().map(|(value, count)| (sketch::bucket_of(*value), *count)));
    buckets
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn summary(samples: &[Sample]) -> Summary {
        let mut summary = Summary::with_distribution();
        for sample in samples {
            summary.add(sample);
        }
        summary
    }

    fn ask(summary: &Summary, statistic: &str) -> Option<f64> {
        summary.statistic(&Statistic::parse(statistic).unwrap())
    }

    fn figures(sample_count: f64, sum: f64, minimum: f64, maximum: f64) -> Sample {
        Sample::Statistics(StatisticSet { sample_count, sum, minimum, maximum })
    }

    #[test]
    fn statistics() {
        fn check(values: &[f64], statistic: &str, expected: Option<f64>) {
            let samples: Vec<_> = values.iter().map(|value| Sample::Value(*value)).collect();
            assert_eq!(ask(&summary(&samples), statistic), expected, "{statistic} of {values:?}");
        }
        let ten: Vec<f64> = (1..=10).map(f64::from).collect();
        for (statistic, expected) in [
            ("SampleCount", 10.0),
            ("Sum", 55.0),
            ("Average", 5.5),
            ("Minimum", 1.0),
            ("Maximum", 10.0),
            ("p0", 1.0),
            ("p10", 1.0),
            ("p10.1", 2.0),
            ("p50", 5.0),
            ("p99", 10.0),
            ("p100", 10.0),
            ("tm90", 5.0),
            ("tc90", 9.0),
            ("ts90", 45.0),
            ("wm90", 5.4),
            ("tc95", 9.5),
            ("ts95", 50.0),
            ("TM(10%:90%)", 5.5),
            ("TC(10%:)", 9.0),
            ("WM(10%:90%)", 5.4),
            ("IQM", 5.5),
            ("PR(:3)", 30.0),
            ("PR(3:7)", 40.0),
            ("PR(3:)", 70.0),
            ("PR(100:200)", 0.0),
            ("TM(3:7)", 5.5),
            ("TC(3:7)", 4.0),
            ("TS(3:7)", 22.0),
            ("WM(3:7)", 5.2),
            ("TC(100:)", 0.0),
            ("TS(100:)", 0.0),
        ] {
            check(&ten, statistic, Some(expected));
        }
        check(&ten, "TM(100:)", None);
        check(&ten, "tm0", None);
        check(&[], "Sum", None);
        check(&[], "p50", None);
        check(&[7.0], "p99", Some(7.0));
        check(&[7.0], "IQM", Some(7.0));
        check(&[-7.0], "p99", None);
        check(&[-7.0, 3.0], "p99", None);
        check(&[-7.0, 3.0], "Average", Some(-2.0));
        check(&[-0.0, 0.0], "p99", Some(0.0));
    }

    #[test]
    fn smallest_samples() {
        fn check(samples: &[Sample], expected: Sample) {
            assert_eq!(summary(samples).to_sample(), expected);
        }
        check(&[], Sample::Values(vec![]));
        check(&[Sample::Value(3.0)], Sample::Value(3.0));
        check(&[Sample::Value(-3.0)], Sample::Value(-3.0));
        check(&[Sample::Value(3.0), Sample::Value(3.0)], Sample::Values(vec![(3.0, 2.0)]));
        check(&[Sample::Value(-3.0), Sample::Value(-3.0)], Sample::Values(vec![(-3.0, 2.0)]));
        check(&[Sample::Value(3.0), Sample::Value(1.0)], Sample::Values(vec![(1.0, 1.0), (3.0, 1.0)]));
        check(&[Sample::Value(-3.0), Sample::Value(1.0)], figures(2.0, -2.0, -3.0, 1.0));
        check(&[Sample::Values(vec![(1.0, 0.0), (2.0, 0.5)])], Sample::Values(vec![(2.0, 0.5)]));
        check(&[figures(1.0, 3.0, 3.0, 3.0)], Sample::Value(3.0));
        check(&[figures(4.0, 12.0, 3.0, 3.0)], Sample::Values(vec![(3.0, 4.0)]));
        check(&[figures(4.0, 12.5, 3.0, 3.0)], figures(4.0, 12.5, 3.0, 3.0));
        check(&[figures(2.0, 3.0, 1.0, 2.0), Sample::Value(5.0)], figures(3.0, 8.0, 1.0, 5.0));
    }

    #[test]
    fn a_summary_of_figures_keeps_no_distribution() {
        let mut summary = Summary::for_statistics(&[Statistic::Sum, Statistic::Maximum]);
        (0..1_000).for_each(|value| summary.add(&Sample::Value(f64::from(value))));
        assert_eq!(ask(&summary, "Maximum"), Some(999.0));
        assert_eq!(ask(&summary, "p50"), None);
        assert_eq!(summary.to_sample(), figures(1_000.0, 499_500.0, 0.0, 999.0));
    }

    #[test]
    fn buckets_out_of_order_are_read_all_the_same() {
        let statistics = StatisticSet { sample_count: 3.0, sum: 13.0, minimum: 1.0, maximum: 10.0 };
        let buckets = vec![(10.0, 1.0), (1.0, 1.0), (2.0, 1.0)];
        let found =
            ask(&summary(&[Sample::Sketch(Box::new(Sketch { statistics, buckets }))]), "p50").unwrap();
        assert!((found - 2.0).abs() <= 2.0 * RELATIVE_ERROR, "{found}");
    }

    fn counted() -> impl Strategy<Value = Vec<(f64, u8)>> {
        prop::collection::vec(((0..40u8).prop_map(|value| f64::from(value) / 4.0), 1..4u8), 1..30)
    }

    /// Each sample by itself, in order: what the statistics are defined on.
    fn naive(values: &[(f64, u8)]) -> Vec<f64> {
        let mut all: Vec<f64> =
            values.iter().flat_map(|(value, count)| vec![*value; usize::from(*count)]).collect();
        all.sort_by(f64::total_cmp);
        all
    }

    /// The sum and the weight of what lies between two percentages.
    fn naive_trimmed(all: &[f64], low: f64, high: f64) -> (f64, f64) {
        let (from, to) = (all.len() as f64 * low / 100.0, all.len() as f64 * high / 100.0);
        all.iter().enumerate().fold((0.0, 0.0), |(sum, weight), (at, value)| {
            let part = ((at as f64 + 1.0).min(to) - (at as f64).max(from)).max(0.0);
            (sum + value * part, weight + part)
        })
    }

    fn near(found: Option<f64>, expected: f64) -> bool {
        found.is_some_and(|found| (found - expected).abs() <= 1e-9 * (1.0 + expected.abs()))
    }

    fn wide() -> impl Strategy<Value = Sample> {
        let value = || prop_oneof![(-30.0..30.0f64).prop_map(f64::exp2), 0.0..2.0f64, Just(0.0)];
        prop_oneof![
            value().prop_map(Sample::Value),
            prop::collection::vec((value(), prop_oneof![Just(1.0), 0.1..9.0f64]), 1..120)
                .prop_map(Sample::Values),
        ]
    }

    fn values_of(samples: &[Sample]) -> Vec<(f64, f64)> {
        let mut values: Vec<(f64, f64)> = samples
            .iter()
            .flat_map(|sample| match sample {
                Sample::Value(value) => vec![(*value, 1.0)],
                Sample::Values(values) => values.clone(),
                Sample::Statistics(_) | Sample::Sketch(_) => vec![],
            })
            .collect();
        values.sort_by(|a, b| a.0.total_cmp(&b.0));
        values
    }

    proptest! {
        #[test]
        fn exact_values_agree_with_the_plain_definitions(values in counted(), low in 0..100u32, span in 1..100u32) {
            let high = (low + span).min(100);
            let all = naive(&values);
            let samples = [Sample::Values(values.iter().map(|(v, c)| (*v, f64::from(*c))).collect())];
            let summary = summary(&samples);
            let rank = (all.len() as u32 * low).div_ceil(100).max(1) as usize;
            prop_assert_eq!(ask(&summary, &format!("p{low}")), Some(all[rank - 1]));
            let (sum, weight) = naive_trimmed(&all, f64::from(low), f64::from(high));
            let cut = |name: &str| ask(&summary, &format!("{name}({low}%:{high}%)"));
            prop_assert!(near(cut("TS"), sum));
            prop_assert!(near(cut("TC"), weight));
            prop_assert!(near(cut("TM"), sum / weight));
            let edge = |percent: u32| all[((all.len() as u32 * percent).div_ceil(100).max(1) - 1) as usize];
            let moved = all.iter().map(|value| value.max(edge(low)).min(edge(high))).sum::<f64>();
            prop_assert!(near(cut("WM"), moved / all.len() as f64));
            let (a, b) = (f64::from(low) / 10.0, f64::from(high) / 10.0);
            let within = |name: &str| ask(&summary, &format!("{name}({a}:{b})"));
            let inside: Vec<f64> = all.iter().copied().filter(|value| *value > a && *value <= b).collect();
            let share = inside.len() as f64 / all.len() as f64 * 100.0;
            prop_assert!(near(within("PR"), share));
            prop_assert_eq!(within("TC"), Some(inside.len() as f64));
            prop_assert!(near(within("TS"), inside.iter().sum()));
        }

        #[test]
        fn a_sample_says_the_same_as_its_summary(samples in prop::collection::vec(wide(), 0..8)) {
            let summary = summary(&samples);
            let again = self::summary(&[summary.to_sample()]);
            prop_assert_eq!(again.to_sample(), summary.to_sample());
            for statistic in ["p0", "p50", "p99.9", "tm90", "IQM", "PR(:1)", "Minimum", "Maximum"] {
                prop_assert_eq!(ask(&again, statistic), ask(&summary, statistic));
            }
        }

        #[test]
        fn the_order_of_merging_does_not_matter(mut samples in prop::collection::vec(wide(), 1..10), cut: prop::sample::Index) {
            let one = summary(&samples);
            samples.reverse();
            let (left, right) = samples.split_at(cut.index(samples.len()));
            let mut other = summary(left);
            other.merge(&summary(&[summary(right).to_sample()]));
            for (a, b) in [("SampleCount", 1e-9), ("Sum", 1e-9), ("p50", 0.0), ("p99", 0.0), ("tm90", 1e-9)] {
                let (x, y) = (ask(&one, a).unwrap(), ask(&other, a).unwrap());
                // Fractional counts round differently, and a rank on a border may then fall to its neighbour.
                let slack = if b == 0.0 { 2.1 * RELATIVE_ERROR } else { b };
                let whole = values_of(&samples).iter().all(|(_, count)| count.fract() == 0.0);
                prop_assert!((x - y).abs() <= x.abs() * slack || !whole, "{a} {x} {y}");
            }
        }

        #[test]
        fn merging_again_and_again_adds_no_error(samples in prop::collection::vec(wide(), 1..10), percent in 0..=100u32) {
            let mut summary = summary(&samples);
            for _ in 0..5 {
                summary = self::summary(&[summary.to_sample()]);
            }
            let values = values_of(&samples);
            let total: f64 = values.iter().map(|(_, count)| count).sum();
            let rank = total * f64::from(percent) / 100.0;
            let found = ask(&summary, &format!("p{percent}")).unwrap();
            // The rank that was meant, give or take the rounding of fractional counts.
            let reached = |slack: f64| {
                let mut sum = 0.0;
                values.iter().find(|(_, count)| { sum += count; sum >= rank + slack }).map(|(value, _)| *value)
            };
            let most = values[values.len() - 1].0;
            let (low, high) = (reached(-1e-6).unwrap_or(most), reached(1e-6).unwrap_or(most));
            prop_assert!(found >= low * (1.0 - RELATIVE_ERROR * 1.000_001), "{found} {low}");
            prop_assert!(found <= high * (1.0 + RELATIVE_ERROR * 1.000_001), "{found} {high}");
        }

        #[test]
        fn no_number_panics(values: Vec<(f64, f64)>, more: Vec<(f64, f64)>, f: [f64; 4], percent in 0..=100u32) {
            let sketch = Sketch {
                statistics: StatisticSet { sample_count: f[0], sum: f[1], minimum: f[2], maximum: f[3] },
                buckets: more,
            };
            let mut all = summary(&[Sample::Values(values)]);
            let other = summary(&[Sample::Sketch(Box::new(sketch)), figures(f[3], f[2], f[1], f[0])]);
            all.merge(&other);
            let _ = (all.to_sample(), ask(&all, &format!("p{percent}")), ask(&all, "WM(1%:99%)"), ask(&all, "PR(1:2)"));
        }
    }
}
