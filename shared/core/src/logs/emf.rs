//! `CloudWatch` embedded metric format: the metrics that a log event carries in itself.
//!
//! AWS: "Specification: Embedded metric format" in the `CloudWatch` user guide, and "Monitoring with `CloudWatch`
//! metrics" in the Logs user guide for the two kinds of [`Problem`]. An event is never refused because of what is
//! wrong in it; what is wrong makes no metric. Every datum passes the rules of `PutMetricData` ([`validate`]).
//!
//! Beyond the specification, as AWS's own clients rely on it: a `Timestamp` or `Dimensions` may be missing (an
//! example of the specification itself; the exporters of AWS's OpenTelemetry distributions); a metric's value may be
//! an object with `Values` and `Counts`, or with `Count`, `Sum`, `Min` and `Max` (the awsemf exporter, `metrique`); what
//! a directive names but the event has not is passed over (`metrique`).
//!
//! Seen with AWS: a directive of more than 100 metrics makes none (amazon-cloudwatch-agent, issue 1813); a dimension
//! whose value is not a string or is empty costs the whole set, and the metric appears without dimensions
//! (aws-embedded-metrics-python, issue 58; powertools-lambda-python, pull request 5542).
//!
//! Our choices, where nothing is known: a set that names a missing member is dropped like one with a bad value, and
//! only when every set is dropped the metric appears without dimensions; an empty list of sets is as good as none; units
//! and resolutions that do not exist ("SHOULD be valid") count as not given; whatever else breaks the schema costs its
//! directive; a directive that names a metric or a set twice means it once. `LogGroupName` says nothing here: it is for
//! agents. A prefix before the document, as Lambda once wrote it, is not looked through.

use std::borrow::{Borrow, Cow};
use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::LazyLock;

use memchr::memmem::Finder;
use serde::Deserialize;
use serde_json::value::RawValue;

use crate::metrics::validate::{
    self, LONGEST_DIMENSION_VALUE, MOST_DIMENSIONS, RawDatum, RawDimension, RawStatisticSet,
};
use crate::metrics::{Datum, Dimensions, Unit, request};
use crate::time::Timestamp;

/// The most metrics of a directive.
pub const MOST_METRICS: usize = 100;
/// The most values of a metric.
pub const MOST_VALUES: usize = 100;
/// The most data that are made of one event: each metric of a full directive in 30 dimension sets. Ours: a few
/// kilobytes can name millions. What is beyond is left out.
pub const MOST_DATA: usize = 3_000;
/// The most bytes of dimension values, counted once for each set they are in. Ours, like [`MOST_DATA`]; the sets
/// after them are left out.
pub const MOST_DIMENSION_BYTES: usize = 1 << 20;
/// The most problems that are told of one event.
pub const MOST_PROBLEMS: usize = 100;

/// The longest JSON text of a dimension's value: every character escaped, and the quotes.
const LONGEST_DIMENSION_TEXT: usize = 6 * LONGEST_DIMENSION_VALUE + 2;

/// A metric that was made of a log event.
#[derive(Clone, Debug, PartialEq)]
pub struct Made {
    /// Its namespace.
    pub namespace: String,
    /// The datum, which obeys the rules of `PutMetricData`.
    pub datum: Datum,
}

/// What one log event says.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Reading {
    /// Its metrics, by directive.
    pub made: Vec<Made>,
    /// What makes no metric, and why: the first [`MOST_PROBLEMS`].
    pub problems: Vec<Problem>,
}

/// Why an event or a part of it makes no metric. The texts may quote the event: they are not for the suite's own log.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Problem {
    /// Not in the form that the specification says: AWS's `EMFParsingErrors`.
    #[error("{0}")]
    Parsing(String),
    /// Against the rules for metrics: AWS's `EMFValidationErrors`.
    #[error("{0}")]
    Validation(String),
}

/// Whether it is worth [reading](read) a message, with very little work. False positives are documents that are
/// not in the format; a document that writes `_aws` with escapes is not found.
pub fn may_hold(message: &str) -> bool {
    static MARK: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new(r#""_aws""#));
    message.bytes().find(|byte| !b" \t\r\n".contains(byte)) == Some(b'{')
        && MARK.find(message.as_bytes()).is_some()
}

/// The metrics of a message. `event_time` is the log event's, for documents without a time of their own; ages are
/// counted from `now`.
pub fn metrics(message: &str, event_time: Timestamp, now: Timestamp) -> Vec<Made> {
    read(message, event_time, now).made
}

/// The metrics of a message as [`metrics`] gives them, with what makes none. Messages that are not in the format at
/// all have neither.
pub fn read(message: &str, event_time: Timestamp, now: Timestamp) -> Reading {
    if !may_hold(message) {
        return Reading::default();
    }
    let refused = |reason: String| Reading { made: Vec::new(), problems: vec![Problem::Parsing(reason)] };
    let root: Root<'_> = match serde_json::from_str(message) {
        Ok(root) => root,
        Err(error) => return refused(format!("not a JSON object: {error}")),
    };
    let Some(metadata) = root.get("_aws") else { return Reading::default() };
    let metadata: Metadata<'_> = match object(metadata) {
        Ok(metadata) => metadata,
        Err(reason) => return refused(format!("_aws: {reason}")),
    };
    let timestamp = metadata.timestamp.map_or(event_time, |millis| Timestamp::from_millis(millis as i64));
    let mut reader = Reader {
        root: &root,
        measured: HashMap::new(),
        timestamp,
        now,
        bytes_left: MOST_DIMENSION_BYTES,
        reading: Reading::default(),
    };
    for (at, directive) in metadata.directives.into_iter().enumerate() {
        if let Err(problem) = reader.directive(at, directive) {
            reader.tell(problem);
        }
    }
    reader.reading
}

/// The document's members by their names; of several with one name the last.
type Root<'a> = HashMap<Text<'a>, &'a RawValue>;

/// A text that is borrowed from the message where it has no escapes.
#[derive(Deserialize, PartialEq, Eq, Hash)]
#[serde(transparent)]
struct Text<'a>(#[serde(borrow)] Cow<'a, str>);

impl Borrow<str> for Text<'_> {
    fn borrow(&self) -> &str {
        &self.0
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Metadata<'a> {
    timestamp: Option<f64>,
    #[serde(borrow, rename = "CloudWatchMetrics")]
    directives: Vec<&'a RawValue>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Directive<'a> {
    #[serde(borrow)]
    namespace: Cow<'a, str>,
    #[serde(borrow)]
    dimensions: Option<Vec<Vec<Text<'a>>>>,
    #[serde(borrow)]
    metrics: Vec<&'a RawValue>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Definition<'a> {
    #[serde(borrow)]
    name: Cow<'a, str>,
    #[serde(borrow)]
    unit: Option<&'a RawValue>,
    #[serde(borrow)]
    storage_resolution: Option<&'a RawValue>,
}

/// The undocumented forms of a metric's value.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Distribution<'a> {
    #[serde(borrow)]
    values: Option<Vec<&'a RawValue>>,
    #[serde(borrow)]
    counts: Option<Vec<&'a RawValue>>,
    #[serde(borrow)]
    count: Option<&'a RawValue>,
    #[serde(borrow)]
    sum: Option<&'a RawValue>,
    #[serde(borrow)]
    min: Option<&'a RawValue>,
    #[serde(borrow)]
    max: Option<&'a RawValue>,
}

/// A datum of which only the measurement is filled in.
type Measured<'a> = RawDatum<Cow<'a, str>>;

struct Reader<'r> {
    root: &'r Root<'r>,
    /// What the metrics' members say. Each is read once, however many directives name it: else a small event could
    /// have a large one read many times.
    measured: HashMap<&'r str, Result<Measured<'r>, String>>,
    timestamp: Timestamp,
    now: Timestamp,
    bytes_left: usize,
    reading: Reading,
}

impl Reader<'_> {
    fn tell(&mut self, problem: Problem) {
        if self.reading.problems.len() < MOST_PROBLEMS {
            self.reading.problems.push(problem);
        }
    }

    fn directive(&mut self, at: usize, directive: &RawValue) -> Result<(), Problem> {
        let unreadable = |reason: String| Problem::Parsing(format!("directive {at}: {reason}"));
        let invalid = |reason: String| Problem::Validation(format!("directive {at}: {reason}"));
        let directive: Directive<'_> = object(directive).map_err(unreadable)?;
        let namespace =
            request::namespace(Some(&directive.namespace)).map_err(|error| invalid(error.to_string()))?;
        if directive.metrics.len() > MOST_METRICS {
            return Err(invalid(format!("{} metrics", directive.metrics.len())));
        }
        let definitions: Vec<Definition<'_>> = directive
            .metrics
            .iter()
            .map(|definition| object(definition).map_err(unreadable))
            .collect::<Result<_, _>>()?;
        let named = directive.dimensions.unwrap_or_default();
        if let Some(set) = named.iter().find(|set| set.len() > MOST_DIMENSIONS) {
            return Err(invalid(format!("{} dimensions", set.len())));
        }
        let sets = self.sets(at, &named);
        let mut names = HashSet::new();
        for definition in definitions.iter().filter(|definition| names.insert(&definition.name)) {
            match self.datum(definition) {
                Ok(Some(datum)) => self.make(namespace, &datum, &sets),
                Ok(None) => {}
                Err(reason) => self.tell(invalid(format!("metric {:?}: {reason}", definition.name))),
            }
        }
        Ok(())
    }

    fn make(&mut self, namespace: &str, datum: &Datum, sets: &BTreeSet<Dimensions>) {
        let room = MOST_DATA.saturating_sub(self.reading.made.len());
        for set in sets.iter().take(room) {
            let mut datum = datum.clone();
            datum.series.dimensions = set.clone();
            self.reading.made.push(Made { namespace: namespace.to_owned(), datum });
        }
    }

    /// The sets of a directive that hold, or the empty one.
    fn sets(&mut self, at: usize, named: &[Vec<Text<'_>>]) -> BTreeSet<Dimensions> {
        let mut sets = BTreeSet::new();
        for keys in named {
            let invalid =
                |reason: String| Problem::Validation(format!("directive {at}: dimensions: {reason}"));
            let Some(bytes_left) = self.bytes_left.checked_sub(self.bytes(keys)) else {
                self.tell(invalid(format!("more than {MOST_DIMENSION_BYTES} bytes")));
                return sets;
            };
            self.bytes_left = bytes_left;
            match self.set(keys) {
                Ok(set) => sets.extend(set),
                Err(reason) => self.tell(invalid(reason)),
            }
        }
        if sets.is_empty() {
            sets.insert(Dimensions::none());
        }
        sets
    }

    /// How many bytes of the message are looked at for the values of a set.
    fn bytes(&self, keys: &[Text<'_>]) -> usize {
        let values = keys.iter().filter_map(|Text(key)| self.root.get(key.as_ref()));
        values.map(|value| value.get().len().min(LONGEST_DIMENSION_TEXT)).sum()
    }

    /// A dimension set with its values; none when the document has not all of them.
    fn set(&self, keys: &[Text<'_>]) -> Result<Option<Dimensions>, String> {
        let mut dimensions = Vec::with_capacity(keys.len());
        for Text(key) in keys {
            let Some(value) = self.root.get(key.as_ref()) else { return Ok(None) };
            if value.get().len() > LONGEST_DIMENSION_TEXT {
                return Err(format!("{key:?} is too long"));
            }
            let Ok(Text(value)) = serde_json::from_str(value.get()) else {
                return Err(format!("{key:?} is not a string"));
            };
            dimensions.push(RawDimension { name: Some(Cow::Borrowed(key.as_ref())), value: Some(value) });
        }
        let bearer = RawDatum {
            metric_name: Some(Cow::Borrowed("any")),
            dimensions,
            value: Some(0.0),
            ..RawDatum::default()
        };
        let checked = validate::datum(0, bearer, self.now).map_err(|error| error.problem.to_string())?;
        Ok(Some(checked.series.dimensions))
    }

    /// A metric without dimensions; none when the document has no member of its name.
    fn datum(&mut self, definition: &Definition<'_>) -> Result<Option<Datum>, String> {
        let Some((key, member)) = self.root.get_key_value(definition.name.as_ref()) else {
            return Ok(None);
        };
        let measured = self.measured.entry(key.borrow()).or_insert_with(|| measured(member)).clone()?;
        let unit = definition.unit.and_then(|unit| serde_json::from_str::<Text<'_>>(unit.get()).ok());
        let unit = unit.and_then(|unit| Unit::parse(unit.borrow())).unwrap_or_default();
        let raw = RawDatum {
            metric_name: Some(Cow::Borrowed(definition.name.as_ref())),
            timestamp: Some(self.timestamp),
            unit: Some(Cow::Borrowed(unit.as_str())),
            storage_resolution: definition
                .storage_resolution
                .and_then(number)
                .filter(|s| *s == 1.0)
                .map(|_| 1),
            ..measured
        };
        validate::datum(0, raw, self.now).map(Some).map_err(|error| error.problem.to_string())
    }
}

/// Reads an object, which the derived readers would also take from an array.
fn object<'a, T: Deserialize<'a>>(raw: &'a RawValue) -> Result<T, String> {
    if raw.get().starts_with('{') {
        serde_json::from_str(raw.get()).map_err(|error| error.to_string())
    } else {
        Err("not an object".to_owned())
    }
}

fn measured<'a>(member: &RawValue) -> Result<Measured<'a>, String> {
    let text = member.get();
    if text.starts_with('[') {
        let values: Vec<&RawValue> = serde_json::from_str(text).map_err(|error| error.to_string())?;
        let (values, counts) = counted(numbers(&values)?);
        Ok(RawDatum { values, counts, ..RawDatum::default() })
    } else if text.starts_with('{') {
        distribution(&object(member)?)
    } else {
        let value = number(member).ok_or("not a number")?;
        Ok(RawDatum { value: Some(value), ..RawDatum::default() })
    }
}

fn distribution<'a>(given: &Distribution<'_>) -> Result<Measured<'a>, String> {
    let list = |list: &Option<Vec<&RawValue>>| numbers(list.as_deref().unwrap_or_default());
    if given.values.as_ref().is_some_and(|values| !values.is_empty()) {
        return Ok(RawDatum {
            values: list(&given.values)?,
            counts: list(&given.counts)?,
            ..RawDatum::default()
        });
    }
    let figure = |figure: Option<&RawValue>| figure.and_then(number);
    let statistic_values = Some(RawStatisticSet {
        sample_count: figure(given.count),
        sum: figure(given.sum),
        minimum: figure(given.min),
        maximum: figure(given.max),
    });
    Ok(RawDatum { statistic_values, ..RawDatum::default() })
}

fn numbers(list: &[&RawValue]) -> Result<Vec<f64>, String> {
    if list.len() > MOST_VALUES {
        return Err(format!("{} values", list.len()));
    }
    list.iter().map(|value| number(value).ok_or_else(|| "not a list of numbers".to_owned())).collect()
}

/// A JSON number; no other JSON text reads as one.
fn number(raw: &RawValue) -> Option<f64> {
    raw.get().parse().ok()
}

/// The distinct numbers in order, each with how often it comes.
pub(super) fn counted(mut numbers: Vec<f64>) -> (Vec<f64>, Vec<f64>) {
    numbers.sort_unstable_by(f64::total_cmp);
    numbers.chunk_by(|a, b| a == b).map(|same| (same[0], same.len() as f64)).unzip()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::{Value, json};

    use super::*;
    use crate::metrics::Sample;

    const NOW: Timestamp = Timestamp::from_millis(1_574_109_790_000);
    const EVENT: Timestamp = Timestamp::from_millis(1_574_109_670_000);

    /// One line a datum: namespace, name, dimensions, unit, time (`!` for high resolution), sample.
    fn shown(made: &Made) -> String {
        let datum = &made.datum;
        let sample = match &datum.sample {
            Sample::Value(value) => value.to_string(),
            Sample::Values(values) => {
                let values: Vec<_> = values.iter().map(|(value, count)| format!("{value}x{count}")).collect();
                values.join(",")
            }
            Sample::Statistics(s) => {
                format!("n{} sum{} min{} max{}", s.sample_count, s.sum, s.minimum, s.maximum)
            }
            Sample::Sketch(_) => unreachable!(),
        };
        let (name, dimensions) = (&datum.series.metric_name, datum.series.dimensions.to_json());
        let mark = if datum.high_resolution { "!" } else { "" };
        let time = &datum.timestamp.to_string()[11..19];
        format!("{} {name}{dimensions} {} {time}{mark} {sample}", made.namespace, datum.unit)
    }

    fn check_text(message: &str, made: &[&str], problems: &[&str]) {
        let reading = read(message, EVENT, NOW);
        assert_eq!(reading.made.iter().map(shown).collect::<Vec<_>>(), made, "{message}");
        let told: Vec<_> = reading
            .problems
            .iter()
            .map(|problem| match problem {
                Problem::Parsing(_) => format!("P {problem}"),
                Problem::Validation(_) => format!("V {problem}"),
            })
            .collect();
        assert_eq!(told, problems, "{message}");
        assert_eq!(metrics(message, EVENT, NOW), reading.made);
    }

    /// A document of one directive, without and with a time, and what else stands at its root.
    fn document(directive: &Value, root: &Value) -> Value {
        let mut document =
            json!({"_aws": {"Timestamp": 1_574_109_732_004_i64, "CloudWatchMetrics": [directive]}});
        for (name, value) in root.as_object().unwrap() {
            document[name] = value.clone();
        }
        document
    }

    #[test]
    fn what_may_hold_metrics() {
        fn check(message: &str, expected: bool) {
            assert_eq!(may_hold(message), expected, "{message}");
        }
        check(r#"{"_aws":{}}"#, true);
        check(" \r\n\t{\"a\":\"\\\"_aws\\\"\",\"_aws\":1}", true);
        check(r#"{"x":"_aws"}"#, true);
        check(r#"{"aws":{}}"#, false);
        check(r#"{"my_aws":{}}"#, false);
        check(r#"["_aws"]"#, false);
        check(r#"INFO {"_aws":{}}"#, false);
        check("", false);
        check("{", false);
    }

    #[test]
    fn documented_examples() {
        // The example of the specification.
        check_text(
            r#"{
              "_aws": {
                "Timestamp": 1574109732004,
                "CloudWatchMetrics": [
                  {
                    "Namespace": "lambda-function-metrics",
                    "Dimensions": [["functionVersion"]],
                    "Metrics": [{"Name": "time", "Unit": "Milliseconds", "StorageResolution": 60}]
                  }
                ]
              },
              "functionVersion": "$LATEST",
              "time": 100,
              "requestId": "989ffbf8-9ace-4817-a57c-e4dd734019ee"
            }"#,
            &[r#"lambda-function-metrics time{"functionVersion":"$LATEST"} Milliseconds 20:42:00 100"#],
            &[],
        );
        // The example of PutLogEvents: two dimension sets.
        check_text(
            r#"{"_aws":{"Timestamp":1574109732004,"CloudWatchMetrics":[{"Namespace":"MyApp",
            "Dimensions":[["Operation"],["Operation","Cell"]],
            "Metrics":[{"Name":"ProcessingLatency","Unit":"Milliseconds","StorageResolution":60}]}]},
            "Operation":"Aggregator","Cell":"001","ProcessingLatency":100}"#,
            &[
                r#"MyApp ProcessingLatency{"Cell":"001","Operation":"Aggregator"} Milliseconds 20:42:00 100"#,
                r#"MyApp ProcessingLatency{"Operation":"Aggregator"} Milliseconds 20:42:00 100"#,
            ],
            &[],
        );
        // The example of entities: neither a time nor dimensions.
        check_text(
            r#"{"_aws":{"CloudWatchMetrics":[{"Metrics":[{"Name":"RequestLatency","Unit":"Milliseconds"}],
            "Namespace":"MyApplication"}]},"Service":"PaymentService","RequestLatency":135.5,
            "timestamp":1622163600000}"#,
            &["MyApplication RequestLatency{} Milliseconds 20:41:00 135.5"],
            &[],
        );
        // "A.a" is a name, not a path.
        let nested = json!({"Namespace": "n", "Metrics": [{"Name": "A.a"}]});
        let direct = document(&nested, &json!({"A.a": 1}));
        check_text(&direct.to_string(), &["n A.a{} None 20:42:00 1"], &[]);
        check_text(&document(&nested, &json!({"A": {"a": 1}})).to_string(), &[], &[]);
    }

    #[test]
    fn values() {
        fn check(value: Value, expected: Result<&str, &str>) {
            let directive = json!({"Namespace": "n", "Dimensions": [[]], "Metrics": [{"Name": "m"}]});
            let message = document(&directive, &json!({"m": value})).to_string();
            match expected {
                Ok(sample) => check_text(&message, &[&format!("n m{{}} None 20:42:00 {sample}")], &[]),
                Err(reason) => {
                    check_text(&message, &[], &[&format!("V directive 0: metric \"m\": {reason}")]);
                }
            }
        }
        check(json!(1), Ok("1"));
        check(json!(-1.25e-3), Ok("-0.00125"));
        check(json!(0.396_140_374_556_268_66), Ok("0.39614037455626866"));
        check(json!([3]), Ok("3"));
        check(json!([3, 1, 3, 2.5, 3]), Ok("1x1,2.5x1,3x3"));
        check(json!([0, -0.0]), Ok("-0x2"));
        check(json!(vec![7; 100]), Ok("7x100"));
        check(json!(vec![7; 101]), Err("101 values"));
        check(json!([]), Err("nothing is measured"));
        check(json!([1, "2"]), Err("not a list of numbers"));
        check(json!([1, null]), Err("not a list of numbers"));
        check(json!([[1]]), Err("not a list of numbers"));
        check(json!("1"), Err("not a number"));
        check(json!(null), Err("not a number"));
        check(json!(true), Err("not a number"));
        check(json!(1e200), Err(&format!("Value cannot be {}", 1e200)));
        check(json!([1, -1e200]), Err(&format!("Values(0) cannot be {}", -1e200)));
        check(json!({"Values": [2, 1], "Counts": [1, 10]}), Ok("2x1,1x10"));
        check(json!({"Values": [2, 1]}), Ok("2x1,1x1"));
        let all = json!({"Values": [1, 2], "Counts": [3, 4], "Count": 7, "Sum": 11, "Max": 2, "Min": 1});
        check(all, Ok("1x3,2x4"));
        check(json!({"Count": 2, "Sum": 3.5, "Max": 2, "Min": 1.5}), Ok("n2 sum3.5 min1.5 max2"));
        check(json!({"Values": [], "Counts": [], "Count": 1, "Sum": 2, "Max": 2, "Min": 2}), Ok("2"));
        check(json!({"Values": [1], "Counts": [1, 2]}), Err("1 values with 2 counts"));
        check(json!({"Values": [1], "Counts": [0]}), Err("Counts(0) cannot be 0"));
        check(json!({"Values": vec![1; 101]}), Err("101 values"));
        check(json!({"Count": 0, "Sum": 0, "Max": 0, "Min": 0}), Err("SampleCount cannot be 0"));
        check(json!({"Count": 2, "Sum": 3}), Err("Minimum is missing"));
        check(json!({}), Err("SampleCount is missing"));
    }

    #[test]
    fn a_number_beyond_all_numbers_costs_only_its_metric() {
        let definitions = r#"[{"Name":"a"},{"Name":"b"}]"#;
        let aws = format!(r#"{{"CloudWatchMetrics":[{{"Namespace":"n","Metrics":{definitions}}}]}}"#);
        let problem = r#"V directive 0: metric "a": Value cannot be inf"#;
        check_text(&format!(r#"{{"_aws":{aws},"a":1e999,"b":2}}"#), &["n b{} None 20:41:00 2"], &[problem]);
    }

    #[test]
    fn definitions() {
        fn check(definition: Value, expected: &[&str], problems: &[&str]) {
            let directive = json!({"Namespace": "n", "Dimensions": [[]], "Metrics": [definition]});
            check_text(&document(&directive, &json!({"m": 1})).to_string(), expected, problems);
        }
        check(json!({"Name": "m"}), &["n m{} None 20:42:00 1"], &[]);
        check(json!({"Name": "m", "Unit": "Bytes/Second"}), &["n m{} Bytes/Second 20:42:00 1"], &[]);
        // The awsemf exporter writes empty units.
        check(json!({"Name": "m", "Unit": ""}), &["n m{} None 20:42:00 1"], &[]);
        check(json!({"Name": "m", "Unit": "Furlongs"}), &["n m{} None 20:42:00 1"], &[]);
        check(json!({"Name": "m", "Unit": 7}), &["n m{} None 20:42:00 1"], &[]);
        check(json!({"Name": "m", "StorageResolution": 1}), &["n m{} None 20:42:12! 1"], &[]);
        check(json!({"Name": "m", "StorageResolution": 60}), &["n m{} None 20:42:00 1"], &[]);
        check(json!({"Name": "m", "StorageResolution": 30}), &["n m{} None 20:42:00 1"], &[]);
        check(json!({"Name": "m", "StorageResolution": null}), &["n m{} None 20:42:00 1"], &[]);
        check(json!({"Name": "m", "More": [1]}), &["n m{} None 20:42:00 1"], &[]);
        check(json!({"Name": "missing"}), &[], &[]);
        check(json!("m"), &[], &["P directive 0: not an object"]);
        check(json!(["m"]), &[], &["P directive 0: not an object"]);
        check(json!({"Unit": "None"}), &[], &["P directive 0: missing field `Name` at line 1 column 15"]);
    }

    #[test]
    fn dimensions() {
        fn check(sets: Value, expected: &[&str], problems: &[&str]) {
            let directive = json!({"Namespace": "n", "Dimensions": sets, "Metrics": [{"Name": "m"}]});
            let root = json!({
                "m": 1, "a": "x", "b": "y \"z\"", "empty": "", "number": 404, "null": null, "umlaut": "\u{fc}",
                "long": "l".repeat(1_025), "longest": "l".repeat(1_024), "longer": "l".repeat(10_000), ":c": "x",
            });
            let expected: Vec<_> =
                expected.iter().map(|dimensions| format!("n m{dimensions} None 20:42:00 1")).collect();
            let expected: Vec<_> = expected.iter().map(String::as_str).collect();
            let problems: Vec<_> =
                problems.iter().map(|problem| format!("V directive 0: {problem}")).collect();
            let problems: Vec<_> = problems.iter().map(String::as_str).collect();
            check_text(&document(&directive, &root).to_string(), &expected, &problems);
        }
        check(json!([]), &["{}"], &[]);
        check(json!(null), &["{}"], &[]);
        check(json!([[]]), &["{}"], &[]);
        check(json!([["b", "a"]]), &[r#"{"a":"x","b":"y \"z\""}"#], &[]);
        check(json!([[], ["a"]]), &[r#"{"a":"x"}"#, "{}"], &[]);
        check(json!([["a", "b"], ["b", "a"], ["a"]]), &[r#"{"a":"x","b":"y \"z\""}"#, r#"{"a":"x"}"#], &[]);
        check(json!([["longest"]]), &[&format!("{{\"longest\":\"{}\"}}", "l".repeat(1_024))], &[]);
        // The whole set goes, the metric stays.
        check(json!([["a", "number"]]), &["{}"], &[r#"dimensions: "number" is not a string"#]);
        check(json!([["a", "null"]]), &["{}"], &[r#"dimensions: "null" is not a string"#]);
        check(json!([["a", "empty"]]), &["{}"], &["dimensions: DimensionValue(1) is missing"]);
        check(json!([["umlaut"]]), &["{}"], &["dimensions: DimensionValue(0) is not ASCII"]);
        check(json!([["long"]]), &["{}"], &["dimensions: DimensionValue(0) is longer than 1024"]);
        check(json!([["longer"]]), &["{}"], &[r#"dimensions: "longer" is too long"#]);
        check(json!([[":c"]]), &["{}"], &["dimensions: DimensionName(0) starts with a colon"]);
        check(json!([["a", "a"]]), &["{}"], &["dimensions: a dimension name comes twice"]);
        check(json!([["a", "missing"]]), &["{}"], &[]);
        check(json!([["a"], ["a", "missing"]]), &[r#"{"a":"x"}"#], &[]);
        check(json!([["a"], ["number"]]), &[r#"{"a":"x"}"#], &[r#"dimensions: "number" is not a string"#]);
        check(json!([vec!["a"; 31]]), &[], &["31 dimensions"]);
        check(json!([["a"], vec!["a"; 31]]), &[], &["31 dimensions"]);
    }

    #[test]
    fn thirty_dimensions() {
        let keys: Vec<_> = (0..30).map(|n| format!("d{n:02}")).collect();
        let directive = json!({"Namespace": "n", "Dimensions": [keys], "Metrics": [{"Name": "m"}]});
        let mut document = document(&directive, &json!({"m": 1}));
        for key in &keys {
            document[key] = json!("v");
        }
        let made = metrics(&document.to_string(), EVENT, NOW);
        assert_eq!(made.len(), 1);
        assert_eq!(made[0].datum.series.dimensions.len(), 30);
    }

    #[test]
    fn directives() {
        fn check(directives: Value, expected: &[&str], problems: &[&str]) {
            let aws = json!({"Timestamp": 1_574_109_732_004_i64, "CloudWatchMetrics": directives});
            check_text(&json!({"_aws": aws, "a": 1, "b": 2}).to_string(), expected, problems);
        }
        let a = json!({"Namespace": "n", "Metrics": [{"Name": "a"}]});
        check(json!([]), &[], &[]);
        check(
            json!([a, {"Namespace": "o", "Metrics": [{"Name": "b"}, {"Name": "a"}]}]),
            &["n a{} None 20:42:00 1", "o b{} None 20:42:00 2", "o a{} None 20:42:00 1"],
            &[],
        );
        check(
            json!([{"Namespace": "n", "Metrics": [{"Name": "a"}, {"Name": "a", "Unit": "Count"}]}]),
            &["n a{} None 20:42:00 1"],
            &[],
        );
        let many = |count| vec![json!({"Name": "b"}); count];
        check(json!([{"Namespace": "o", "Metrics": many(100)}]), &["o b{} None 20:42:00 2"], &[]);
        // A bad directive costs itself, not the next.
        let costs = |bad: Value, problem: &str| {
            check(json!([bad, a]), &["n a{} None 20:42:00 1"], &[problem]);
        };
        costs(json!(7), "P directive 0: not an object");
        costs(json!(["n", null, [{"Name": "b"}]]), "P directive 0: not an object");
        costs(json!({"Namespace": "n"}), "P directive 0: missing field `Metrics` at line 1 column 17");
        costs(json!({"Metrics": []}), "P directive 0: missing field `Namespace` at line 1 column 14");
        costs(json!({"Namespace": "", "Metrics": []}), "V directive 0: no namespace");
        costs(json!({"Namespace": ":x", "Metrics": []}), r#"V directive 0: ":x" is not a namespace"#);
        costs(
            json!({"Namespace": "n", "Dimensions": [null], "Metrics": []}),
            "P directive 0: invalid type: null, expected a sequence at line 1 column 19",
        );
        costs(json!({"Namespace": "n", "Metrics": many(101)}), "V directive 0: 101 metrics");
    }

    #[test]
    fn times() {
        fn check(time: &str, expected: Result<&str, &str>) {
            let metrics = r#"[{"Namespace":"n","Metrics":[{"Name":"m","StorageResolution":1}]}]"#;
            let message = format!(r#"{{"m":1,"_aws":{{"CloudWatchMetrics":{metrics},"Timestamp":{time}}}}}"#);
            match expected {
                Ok(time) => check_text(&message, &[&format!("n m{{}} None {time}! 1")], &[]),
                Err(problem) => check_text(&message, &[], &[problem]),
            }
        }
        check("1574109732004", Ok("20:42:12"));
        check("1574109732004.9", Ok("20:42:12"));
        check("1.574109732e12", Ok("20:42:12"));
        check("null", Ok("20:41:10"));
        check(
            r#""1574109732004""#,
            Err("P _aws: invalid type: string \"1574109732004\", expected f64 at line 1 column 115"),
        );
        // Seconds instead of milliseconds.
        check(
            "1574109732",
            Err("V directive 0: metric \"m\": timestamp 1970-01-19T05:15:09.732Z is too old"),
        );
        let now = NOW.millis();
        check(&(now + 7_200_000).to_string(), Ok("22:43:10"));
        check(
            &(now + 7_200_001).to_string(),
            Err("V directive 0: metric \"m\": timestamp 2019-11-18T22:43:10.001Z is too new"),
        );
        check(&(now - 14 * 86_400_000).to_string(), Ok("20:43:10"));
    }

    #[test]
    fn documents() {
        check_text("plain text", &[], &[]);
        check_text(r#"{"no":"metrics"}"#, &[], &[]);
        check_text(r#"{"a":{"_aws":{}}}"#, &[], &[]);
        check_text(
            r#"{"_aws":{}} x"#,
            &[],
            &["P not a JSON object: trailing characters at line 1 column 13"],
        );
        check_text(
            r#"{"_aws":"#,
            &[],
            &["P not a JSON object: EOF while parsing a value at line 1 column 8"],
        );
        check_text(r#"{"_aws":7}"#, &[], &["P _aws: not an object"]);
        check_text(r#"{"_aws":[1,[]]}"#, &[], &["P _aws: not an object"]);
        let missing = "P _aws: missing field `CloudWatchMetrics` at line 1 column 15";
        check_text(r#"{"_aws":{"Timestamp":1}}"#, &[], &[missing]);
        let directive = r#"{"Namespace":"n","Metrics":[{"Name":"a\"b"}]}"#;
        let escaped =
            format!(r#" {{"_aws":{{"CloudWatchMetrics":[{directive}],"LogGroupName":7}},"a\u0022b":1}} "#);
        check_text(&escaped, &[r#"n a"b{} None 20:41:00 1"#], &[]);
        let twice = format!(r#"{{"a\"b":1,"_aws":{{"CloudWatchMetrics":[{directive}]}},"a\"b":2}}"#);
        check_text(&twice, &[r#"n a"b{} None 20:41:00 2"#], &[]);
        let deep =
            format!(r#"{{"_aws":{{"CloudWatchMetrics":[{directive}]}},"a\"b":1,"x":{}"#, "[".repeat(100_000));
        check_text(&format!("{deep}{}}}", "]".repeat(100_000)), &[r#"n a"b{} None 20:41:00 1"#], &[]);
    }

    #[test]
    fn an_event_cannot_make_more_than_so_much() {
        let names: Vec<_> = (0..14).map(|n| format!("d{n}")).collect();
        let sets: Vec<Vec<&String>> = (0..1 << 14)
            .map(|set: u32| {
                names.iter().enumerate().filter(|(n, _)| set >> n & 1 == 1).map(|(_, name)| name).collect()
            })
            .collect();
        let directive =
            json!({"Namespace": "n", "Dimensions": sets, "Metrics": [{"Name": "a"}, {"Name": "b"}]});
        let mut message = document(&directive, &json!({"a": 1, "b": 2}));
        for name in &names {
            message[name] = json!("v");
        }
        assert_eq!(metrics(&message.to_string(), EVENT, NOW).len(), MOST_DATA);
        for name in &names {
            message[name] = json!("v".repeat(1_000));
        }
        let reading = read(&message.to_string(), EVENT, NOW);
        let told = format!("directive 0: dimensions: more than {MOST_DIMENSION_BYTES} bytes");
        assert_eq!(reading.problems, [Problem::Validation(told)]);
        assert!(reading.made.len() < 1_000, "{}", reading.made.len());
    }

    fn anything() -> impl Strategy<Value = Value> {
        let names =
            prop::sample::select(vec!["a", "b", "Values", "Counts", "Count", "Sum", "Min", "Max", "x"]);
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            any::<f64>().prop_map(Value::from),
            (-3..3i32).prop_map(Value::from),
            names.clone().prop_map(Value::from),
            any::<String>().prop_map(Value::from),
        ];
        leaf.prop_recursive(3, 24, 4, move |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
                prop::collection::btree_map(names.clone().prop_map(str::to_owned), inner, 0..4)
                    .prop_map(|members| Value::Object(members.into_iter().collect())),
            ]
        })
    }

    /// A value of the form that is expected, or anything.
    fn mostly(expected: impl Strategy<Value = Value> + 'static) -> impl Strategy<Value = Value> {
        prop_oneof![9 => expected, 1 => anything()]
    }

    fn directive() -> impl Strategy<Value = Value> {
        let name = || mostly(prop::sample::select(vec!["a", "b", "x"]).prop_map(Value::from));
        let list = |items| mostly(prop::collection::vec(items, 0..3).prop_map(Value::from));
        let definition = mostly((name(), mostly(Just(json!("Count"))), mostly(Just(json!(1)))).prop_map(
            |(name, unit, resolution)| json!({"Name": name, "Unit": unit, "StorageResolution": resolution}),
        ));
        let metrics = list(definition.boxed());
        let sets = list(list(name().boxed()).boxed());
        mostly((name(), sets, metrics).prop_map(|(namespace, sets, metrics)| {
            json!({"Namespace": namespace, "Dimensions": sets, "Metrics": metrics})
        }))
    }

    proptest! {
        #[test]
        fn no_document_panics(
            directives in prop::collection::vec(directive(), 0..3),
            time in mostly(Just(json!(1_574_109_732_004_i64))),
            root in prop::collection::btree_map("[abx]", anything(), 0..4),
            event: i64,
            now: i64,
        ) {
            let mut document = json!({"_aws": {"Timestamp": time, "CloudWatchMetrics": directives}});
            for (name, value) in root {
                document[name] = value;
            }
            let message = document.to_string();
            prop_assert!(may_hold(&message));
            for (event, now) in [(EVENT, NOW), (Timestamp::from_millis(event), Timestamp::from_millis(now))] {
                let made = metrics(&message, event, now);
                prop_assert!(made.iter().all(|made| request::namespace(Some(&made.namespace)).is_ok()));
            }
        }

        #[test]
        fn no_text_panics(text: String, aws in anything()) {
            metrics(&text, EVENT, NOW);
            metrics(&format!("{{{text}\"_aws\"{text}"), EVENT, NOW);
            metrics(&json!({"_aws": aws}).to_string(), EVENT, NOW);
        }

        #[test]
        fn counting_keeps_every_number(numbers in prop::collection::vec(-3..3i8, 0..50)) {
            let numbers: Vec<f64> = numbers.into_iter().map(f64::from).collect();
            let (values, counts) = counted(numbers.clone());
            prop_assert!(values.windows(2).all(|pair| pair[0] < pair[1]));
            for (value, count) in values.iter().zip(&counts) {
                prop_assert_eq!(numbers.iter().filter(|number| *number == value).count() as f64, *count);
            }
            prop_assert_eq!(counts.iter().sum::<f64>() as usize, numbers.len());
        }
    }
}
