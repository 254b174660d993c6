//! AssociateKmsKey: <https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_AssociateKmsKey.html>.
//!
//! Whether the key exists is not asked: the suite has no KMS. A key for the results of queries is refused.

use watchtrail_service::{Fault, Operation, Request};
use watchtrail_wire::shapes::logs::AssociateKmsKeyRequest;

use crate::{groups, kms};

pub(crate) struct AssociateKmsKey;

impl Operation for AssociateKmsKey {
    const NAME: &'static str = "AssociateKmsKey";
    type Input = AssociateKmsKeyRequest;
    type Output = ();

    async fn run(request: &Request<'_>, input: Self::Input) -> Result<Self::Output, Fault> {
        let group = kms::group(request, input.log_group_name, input.resource_identifier)?;
        let key = kms::key(request, input.kms_key_id.unwrap_or_default())?;
        groups::change(request, &group, |group| {
            group.kms_key = Some(key.clone());
            Ok(())
        })
        .await
    }
}
