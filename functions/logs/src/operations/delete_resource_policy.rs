//! DeleteResourcePolicy: <https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_DeleteResourcePolicy.html>.

use watchtrail_service::wording::logs as wording;
use watchtrail_service::{Fault, Operation, Request};
use watchtrail_store::logs::Kind;
use watchtrail_wire::shapes::logs::DeleteResourcePolicyRequest;

use crate::faults::worded;
use crate::resource_policies::{self, Policy};
use crate::resources;

pub(crate) struct DeleteResourcePolicy;

impl Operation for DeleteResourcePolicy {
    const NAME: &'static str = "DeleteResourcePolicy";
    type Input = DeleteResourcePolicyRequest;
    type Output = ();

    async fn run(request: &Request<'_>, input: Self::Input) -> Result<Self::Output, Fault> {
        let name = input.policy_name.unwrap_or_default();
        if let Some(arn) = input.resource_arn {
            return detach(request, &arn, &name, input.expected_revision_id.as_deref()).await;
        }
        if name.is_empty() {
            return Err(worded(wording::missing("policyName")));
        }
        let id = resource_policies::of_account(&name);
        resources::delete(request, Kind::ResourcePolicy, &id, |known: Option<&Policy>| {
            resources::exists(known, || wording::no_such_policy(&name))
        })
        .await
    }
}

/// Takes a group's policy away, if it is still the one that the caller knows.
async fn detach(request: &Request<'_>, arn: &str, name: &str, expected: Option<&str>) -> Result<(), Fault> {
    let group = resource_policies::group(request, arn).await?;
    let id = resource_policies::of_resource(&group.arn);
    resources::delete(request, Kind::ResourcePolicy, &id, |known: Option<&Policy>| {
        let known = known.filter(|policy| policy.is_of(&group));
        resources::exists(known, || wording::no_such_policy(name))?;
        resource_policies::expected(known, expected)
    })
    .await
}
