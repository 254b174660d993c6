//! Alarms in the catalog: their definitions and states, their history, and the actions that are still to be done.
//!
//! The alarms of a scope (account and region) lie in [`BUCKETS`] buckets, by a hash of their names. Whatever changes an alarm is one
//! transaction: the alarm, its history, its actions, one more in the bucket's version, and an entry in the bucket's log that says which alarms
//! that version changed. A process that keeps alarms in memory ([`Board`]) reads the versions, which are one small query, and then only what
//! changed. What an alarm means is [`watchtrail_core::alarms`]'s business.

mod board;
mod commit;
mod history;
mod mutes;
mod todo;

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

pub use board::{Board, Heads, Stored};
pub use commit::Change;
pub use history::{Happened, HistoryItem, HistoryPage, HistoryQuery};
pub use mutes::MuteRule;
pub use todo::{Due, Todo};
use tokio::sync::Notify;
use watchtrail_core::time::{DAY, Timestamp};

use crate::config::Names;
use crate::dynamo::{Attributes, Change as Update, Dynamo, number};
use crate::error::StoreError;
use crate::keys::{Scope, item};

/// Buckets of a scope's alarms: what is evaluated apart when there are too many for one invocation.
pub const BUCKETS: usize = 16;

/// AWS keeps the history of an alarm for 30 days, also after its deletion.
const HISTORY_KEPT: i64 = 30 * DAY;

/// So many changes of a bucket its log tells; whoever missed more reads everything.
const LOG_KEPT: u64 = 256;

/// Alarms of all scopes.
#[derive(Debug)]
pub struct AlarmStore {
    db: Dynamo,
    names: Names,
    boards: Mutex<HashMap<Scope, Arc<tokio::sync::Mutex<board::Known>>>>,
    /// Rung when an alarm was changed by this process: who evaluates alarms beside it need not wait for the minute.
    pub changed: Notify,
}

impl AlarmStore {
    pub(crate) fn new(db: Dynamo, names: Names) -> Self {
        Self { db, names, boards: Mutex::default(), changed: Notify::new() }
    }

    /// The scopes that have, or had, alarms.
    ///
    /// # Errors
    /// When DynamoDB does not answer.
    pub async fn scopes(&self) -> Result<Vec<Scope>, StoreError> {
        let found = self.db.query(&self.names.catalog, item::ALARM_SCOPES.to_owned(), None).await?;
        found.iter().map(|entry| entry.text("sk").map(Scope::parse)).filter_map(Result::transpose).collect()
    }

    /// Notes that some buckets of a scope were evaluated at `tick`. `place` is the first of these buckets.
    ///
    /// # Errors
    /// When DynamoDB does not answer. That somebody else noted a later one is none.
    pub async fn evaluated(&self, scope: &Scope, place: usize, tick: Timestamp) -> Result<(), StoreError> {
        let change = Update {
            update: "SET evaluated = :tick",
            condition: Some("attribute_not_exists(evaluated) OR evaluated < :tick"),
            values: vec![(":tick", number(tick.millis()))],
        };
        let key = (item::alarm_heads(scope), board::evaluated_key(place));
        match self.db.update(&self.names.catalog, key, change).await {
            Ok(()) | Err(StoreError::Conflict) => Ok(()),
            Err(error) => Err(error),
        }
    }
}

/// The bucket of an alarm.
pub fn bucket(name: &str) -> usize {
    (xxhash_rust::xxh3::xxh3_64(name.as_bytes()) % BUCKETS as u64) as usize
}
