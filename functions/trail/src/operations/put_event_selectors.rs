//! PutEventSelectors: <https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_PutEventSelectors.html>.

use watchtrail_service::{Fault, Operation, Request, check_shape};
use watchtrail_store::trail::Trail;
use watchtrail_wire::shapes::cloudtrail::{PutEventSelectorsRequest, PutEventSelectorsResponse};

use crate::{selectors, trails};

pub(crate) struct PutEventSelectors;

impl Operation for PutEventSelectors {
    const NAME: &'static str = "PutEventSelectors";
    // A `ReadWriteType` that there is not is an `InvalidEventSelectorsException`: the reference names this very case.
    const CHECKS_ITS_SHAPE: bool = true;
    type Input = PutEventSelectorsRequest;
    type Output = PutEventSelectorsResponse;

    async fn run(request: &Request<'_>, mut input: Self::Input) -> Result<Self::Output, Fault> {
        let basic = input.event_selectors.take();
        check_shape(&input)?;
        trails::find_to_change(request, input.trail_name.clone()).await?;
        // An empty list beside a full one is what some clients send for "none".
        let basic = basic.filter(|list| !list.is_empty() || input.advanced_event_selectors.is_none());
        let advanced = input.advanced_event_selectors;
        let advanced = advanced.filter(|list| !list.is_empty() || basic.is_none());
        let new = selectors::parse(basic, advanced)?;
        let put = |trail: &mut Trail| {
            trail.selectors.clone_from(&new);
            Ok(())
        };
        let trail = trails::change(request, input.trail_name, put).await?;
        let (event_selectors, advanced_event_selectors) = selectors::shape(&new);
        Ok(PutEventSelectorsResponse {
            trail_arn: Some(trail.arn()),
            event_selectors,
            advanced_event_selectors,
        })
    }
}
