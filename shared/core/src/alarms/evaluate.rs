//! The state of a metric alarm from its data points, as a plain function.
//!
//! AWS: "Configuring how CloudWatch alarms treat missing data" in the user guide, whose two tables are the tests. What the rules
//! are, in short, of N periods to evaluate and M that make an alarm, in a range that is somewhat longer than N:
//!
//! - N or more real points: the newest N count, and missing ones do not matter;
//! - none at all: the treatment alone decides;
//! - fewer than N: all real ones count, however old, and the rest is filled by the treatment. With `missing` and `ignore`, which fill with nothing, real
//!   points alone can make an alarm (M of them), or an "avoidable premature transition" is waited for: when all real points breach, it is
//!   an alarm as soon as the oldest is at least M periods old.

use super::condition::{Condition, TreatMissingData};
use super::state::AlarmState;
use crate::metrics::{Summary, Window};
use crate::time::Timestamp;

/// A data point that an alarm looks at.
#[derive(Copy, Clone, Debug, PartialEq)]
pub struct Datapoint {
    /// Where its period begins.
    pub timestamp: Timestamp,
    /// The statistic.
    pub value: f64,
    /// Of how many samples.
    pub samples: f64,
    /// The lower and the upper threshold, where they are a band's.
    pub band: Option<(f64, f64)>,
}

/// Why an evaluation came out as it did.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub enum Ground {
    /// There were enough real data points.
    Enough,
    /// Missing data points were filled in as the treatment says.
    Filled,
    /// The few real ones that there are all breach, and the oldest is old enough not to wait for more.
    Premature,
    /// The real ones all breach, and it is too early to tell.
    TooEarly,
    /// There is no data point.
    NoData,
    /// A percentile rests on too few samples.
    FewSamples,
}

/// What an alarm saw, and what follows.
#[derive(Clone, Debug, PartialEq)]
pub struct Evaluation {
    /// The range that was looked at.
    pub window: Window,
    /// The real data points that count, newest first.
    pub points: Vec<Datapoint>,
    /// How many of them breach.
    pub breaching: u32,
    /// Periods without data that were counted, newest first; with the points they are N or, where the treatment fills nothing, less.
    pub filled: Vec<Timestamp>,
    /// Why.
    pub ground: Ground,
    /// The state that follows; `None` keeps the one that is.
    pub verdict: Option<AlarmState>,
}

/// The data points of `periods` that lie in the window.
pub fn datapoints(condition: &Condition, periods: &[(Timestamp, Summary)]) -> Vec<Datapoint> {
    let point = |(timestamp, summary): &(Timestamp, Summary)| {
        let value = summary.statistic(&condition.statistic)?;
        let samples = summary.figures().map_or(0.0, |figures| figures.sample_count);
        Some(Datapoint { timestamp: *timestamp, value, samples, band: None })
    };
    periods.iter().filter_map(point).collect()
}

/// Evaluates an alarm at `now`. `points` are its data points in the order of time; those outside of the window are left out.
pub fn evaluate(condition: &Condition, points: &[Datapoint], now: Timestamp) -> Evaluation {
    let window = condition.window(now);
    let within = |point: &&Datapoint| point.timestamp >= window.start() && point.timestamp < window.end();
    let real: Vec<Datapoint> = points.iter().rev().filter(within).copied().collect();
    let (n, m) = (condition.evaluation_periods as usize, condition.to_alarm());
    let enough = real.len() >= n;
    let points: Vec<Datapoint> = real.into_iter().take(n).collect();
    let breaching = points.iter().filter(|point| breaches(condition, point)).count() as u32;
    let mut evaluation = Evaluation {
        filled: missing(&window, &points).take(n - points.len()).collect(),
        window,
        breaching,
        ground: Ground::Enough,
        verdict: None,
        points,
    };
    let state = |alarm: bool| Some(if alarm { AlarmState::Alarm } else { AlarmState::Ok });
    let lacking = |point: &Datapoint| condition.has_too_few(point.samples);
    let missing = evaluation.filled.len() as u32;
    (evaluation.ground, evaluation.verdict) = if evaluation.points.iter().any(lacking) {
        (Ground::FewSamples, None)
    } else if enough {
        (Ground::Enough, state(breaching >= m))
    } else {
        match condition.missing {
            TreatMissingData::Breaching => (Ground::Filled, state(breaching + missing >= m)),
            TreatMissingData::NotBreaching => (Ground::Filled, state(breaching >= m)),
            TreatMissingData::Missing | TreatMissingData::Ignore => few(condition, &evaluation),
        }
    };
    evaluation
}

/// Fewer than N real points, and the treatment adds none.
fn few(condition: &Condition, evaluation: &Evaluation) -> (Ground, Option<AlarmState>) {
    let (ground, unknown) = match (evaluation.points.last(), condition.to_alarm()) {
        (None, _) => (Ground::NoData, Some(AlarmState::InsufficientData)),
        (_, m) if evaluation.breaching >= m => return (Ground::Filled, Some(AlarmState::Alarm)),
        (_, _) if (evaluation.breaching as usize) < evaluation.points.len() => {
            return (Ground::Filled, Some(AlarmState::Ok));
        }
        (Some(oldest), m) => {
            let age = evaluation.window.end().millis_since(oldest.timestamp);
            if age >= condition.period.millis().saturating_mul(i64::from(m)) {
                (Ground::Premature, Some(AlarmState::Alarm))
            } else {
                (Ground::TooEarly, Some(AlarmState::InsufficientData))
            }
        }
    };
    (ground, if condition.missing == TreatMissingData::Ignore { None } else { unknown })
}

/// Whether a point is on the wrong side of the threshold.
pub fn breaches(condition: &Condition, point: &Datapoint) -> bool {
    condition
        .comparison
        .breaches(point.value, point.band.unwrap_or((condition.threshold, condition.threshold)))
}

/// The periods of the window that have no point, newest first.
fn missing<'a>(window: &Window, points: &'a [Datapoint]) -> impl Iterator<Item = Timestamp> + use<'a> {
    window.starts().rev().filter(|start| !points.iter().any(|point| point.timestamp == *start))
}

#[cfg(test)]
#[path = "evaluate/tests.rs"]
mod tests;
