//! `VictoriaMetrics`' HTTP API.

use bytes::Bytes;
use hyper::Method;
use serde_json::Value;

use crate::Result;
use crate::cloudwatch::Asked;
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

/// The path of a range query of all `series`, which are of one metric.
pub(crate) fn question(asked: &Asked<'_>, series: &[Series]) -> String {
    let Asked { namespace, start, end, period, statistic } = *asked;
    let metric = series.first().map_or("", |series| series.metric());
    let instances: Vec<String> = series.iter().map(|series| series.instance()).collect();
    let operator = if instances.len() == 1 { "=" } else { "=~" };
    let instances = instances.join("|");
    let selector =
        format!("{metric}{{namespace=\"{namespace}\",InstanceId{operator}\"{instances}\"}}[{period}s]");
    let query = match statistic {
        "p99" => format!("quantile_over_time(0.99, {selector})"),
        _ => format!("avg_over_time({selector})"),
    };
    // A window ends at its step's time and holds that time, so the windows are those of a second earlier.
    let (start, end) = (start + period - 1, end - 1);
    format!("/api/v1/query_range?start={start}&end={end}&step={period}&query={}", escape(&query))
}

/// Asks a path of [`question`], and counts the points of the answer.
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
