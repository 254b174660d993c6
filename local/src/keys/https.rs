//! An HTTP client with TLS for the AWS SDK.
//!
//! The SDK's own comes with a feature that would build TLS into every debug build of all its crates; the host has a client with TLS already, for the
//! messages of the embedded SNS.

use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpClient,
    SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::body::SdkBody;
use http_body_util::BodyExt as _;
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector as Tcp;
use hyper_util::rt::TokioExecutor;

type Inner = Client<HttpsConnector<Tcp>, SdkBody>;

/// A client for `https:` and, since emulators speak it, `http:`.
#[derive(Debug, Clone)]
pub(super) struct Https(Option<Inner>);

impl Https {
    pub(super) fn client() -> SharedHttpClient {
        let connector = HttpsConnectorBuilder::new().with_native_roots().map_err(|error| {
            tracing::error!(%error, "the system's certificates cannot be read");
        });
        let connector = connector.ok().map(|builder| builder.https_or_http().enable_http1().build());
        SharedHttpClient::new(Self(
            connector.map(|connector| Client::builder(TokioExecutor::new()).build(connector)),
        ))
    }
}

async fn call(client: Option<Inner>, request: HttpRequest) -> Result<HttpResponse, ConnectorError> {
    let client = client.ok_or_else(|| ConnectorError::user("there are no certificates of roots".into()))?;
    let request = request.try_into_http1x().map_err(|error| ConnectorError::user(error.into()))?;
    let answer = client.request(request).await.map_err(|error| ConnectorError::io(error.into()))?;
    let (parts, body) = answer.into_parts();
    let body = body.collect().await.map_err(|error| ConnectorError::io(error.into()))?.to_bytes();
    let mut answer = HttpResponse::new(parts.status.into(), SdkBody::from(body));
    for (name, value) in &parts.headers {
        if let Ok(value) = value.to_str() {
            answer.headers_mut().append(name.as_str().to_owned(), value.to_owned());
        }
    }
    Ok(answer)
}

impl HttpConnector for Https {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        HttpConnectorFuture::new(call(self.0.clone(), request))
    }
}

impl HttpClient for Https {
    fn http_connector(&self, _: &HttpConnectorSettings, _: &RuntimeComponents) -> SharedHttpConnector {
        SharedHttpConnector::new(self.clone())
    }
}
