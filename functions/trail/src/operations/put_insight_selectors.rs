//! PutInsightSelectors: <https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_PutInsightSelectors.html>.
//!
//! The suite finds no insights yet: turning them on is refused, so that nobody waits for what never comes. An empty list, which
//! turns them off, is taken.

use watchtrail_service::wording::trail as wording;
use watchtrail_service::{Fault, Operation, Request};
use watchtrail_store::trail::Trail;
use watchtrail_wire::shapes::cloudtrail::{PutInsightSelectorsRequest, PutInsightSelectorsResponse};

use crate::faults::worded;
use crate::trails;

pub(crate) struct PutInsightSelectors;

impl Operation for PutInsightSelectors {
    const NAME: &'static str = "PutInsightSelectors";
    type Input = PutInsightSelectorsRequest;
    type Output = PutInsightSelectorsResponse;

    async fn run(request: &Request<'_>, input: Self::Input) -> Result<Self::Output, Fault> {
        let store = input.event_data_store.or(input.insights_destination);
        if store.is_some() || input.trail_name.is_none() {
            return Err(worded(match (store, input.trail_name) {
                (Some(store), None) => wording::unsupported(&format!("The event data store {store}")),
                _ => wording::trail_or_store(),
            }));
        }
        trails::find_to_change(request, input.trail_name.clone()).await?;
        if input.insight_selectors.is_some_and(|selectors| !selectors.is_empty()) {
            return Err(worded(wording::unsupported("CloudTrail Insights")));
        }
        let clear = |trail: &mut Trail| {
            trail.insights.clear();
            Ok(())
        };
        let trail = trails::change(request, input.trail_name, clear).await?;
        Ok(PutInsightSelectorsResponse {
            trail_arn: Some(trail.arn()),
            insight_selectors: Some(vec![]),
            ..PutInsightSelectorsResponse::default()
        })
    }
}
