//! What came as an audit record and is none: kept as it came, with the reason, where nothing looks for records.
//!
//! The objects are lines of JSON: `{"received": …, "reason": …, "record": "…"}`. GetTrailStatus tells how many there are.

use aws_sdk_dynamodb::types::TransactWriteItem;
use serde::Serialize;
use ulid::Ulid;
use watchtrail_core::time::{DAY, Day, Timestamp};
use xxhash_rust::xxh3::{xxh3_64, xxh3_64_with_seed, xxh3_128_with_seed};

use super::TrailStore;
use crate::dynamo::{Attributes, Change, item as new_item, number, text as attribute, write};
use crate::error::StoreError;
use crate::keys::{Scope, item, object};

/// A queue of SQS gives a message up after two weeks at the latest.
const REMEMBERED: i64 = 15 * DAY;

/// Characters of a reason that GetTrailStatus tells.
const LONGEST_REASON: usize = 500;

#[derive(Debug, Serialize)]
struct Line<'a> {
    received: String,
    reason: &'a str,
    record: &'a str,
}

/// What is to be kept aside.
#[derive(Debug, Default)]
pub(super) struct Aside {
    lines: String,
    count: u64,
    day: Day,
    /// Of what is kept and why, not of when it came.
    hash: u64,
    /// When the last came, in milliseconds since 1970, and why it is here.
    latest: (i64, String),
}

/// What is kept aside of a scope.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct KeptAside {
    /// How many texts, ever.
    pub count: u64,
    /// When the last came, in milliseconds since 1970.
    pub at: i64,
    /// Why that one is no record.
    pub reason: String,
}

impl Aside {
    pub(super) fn push(&mut self, received: i64, reason: String, record: &str) {
        let at = Timestamp::from_millis(received);
        self.day = Day::of(at);
        self.hash = xxh3_64_with_seed(record.as_bytes(), xxh3_64_with_seed(reason.as_bytes(), self.hash));
        let line = Line { received: at.to_string(), reason: &reason, record };
        self.lines.push_str(&serde_json::to_string(&line).unwrap_or_default());
        self.lines.push('\n');
        self.count += 1;
        self.latest = (received, reason);
    }

    pub(super) fn is_empty(&self) -> bool {
        self.count == 0
    }
}

impl TrailStore {
    /// Keeps a text aside that is no record, with the reason. The same text again for the same reason is known, and changes nothing: a message of
    /// which some is kept aside may come again for what else is in it.
    ///
    /// # Errors
    /// When a store does not answer.
    pub async fn set_aside(
        &self,
        scope: &Scope,
        reason: String,
        text: &str,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let identity = Ulid(xxh3_128_with_seed(text.as_bytes(), xxh3_64(reason.as_bytes())));
        let (db, table) = (&self.ledger.db, &self.ledger.config.names.ledger);
        let key = item::trail_aside_taken(scope, identity);
        if db.get(table, key.clone()).await?.is_some() {
            return Ok(());
        }
        let mut aside = Aside::default();
        aside.push(now.millis(), reason, text);
        let count = self.put_aside(scope, &identity.to_string(), &aside).await?;
        let mut note = new_item(key);
        note.insert("expires".into(), number(now.plus_millis(REMEMBERED).millis() / 1_000));
        match db.transact(vec![write::put(table, note, Some("attribute_not_exists(pk)"))?, count]).await {
            // Another worker has it, too.
            Ok(()) | Err(StoreError::Conflict) => Ok(()),
            Err(error) => Err(error),
        }
    }

    /// Puts the object; the write that counts it is for the caller's transaction.
    pub(super) async fn put_aside(
        &self,
        scope: &Scope,
        name: &str,
        aside: &Aside,
    ) -> Result<TransactWriteItem, StoreError> {
        let key = object::trail_aside(scope, aside.day, name, aside.hash);
        self.ledger.objects.put(&key, aside.lines.clone().into_bytes()).await?;
        let (at, reason) = &aside.latest;
        let reason: String = reason.chars().take(LONGEST_REASON).collect();
        let values = vec![(":more", number(aside.count)), (":at", number(at)), (":why", attribute(reason))];
        let update = "ADD aside :more SET latest_at = :at, latest_reason = :why";
        let change = Change { update, condition: None, values };
        write::update(&self.ledger.config.names.ledger, item::trail_aside(scope), change)
    }

    /// What is kept aside of a scope.
    pub(super) async fn aside(&self, scope: &Scope) -> Result<KeptAside, StoreError> {
        let found = self.ledger.db.get(&self.ledger.config.names.ledger, item::trail_aside(scope)).await?;
        Ok(found.map_or_else(KeptAside::default, |found| KeptAside {
            count: found.maybe_number("aside").unwrap_or(0),
            at: found.maybe_number("latest_at").unwrap_or(0),
            reason: found.text("latest_reason").unwrap_or_default().to_owned(),
        }))
    }
}
