//! Group commit: journal items that are put at the same time share one request to DynamoDB.
//!
//! Only a sole writer does this, which answers all requests of all clients in one process. On AWS an instance of a
//! function answers one request at a time: there is nothing to share.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::oneshot;

use crate::dynamo::{Dynamo, Item};
use crate::error::StoreError;

/// DynamoDB takes 25 puts in a BatchWriteItem.
const LARGEST: usize = 25;

/// A put that waits for its group.
struct Waiting {
    item: Item,
    done: oneshot::Sender<Result<(), StoreError>>,
}

#[derive(Default)]
struct Queue {
    waiting: Vec<Waiting>,
    /// Whether a task is at work on the queue.
    served: bool,
}

/// Puts into one table, in groups.
pub(super) struct Group {
    db: Dynamo,
    table: String,
    queue: Mutex<Queue>,
}

impl std::fmt::Debug for Group {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Group").field("table", &self.table).finish_non_exhaustive()
    }
}

impl Group {
    pub(super) fn new(db: Dynamo, table: String) -> Self {
        Self { db, table, queue: Mutex::default() }
    }

    fn queue(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Puts an item. It is stored when this returns `Ok`, whoever stored it.
    pub(super) async fn put(self: &Arc<Self>, item: Item) -> Result<(), StoreError> {
        let (done, outcome) = oneshot::channel();
        let served = {
            let mut queue = self.queue();
            queue.waiting.push(Waiting { item, done });
            std::mem::replace(&mut queue.served, true)
        };
        if !served {
            tokio::spawn(Serving(Arc::clone(self)).run());
        }
        outcome.await.unwrap_or_else(|_| {
            let message = "the group was given up".to_owned();
            Err(StoreError::Unavailable { store: "DynamoDB", call: "BatchWriteItem", message })
        })
    }

    async fn put_all(&self, group: Vec<Waiting>) {
        let items = || group.iter().map(|waiting| waiting.item.clone()).collect();
        if group.len() > 1 && self.db.put_all(&self.table, items()).await.is_ok() {
            for Waiting { done, .. } in group {
                // Who does not wait any more does not want to know.
                let _ = done.send(Ok(()));
            }
            return;
        }
        // One alone, or a group that failed: each finds out by itself. Putting an item twice changes nothing.
        for Waiting { item, done } in group {
            let _ = done.send(self.db.put(&self.table, item).await);
        }
    }
}

/// The task at work on a queue. When it panics, nobody waits for it any longer.
struct Serving(Arc<Group>);

impl Serving {
    async fn run(self) {
        loop {
            // Requests that are ready to be put join the group first.
            tokio::task::yield_now().await;
            let group = {
                let mut queue = self.0.queue();
                if queue.waiting.is_empty() {
                    queue.served = false;
                    return;
                }
                let size = queue.waiting.len().min(LARGEST);
                queue.waiting.drain(..size).collect()
            };
            self.0.put_all(group).await;
        }
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        // After a panic the queue still says that it is served. After a normal end it may rightly say so: of the next task.
        if std::thread::panicking() {
            let mut queue = self.0.queue();
            queue.served = false;
            queue.waiting.clear();
        }
    }
}
