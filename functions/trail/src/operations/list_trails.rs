//! ListTrails: <https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_ListTrails.html>.
//!
//! All trails of the account, of every home region, on one page: there are at most five a region.

use watchtrail_service::wording::trail as wording;
use watchtrail_service::{Fault, Operation, Request};
use watchtrail_wire::shapes::cloudtrail::{ListTrailsRequest, ListTrailsResponse, TrailInfo};

use crate::faults::worded;
use crate::trails;

pub(crate) struct ListTrails;

impl Operation for ListTrails {
    const NAME: &'static str = "ListTrails";
    type Input = ListTrailsRequest;
    type Output = ListTrailsResponse;

    async fn run(request: &Request<'_>, input: Self::Input) -> Result<Self::Output, Fault> {
        if input.next_token.is_some() {
            return Err(worded(wording::token()));
        }
        let info = |read: watchtrail_store::Read<watchtrail_store::trail::Trail>| TrailInfo {
            trail_arn: Some(read.value.arn()),
            name: Some(read.value.name),
            home_region: Some(read.value.scope.region),
        };
        let trails = trails::all(request).await?.into_iter().map(info).collect();
        Ok(ListTrailsResponse { trails: Some(trails), next_token: None })
    }
}
