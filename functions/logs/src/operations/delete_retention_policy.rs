//! DeleteRetentionPolicy: <https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_DeleteRetentionPolicy.html>.

use watchtrail_service::wording::logs as wording;
use watchtrail_service::{Fault, Operation, Request};
use watchtrail_wire::shapes::logs::DeleteRetentionPolicyRequest;

use super::create_log_group::DELIVERY;
use crate::faults::worded;
use crate::groups;

pub(crate) struct DeleteRetentionPolicy;

impl Operation for DeleteRetentionPolicy {
    const NAME: &'static str = "DeleteRetentionPolicy";
    type Input = DeleteRetentionPolicyRequest;
    type Output = ();

    async fn run(request: &Request<'_>, input: Self::Input) -> Result<Self::Output, Fault> {
        let name = input.log_group_name.unwrap_or_default();
        groups::change(request, &name, |group| {
            if group.class == DELIVERY {
                return Err(worded(wording::class_cannot(DELIVERY)));
            }
            group.retain(None, request.now);
            Ok(())
        })
        .await
    }
}
