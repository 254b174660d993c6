//! What came as an audit record and is none: kept as it came, with the reason, where nothing looks for records.
//!
//! The objects are lines of JSON: `{"received": …, "reason": …, "record": "…"}`. GetTrailStatus tells how many there are.

use aws_sdk_dynamodb::types::TransactWriteItem;
use serde::Serialize;
use ulid::Ulid;
use watchtrail_core::time::{Day, Timestamp};

use super::TrailStore;
use crate::dynamo::{Attributes, Change, number, write};
use crate::error::StoreError;
use crate::keys::{Scope, item, object};

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
}

impl Aside {
    pub(super) fn push(&mut self, received: i64, reason: String, record: &str) {
        let at = Timestamp::from_millis(received);
        self.day = Day::of(at);
        let line = Line { received: at.to_string(), reason: &reason, record };
        self.lines.push_str(&serde_json::to_string(&line).unwrap_or_default());
        self.lines.push('\n');
        self.count += 1;
    }

    pub(super) fn is_empty(&self) -> bool {
        self.count == 0
    }
}

impl TrailStore {
    /// Keeps texts aside that are no records, each with the reason. With the same `ulid` again it replaces what it wrote.
    ///
    /// # Errors
    /// When a store does not answer.
    pub async fn set_aside(
        &self,
        scope: &Scope,
        texts: &[(String, &str)],
        ulid: Ulid,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let mut aside = Aside::default();
        for (reason, text) in texts {
            aside.push(now.millis(), reason.clone(), text);
        }
        if aside.is_empty() {
            return Ok(());
        }
        let count = self.put_aside(scope, &ulid.to_string(), &aside).await?;
        self.ledger.db.transact(vec![count]).await
    }

    /// Puts the object; the write that counts it is for the caller's transaction.
    pub(super) async fn put_aside(
        &self,
        scope: &Scope,
        name: &str,
        aside: &Aside,
    ) -> Result<TransactWriteItem, StoreError> {
        let hash = xxhash_rust::xxh3::xxh3_64(aside.lines.as_bytes());
        let key = object::trail_aside(scope, aside.day, name, hash);
        self.ledger.objects.put(&key, aside.lines.clone().into_bytes()).await?;
        let values = vec![(":more", number(aside.count))];
        let change = Change { update: "ADD aside :more", condition: None, values };
        write::update(&self.ledger.config.names.ledger, item::trail_aside(scope), change)
    }

    /// How many texts of a scope are kept aside.
    pub(super) async fn aside(&self, scope: &Scope) -> Result<u64, StoreError> {
        let found = self.ledger.db.get(&self.ledger.config.names.ledger, item::trail_aside(scope)).await?;
        Ok(found.and_then(|found| found.maybe_number("aside")).unwrap_or(0))
    }
}
