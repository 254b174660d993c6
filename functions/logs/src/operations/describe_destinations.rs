//! DescribeDestinations: <https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_DescribeDestinations.html>.

use watchtrail_service::{Fault, Operation, Request};
use watchtrail_store::logs::Kind;
use watchtrail_wire::shapes::logs::{DescribeDestinationsRequest, DescribeDestinationsResponse};

use crate::destinations::{self, Destination};
use crate::paging::{PAGE, Paging};
use crate::resources;

pub(crate) struct DescribeDestinations;

impl Operation for DescribeDestinations {
    const NAME: &'static str = "DescribeDestinations";
    type Input = DescribeDestinationsRequest;
    type Output = DescribeDestinationsResponse;

    async fn run(request: &Request<'_>, mut input: Self::Input) -> Result<Self::Output, Fault> {
        let (limit, token) = (input.limit.take().unwrap_or(PAGE), input.next_token.take());
        let paging = Paging::<String>::of(request, &input, token, limit)?;
        let prefix = input.destination_name_prefix.as_deref().unwrap_or_default();
        let mut found: Vec<Destination> = resources::all(request, Kind::Destination).await?;
        found.retain(|destination| destination.name.starts_with(prefix));
        let (found, next_token) = paging.of_all(found, |destination| destination.name.clone());
        let shape = |destination: Destination| destinations::shape(destination, request.scope());
        let destinations = Some(found.into_iter().map(shape).collect());
        Ok(DescribeDestinationsResponse { destinations, next_token })
    }
}
