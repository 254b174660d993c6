//! CloudWatch's wire API, as any server of it understands it. Requests name their caller as a signature would; the
//! signature itself is not made, which both the suite and moto accept.

use bytes::Bytes;
use hyper::Method;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::Result;
use crate::fleet::{Format, Series};
use crate::http::{Answer, Client};

type Header = (&'static str, &'static str);

const CALLER: Header = (
    "authorization",
    "AWS4-HMAC-SHA256 Credential=123456789012/20260101/us-east-1/monitoring/aws4_request, SignedHeaders=host, Signature=0",
);
const JSON: Header = ("content-type", "application/x-amz-json-1.0");
const QUERY_MODE: Header = ("x-amzn-query-mode", "true");
const CBOR: Header = ("content-type", "application/cbor");
const RPC: Header = ("smithy-protocol", "rpc-v2-cbor");
const GZIP: Header = ("content-encoding", "gzip");

/// Queries of one `GetMetricData` (API reference).
const QUERIES: usize = 500;

/// Sends a prepared `PutMetricData`.
pub(crate) async fn put(client: &mut Client, format: Format, gzip: bool, body: Bytes) -> Result<Answer> {
    let (path, mut headers) = match format {
        Format::Cbor => {
            ("/service/GraniteServiceVersion20100801/operation/PutMetricData", vec![CALLER, CBOR, RPC])
        }
        Format::Json | Format::Prometheus => {
            let target = ("x-amz-target", "GraniteServiceVersion20100801.PutMetricData");
            ("/", vec![CALLER, JSON, QUERY_MODE, target])
        }
    };
    if gzip {
        headers.push(GZIP);
    }
    client.send(Method::POST, path, &headers, body).await
}

/// Calls an operation by awsJson.
pub(crate) async fn call(client: &mut Client, operation: &'static str, body: Bytes) -> Result<Answer> {
    let target = match operation {
        "PutMetricAlarm" => "GraniteServiceVersion20100801.PutMetricAlarm",
        "DescribeAlarms" => "GraniteServiceVersion20100801.DescribeAlarms",
        _ => return Err(format!("{operation} is not called here").into()),
    };
    client.send(Method::POST, "/", &[CALLER, JSON, QUERY_MODE, ("x-amz-target", target)], body).await
}

/// Which series are asked, from when to when (seconds), in which period, for which statistic.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Asked<'a> {
    pub(crate) namespace: &'a str,
    pub(crate) start: i64,
    pub(crate) end: i64,
    pub(crate) period: i64,
    pub(crate) statistic: &'a str,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct MetricData {
    metric_data_results: Vec<MetricDataResult>,
    next_token: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct MetricDataResult {
    #[serde(default)]
    values: Vec<f64>,
}

/// The body of a `GetMetricData` with a query for each series.
pub(crate) fn question(asked: &Asked<'_>, series: &[Series]) -> Value {
    let query = |(number, series): (usize, &Series)| {
        let dimensions = json!([{ "Name": "InstanceId", "Value": series.instance() }]);
        let metric =
            json!({ "Namespace": asked.namespace, "MetricName": series.metric(), "Dimensions": dimensions });
        let stat = json!({ "Metric": metric, "Period": asked.period, "Stat": asked.statistic });
        json!({ "Id": format!("q{number}"), "MetricStat": stat })
    };
    let queries: Vec<Value> = series.iter().enumerate().map(query).collect();
    json!({ "MetricDataQueries": queries, "StartTime": asked.start, "EndTime": asked.end })
}

/// What one `GetMetricData` answered, over all its pages.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Found {
    pub(crate) points: usize,
    pub(crate) sum: f64,
}

/// Asks and follows the pages.
pub(crate) async fn get(client: &mut Client, question: &Value) -> Result<Found> {
    let mut found = Found::default();
    let mut question = question.clone();
    loop {
        let body = Bytes::from(question.to_string());
        let target = ("x-amz-target", "GraniteServiceVersion20100801.GetMetricData");
        let answer = client.send(Method::POST, "/", &[CALLER, JSON, QUERY_MODE, target], body).await?;
        let page: MetricData = serde_json::from_slice(&answer.ok()?)?;
        for result in &page.metric_data_results {
            found.points += result.values.len();
            found.sum += result.values.iter().sum::<f64>();
        }
        match page.next_token {
            Some(token) => question["NextToken"] = Value::String(token),
            None => return Ok(found),
        }
    }
}

/// How many samples the server has of the first `series` series in `[start, end)`.
pub(crate) async fn sample_count(
    client: &mut Client,
    namespace: &str,
    series: usize,
    start: i64,
    end: i64,
) -> Result<f64> {
    // An hour divides every age's coarsest period, so no server rounds the range.
    let (start, end) = (start - start.rem_euclid(3_600), end + (-end).rem_euclid(3_600));
    let asked = Asked { namespace, start, end, period: 3_600, statistic: "SampleCount" };
    let all: Vec<Series> = (0..series).map(Series).collect();
    let mut count = 0.0;
    for some in all.chunks(QUERIES) {
        count += get(client, &question(&asked, some)).await?.sum;
    }
    Ok(count)
}
