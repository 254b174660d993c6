//! PutLogGroupDeletionProtection:
//! <https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutLogGroupDeletionProtection.html>.

use watchtrail_service::{Fault, Operation, Request};
use watchtrail_wire::shapes::logs::PutLogGroupDeletionProtectionRequest;

use crate::groups;

pub(crate) struct PutLogGroupDeletionProtection;

impl Operation for PutLogGroupDeletionProtection {
    const NAME: &'static str = "PutLogGroupDeletionProtection";
    type Input = PutLogGroupDeletionProtectionRequest;
    type Output = ();

    async fn run(request: &Request<'_>, input: Self::Input) -> Result<Self::Output, Fault> {
        let name = groups::identified(request, &input.log_group_identifier.unwrap_or_default())?;
        let enabled = input.deletion_protection_enabled.unwrap_or_default();
        groups::change(request, &name, |group| {
            group.deletion_protection = enabled;
            Ok(())
        })
        .await
    }
}
