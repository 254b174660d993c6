//! From `MetricDataQuery` to what is to be read.

use std::collections::BTreeSet;

use watchtrail_core::metrics::label::{self, Label};
use watchtrail_core::metrics::{Period, SeriesKey, Statistic, Unit, Window};
use watchtrail_core::time::Timestamp;
use watchtrail_service::wording::cloudwatch::{self as wording, Reader as Asker};
use watchtrail_service::{Fault, Request};
use watchtrail_store::Partition;
use watchtrail_wire::shapes::cloudwatch::{GetMetricDataInput, MetricDataQuery, MetricStat};

use crate::dimensions;
use crate::faults::worded;

/// Queries of a request.
const MOST_QUERIES: usize = 500;

/// A query of one metric.
pub(super) struct MetricQuery {
    pub(super) id: String,
    pub(super) label: Option<Label>,
    pub(super) returns_data: bool,
    pub(super) partition: Partition,
    pub(super) series: SeriesKey,
    pub(super) window: Window,
    /// As the caller spelt it: it shows in labels.
    pub(super) stat: String,
    pub(super) statistic: Statistic,
    pub(super) unit: Option<Unit>,
}

impl MetricQuery {
    pub(super) fn label_query(&self) -> label::Query<'_> {
        label::Query {
            namespace: &self.partition.name,
            metric_name: &self.series.metric_name,
            dimensions: &self.series.dimensions,
            stat: &self.stat,
            period: self.window.period().seconds(),
        }
    }
}

/// The queries of a request, in its order.
///
/// # Errors
/// AWS's `ValidationError` for the first that is wrong.
pub(super) fn parse(input: GetMetricDataInput, request: &Request<'_>) -> Result<Vec<MetricQuery>, Fault> {
    let queries = input.metric_data_queries.unwrap_or_default();
    if queries.is_empty() {
        return Err(Fault::validation("The parameter MetricDataQueries is required.\n"));
    }
    if queries.len() > MOST_QUERIES {
        let message =
            format!("The collection MetricDataQueries must not have a size greater than {MOST_QUERIES}.\n");
        return Err(Fault::validation(message));
    }
    let millis =
        |at: Option<watchtrail_wire::Timestamp>| Timestamp::from_millis(at.unwrap_or_default().millis());
    let range = (millis(input.start_time), millis(input.end_time));
    let mut ids = BTreeSet::new();
    let mut parsed = Vec::with_capacity(queries.len());
    for (index, query) in queries.into_iter().enumerate() {
        let path = format!("MetricDataQueries.member.{}", index + 1);
        let query = one(query, &path, range, request)?;
        if !ids.insert(query.id.clone()) {
            return Err(Fault::validation(format!(
                "The values for parameter id in MetricDataQueries are not unique: {}.\n",
                query.id
            )));
        }
        parsed.push(query);
    }
    if !parsed.iter().any(|query| query.returns_data) {
        let message = "At least one of the elements of MetricDataQueries must have ReturnData set to true.\n";
        return Err(Fault::validation(message));
    }
    Ok(parsed)
}

fn one(
    query: MetricDataQuery,
    path: &str,
    (start, end): (Timestamp, Timestamp),
    request: &Request<'_>,
) -> Result<MetricQuery, Fault> {
    let id = query.id.unwrap_or_default();
    if !is_id(&id) {
        let message = format!(
            "The value {id} for parameter {path}.Id is not matching the expected pattern ^[a-z][a-zA-Z0-9_]*$.\n"
        );
        return Err(Fault::validation(message));
    }
    let stat = match (query.metric_stat, query.expression) {
        (Some(stat), None) => stat,
        (None, Some(_)) => {
            let message = format!(
                "The parameter {path}.Expression is not supported by Watchtrail yet: metric math, SEARCH and \
                 Metrics Insights queries cannot be evaluated. Query the metrics by MetricStat.\n"
            );
            return Err(Fault::validation(message));
        }
        (Some(_), Some(_)) => {
            let message = format!(
                "The parameters {path}.MetricStat and {path}.Expression are mutually exclusive and you have specified both.\n"
            );
            return Err(Fault::validation(message));
        }
        (None, None) => {
            let message = format!("Either {path}.MetricStat or {path}.Expression must be specified.\n");
            return Err(Fault::validation(message));
        }
    };
    let MetricStat { metric, period, stat, unit } = stat;
    let metric = metric.unwrap_or_default();
    let statistic = stat.unwrap_or_default();
    let parsed = Statistic::parse(&statistic)
        .map_err(|error| worded(wording::statistic(&format!("{path}.MetricStat.Stat"), &error)))?;
    let window = Period::new(i64::from(period.unwrap_or_default()))
        .and_then(|period| Window::new(start, end, period, request.now))
        .map_err(|error| {
            worded(wording::period(Asker::GetMetricData, &format!("{path}.MetricStat.Period"), &error))
        })?;
    let required = |text: Option<String>, name: &str| {
        text.ok_or_else(|| {
            Fault::validation(format!("The parameter {path}.MetricStat.Metric.{name} is required.\n"))
        })
    };
    let mut scope = request.scope().clone();
    if let Some(account) = query.account_id {
        scope.account = account;
    }
    if scope != *request.scope() {
        let message = format!(
            "The value {} for parameter {path}.AccountId is invalid: accounts are not linked.\n",
            scope.account
        );
        return Err(Fault::validation(message));
    }
    Ok(MetricQuery {
        id,
        label: query.label.as_deref().filter(|label| !label.is_empty()).map(Label::parse),
        returns_data: query.return_data.unwrap_or(true),
        partition: Partition::metrics(scope, required(metric.namespace, "Namespace")?),
        series: SeriesKey {
            metric_name: required(metric.metric_name, "MetricName")?,
            dimensions: dimensions::parse(metric.dimensions)?,
        },
        window,
        stat: statistic,
        statistic: parsed,
        unit: unit.as_deref().and_then(Unit::parse),
    })
}

/// `[a-z][a-zA-Z0-9_]*`
fn is_id(text: &str) -> bool {
    text.starts_with(|first: char| first.is_ascii_lowercase())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}
