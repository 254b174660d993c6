//! DeleteTrail: <https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_DeleteTrail.html>.
//!
//! What was delivered stays in the bucket, and what the trail logged before comes there within the usual time.

use watchtrail_service::{Fault, Operation, Request};
use watchtrail_wire::shapes::cloudtrail::{DeleteTrailRequest, DeleteTrailResponse};

use crate::trails;

pub(crate) struct DeleteTrail;

impl Operation for DeleteTrail {
    const NAME: &'static str = "DeleteTrail";
    type Input = DeleteTrailRequest;
    type Output = DeleteTrailResponse;

    async fn run(request: &Request<'_>, input: Self::Input) -> Result<Self::Output, Fault> {
        trails::delete(request, input.name).await?;
        Ok(DeleteTrailResponse {})
    }
}
