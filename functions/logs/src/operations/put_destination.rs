//! PutDestination: <https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutDestination.html>.
//!
//! AWS sends what it forwards to a test message, and so it is done here, where the service is known. A destination that is put again keeps its policy, its creation time and its tags; tags given with it are added.

use watchtrail_service::{Fault, Operation, Request};
use watchtrail_store::logs::Kind;
use watchtrail_wire::shapes::logs::{PutDestinationRequest, PutDestinationResponse};

use crate::destinations::{self, Destination};
use crate::faults::worded;
use crate::{resources, subscribers, tags};

pub(crate) struct PutDestination;

impl Operation for PutDestination {
    const NAME: &'static str = "PutDestination";
    type Input = PutDestinationRequest;
    type Output = PutDestinationResponse;

    async fn run(request: &Request<'_>, input: Self::Input) -> Result<Self::Output, Fault> {
        let name = input.destination_name.unwrap_or_default();
        let target = input.target_arn.unwrap_or_default();
        let role = input.role_arn.unwrap_or_default();
        let given = input.tags.unwrap_or_default();
        subscribers::target(&target, &role, request.scope()).map_err(worded)?;
        tags::check(&given)?;
        subscribers::reach_target(request, &target).await?;
        let arn = destinations::arn(request.scope(), &name);
        let known = destinations::read(request, request.scope(), &name).await?;
        if known.is_some() {
            tags::add(request, &arn, given).await?;
        } else {
            // Before the destination itself: one that was deleted may have left its tags.
            tags::reset(request, &arn, &given).await?;
        }
        let made = resources::change(request, Kind::Destination, &name, |known: Option<&Destination>| {
            Ok(Destination {
                name: name.clone(),
                target: target.clone(),
                role: role.clone(),
                policy: known.and_then(|known| known.policy.clone()),
                created: known.map_or(request.now.millis(), |known| known.created),
            })
        })
        .await?;
        Ok(PutDestinationResponse { destination: Some(destinations::shape(made, request.scope())) })
    }
}
