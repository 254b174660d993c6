//! A lot: what one delivered generation brought. It is noted in the transaction of its delivery, for those that hand the records on: each of
//! them has a cursor of its own and goes from lot to lot.
//!
//! A lot's records are those of its segments, each eventID once. The process that cut them has them in memory still.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use aws_sdk_dynamodb::types::TransactWriteItem;
use watchtrail_core::time::{DAY, Day, Timestamp};
use watchtrail_core::trail::record::Record;

use super::TrailStore;
use crate::dynamo::{Attributes, Item, Order, item as new_item, number, text, write};
use crate::error::StoreError;
use crate::keys::{Generation, Partition, item};
use crate::ledger::{IndexEntry, Segment};

/// So long after its delivery a lot waits for whoever could not take it; then what is left of it is given up (milliseconds).
pub const CLAIMED: i64 = 30 * DAY;

/// More text than this is not kept in memory until it is handed on.
const FRESH_BYTES: usize = 128 << 20;

/// What one generation brought.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lot {
    /// Which generation.
    pub generation: Generation,
    /// When it was delivered.
    pub at: Timestamp,
    /// How many records it has.
    pub records: u64,
    /// The days of their events.
    pub(super) days: Vec<Day>,
}

/// A record, and when the suite was given it.
#[derive(Debug)]
pub(super) struct Received<'a> {
    pub(super) record: Record<'a>,
    /// Epoch milliseconds.
    pub(super) at: i64,
}

type AllReceived<'a> = Vec<Received<'a>>;

self_cell::self_cell!(
    /// Texts, and the records that were read from them: to read one takes a fifth of what its whole delivery does.
    pub(super) struct Parsed {
        owner: Vec<String>,
        #[covariant]
        dependent: AllReceived,
    }

    impl { Debug }
);

/// The records of a lot, by event time and eventID.
#[derive(Debug)]
pub struct Records {
    parsed: Parsed,
    /// Which of those that were read, in their order.
    order: Vec<u32>,
}

impl Records {
    pub(super) fn new(parsed: Parsed, mut order: Vec<u32>) -> Self {
        let all = parsed.borrow_dependent();
        let key = |number: &u32| all.get(*number as usize).map(|one| (one.record.time, &*one.record.id));
        // Most have come in this order.
        order.sort_by(|a, b| key(a).cmp(&key(b)));
        Self { parsed, order }
    }

    /// Each record, and when the suite was given it (epoch milliseconds).
    pub fn iter(&self) -> impl Iterator<Item = (i64, &Record<'_>)> {
        let all = self.parsed.borrow_dependent();
        let found = self.order.iter().filter_map(|number| all.get(*number as usize));
        found.map(|one| (one.at, &one.record))
    }

    fn bytes(&self) -> usize {
        self.parsed.borrow_owner().iter().map(String::len).sum()
    }
}

/// The records that this process has just cut.
#[derive(Debug, Default)]
pub(super) struct Fresh(Mutex<HashMap<Partition, (Generation, Arc<Records>)>>);

impl Fresh {
    fn all(&self) -> std::sync::MutexGuard<'_, HashMap<Partition, (Generation, Arc<Records>)>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn keep(&self, partition: &Partition, generation: Generation, records: Records) {
        if records.bytes() <= FRESH_BYTES {
            self.all().insert(partition.clone(), (generation, Arc::new(records)));
        }
    }

    fn get(&self, partition: &Partition, generation: Generation) -> Option<Arc<Records>> {
        self.all().get(partition).filter(|(of, _)| *of == generation).map(|(_, records)| Arc::clone(records))
    }
}

impl Lot {
    /// The write that notes it.
    pub(super) fn write(&self, table: &str, partition: &Partition) -> Result<TransactWriteItem, StoreError> {
        let mut made = new_item((item::trail_lots(partition), sort_key(self.generation)));
        let days: Vec<String> = self.days.iter().map(|day| day.number().to_string()).collect();
        made.insert("days".into(), text(days.join(" ")));
        made.insert("received_at".into(), number(self.at.millis()));
        made.insert("records".into(), number(self.records));
        let forgotten = self.at.plus_millis(CLAIMED + DAY);
        made.insert("expires".into(), number(forgotten.millis() / 1_000));
        write::put(table, made, None)
    }

    fn parse(found: &Item) -> Result<Self, StoreError> {
        let wrong = || StoreError::corrupt("a lot", "its key or its days are no numbers");
        let day = |text: &str| text.parse().map(Day::from_number).map_err(|_| wrong());
        Ok(Self {
            generation: found.text("sk")?.parse().map_err(|_| wrong())?,
            at: Timestamp::from_millis(found.number("received_at")?),
            records: found.number("records")?,
            days: found.text("days")?.split_ascii_whitespace().map(day).collect::<Result<_, _>>()?,
        })
    }

    /// Whether nobody has a claim on it any more.
    pub fn is_given_up(&self, now: Timestamp) -> bool {
        now.millis_since(self.at) > CLAIMED
    }
}

fn sort_key(generation: Generation) -> String {
    format!("{generation:012}")
}

impl TrailStore {
    /// At most `limit` lots after a generation, of those that are delivered.
    ///
    /// # Errors
    /// When DynamoDB does not answer.
    pub async fn lots(
        &self,
        partition: &Partition,
        after: Generation,
        limit: usize,
    ) -> Result<Vec<Lot>, StoreError> {
        // The head first: what it calls delivered is noted.
        let delivered = self.ledger.head(partition).await?.map_or(0, |head| head.delivered);
        if delivered <= after {
            return Ok(Vec::new());
        }
        let range = (sort_key(after + 1), sort_key(delivered));
        let (table, pk) = (&self.ledger.config.names.ledger, item::trail_lots(partition));
        let range = (range.0.as_str(), range.1.as_str());
        let found = self.ledger.db.query_some(table, pk, range, Order::Ascending, limit).await?;
        found.iter().map(Lot::parse).collect()
    }

    /// The records of a lot.
    ///
    /// # Errors
    /// When a store does not answer.
    pub async fn records(&self, partition: &Partition, lot: &Lot) -> Result<Arc<Records>, StoreError> {
        if let Some(fresh) = self.fresh.get(partition, lot.generation) {
            return Ok(fresh);
        }
        let mut all: Vec<(i64, String)> = Vec::new();
        for entry in self.segments_of(partition, lot).await? {
            all.extend(self.cache.records(&self.ledger, &entry).await?);
        }
        let (times, texts): (Vec<i64>, Vec<String>) = all.into_iter().unzip();
        let parsed = Parsed::try_new(texts, |texts| {
            let read = |(json, at)| match Record::parse(json) {
                Ok(record) => Ok(Received { record, at }),
                Err(error) => Err(StoreError::corrupt("a record of a segment", error)),
            };
            texts.iter().map(String::as_str).zip(times).map(read).collect()
        })?;
        let order = (0..parsed.borrow_dependent().len() as u32).collect();
        Ok(Arc::new(Records::new(parsed, order)))
    }

    async fn segments_of(&self, partition: &Partition, lot: &Lot) -> Result<Vec<IndexEntry>, StoreError> {
        let key = |day: &Day| (item::index(partition), item::segment(*day, 0, false, lot.generation));
        let keys = lot.days.iter().map(key).collect();
        let found = self.ledger.db.get_all(&self.ledger.config.names.index, keys).await?;
        let mut segments = found.iter().map(Segment::parse).collect::<Result<Vec<_>, _>>()?;
        segments.sort_by_key(|segment| segment.day);
        Ok(segments.into_iter().map(|segment| segment.entry).collect())
    }

    /// Forgets lots that nobody is to take any more: on AWS DynamoDB's TTL does.
    pub(super) async fn forget_lots(
        &self,
        partition: &Partition,
        through: Generation,
    ) -> Result<(), StoreError> {
        let (db, table) = (&self.ledger.db, &self.ledger.config.names.ledger);
        let (pk, to) = (item::trail_lots(partition), sort_key(through));
        for found in db.query(table, pk, Some((&sort_key(1), &to))).await? {
            let key = (found.text("pk")?.to_owned(), found.text("sk")?.to_owned());
            db.delete(table, key, None).await?;
        }
        Ok(())
    }
}
