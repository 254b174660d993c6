//! DisassociateKmsKey: <https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_DisassociateKmsKey.html>.

use watchtrail_service::{Fault, Operation, Request};
use watchtrail_wire::shapes::logs::DisassociateKmsKeyRequest;

use crate::{groups, kms};

pub(crate) struct DisassociateKmsKey;

impl Operation for DisassociateKmsKey {
    const NAME: &'static str = "DisassociateKmsKey";
    type Input = DisassociateKmsKeyRequest;
    type Output = ();

    async fn run(request: &Request<'_>, input: Self::Input) -> Result<Self::Output, Fault> {
        let group = kms::group(request, input.log_group_name, input.resource_identifier)?;
        groups::change(request, &group, |group| {
            group.kms_key = None;
            Ok(())
        })
        .await
    }
}
