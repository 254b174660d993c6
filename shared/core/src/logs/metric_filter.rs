//! Metric filters: the metric that is made of the log events which match a pattern.
//!
//! AWS: `PutMetricFilter` and `MetricTransformation` in the Logs API reference; "Creating metrics from log events using
//! filters" and "Filter pattern syntax for metric filters" in the Logs user guide. Not here: patterns
//! ([`super::pattern`]), how many filters a group may have, a filter that AWS disables for its many dimension values,
//! and the system fields that a filter can add as dimensions.
//!
//! Documented: each match counts the metric's value once; values are numbers or selectors; up to three dimensions, for
//! JSON and space-delimited patterns only; no default value beside dimensions; `CloudWatch` aggregates by the minute.
//!
//! Observed with AWS (answers recorded in the repository radkawar/stackd, `testdata/aws/logs/metric_filters.json` and
//! `metric_filter_extractors.json`): samples are at the minute of their events' own time; a number in a JSON string is a
//! number; a selector that finds nothing, or no number, makes no sample; selectors need not be named in the pattern.
//! The default value is counted for *each event* that does not match, also in minutes that have matches (one match of
//! 5 and 14 defaults of 3 gave a `Sum` of 47), as the API reference has it ("when a filter pattern does not match
//! a log event"). The user guide tells of one default for a minute without matches, which for a default of 0 is the
//! same `Sum`.
//!
//! Our choices: an event that lacks one of the dimensions makes no sample; one that matches but has no number where the
//! value should be does not count the default either.

use std::borrow::Cow;
use std::collections::BTreeMap;

use super::emf::counted;
use super::pattern::{Found, Kind, Pattern};
use crate::metrics::request::{self, RequestError};
use crate::metrics::validate::{self, DatumProblem, GREATEST_VALUE, MOST_VALUES, RawDatum, RawDimension};
use crate::metrics::{Datum, Dimensions, Unit};
use crate::time::Timestamp;

/// The most dimensions of a transformation.
pub const MOST_DIMENSIONS: usize = 3;

/// A `MetricTransformation` as it came, nothing checked.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RawTransformation<'a> {
    /// `metricNamespace`
    pub namespace: &'a str,
    /// `metricName`
    pub name: &'a str,
    /// `metricValue`
    pub value: &'a str,
    /// `defaultValue`
    pub default: Option<f64>,
    /// `dimensions`: (name, selector)
    pub dimensions: Vec<(&'a str, &'a str)>,
    /// `unit`
    pub unit: Option<&'a str>,
}

/// What a metric filter makes of an event that its pattern matches.
#[derive(Clone, Debug, PartialEq)]
pub struct Transformation {
    /// `metricNamespace`
    pub namespace: String,
    /// `metricName`
    pub name: String,
    /// `metricValue`
    pub value: Value,
    /// `defaultValue`: counted for each event that does not match.
    pub default: Option<f64>,
    /// `dimensions`: (name, selector)
    pub dimensions: Vec<(String, String)>,
    /// `unit`
    pub unit: Unit,
}

/// A `metricValue`.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// The same for every match: `1`.
    Number(f64),
    /// What the match has at `$.latency` or as `$size`.
    Selector(String),
}

/// Why a transformation is refused, in AWS's words as far as they were observed: those of the first five.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum TransformationError {
    /// Dimensions and a default value.
    #[error("Invalid metric transformation: dimensions and default value are mutually exclusive properties")]
    DimensionsAndDefault,
    /// Dimensions for a pattern of terms.
    #[error("The specified filter pattern does not support dimensions")]
    NoFields,
    /// A dimension's value is not a selector, or not one of the pattern.
    #[error("Invalid metric transformation: dimension value must be valid selector")]
    DimensionSelector,
    /// More than [`MOST_DIMENSIONS`].
    #[error("Number of dimensions exceeds the maximum number of dimensions supported per metric filter")]
    TooManyDimensions,
    /// The value is neither a number that a metric can have nor a selector.
    #[error("Invalid metric transformation: metric value {0} must be a valid number")]
    Value(String),
    /// The default is not a number that a metric can have.
    #[error("Invalid metric transformation: default value {0} must be a valid number")]
    Default(f64),
    /// The namespace is none.
    #[error("Invalid metric transformation: {0}")]
    Namespace(#[from] RequestError),
    /// The metric's name, a dimension's name or the unit is none: no datum could be made.
    #[error("Invalid metric transformation: {0}")]
    Metric(DatumProblem),
}

impl Transformation {
    /// Reads the transformation of a filter with this pattern.
    ///
    /// # Errors
    /// A [`TransformationError`], the first in the order of its variants.
    pub fn parse(pattern: &Pattern, raw: &RawTransformation<'_>) -> Result<Self, TransformationError> {
        if !raw.dimensions.is_empty() {
            dimensions(pattern, raw)?;
        }
        let value = match raw.value.parse::<f64>() {
            Ok(number) if is_valid(number) => Value::Number(number),
            Err(_) if is_selector(pattern, raw.value) => Value::Selector(raw.value.to_owned()),
            _ => return Err(TransformationError::Value(raw.value.to_owned())),
        };
        if let Some(default) = raw.default.filter(|default| !is_valid(*default)) {
            return Err(TransformationError::Default(default));
        }
        let namespace = request::namespace(Some(raw.namespace))?;
        let names =
            raw.dimensions.iter().map(|(name, _)| RawDimension { name: Some(*name), value: Some("any") });
        let likely = RawDatum {
            metric_name: Some(raw.name),
            dimensions: names.collect(),
            value: Some(0.0),
            unit: raw.unit,
            ..RawDatum::default()
        };
        let datum = validate::datum(0, likely, Timestamp::default())
            .map_err(|error| TransformationError::Metric(error.problem))?;
        Ok(Self {
            namespace: namespace.to_owned(),
            name: datum.series.metric_name,
            value,
            default: raw.default,
            dimensions: raw
                .dimensions
                .iter()
                .map(|(name, selector)| ((*name).to_owned(), (*selector).to_owned()))
                .collect(),
            unit: datum.unit,
        })
    }

    /// What a match counts: the number and its dimensions, unless something of it is missing.
    fn sample(&self, found: &Found<'_>, now: Timestamp) -> Option<(Dimensions, f64)> {
        let number = match &self.value {
            Value::Number(number) => *number,
            Value::Selector(selector) => found.value(selector)?.parse().ok().filter(|n| is_valid(*n))?,
        };
        if self.dimensions.is_empty() {
            return Some((Dimensions::none(), number));
        }
        let mut dimensions = Vec::with_capacity(self.dimensions.len());
        for (name, selector) in &self.dimensions {
            let value = found.value(selector)?;
            dimensions.push(RawDimension { name: Some(Cow::Borrowed(name.as_str())), value: Some(value) });
        }
        let bearer = RawDatum {
            metric_name: Some(Cow::Borrowed(self.name.as_str())),
            dimensions,
            value: Some(number),
            ..RawDatum::default()
        };
        Some((validate::datum(0, bearer, now).ok()?.series.dimensions, number))
    }

    /// Samples of one minute, still without dimensions.
    fn datum(&self, minute: Timestamp, values: &[f64], counts: &[f64], now: Timestamp) -> Option<Datum> {
        let raw = RawDatum {
            metric_name: Some(self.name.as_str()),
            timestamp: Some(minute),
            values: values.to_vec(),
            counts: counts.to_vec(),
            unit: Some(self.unit.as_str()),
            ..RawDatum::default()
        };
        validate::datum(0, raw, now).ok()
    }
}

/// What a metric filter makes of a batch of events: the samples of each minute and dimension set as one datum, or
/// as several where there are more than 150 distinct values, in the order of time and dimensions. Events whose time
/// `PutMetricData` would refuse at `now` make nothing.
pub fn apply<'e>(
    pattern: &Pattern,
    transformation: &Transformation,
    events: impl Iterator<Item = (Timestamp, &'e str)>,
    now: Timestamp,
) -> Vec<Datum> {
    let mut samples: BTreeMap<(Timestamp, Dimensions), Vec<f64>> = BTreeMap::new();
    for (time, message) in events {
        let sample = match pattern.find(message) {
            Some(found) => transformation.sample(&found, now),
            None => transformation.default.map(|default| (Dimensions::none(), default)),
        };
        if let Some((dimensions, number)) = sample {
            samples.entry((time.floor_to(60), dimensions)).or_default().push(number);
        }
    }
    let mut data = Vec::with_capacity(samples.len());
    for ((minute, dimensions), numbers) in samples {
        let (values, counts) = counted(numbers);
        let parts = values.chunks(MOST_VALUES).zip(counts.chunks(MOST_VALUES));
        data.extend(parts.filter_map(|(values, counts)| {
            let mut datum = transformation.datum(minute, values, counts, now)?;
            datum.series.dimensions = dimensions.clone();
            Some(datum)
        }));
    }
    data
}

fn dimensions(pattern: &Pattern, raw: &RawTransformation<'_>) -> Result<(), TransformationError> {
    if raw.default.is_some() {
        Err(TransformationError::DimensionsAndDefault)
    } else if pattern.kind() == Kind::Terms {
        Err(TransformationError::NoFields)
    } else if !raw.dimensions.iter().all(|(_, selector)| is_selector(pattern, selector)) {
        Err(TransformationError::DimensionSelector)
    } else if raw.dimensions.len() > MOST_DIMENSIONS {
        Err(TransformationError::TooManyDimensions)
    } else {
        Ok(())
    }
}

/// Whether AWS takes a text for a selector: those of JSON have no wildcards, those of fields may name one that is not
/// there.
fn is_selector(pattern: &Pattern, text: &str) -> bool {
    let is_name = |name: &str| name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    match pattern.kind() {
        Kind::Terms => false,
        Kind::Json => pattern.has_selector(text),
        Kind::SpaceDelimited => text.strip_prefix('$').is_some_and(|name| !name.is_empty() && is_name(name)),
    }
}

/// Whether a metric can have this value. Not a number is not within the bounds either.
fn is_valid(number: f64) -> bool {
    number.abs() <= GREATEST_VALUE
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::metrics::Sample;

    const NOW: Timestamp = Timestamp::from_millis(1_789_348_552_191);

    fn raw(value: &str) -> RawTransformation<'_> {
        RawTransformation { namespace: "n", name: "m", value, ..RawTransformation::default() }
    }

    fn with<'a>(value: &'a str, dimensions: &[(&'a str, &'a str)]) -> RawTransformation<'a> {
        RawTransformation { dimensions: dimensions.to_vec(), ..raw(value) }
    }

    fn parsed(pattern: &str, raw: &RawTransformation<'_>) -> Result<Transformation, String> {
        Transformation::parse(&Pattern::parse(pattern).unwrap(), raw).map_err(|error| error.to_string())
    }

    #[test]
    fn accepted() {
        fn check(pattern: &str, raw: &RawTransformation<'_>, expected: Value) {
            let transformation = parsed(pattern, raw).unwrap();
            assert_eq!(transformation.value, expected);
            assert_eq!((transformation.namespace.as_str(), transformation.name.as_str()), ("n", "m"));
            assert_eq!(transformation.default, raw.default);
            let dimensions: Vec<_> =
                transformation.dimensions.iter().map(|(name, selector)| (&**name, &**selector)).collect();
            assert_eq!(dimensions, raw.dimensions);
        }
        let selector = |text: &str| Value::Selector(text.to_owned());
        check("ERROR", &raw("1"), Value::Number(1.0));
        check("", &raw("-1.5e3"), Value::Number(-1_500.0));
        check("ERROR", &RawTransformation { default: Some(0.0), ..raw("1") }, Value::Number(1.0));
        check("{ $.latency = * }", &raw("$.latency"), selector("$.latency"));
        check("{ $.kind = \"a\" }", &raw("$.other[0].value"), selector("$.other[0].value"));
        check("[ip, size]", &raw("$size"), selector("$size"));
        check("[ip, size]", &raw("$2"), selector("$2"));
        check("[kind,value]", &raw("$missing"), selector("$missing"));
        check("{ $.a = * }", &with("1", &[("A", "$.a"), ("B", "$.b"), ("C", "$.c")]), Value::Number(1.0));
        check("[ip, size]", &with("$size", &[("IP", "$ip")]), selector("$size"));
        let unit = RawTransformation { unit: Some("Bytes"), ..raw("1") };
        assert_eq!(parsed("", &unit).unwrap().unit, Unit::Bytes);
        assert_eq!(parsed("", &raw("1")).unwrap().unit, Unit::None);
    }

    #[test]
    fn refused() {
        fn check(pattern: &str, raw: &RawTransformation<'_>, expected: &str) {
            let expected = match expected.strip_prefix('-') {
                Some(rest) => format!("Invalid metric transformation:{rest}"),
                None => expected.to_owned(),
            };
            assert_eq!(parsed(pattern, raw), Err(expected));
        }
        const JSON: &str = "{ $.bucket = \"NEVER_BUCKET\" }";
        // AWS's answers, recorded.
        check(JSON, &raw("not-a-number"), "- metric value not-a-number must be a valid number");
        check(
            "{ $.items[*].value = * }",
            &raw("$.items[*].value"),
            "- metric value $.items[*].value must be a valid number",
        );
        let exclusive = "- dimensions and default value are mutually exclusive properties";
        let bucket = &[("Bucket", "$.bucket")];
        check(JSON, &RawTransformation { default: Some(0.0), ..with("1", bucket) }, exclusive);
        check("ERROR", &RawTransformation { default: Some(0.0), ..with("1", &[("A", "b")]) }, exclusive);
        let selector = "- dimension value must be valid selector";
        check(JSON, &with("1", &[("Bucket", "literal")]), selector);
        check("{ $.items[*].bucket = * }", &with("1", &[("Bucket", "$.items[*].bucket")]), selector);
        check(
            "?ERROR ?WARN",
            &with("1", &[("A", "b")]),
            "The specified filter pattern does not support dimensions",
        );
        check(
            JSON,
            &with("1", &[("A", "$.bucket"), ("B", "$.bucket"), ("C", "$.bucket"), ("D", "$.bucket")]),
            "Number of dimensions exceeds the maximum number of dimensions supported per metric filter",
        );
        // Ours.
        check("ERROR", &raw(""), "- metric value  must be a valid number");
        check("ERROR", &raw("NaN"), "- metric value NaN must be a valid number");
        check("ERROR", &raw("inf"), "- metric value inf must be a valid number");
        check("ERROR", &raw("1e300"), "- metric value 1e300 must be a valid number");
        check("ERROR", &raw("$.a"), "- metric value $.a must be a valid number");
        check("{ $.a = * }", &raw("$a"), "- metric value $a must be a valid number");
        check("[a]", &raw("$.a"), "- metric value $.a must be a valid number");
        check("[a]", &raw("$"), "- metric value $ must be a valid number");
        check("[a]", &with("1", &[("A", "a")]), selector);
        let default = |default| RawTransformation { default: Some(default), ..raw("1") };
        check("", &default(f64::NAN), "- default value NaN must be a valid number");
        check("", &default(f64::INFINITY), "- default value inf must be a valid number");
        check("", &RawTransformation { namespace: "", ..raw("1") }, "- no namespace");
        check("", &RawTransformation { name: "", ..raw("1") }, "- MetricName is missing");
        check("", &RawTransformation { unit: Some("Widgets"), ..raw("1") }, "- \"Widgets\" is not a unit");
        check(JSON, &with("1", &[(":A", "$.bucket")]), "- DimensionName(0) starts with a colon");
        check(JSON, &with("1", &[("A", "$.bucket"), ("A", "$.bucket")]), "- a dimension name comes twice");
    }

    /// What is made of events at these seconds after a full minute, one line a datum: second, dimensions, sample.
    fn made(pattern: &str, raw: &RawTransformation<'_>, events: &[(i64, &str)]) -> Vec<String> {
        let start = NOW.floor_to(60);
        let pattern = Pattern::parse(pattern).unwrap();
        let transformation = Transformation::parse(&pattern, raw).unwrap();
        let events = events.iter().map(|(second, message)| (start.plus_millis(second * 1_000), *message));
        apply(&pattern, &transformation, events, NOW)
            .iter()
            .map(|datum| {
                assert_eq!((datum.series.metric_name.as_str(), datum.high_resolution), ("m", false));
                let sample = match &datum.sample {
                    Sample::Value(value) => value.to_string(),
                    Sample::Values(values) => {
                        let values: Vec<_> =
                            values.iter().map(|(value, count)| format!("{value}x{count}")).collect();
                        values.join(",")
                    }
                    other => unreachable!("{other:?}"),
                };
                let second = datum.timestamp.millis_since(start) / 1_000;
                format!("{second} {} {sample}", datum.series.dimensions.to_json())
            })
            .collect()
    }

    const BASIC: &[(i64, &str)] = &[
        (0, r#"{"kind":"number","value":7}"#),
        (0, r#"{"kind":"string","value":"11.5"}"#),
        (0, r#"{"kind":"bad","value":"banana"}"#),
        (0, r#"{"kind":"missing"}"#),
        (0, "SPACE 13 A"),
        (0, "SPACE banana A"),
        (0, "SPACE"),
        (0, r#"SPACE "17.5" A"#),
        (0, r#"{"kind":"dimension","bucket":"A","value":29}"#),
        (0, r#"{"kind":"dimension","bucket":"B","value":"31"}"#),
        (0, r#"{"kind":"dimension","value":37}"#),
        (0, "DEFAULT_MATCH"),
        (0, "UNIT_MATCH"),
        (0, "SYSTEM_MATCH"),
    ];

    #[test]
    fn as_recorded_with_aws() {
        fn check(pattern: &str, raw: &RawTransformation<'_>, expected: &[&str]) {
            assert_eq!(made(pattern, raw, BASIC), expected, "{pattern}");
        }
        check("{ $.kind = \"number\" && $.value = * }", &raw("$.value"), &["0 {} 7"]);
        check("{ $.kind = \"string\" && $.value = * }", &raw("$.value"), &["0 {} 11.5"]);
        check("{ $.kind = \"bad\" && $.value = * }", &raw("$.value"), &[]);
        check("{ $.kind = \"missing\" }", &raw("$.value"), &[]);
        let space = "[kind = \"SPACE\", value, bucket]";
        check(space, &raw("$value"), &["0 {} 13x1,17.5x1"]);
        check(space, &raw("$missing"), &[]);
        check(space, &with("$value", &[("Bucket", "$bucket")]), &[r#"0 {"Bucket":"A"} 13x1,17.5x1"#]);
        let dimension = "{ $.kind = \"dimension\" && $.bucket = * && $.value = * }";
        check(
            dimension,
            &with("$.value", &[("Bucket", "$.bucket")]),
            &[r#"0 {"Bucket":"A"} 29"#, r#"0 {"Bucket":"B"} 31"#],
        );
        let default = RawTransformation { default: Some(3.0), ..raw("5") };
        check("DEFAULT_MATCH", &default, &["0 {} 3x13,5x1"]);
        check("DEFAULT_MATCH", &raw("5"), &["0 {} 5"]);
    }

    #[test]
    fn batches() {
        fn check(pattern: &str, raw: &RawTransformation<'_>, events: &[(i64, &str)], expected: &[&str]) {
            assert_eq!(made(pattern, raw, events), expected);
        }
        let count = raw("1");
        check("ERROR", &count, &[], &[]);
        check("ERROR", &count, &[(0, "INFO"), (1, "WARN")], &[]);
        check("ERROR", &count, &[(0, "ERROR a"), (59, "ERROR b"), (3, "INFO")], &["0 {} 1x2"]);
        check(
            "ERROR",
            &count,
            &[(60, "ERROR"), (-1, "ERROR"), (0, "ERROR")],
            &["-60 {} 1", "0 {} 1", "60 {} 1"],
        );
        check("", &count, &[(0, "a"), (1, "")], &["0 {} 1x2"]);
        // A minute of the user guide: two records, a value of 1, a default of 0.
        let guide = RawTransformation { default: Some(0.0), ..raw("1") };
        let records = [(0, "ERROR"), (30, "ERROR"), (60, "INFO"), (90, "INFO")];
        check("ERROR", &guide, &records, &["0 {} 1x2", "60 {} 0x2"]);
        check("ERROR", &guide, &[(0, "ERROR"), (30, "INFO")], &["0 {} 0x1,1x1"]);
        let latency = RawTransformation { default: Some(0.0), ..raw("$.latency") };
        let records =
            [(0, r#"{"latency": 50, "requestType": "GET"}"#), (0, r#"{"latency": "slow"}"#), (0, "x")];
        check("{ $.latency = * }", &latency, &records, &["0 {} 0x1,50x1"]);
        for number in [r#""1e300""#, r#""NaN""#, r#""inf""#, r#""""#, "true", "null", "[1]", "{}"] {
            let message = format!(r#"{{"a":1,"n":{number}}}"#);
            check("{ $.a = 1 }", &raw("$.n"), &[(0, &message)], &[]);
        }
        check("{ $.a = 1 }", &raw("$.n"), &[(0, r#"{"a":1,"n":-2.5e-1}"#)], &["0 {} -0.25"]);
        // A dimension that is missing, or cannot be one.
        let by = with("1", &[("B", "$.b"), ("A", "$.a")]);
        let records = [
            (0, r#"{"a":1,"b":"x"}"#),
            (0, r#"{"a":1,"b":"x","c":2}"#),
            (0, r#"{"a":1}"#),
            (0, r#"{"a":1,"b":null}"#),
            (0, r#"{"a":1,"b":""}"#),
            (0, r#"{"a":1,"b":"\u00fc"}"#),
            (0, r#"{"a":1,"b":true}"#),
        ];
        check("{ $.a = 1 }", &by, &records, &[r#"0 {"A":"1","B":"true"} 1"#, r#"0 {"A":"1","B":"x"} 1x2"#]);
        // Too old, too new.
        let (old, new) = (-15 * 86_400, 3 * 3_600);
        check("ERROR", &guide, &[(old, "ERROR"), (0, "ERROR"), (new, "INFO")], &["0 {} 1"]);
    }

    #[test]
    fn many_values_are_several_data() {
        let messages: Vec<_> = (0..301).map(|n| format!(r#"{{"n":{}}}"#, n % 301)).collect();
        let events: Vec<_> = messages.iter().map(|message| (0, message.as_str())).collect();
        let sizes: Vec<_> =
            made("{ $.n = * }", &raw("$.n"), &events).iter().map(|line| line.split(',').count()).collect();
        assert_eq!(sizes, [150, 150, 1]);
    }

    #[test]
    fn the_unit_is_the_transformations() {
        let pattern = Pattern::parse("UNIT_MATCH").unwrap();
        let unit = RawTransformation { unit: Some("Count"), ..raw("19") };
        let transformation = Transformation::parse(&pattern, &unit).unwrap();
        let data = apply(&pattern, &transformation, [(NOW, "UNIT_MATCH")].into_iter(), NOW);
        assert_eq!((data[0].unit, &data[0].sample), (Unit::Count, &Sample::Value(19.0)));
    }

    proptest! {
        #[test]
        fn every_event_is_counted_once(
            events in prop::collection::vec((0..200i64, 0..400u32), 0..300),
            default in prop::option::of(-2..3i8),
        ) {
            let pattern = Pattern::parse("{ $.n < 200 }").unwrap();
            let raw = RawTransformation { default: default.map(f64::from), ..raw("$.n") };
            let transformation = Transformation::parse(&pattern, &raw).unwrap();
            let messages: Vec<_> = events.iter().map(|(_, number)| format!(r#"{{"n":{number}}}"#)).collect();
            let batch = events
                .iter()
                .zip(&messages)
                .map(|((second, _), message)| (NOW.plus_millis(second * 1_000), message.as_str()));
            let data = apply(&pattern, &transformation, batch, NOW);
            let values: Vec<(f64, f64)> = data
                .iter()
                .flat_map(|datum| match &datum.sample {
                    Sample::Value(value) => vec![(*value, 1.0)],
                    Sample::Values(values) => values.clone(),
                    _ => vec![],
                })
                .collect();
            let expected: Vec<f64> = events
                .iter()
                .filter_map(|(_, number)| if *number < 200 { Some(f64::from(*number)) } else { raw.default })
                .collect();
            prop_assert_eq!(values.iter().map(|(_, count)| count).sum::<f64>(), expected.len() as f64);
            prop_assert_eq!(
                values.iter().map(|(value, count)| value * count).sum::<f64>(),
                expected.iter().sum::<f64>()
            );
        }

        #[test]
        fn nothing_panics(
            pattern in prop::sample::select(vec!["", "a -b", "{ $.a = * }", "[a, b = 1*, ...]"]),
            value in "(\\$\\.?[ab]|[0-9.e-]{0,6}|.{0,5})",
            names in prop::collection::vec((".{0,3}", "\\$\\.?[ab0-9]{0,2}"), 0..5),
            default: Option<f64>,
            messages in prop::collection::vec((any::<i64>(), "(\\{\"a\":.{0,5}\\}|.{0,10})"), 0..5),
            now: i64,
        ) {
            let pattern = Pattern::parse(pattern).unwrap();
            let dimensions = names.iter().map(|(name, selector)| (name.as_str(), selector.as_str())).collect();
            let raw = RawTransformation { default, dimensions, ..raw(&value) };
            if let Ok(transformation) = Transformation::parse(&pattern, &raw) {
                let events = messages.iter().map(|(time, message)| (Timestamp::from_millis(*time), message.as_str()));
                apply(&pattern, &transformation, events, Timestamp::from_millis(now));
            }
        }
    }
}
