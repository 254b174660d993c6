//! PutRetentionPolicy: <https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutRetentionPolicy.html>.

use watchtrail_service::wording::logs as wording;
use watchtrail_service::{Fault, Operation, Request};
use watchtrail_wire::shapes::logs::PutRetentionPolicyRequest;

use super::create_log_group::DELIVERY;
use crate::faults::worded;
use crate::groups;

/// The retentions that AWS has, in days.
const ALLOWED: [u32; 22] =
    [1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653];

pub(crate) struct PutRetentionPolicy;

impl Operation for PutRetentionPolicy {
    const NAME: &'static str = "PutRetentionPolicy";
    type Input = PutRetentionPolicyRequest;
    type Output = ();

    async fn run(request: &Request<'_>, input: Self::Input) -> Result<Self::Output, Fault> {
        let given = input.retention_in_days.unwrap_or_default();
        let days = u32::try_from(given).ok().filter(|days| ALLOWED.contains(days));
        let days = days.ok_or_else(|| worded(wording::retention(given, &ALLOWED)))?;
        let name = input.log_group_name.unwrap_or_default();
        groups::change(request, &name, |group| {
            if group.class == DELIVERY {
                return Err(worded(wording::class_cannot(DELIVERY)));
            }
            group.retain(Some(days), request.now);
            Ok(())
        })
        .await
    }
}
