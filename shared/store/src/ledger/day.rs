//! How far the days of a partition are rolled: one small item a day, whose numbers only grow.
//!
//! A segment's index item expires and is gone some day; this item outlives them all. So a worker that slept can never
//! commit a span of generations that was rolled before, however long ago that was.

use std::collections::HashMap;

use watchtrail_core::time::{DAY, Day, Timestamp};

use super::{IndexEntry, Ledger, Segment};
use crate::dynamo::{Attributes, Change, Item, number, write};
use crate::error::StoreError;
use crate::keys::{Generation, Partition, Signal, item};

/// A day head outlives the last of its day's segments by this.
const KEPT_LONGER: i64 = 30 * DAY;

/// The last generation that was rolled, for each resolution of a day.
#[derive(Debug, Clone, Default)]
pub(crate) struct DayHead(Item);

fn through(resolution: u32) -> String {
    format!("through_{resolution}")
}

impl DayHead {
    /// All generations of the day up to this one stand in rolled segments of `resolution` (seconds), or did once.
    pub(crate) fn covered(&self, resolution: u32) -> Generation {
        self.0.maybe_number(&through(resolution)).unwrap_or(0)
    }
}

impl Ledger {
    /// When a day's head is not needed any more; never when what is kept longest is kept for ever.
    pub(super) fn day_head_expires(&self, partition: &Partition, day: Day) -> Option<Timestamp> {
        let kept = match partition.signal {
            Signal::Trail => self.config.trail_retention?,
            Signal::Metrics | Signal::Logs => self.config.retention.of(3600)?,
        };
        Some(day.end().plus_millis(kept).plus_millis(KEPT_LONGER))
    }

    pub(crate) async fn day_head(&self, partition: &Partition, day: Day) -> Result<DayHead, StoreError> {
        let found = self.db.get(&self.config.names.ledger, item::day(partition, day)).await?;
        Ok(DayHead(found.unwrap_or_default()))
    }

    /// All day heads of a partition.
    pub(super) async fn day_heads(&self, partition: &Partition) -> Result<HashMap<Day, DayHead>, StoreError> {
        let found = self.db.query(&self.config.names.ledger, item::days(partition), None).await?;
        let parse = |head: Item| {
            let day = head.text("sk")?;
            let day = Day::parse(day)
                .ok_or_else(|| StoreError::corrupt("a day head", format!("{day} is no day")))?;
            Ok((day, DayHead(head)))
        };
        found.into_iter().map(parse).collect()
    }

    /// Puts rolled segments of one day and one span of generations into the index, all or none, if the span begins
    /// where the day's last one of each resolution ended.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] when somebody has rolled a span that begins there.
    pub(crate) async fn commit_rolled(
        &self,
        partition: &Partition,
        day: Day,
        entries: &[IndexEntry],
    ) -> Result<(), StoreError> {
        let names = &self.config.names;
        let mut writes = Vec::new();
        let (mut sets, mut conditions, mut to) = (Vec::new(), Vec::new(), 0);
        let mut values = Vec::new();
        for entry in entries {
            let segment = Segment::parse(&entry.item())?;
            let name = through(segment.resolution);
            sets.push(format!("{name} = :to"));
            if segment.from == 1 {
                conditions.push(format!("attribute_not_exists({name})"));
            } else {
                conditions.push(format!("{name} = :before"));
                values = vec![(":before", number(segment.from - 1))];
            }
            to = segment.entry.to;
            writes.push(write::put(&names.index, entry.item(), None)?);
        }
        values.push((":to", number(to)));
        if let Some(expires) = self.day_head_expires(partition, day) {
            sets.push("expires = :expires".to_owned());
            values.push((":expires", number(expires.millis() / 1000)));
        }
        let (update, condition) = (format!("SET {}", sets.join(", ")), conditions.join(" AND "));
        let change = Change { update: &update, condition: Some(&condition), values };
        writes.push(write::update(&names.ledger, item::day(partition, day), change)?);
        self.db.transact(writes).await
    }
}
