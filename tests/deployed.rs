//! The AWS SDK for Rust against a deployed stack: values in and out, by CBOR and signed by an access key of the suite.
//!
//! `deployed MINUTE` puts values into that minute (epoch seconds) and ends well if it reads them again, and if a wrong secret is refused.
//! Endpoint, key and region come from AWS's own variables; `WATCHTRAIL_EMULATOR` is the port of the emulator that `make e2e` deploys to,
//! where the name of a function URL leads nowhere.

use std::error::Error;

use aws_sdk_cloudwatch::Client;
use aws_sdk_cloudwatch::config::{BehaviorVersion, Config, Credentials, Region, SharedHttpClient};
use aws_sdk_cloudwatch::error::ProvideErrorMetadata as _;
use aws_sdk_cloudwatch::primitives::DateTime;
use aws_sdk_cloudwatch::types::{
    Dimension, Metric, MetricDataQuery, MetricDataResult, MetricDatum, MetricStat, StandardUnit, Statistic,
};
use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_runtime_api::shared::IntoShared as _;

type Failure = Box<dyn Error + Send + Sync>;

const NAMESPACE: &str = "RustSdk";
const METRIC: &str = "Latency";
/// So many that the SDK compresses them.
const VALUES: u32 = 2_000;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Failure> {
    let minute: i64 = std::env::args().nth(1).ok_or("which minute?")?.parse()?;
    let secret = variable("AWS_SECRET_ACCESS_KEY")?;
    let client = client(&secret)?;
    put(&client, minute).await?;
    read_statistics(&client, minute).await?;
    read_data(&client, minute).await?;
    let listed = client.list_metrics().namespace(NAMESPACE).send().await?;
    same("metrics", &listed.metrics().len(), &1)?;
    refuse(minute).await
}

fn variable(name: &str) -> Result<String, Failure> {
    std::env::var(name).map_err(|error| format!("{name}: {error}").into())
}

fn same<T: PartialEq + std::fmt::Debug>(what: &str, found: &T, expected: &T) -> Result<(), Failure> {
    if found == expected { Ok(()) } else { Err(format!("{what}: {found:?}, not {expected:?}").into()) }
}

fn client(secret: &str) -> Result<Client, Failure> {
    let plain: SharedHttpClient = aws_smithy_http_client::Builder::new().build_http();
    let client = match std::env::var("WATCHTRAIL_EMULATOR") {
        Ok(port) => SharedHttpClient::new(Redirected { client: plain, port: port.parse()? }),
        Err(_) => plain,
    };
    let credentials = Credentials::new(variable("AWS_ACCESS_KEY_ID")?, secret, None, None, "variables");
    let config = Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .endpoint_url(variable("AWS_ENDPOINT_URL_CLOUDWATCH")?)
        .region(Region::new(variable("AWS_REGION")?))
        .credentials_provider(credentials)
        .http_client(client)
        .build();
    Ok(Client::from_conf(config))
}

fn dimension() -> Dimension {
    Dimension::builder().name("Region").value("EU").build()
}

async fn put(client: &Client, minute: i64) -> Result<(), Failure> {
    let datum = |value: u32| {
        MetricDatum::builder()
            .metric_name(METRIC)
            .dimensions(dimension())
            .timestamp(DateTime::from_secs(minute))
            .unit(StandardUnit::Milliseconds)
            .value(f64::from(value))
            .build()
    };
    for half in [0..VALUES / 2, VALUES / 2..VALUES] {
        let data = Some(half.map(datum).collect());
        client.put_metric_data().namespace(NAMESPACE).set_metric_data(data).send().await?;
    }
    Ok(())
}

async fn read_statistics(client: &Client, minute: i64) -> Result<(), Failure> {
    let answer = client
        .get_metric_statistics()
        .namespace(NAMESPACE)
        .metric_name(METRIC)
        .dimensions(dimension())
        .start_time(DateTime::from_secs(minute))
        .end_time(DateTime::from_secs(minute + 60))
        .period(60)
        .statistics(Statistic::SampleCount)
        .statistics(Statistic::Sum)
        .statistics(Statistic::Maximum)
        .send()
        .await?;
    let found: Vec<_> = answer
        .datapoints()
        .iter()
        .map(|point| (point.timestamp.map(|at| at.secs()), point.sample_count, point.sum, point.maximum))
        .collect();
    let many = f64::from(VALUES);
    let expected = (Some(minute), Some(many), Some(many * (many - 1.0) / 2.0), Some(many - 1.0));
    same("statistics", &found, &vec![expected])
}

async fn read_data(client: &Client, minute: i64) -> Result<(), Failure> {
    let metric = Metric::builder().namespace(NAMESPACE).metric_name(METRIC).dimensions(dimension()).build();
    let stat = MetricStat::builder().metric(metric).period(60).stat("Average").build();
    let answer = client
        .get_metric_data()
        .metric_data_queries(MetricDataQuery::builder().id("average").metric_stat(stat).build())
        .start_time(DateTime::from_secs(minute))
        .end_time(DateTime::from_secs(minute + 60))
        .send()
        .await?;
    let found: Vec<_> = answer.metric_data_results().iter().map(MetricDataResult::values).collect();
    same("data", &found, &vec![&[(f64::from(VALUES) - 1.0) / 2.0][..]])
}

/// A wrong secret gets nowhere.
async fn refuse(minute: i64) -> Result<(), Failure> {
    match put(&client("wrong")?, minute).await {
        Ok(()) => Err("a wrong secret is let in".into()),
        Err(error) => {
            let error = error.downcast::<aws_sdk_cloudwatch::error::SdkError<
                aws_sdk_cloudwatch::operation::put_metric_data::PutMetricDataError,
            >>()?;
            same("the refusal", &error.code(), &Some("SignatureDoesNotMatch"))
        }
    }
}

/// Sends requests to the emulator, under the name that they are signed for.
#[derive(Debug, Clone)]
struct Redirected {
    client: SharedHttpClient,
    port: u16,
}

impl HttpClient for Redirected {
    fn http_connector(
        &self,
        settings: &HttpConnectorSettings,
        components: &RuntimeComponents,
    ) -> SharedHttpConnector {
        let connector = self.client.http_connector(settings, components);
        RedirectedConnector { connector, port: self.port }.into_shared()
    }
}

#[derive(Debug)]
struct RedirectedConnector {
    connector: SharedHttpConnector,
    port: u16,
}

impl RedirectedConnector {
    fn redirect(&self, request: &mut HttpRequest) -> Result<(), Failure> {
        let uri: http::Uri = request.uri().parse()?;
        let host = uri.authority().ok_or("no host")?.to_string();
        let path = uri.path_and_query().map_or("/", http::uri::PathAndQuery::as_str);
        request.set_uri(format!("http://127.0.0.1:{}{path}", self.port))?;
        request.headers_mut().insert("host", host);
        Ok(())
    }
}

impl HttpConnector for RedirectedConnector {
    fn call(&self, mut request: HttpRequest) -> HttpConnectorFuture {
        match self.redirect(&mut request) {
            Ok(()) => self.connector.call(request),
            Err(error) => HttpConnectorFuture::ready(Err(ConnectorError::user(error))),
        }
    }
}
