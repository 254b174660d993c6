//! The alarms function on Lambda.

use lambda_runtime::{Error, LambdaEvent, service_fn};
use watchtrail_alarms::{Event, minute};
use watchtrail_service::{Context, edge};
use watchtrail_store::Outbound;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    edge::log_to_stdout();
    let context = &Box::pin(Context::from_env_with(Outbound::for_alarms())).await?;
    lambda_runtime::run(service_fn(async |event: LambdaEvent<Event>| {
        let function = event.context.invoked_function_arn.clone();
        Ok::<_, Error>(minute(context, &function, event.payload).await?)
    }))
    .await
}
