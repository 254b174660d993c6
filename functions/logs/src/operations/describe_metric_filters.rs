//! DescribeMetricFilters: <https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_DescribeMetricFilters.html>.
//!
//! Filters are ordered by their names, and those of the same name by their groups. "CloudWatch Logs uses the value that you set here
//! [`filterNamePrefix`] only if you also include the `logGroupName` parameter", says the reference; here it is always used, and what was observed of AWS
//! (a snapshot in LocalStack's tests) is compatible with that.

use watchtrail_service::wording::logs as wording;
use watchtrail_service::{Fault, Operation, Request};
use watchtrail_store::logs::{MetricFilter, MetricTransformation};
use watchtrail_wire::shapes::logs as wire;
use wire::{DescribeMetricFiltersRequest, DescribeMetricFiltersResponse};

use crate::faults::worded;
use crate::groups;
use crate::paging::{PAGE, Paging};

pub(crate) struct DescribeMetricFilters;

impl Operation for DescribeMetricFilters {
    const NAME: &'static str = "DescribeMetricFilters";
    type Input = DescribeMetricFiltersRequest;
    type Output = DescribeMetricFiltersResponse;

    async fn run(request: &Request<'_>, mut input: Self::Input) -> Result<Self::Output, Fault> {
        let (limit, token) = (input.limit.take().unwrap_or(PAGE), input.next_token.take());
        check(&input).map_err(worded)?;
        let paging = Paging::<(String, String)>::of(request, &input, token, limit)?;
        let groups = if let Some(name) = &input.log_group_name {
            vec![groups::find(request, name).await?]
        } else {
            groups::select(request, "", None, usize::MAX, |group| !group.metric_filters.is_empty()).await?
        };
        let prefix = input.filter_name_prefix.as_deref().unwrap_or_default();
        let wanted = |filter: &MetricFilter| {
            filter.name.starts_with(prefix) && filter.transformations.iter().any(|made| makes(made, &input))
        };
        let mut found = Vec::new();
        for group in groups {
            let filters = group.metric_filters.into_iter().filter(|filter| wanted(filter));
            found.extend(filters.map(|filter| (filter, group.name.clone())));
        }
        let (found, next_token) =
            paging.of_all(found, |(filter, group)| (filter.name.clone(), group.clone()));
        let metric_filters = Some(found.into_iter().map(shape).collect());
        Ok(DescribeMetricFiltersResponse { metric_filters, next_token })
    }
}

/// "If you include this parameter in your request, you must also include" the other one.
fn check(input: &DescribeMetricFiltersRequest) -> Result<(), wording::Worded> {
    match (&input.metric_name, &input.metric_namespace) {
        (Some(_), None) => Err(wording::metric_without("metricName", "metricNamespace")),
        (None, Some(_)) => Err(wording::metric_without("metricNamespace", "metricName")),
        _ => Ok(()),
    }
}

fn makes(made: &MetricTransformation, input: &DescribeMetricFiltersRequest) -> bool {
    input.metric_name.as_ref().is_none_or(|name| *name == made.name)
        && input.metric_namespace.as_ref().is_none_or(|namespace| *namespace == made.namespace)
}

fn shape((filter, group): (MetricFilter, String)) -> wire::MetricFilter {
    let transformation = |made: MetricTransformation| wire::MetricTransformation {
        metric_name: Some(made.name),
        metric_namespace: Some(made.namespace),
        metric_value: Some(made.value),
        default_value: made.default,
        dimensions: (!made.dimensions.is_empty()).then_some(made.dimensions),
        unit: made.unit,
    };
    wire::MetricFilter {
        filter_name: Some(filter.name),
        filter_pattern: Some(filter.pattern),
        metric_transformations: Some(filter.transformations.into_iter().map(transformation).collect()),
        creation_time: Some(filter.created),
        log_group_name: Some(group),
        apply_on_transformed_logs: Some(filter.on_transformed.unwrap_or_default()),
        field_selection_criteria: None,
        emit_system_field_dimensions: None,
    }
}
