//! AWS's rules for what PutMetricData accepts, and the way from a request's members to a [`Datum`].
//!
//! AWS: `PutMetricData`, `MetricDatum`, `Dimension` and `StatisticSet` in the API reference. Errors say what is
//! wrong and where; how AWS words it is `service`'s business. Not here: the size of a request, entities' contents.
//!
//! Timestamps are cut down to the stored resolution, one second or one minute, because `CloudWatch` does ("stores
//! the metric at 1-minute resolution"): a regular datum of 12:00:30 belongs to 12:00:00 for every query.
//! Unknown, and decided strictly: counts of zero or less are refused, as AWS refuses a `SampleCount` of zero;
//! a `Minimum` above the `Maximum` is refused; whether `Sum` fits the other three is not looked at.

use super::sample::{Datum, Sample, StatisticSet};
use super::series::{Dimensions, SeriesKey};
use super::unit::Unit;
use crate::time::{DAY, HOUR, Timestamp};

/// The most data of one request, those with entities included.
pub const MOST_DATA: usize = 1_000;
/// The most `EntityMetricData` of one request.
pub const MOST_ENTITIES: usize = 2;
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

/// A `MetricDatum` as it came, nothing checked.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RawDatum {
    /// `MetricName`
    pub metric_name: Option<String>,
    /// `Dimensions`
    pub dimensions: Vec<RawDimension>,
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
    pub unit: Option<String>,
    /// `StorageResolution`, in seconds
    pub storage_resolution: Option<i32>,
}

/// A `Dimension` as it came.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RawDimension {
    /// `Name`
    pub name: Option<String>,
    /// `Value`
    pub value: Option<String>,
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
pub fn datum(index: usize, raw: RawDatum, received: Timestamp) -> Result<Datum, DatumError> {
    check_datum(raw, received).map_err(|problem| DatumError { index, problem })
}

fn check_datum(raw: RawDatum, received: Timestamp) -> Result<Datum, DatumProblem> {
    let sample = sample(&raw)?;
    name(raw.metric_name.as_deref(), Member::MetricName, LONGEST_NAME)?;
    let metric_name = raw.metric_name.unwrap_or_default();
    let dimensions = dimensions(raw.dimensions)?;
    let high_resolution = match raw.storage_resolution {
        None | Some(60) => false,
        Some(1) => true,
        Some(other) => return Err(DatumProblem::StorageResolution(other)),
    };
    let unit = match raw.unit {
        None => Unit::None,
        Some(name) => Unit::parse(&name).ok_or(DatumProblem::UnknownUnit(name))?,
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

fn dimensions(mut raw: Vec<RawDimension>) -> Result<Dimensions, DatumProblem> {
    if raw.len() > MOST_DIMENSIONS {
        return Err(DatumProblem::TooManyDimensions(raw.len()));
    }
    for (at, dimension) in raw.iter().enumerate() {
        let member = Member::DimensionName(at);
        if name(dimension.name.as_deref(), member, LONGEST_NAME)?.starts_with(':') {
            return Err(DatumProblem::LeadingColon(member));
        }
        name(dimension.value.as_deref(), Member::DimensionValue(at), LONGEST_DIMENSION_VALUE)?;
    }
    raw.sort_unstable_by(|a, b| a.name.cmp(&b.name));
    if raw.windows(2).any(|pair| pair[0].name == pair[1].name) {
        return Err(DatumProblem::DuplicateDimension);
    }
    Ok(Dimensions::from_sorted(raw.iter().map(|dimension| {
        (dimension.name.as_deref().unwrap_or_default(), dimension.value.as_deref().unwrap_or_default())
    })))
}

/// Checks a name or a dimension's value, which have the same rules but for their length.
fn name(text: Option<&str>, member: Member, longest: usize) -> Result<&str, DatumProblem> {
    let text = text.unwrap_or_default();
    match text_problem(text, longest) {
        None => Ok(text),
        Some(TextProblem::Missing) => Err(DatumProblem::Missing(member)),
        Some(TextProblem::NotAscii) => Err(DatumProblem::NotAscii(member)),
        Some(TextProblem::ControlCharacter) => Err(DatumProblem::ControlCharacter(member)),
        Some(TextProblem::TooLong) => Err(DatumProblem::TooLong(member, longest)),
    }
}

enum TextProblem {
    Missing,
    NotAscii,
    ControlCharacter,
    TooLong,
}

fn text_problem(text: &str, longest: usize) -> Option<TextProblem> {
    // Nearly every text is visible ASCII throughout. Every byte is looked at without stopping early, which is what
    // the compiler makes vector code of.
    if text.bytes().fold(true, |visible, byte| visible & (b'!'..=b'~').contains(&byte)) {
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

fn sample(raw: &RawDatum) -> Result<Sample, DatumProblem> {
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

/// Why a whole request is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RequestError {
    /// The namespace is missing, empty or only white space.
    #[error("no namespace")]
    NoNamespace,
    /// The namespace is longer than [`LONGEST_NAME`].
    #[error("the namespace has {0} characters")]
    NamespaceTooLong(usize),
    /// The namespace has characters outside of ASCII.
    #[error("the namespace is not ASCII")]
    NamespaceNotAscii,
    /// The namespace has control characters or starts with a colon.
    #[error("{0:?} is not a namespace")]
    BadNamespace(String),
    /// Neither `MetricData` nor `EntityMetricData` has any data.
    #[error("no data")]
    NoData,
    /// More than [`MOST_DATA`].
    #[error("{0} data")]
    TooManyData(usize),
    /// More than [`MOST_ENTITIES`].
    #[error("{0} entities")]
    TooManyEntities(usize),
    /// `EntityMetricData` without `StrictEntityValidation`.
    #[error("entities without StrictEntityValidation")]
    NoStrictness,
}

/// Checks a namespace. `AWS/` is accepted: AWS only advises against it.
///
/// # Errors
/// A [`RequestError`] about the namespace.
pub fn namespace(text: Option<&str>) -> Result<&str, RequestError> {
    let text = text.unwrap_or_default();
    match text_problem(text, LONGEST_NAME) {
        Some(TextProblem::Missing) => Err(RequestError::NoNamespace),
        Some(TextProblem::NotAscii) => Err(RequestError::NamespaceNotAscii),
        Some(TextProblem::ControlCharacter) => Err(RequestError::BadNamespace(text.to_owned())),
        Some(TextProblem::TooLong) => Err(RequestError::NamespaceTooLong(text.len())),
        None if text.starts_with(':') => Err(RequestError::BadNamespace(text.to_owned())),
        None => Ok(text),
    }
}

/// Checks a request's numbers: of data without and with entities, of entities, and whether
/// `StrictEntityValidation` was given.
///
/// # Errors
/// A [`RequestError`] about the numbers.
pub fn request(data: usize, entities: &[usize], strictness: Option<bool>) -> Result<(), RequestError> {
    let total = entities.iter().fold(data, |total, more| total.saturating_add(*more));
    if total == 0 {
        Err(RequestError::NoData)
    } else if entities.len() > MOST_ENTITIES {
        Err(RequestError::TooManyEntities(entities.len()))
    } else if total > MOST_DATA {
        Err(RequestError::TooManyData(total))
    } else if !entities.is_empty() && strictness.is_none() {
        Err(RequestError::NoStrictness)
    } else {
        Ok(())
    }
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
        check(with(vec![RawDimension::default()]), P::Missing(Member::DimensionName(0)));
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
    fn namespaces() {
        fn check(given: Option<&str>, expected: Result<(), RequestError>) {
            assert_eq!(namespace(given).map(|_| ()), expected);
        }
        check(Some("AWS/EC2"), Ok(()));
        check(Some("my app:x"), Ok(()));
        check(None, Err(RequestError::NoNamespace));
        check(Some("  "), Err(RequestError::NoNamespace));
        check(Some(":a"), Err(RequestError::BadNamespace(":a".to_owned())));
        check(Some("a\tb"), Err(RequestError::BadNamespace("a\tb".to_owned())));
        check(Some("\u{fc}"), Err(RequestError::NamespaceNotAscii));
        check(Some(&"a".repeat(256)), Err(RequestError::NamespaceTooLong(256)));
    }

    #[test]
    fn requests() {
        fn check(
            data: usize,
            entities: &[usize],
            strictness: Option<bool>,
            expected: Result<(), RequestError>,
        ) {
            assert_eq!(request(data, entities, strictness), expected);
        }
        check(1_000, &[], None, Ok(()));
        check(500, &[500], Some(true), Ok(()));
        check(0, &[], None, Err(RequestError::NoData));
        check(0, &[0], Some(true), Err(RequestError::NoData));
        check(1_001, &[], None, Err(RequestError::TooManyData(1_001)));
        check(501, &[500], Some(true), Err(RequestError::TooManyData(1_001)));
        check(1, &[1, 1, 1], Some(false), Err(RequestError::TooManyEntities(3)));
        check(1, &[1], None, Err(RequestError::NoStrictness));
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
