//! A partition's head: which generation is open, which is delivered.
//!
//! `delivered < open` always. Generations in `(delivered, open)` are sealed and wait for their delivery; the open one
//! takes writes. Both numbers only grow, each by a conditional write, so that no correctness rests on a clock.

use aws_sdk_dynamodb::types::TransactWriteItem;
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
    /// Counts the changes of what writers must know of the partition (a log group's settings, streams that went): a writer
    /// that remembers another number looks again.
    pub config: u64,
    /// Nothing is written to it any more: what it belonged to was deleted.
    pub closed: bool,
}

impl Head {
    /// A partition's first head.
    pub const NEW: Self = Self { open: 1, delivered: 0, slots: 1, config: 0, closed: false };

    /// The most slots a partition can have.
    pub const MAX_SLOTS: u32 = 64;

    /// How many slots a partition gets once DynamoDB throttled one of its keys; `None` when it has all that it can have.
    pub const fn grown(self) -> Option<u32> {
        if self.slots < Self::MAX_SLOTS { Some(self.slots * 2) } else { None }
    }

    fn parse(item: &Item) -> Result<Self, StoreError> {
        Ok(Self {
            open: item.number("open_gen")?,
            delivered: item.number("delivered_gen")?,
            slots: item.number("slots")?,
            config: item.maybe_number("config").unwrap_or(0),
            closed: item.contains_key("closed"),
        })
    }

    fn new_item(partition: &Partition) -> Item {
        let mut head = new_item(item::head(partition));
        head.insert("open_gen".into(), number(Self::NEW.open));
        head.insert("delivered_gen".into(), number(Self::NEW.delivered));
        head.insert("slots".into(), number(Self::NEW.slots));
        head
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
        let head = Head::new_item(partition);
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

    /// Makes a partition together with what it belongs to.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] when a condition of `writes` does not hold.
    pub(crate) async fn create(
        &self,
        partition: &Partition,
        mut writes: Vec<TransactWriteItem>,
    ) -> Result<(), StoreError> {
        writes.push(write::put(&self.config.names.ledger, Head::new_item(partition), None)?);
        self.db.transact(writes).await
    }

    /// Tells all writers that something which they remember has changed, in one transaction with the change itself. No append
    /// of this process runs meanwhile; those of others find out by their look at the head.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] when a condition of `writes` does not hold, or the partition is closed.
    pub(crate) async fn reconfigure(
        &self,
        partition: &Partition,
        then: Reconfigured,
        mut writes: Vec<TransactWriteItem>,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let writer = self.writer(partition);
        let _alone = writer.gate.write().await;
        let (update, mut values) = match then {
            Reconfigured::Open => ("ADD config :one", Vec::new()),
            Reconfigured::Closed { forgotten } => (
                "SET closed = :one, expires = :forgotten ADD config :one",
                vec![(":forgotten", number(forgotten.millis() / 1_000))],
            ),
        };
        values.push((":one", number(1)));
        let condition = Some("attribute_exists(pk) AND attribute_not_exists(closed)");
        let change = Change { update, condition, values };
        writes.push(write::update(&self.config.names.ledger, item::head(partition), change)?);
        self.db.transact(writes).await?;
        if let Some(head) = self.head(partition).await? {
            writer.saw(head, now);
        }
        Ok(())
    }

    /// Doubles the write slots after DynamoDB throttled a partition key. Losing a race is fine: somebody grew them.
    pub(super) async fn grow_slots(&self, partition: &Partition, head: Head) -> Result<(), StoreError> {
        let Some(more) = head.grown() else { return Ok(()) };
        let change = Change {
            update: "SET slots = :more",
            condition: Some("slots = :slots"),
            values: vec![(":more", number(more)), (":slots", number(head.slots))],
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
        let Some(before) = self.head(partition).await?.filter(|head| !head.closed) else { return Ok(None) };
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

/// What becomes of a partition that changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reconfigured {
    /// It goes on.
    Open,
    /// It takes no more writes; its head may be forgotten from this time on, when no writer can remember it.
    Closed { forgotten: Timestamp },
}

/// What a look at the head before a delivery found.
#[derive(Debug, Clone, Copy)]
pub(super) struct Sealed {
    /// The head after it.
    pub(super) head: Head,
    /// Whether the generation that was open then is closed now, by this worker or another.
    pub(super) closed: bool,
}
