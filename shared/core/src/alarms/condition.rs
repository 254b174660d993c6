//! What a metric alarm watches for: its threshold, how many periods, and what missing data means.
//!
//! AWS: `PutMetricAlarm` in the API reference, and "Alarm evaluation" in the user guide. Not here: which metric, and how
//! AWS words what it refuses.

use crate::metrics::{Period, Statistic, Window};
use crate::time::{DAY, Timestamp};

/// How a data point is compared with the threshold.
#[derive(Copy, Clone, Debug, PartialEq, Eq, Hash)]
pub enum Comparison {
    /// `GreaterThanOrEqualToThreshold`
    GreaterThanOrEqual,
    /// `GreaterThanThreshold`
    GreaterThan,
    /// `LessThanThreshold`
    LessThan,
    /// `LessThanOrEqualToThreshold`
    LessThanOrEqual,
    /// `LessThanLowerOrGreaterThanUpperThreshold`, of a band
    OutsideBand,
    /// `LessThanLowerThreshold`, of a band
    BelowBand,
    /// `GreaterThanUpperThreshold`, of a band
    AboveBand,
}

impl Comparison {
    /// All of them.
    pub const ALL: [Self; 7] = [
        Self::GreaterThanOrEqual,
        Self::GreaterThan,
        Self::LessThan,
        Self::LessThanOrEqual,
        Self::OutsideBand,
        Self::BelowBand,
        Self::AboveBand,
    ];

    /// AWS's name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::GreaterThanOrEqual => "GreaterThanOrEqualToThreshold",
            Self::GreaterThan => "GreaterThanThreshold",
            Self::LessThan => "LessThanThreshold",
            Self::LessThanOrEqual => "LessThanOrEqualToThreshold",
            Self::OutsideBand => "LessThanLowerOrGreaterThanUpperThreshold",
            Self::BelowBand => "LessThanLowerThreshold",
            Self::AboveBand => "GreaterThanUpperThreshold",
        }
    }

    /// Reads AWS's name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|comparison| comparison.as_str() == name)
    }

    /// Whether the threshold is a band that is different at each point.
    pub const fn needs_band(self) -> bool {
        matches!(self, Self::OutsideBand | Self::BelowBand | Self::AboveBand)
    }

    /// Whether `value` is on the wrong side. `limits` are the lower and the upper threshold; a plain threshold is both.
    pub fn breaches(self, value: f64, (lower, upper): (f64, f64)) -> bool {
        match self {
            Self::GreaterThanOrEqual => value >= upper,
            Self::GreaterThan | Self::AboveBand => value > upper,
            Self::LessThan | Self::BelowBand => value < lower,
            Self::LessThanOrEqual => value <= lower,
            Self::OutsideBand => value < lower || value > upper,
        }
    }
}

/// What a period without data means.
#[derive(Copy, Clone, Debug, Default, PartialEq, Eq, Hash)]
pub enum TreatMissingData {
    /// `missing`: the default.
    #[default]
    Missing,
    /// `ignore`: the state stays as it is.
    Ignore,
    /// `breaching`
    Breaching,
    /// `notBreaching`
    NotBreaching,
}

impl TreatMissingData {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Missing, Self::Ignore, Self::Breaching, Self::NotBreaching];

    /// AWS's spelling.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Missing => "missing",
            Self::Ignore => "ignore",
            Self::Breaching => "breaching",
            Self::NotBreaching => "notBreaching",
        }
    }

    /// Reads AWS's spelling.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|treatment| treatment.as_str() == text)
    }
}

/// `EvaluateLowSampleCountPercentile`.
#[derive(Copy, Clone, Debug, Default, PartialEq, Eq, Hash)]
pub enum LowSampleCount {
    /// `evaluate`: a percentile of few samples counts like any other. The default.
    #[default]
    Evaluate,
    /// `ignore`: while there are too few samples the state stays as it is.
    Ignore,
}

impl LowSampleCount {
    /// AWS's spelling.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Evaluate => "evaluate",
            Self::Ignore => "ignore",
        }
    }

    /// Reads AWS's spelling.
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Evaluate, Self::Ignore].into_iter().find(|choice| choice.as_str() == text)
    }
}

/// Periods that are looked at beyond `EvaluationPeriods`, so that late and missing data points can be made up for by
/// older ones. AWS's example looks at 5 for 3; it says that the number depends on the alarm, and not how.
pub const MORE_PERIODS: u32 = 2;

/// What a metric alarm watches for.
#[derive(Clone, Debug, PartialEq)]
pub struct Condition {
    /// The length of a data point.
    pub period: Period,
    /// What a data point is.
    pub statistic: Statistic,
    /// `EvaluationPeriods`, N.
    pub evaluation_periods: u32,
    /// `DatapointsToAlarm`, M, where it was given; else all N.
    pub datapoints_to_alarm: Option<u32>,
    /// How data points are compared with the threshold.
    pub comparison: Comparison,
    /// The threshold; without meaning where the comparison is with a band.
    pub threshold: f64,
    /// What missing data points mean.
    pub missing: TreatMissingData,
    /// What percentiles of few samples mean.
    pub low_samples: LowSampleCount,
}

impl Condition {
    /// M of "M out of N".
    pub fn to_alarm(&self) -> u32 {
        self.datapoints_to_alarm.unwrap_or(self.evaluation_periods)
    }

    /// How often the range moves on, in seconds. "Every minute"; high-resolution alarms each 10 seconds; an alarm over more than
    /// a day ("multi-day alarm") is evaluated hourly, with the data up to the full hour.
    ///
    /// AWS: "Alarm evaluation" in the user guide.
    pub fn step(&self) -> u32 {
        let span = self.period.millis().saturating_mul(i64::from(self.evaluation_periods));
        match self.period.seconds() {
            0..60 => 10,
            _ if span > DAY => 3600,
            _ => 60,
        }
    }

    /// The periods that are looked at at `now`, the newest of which ended last: they move on by [`step`](Self::step), whatever
    /// the period's length.
    pub fn window(&self, now: Timestamp) -> Window {
        let end = now.floor_to(self.step());
        let periods = i64::from(self.evaluation_periods.saturating_add(MORE_PERIODS));
        Window::exact(end.plus_millis(-self.period.millis().saturating_mul(periods)), end, self.period)
    }

    /// Whether a data point of so many samples says too little to be evaluated.
    ///
    /// AWS: "For percentiles between 0.5 (inclusive) and 1.00 (exclusive), this setting is used when there are fewer than 10/(1-percentile)
    /// data points during the evaluation period", and 10/percentile below.
    pub fn has_too_few(&self, samples: f64) -> bool {
        let Statistic::Percentile(percent) = self.statistic else { return false };
        let part = percent.as_f64() / 100.0;
        let enough = if part >= 0.5 { 10.0 / (1.0 - part) } else { 10.0 / part };
        // 10 / (1 - 0.99) is a little more than 1,000 in binary.
        self.low_samples == LowSampleCount::Ignore && samples < (enough * 1e6).round() / 1e6
    }
}
