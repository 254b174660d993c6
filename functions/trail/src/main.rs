//! The trail function on Lambda: behind a function URL, behind the queue of a real account's records, and asked to take in what lies in a
//! bucket (`{"backfill": {"bucket": …, "prefix": …}}`).

use bytes::Bytes;
use lambda_http::request::{LambdaRequest, RequestContext};
use lambda_http::{Adapter, Body, Error, LambdaEvent, Request, RequestExt as _, Service, service_fn};
use serde_json::value::{RawValue, to_raw_value};
use watchtrail_service::{Context, RequestId, edge};
use watchtrail_store::Outbound;
use watchtrail_trail::{TrailEvent, handle, receive};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    edge::log_to_stdout();
    let context = &Box::pin(Context::from_env_with(Outbound::for_trails())).await?;
    // Boxed: the compiler gives up on a future so deep.
    let answer = async |event: LambdaEvent<Box<RawValue>>| match TrailEvent::parse(event.payload.get())? {
        Some(asked) => Ok::<_, Error>(to_raw_value(&Box::pin(receive(context, &asked)).await?)?),
        None => Box::pin(answer(context, event)).await,
    };
    lambda_http::lambda_runtime::run(service_fn(answer)).await
}

/// Answers a request that came by the URL.
async fn answer(context: &Context, event: LambdaEvent<Box<RawValue>>) -> Result<Box<RawValue>, Error> {
    let request: LambdaRequest = serde_json::from_str(event.payload.get())?;
    let api = async |request: Request| {
        let id = id_of(&request);
        let mut request = request.map(|body| match body {
            Body::Binary(bytes) => Bytes::from(bytes),
            Body::Text(text) => Bytes::from(text),
            _ => Bytes::new(),
        });
        id.map(|id| request.extensions_mut().insert(id));
        let answer = handle(context, request).await;
        Ok::<_, Error>(answer.map(|body| Body::Binary(body.to_vec())))
    };
    let answer = Adapter::from(service_fn(api)).call(LambdaEvent::new(request, event.context)).await?;
    Ok(to_raw_value(&answer)?)
}

/// The id that the function URL tells the client, whatever the function answers.
fn id_of(request: &Request) -> Option<RequestId> {
    match request.request_context_ref()? {
        RequestContext::ApiGatewayV2(context) => context.request_id.clone().map(RequestId),
        _ => None,
    }
}
