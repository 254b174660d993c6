//! A partition's head: which generation is open, which is delivered.
//!
//! `delivered < open` always. Generations in `(delivered, open)` are sealed and wait for their delivery; the open one
//! takes writes. Both numbers only grow, each by a conditional write, so that no correctness rests on a clock.

use watchtrail_core::time::Timestamp;

use super::Ledger;
use crate::dynamo::{Attributes, Change, Item, item as new_item, number, text, write};
use crate::error::StoreError;
use crate::keys::{Generation, Partition, item};

/// The state of a partition's generations.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Head {
    /// The generation that takes writes.
    pub open: Generation,
    /// All generations up to this one stand in segments.
    pub delivered: Generation,
    /// Number of write slots; it only grows, so that a reader of any generation asks for this many.
    pub slots: u32,
}

impl Head {
    pub(super) const NEW: Self = Self { open: 1, delivered: 0, slots: 1 };

    /// The most slots a partition can have.
    pub const MAX_SLOTS: u32 = 64;

    fn parse(item: &Item) -> Result<Self, StoreError> {
        Ok(Self {
            open: item.number("open_gen")?,
            delivered: item.number("delivered_gen")?,
            slots: item.number("slots")?,
        })
    }
}

impl Ledger {
    /// The head as it is now; `None` before the first write.
    ///
    /// # Errors
    /// When DynamoDB does not answer.
    pub async fn head(&self, partition: &Partition) -> Result<Option<Head>, StoreError> {
        let found = self.db.get(&self.config.names.ledger, item::head(partition)).await?;
        found.as_ref().map(Head::parse).transpose()
    }

    /// The head, created together with the partition's entry in the registry when there is none.
    pub(super) async fn head_or_new(
        &self,
        partition: &Partition,
        now: Timestamp,
    ) -> Result<Head, StoreError> {
        if let Some(head) = self.head(partition).await? {
            return Ok(head);
        }
        let mut head = new_item(item::head(partition));
        head.insert("open_gen".into(), number(Head::NEW.open));
        head.insert("delivered_gen".into(), number(Head::NEW.delivered));
        head.insert("slots".into(), number(Head::NEW.slots));
        let registry = (item::registry(partition.signal, &partition.scope), partition.name.clone());
        let mut entry = new_item(registry);
        entry.insert("created".into(), number(now.millis()));
        entry.insert("partition".into(), text(partition.to_string()));
        let names = &self.config.names;
        let writes = vec![
            write::put(&names.ledger, head, Some("attribute_not_exists(pk)"))?,
            write::put(&names.catalog, entry, None)?,
        ];
        match self.db.transact(writes).await {
            // Another writer made it: theirs is as good.
            Ok(()) | Err(StoreError::Conflict) => {}
            Err(error) => return Err(error),
        }
        self.head(partition).await.map(|head| head.unwrap_or(Head::NEW))
    }

    /// Doubles the write slots after DynamoDB throttled a partition key. Losing a race is fine: somebody grew them.
    pub(super) async fn grow_slots(&self, partition: &Partition, head: Head) -> Result<(), StoreError> {
        if head.slots >= Head::MAX_SLOTS {
            return Ok(());
        }
        let change = Change {
            update: "SET slots = :more",
            condition: Some("slots = :slots"),
            values: vec![(":more", number(head.slots * 2)), (":slots", number(head.slots))],
        };
        match self.db.update(&self.config.names.ledger, item::head(partition), change).await {
            Ok(()) | Err(StoreError::Conflict) => Ok(()),
            Err(error) => Err(error),
        }
    }

    /// Closes the open generation when all before it are delivered. Sealed generations that wait come first, so that a
    /// delivery that keeps failing leaves two of them behind and not one more each minute.
    ///
    /// # Errors
    /// When DynamoDB does not answer. Losing the race to another worker is none.
    pub(super) async fn seal(
        &self,
        partition: &Partition,
        now: Timestamp,
    ) -> Result<Option<Sealed>, StoreError> {
        let writer = self.writer(partition);
        // Within this process no append runs while the generation is closed, so that no client is turned away;
        // appends of other processes find out by their check of the head.
        let _closed = writer.gate.write().await;
        let Some(before) = self.head(partition).await? else { return Ok(None) };
        if before.open != before.delivered + 1 {
            writer.saw(before, now);
            return Ok(Some(Sealed { head: before, closed: false }));
        }
        let change = Change {
            update: "SET open_gen = :next",
            condition: Some("open_gen = :open"),
            values: vec![(":next", number(before.open + 1)), (":open", number(before.open))],
        };
        match self.db.update(&self.config.names.ledger, item::head(partition), change).await {
            Ok(()) | Err(StoreError::Conflict) => {}
            Err(error) => return Err(error),
        }
        let Some(head) = self.head(partition).await? else { return Ok(None) };
        writer.saw(head, now);
        Ok(Some(Sealed { head, closed: true }))
    }
}

/// What a look at the head before a delivery found.
#[derive(Debug, Clone, Copy)]
pub(super) struct Sealed {
    /// The head after it.
    pub(super) head: Head,
    /// Whether the generation that was open then is closed now, by this worker or another.
    pub(super) closed: bool,
}
