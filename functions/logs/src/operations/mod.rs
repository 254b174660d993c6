//! The operations, a file each.

mod associate_kms_key;
mod cancel_export_task;
mod create_export_task;
mod create_log_group;
mod create_log_stream;
mod delete_destination;
mod delete_log_group;
mod delete_log_stream;
mod delete_metric_filter;
mod delete_query_definition;
mod delete_resource_policy;
mod delete_retention_policy;
mod delete_subscription_filter;
mod describe_destinations;
mod describe_export_tasks;
mod describe_log_groups;
mod describe_log_streams;
mod describe_metric_filters;
mod describe_query_definitions;
mod describe_resource_policies;
mod describe_subscription_filters;
mod disassociate_kms_key;
mod filter_log_events;
mod get_log_events;
mod list_log_groups;
mod list_tags_for_resource;
mod list_tags_log_group;
mod put_destination;
mod put_destination_policy;
mod put_log_events;
mod put_log_group_deletion_protection;
mod put_metric_filter;
mod put_query_definition;
mod put_resource_policy;
mod put_retention_policy;
mod put_subscription_filter;
mod tag_log_group;
mod tag_resource;
mod test_metric_filter;
mod untag_log_group;
mod untag_resource;

use watchtrail_service::Entry;

/// The list that routing, the coverage page and its test are made from.
pub(crate) const OPERATIONS: &[Entry] = &[
    Entry::of::<associate_kms_key::AssociateKmsKey>(),
    Entry::of::<cancel_export_task::CancelExportTask>(),
    Entry::of::<create_export_task::CreateExportTask>(),
    Entry::of::<create_log_group::CreateLogGroup>(),
    Entry::of::<create_log_stream::CreateLogStream>(),
    Entry::of::<delete_destination::DeleteDestination>(),
    Entry::of::<delete_log_group::DeleteLogGroup>(),
    Entry::of::<delete_log_stream::DeleteLogStream>(),
    Entry::of::<delete_metric_filter::DeleteMetricFilter>(),
    Entry::of::<delete_query_definition::DeleteQueryDefinition>(),
    Entry::of::<delete_resource_policy::DeleteResourcePolicy>(),
    Entry::of::<delete_retention_policy::DeleteRetentionPolicy>(),
    Entry::of::<delete_subscription_filter::DeleteSubscriptionFilter>(),
    Entry::of::<describe_destinations::DescribeDestinations>(),
    Entry::of::<describe_export_tasks::DescribeExportTasks>(),
    Entry::of::<describe_log_groups::DescribeLogGroups>(),
    Entry::of::<describe_log_streams::DescribeLogStreams>(),
    Entry::of::<describe_metric_filters::DescribeMetricFilters>(),
    Entry::of::<describe_query_definitions::DescribeQueryDefinitions>(),
    Entry::of::<describe_resource_policies::DescribeResourcePolicies>(),
    Entry::of::<describe_subscription_filters::DescribeSubscriptionFilters>(),
    Entry::of::<disassociate_kms_key::DisassociateKmsKey>(),
    Entry::of::<filter_log_events::FilterLogEvents>(),
    Entry::of::<get_log_events::GetLogEvents>(),
    Entry::of::<list_log_groups::ListLogGroups>(),
    Entry::of::<list_tags_for_resource::ListTagsForResource>(),
    Entry::of::<list_tags_log_group::ListTagsLogGroup>(),
    Entry::of::<put_destination::PutDestination>(),
    Entry::of::<put_destination_policy::PutDestinationPolicy>(),
    Entry::of::<put_log_events::PutLogEvents>(),
    Entry::of::<put_log_group_deletion_protection::PutLogGroupDeletionProtection>(),
    Entry::of::<put_metric_filter::PutMetricFilter>(),
    Entry::of::<put_query_definition::PutQueryDefinition>(),
    Entry::of::<put_resource_policy::PutResourcePolicy>(),
    Entry::of::<put_retention_policy::PutRetentionPolicy>(),
    Entry::of::<put_subscription_filter::PutSubscriptionFilter>(),
    Entry::of::<tag_log_group::TagLogGroup>(),
    Entry::of::<tag_resource::TagResource>(),
    Entry::of::<test_metric_filter::TestMetricFilter>(),
    Entry::of::<untag_log_group::UntagLogGroup>(),
    Entry::of::<untag_resource::UntagResource>(),
];
