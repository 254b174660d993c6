//! What a deleted log group leaves behind, and its removal.

use watchtrail_core::time::{Day, Timestamp};

use crate::dynamo::{Item, item as new_item, number};
use crate::keys::{Partition, item};

/// The step's name in the list of due work.
pub const STEP: &str = "drop";

/// The note that a group's data is to be removed.
pub(super) fn note(partition: &Partition, now: Timestamp) -> Item {
    let mut due = new_item(item::due(partition, Day::of(now), STEP));
    due.insert("gen".into(), number(0));
    due
}
