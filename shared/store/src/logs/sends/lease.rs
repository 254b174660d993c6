//! Who works on a queue: one at a time, so that its order stays. A worker takes it for a while; when it dies, the while ends. What failed
//! waits for its time.
//!
//! Within a process no clock counts: a queue that somebody works on there is not taken a second time, however far the suite's clock
//! was set. Between processes a lease stands for the order, as with the actions of alarms: a worker that sleeps for longer than its
//! lease may send what another one sends, too.

use std::collections::{HashMap, HashSet};
use std::sync::{Mutex, PoisonError};

use ulid::Ulid;
use watchtrail_core::time::{MINUTE, Timestamp};

use super::super::LogStore;
use super::KEPT;
use super::queue::Queue;
use crate::dynamo::{Attributes, Change, Item, item as new_item, number, text};
use crate::error::StoreError;
use crate::keys::{LIST_SHARDS, item};

/// A queue is taken for so long: longer than an invocation can last.
const LEASE: i64 = 3 * MINUTE;

/// The queues that this process works on.
#[derive(Debug, Default)]
pub(in crate::logs) struct Working(Mutex<HashSet<String>>);

impl Working {
    fn begin(&self, queue: &str) -> bool {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(queue.to_owned())
    }

    fn end(&self, queue: &str) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(queue);
    }
}

/// What is known of a queue beside its entries.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct State {
    pub(super) tries: u32,
    /// Nobody takes it before: it is leased until then, or its last try failed.
    pub(super) due: Timestamp,
    leased: bool,
}

impl State {
    fn item(&self, queue: &Queue, worker: Ulid, now: Timestamp) -> Item {
        let mut made = new_item(key(queue));
        made.insert("worker".into(), text(worker.to_string()));
        made.insert("free_at".into(), number(self.due.millis()));
        made.insert("tries".into(), number(self.tries));
        if self.leased {
            made.insert("leased".into(), aws_sdk_dynamodb::types::AttributeValue::Bool(true));
        }
        made.insert("expires".into(), number(now.plus_millis(KEPT).millis() / 1_000));
        made
    }

    fn parse(found: &Item) -> Result<Self, StoreError> {
        Ok(Self {
            tries: found.number("tries")?,
            due: Timestamp::from_millis(found.number("free_at")?),
            leased: found.contains_key("leased"),
        })
    }
}

fn key(queue: &Queue) -> (String, String) {
    (item::log_sending(queue.shard), queue.name.clone())
}

/// A queue that was taken; nobody else in this process takes it until this goes.
#[derive(Debug)]
pub struct Hold<'a> {
    store: &'a LogStore,
    /// The queue.
    pub queue: Queue,
    worker: Ulid,
}

impl Drop for Hold<'_> {
    fn drop(&mut self) {
        self.store.working.end(&self.queue.name);
    }
}

impl LogStore {
    pub(super) async fn states(&self, shard: u64) -> Result<HashMap<String, State>, StoreError> {
        let (db, table) = (&self.ledger.db, &self.ledger.config.names.ledger);
        let found = db.query(table, item::log_sending(shard), None).await?;
        found.iter().map(|found| Ok((found.text("sk")?.to_owned(), State::parse(found)?))).collect()
    }

    /// Takes a queue whose time has come. `worker` is unique.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] when somebody else has it, or its time has not come.
    pub async fn take_queue(
        &self,
        queue: &Queue,
        worker: Ulid,
        now: Timestamp,
    ) -> Result<Hold<'_>, StoreError> {
        if !self.working.begin(&queue.name) {
            return Err(StoreError::Conflict);
        }
        let hold = Hold { store: self, queue: queue.clone(), worker };
        let state = State { tries: queue.tries, due: now.plus_millis(LEASE), leased: true };
        let free = "attribute_not_exists(pk) OR free_at <= :now";
        let table = &self.ledger.config.names.ledger;
        let with = vec![(":now", number(now.millis()))];
        self.ledger.db.put_if(table, state.item(queue, worker, now), free, with).await?;
        Ok(hold)
    }

    /// Frees every queue that is taken. Only who knows that nobody else is at work may do that: a host that is alone, when it starts.
    ///
    /// # Errors
    /// When DynamoDB does not answer.
    pub async fn free_queues(&self) -> Result<(), StoreError> {
        let table = &self.ledger.config.names.ledger;
        for shard in 0..LIST_SHARDS {
            for (name, state) in self.states(shard).await?.into_iter().filter(|(_, state)| state.leased) {
                let key = (item::log_sending(shard), name);
                if state.tries == 0 {
                    self.ledger.db.delete(table, key, None).await?;
                    continue;
                }
                let change = Change {
                    update: "SET free_at = :free REMOVE leased",
                    condition: None,
                    values: vec![(":free", number(0))],
                };
                self.ledger.db.update(table, key, change).await?;
            }
        }
        Ok(())
    }
}

impl Hold<'_> {
    /// Gives the queue back: all that it held was sent.
    ///
    /// # Errors
    /// When DynamoDB does not answer; the lease ends by itself then.
    pub async fn release(self) -> Result<(), StoreError> {
        let table = &self.store.ledger.config.names.ledger;
        let mine = ("worker = :me", vec![(":me", text(self.worker.to_string()))]);
        no_conflict(self.store.ledger.db.delete(table, key(&self.queue), Some(mine)).await)
    }

    /// Gives the queue back, to be tried again at `due`.
    ///
    /// # Errors
    /// As [`Hold::release`].
    pub async fn put_off(self, due: Timestamp, tries: u32, now: Timestamp) -> Result<(), StoreError> {
        let table = &self.store.ledger.config.names.ledger;
        let state = State { tries, due, leased: false }.item(&self.queue, self.worker, now);
        let mine = vec![(":me", text(self.worker.to_string()))];
        no_conflict(self.store.ledger.db.put_if(table, state, "worker = :me", mine).await)
    }
}

/// The lease ended, and somebody else has the queue: it is theirs then.
fn no_conflict(done: Result<(), StoreError>) -> Result<(), StoreError> {
    match done {
        Err(StoreError::Conflict) => Ok(()),
        other => other,
    }
}
