//! The operations, a file each.

mod create_log_group;
mod create_log_stream;
mod delete_log_group;
mod delete_log_stream;
mod delete_retention_policy;
mod describe_log_groups;
mod describe_log_streams;
mod filter_log_events;
mod get_log_events;
mod list_log_groups;
mod list_tags_for_resource;
mod list_tags_log_group;
mod put_log_events;
mod put_log_group_deletion_protection;
mod put_retention_policy;
mod tag_log_group;
mod tag_resource;
mod untag_log_group;
mod untag_resource;

use watchtrail_service::Entry;

/// The list that routing, the coverage page and its test are made from.
pub(crate) const OPERATIONS: &[Entry] = &[
    Entry::of::<create_log_group::CreateLogGroup>(),
    Entry::of::<create_log_stream::CreateLogStream>(),
    Entry::of::<delete_log_group::DeleteLogGroup>(),
    Entry::of::<delete_log_stream::DeleteLogStream>(),
    Entry::of::<delete_retention_policy::DeleteRetentionPolicy>(),
    Entry::of::<describe_log_groups::DescribeLogGroups>(),
    Entry::of::<describe_log_streams::DescribeLogStreams>(),
    Entry::of::<filter_log_events::FilterLogEvents>(),
    Entry::of::<get_log_events::GetLogEvents>(),
    Entry::of::<list_log_groups::ListLogGroups>(),
    Entry::of::<list_tags_for_resource::ListTagsForResource>(),
    Entry::of::<list_tags_log_group::ListTagsLogGroup>(),
    Entry::of::<put_log_events::PutLogEvents>(),
    Entry::of::<put_log_group_deletion_protection::PutLogGroupDeletionProtection>(),
    Entry::of::<put_retention_policy::PutRetentionPolicy>(),
    Entry::of::<tag_log_group::TagLogGroup>(),
    Entry::of::<tag_resource::TagResource>(),
    Entry::of::<untag_log_group::UntagLogGroup>(),
    Entry::of::<untag_resource::UntagResource>(),
];
