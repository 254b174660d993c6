//! Log events that others hand over, perhaps more than once: which of them are here already.
//!
//! What is handed over twice gets the same identity twice. While its generation is open the second write replaces the first; and what
//! was taken is noted afterwards, for as long as anybody hands a thing over again. Only a process that dies between the write and the note, and a
//! generation that is sealed before it comes again, make it double.

use ulid::Ulid;
use watchtrail_core::time::{DAY, Timestamp};
use xxhash_rust::xxh3::Xxh3;

use super::LogStore;
use crate::dynamo::{item as new_item, number};
use crate::error::StoreError;
use crate::keys::{Scope, item};

/// Nobody hands anything over for longer: Lambda gives an event up after six hours.
const REMEMBERED: i64 = 2 * DAY;

/// The identity of events that are handed over together, made of theirs: an id and a time (epoch milliseconds) each.
pub fn identity<'a>(
    scope: &Scope,
    (group, stream): (&str, &str),
    events: impl Iterator<Item = (&'a str, i64)>,
) -> Ulid {
    let mut hash = Xxh3::new();
    for part in [&scope.to_string(), group, stream] {
        hash.update(part.as_bytes());
        hash.update(&[0]);
    }
    let mut last = 0;
    for (id, time) in events {
        hash.update(id.as_bytes());
        hash.update(&time.to_be_bytes());
        last = last.max(time);
    }
    Ulid::from_parts(last.unsigned_abs(), hash.digest128())
}

impl LogStore {
    /// Whether events of that identity were taken.
    ///
    /// # Errors
    /// When DynamoDB does not answer.
    pub async fn is_taken(&self, identity: Ulid) -> Result<bool, StoreError> {
        let found = self.ledger.db.get(&self.ledger.config.names.ledger, item::log_taken(identity)).await?;
        Ok(found.is_some())
    }

    /// Notes that they were.
    ///
    /// # Errors
    /// When DynamoDB does not answer.
    pub async fn taken(&self, identity: Ulid, now: Timestamp) -> Result<(), StoreError> {
        let mut note = new_item(item::log_taken(identity));
        note.insert("expires".into(), number(now.plus_millis(REMEMBERED).millis() / 1_000));
        self.ledger.db.put(&self.ledger.config.names.ledger, note).await
    }
}
