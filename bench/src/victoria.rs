//! `VictoriaMetrics`' HTTP API.

use bytes::Bytes;
use hyper::Method;
use serde_json::Value;

use crate::Result;
use crate::fleet::Series;
use crate::http::{Answer, Client};

/// Sends prepared lines of Prometheus' text format.
pub(crate) async fn import(client: &mut Client, gzip: bool, body: Bytes) -> Result<Answer> {
    let headers: &[_] = if gzip { &[("content-encoding", "gzip")] } else { &[] };
    client.send(Method::POST, "/api/v1/import/prometheus", headers, body).await
}

/// Makes what was imported visible to queries, which otherwise happens within a second or two.
pub(crate) async fn flush(client: &mut Client) -> Result<()> {
    client.get("/internal/force_flush").await?.ok().map(drop)
}

/// Merges the parts of each month into one, as it happens by itself when a month is over.
pub(crate) async fn merge(client: &mut Client) -> Result<()> {
    client.get("/internal/force_merge").await?.ok().map(drop)
}

/// How many samples the server has of a namespace in `[start, end)` seconds.
pub(crate) async fn sample_count(client: &mut Client, namespace: &str, start: i64, end: i64) -> Result<f64> {
    let query = format!("sum(count_over_time({{namespace=\"{namespace}\"}}[{}s]))", end - start);
    let path = format!("/api/v1/query?nocache=1&time={}&query={}", end - 1, escape(&query));
    let answer: Value = serde_json::from_slice(&client.get(&path).await?.ok()?)?;
    let count = answer["data"]["result"][0]["value"][1].as_str().unwrap_or("0");
    Ok(count.parse()?)
}

/// The path of a range query: averages of each `step` seconds of all `series`, which are of one metric.
pub(crate) fn averages(namespace: &str, series: &[Series], start: i64, end: i64, step: i64) -> String {
    let metric = series.first().map_or("", |series| series.metric());
    let instances: Vec<String> = series.iter().map(|series| series.instance()).collect();
    let operator = if instances.len() == 1 { "=" } else { "=~" };
    let instances = instances.join("|");
    let query = format!(
        "avg_over_time({metric}{{namespace=\"{namespace}\",InstanceId{operator}\"{instances}\"}}[{step}s])"
    );
    // A step's window ends at its time: the first is a step after the start.
    format!("/api/v1/query_range?start={}&end={end}&step={step}&query={}", start + step, escape(&query))
}

/// Asks a path of [`averages`], and counts the points of the answer.
pub(crate) async fn points(client: &mut Client, path: &str) -> Result<usize> {
    let answer: Value = serde_json::from_slice(&client.get(path).await?.ok()?)?;
    let series = answer["data"]["result"].as_array().ok_or("an answer without a result")?;
    Ok(series.iter().filter_map(|series| series["values"].as_array()).map(Vec::len).sum())
}

/// Percent-encodes all but letters and digits.
fn escape(text: &str) -> String {
    let one = |byte: u8| match byte {
        byte if byte.is_ascii_alphanumeric() => char::from(byte).to_string(),
        byte => format!("%{byte:02X}"),
    };
    text.bytes().map(one).collect()
}
