//! The operations, a file each.

use watchtrail_service::Entry;

/// The list that routing, the coverage page and its test are made from.
pub(crate) const OPERATIONS: &[Entry] = &[];
