//! The operations that exist, one file each. Adding one is a file and a line here.

mod get_metric_data;
mod get_metric_statistics;
mod list_metrics;
mod list_tags_for_resource;
mod put_metric_data;
mod tag_resource;
mod untag_resource;

use watchtrail_service::Entry;

/// The list that routing, the coverage page and its test are made from.
pub(crate) const OPERATIONS: &[Entry] = &[
    Entry::of::<get_metric_data::GetMetricData>(),
    Entry::of::<get_metric_statistics::GetMetricStatistics>(),
    Entry::of::<list_metrics::ListMetrics>(),
    Entry::of::<list_tags_for_resource::ListTagsForResource>(),
    Entry::of::<put_metric_data::PutMetricData>(),
    Entry::of::<tag_resource::TagResource>(),
    Entry::of::<untag_resource::UntagResource>(),
];
