//! The embedded S3: the crate `s3s` over [`Files`].

use std::path::Path;
use std::sync::Arc;

use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpClient,
    SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::body::SdkBody;
use http::header::{ACCEPT_RANGES, AUTHORIZATION, CONTENT_LENGTH};
use s3s::service::{S3Service, S3ServiceBuilder};

use watchtrail_service::Gate;

use super::files::Files;
use super::s3_lock::{Inside, S3Lock};
use super::{Usage, s3_errors};

/// An S3 within the process.
#[derive(Debug, Clone)]
pub struct EmbeddedS3 {
    service: S3Service,
    lock: S3Lock,
    usage: Arc<Usage>,
}

impl EmbeddedS3 {
    /// An S3 whose buckets are folders of `root`.
    ///
    /// # Errors
    /// When `root` is not there or cannot be read.
    pub fn new(root: &Path, usage: Arc<Usage>) -> Result<Self, String> {
        let files = Files::new(root)?;
        let lock = S3Lock::default();
        let mut service = S3ServiceBuilder::new(files);
        service.set_auth(lock.clone());
        service.set_access(lock.clone());
        Ok(Self { service: service.build(), lock, usage })
    }

    /// Locks it: from now on who asks from outside needs a key.
    pub(crate) fn lock(&self, gate: Arc<Gate>) {
        self.lock.set(gate);
    }

    /// A client for the AWS SDK that calls this S3.
    pub fn client(&self) -> SharedHttpClient {
        SharedHttpClient::new(self.clone())
    }

    /// Answers one request of the S3 API that came from outside.
    ///
    /// # Errors
    /// When the body cannot be read.
    pub async fn answer(
        &self,
        request: http::Request<s3s::Body>,
    ) -> Result<http::Response<s3s::Body>, String> {
        if self.lock.is_set() { self.call(request).await } else { self.answer_inside(request).await }
    }

    /// Answers a request that nobody checks.
    async fn answer_inside(
        &self,
        mut request: http::Request<s3s::Body>,
    ) -> Result<http::Response<s3s::Body>, String> {
        request.extensions_mut().insert(Inside);
        // A signature that nobody has the key of would be refused.
        request.headers_mut().remove(AUTHORIZATION);
        strip_presigning(request.uri_mut());
        self.call(request).await
    }

    async fn call(&self, request: http::Request<s3s::Body>) -> Result<http::Response<s3s::Body>, String> {
        let method = request.method().clone();
        let path = request.uri().path().trim_start_matches('/');
        let is_object = path.split_once('/').is_some_and(|(_, key)| !key.is_empty());
        let bytes_in = length(request.headers());
        let mut answer = self.service.call(request).await.map_err(|error| format!("{error:?}"))?;
        if is_object && matches!(method, http::Method::GET | http::Method::HEAD) {
            answer.headers_mut().insert(ACCEPT_RANGES, http::HeaderValue::from_static("bytes"));
        }
        self.usage.s3(&method, is_object, bytes_in, length(answer.headers()));
        Ok(s3_errors::worded(answer).await)
    }
}

fn length(headers: &http::HeaderMap) -> u64 {
    headers.get(CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse().ok()).unwrap_or(0)
}

fn strip_presigning(uri: &mut http::Uri) {
    let Some(query) = uri.query().filter(|query| query.contains("X-Amz-Signature=")) else { return };
    let kept: Vec<&str> = query.split('&').filter(|pair| !pair.starts_with("X-Amz-")).collect();
    let target = format!("{}?{}", uri.path(), kept.join("&"));
    if let Ok(stripped) = target.trim_end_matches('?').parse() {
        *uri = stripped;
    }
}

impl HttpConnector for EmbeddedS3 {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let this = self.clone();
        HttpConnectorFuture::new(async move {
            let failed = |error: String| ConnectorError::other(error.into(), None);
            let request = request.try_into_http1x().map_err(|error| failed(error.to_string()))?;
            let request = request.map(s3s::Body::http_body);
            let (parts, body) = this.answer_inside(request).await.map_err(failed)?.into_parts();
            let mut answer = HttpResponse::new(parts.status.into(), SdkBody::from_body_1_x(body));
            for (name, value) in &parts.headers {
                if let Ok(value) = value.to_str() {
                    answer.headers_mut().append(name.as_str().to_owned(), value.to_owned());
                }
            }
            Ok(answer)
        })
    }
}

impl HttpClient for EmbeddedS3 {
    fn http_connector(&self, _: &HttpConnectorSettings, _: &RuntimeComponents) -> SharedHttpConnector {
        SharedHttpConnector::new(self.clone())
    }
}
