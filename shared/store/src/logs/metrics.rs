//! The metrics that are made of log events as they come: by metric filters, and by events in the embedded metric format.

use std::collections::BTreeMap;

use watchtrail_core::logs::metric_filter::{self, RawTransformation, Transformation};
use watchtrail_core::logs::{emf, pattern::Pattern};
use watchtrail_core::metrics::Datum;
use watchtrail_core::time::Timestamp;

use super::{LogGroup, MetricFilter, MetricTransformation};

/// A metric filter, ready to be applied.
#[derive(Debug)]
pub(super) struct Compiled {
    pattern: Pattern,
    transformations: Vec<Transformation>,
}

/// The metric filters of a group.
pub(super) fn compile(group: &LogGroup) -> Vec<Compiled> {
    let compiled = |filter: &MetricFilter| {
        let pattern = Pattern::parse(&filter.pattern).ok()?;
        let raw = |of: &MetricTransformation| Transformation::parse(&pattern, &raw(of)).ok();
        let transformations = filter.transformations.iter().map(raw).collect::<Option<Vec<_>>>()?;
        Some(Compiled { pattern, transformations })
    };
    let all = group.metric_filters.iter().filter_map(|filter| {
        let made = compiled(filter);
        if made.is_none() {
            // It was checked when it was put: an older version took what this one does not.
            tracing::error!(group = group.name, filter = filter.name, "a metric filter is not understood");
        }
        made
    });
    all.collect()
}

fn raw(of: &MetricTransformation) -> RawTransformation<'_> {
    RawTransformation {
        namespace: &of.namespace,
        name: &of.name,
        value: &of.value,
        default: of.default,
        dimensions: of.dimensions.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect(),
        unit: of.unit.as_deref(),
    }
}

/// The data that some events make, by namespace.
pub(super) fn made(
    filters: &[Compiled],
    events: &[(i64, &str)],
    now: Timestamp,
) -> BTreeMap<String, Vec<Datum>> {
    let mut made: BTreeMap<String, Vec<Datum>> = BTreeMap::new();
    let timed = || events.iter().map(|(time, message)| (Timestamp::from_millis(*time), *message));
    for filter in filters {
        for transformation in &filter.transformations {
            let data = metric_filter::apply(&filter.pattern, transformation, timed(), now);
            if !data.is_empty() {
                made.entry(transformation.namespace.clone()).or_default().extend(data);
            }
        }
    }
    for (time, message) in timed().filter(|(_, message)| emf::may_hold(message)) {
        for one in emf::metrics(message, time, now) {
            made.entry(one.namespace).or_default().push(one.datum);
        }
    }
    made
}
