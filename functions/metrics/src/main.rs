//! The metrics function on Lambda, behind a function URL.

use bytes::Bytes;
use lambda_http::request::RequestContext;
use lambda_http::{Body, Error, Request, RequestExt as _, service_fn};
use watchtrail_metrics::handle;
use watchtrail_service::{Context, RequestId, edge};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    edge::log_to_stdout();
    let context = &Context::from_env().await?;
    let answer = async |request: Request| {
        let id = id_of(&request);
        let mut request = request.map(|body| match body {
            Body::Binary(bytes) => Bytes::from(bytes),
            Body::Text(text) => Bytes::from(text),
            _ => Bytes::new(),
        });
        id.map(|id| request.extensions_mut().insert(id));
        let answer = handle(context, request).await;
        // CBOR is no text: Lambda wants it as base64, which `Body::Binary` says.
        Ok::<_, Error>(answer.map(|body| Body::Binary(body.to_vec())))
    };
    lambda_http::run(service_fn(answer)).await
}

/// The id that the function URL tells the client, whatever the function answers.
fn id_of(request: &Request) -> Option<RequestId> {
    match request.request_context_ref()? {
        RequestContext::ApiGatewayV2(context) => context.request_id.clone().map(RequestId),
        _ => None,
    }
}
