//! One data point's measurements, in the four forms that exist.
//!
//! AWS takes a value, values with counts, or a statistic set (API reference, `MetricDatum`). The fourth form, the
//! sketch, is ours: what many values become when they are merged. Nothing is validated here.

use super::series::SeriesKey;
use super::unit::Unit;
use crate::time::Timestamp;

/// Four figures of a set of samples (AWS's `StatisticSet`).
#[derive(Copy, Clone, Debug, PartialEq)]
pub struct StatisticSet {
    /// How many samples; may be fractional.
    pub sample_count: f64,
    /// The sum of all samples.
    pub sum: f64,
    /// The least sample.
    pub minimum: f64,
    /// The greatest sample.
    pub maximum: f64,
}

impl StatisticSet {
    /// The value that all samples have, where the four figures prove that there is only one: AWS keeps
    /// percentiles for such a set (`SampleCount` 1 and equal `Min`, `Max`, `Sum`; or equal `Min` and `Max`, and
    /// `Sum` = `Min` × `SampleCount`).
    pub fn only_value(&self) -> Option<f64> {
        let same = self.minimum == self.maximum && self.sum == self.minimum * self.sample_count;
        same.then_some(self.minimum)
    }
}

/// Merged values: exact figures, and a distribution in log-scale buckets.
///
/// A bucket is a representative value with a count; the representative is within
/// [`RELATIVE_ERROR`](super::summary::RELATIVE_ERROR) of every value that was counted in it, and falls into the
/// same bucket when it is counted again, so the error does not grow however often sketches are merged.
#[derive(Clone, Debug, PartialEq)]
pub struct Sketch {
    /// The exact figures.
    pub statistics: StatisticSet,
    /// (representative value, count) by value.
    pub buckets: Vec<(f64, f64)>,
}

/// What was measured at one time.
#[derive(Clone, Debug, PartialEq)]
pub enum Sample {
    /// One value, counted once.
    Value(f64),
    /// (value, count) pairs.
    Values(Vec<(f64, f64)>),
    /// Four figures without a distribution.
    Statistics(StatisticSet),
    /// Four figures with an approximate distribution.
    Sketch(Box<Sketch>),
}

/// A sample and its time.
#[derive(Clone, Debug, PartialEq)]
pub struct Point {
    /// When it was measured.
    pub timestamp: Timestamp,
    /// What was measured.
    pub sample: Sample,
}

/// One accepted `MetricDatum`.
#[derive(Clone, Debug, PartialEq)]
pub struct Datum {
    /// The series it belongs to.
    pub series: SeriesKey,
    /// Its unit.
    pub unit: Unit,
    /// Whether it was sent with a `StorageResolution` of 1 second.
    pub high_resolution: bool,
    /// When it was measured.
    pub timestamp: Timestamp,
    /// What was measured.
    pub sample: Sample,
}
