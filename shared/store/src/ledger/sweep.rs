//! The weekly sweep: objects that no index item names and that none ever will.
//!
//! A crash between writing an object and committing its index item leaves an object behind, and so does the loser of
//! a race. What makes it safe to delete one is not its age but that its commit has become impossible: its generation
//! was delivered, or its span was rolled by somebody else, or its rows have expired.

use std::collections::{HashMap, HashSet};

use watchtrail_core::time::{Day, Timestamp};

use super::{DayHead, IndexEntry, Ledger, Segment};
use crate::dynamo::Attributes;
use crate::error::StoreError;
use crate::keys::object::{self, Span};
use crate::keys::{Generation, Partition, Scope, Signal, item};

/// What a sweep did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Swept {
    /// Objects looked at.
    pub seen: u64,
    /// Objects deleted.
    pub deleted: u64,
}

impl Ledger {
    /// The partitions of a signal in a scope, by name.
    ///
    /// # Errors
    /// When DynamoDB does not answer.
    pub async fn partitions(&self, signal: Signal, scope: &Scope) -> Result<Vec<Partition>, StoreError> {
        let pk = item::registry(signal, scope);
        let found = self.db.query(&self.config.names.catalog, pk, None).await?;
        let name = |entry: &crate::dynamo::Item| entry.text("sk").map(str::to_owned);
        found.iter().map(|entry| Ok(Partition { signal, scope: scope.clone(), name: name(entry)? })).collect()
    }

    /// Every partition of every scope.
    ///
    /// # Errors
    /// When DynamoDB does not answer.
    pub async fn all_partitions(&self) -> Result<Vec<Partition>, StoreError> {
        let found = self.db.scan(&self.config.names.catalog).await?;
        Ok(found.iter().filter_map(|entry| Partition::parse(entry.text("partition").ok()?)).collect())
    }

    /// Deletes the objects of a partition that can never be read again.
    ///
    /// # Errors
    /// When a store does not answer; what was deleted until then was rightly deleted.
    pub async fn sweep(&self, partition: &Partition, now: Timestamp) -> Result<Swept, StoreError> {
        let mut listed = self.list_all(&object::segments(partition)).await?;
        listed.extend(self.list_all(&object::directories(partition)).await?);
        // The order matters: first the objects, then the heads, then the index. A commit between two of these looks makes
        // an object look more alive than it was, never less.
        let delivered = self.head(partition).await?.map_or(0, |head| head.delivered);
        let days = self.day_heads(partition).await?;
        let segments = self.every_segment(partition).await?;
        let directories = self.db.query(&self.config.names.index, item::directory(partition), None).await?;
        let directories = directories.iter().map(IndexEntry::parse).collect::<Result<Vec<_>, _>>()?;
        let named: HashSet<&str> = segments
            .iter()
            .map(|segment| segment.entry.object.as_str())
            .chain(directories.iter().map(|entry| entry.object.as_str()))
            .collect();
        let mut swept = Swept { seen: listed.len() as u64, deleted: 0 };
        for key in listed.iter().filter(|key| !named.contains(key.as_str())) {
            if self.is_dead(partition, key, delivered, &days, now) {
                self.objects.delete(key).await?;
                swept.deleted += 1;
            }
        }
        Ok(swept)
    }

    fn is_dead(
        &self,
        partition: &Partition,
        key: &str,
        delivered: Generation,
        days: &HashMap<Day, DayHead>,
        now: Timestamp,
    ) -> bool {
        if let Some(generation) = object::parse_directory(key).filter(|_| key.starts_with("directory/")) {
            return generation <= delivered;
        }
        let Some((day, resolution, span)) = object::parse_segment(partition, key) else {
            // Somebody else's object: not ours to delete.
            return false;
        };
        match span {
            Span::Delivered(generation) => generation <= delivered,
            Span::Rolled(from, _) => {
                let lost = days.get(&day).is_some_and(|head| head.covered(resolution) >= from);
                // Its own resolution's retention does not count: a day that is rolled late is rolled from what expired.
                let expired = self.day_head_expires(partition, day).is_some_and(|at| at < now);
                lost || expired
            }
        }
    }

    pub(crate) async fn list_all(&self, prefix: &str) -> Result<Vec<String>, StoreError> {
        let (mut keys, mut token) = self.objects.list(prefix, None).await?;
        while token.is_some() {
            let (page, next) = self.objects.list(prefix, token).await?;
            keys.extend(page);
            token = next;
        }
        Ok(keys)
    }

    pub(crate) async fn every_segment(&self, partition: &Partition) -> Result<Vec<Segment>, StoreError> {
        let found = self.db.query(&self.config.names.index, item::index(partition), None).await?;
        found.iter().map(Segment::parse).collect()
    }

    /// Takes the index items that are past their time out of the index and returns them: what DynamoDB's TTL does on
    /// AWS. The second value is when the next one expires.
    ///
    /// # Errors
    /// When DynamoDB does not answer.
    pub async fn take_expired(
        &self,
        now: Timestamp,
    ) -> Result<(Vec<IndexEntry>, Option<Timestamp>), StoreError> {
        let (mut taken, mut next) = (Vec::new(), None::<Timestamp>);
        for found in self.db.scan(&self.config.names.index).await? {
            let entry = IndexEntry::parse(&found)?;
            match entry.expires {
                Some(at) if at <= now => {
                    let key = (entry.pk.clone(), entry.sk.clone());
                    self.db.delete(&self.config.names.index, key, None).await?;
                    taken.push(entry);
                }
                Some(at) => next = Some(next.map_or(at, |known| known.min(at))),
                None => {}
            }
        }
        Ok((taken, next))
    }

    /// Deletes the object of an index item that expired. A second time changes nothing.
    ///
    /// # Errors
    /// When S3 does not answer.
    pub async fn delete_object(&self, key: &str) -> Result<(), StoreError> {
        self.objects.delete(key).await
    }

    /// Deletes journal items of delivered generations up to `through`, with their objects: what DynamoDB's TTL and the
    /// bucket's lifecycle rule do on AWS. The local host calls it for generations that no reader can still hold.
    ///
    /// # Errors
    /// When a store does not answer; the next call goes on where this one stopped.
    pub async fn purge(&self, partition: &Partition, through: Generation) -> Result<(), StoreError> {
        let Some(head) = self.head(partition).await? else { return Ok(()) };
        let first = self.purged(partition).await? + 1;
        // Of what was closed nobody reads anything any more.
        let last = if head.closed { head.open } else { through.min(head.delivered) };
        for generation in first..=last {
            for slot in 0..head.slots {
                let pk = item::journal(partition, generation, slot);
                for found in self.db.query(&self.config.names.ledger, pk.clone(), None).await? {
                    if let Ok(key) = found.text("object") {
                        self.objects.delete(key).await?;
                    }
                    let key = (pk.clone(), found.text("sk")?.to_owned());
                    self.db.delete(&self.config.names.ledger, key, None).await?;
                }
            }
            self.set_purged(partition, generation).await?;
        }
        Ok(())
    }

    async fn purged(&self, partition: &Partition) -> Result<Generation, StoreError> {
        let found = self.db.get(&self.config.names.ledger, item::head(partition)).await?;
        Ok(found.and_then(|head| head.maybe_number("purged_gen")).unwrap_or(0))
    }

    async fn set_purged(&self, partition: &Partition, generation: Generation) -> Result<(), StoreError> {
        let change = crate::dynamo::Change {
            update: "SET purged_gen = :gen",
            condition: None,
            values: vec![(":gen", crate::dynamo::number(generation))],
        };
        self.db.update(&self.config.names.ledger, item::head(partition), change).await
    }
}
