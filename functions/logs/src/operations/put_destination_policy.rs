//! PutDestinationPolicy: <https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutDestinationPolicy.html>.
//!
//! `forceUpdate` affirms something about subscriptions of other accounts that is not asked here.

use watchtrail_service::wording::logs as wording;
use watchtrail_service::{Fault, Operation, Request};
use watchtrail_store::logs::Kind;
use watchtrail_wire::shapes::logs::PutDestinationPolicyRequest;

use crate::destinations::Destination;
use crate::faults::worded;
use crate::{policies, resources};

/// "This can be up to 5120 bytes."
const MOST_BYTES: usize = 5120;

pub(crate) struct PutDestinationPolicy;

impl Operation for PutDestinationPolicy {
    const NAME: &'static str = "PutDestinationPolicy";
    type Input = PutDestinationPolicyRequest;
    type Output = ();

    async fn run(request: &Request<'_>, input: Self::Input) -> Result<Self::Output, Fault> {
        let policy = input.access_policy.unwrap_or_default();
        if policy.len() > MOST_BYTES {
            return Err(worded(wording::policy_too_long(MOST_BYTES)));
        }
        policies::check(&policy)?;
        let name = input.destination_name.unwrap_or_default();
        resources::change(request, Kind::Destination, &name, |known: Option<&Destination>| {
            let known = known.ok_or_else(|| worded(wording::no_destination_for_policy()))?;
            Ok(Destination { policy: Some(policy.clone()), ..known.clone() })
        })
        .await?;
        Ok(())
    }
}
