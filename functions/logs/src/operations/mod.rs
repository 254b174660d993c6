//! The operations, a file each.

mod filter_log_events;
mod get_log_events;
mod put_log_events;

use watchtrail_service::Entry;

/// The list that routing, the coverage page and its test are made from.
pub(crate) const OPERATIONS: &[Entry] = &[
    Entry::of::<filter_log_events::FilterLogEvents>(),
    Entry::of::<get_log_events::GetLogEvents>(),
    Entry::of::<put_log_events::PutLogEvents>(),
];
