//! DescribeSubscriptionFilters:
//! <https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_DescribeSubscriptionFilters.html>.

use watchtrail_service::{Fault, Operation, Request};
use watchtrail_store::logs::SubscriptionFilter;
use watchtrail_wire::shapes::logs as wire;
use wire::{DescribeSubscriptionFiltersRequest, DescribeSubscriptionFiltersResponse};

use crate::groups;
use crate::paging::{PAGE, Paging};

pub(crate) struct DescribeSubscriptionFilters;

impl Operation for DescribeSubscriptionFilters {
    const NAME: &'static str = "DescribeSubscriptionFilters";
    type Input = DescribeSubscriptionFiltersRequest;
    type Output = DescribeSubscriptionFiltersResponse;

    async fn run(request: &Request<'_>, mut input: Self::Input) -> Result<Self::Output, Fault> {
        let (limit, token) = (input.limit.take().unwrap_or(PAGE), input.next_token.take());
        let paging = Paging::<String>::of(request, &input, token, limit)?;
        let group = groups::find(request, input.log_group_name.as_deref().unwrap_or_default()).await?;
        let prefix = input.filter_name_prefix.as_deref().unwrap_or_default();
        let mut found = group.subscriptions;
        found.retain(|filter| filter.name.starts_with(prefix));
        let (found, next_token) = paging.of_all(found, |filter| filter.name.clone());
        let filters = found.into_iter().map(|filter| shape(filter, &group.name)).collect();
        Ok(DescribeSubscriptionFiltersResponse { subscription_filters: Some(filters), next_token })
    }
}

fn shape(filter: SubscriptionFilter, group: &str) -> wire::SubscriptionFilter {
    wire::SubscriptionFilter {
        filter_name: Some(filter.name),
        log_group_name: Some(group.to_owned()),
        filter_pattern: Some(filter.pattern),
        destination_arn: Some(filter.destination),
        role_arn: filter.role,
        distribution: Some(filter.distribution),
        apply_on_transformed_logs: Some(filter.on_transformed.unwrap_or_default()),
        creation_time: Some(filter.created),
        field_selection_criteria: None,
        emit_system_fields: None,
    }
}
