//! GetEventSelectors: <https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_GetEventSelectors.html>.

use watchtrail_service::{Fault, Operation, Request};
use watchtrail_wire::shapes::cloudtrail::{GetEventSelectorsRequest, GetEventSelectorsResponse};

use crate::{selectors, trails};

pub(crate) struct GetEventSelectors;

impl Operation for GetEventSelectors {
    const NAME: &'static str = "GetEventSelectors";
    type Input = GetEventSelectorsRequest;
    type Output = GetEventSelectorsResponse;

    async fn run(request: &Request<'_>, input: Self::Input) -> Result<Self::Output, Fault> {
        let trail = trails::find(request, input.trail_name).await?;
        let (event_selectors, advanced_event_selectors) = selectors::shape(&trail.selectors);
        Ok(GetEventSelectorsResponse {
            trail_arn: Some(trail.arn()),
            event_selectors,
            advanced_event_selectors,
        })
    }
}
