//! The delivery function on Lambda.

use lambda_runtime::{Error, LambdaEvent, service_fn};
use watchtrail_delivery::{Event, handle};
use watchtrail_service::{Context, edge};
use watchtrail_store::Outbound;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    edge::log_to_stdout();
    let context = &Box::pin(Context::from_env_with(Outbound::for_trails())).await?;
    lambda_runtime::run(service_fn(async |event: LambdaEvent<Event>| {
        Ok::<_, Error>(Box::pin(handle(context, event.payload)).await?)
    }))
    .await
}
