//! The statistics of `CloudWatch`, read from and written as AWS spells them.
//!
//! AWS: "CloudWatch statistics definitions", and the pattern of `PutAnomalyDetector.Stat` in the service model.
//! Not accepted: the undocumented parts of that pattern (`o`, `u`, and the suffixes `_E`, `_L`, `_H`).
//! The computations are in [`Summary::statistic`](super::Summary::statistic).

use std::fmt;

/// What is computed of the samples of a period.
#[derive(Copy, Clone, Debug, PartialEq)]
pub enum Statistic {
    /// `SampleCount`
    SampleCount,
    /// `Sum`
    Sum,
    /// `Average`
    Average,
    /// `Minimum`
    Minimum,
    /// `Maximum`
    Maximum,
    /// `p99.9`
    Percentile(Percent),
    /// `IQM`, the same as `TM(25%:75%)`
    InterquartileMean,
    /// `tm90`, `TM(2%:98%)`, `TS(:100)` …
    Trimmed(Measure, Range),
    /// `PR(100:2000)`: the percentage of values in the bounds
    PercentileRank(Bounds),
}

/// What is computed of the values in a [`Range`].
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub enum Measure {
    /// `tm`, `TM`: the mean of the values inside.
    TrimmedMean,
    /// `tc`, `TC`: how many values are inside; fractional where a percentage cuts through a value.
    TrimmedCount,
    /// `ts`, `TS`: the sum of the values inside.
    TrimmedSum,
    /// `wm`, `WM`: the mean of all, with the values outside moved to the edge.
    WinsorizedMean,
}

/// The values that a [`Measure`] regards.
#[derive(Copy, Clone, Debug, PartialEq)]
pub enum Range {
    /// `tm90`: the lowest 90 %.
    Upper(Percent),
    /// `TM(2%:98%)`: between two percentages, at least one of them given.
    Percent {
        /// The lower cut; open when `None`.
        low: Option<Percent>,
        /// The upper cut; open when `None`.
        high: Option<Percent>,
    },
    /// `TM(150:1000)`: between two values.
    Absolute(Bounds),
}

/// Values in `(low, high]`, at least one of them given.
#[derive(Copy, Clone, Debug, PartialEq)]
pub struct Bounds {
    /// The lower bound, exclusive; open when `None`. Not negative.
    pub low: Option<f64>,
    /// The upper bound, inclusive; open when `None`. Not negative.
    pub high: Option<f64>,
}

impl Bounds {
    /// Whether `value` lies in the bounds.
    pub fn hold(&self, value: f64) -> bool {
        self.low.is_none_or(|low| value > low) && self.high.is_none_or(|high| value <= high)
    }
}

/// A percentage from 0 to 100 with at most ten decimals.
#[derive(Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Percent(u64);

/// Parts of a [`Percent`] in one per cent.
const PARTS: u64 = 10_000_000_000;
const DECIMALS: usize = 10;

impl Percent {
    /// 25 %
    pub const QUARTER: Self = Self(25 * PARTS);
    /// 75 %
    pub const THREE_QUARTERS: Self = Self(75 * PARTS);

    /// This percentage of `total`. Multiplied before divided, so that whole results are exact.
    pub fn of(self, total: f64) -> f64 {
        total * self.0 as f64 / (100 * PARTS) as f64
    }

    /// The percentage as a number from 0 to 100.
    pub fn as_f64(self) -> f64 {
        self.0 as f64 / PARTS as f64
    }

    fn parse(text: &str) -> Option<Self> {
        let (whole, decimals) = text.split_once('.').unwrap_or((text, ""));
        if whole.is_empty()
            || (whole.len() > 2 && whole != "100")
            || decimals.len() > DECIMALS
            || !digits(whole)
            || !digits(decimals)
        {
            return None;
        }
        let scaled = format!("{whole}{decimals:0<DECIMALS$}").parse().ok()?;
        (scaled <= 100 * PARTS).then_some(Self(scaled))
    }
}

impl fmt::Display for Percent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let decimals = format!("{:0DECIMALS$}", self.0 % PARTS);
        match decimals.trim_end_matches('0') {
            "" => write!(f, "{}", self.0 / PARTS),
            decimals => write!(f, "{}.{decimals}", self.0 / PARTS),
        }
    }
}

/// Why a text is not a statistic.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StatisticError {
    /// The text is no statistic's name.
    #[error("{0:?} is not a statistic")]
    Unknown(String),
    /// The lower bound is not below the upper one.
    #[error("the bounds of {0:?} are not in order")]
    EmptyRange(String),
}

/// No statistic is longer: two bounds of twenty digits with exponents fit well.
const LONGEST: usize = 128;

impl Statistic {
    /// The five `Statistic`s that are not extended ones.
    pub const PLAIN: [Self; 5] = [Self::SampleCount, Self::Average, Self::Sum, Self::Minimum, Self::Maximum];

    /// Reads AWS's spelling, which is case-sensitive.
    ///
    /// # Errors
    /// [`StatisticError`] when the text is not a statistic or its range is empty.
    pub fn parse(text: &str) -> Result<Self, StatisticError> {
        let unknown = || StatisticError::Unknown(text.chars().take(LONGEST).collect());
        if text.len() > LONGEST {
            return Err(unknown());
        }
        let statistic = match text {
            "SampleCount" => Self::SampleCount,
            "Sum" => Self::Sum,
            "Average" => Self::Average,
            "Minimum" => Self::Minimum,
            "Maximum" => Self::Maximum,
            "IQM" => Self::InterquartileMean,
            _ => parse_extended(text).ok_or_else(unknown)?,
        };
        if statistic.is_in_order() { Ok(statistic) } else { Err(StatisticError::EmptyRange(text.to_owned())) }
    }

    /// Whether the five figures of a summary are not enough.
    pub const fn needs_distribution(&self) -> bool {
        !matches!(self, Self::SampleCount | Self::Sum | Self::Average | Self::Minimum | Self::Maximum)
    }

    fn is_in_order(&self) -> bool {
        match self {
            Self::Trimmed(_, Range::Percent { low: Some(low), high: Some(high) }) => low < high,
            Self::Trimmed(_, Range::Absolute(Bounds { low: Some(low), high: Some(high) }))
            | Self::PercentileRank(Bounds { low: Some(low), high: Some(high) }) => low < high,
            _ => true,
        }
    }
}

fn parse_extended(text: &str) -> Option<Statistic> {
    if let Some(percent) = text.strip_prefix('p') {
        return Percent::parse(percent).map(Statistic::Percentile);
    }
    let (name, rest) = text.split_at_checked(2)?;
    if let Some(measure) = Measure::ALL.into_iter().find(|measure| measure.short() == name) {
        return Some(Statistic::Trimmed(measure, Range::Upper(Percent::parse(rest)?)));
    }
    let (low, high) = rest.strip_prefix('(')?.strip_suffix(')')?.split_once(':')?;
    if name == "PR" {
        return parse_bounds(low, high).map(Statistic::PercentileRank);
    }
    let measure = Measure::ALL.into_iter().find(|measure| measure.long() == name)?;
    let range = if low.ends_with('%') || high.ends_with('%') {
        let percent = |text: &str| Percent::parse(text.strip_suffix('%')?);
        Range::Percent { low: optional(low, percent).ok()?, high: optional(high, percent).ok()? }
    } else {
        Range::Absolute(parse_bounds(low, high)?)
    };
    Some(Statistic::Trimmed(measure, range))
}

fn parse_bounds(low: &str, high: &str) -> Option<Bounds> {
    let bounds = Bounds { low: optional(low, parse_number).ok()?, high: optional(high, parse_number).ok()? };
    (bounds.low.is_some() || bounds.high.is_some()).then_some(bounds)
}

/// A bound that `parse` refuses.
struct Refused;

/// Nothing is an open end.
fn optional<T>(text: &str, parse: impl Fn(&str) -> Option<T>) -> Result<Option<T>, Refused> {
    if text.is_empty() { Ok(None) } else { parse(text).map(Some).ok_or(Refused) }
}

/// `\d+(\.\d{0,10})?([Ee][+-]?\d+)?`. With an exponent more decimals are taken, so that every number that can
/// be written this way can be printed this way.
fn parse_number(text: &str) -> Option<f64> {
    let (mantissa, exponent) = match text.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent)),
        None => (text, None),
    };
    let (whole, decimals) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    if whole.is_empty() || !digits(whole) || !digits(decimals) {
        return None;
    }
    match exponent {
        Some(exponent) => {
            let power = exponent.strip_prefix(['+', '-']).unwrap_or(exponent);
            if power.is_empty() || !digits(power) {
                return None;
            }
        }
        None if decimals.len() > DECIMALS => return None,
        None => {}
    }
    text.parse().ok().filter(|number: &f64| number.is_finite())
}

fn digits(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_digit())
}

impl Measure {
    const ALL: [Self; 4] = [Self::TrimmedMean, Self::TrimmedCount, Self::TrimmedSum, Self::WinsorizedMean];

    const fn short(self) -> &'static str {
        match self {
            Self::TrimmedMean => "tm",
            Self::TrimmedCount => "tc",
            Self::TrimmedSum => "ts",
            Self::WinsorizedMean => "wm",
        }
    }

    const fn long(self) -> &'static str {
        match self {
            Self::TrimmedMean => "TM",
            Self::TrimmedCount => "TC",
            Self::TrimmedSum => "TS",
            Self::WinsorizedMean => "WM",
        }
    }
}

impl fmt::Display for Statistic {
    /// AWS's spelling, with numbers in their shortest form: `p99.0` reads back as `p99`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::SampleCount => f.write_str("SampleCount"),
            Self::Sum => f.write_str("Sum"),
            Self::Average => f.write_str("Average"),
            Self::Minimum => f.write_str("Minimum"),
            Self::Maximum => f.write_str("Maximum"),
            Self::Percentile(percent) => write!(f, "p{percent}"),
            Self::InterquartileMean => f.write_str("IQM"),
            Self::Trimmed(measure, Range::Upper(percent)) => write!(f, "{}{percent}", measure.short()),
            Self::Trimmed(measure, Range::Percent { low, high }) => {
                write!(f, "{}(", measure.long())?;
                low.map_or(Ok(()), |low| write!(f, "{low}%"))?;
                f.write_str(":")?;
                high.map_or(Ok(()), |high| write!(f, "{high}%"))?;
                f.write_str(")")
            }
            Self::Trimmed(measure, Range::Absolute(bounds)) => write!(f, "{}{bounds}", measure.long()),
            Self::PercentileRank(bounds) => write!(f, "PR{bounds}"),
        }
    }
}

impl fmt::Display for Bounds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let number = |bound: Option<f64>| bound.map_or_else(String::new, print_number);
        write!(f, "({}:{})", number(self.low), number(self.high))
    }
}

fn print_number(number: f64) -> String {
    let plain = number.to_string();
    let decimals = plain.split_once('.').map_or(0, |(_, decimals)| decimals.len());
    if decimals > DECIMALS || plain.len() > 21 { format!("{number:e}") } else { plain }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn spellings() {
        fn check(text: &str, expected: &str) {
            assert_eq!(
                Statistic::parse(text).map(|statistic| statistic.to_string()),
                Ok(expected.to_owned())
            );
        }
        for same in
            ["SampleCount", "Sum", "Average", "Minimum", "Maximum", "IQM", "p0", "p50", "p99.9", "p100"]
        {
            check(same, same);
        }
        for same in
            ["tm90", "tc0.0000000001", "ts99", "wm98.5", "TM(2%:98%)", "TC(:95%)", "TS(5%:)", "WM(10%:90%)"]
        {
            check(same, same);
        }
        for same in ["TM(150:1000)", "PR(:300)", "PR(100:2000)", "PR(100:)", "WM(0.5:1)", "TC(1e-12:)"] {
            check(same, same);
        }
        check("p99.0", "p99");
        check("p99.", "p99");
        check("p09", "p9");
        check("TM(100.00%:)", "TM(100%:)");
        check("PR(1e3:2E+3)", "PR(1000:2000)");
        check("PR(0.0000000001:)", "PR(0.0000000001:)");
    }

    #[test]
    fn refused() {
        fn check(text: &str) {
            assert_eq!(Statistic::parse(text), Err(StatisticError::Unknown(text.to_owned())));
        }
        for text in ["", "sum", "P99", "p", "p.5", "p101", "p100.1", "p099", "p99.12345678901", "p-1", "p9e1"]
        {
            check(text);
        }
        for text in
            ["tm", "tm90%", "TM", "TM()", "TM(:)", "TM(%:)", "TM(1%:5)", "TM(1:5%)", "TM(1%:2%", "TM(1)"]
        {
            check(text);
        }
        for text in [
            "PR(1%:2%)",
            "PR(-1:2)",
            "PR(:1e999)",
            "PR(1e:)",
            "PR(e1:)",
            "IQM()",
            "pr(1:2)",
            "p9\u{e9}",
            "\u{e9}x",
        ] {
            check(text);
        }
        let empty =
            |text: &str| assert_eq!(Statistic::parse(text), Err(StatisticError::EmptyRange(text.to_owned())));
        for text in ["TM(90%:10%)", "TM(5%:5%)", "PR(2:1)", "WM(1:1)"] {
            empty(text);
        }
        let long = "p".repeat(1_000);
        assert_eq!(Statistic::parse(&long), Err(StatisticError::Unknown("p".repeat(128))));
    }

    fn percent() -> impl Strategy<Value = Percent> {
        prop_oneof![
            (0..=100u64).prop_map(|whole| Percent(whole * PARTS)),
            (0..=100 * PARTS).prop_map(Percent)
        ]
    }

    pub(crate) fn statistic() -> impl Strategy<Value = Statistic> {
        let bound = || prop_oneof![0.0..1e3f64, 0.0..f64::MAX, Just(0.0), Just(f64::MIN_POSITIVE)];
        let bounds = (prop::option::of(bound()), prop::option::of(bound()))
            .prop_map(|(low, high)| Bounds { low, high })
            .prop_filter("some bound", |bounds| bounds.low.is_some() || bounds.high.is_some());
        let percents = (prop::option::of(percent()), prop::option::of(percent()))
            .prop_map(|(low, high)| Range::Percent { low, high })
            .prop_filter("some bound", |range| *range != Range::Percent { low: None, high: None });
        let range =
            prop_oneof![percent().prop_map(Range::Upper), percents, bounds.clone().prop_map(Range::Absolute)];
        prop_oneof![
            prop::sample::select(Statistic::PLAIN.to_vec()),
            Just(Statistic::InterquartileMean),
            percent().prop_map(Statistic::Percentile),
            bounds.prop_map(Statistic::PercentileRank),
            (prop::sample::select(Measure::ALL.to_vec()), range)
                .prop_map(|(measure, range)| Statistic::Trimmed(measure, range)),
        ]
        .prop_filter("bounds in order", Statistic::is_in_order)
    }

    proptest! {
        #[test]
        fn what_is_printed_reads_back(statistic in statistic()) {
            prop_assert_eq!(Statistic::parse(&statistic.to_string()), Ok(statistic));
        }

        #[test]
        fn no_text_panics(text in "[pPtTmMcCsSwWRIQ(:)%0-9.eE+\u{e9} -]{0,16}") {
            if let Ok(statistic) = Statistic::parse(&text) {
                prop_assert_eq!(Statistic::parse(&statistic.to_string()), Ok(statistic));
            }
        }
    }
}
