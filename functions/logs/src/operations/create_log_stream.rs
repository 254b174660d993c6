//! CreateLogStream: <https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_CreateLogStream.html>.

use watchtrail_service::wording::logs as wording;
use watchtrail_service::{Fault, Operation, Request, store_fault};
use watchtrail_store::StoreError;
use watchtrail_store::logs::LogStream;
use watchtrail_wire::shapes::logs::CreateLogStreamRequest;

use crate::faults::worded;
use crate::groups::{self, ATTEMPTS};

pub(crate) struct CreateLogStream;

impl Operation for CreateLogStream {
    const NAME: &'static str = "CreateLogStream";
    type Input = CreateLogStreamRequest;
    type Output = ();

    async fn run(request: &Request<'_>, input: Self::Input) -> Result<Self::Output, Fault> {
        let group = input.log_group_name.unwrap_or_default();
        let stream = LogStream {
            name: input.log_stream_name.unwrap_or_default(),
            id: request.context.ulid(request.now).to_string(),
            created: request.now.millis(),
            first: None,
            last: None,
            ingested: None,
        };
        let logs = &request.context.store.logs;
        for _ in 0..ATTEMPTS {
            let partition = groups::find(request, &group).await?.partition(request.scope());
            match logs.create_stream(&partition, &stream).await {
                Err(StoreError::Conflict) => {}
                other => return other.map_err(store_fault),
            }
            // It exists, or its group was deleted (and perhaps made again) meanwhile.
            if logs.stream(&partition, &stream.name).await.map_err(store_fault)?.is_some() {
                return Err(worded(wording::stream_exists()));
            }
        }
        Err(worded(wording::contended()))
    }
}
