//! AWS Systems Manager's parameters: the two calls that the sealing key needs.
//!
//! `aws-sdk-ssm` has a hundred and fifty operations and would be built for two of them; these are signed with `aws-sigv4`, which the SDKs sign with,
//! and sent by the runtime that they are sent by (retries, timeouts).
//! <https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_GetParameter.html>

use std::time::Duration;

use aws_config::retry::RetryConfig;
use aws_config::timeout::TimeoutConfig;
use aws_config::{BehaviorVersion, SdkConfig};
use aws_credential_types::provider::{ProvideCredentials as _, SharedCredentialsProvider};
use aws_sigv4::http_request::{SignableBody, SignableRequest, SigningSettings, sign};
use aws_sigv4::sign::v4;
use aws_smithy_runtime::client::orchestrator::operation::Operation;
use aws_smithy_runtime::client::retries::classifiers::HttpStatusCodeClassifier;
use aws_smithy_runtime_api::client::http::SharedHttpClient;
use aws_smithy_runtime_api::client::identity::Identity;
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse, OrchestratorError};
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::body::SdkBody;
use serde_json::{Value, json};

use crate::error::StoreError;

const STORE: &str = "SSM";

/// How long one attempt may take.
const PATIENCE: Duration = Duration::from_secs(5);

/// A client of Systems Manager.
#[derive(Debug, Clone)]
pub struct Parameters {
    http: SharedHttpClient,
    credentials: SharedCredentialsProvider,
    config: SdkConfig,
    region: String,
    endpoint: String,
}

/// What the service answered when it refused.
#[derive(Debug, thiserror::Error)]
#[error("HTTP {status} {}", String::from_utf8_lossy(.body))]
struct Refusal {
    status: u16,
    body: Vec<u8>,
}

impl Refusal {
    fn is(&self, code: &str) -> bool {
        let answer: Value = serde_json::from_slice(&self.body).unwrap_or_default();
        answer["__type"].as_str().is_some_and(|kind| kind.rsplit('#').next() == Some(code))
    }
}

type Failure = SdkError<Refusal, HttpResponse>;

impl Parameters {
    /// A client, as the AWS SDK's own settings say; `None` where there are no credentials or no region.
    pub fn new(config: &SdkConfig) -> Option<Self> {
        let region = config.region()?.to_string();
        let domain = if region.starts_with("cn-") { "amazonaws.com.cn" } else { "amazonaws.com" };
        let named = std::env::var("AWS_ENDPOINT_URL_SSM").ok().filter(|url| !url.is_empty());
        let named = named.or_else(|| config.endpoint_url().map(str::to_owned));
        let endpoint = named.unwrap_or_else(|| format!("https://ssm.{region}.{domain}"));
        let endpoint = endpoint.trim_end_matches('/').to_owned();
        Some(Self {
            http: config.http_client()?,
            credentials: config.credentials_provider()?,
            config: config.clone(),
            region,
            endpoint,
        })
    }

    /// The value of a parameter, decrypted; `None` where there is none of that name.
    ///
    /// # Errors
    /// When the service refuses or does not answer.
    pub async fn get(&self, name: &str) -> Result<Option<String>, StoreError> {
        let input = json!({ "Name": name, "WithDecryption": true });
        match self.call("GetParameter", &input).await? {
            Ok(answer) => Ok(answer["Parameter"]["Value"].as_str().map(str::to_owned)),
            Err(error) if is(&error, "ParameterNotFound") => Ok(None),
            Err(error) => Err(failed("GetParameter", &error)),
        }
    }

    /// Makes a `SecureString`; one that is there already is left as it is.
    ///
    /// # Errors
    /// When the service refuses or does not answer.
    pub async fn make(&self, name: &str, value: &str, kms_key: Option<&str>) -> Result<(), StoreError> {
        let mut input = json!({ "Name": name, "Value": value, "Type": "SecureString", "Overwrite": false });
        if let Some(key) = kms_key {
            input["KeyId"] = json!(key);
        }
        match self.call("PutParameter", &input).await? {
            Ok(_) => Ok(()),
            Err(error) if is(&error, "ParameterAlreadyExists") => Ok(()),
            Err(error) => Err(failed("PutParameter", &error)),
        }
    }

    async fn call(
        &self,
        operation: &'static str,
        input: &Value,
    ) -> Result<Result<Value, Failure>, StoreError> {
        let credentials = self.credentials.provide_credentials().await.map_err(|error| {
            StoreError::Unavailable { store: STORE, call: operation, message: error.to_string() }
        })?;
        let mut builder = Operation::builder()
            .service_name("ssm")
            .operation_name(operation)
            .behavior_version(BehaviorVersion::latest())
            .http_client(self.http.clone())
            .endpoint_url(&self.endpoint)
            .no_auth()
            .timeout_config(TimeoutConfig::builder().operation_attempt_timeout(PATIENCE).build())
            .standard_retry(&RetryConfig::standard())
            .retry_classifier(HttpStatusCodeClassifier::default());
        if let Some(sleep) = self.config.sleep_impl() {
            builder = builder.sleep_impl(sleep);
        }
        let (this, identity) = (self.clone(), credentials.into());
        let operation = builder
            .serializer(move |body: String| this.signed(operation, &identity, &body))
            .deserializer(|answer: &HttpResponse| {
                let (status, body) = (answer.status().as_u16(), answer.body().bytes().unwrap_or_default());
                if status == 200 {
                    return serde_json::from_slice(body).map_err(OrchestratorError::other);
                }
                Err(OrchestratorError::operation(Refusal { status, body: body.to_vec() }))
            })
            .build();
        Ok(operation.invoke(input.to_string()).await)
    }

    fn signed(
        &self,
        operation: &str,
        identity: &Identity,
        body: &str,
    ) -> Result<HttpRequest, Box<dyn std::error::Error + Send + Sync>> {
        let url = format!("{}/", self.endpoint);
        let mut request = http::Request::post("/")
            .header("content-type", "application/x-amz-json-1.1")
            .header("x-amz-target", format!("AmazonSSM.{operation}"))
            .body(SdkBody::from(body))?;
        let params = v4::SigningParams::builder()
            .identity(identity)
            .region(&self.region)
            .name("ssm")
            .time(self.config.time_source().unwrap_or_default().now())
            .settings(SigningSettings::default())
            .build()?
            .into();
        let headers = request.headers().iter();
        let headers = headers.filter_map(|(name, value)| Some((name.as_str(), value.to_str().ok()?)));
        let signable = SignableRequest::new("POST", &url, headers, SignableBody::Bytes(body.as_bytes()))?;
        let (instructions, _) = sign(signable, &params)?.into_parts();
        for (name, value) in instructions.headers() {
            request.headers_mut().insert(http::HeaderName::from_bytes(name.as_bytes())?, value.parse()?);
        }
        Ok(HttpRequest::try_from(request)?)
    }
}

fn is(error: &Failure, code: &str) -> bool {
    error.as_service_error().is_some_and(|refusal| refusal.is(code))
}

fn failed(call: &'static str, error: &Failure) -> StoreError {
    let message = error.as_service_error().map_or_else(|| shown(error), ToString::to_string);
    StoreError::Unavailable { store: STORE, call, message }
}

fn shown(error: &dyn std::error::Error) -> String {
    let mut message = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        message = format!("{message}: {cause}");
        source = cause.source();
    }
    message
}
