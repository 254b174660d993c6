//! Cursors: how far each of those that hand records on has come, from lot to lot. Each channel of each trail in each region has its own, so
//! that one that fails holds up no other.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::TransactWriteItem;
use watchtrail_core::time::{MINUTE, SECOND, Timestamp};

use super::TrailStore;
use crate::dynamo::{Attributes, Change, number, write};
use crate::error::StoreError;
use crate::keys::{Generation, item};

/// DynamoDB takes 100 writes in a transaction; one is the cursor's.
const WRITES_A_TRANSACTION: usize = 99;

/// The first try after a failure comes after so long; each further one after twice as long …
const FIRST_RETRY: i64 = 30 * SECOND;
/// … but at most so long (milliseconds).
const LAST_RETRY: i64 = 15 * MINUTE;

/// What records are handed on by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Outlet {
    /// Log files in the trail's bucket.
    Files,
    /// Notices of them to the trail's topic.
    Notices,
    /// Events in the trail's log group.
    Logs,
    /// Events on the event bus.
    Events,
    /// Digests; only its tries are kept here.
    Digests,
}

impl Outlet {
    const ALL: [Self; 5] = [Self::Files, Self::Notices, Self::Logs, Self::Events, Self::Digests];

    const fn as_str(self) -> &'static str {
        match self {
            Self::Files => "files",
            Self::Notices => "notices",
            Self::Logs => "logs",
            Self::Events => "events",
            Self::Digests => "digests",
        }
    }
}

/// Whose cursor, of which channel, in which region.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Hand {
    /// The trail's id, or the account where it is one for all trails.
    pub owner: String,
    /// By what.
    pub channel: Outlet,
    /// The region of the records.
    pub region: String,
}

/// How far it has come.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Cursor {
    /// All lots up to this generation are taken.
    pub generation: Generation,
    /// Failures since the last success.
    pub tries: u32,
    /// Not before this time, after a failure.
    pub retry_at: Option<Timestamp>,
}

impl Hand {
    fn key(&self) -> (String, String) {
        (item::trail_cursors(&self.owner), format!("{}#{}", self.channel.as_str(), self.region))
    }
}

impl TrailStore {
    /// The cursors of an owner, by channel and region.
    ///
    /// # Errors
    /// When DynamoDB does not answer.
    pub async fn cursors(&self, owner: &str) -> Result<HashMap<(Outlet, String), Cursor>, StoreError> {
        let table = &self.ledger.config.names.ledger;
        let mut cursors = HashMap::new();
        for found in self.ledger.db.query(table, item::trail_cursors(owner), None).await? {
            let Some((channel, region)) = found.text("sk")?.split_once('#') else { continue };
            let Some(channel) = Outlet::ALL.into_iter().find(|one| one.as_str() == channel) else {
                continue;
            };
            let cursor = Cursor {
                generation: found.maybe_number("gen").unwrap_or(0),
                tries: found.maybe_number("tries").unwrap_or(0),
                retry_at: found.maybe_number("retry_at").map(Timestamp::from_millis),
            };
            cursors.insert((channel, region.to_owned()), cursor);
        }
        Ok(cursors)
    }

    /// Moves a cursor on, with what follows from it, all or none.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] when another worker has moved it.
    pub(super) async fn step(
        &self,
        hand: &Hand,
        (from, to): (Generation, Generation),
        mut writes: Vec<TransactWriteItem>,
    ) -> Result<(), StoreError> {
        let table = &self.ledger.config.names.ledger;
        let condition = if from == 0 { "attribute_not_exists(gen)" } else { "gen = :from" };
        let before = || if from == 0 { vec![] } else { vec![(":from", number(from))] };
        // What goes along is not looked at before the cursor has come there: it may come part by part.
        while writes.len() > WRITES_A_TRANSACTION {
            let mut part = writes.split_off(writes.len() - WRITES_A_TRANSACTION);
            if from > 0 {
                part.push(write::check(table, hand.key(), condition, before())?);
            }
            self.ledger.db.transact(part).await?;
        }
        let mut values = before();
        values.push((":to", number(to)));
        let change =
            Change { update: "SET gen = :to REMOVE tries, retry_at", condition: Some(condition), values };
        // A transaction also where nothing goes along: its token tells a step whose answer was lost from one of another worker.
        writes.push(write::update(table, hand.key(), change)?);
        self.ledger.db.transact(writes).await
    }

    /// Moves a cursor on.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] when another worker has moved it.
    pub async fn took(&self, hand: &Hand, from: Generation, to: Generation) -> Result<(), StoreError> {
        if from == to {
            return Ok(());
        }
        self.step(hand, (from, to), Vec::new()).await
    }

    /// Notes a failure; answers when the next try is due.
    ///
    /// # Errors
    /// When DynamoDB does not answer.
    pub async fn put_off(
        &self,
        hand: &Hand,
        cursor: Cursor,
        now: Timestamp,
    ) -> Result<Timestamp, StoreError> {
        let wait = FIRST_RETRY.saturating_mul(1 << cursor.tries.min(10)).min(LAST_RETRY);
        let at = now.plus_millis(wait);
        let values = vec![(":tries", number(cursor.tries.saturating_add(1))), (":at", number(at.millis()))];
        let change = Change { update: "SET tries = :tries, retry_at = :at", condition: None, values };
        self.ledger.db.update(&self.ledger.config.names.ledger, hand.key(), change).await?;
        Ok(at)
    }

    /// Notes a success where there were failures.
    ///
    /// # Errors
    /// When DynamoDB does not answer.
    pub async fn recovered(&self, hand: &Hand, cursor: Cursor) -> Result<(), StoreError> {
        if cursor.tries == 0 {
            return Ok(());
        }
        let change = Change { update: "REMOVE tries, retry_at", condition: None, values: vec![] };
        self.ledger.db.update(&self.ledger.config.names.ledger, hand.key(), change).await
    }
}
