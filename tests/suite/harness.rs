//! A suite in this process on a free port, SDK clients for it, and what tests ask of both again and again.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;

use aws_sdk_cloudwatch::Client;
use aws_sdk_cloudwatch::config::retry::RetryConfig;
use aws_sdk_cloudwatch::config::{BehaviorVersion, Config, Credentials, Region};
use aws_sdk_cloudwatch::primitives::DateTime;
use aws_sdk_cloudwatch::types::{
    Dimension, Metric, MetricDataQuery, MetricDatum, MetricStat, ScanBy, StandardUnit,
};
use serde_json::Value;
use watchtrail_local::{Options, Suite};

/// The namespace of most tests.
pub(crate) const NAMESPACE: &str = "Shop";
pub(crate) const MINUTE: i64 = 60;
pub(crate) const HOUR: i64 = 3_600;
pub(crate) const DAY: i64 = 86_400;

/// The points of a series: epoch seconds and value, oldest first.
pub(crate) type Points = Vec<(i64, f64)>;

/// A suite in memory, served until the test's runtime ends.
pub(crate) struct Running {
    pub(crate) endpoint: Endpoint,
}

impl Running {
    pub(crate) async fn start() -> Self {
        let suite = Suite::start(Options::in_memory()).await.unwrap();
        let (listener, address) = suite.listen().await.unwrap();
        tokio::spawn(async move { suite.serve(listener, std::future::pending()).await });
        Self { endpoint: Endpoint(address) }
    }

    /// A client of the account that keys without an account belong to.
    pub(crate) fn client(&self) -> Arc<Client> {
        Arc::new(self.endpoint.client("test", "us-east-1", RetryConfig::standard()))
    }
}

/// Where a suite listens.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Endpoint(pub(crate) SocketAddr);

impl Endpoint {
    pub(crate) fn client(self, access_key_id: &str, region: &str, retries: RetryConfig) -> Client {
        let config = Config::builder()
            .behavior_version(BehaviorVersion::latest())
            .endpoint_url(format!("http://{}", self.0))
            .region(Region::new(region.to_owned()))
            .credentials_provider(Credentials::new(access_key_id, "secret", None, None, "tests"))
            .retry_config(retries)
            .http_client(aws_smithy_http_client::Builder::new().build_http())
            .build();
        Client::from_conf(config)
    }

    /// One request to `/_watchtrail/…`; the status and the JSON answer.
    ///
    /// # Errors
    /// When the connection breaks, as it does when the process is killed.
    pub(crate) async fn control(
        self,
        method: &'static str,
        path: &str,
        body: &Value,
    ) -> std::io::Result<(u16, Value)> {
        let body = if body.is_null() { String::new() } else { body.to_string() };
        let (status, answer) =
            self.raw(method, &format!("/_watchtrail/{path}"), &[], body.as_bytes()).await?;
        Ok((status, serde_json::from_slice(&answer)?))
    }

    /// One request as it is; the status and the body of the answer.
    ///
    /// # Errors
    /// When the connection breaks.
    pub(crate) async fn raw(
        self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &[u8],
    ) -> std::io::Result<(u16, Vec<u8>)> {
        let headers: String =
            headers.iter().map(|(name, value)| [name, ": ", value, "\r\n"].concat()).collect();
        let head = format!(
            "{method} {path} HTTP/1.1\r\nhost: {}\r\nconnection: close\r\n{headers}content-length: {}\r\n\r\n",
            self.0,
            body.len()
        );
        let request = [head.as_bytes(), body].concat();
        let asked = tokio::task::spawn_blocking(move || self.exchange(&request));
        let answer = asked.await.map_err(std::io::Error::other)??;
        let end = answer.windows(4).position(|bytes| bytes == b"\r\n\r\n");
        let end = end.ok_or_else(|| std::io::Error::other("no answer"))?;
        let head = String::from_utf8_lossy(&answer[..end]);
        let status = head.split(' ').nth(1).and_then(|status| status.parse().ok());
        let status = status.ok_or_else(|| std::io::Error::other("no status"))?;
        Ok((status, answer[end + 4..].to_vec()))
    }

    fn exchange(self, request: &[u8]) -> std::io::Result<Vec<u8>> {
        let mut stream = TcpStream::connect(self.0)?;
        stream.write_all(request)?;
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer)?;
        Ok(answer)
    }

    async fn asked(self, method: &'static str, path: &str, body: &Value) -> Value {
        let (status, answer) = self.control(method, path, body).await.unwrap();
        assert_eq!(status, 200, "{method} {path} {body}: {answer}");
        answer
    }

    /// The suite's clock, in epoch seconds.
    pub(crate) async fn now(self) -> i64 {
        self.asked("GET", "clock", &Value::Null).await["now_millis"].as_i64().unwrap() / 1000
    }

    /// The suite's clock at the last whole minute that has passed entirely, in epoch seconds.
    pub(crate) async fn last_minute(self) -> i64 {
        self.now().await / MINUTE * MINUTE - MINUTE
    }

    pub(crate) async fn advance(self, seconds: i64) {
        self.asked("POST", "clock", &serde_json::json!({ "advance_seconds": seconds })).await;
    }

    /// Makes segments of everything that was written.
    pub(crate) async fn deliver(self) {
        let report = self.asked("POST", "deliver", &Value::Null).await;
        assert_eq!(report["failures"], 0, "{report}");
    }
}

pub(crate) fn time(epoch_seconds: i64) -> DateTime {
    DateTime::from_secs(epoch_seconds)
}

pub(crate) fn dimension(name: &str, value: &str) -> Dimension {
    Dimension::builder().name(name).value(value).build()
}

/// A datum of one value without dimensions.
pub(crate) fn datum(metric: &str, at: i64, value: f64) -> MetricDatum {
    MetricDatum::builder().metric_name(metric).timestamp(time(at)).value(value).build()
}

pub(crate) async fn put(client: &Client, data: Vec<MetricDatum>) {
    client.put_metric_data().namespace(NAMESPACE).set_metric_data(Some(data)).send().await.unwrap();
}

/// Which series, when, in what periods.
#[derive(Debug, Clone)]
pub(crate) struct Question<'a> {
    pub(crate) metric: &'a str,
    pub(crate) dimensions: &'a [(&'a str, &'a str)],
    pub(crate) unit: Option<StandardUnit>,
    /// `[start, end)`, epoch seconds.
    pub(crate) range: (i64, i64),
    pub(crate) period: i32,
}

impl<'a> Question<'a> {
    /// One minute of a metric without dimensions.
    pub(crate) fn minute(metric: &'a str, at: i64) -> Self {
        Self::of(metric, (at, at + MINUTE), 60)
    }

    pub(crate) fn of(metric: &'a str, range: (i64, i64), period: i32) -> Self {
        Self { metric, dimensions: &[], unit: None, range, period }
    }

    pub(crate) fn query(&self, id: &str, stat: &str) -> MetricDataQuery {
        let dimensions = self.dimensions.iter().map(|(name, value)| dimension(name, value)).collect();
        let metric = Metric::builder()
            .namespace(NAMESPACE)
            .metric_name(self.metric)
            .set_dimensions(Some(dimensions))
            .build();
        let stat =
            MetricStat::builder().metric(metric).period(self.period).stat(stat).set_unit(self.unit.clone());
        MetricDataQuery::builder().id(id).metric_stat(stat.build()).build()
    }

    /// The series of each statistic, all pages of one GetMetricData.
    pub(crate) async fn ask(&self, client: &Client, stats: &[&str]) -> Vec<Points> {
        let queries: Vec<_> =
            stats.iter().enumerate().map(|(n, stat)| self.query(&format!("q{n}"), stat)).collect();
        let mut series = vec![Points::new(); stats.len()];
        let mut pages = client
            .get_metric_data()
            .set_metric_data_queries(Some(queries))
            .start_time(time(self.range.0))
            .end_time(time(self.range.1))
            .scan_by(ScanBy::TimestampAscending)
            .into_paginator()
            .send();
        while let Some(page) = pages.next().await {
            for result in page.unwrap().metric_data_results() {
                let of: usize = result.id().unwrap()[1..].parse().unwrap();
                let times = result.timestamps().iter().map(DateTime::secs);
                series[of].extend(times.zip(result.values().iter().copied()));
            }
        }
        series
    }

    /// The sum of all periods' values of one additive statistic.
    pub(crate) async fn total(&self, client: &Client, stat: &str) -> f64 {
        self.ask(client, &[stat]).await.concat().iter().map(|(_, value)| value).sum()
    }
}

/// Equal but for rounding.
pub(crate) fn close(a: f64, b: f64) -> bool {
    (a - b).abs() <= 1e-9 * a.abs().max(b.abs())
}
