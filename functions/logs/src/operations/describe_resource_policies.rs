//! DescribeResourcePolicies:
//! <https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_DescribeResourcePolicies.html>.
//!
//! By default those of the account; with `resourceArn` that of the group.

use watchtrail_service::{Fault, Operation, Request};
use watchtrail_store::logs::Kind;
use watchtrail_wire::shapes::logs::{DescribeResourcePoliciesRequest, DescribeResourcePoliciesResponse};

use crate::paging::{PAGE, Paging};
use crate::resource_policies::{self, Policy};
use crate::resources;

pub(crate) struct DescribeResourcePolicies;

impl Operation for DescribeResourcePolicies {
    const NAME: &'static str = "DescribeResourcePolicies";
    type Input = DescribeResourcePoliciesRequest;
    type Output = DescribeResourcePoliciesResponse;

    async fn run(request: &Request<'_>, mut input: Self::Input) -> Result<Self::Output, Fault> {
        let (limit, token) = (input.limit.take().unwrap_or(PAGE), input.next_token.take());
        let paging = Paging::<String>::of(request, &input, token, limit)?;
        let arn = match &input.resource_arn {
            Some(arn) => Some(resource_policies::group(request, arn).await?.arn),
            None => None,
        };
        let attached = arn.is_some() || input.policy_scope.as_deref() == Some("RESOURCE");
        let mut found: Vec<Policy> = Vec::new();
        for policy in resources::all(request, Kind::ResourcePolicy).await? {
            if wanted(&policy, attached, arn.as_deref()) && resource_policies::holds(request, &policy).await?
            {
                found.push(policy);
            }
        }
        let (found, next_token) = paging.of_all(found, place);
        let resource_policies = Some(found.into_iter().map(Policy::shape).collect());
        Ok(DescribeResourcePoliciesResponse { resource_policies, next_token })
    }
}

fn wanted(policy: &Policy, attached: bool, arn: Option<&str>) -> bool {
    match &policy.resource {
        None => !attached,
        Some(resource) => attached && arn.is_none_or(|arn| resource.arn == arn),
    }
}

fn place(policy: &Policy) -> String {
    match &policy.resource {
        None => policy.name.clone().unwrap_or_default(),
        Some(resource) => resource.arn.clone(),
    }
}
