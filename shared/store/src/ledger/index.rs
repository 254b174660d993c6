//! The segment index: one item per object that may be read.
//!
//! An object that no index item names does not exist, for a reader. An index item and the object that it names never
//! change, but for `expires`.

use std::ops::RangeInclusive;

use watchtrail_core::time::{Day, Timestamp};

use super::Ledger;
use crate::dynamo::{Attributes, Change, Item, Order, item as new_item, number, text};
use crate::error::StoreError;
use crate::keys::{Generation, Partition, item};

/// What an index item says of its object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IndexEntry {
    /// Table key.
    pub pk: String,
    /// Table key.
    pub sk: String,
    /// The object's name.
    pub object: String,
    /// The object's size.
    pub bytes: u64,
    /// How many rows it holds.
    pub rows: u64,
    /// The earliest and the latest timestamp in it, both inclusive.
    pub span: RangeInclusive<Timestamp>,
    /// The newest generation whose rows it holds.
    pub to: Generation,
    /// From when on it is not needed; `None` until that is known.
    pub expires: Option<Timestamp>,
}

impl IndexEntry {
    pub(super) fn item(&self) -> Item {
        let mut made = new_item((self.pk.clone(), self.sk.clone()));
        made.insert("object".into(), text(&self.object));
        made.insert("size".into(), number(self.bytes));
        made.insert("count".into(), number(self.rows));
        made.insert("first".into(), number(self.span.start().millis()));
        made.insert("last".into(), number(self.span.end().millis()));
        made.insert("through".into(), number(self.to));
        if let Some(expires) = self.expires {
            made.insert("expires".into(), number(seconds_up(expires)));
        }
        made
    }

    pub(super) fn parse(found: &Item) -> Result<Self, StoreError> {
        let at = |name| found.number(name).map(Timestamp::from_millis);
        Ok(Self {
            pk: found.text("pk")?.to_owned(),
            sk: found.text("sk")?.to_owned(),
            object: found.text("object")?.to_owned(),
            bytes: found.number("size")?,
            rows: found.number("count")?,
            span: at("first")?..=at("last")?,
            to: found.number("through")?,
            expires: found
                .maybe_number("expires")
                .map(|s: i64| Timestamp::from_millis(s.saturating_mul(1000))),
        })
    }
}

/// DynamoDB's TTL counts whole seconds; rounded up, nothing expires early.
fn seconds_up(at: Timestamp) -> i64 {
    at.millis().div_euclid(1000) + i64::from(at.millis().rem_euclid(1000) > 0)
}

/// An index entry of a segment, with its sort key taken apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Segment {
    /// The day of its rows' timestamps.
    pub day: Day,
    /// Seconds.
    pub resolution: u32,
    /// Whether it was rolled from other segments (and then covers all of their generations).
    pub rolled: bool,
    /// The first generation that it covers.
    pub from: Generation,
    /// The index item.
    pub entry: IndexEntry,
}

impl Segment {
    pub(crate) fn parse(found: &Item) -> Result<Self, StoreError> {
        let entry = IndexEntry::parse(found)?;
        let wrong = || StoreError::corrupt("the index", format!("{} is no segment's key", entry.sk));
        let mut parts = entry.sk.split('#');
        let mut next = || parts.next().ok_or_else(wrong);
        let day = Day::parse(next()?).ok_or_else(wrong)?;
        let resolution = next()?.parse().map_err(|_| wrong())?;
        let rolled = next()? == "r";
        let from = next()?.parse().map_err(|_| wrong())?;
        Ok(Self { day, resolution, rolled, from, entry })
    }
}

impl Ledger {
    /// The segments of some days, in the order of day, resolution, kind and generation.
    ///
    /// # Errors
    /// When DynamoDB does not answer.
    pub async fn segments(
        &self,
        partition: &Partition,
        days: RangeInclusive<Day>,
    ) -> Result<Vec<Segment>, StoreError> {
        let range = (format!("{}#", days.start()), format!("{}#~", days.end()));
        let pk = item::index(partition);
        let found = self.db.query(&self.config.names.index, pk, Some((&range.0, &range.1))).await?;
        found.iter().map(Segment::parse).collect()
    }

    /// At most `limit` segments of some days, from one end or the other.
    ///
    /// # Errors
    /// When DynamoDB does not answer.
    pub(crate) async fn segments_some(
        &self,
        partition: &Partition,
        days: RangeInclusive<Day>,
        order: Order,
        limit: usize,
    ) -> Result<Vec<Segment>, StoreError> {
        let range = (&*format!("{}#", days.start()), &*format!("{}#~", days.end()));
        let (table, pk) = (&self.config.names.index, item::index(partition));
        let found = self.db.query_some(table, pk, range, order, limit).await?;
        found.iter().map(Segment::parse).collect()
    }

    /// The directories of some days.
    ///
    /// # Errors
    /// When DynamoDB does not answer.
    pub async fn directories(
        &self,
        partition: &Partition,
        days: RangeInclusive<Day>,
    ) -> Result<Vec<IndexEntry>, StoreError> {
        let range = (days.start().to_string(), days.end().to_string());
        let pk = item::directory(partition);
        let found = self.db.query(&self.config.names.index, pk, Some((&range.0, &range.1))).await?;
        found.iter().map(IndexEntry::parse).collect()
    }

    /// Removes a segment that another one has superseded: the object first, so that none is left which nothing names.
    pub(crate) async fn remove(&self, entry: &IndexEntry) -> Result<(), StoreError> {
        self.objects.delete(&entry.object).await?;
        self.db.delete(&self.config.names.index, (entry.pk.clone(), entry.sk.clone()), None).await
    }

    /// Says from when on a segment is not needed any more, or that it always is.
    pub(crate) async fn keep_until(
        &self,
        entry: &IndexEntry,
        at: Option<Timestamp>,
    ) -> Result<(), StoreError> {
        let Some(at) = at else {
            let change =
                Change { update: "REMOVE expires", condition: Some("attribute_exists(pk)"), values: vec![] };
            let key = (entry.pk.clone(), entry.sk.clone());
            return match self.db.update(&self.config.names.index, key, change).await {
                Ok(()) | Err(StoreError::Conflict) => Ok(()),
                Err(error) => Err(error),
            };
        };
        self.expire(entry, at).await
    }

    /// Says from when on a segment is not needed any more.
    pub(crate) async fn expire(&self, entry: &IndexEntry, at: Timestamp) -> Result<(), StoreError> {
        let change = Change {
            update: "SET expires = :at",
            condition: Some("attribute_exists(pk)"),
            values: vec![(":at", number(seconds_up(at)))],
        };
        match self.db.update(&self.config.names.index, (entry.pk.clone(), entry.sk.clone()), change).await {
            Ok(()) | Err(StoreError::Conflict) => Ok(()),
            Err(error) => Err(error),
        }
    }
}
