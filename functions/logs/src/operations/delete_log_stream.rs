//! DeleteLogStream: <https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_DeleteLogStream.html>.
//!
//! "Deletion protection blocks all deletion operations": those of a protected group's streams, too.

use watchtrail_service::wording::logs as wording;
use watchtrail_service::{Fault, Operation, Request, store_fault};
use watchtrail_store::StoreError;
use watchtrail_wire::shapes::logs::DeleteLogStreamRequest;

use crate::faults::worded;
use crate::groups::{self, ATTEMPTS};

pub(crate) struct DeleteLogStream;

impl Operation for DeleteLogStream {
    const NAME: &'static str = "DeleteLogStream";
    type Input = DeleteLogStreamRequest;
    type Output = ();

    async fn run(request: &Request<'_>, input: Self::Input) -> Result<Self::Output, Fault> {
        let name = input.log_group_name.unwrap_or_default();
        let stream = input.log_stream_name.unwrap_or_default();
        let (logs, scope) = (&request.context.store.logs, request.scope());
        for _ in 0..ATTEMPTS {
            let group = groups::find(request, &name).await?;
            let found = logs.stream(&group.partition(scope), &stream).await.map_err(store_fault)?;
            let found = found.ok_or_else(|| worded(wording::no_such_stream()))?;
            if group.deletion_protection {
                return Err(worded(wording::protected(&name)));
            }
            match logs.delete_stream(scope, group, &found, request.now).await {
                Err(StoreError::Conflict) => {}
                other => return other.map_err(store_fault),
            }
        }
        Err(worded(wording::contended()))
    }
}
