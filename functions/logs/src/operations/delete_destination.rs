//! DeleteDestination: <https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_DeleteDestination.html>.
//!
//! Its tags go with it; subscriptions that are sent to it stay, and find nothing.

use watchtrail_service::wording::logs as wording;
use watchtrail_service::{Fault, Operation, Request};
use watchtrail_store::logs::Kind;
use watchtrail_wire::shapes::logs::DeleteDestinationRequest;

use crate::destinations::{self, Destination};
use crate::{resources, tags};

pub(crate) struct DeleteDestination;

impl Operation for DeleteDestination {
    const NAME: &'static str = "DeleteDestination";
    type Input = DeleteDestinationRequest;
    type Output = ();

    async fn run(request: &Request<'_>, input: Self::Input) -> Result<Self::Output, Fault> {
        let name = input.destination_name.unwrap_or_default();
        resources::delete(request, Kind::Destination, &name, |known: Option<&Destination>| {
            resources::exists(known, wording::no_such_destination)
        })
        .await?;
        let arn = destinations::arn(request.scope(), &name);
        tags::reset(request, &arn, &std::collections::BTreeMap::new()).await
    }
}
