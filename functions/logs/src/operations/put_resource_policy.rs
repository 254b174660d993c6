//! PutResourcePolicy: <https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutResourcePolicy.html>.
//!
//! A policy of the account is known by its name, one with `resourceArn` by its group. Two policies that are put at the same moment may exceed
//! the limit of ten.

use watchtrail_service::wording::logs as wording;
use watchtrail_service::{Fault, Operation, Request};
use watchtrail_store::logs::Kind;
use watchtrail_wire::shapes::logs::{PutResourcePolicyRequest, PutResourcePolicyResponse};

use crate::faults::worded;
use crate::resource_policies::{self, Attached, Policy};
use crate::{policies, resources};

/// "An account can have a maximum of 10 policies without resourceARN".
const MOST: usize = 10;

pub(crate) struct PutResourcePolicy;

impl Operation for PutResourcePolicy {
    const NAME: &'static str = "PutResourcePolicy";
    type Input = PutResourcePolicyRequest;
    type Output = PutResourcePolicyResponse;

    async fn run(request: &Request<'_>, input: Self::Input) -> Result<Self::Output, Fault> {
        let document = input.policy_document.ok_or_else(|| worded(wording::missing("policyDocument")))?;
        policies::check(&document)?;
        let policy =
            Policy { name: input.policy_name, document, updated: request.now.millis(), resource: None };
        let made = match input.resource_arn {
            Some(arn) => {
                let attached = resource_policies::group(request, &arn).await?;
                attach(request, policy, attached, input.expected_revision_id.as_deref()).await?
            }
            None => put(request, policy).await?,
        };
        let revision_id = made.resource.as_ref().map(|attached| attached.revision.clone());
        Ok(PutResourcePolicyResponse { resource_policy: Some(made.shape()), revision_id })
    }
}

async fn put(request: &Request<'_>, policy: Policy) -> Result<Policy, Fault> {
    let name = policy.name.as_deref().filter(|name| !name.is_empty());
    let name = name.ok_or_else(|| worded(wording::missing("policyName")))?;
    let all: Vec<Policy> = resources::all(request, Kind::ResourcePolicy).await?;
    let others = all.iter().filter(|one| one.resource.is_none() && one.name != policy.name).count();
    if others >= MOST {
        return Err(worded(wording::limit()));
    }
    let id = resource_policies::of_account(name);
    resources::change(request, Kind::ResourcePolicy, &id, |_: Option<&Policy>| Ok(policy.clone())).await
}

async fn attach(
    request: &Request<'_>,
    policy: Policy,
    attached: Attached,
    expected: Option<&str>,
) -> Result<Policy, Fault> {
    let id = resource_policies::of_resource(&attached.arn);
    let policy = Policy { resource: Some(attached.clone()), ..policy };
    resources::change(request, Kind::ResourcePolicy, &id, |known: Option<&Policy>| {
        // What a deleted group of that name had counts for nothing.
        resource_policies::expected(known.filter(|known| known.is_of(&attached)), expected)?;
        Ok(policy.clone())
    })
    .await
}
