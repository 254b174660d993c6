//! DeleteLogGroup: <https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_DeleteLogGroup.html>.
//!
//! The group's tags, filters and streams go with it at once, its events in the background.

use watchtrail_service::wording::logs as wording;
use watchtrail_service::{Fault, Operation, Request, store_fault};
use watchtrail_store::StoreError;
use watchtrail_wire::shapes::logs::DeleteLogGroupRequest;

use crate::faults::worded;
use crate::groups::{self, ATTEMPTS};

pub(crate) struct DeleteLogGroup;

impl Operation for DeleteLogGroup {
    const NAME: &'static str = "DeleteLogGroup";
    type Input = DeleteLogGroupRequest;
    type Output = ();

    async fn run(request: &Request<'_>, input: Self::Input) -> Result<Self::Output, Fault> {
        let name = input.log_group_name.unwrap_or_default();
        for _ in 0..ATTEMPTS {
            let group = groups::find(request, &name).await?;
            if group.deletion_protection {
                return Err(worded(wording::protected(&name)));
            }
            match request.context.store.logs.delete_group(request.scope(), &group, request.now).await {
                Err(StoreError::Conflict) => {}
                other => return other.map_err(store_fault),
            }
        }
        Err(worded(wording::contended()))
    }
}
