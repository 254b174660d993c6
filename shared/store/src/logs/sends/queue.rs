//! Queues: which hold something, what is in them, and taking it out.

use std::borrow::Cow;

use futures::future::try_join_all;
use futures::stream::{self, StreamExt, TryStreamExt};
use serde::{Deserialize, Serialize};
use watchtrail_core::logs::subscription::SentEvent;
use watchtrail_core::time::Timestamp;

use super::super::LogStore;
use super::lease::State;
use crate::compress::decompress;
use crate::dynamo::{Attributes, Item, Order};
use crate::error::StoreError;
use crate::keys::{LIST_SHARDS, Partition, item};

/// Entries that are removed at once.
const AT_ONCE: usize = 8;

/// Entries are read until they have this many bytes of messages.
const MOST_BYTES: usize = 2 << 20;

/// Behind every character of a queue's name and of a ULID.
const END: &str = "~";
/// Behind every queue's name.
const LAST: &str = "\u{10FFFF}";

/// The queue of a subscription that has something to send.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Queue {
    /// The log group.
    pub group: Partition,
    /// The subscription filter's name.
    pub filter: String,
    /// Tries that failed, one after the other.
    pub tries: u32,
    /// Nobody tries before.
    pub due: Timestamp,
    /// Which list it is in, and its name there.
    pub(super) shard: u64,
    pub(super) name: String,
}

/// The events of a request that a subscription is to send.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Batch<'a> {
    /// The log stream's name.
    pub stream: Cow<'a, str>,
    /// Those that match.
    pub events: Vec<SentEvent<'a>>,
}

/// An entry of a queue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// When it was queued.
    pub queued: Timestamp,
    /// What is to be sent.
    pub batch: Batch<'static>,
    key: (String, String),
    object: Option<String>,
}

impl Entry {
    /// Bytes of its messages.
    pub fn bytes(&self) -> usize {
        self.batch.events.iter().map(|event| event.message.len()).sum()
    }
}

impl LogStore {
    /// The queues that hold something, whether or not it is time for them.
    ///
    /// # Errors
    /// When DynamoDB does not answer.
    pub async fn queues(&self) -> Result<Vec<Queue>, StoreError> {
        let lists = try_join_all((0..LIST_SHARDS).map(|shard| self.queues_of(shard))).await?;
        Ok(lists.into_iter().flatten().collect())
    }

    /// Goes through a list from one queue to the next: of each it sees the first entry only.
    async fn queues_of(&self, shard: u64) -> Result<Vec<Queue>, StoreError> {
        let (mut queues, mut from) = (Vec::new(), " ".to_owned());
        let list = item::log_sends(shard);
        while let Some(found) = self.first(&list, (&from, LAST), 1).await?.first() {
            let queue = parse(found, shard)?;
            from = format!("{}#{END}", queue.name);
            queues.push(queue);
        }
        if !queues.is_empty() {
            let states = self.states(shard).await?;
            for queue in &mut queues {
                if let Some(State { tries, due, .. }) = states.get(&queue.name) {
                    (queue.tries, queue.due) = (*tries, *due);
                }
            }
        }
        Ok(queues)
    }

    async fn first(&self, list: &str, range: (&str, &str), limit: usize) -> Result<Vec<Item>, StoreError> {
        let (db, table) = (&self.ledger.db, &self.ledger.config.names.ledger);
        db.query_some(table, list.to_owned(), range, Order::Ascending, limit).await
    }

    async fn head_of(&self, queue: &Queue, limit: usize) -> Result<Vec<Item>, StoreError> {
        let (list, name) = (item::log_sends(queue.shard), &queue.name);
        self.first(&list, (&format!("{name}#"), &format!("{name}#{END}")), limit).await
    }

    /// Whether a queue holds nothing.
    ///
    /// # Errors
    /// When DynamoDB does not answer.
    pub async fn is_sent(&self, queue: &Queue) -> Result<bool, StoreError> {
        Ok(self.head_of(queue, 1).await?.is_empty())
    }

    /// The first entries of a queue, in order: at most `limit`, and no more than some mebibytes.
    ///
    /// # Errors
    /// When a store does not answer, or an entry does not decode.
    pub async fn queued(&self, queue: &Queue, limit: usize) -> Result<Vec<Entry>, StoreError> {
        let (mut entries, mut bytes) = (Vec::new(), 0);
        for found in self.head_of(queue, limit).await? {
            let entry = self.read_entry(&found).await?;
            bytes += entry.bytes();
            entries.push(entry);
            if bytes >= MOST_BYTES {
                break;
            }
        }
        Ok(entries)
    }

    async fn read_entry(&self, found: &Item) -> Result<Entry, StoreError> {
        let key = (found.text("pk")?.to_owned(), found.text("sk")?.to_owned());
        let object = found.text("object").ok().map(str::to_owned);
        let body = match &object {
            None => found.binary("body").unwrap_or_default().to_vec(),
            Some(object) => match self.ledger.objects.get(object, None).await {
                Ok(body) => body.to_vec(),
                // Objects go before their items, and go when they were sent.
                Err(StoreError::Gone(_)) => Vec::new(),
                Err(error) => return Err(error),
            },
        };
        let batch = if object.is_some() && body.is_empty() {
            Batch { stream: Cow::Borrowed(""), events: Vec::new() }
        } else {
            let json = decompress(&body, &|| format!("what is to be sent at {}", key.1))?;
            serde_json::from_slice(&json).map_err(|error| StoreError::corrupt(&*key.1, error))?
        };
        Ok(Entry { queued: Timestamp::from_millis(found.number("queued")?), batch, key, object })
    }

    /// Removes entries that were sent, or never will be.
    ///
    /// # Errors
    /// When a store does not answer: what is left is sent again.
    pub async fn sent(&self, entries: &[Entry]) -> Result<(), StoreError> {
        let (db, table) = (&self.ledger.db, &self.ledger.config.names.ledger);
        let entries: Vec<_> = entries.iter().map(|entry| (entry.key.clone(), entry.object.clone())).collect();
        stream::iter(entries)
            .map(|(key, object)| async move {
                if let Some(object) = object {
                    self.ledger.objects.delete(&object).await?;
                }
                db.delete(table, key, None).await
            })
            .buffer_unordered(AT_ONCE)
            .try_collect::<()>()
            .await
    }
}

fn parse(found: &Item, shard: u64) -> Result<Queue, StoreError> {
    let sk = found.text("sk")?;
    let wrong = || StoreError::corrupt("a queue's name", sk);
    // `<partition>#<hash of the filter's name>#<ULID>`: a log group's name may have a `#`, what follows it has none.
    let (queue, _ulid) = sk.rsplit_once('#').ok_or_else(wrong)?;
    let (group, _hash) = queue.rsplit_once('#').ok_or_else(wrong)?;
    Ok(Queue {
        group: Partition::parse(group).ok_or_else(wrong)?,
        filter: found.text("filter")?.to_owned(),
        tries: 0,
        due: Timestamp::MIN,
        shard,
        name: queue.to_owned(),
    })
}
