//! GetInsightSelectors: <https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_GetInsightSelectors.html>.

use watchtrail_service::wording::trail as wording;
use watchtrail_service::{Fault, Operation, Request};
use watchtrail_wire::shapes::cloudtrail::{
    GetInsightSelectorsRequest, GetInsightSelectorsResponse, InsightSelector,
};

use crate::faults::worded;
use crate::trails;

pub(crate) struct GetInsightSelectors;

impl Operation for GetInsightSelectors {
    const NAME: &'static str = "GetInsightSelectors";
    type Input = GetInsightSelectorsRequest;
    type Output = GetInsightSelectorsResponse;

    async fn run(request: &Request<'_>, input: Self::Input) -> Result<Self::Output, Fault> {
        match (&input.trail_name, &input.event_data_store) {
            (Some(_), None) => {}
            (None, Some(store)) => {
                return Err(worded(wording::unsupported(&format!("The event data store {store}"))));
            }
            _ => return Err(worded(wording::trail_or_store())),
        }
        let trail = trails::find(request, input.trail_name).await?;
        if trail.insights.is_empty() {
            return Err(worded(wording::no_insights(&trail.arn())));
        }
        let selector = |(kind, categories): &(String, Vec<String>)| InsightSelector {
            insight_type: Some(kind.clone()),
            event_categories: Some(categories.clone()),
        };
        Ok(GetInsightSelectorsResponse {
            trail_arn: Some(trail.arn()),
            insight_selectors: Some(trail.insights.iter().map(selector).collect()),
            ..GetInsightSelectorsResponse::default()
        })
    }
}
