//! The operations, a file each.

mod add_tags;
mod create_channel;
mod create_trail;
mod delete_channel;
mod delete_trail;
mod describe_trails;
mod get_channel;
mod get_event_selectors;
mod get_insight_selectors;
mod get_trail;
mod get_trail_status;
mod list_channels;
mod list_public_keys;
mod list_tags;
mod list_trails;
mod lookup_events;
mod put_audit_events;
mod put_event_selectors;
mod put_insight_selectors;
mod remove_tags;
mod start_logging;
mod stop_logging;
mod update_channel;
mod update_trail;

use watchtrail_service::Entry;

/// The list that routing, the coverage page and its test are made from.
pub(crate) const OPERATIONS: &[Entry] = &[
    Entry::of::<add_tags::AddTags>(),
    Entry::of::<create_channel::CreateChannel>(),
    Entry::of::<create_trail::CreateTrail>(),
    Entry::of::<delete_channel::DeleteChannel>(),
    Entry::of::<delete_trail::DeleteTrail>(),
    Entry::of::<describe_trails::DescribeTrails>(),
    Entry::of::<get_channel::GetChannel>(),
    Entry::of::<get_event_selectors::GetEventSelectors>(),
    Entry::of::<get_insight_selectors::GetInsightSelectors>(),
    Entry::of::<get_trail::GetTrail>(),
    Entry::of::<get_trail_status::GetTrailStatus>(),
    Entry::of::<list_channels::ListChannels>(),
    Entry::of::<list_public_keys::ListPublicKeys>(),
    Entry::of::<list_tags::ListTags>(),
    Entry::of::<list_trails::ListTrails>(),
    Entry::of::<lookup_events::LookupEvents>(),
    Entry::of::<put_event_selectors::PutEventSelectors>(),
    Entry::of::<put_insight_selectors::PutInsightSelectors>(),
    Entry::of::<remove_tags::RemoveTags>(),
    Entry::of::<start_logging::StartLogging>(),
    Entry::of::<stop_logging::StopLogging>(),
    Entry::of::<update_channel::UpdateChannel>(),
    Entry::of::<update_trail::UpdateTrail>(),
];

/// The same of CloudTrail Data.
pub(crate) const DATA_OPERATIONS: &[Entry] = &[Entry::of::<put_audit_events::PutAuditEvents>()];
