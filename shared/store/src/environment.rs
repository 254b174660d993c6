//! Making the SDK's clients: from the environment of a Lambda function, or over services that are named one by one.

use std::time::Duration;

use aws_config::retry::RetryConfig;
use aws_config::stalled_stream_protection::StalledStreamProtectionConfig;
use aws_config::timeout::TimeoutConfig;
use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_sdk_dynamodb::config::{Credentials, SharedCredentialsProvider};
use aws_smithy_http_client::Builder;
use aws_smithy_runtime_api::client::http::SharedHttpClient;

use crate::config::{Names, StoreConfig};
use crate::{Outbound, Parameters, SealingHome, Store, StoreError};

/// What clients of AWS are made of, as the AWS SDK's own variables and files say.
pub async fn caller_config(http_client: SharedHttpClient) -> SdkConfig {
    aws_config::defaults(BehaviorVersion::latest()).http_client(http_client).load().await
}

impl Store {
    /// The store that the environment names: `WATCHTRAIL_LEDGER_TABLE`, `WATCHTRAIL_INDEX_TABLE`,
    /// `WATCHTRAIL_CATALOG_TABLE`, `WATCHTRAIL_DATA_BUCKET`, and where `WATCHTRAIL_SEALING_PARAMETER` is set the SSM parameter of that name
    /// (encrypted by the KMS key of `WATCHTRAIL_SEALING_KMS_KEY`, or by AWS's own); clients as the AWS SDK's own variables say.
    ///
    /// # Errors
    /// When one of them is missing.
    pub async fn from_env() -> Result<Self, StoreError> {
        let names = Names {
            ledger: variable("WATCHTRAIL_LEDGER_TABLE")?,
            index: variable("WATCHTRAIL_INDEX_TABLE")?,
            catalog: variable("WATCHTRAIL_CATALOG_TABLE")?,
            bucket: variable("WATCHTRAIL_DATA_BUCKET")?,
        };
        let config = caller_config(http_client()).await;
        let set = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
        let sealing = set("WATCHTRAIL_SEALING_PARAMETER").and_then(|name| {
            let kms_key = set("WATCHTRAIL_SEALING_KMS_KEY");
            let parameters = Box::new(Parameters::new(&config)?);
            Some(SealingHome::Parameter { parameters, name, kms_key })
        });
        Ok(Self::of(&config, StoreConfig { sealing, ..StoreConfig::new(names) }))
    }

    /// A store over clients of these settings.
    pub fn of(sdk: &SdkConfig, config: StoreConfig) -> Self {
        // An endpoint that is named is an emulator's: those want the bucket in the path.
        let path_style =
            std::env::var("AWS_ENDPOINT_URL").or_else(|_| std::env::var("AWS_ENDPOINT_URL_S3")).is_ok();
        let s3 = aws_sdk_s3::config::Builder::from(sdk).force_path_style(path_style);
        let s3 = s3.timeout_config(timeouts(S3_PATIENCE)).build();
        let dynamodb = aws_sdk_dynamodb::config::Builder::from(sdk);
        let dynamodb = dynamodb.timeout_config(timeouts(DYNAMODB_PATIENCE)).build();
        Self::new(aws_sdk_dynamodb::Client::from_conf(dynamodb), aws_sdk_s3::Client::from_conf(s3), config)
    }
}

/// How long one try of a call may go without an answer: the SDK waits for ever, and a connection that died in silence would cost the whole
/// invocation. The SDK tries again then; what it wrote and was not told of is known again (`Dynamo::put_if`, the tokens of transactions).
const DYNAMODB_PATIENCE: Duration = Duration::from_secs(5);
/// The same of S3, where the time counts in which the body is sent.
const S3_PATIENCE: Duration = Duration::from_secs(20);

fn timeouts(patience: Duration) -> TimeoutConfig {
    TimeoutConfig::builder().connect_timeout(Duration::from_secs(3)).read_timeout(patience).build()
}

impl Outbound {
    /// What alarms act on, as the AWS SDK's own variables say. Each function takes only those clients along that it uses, so that it stays small.
    pub async fn for_alarms() -> Self {
        let config = aws_config::defaults(BehaviorVersion::latest()).http_client(http_client()).load().await;
        Self {
            sns: Some(aws_sdk_sns::Client::new(&config)),
            lambda: Some(aws_sdk_lambda::Client::new(&config)),
            ..Self::default()
        }
    }

    /// What trails tell of their files, as the AWS SDK's own variables say.
    pub async fn for_trails() -> Self {
        let config = aws_config::defaults(BehaviorVersion::latest()).http_client(http_client()).load().await;
        Self { sns: Some(aws_sdk_sns::Client::new(&config)), ..Self::default() }
    }

    /// What subscriptions send to, as the AWS SDK's own variables say.
    pub async fn for_subscriptions() -> Self {
        let config = aws_config::defaults(BehaviorVersion::latest()).http_client(http_client()).load().await;
        Self {
            lambda: Some(aws_sdk_lambda::Client::new(&config)),
            kinesis: Some(aws_sdk_kinesis::Client::new(&config)),
            firehose: Some(aws_sdk_firehose::Client::new(&config)),
            ..Self::default()
        }
    }

    /// The services at these endpoints; those that have none are not known. A call is made once: who acts tries again later, and records each try.
    pub async fn over(services: Services) -> Self {
        Self {
            sns: once(services.sns).await.map(|config| aws_sdk_sns::Client::new(&config)),
            lambda: once(services.lambda).await.map(|config| aws_sdk_lambda::Client::new(&config)),
            kinesis: once(services.kinesis).await.map(|config| aws_sdk_kinesis::Client::new(&config)),
            firehose: once(services.firehose).await.map(|config| aws_sdk_firehose::Client::new(&config)),
            ..Self::default()
        }
    }
}

/// The services that are acted on, where there are such.
#[derive(Debug, Clone, Default)]
pub struct Services {
    /// SNS.
    pub sns: Option<Endpoint>,
    /// Lambda.
    pub lambda: Option<Endpoint>,
    /// Kinesis Data Streams.
    pub kinesis: Option<Endpoint>,
    /// Firehose.
    pub firehose: Option<Endpoint>,
}

/// What a client of a service at an endpoint is made of that makes each call once.
async fn once(endpoint: Option<Endpoint>) -> Option<SdkConfig> {
    let endpoint = endpoint?;
    let config = shared(&[&endpoint]).await.into_builder().retry_config(RetryConfig::disabled());
    Some(match endpoint {
        Endpoint::InProcess(client) => config
            .http_client(client)
            .endpoint_url("http://service.embedded")
            .credentials_provider(SharedCredentialsProvider::new(nobody()))
            .timeout_config(TimeoutConfig::disabled())
            .stalled_stream_protection(StalledStreamProtectionConfig::disabled())
            .build(),
        Endpoint::Url(url) => config.endpoint_url(url).build(),
    })
}

/// Within this process nobody looks at who signed.
fn nobody() -> Credentials {
    Credentials::new("test", "test", None, None, "embedded")
}

/// What the clients share: looked for in files and environment only when something of it will be used.
///
/// An emulator asks for no credentials, and people who use one may have none: then any will do, and nobody is to wait for the instance metadata
/// of a machine that has none.
async fn shared(endpoints: &[&Endpoint]) -> SdkConfig {
    let region = Region::from_static("us-east-1");
    if endpoints.iter().any(|endpoint| matches!(endpoint, Endpoint::Url(_))) {
        let mut config = aws_config::defaults(BehaviorVersion::latest()).http_client(http_client());
        let emulator = endpoints.iter().all(|endpoint| !endpoint.is_aws()) && !has_files();
        if emulator && !any_is_set(CREDENTIALS) {
            config = config.test_credentials();
        }
        if emulator && !any_is_set(["AWS_REGION", "AWS_DEFAULT_REGION", "AWS_PROFILE", "AWS_CONFIG_FILE"]) {
            config = config.region(region);
        }
        return config.load().await;
    }
    SdkConfig::builder().behavior_version(BehaviorVersion::latest()).region(region).build()
}

/// The variables that say where credentials are.
const CREDENTIALS: [&str; 7] = [
    "AWS_CONFIG_FILE",
    "AWS_SHARED_CREDENTIALS_FILE",
    "AWS_ACCESS_KEY_ID",
    "AWS_PROFILE",
    "AWS_WEB_IDENTITY_TOKEN_FILE",
    "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
    "AWS_CONTAINER_CREDENTIALS_FULL_URI",
];

fn any_is_set<const N: usize>(variables: [&str; N]) -> bool {
    variables.iter().any(|variable| std::env::var_os(variable).is_some())
}

/// Whether there is a folder of profiles.
fn has_files() -> bool {
    std::env::var_os("HOME").is_some_and(|home| std::path::Path::new(&home).join(".aws").exists())
}

/// Where a service is.
#[derive(Debug, Clone)]
pub enum Endpoint {
    /// Within this process, behind an HTTP connector of the SDK; it checks no signatures.
    InProcess(SharedHttpClient),
    /// At a URL; credentials come from where the AWS SDK looks for them, and are made up for an emulator when there are none.
    Url(String),
}

impl Endpoint {
    fn is_aws(&self) -> bool {
        matches!(self, Self::Url(url) if url.contains(".amazonaws.com"))
    }
}

/// The services that a store needs.
#[derive(Debug, Clone)]
pub struct Endpoints {
    /// DynamoDB.
    pub dynamodb: Endpoint,
    /// S3.
    pub s3: Endpoint,
}

impl Store {
    /// A store over the services at `endpoints`.
    pub async fn over(endpoints: Endpoints, config: StoreConfig) -> Self {
        let shared = shared(&[&endpoints.dynamodb, &endpoints.s3]).await;
        let mut dynamodb = aws_sdk_dynamodb::config::Builder::from(&shared);
        dynamodb = match endpoints.dynamodb {
            // What fails within the process fails again: there is no network to blame, and nobody to wait for.
            Endpoint::InProcess(client) => dynamodb
                .http_client(client)
                .endpoint_url("http://dynamodb.embedded")
                .allow_no_auth()
                .retry_config(RetryConfig::disabled())
                .timeout_config(TimeoutConfig::disabled())
                .stalled_stream_protection(StalledStreamProtectionConfig::disabled()),
            Endpoint::Url(url) => dynamodb.endpoint_url(url),
        };
        let mut s3 = aws_sdk_s3::config::Builder::from(&shared).force_path_style(true);
        s3 = match endpoints.s3 {
            Endpoint::InProcess(client) => s3
                .http_client(client)
                .endpoint_url("http://s3.embedded")
                .allow_no_auth()
                .retry_config(RetryConfig::disabled())
                .timeout_config(TimeoutConfig::disabled())
                .stalled_stream_protection(StalledStreamProtectionConfig::disabled()),
            Endpoint::Url(url) => s3.endpoint_url(url),
        };
        let dynamodb = aws_sdk_dynamodb::Client::from_conf(dynamodb.build());
        Self::new(dynamodb, aws_sdk_s3::Client::from_conf(s3.build()), config)
    }
}

#[cfg(feature = "tls")]
fn http_client() -> SharedHttpClient {
    use aws_smithy_http_client::tls::{Provider, rustls_provider::CryptoMode};
    Builder::new().tls_provider(Provider::Rustls(CryptoMode::Ring)).build_https()
}

#[cfg(not(feature = "tls"))]
fn http_client() -> SharedHttpClient {
    Builder::new().build_http()
}

fn variable(name: &str) -> Result<String, StoreError> {
    std::env::var(name).map_err(|_| {
        StoreError::corrupt("the environment", format!("{name} is not set; template.yaml sets it"))
    })
}
