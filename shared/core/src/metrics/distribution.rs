//! The percentile family over distinct values with counts, in the order of values.
//!
//! AWS: "CloudWatch statistics definitions". Absolute bounds exclude the lower and include the upper one.
//! Percentages cut by weight: a value that lies across a cut counts with the part of its count that is inside.
//! AWS does not say how it interpolates between samples. A percentile here is the least value whose cumulated
//! count reaches the rank (the inverse of the distribution function), because that is always a value that was
//! measured, it is defined for fractional counts, and it agrees with the way the trimmed statistics cut.

use super::statistic::{Bounds, Measure, Percent, Range};

type Values = [(f64, f64)];

/// The percentile; `None` when there are no values.
pub(super) fn percentile(values: &Values, percent: Percent) -> Option<f64> {
    let rank = percent.of(total(values));
    let mut reached = 0.0;
    for (value, count) in values {
        reached += count;
        if reached >= rank {
            return Some(*value);
        }
    }
    values.last().map(|(value, _)| *value)
}

/// The mean of the middle half.
pub(super) fn interquartile_mean(values: &Values) -> Option<f64> {
    let quarters = Range::Percent { low: Some(Percent::QUARTER), high: Some(Percent::THREE_QUARTERS) };
    trimmed(values, Measure::TrimmedMean, quarters)
}

/// A trimmed or winsorized statistic. A mean of nothing is `None`; a count or sum of nothing is 0.
pub(super) fn trimmed(values: &Values, measure: Measure, range: Range) -> Option<f64> {
    if measure == Measure::WinsorizedMean {
        return winsorized_mean(values, range);
    }
    let (mut count, mut sum) = (0.0, 0.0);
    keep(values, range, |value, weight| {
        count += weight;
        sum += value * weight;
    });
    match measure {
        Measure::TrimmedCount => Some(count),
        Measure::TrimmedSum => Some(sum),
        Measure::TrimmedMean | Measure::WinsorizedMean => (count > 0.0).then(|| sum / count),
    }
}

/// The percentage (0 to 100) of the values that lie in the bounds.
pub(super) fn rank(values: &Values, bounds: Bounds) -> Option<f64> {
    let total = total(values);
    // Not `sum()`: a sum of nothing is -0.0, which would reach the caller.
    let inside =
        values.iter().filter(|(value, _)| bounds.hold(*value)).fold(0.0, |sum, (_, count)| sum + count);
    (total > 0.0).then(|| inside / total * 100.0)
}

fn total(values: &Values) -> f64 {
    values.iter().map(|(_, count)| count).sum()
}

/// Hands each value over with the part of its count that the range keeps.
fn keep(values: &Values, range: Range, mut kept: impl FnMut(f64, f64)) {
    let (low, high) = match range {
        Range::Absolute(bounds) => {
            values
                .iter()
                .filter(|(value, _)| bounds.hold(*value))
                .for_each(|(value, count)| kept(*value, *count));
            return;
        }
        Range::Upper(high) => (None, Some(high)),
        Range::Percent { low, high } => (low, high),
    };
    let total = total(values);
    let from = low.map_or(0.0, |low| low.of(total));
    let to = high.map_or(total, |high| high.of(total));
    let mut reached = 0.0_f64;
    for (value, count) in values {
        let begin = reached.max(from);
        reached += count;
        let weight = reached.min(to) - begin;
        if weight > 0.0 {
            kept(*value, weight);
        }
    }
}

/// The mean with every value outside the range moved to the range's edge.
fn winsorized_mean(values: &Values, range: Range) -> Option<f64> {
    let (low, high) = match range {
        Range::Absolute(bounds) => (bounds.low, bounds.high),
        Range::Upper(high) => (None, percentile(values, high)),
        Range::Percent { low, high } => {
            (low.and_then(|low| percentile(values, low)), high.and_then(|high| percentile(values, high)))
        }
    };
    let sum: f64 = values
        .iter()
        .map(|(value, count)| {
            let value = low.map_or(*value, |low| value.max(low));
            high.map_or(value, |high| value.min(high)) * count
        })
        .sum();
    let total = total(values);
    (total > 0.0).then(|| sum / total)
}
