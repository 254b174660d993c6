//! The trail function on Lambda, behind a function URL.

use bytes::Bytes;
use lambda_http::{Body, Error, Request, service_fn};
use watchtrail_service::{Context, edge};
use watchtrail_trail::handle;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    edge::log_to_stdout();
    let context = &Context::from_env().await?;
    let answer = async |request: Request| {
        let request = request.map(|body| match body {
            Body::Binary(bytes) => Bytes::from(bytes),
            Body::Text(text) => Bytes::from(text),
            _ => Bytes::new(),
        });
        let answer = handle(context, request).await;
        Ok::<_, Error>(answer.map(|body| Body::Binary(body.to_vec())))
    };
    lambda_http::run(service_fn(answer)).await
}
