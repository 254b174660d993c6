//! GetTrail: <https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_GetTrail.html>.

use watchtrail_service::{Fault, Operation, Request};
use watchtrail_wire::shapes::cloudtrail::{GetTrailRequest, GetTrailResponse};

use crate::{shape, trails};

pub(crate) struct GetTrail;

impl Operation for GetTrail {
    const NAME: &'static str = "GetTrail";
    type Input = GetTrailRequest;
    type Output = GetTrailResponse;

    async fn run(request: &Request<'_>, input: Self::Input) -> Result<Self::Output, Fault> {
        let trail = trails::find(request, input.name).await?;
        Ok(GetTrailResponse { trail: Some(shape::trail(&trail)) })
    }
}
