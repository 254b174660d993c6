//! The `Label` of a GetMetricData result: AWS's default, and dynamic labels.
//!
//! AWS: "Use dynamic labels" in the user guide, `LabelOptions` in the API reference.
//!
//! Default labels are not documented ("CloudWatch generates a default"). Seen of AWS: a query by itself is named
//! by its metric (`metric1`), several are told apart by what differs between them (`metric1 Sum`,
//! `metric1 Sum 60`), and metrics with different dimensions by the dimensions' values. So a label is made of, in
//! this order: the namespace, the dimension values, the metric's name, the statistic and the period, each only
//! where it differs; the metric's name also where nothing before it does.
//!
//! AWS shows no format of numbers and times in an API answer, so these are ours: numbers in their shortest
//! decimal form, times as `2026-11-21 10:00:00 UTC` (or `+0130`), spans as `1d 2h 3m 4s`, and `--` where there are
//! no data points. AWS allows six dynamic values in a label; further ones, and what is no dynamic value at all,
//! stay as they are written, and so does every text longer than [`LONGEST`].

use std::fmt::Write;

use super::series::Dimensions;
use crate::time::{MINUTE, Timestamp};

/// How many dynamic values of a label are filled in.
pub const MOST_DYNAMIC: usize = 6;
/// The longest label with dynamic values, in bytes; longer ones are constant texts. Our choice.
pub const LONGEST: usize = 4_096;

/// What is asked of a metric, as far as it can show in a label.
#[derive(Copy, Clone, Debug)]
pub struct Query<'a> {
    /// The metric's namespace.
    pub namespace: &'a str,
    /// The metric's name.
    pub metric_name: &'a str,
    /// Its dimensions.
    pub dimensions: &'a Dimensions,
    /// The statistic as the caller spelt it.
    pub stat: &'a str,
    /// The period, in seconds.
    pub period: u32,
}

/// The default label of each query among the others of its request.
pub fn defaults(queries: &[Query<'_>]) -> Vec<String> {
    let differs =
        |same: fn(&Query<'_>, &Query<'_>) -> bool| queries.iter().any(|query| !same(query, &queries[0]));
    let namespace = differs(|a, b| a.namespace == b.namespace);
    let dimensions = differs(|a, b| a.dimensions == b.dimensions);
    let name = differs(|a, b| a.metric_name == b.metric_name) || !dimensions;
    let stat = differs(|a, b| a.stat == b.stat);
    let period = differs(|a, b| a.period == b.period);
    let shared = if dimensions { shared_dimensions(queries) } else { Vec::new() };
    let label = |query: &Query<'_>| {
        let mut parts: Vec<String> = Vec::new();
        if namespace {
            parts.push(query.namespace.to_owned());
        }
        if dimensions {
            let own = query.dimensions.iter().filter(|pair| !shared.contains(pair));
            parts.extend(own.map(|(_, value)| value.into_owned()));
        }
        if name || parts.is_empty() {
            parts.push(query.metric_name.to_owned());
        }
        if stat {
            parts.push(query.stat.to_owned());
        }
        if period {
            parts.push(query.period.to_string());
        }
        parts.join(" ")
    };
    queries.iter().map(label).collect()
}

type Pair<'a> = (std::borrow::Cow<'a, str>, std::borrow::Cow<'a, str>);

/// The dimensions that every query has with the same value.
fn shared_dimensions<'a>(queries: &[Query<'a>]) -> Vec<Pair<'a>> {
    let Some((first, others)) = queries.split_first() else { return Vec::new() };
    let everywhere = |pair: &Pair<'_>| {
        others.iter().all(|query| query.dimensions.get(&pair.0).is_some_and(|value| value == pair.1))
    };
    first.dimensions.iter().filter(everywhere).collect()
}

/// Hours and minutes ahead of UTC, `+0130`.
#[derive(Copy, Clone, Debug, Default, PartialEq, Eq)]
pub struct Timezone {
    minutes: i16,
}

/// Why a text is not a time zone.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not a time zone")]
pub struct TimezoneError(pub String);

impl Timezone {
    /// Reads `+` or `-` followed by two digits of hours and two of minutes (`LabelOptions.Timezone`).
    ///
    /// # Errors
    /// When it is something else, or minutes are above 59, or hours above 23.
    pub fn parse(text: &str) -> Result<Self, TimezoneError> {
        let digit = |byte: u8| byte.is_ascii_digit().then(|| i16::from(byte - b'0'));
        let read = || {
            let [sign @ (b'+' | b'-'), a, b, c, d] = *text.as_bytes() else { return None };
            let (hours, minutes) = (digit(a)? * 10 + digit(b)?, digit(c)? * 10 + digit(d)?);
            let total = (hours < 24 && minutes < 60).then_some(hours * 60 + minutes)?;
            Some(Self { minutes: if sign == b'-' { -total } else { total } })
        };
        read().ok_or_else(|| TimezoneError(text.chars().take(50).collect()))
    }
}

impl std::fmt::Display for Timezone {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let sign = if self.minutes < 0 { '-' } else { '+' };
        write!(f, "{sign}{:02}{:02}", self.minutes.abs() / 60, self.minutes.abs() % 60)
    }
}

/// What a dynamic label is filled with.
#[derive(Copy, Clone, Debug)]
pub struct Facts<'a> {
    /// The default label.
    pub label: &'a str,
    /// The metric; `None` for the result of an expression, which has no properties.
    pub query: Option<Query<'a>>,
    /// The account that owns the metric.
    pub account: &'a str,
    /// The region of the metric.
    pub region: &'a str,
    /// The result's data points in the order of time.
    pub points: &'a [(Timestamp, f64)],
    /// The time of the request.
    pub now: Timestamp,
    /// The zone in which times are shown.
    pub timezone: Timezone,
}

/// A label, perhaps with dynamic values.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Label {
    parts: Vec<Part>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Part {
    Text(String),
    Value(Value),
}

impl Label {
    /// Reads a label; there is no text that is not one.
    pub fn parse(text: &str) -> Self {
        let mut parts = Vec::new();
        let (mut constant, mut rest) = (0, 0);
        let mut dynamic = 0;
        let limit = if text.len() > LONGEST { 0 } else { MOST_DYNAMIC };
        while dynamic < limit
            && let Some(open) = text[rest..].find("${").map(|at| at + rest)
        {
            let close = text[open..].find('}').map(|at| at + open);
            let Some((close, value)) =
                close.and_then(|close| Some((close, Value::parse(&text[open + 2..close])?)))
            else {
                rest = open + 2;
                continue;
            };
            if open > constant {
                parts.push(Part::Text(text[constant..open].to_owned()));
            }
            parts.push(Part::Value(value));
            dynamic += 1;
            rest = close + 1;
            constant = rest;
        }
        if constant < text.len() {
            parts.push(Part::Text(text[constant..].to_owned()));
        }
        Self { parts }
    }

    /// Whether `${LABEL}` is in it.
    pub fn has_default(&self) -> bool {
        self.parts.contains(&Part::Value(Value::Label))
    }

    /// This label with ` ${LABEL}` at its end where it has no dynamic value: what AWS makes of the constant label of
    /// an expression that gives several series, so that they can be told apart (Grafana issue 51714).
    #[must_use]
    pub fn with_default(mut self) -> Self {
        let has_values = self.parts.iter().any(|part| matches!(part, Part::Value(_)));
        if !has_values {
            self.parts.push(Part::Text(" ".to_owned()));
            self.parts.push(Part::Value(Value::Label));
        }
        self
    }

    /// The label of a result.
    pub fn fill(&self, facts: &Facts<'_>) -> String {
        let mut filled = String::new();
        for part in &self.parts {
            match part {
                Part::Text(text) => filled.push_str(text),
                Part::Value(value) => filled.push_str(&value.of(facts)),
            }
        }
        filled
    }
}

impl std::fmt::Display for Label {
    /// The text that it was read from.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.parts.iter().try_for_each(|part| match part {
            Part::Text(text) => f.write_str(text),
            Part::Value(Value::Property(property)) => write!(f, "${{PROP('{property}')}}"),
            Part::Value(value) => {
                let name = NAMES.iter().find(|(_, own)| own == value).map_or("LABEL", |(name, _)| name);
                write!(f, "${{{name}}}")
            }
        })
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Value {
    Label,
    Average,
    Sum,
    Count,
    /// The value of a data point.
    Of(Which),
    /// Its time.
    TimeOf(Which),
    /// How long ago that is.
    AgeOf(Which),
    /// The difference between the values of two data points.
    Between(Which, Which),
    /// The time between two data points.
    TimeBetween(Which, Which),
    /// Exactly as written between the quotes.
    Property(String),
}

/// One of the data points. Of several equal extremes it is the first.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
enum Which {
    First,
    Last,
    Min,
    Max,
}

const NAMES: [(&str, Value); 20] = [
    ("LABEL", Value::Label),
    ("AVG", Value::Average),
    ("SUM", Value::Sum),
    ("DATAPOINT_COUNT", Value::Count),
    ("FIRST", Value::Of(Which::First)),
    ("LAST", Value::Of(Which::Last)),
    ("MIN", Value::Of(Which::Min)),
    ("MAX", Value::Of(Which::Max)),
    ("FIRST_TIME", Value::TimeOf(Which::First)),
    ("LAST_TIME", Value::TimeOf(Which::Last)),
    ("MIN_TIME", Value::TimeOf(Which::Min)),
    ("MAX_TIME", Value::TimeOf(Which::Max)),
    ("FIRST_TIME_RELATIVE", Value::AgeOf(Which::First)),
    ("LAST_TIME_RELATIVE", Value::AgeOf(Which::Last)),
    ("MIN_TIME_RELATIVE", Value::AgeOf(Which::Min)),
    ("MAX_TIME_RELATIVE", Value::AgeOf(Which::Max)),
    ("FIRST_LAST_RANGE", Value::Between(Which::First, Which::Last)),
    ("MIN_MAX_RANGE", Value::Between(Which::Min, Which::Max)),
    ("FIRST_LAST_TIME_RANGE", Value::TimeBetween(Which::First, Which::Last)),
    ("MIN_MAX_TIME_RANGE", Value::TimeBetween(Which::Min, Which::Max)),
];

const NO_DATA: &str = "--";

impl Value {
    fn parse(name: &str) -> Option<Self> {
        if let Some(property) = name.strip_prefix("PROP('").and_then(|rest| rest.strip_suffix("')")) {
            let known = property.strip_prefix("Dim.").is_some_and(|dimension| !dimension.is_empty())
                || ["AccountId", "AccountLabel", "MetricName", "Namespace", "Period", "Region", "Stat"]
                    .contains(&property);
            return known.then(|| Self::Property(property.to_owned()));
        }
        NAMES.iter().find(|(own, _)| *own == name).map(|(_, value)| value.clone())
    }

    fn of(&self, facts: &Facts<'_>) -> String {
        match self {
            Self::Label => facts.label.to_owned(),
            Self::Property(property) => property_of(property, facts),
            Self::Count => facts.points.len().to_string(),
            _ => self.of_points(facts).unwrap_or_else(|| NO_DATA.to_owned()),
        }
    }

    fn of_points(&self, facts: &Facts<'_>) -> Option<String> {
        let at = |which: Which| which.of(facts.points);
        let sum = || facts.points.iter().map(|(_, value)| value).sum::<f64>();
        Some(match self {
            Self::Sum => at(Which::First).map(|_| sum().to_string())?,
            Self::Average => at(Which::First).map(|_| (sum() / facts.points.len() as f64).to_string())?,
            Self::Of(which) => at(*which)?.1.to_string(),
            Self::TimeOf(which) => clock(at(*which)?.0, facts.timezone),
            Self::AgeOf(which) => span(facts.now.millis_since(at(*which)?.0)),
            Self::Between(from, to) => (at(*to)?.1 - at(*from)?.1).to_string(),
            Self::TimeBetween(from, to) => span(at(*to)?.0.millis_since(at(*from)?.0)),
            Self::Label | Self::Count | Self::Property(_) => return None,
        })
    }
}

impl Which {
    fn of(self, points: &[(Timestamp, f64)]) -> Option<(Timestamp, f64)> {
        match self {
            Self::First => points.first().copied(),
            Self::Last => points.last().copied(),
            Self::Min => {
                points.iter().copied().reduce(|least, point| if point.1 < least.1 { point } else { least })
            }
            Self::Max => {
                points.iter().copied().reduce(|most, point| if point.1 > most.1 { point } else { most })
            }
        }
    }
}

fn property_of(property: &str, facts: &Facts<'_>) -> String {
    let of_query = |read: fn(&Query<'_>) -> String| facts.query.as_ref().map(read).unwrap_or_default();
    match property {
        // There are no account labels here; AWS's are set by cross-account observability.
        "AccountId" | "AccountLabel" => facts.account.to_owned(),
        "Region" => facts.region.to_owned(),
        "MetricName" => of_query(|query| query.metric_name.to_owned()),
        "Namespace" => of_query(|query| query.namespace.to_owned()),
        "Stat" => of_query(|query| query.stat.to_owned()),
        "Period" => of_query(|query| query.period.to_string()),
        dimension => {
            let name = dimension.strip_prefix("Dim.").unwrap_or(dimension);
            let value = facts.query.as_ref().and_then(|query| query.dimensions.get(name));
            value.map(std::borrow::Cow::into_owned).unwrap_or_default()
        }
    }
}

fn clock(time: Timestamp, timezone: Timezone) -> String {
    let local = time.plus_millis(i64::from(timezone.minutes) * MINUTE).floor_to(1).to_string();
    let local = local.trim_end_matches('Z').replacen('T', " ", 1);
    if timezone.minutes == 0 { format!("{local} UTC") } else { format!("{local} {timezone}") }
}

/// The absolute length of a time, in whole seconds.
fn span(millis: i64) -> String {
    let seconds = millis.unsigned_abs() / 1_000;
    let mut text = String::new();
    let amounts =
        [(seconds / 86_400, 'd'), (seconds / 3_600 % 24, 'h'), (seconds / 60 % 60, 'm'), (seconds % 60, 's')];
    for (amount, unit) in amounts.into_iter().filter(|(amount, _)| *amount > 0) {
        let gap = if text.is_empty() { "" } else { " " };
        // Writing to a string cannot fail.
        let _ = write!(text, "{gap}{amount}{unit}");
    }
    if text.is_empty() { "0s".to_owned() } else { text }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn dimensions(pairs: &[(&str, &str)]) -> Dimensions {
        Dimensions::new(pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect())
            .unwrap()
    }

    #[test]
    fn default_labels() {
        type Given<'a> = (&'a str, &'a str, &'a [(&'a str, &'a str)], &'a str, u32);
        fn check(given: &[Given<'_>], expected: &[&str]) {
            let sets: Vec<_> = given.iter().map(|query| dimensions(query.2)).collect();
            let queries: Vec<_> = given
                .iter()
                .zip(&sets)
                .map(|((namespace, metric_name, _, stat, period), dimensions)| Query {
                    namespace,
                    metric_name,
                    dimensions,
                    stat,
                    period: *period,
                })
                .collect();
            assert_eq!(defaults(&queries), expected);
        }
        check(&[], &[]);
        check(&[("n", "metric1", &[("a", "1")], "Sum", 60)], &["metric1"]);
        check(&[("n", "metric1", &[], "Sum", 60), ("n", "metric2", &[], "Sum", 60)], &["metric1", "metric2"]);
        check(&[("n", "m", &[], "Sum", 60), ("n", "m", &[], "p99", 60)], &["m Sum", "m p99"]);
        check(&[("n", "m", &[], "Sum", 60), ("n", "m", &[], "p99", 300)], &["m Sum 60", "m p99 300"]);
        check(&[("n", "m", &[], "Sum", 60), ("o", "m", &[], "Sum", 60)], &["n m", "o m"]);
        check(&[("n", "m", &[("a", "1")], "Sum", 60), ("n", "m", &[("a", "2")], "Sum", 60)], &["1", "2"]);
        check(
            &[
                ("n", "m", &[("a", "1"), ("b", "3")], "Sum", 60),
                ("n", "k", &[("a", "2"), ("b", "3")], "Sum", 60),
            ],
            &["1 m", "2 k"],
        );
        check(&[("n", "m", &[], "Sum", 60), ("n", "m", &[("a", "2")], "Sum", 60)], &["m", "2"]);
    }

    fn fill(text: &str, points: &[(i64, f64)], zone: &str) -> String {
        let dimensions = dimensions(&[("Api", "orders")]);
        let points: Vec<_> =
            points.iter().map(|(time, value)| (Timestamp::from_seconds(*time), *value)).collect();
        let facts = Facts {
            label: "orders m",
            query: Some(Query {
                namespace: "n",
                metric_name: "m",
                dimensions: &dimensions,
                stat: "p99",
                period: 60,
            }),
            account: "123456789012",
            region: "eu-west-1",
            points: &points,
            now: Timestamp::from_seconds(100_000),
            timezone: Timezone::parse(zone).unwrap(),
        };
        Label::parse(text).fill(&facts)
    }

    #[test]
    fn filling() {
        fn check(text: &str, expected: &str) {
            assert_eq!(fill(text, &[(0, 1.5), (60, 4.0), (120, 1.0), (180, 4.0)], "+0130"), expected);
        }
        check("plain", "plain");
        check("${LABEL}", "orders m");
        check("a ${MIN} b ${MAX} c", "a 1 b 4 c");
        check("${AVG} ${SUM} ${FIRST} ${LAST} ${DATAPOINT_COUNT}", "2.625 10.5 1.5 4 4");
        check("${MIN_MAX_RANGE} ${FIRST_LAST_RANGE}", "3 2.5");
        check("${MIN_MAX_TIME_RANGE} ${FIRST_LAST_TIME_RANGE}", "1m 3m");
        check("${MAX_TIME}, ${MIN_TIME}", "1970-01-01 01:31:00 +0130, 1970-01-01 01:32:00 +0130");
        check("${FIRST_TIME_RELATIVE}", "1d 3h 46m 40s");
        check("${PROP('MetricName')} ${PROP('Namespace')} ${PROP('Stat')} ${PROP('Period')}", "m n p99 60");
        check("${PROP('Region')} ${PROP('AccountId')}", "eu-west-1 123456789012");
        check("[${PROP('Dim.Api')}] [${PROP('Dim.api')}]", "[orders] []");
        check("${NONE} ${max} ${PROP('x')} ${PROP(Stat)} ${", "${NONE} ${max} ${PROP('x')} ${PROP(Stat)} ${");
        check("${${MAX}", "${4");
        check("${MAX}${MAX}${MAX}${MAX}${MAX}${MAX}${MAX}", "444444${MAX}");
    }

    #[test]
    fn without_data_points() {
        fn check(text: &str, expected: &str) {
            assert_eq!(fill(text, &[], "+0000"), expected);
        }
        check("${MAX} ${SUM} ${AVG} ${LAST_TIME} ${DATAPOINT_COUNT} ${LABEL}", "-- -- -- -- 0 orders m");
    }

    #[test]
    fn times_in_utc() {
        assert_eq!(
            fill("${LAST_TIME} ${LAST_TIME_RELATIVE}", &[(100_000, 0.0)], "-0000"),
            "1970-01-02 03:46:40 UTC 0s"
        );
    }

    #[test]
    fn labels_of_several_series() {
        fn check(text: &str, expected: &str) {
            assert_eq!(Label::parse(text).with_default().to_string(), expected);
        }
        check("x", "x ${LABEL}");
        check("x ${LABEL}", "x ${LABEL}");
        check("${PROP('Dim.a')}", "${PROP('Dim.a')}");
    }

    #[test]
    fn timezones() {
        fn check(text: &str, expected: Option<&str>) {
            let zone = Timezone::parse(text).map(|zone| zone.to_string());
            assert_eq!(zone, expected.map(str::to_owned).ok_or_else(|| TimezoneError(text.to_owned())));
        }
        check("+0000", Some("+0000"));
        check("-0000", Some("+0000"));
        check("+0130", Some("+0130"));
        check("-1145", Some("-1145"));
        for refused in ["", "0130", "+130", "+01:30", "+2400", "+0060", "UTC", "+01a0", "+\u{661}00"] {
            check(refused, None);
        }
    }

    proptest! {
        #[test]
        fn a_label_prints_as_it_was(text in r"(\$\{(MAX|LABEL|MIN_TIME|PROP\('Dim.\u{e9}'\)|PROP\('Stat'\)|x)\}|[${}()' a\u{e9}]){0,12}") {
            let label = Label::parse(&text);
            prop_assert_eq!(label.to_string(), text.as_str());
            let _ = fill(&text, &[(i64::MAX, f64::MAX), (i64::MIN, f64::MAX)], "+0000");
        }
    }
}
