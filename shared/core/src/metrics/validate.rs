//! AWS's rules for what PutMetricData accepts, and the way from a request's members to a [`Datum`].
//!
//! AWS: `PutMetricData`, `MetricDatum`, `Dimension` and `StatisticSet` in the API reference. Errors say what is
//! wrong and where; how AWS words it is `service`'s business. Not here: rules for a request as a whole ([`super::request`]).
//!
//! Timestamps are cut down to the stored resolution, one second or one minute, because `CloudWatch` does ("stores
//! the metric at 1-minute resolution"): a regular datum of 12:00:30 belongs to 12:00:00 for every query.
//! Unknown, and decided strictly: counts of zero or less are refused, as AWS refuses a `SampleCount` of zero;
//! a `Minimum` above the `Maximum` is refused; whether `Sum` fits the other three is not looked at.

use super::sample::{Datum, Sample, StatisticSet};
use super::series::{Dimensions, SeriesKey};
use super::unit::Unit;
use crate::time::{DAY, HOUR, Timestamp};

/// The most dimensions of a metric.
pub const MOST_DIMENSIONS: usize = 30;
/// The most `Values` of a datum.
pub const MOST_VALUES: usize = 150;
/// The most characters of a namespace, a metric's or a dimension's name.
pub const LONGEST_NAME: usize = 255;
/// The most characters of a dimension's value.
pub const LONGEST_DIMENSION_VALUE: usize = 1_024;
/// Values beyond ± 2^360 are refused.
pub const GREATEST_VALUE: f64 = f64::from_bits((1_023 + 360) << 52);
/// How far back a timestamp may lie, in milliseconds.
pub const OLDEST: i64 = 14 * DAY;
/// How far ahead a timestamp may lie, in milliseconds.
pub const NEWEST: i64 = 2 * HOUR;

/// A `MetricDatum` as it came, nothing checked. Texts may be borrowed from the request (`S` = `&str` or `Cow<str>`),
/// which spares an allocation for each of them: only the metric's name is kept as it is.
#[derive(Clone, Debug, PartialEq)]
pub struct RawDatum<S = String> {
    /// `MetricName`
    pub metric_name: Option<S>,
    /// `Dimensions`
    pub dimensions: Vec<RawDimension<S>>,
    /// `Timestamp`
    pub timestamp: Option<Timestamp>,
    /// `Value`
    pub value: Option<f64>,
    /// `StatisticValues`
    pub statistic_values: Option<RawStatisticSet>,
    /// `Values`; an empty list is as good as none
    pub values: Vec<f64>,
    /// `Counts`; an empty list is as good as none
    pub counts: Vec<f64>,
    /// `Unit`
    pub unit: Option<S>,
    /// `StorageResolution`, in seconds
    pub storage_resolution: Option<i32>,
}

impl<S> Default for RawDatum<S> {
    fn default() -> Self {
        Self {
            metric_name: None,
            dimensions: Vec::new(),
            timestamp: None,
            value: None,
            statistic_values: None,
            values: Vec::new(),
            counts: Vec::new(),
            unit: None,
            storage_resolution: None,
        }
    }
}

/// A `Dimension` as it came.
#[derive(Clone, Debug, PartialEq)]
pub struct RawDimension<S = String> {
    /// `Name`
    pub name: Option<S>,
    /// `Value`
    pub value: Option<S>,
}

/// A `StatisticSet` as it came.
#[derive(Copy, Clone, Debug, Default, PartialEq)]
pub struct RawStatisticSet {
    /// `SampleCount`
    pub sample_count: Option<f64>,
    /// `Sum`
    pub sum: Option<f64>,
    /// `Minimum`
    pub minimum: Option<f64>,
    /// `Maximum`
    pub maximum: Option<f64>,
}

/// A member of a `MetricDatum`, for saying where a problem is. Numbers of list entries start at 0.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub enum Member {
    /// `MetricName`
    MetricName,
    /// `Dimensions.member.N.Name`
    DimensionName(usize),
    /// `Dimensions.member.N.Value`
    DimensionValue(usize),
    /// `Value`
    Value,
    /// `Values.member.N`
    Values(usize),
    /// `Counts.member.N`
    Counts(usize),
    /// `StatisticValues.SampleCount`
    SampleCount,
    /// `StatisticValues.Sum`
    Sum,
    /// `StatisticValues.Minimum`
    Minimum,
    /// `StatisticValues.Maximum`
    Maximum,
}

/// Two members of which a datum may have one.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub enum Clash {
    /// `Value` and `StatisticValues`
    ValueAndStatisticValues,
    /// `Value` and `Values`
    ValueAndValues,
    /// `StatisticValues` and `Values`
    StatisticValuesAndValues,
}

/// Why a datum is refused.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[error("datum {index}: {problem}")]
pub struct DatumError {
    /// The datum's place in its list, from 0.
    pub index: usize,
    /// What is wrong with it.
    pub problem: DatumProblem,
}

/// What is wrong with a datum.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum DatumProblem {
    /// Missing, empty or only white space.
    #[error("{0:?} is missing")]
    Missing(Member),
    /// Longer than so many characters.
    #[error("{0:?} is longer than {1}")]
    TooLong(Member, usize),
    /// Has characters outside of ASCII.
    #[error("{0:?} is not ASCII")]
    NotAscii(Member),
    /// Has ASCII control characters.
    #[error("{0:?} has control characters")]
    ControlCharacter(Member),
    /// Starts with a colon.
    #[error("{0:?} starts with a colon")]
    LeadingColon(Member),
    /// More than [`MOST_DIMENSIONS`].
    #[error("{0} dimensions")]
    TooManyDimensions(usize),
    /// A dimension's name comes twice.
    #[error("a dimension name comes twice")]
    DuplicateDimension,
    /// Not finite, beyond ± 2^360, or a count that is not positive.
    #[error("{0:?} cannot be {1}")]
    BadNumber(Member, f64),
    /// `Minimum` is greater than `Maximum`.
    #[error("the minimum is greater than the maximum")]
    MinimumAboveMaximum,
    /// None of `Value`, `Values` and `StatisticValues`.
    #[error("nothing is measured")]
    NoValue,
    /// Two of `Value`, `Values` and `StatisticValues`.
    #[error("{0:?}")]
    Clash(Clash),
    /// `Counts` without `Values`, or with another length.
    #[error("{values} values with {counts} counts")]
    CountsMismatch {
        /// The length of `Values`.
        values: usize,
        /// The length of `Counts`.
        counts: usize,
    },
    /// More than [`MOST_VALUES`].
    #[error("{0} values")]
    TooManyValues(usize),
    /// Not a `StandardUnit`.
    #[error("{0:?} is not a unit")]
    UnknownUnit(String),
    /// Neither 1 nor 60 seconds.
    #[error("storage resolution {0}")]
    StorageResolution(i32),
    /// More than two weeks ago.
    #[error("timestamp {0} is too old")]
    TooOld(Timestamp),
    /// More than two hours ahead.
    #[error("timestamp {0} is too new")]
    TooNew(Timestamp),
}

/// Checks one datum and makes it ours. Nothing is copied but the dimensions, into their canonical form.
/// `received` is when the request came: the default timestamp, and what ages are counted from.
///
/// # Errors
/// The first problem, in the order of the members above.
pub fn datum<S>(index: usize, raw: RawDatum<S>, received: Timestamp) -> Result<Datum, DatumError>
where
    S: AsRef<str> + Into<String>,
{
    check_datum(raw, received).map_err(|problem| DatumError { index, problem })
}

fn check_datum<S>(raw: RawDatum<S>, received: Timestamp) -> Result<Datum, DatumProblem>
where
    S: AsRef<str> + Into<String>,
{
    let sample = sample(&raw)?;
    name(raw.metric_name.as_ref(), Member::MetricName, LONGEST_NAME)?;
    let metric_name = raw.metric_name.map(Into::into).unwrap_or_default();
    let dimensions = dimensions(raw.dimensions)?;
    let high_resolution = match raw.storage_resolution {
        None | Some(60) => false,
        Some(1) => true,
        Some(other) => return Err(DatumProblem::StorageResolution(other)),
    };
    let unit = match raw.unit {
        None => Unit::None,
        Some(name) => Unit::parse(name.as_ref()).ok_or_else(|| DatumProblem::UnknownUnit(name.into()))?,
    };
    let timestamp = timestamp(raw.timestamp, received)?.floor_to(if high_resolution { 1 } else { 60 });
    Ok(Datum { series: SeriesKey { metric_name, dimensions }, unit, high_resolution, timestamp, sample })
}

fn timestamp(asked: Option<Timestamp>, received: Timestamp) -> Result<Timestamp, DatumProblem> {
    let Some(asked) = asked else { return Ok(received) };
    let ahead = asked.millis_since(received);
    if ahead < -OLDEST {
        Err(DatumProblem::TooOld(asked))
    } else if ahead > NEWEST {
        Err(DatumProblem::TooNew(asked))
    } else {
        Ok(asked)
    }
}

fn dimensions<S: AsRef<str>>(mut raw: Vec<RawDimension<S>>) -> Result<Dimensions, DatumProblem> {
    if raw.len() > MOST_DIMENSIONS {
        return Err(DatumProblem::TooManyDimensions(raw.len()));
    }
    for (at, dimension) in raw.iter().enumerate() {
        let member = Member::DimensionName(at);
        if name(dimension.name.as_ref(), member, LONGEST_NAME)?.starts_with(':') {
            return Err(DatumProblem::LeadingColon(member));
        }
        name(dimension.value.as_ref(), Member::DimensionValue(at), LONGEST_DIMENSION_VALUE)?;
    }
    raw.sort_unstable_by(|a, b| text_of(a.name.as_ref()).cmp(text_of(b.name.as_ref())));
    if raw.windows(2).any(|twins| text_of(twins[0].name.as_ref()) == text_of(twins[1].name.as_ref())) {
        return Err(DatumProblem::DuplicateDimension);
    }
    Ok(Dimensions::from_sorted(
        raw.iter().map(|dimension| (text_of(dimension.name.as_ref()), text_of(dimension.value.as_ref()))),
    ))
}

fn text_of<S: AsRef<str>>(text: Option<&S>) -> &str {
    text.map_or("", AsRef::as_ref)
}

/// Checks a name or a dimension's value, which have the same rules but for their length.
fn name<S: AsRef<str>>(text: Option<&S>, member: Member, longest: usize) -> Result<&str, DatumProblem> {
    let text = text_of(text);
    match text_problem(text, longest) {
        None => Ok(text),
        Some(TextProblem::Missing) => Err(DatumProblem::Missing(member)),
        Some(TextProblem::NotAscii) => Err(DatumProblem::NotAscii(member)),
        Some(TextProblem::ControlCharacter) => Err(DatumProblem::ControlCharacter(member)),
        Some(TextProblem::TooLong) => Err(DatumProblem::TooLong(member, longest)),
    }
}

/// What can be wrong with any text.
pub(super) enum TextProblem {
    Missing,
    NotAscii,
    ControlCharacter,
    TooLong,
}

pub(super) fn text_problem(text: &str, longest: usize) -> Option<TextProblem> {
    // Nearly every text is visible ASCII throughout. Every byte is looked at without stopping early, which is what
    // the compiler makes vector code of.
    if text.bytes().fold(0, |odd, byte| odd | u8::from(!(b'!'..=b'~').contains(&byte))) == 0 {
        return match text.len() {
            0 => Some(TextProblem::Missing),
            length if length > longest => Some(TextProblem::TooLong),
            _ => None,
        };
    }
    if text.trim().is_empty() {
        Some(TextProblem::Missing)
    } else if !text.is_ascii() {
        Some(TextProblem::NotAscii)
    } else if text.bytes().any(|byte| byte.is_ascii_control()) {
        Some(TextProblem::ControlCharacter)
    } else {
        (text.len() > longest).then_some(TextProblem::TooLong)
    }
}

fn sample<S>(raw: &RawDatum<S>) -> Result<Sample, DatumProblem> {
    if raw.values.is_empty() && !raw.counts.is_empty() {
        return Err(DatumProblem::CountsMismatch { values: 0, counts: raw.counts.len() });
    }
    match (raw.value, &raw.statistic_values, raw.values.as_slice()) {
        (Some(_), Some(_), _) => Err(DatumProblem::Clash(Clash::ValueAndStatisticValues)),
        (Some(_), None, [_, ..]) => Err(DatumProblem::Clash(Clash::ValueAndValues)),
        (None, Some(_), [_, ..]) => Err(DatumProblem::Clash(Clash::StatisticValuesAndValues)),
        (Some(value), None, []) => Ok(Sample::Value(number(value, Member::Value)?)),
        (None, Some(figures), []) => statistic_set(figures),
        (None, None, values @ [_, ..]) => counted(values, &raw.counts),
        (None, None, []) => Err(DatumProblem::NoValue),
    }
}

fn counted(values: &[f64], counts: &[f64]) -> Result<Sample, DatumProblem> {
    if values.len() > MOST_VALUES {
        return Err(DatumProblem::TooManyValues(values.len()));
    }
    if !counts.is_empty() && counts.len() != values.len() {
        return Err(DatumProblem::CountsMismatch { values: values.len(), counts: counts.len() });
    }
    let mut pairs = Vec::with_capacity(values.len());
    for (at, value) in values.iter().enumerate() {
        let count = counts.get(at).map_or(Ok(1.0), |count| positive(*count, Member::Counts(at)))?;
        pairs.push((number(*value, Member::Values(at))?, count));
    }
    Ok(match pairs[..] {
        [(value, 1.0)] => Sample::Value(value),
        _ => Sample::Values(pairs),
    })
}

fn statistic_set(raw: &RawStatisticSet) -> Result<Sample, DatumProblem> {
    let required = |figure: Option<f64>, member| figure.ok_or(DatumProblem::Missing(member));
    let figures = StatisticSet {
        sample_count: positive(required(raw.sample_count, Member::SampleCount)?, Member::SampleCount)?,
        sum: number(required(raw.sum, Member::Sum)?, Member::Sum)?,
        minimum: number(required(raw.minimum, Member::Minimum)?, Member::Minimum)?,
        maximum: number(required(raw.maximum, Member::Maximum)?, Member::Maximum)?,
    };
    if figures.minimum > figures.maximum {
        return Err(DatumProblem::MinimumAboveMaximum);
    }
    Ok(match figures.only_value() {
        Some(value) if figures.sample_count == 1.0 => Sample::Value(value),
        _ => Sample::Statistics(figures),
    })
}

fn number(number: f64, member: Member) -> Result<f64, DatumProblem> {
    // Not a number is not within the bounds either.
    if number.abs() <= GREATEST_VALUE { Ok(number) } else { Err(DatumProblem::BadNumber(member, number)) }
}

fn positive(count: f64, member: Member) -> Result<f64, DatumProblem> {
    if count > 0.0 { number(count, member) } else { Err(DatumProblem::BadNumber(member, count)) }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const NOW: Timestamp = Timestamp::from_millis(1_795_255_230_500);

    fn raw() -> RawDatum {
        RawDatum { metric_name: Some("m".to_owned()), value: Some(1.0), ..RawDatum::default() }
    }

    fn text(text: &str) -> Option<String> {
        Some(text.to_owned())
    }

    fn dimension(name: &str, value: &str) -> RawDimension {
        RawDimension { name: text(name), value: text(value) }
    }

    fn set(sample_count: f64, sum: f64, minimum: f64, maximum: f64) -> Option<RawStatisticSet> {
        let [sample_count, sum, minimum, maximum] = [sample_count, sum, minimum, maximum].map(Some);
        Some(RawStatisticSet { sample_count, sum, minimum, maximum })
    }

    #[test]
    fn refused() {
        fn check(raw: RawDatum, expected: DatumProblem) {
            assert_eq!(datum(3, raw, NOW), Err(DatumError { index: 3, problem: expected }));
        }
        use DatumProblem as P;
        check(RawDatum { metric_name: None, ..raw() }, P::Missing(Member::MetricName));
        check(RawDatum { metric_name: text(" "), ..raw() }, P::Missing(Member::MetricName));
        check(RawDatum { metric_name: text("\u{e9}"), ..raw() }, P::NotAscii(Member::MetricName));
        check(RawDatum { metric_name: text("a\n"), ..raw() }, P::ControlCharacter(Member::MetricName));
        check(RawDatum { metric_name: text("a\u{7f}"), ..raw() }, P::ControlCharacter(Member::MetricName));
        check(RawDatum { metric_name: text(&"a".repeat(256)), ..raw() }, P::TooLong(Member::MetricName, 255));
        check(
            RawDatum { metric_name: text(&"a ".repeat(128)), ..raw() },
            P::TooLong(Member::MetricName, 255),
        );
        let with = |dimensions| RawDatum { dimensions, ..raw() };
        check(with(vec![RawDimension { name: None, value: None }]), P::Missing(Member::DimensionName(0)));
        check(with(vec![dimension("a", "b"), dimension("c", " ")]), P::Missing(Member::DimensionValue(1)));
        check(with(vec![dimension(":a", "b")]), P::LeadingColon(Member::DimensionName(0)));
        check(with(vec![dimension("a", &"b".repeat(1_025))]), P::TooLong(Member::DimensionValue(0), 1_024));
        check(with(vec![dimension("a", "b"), dimension("a", "c")]), P::DuplicateDimension);
        check(with(vec![dimension("a", "b"); 31]), P::TooManyDimensions(31));
        for bad in [f64::INFINITY, f64::NEG_INFINITY, GREATEST_VALUE * 1.01, -GREATEST_VALUE * 1.01] {
            check(RawDatum { value: Some(bad), ..raw() }, P::BadNumber(Member::Value, bad));
        }
        let none = || RawDatum { value: None, ..raw() };
        check(none(), P::NoValue);
        check(RawDatum { values: vec![1.0], ..raw() }, P::Clash(Clash::ValueAndValues));
        check(
            RawDatum { statistic_values: set(1.0, 1.0, 1.0, 1.0), ..raw() },
            P::Clash(Clash::ValueAndStatisticValues),
        );
        check(
            RawDatum { statistic_values: set(1.0, 1.0, 1.0, 1.0), values: vec![1.0], ..none() },
            P::Clash(Clash::StatisticValuesAndValues),
        );
        check(RawDatum { counts: vec![1.0], ..raw() }, P::CountsMismatch { values: 0, counts: 1 });
        check(
            RawDatum { values: vec![1.0, 2.0], counts: vec![1.0], ..none() },
            P::CountsMismatch { values: 2, counts: 1 },
        );
        check(
            RawDatum { values: vec![1.0, 2.0], counts: vec![1.0, 0.0], ..none() },
            P::BadNumber(Member::Counts(1), 0.0),
        );
        check(RawDatum { values: vec![1.0; 151], ..none() }, P::TooManyValues(151));
        let figures = |statistic_values| RawDatum { statistic_values, ..none() };
        check(figures(Some(RawStatisticSet::default())), P::Missing(Member::SampleCount));
        check(figures(set(0.0, 0.0, 0.0, 0.0)), P::BadNumber(Member::SampleCount, 0.0));
        check(figures(set(2.0, 3.0, 2.0, 1.0)), P::MinimumAboveMaximum);
        check(RawDatum { unit: text("Parsec"), ..raw() }, P::UnknownUnit("Parsec".to_owned()));
        check(RawDatum { storage_resolution: Some(300), ..raw() }, P::StorageResolution(300));
        let at = |millis| Some(NOW.plus_millis(millis));
        check(RawDatum { timestamp: at(-OLDEST - 1), ..raw() }, P::TooOld(NOW.plus_millis(-OLDEST - 1)));
        check(RawDatum { timestamp: at(NEWEST + 1), ..raw() }, P::TooNew(NOW.plus_millis(NEWEST + 1)));
    }

    #[test]
    fn not_a_number_is_refused() {
        let refused = datum(0, RawDatum { value: Some(f64::NAN), ..raw() }, NOW);
        assert!(matches!(
            refused,
            Err(DatumError { problem: DatumProblem::BadNumber(Member::Value, _), .. })
        ));
    }

    #[test]
    fn samples() {
        fn check(raw: RawDatum, expected: Sample) {
            assert_eq!(datum(0, raw, NOW).map(|datum| datum.sample), Ok(expected));
        }
        let none = || RawDatum { value: None, ..raw() };
        check(raw(), Sample::Value(1.0));
        check(RawDatum { value: Some(-GREATEST_VALUE), ..raw() }, Sample::Value(-GREATEST_VALUE));
        check(RawDatum { values: vec![3.0], ..none() }, Sample::Value(3.0));
        check(RawDatum { values: vec![3.0], counts: vec![1.0], ..none() }, Sample::Value(3.0));
        check(RawDatum { values: vec![3.0], counts: vec![0.5], ..none() }, Sample::Values(vec![(3.0, 0.5)]));
        check(RawDatum { values: vec![3.0, 1.0], ..none() }, Sample::Values(vec![(3.0, 1.0), (1.0, 1.0)]));
        check(RawDatum { statistic_values: set(1.0, 2.0, 2.0, 2.0), ..none() }, Sample::Value(2.0));
        let figures = StatisticSet { sample_count: 2.0, sum: 3.0, minimum: 1.0, maximum: 2.0 };
        check(RawDatum { statistic_values: set(2.0, 3.0, 1.0, 2.0), ..none() }, Sample::Statistics(figures));
    }

    #[test]
    fn timestamps() {
        fn check(asked: Option<&str>, storage_resolution: Option<i32>, expected: &str) {
            let timestamp = asked.map(|text| Timestamp::parse_rfc3339(text).unwrap());
            let datum = datum(0, RawDatum { timestamp, storage_resolution, ..raw() }, NOW).unwrap();
            assert_eq!(datum.timestamp.to_string(), expected);
            assert_eq!(datum.high_resolution, storage_resolution == Some(1));
        }
        check(None, None, "2026-11-21T10:00:00Z");
        check(None, Some(1), "2026-11-21T10:00:30Z");
        check(Some("2026-11-07T10:00:30.500Z"), Some(60), "2026-11-07T10:00:00Z");
        check(Some("2026-11-21T12:00:30.500Z"), Some(1), "2026-11-21T12:00:30Z");
    }

    #[test]
    fn series() {
        let dimensions = vec![dimension("b", "2"), dimension("a", "x \"y\"")];
        let datum = datum(0, RawDatum { dimensions, unit: text("Count"), ..raw() }, NOW).unwrap();
        assert_eq!(datum.series.dimensions.to_json(), r#"{"a":"x \"y\"","b":"2"}"#);
        assert_eq!((datum.series.metric_name.as_str(), datum.unit), ("m", Unit::Count));
    }

    #[test]
    fn texts_may_be_borrowed() {
        let dimensions = vec![RawDimension { name: Some("a"), value: Some("b") }];
        let raw = RawDatum { metric_name: Some("m"), dimensions, value: Some(1.0), ..RawDatum::default() };
        assert_eq!(datum(0, raw, NOW).unwrap().series.dimensions.to_json(), r#"{"a":"b"}"#);
    }

    proptest! {
        #[test]
        fn no_datum_panics(
            metric_name: Option<String>,
            names in prop::collection::vec((any::<Option<String>>(), any::<Option<String>>()), 0..4),
            value: Option<f64>,
            values: Vec<f64>,
            counts: Vec<f64>,
            figures: Option<[Option<f64>; 4]>,
            unit: Option<String>,
            storage_resolution: Option<i32>,
            times: (Option<i64>, i64),
        ) {
            let dimensions = names.into_iter().map(|(name, value)| RawDimension { name, value }).collect();
            let statistic_values = figures.map(|[sample_count, sum, minimum, maximum]| {
                RawStatisticSet { sample_count, sum, minimum, maximum }
            });
            let timestamp = times.0.map(Timestamp::from_millis);
            let raw = RawDatum {
                metric_name, dimensions, timestamp, value, statistic_values, values, counts, unit, storage_resolution,
            };
            let _ = datum(0, raw, Timestamp::from_millis(times.1));
        }
    }
}
