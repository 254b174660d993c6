//! PutMetricFilter: <https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutMetricFilter.html>.
//!
//! A filter that is put again keeps its creation time; what AWS does is unknown.

use watchtrail_core::logs::metric_filter::{RawTransformation, Transformation};
use watchtrail_core::logs::pattern::{Pattern, Purpose};
use watchtrail_service::wording::logs as wording;
use watchtrail_service::{Fault, Operation, Request};
use watchtrail_store::logs::{LogGroup, MetricFilter, MetricTransformation};
use watchtrail_wire::shapes::logs as wire;
use wire::PutMetricFilterRequest;

use crate::faults::worded;
use crate::{filters, groups};

/// Filters of a group.
const MOST: usize = 100;

pub(crate) struct PutMetricFilter;

impl Operation for PutMetricFilter {
    const NAME: &'static str = "PutMetricFilter";
    type Input = PutMetricFilterRequest;
    type Output = ();

    async fn run(request: &Request<'_>, input: Self::Input) -> Result<Self::Output, Fault> {
        filters::supported(
            input.apply_on_transformed_logs,
            input.field_selection_criteria.as_deref(),
            ("emitSystemFieldDimensions", input.emit_system_field_dimensions.as_deref()),
        )?;
        let text = input.filter_pattern.unwrap_or_default();
        let pattern = filters::pattern(&text, Purpose::MetricFilter)?;
        let given = input.metric_transformations.unwrap_or_default();
        let transformations =
            given.into_iter().map(|given| transformation(&pattern, given)).collect::<Result<_, _>>()?;
        let filter = MetricFilter {
            name: input.filter_name.unwrap_or_default(),
            pattern: text,
            transformations,
            created: request.now.millis(),
            on_transformed: None,
        };
        let name = input.log_group_name.unwrap_or_default();
        groups::change(request, &name, |group| put(group, &filter, &pattern)).await
    }
}

fn transformation(
    pattern: &Pattern,
    given: wire::MetricTransformation,
) -> Result<MetricTransformation, Fault> {
    let made = MetricTransformation {
        namespace: given.metric_namespace.unwrap_or_default(),
        name: given.metric_name.unwrap_or_default(),
        value: given.metric_value.unwrap_or_default(),
        default: given.default_value,
        dimensions: given.dimensions.unwrap_or_default(),
        unit: given.unit,
    };
    let raw = RawTransformation {
        namespace: &made.namespace,
        name: &made.name,
        value: &made.value,
        default: made.default,
        dimensions: made.dimensions.iter().map(|(name, value)| (&**name, &**value)).collect(),
        unit: made.unit.as_deref(),
    };
    match Transformation::parse(pattern, &raw) {
        Ok(_) => Ok(made),
        Err(error) => Err(worded(wording::transformation(&error))),
    }
}

fn put(group: &mut LogGroup, new: &MetricFilter, pattern: &Pattern) -> Result<(), Fault> {
    let mut new = new.clone();
    let place = group.metric_filters.binary_search_by(|filter| filter.name.cmp(&new.name));
    if let Ok(place) = place {
        new.created = group.metric_filters.remove(place).created;
    }
    filters::fits(group, pattern)?;
    if group.metric_filters.len() >= MOST {
        return Err(worded(wording::limit()));
    }
    group.metric_filters.insert(place.unwrap_or_else(|place| place), new);
    Ok(())
}
