//! Changing alarms: one transaction for the alarm, its history, what is to be done, and the bucket's version.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use aws_sdk_dynamodb::types::{AttributeValue, TransactWriteItem};
use watchtrail_core::alarms::Alarm;
use watchtrail_core::time::Timestamp;

use super::board::version_key;
use super::{AlarmStore, BUCKETS, HISTORY_KEPT, HistoryItem, LOG_KEPT, Stored, Todo, bucket};
use crate::dynamo::{Attributes, item as new_item, number, text, write};
use crate::error::StoreError;
use crate::keys::{Scope, item};

/// DynamoDB takes so many writes in a transaction.
const MOST_WRITES: usize = 100;

/// A bucket's version, and how many alarms it has.
#[derive(Debug, Clone, Copy, Default)]
struct BucketHead {
    version: u64,
    alarms: u64,
}

/// A change of one alarm.
#[derive(Debug, Clone)]
pub struct Change {
    /// Its name.
    pub name: String,
    /// The revision that it had; `None` when it is new.
    pub before: Option<u64>,
    /// What it becomes; `None` when it is deleted.
    pub after: Option<Alarm>,
    /// What its history will say.
    pub history: Vec<HistoryItem>,
    /// What is to be done about it.
    pub todo: Vec<Todo>,
}

impl Change {
    /// Writes of a transaction that it takes, besides those of its bucket.
    fn writes(&self) -> usize {
        1 + 2 * self.history.len() + self.todo.len()
    }
}

impl AlarmStore {
    /// Makes all changes, or none of them.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] when one of the alarms, or the version of one of the buckets, is not what it was any more.
    pub async fn commit(
        &self,
        scope: &Scope,
        changes: Vec<Change>,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        if changes.is_empty() {
            return Ok(());
        }
        let buckets: BTreeSet<usize> = changes.iter().map(|change| bucket(&change.name)).collect();
        let heads = self.bucket_heads(scope, &buckets).await?;
        let mut writes = Vec::new();
        if heads.values().all(|head| head.version == 0) {
            let key = (item::ALARM_SCOPES.to_owned(), scope.to_string());
            writes.push(write::put(&self.names.catalog, new_item(key), None)?);
        }
        for (bucket, head) in &heads {
            writes.extend(self.next_version(scope, *bucket, *head, &changes)?);
        }
        let mut written: BTreeMap<usize, Vec<(String, Option<Stored>)>> = BTreeMap::new();
        for change in changes {
            let bucket = bucket(&change.name);
            let revision = heads.get(&bucket).map_or(0, |head| head.version) + 1;
            self.write_change(scope, &change, revision, now, &mut writes)?;
            let stored = change.after.map(|alarm| Stored { alarm: Arc::new(alarm), revision });
            written.entry(bucket).or_default().push((change.name, stored));
        }
        self.db.transact(writes).await?;
        for (bucket, written) in written {
            let version = heads.get(&bucket).map_or(0, |head| head.version) + 1;
            self.remember(scope, bucket, version, written).await;
        }
        self.changed.notify_one();
        Ok(())
    }

    /// Splits changes into groups that fit into a transaction each; those of a group are of one bucket.
    pub fn groups(changes: Vec<Change>) -> Vec<Vec<Change>> {
        let mut buckets: [Vec<Vec<Change>>; BUCKETS] = std::array::from_fn(|_| Vec::new());
        for change in changes {
            let groups = &mut buckets[bucket(&change.name)];
            let taken = |group: &Vec<Change>| group.iter().map(Change::writes).sum::<usize>();
            match groups.last_mut() {
                Some(last) if taken(last) + change.writes() + 4 <= MOST_WRITES => last.push(change),
                _ => groups.push(vec![change]),
            }
        }
        buckets.into_iter().flatten().collect()
    }

    async fn bucket_heads(
        &self,
        scope: &Scope,
        buckets: &BTreeSet<usize>,
    ) -> Result<BTreeMap<usize, BucketHead>, StoreError> {
        let keys = buckets.iter().map(|bucket| (item::alarm_heads(scope), format!("{bucket:02}"))).collect();
        let mut heads: BTreeMap<usize, BucketHead> =
            buckets.iter().map(|bucket| (*bucket, BucketHead::default())).collect();
        for head in self.db.get_all(&self.names.catalog, keys).await? {
            if let Ok(bucket) = head.text("sk")?.parse() {
                let (version, alarms) = (head.number("version")?, head.number("alarms")?);
                heads.insert(bucket, BucketHead { version, alarms });
            }
        }
        Ok(heads)
    }

    fn next_version(
        &self,
        scope: &Scope,
        bucket: usize,
        BucketHead { version, alarms }: BucketHead,
        changes: &[Change],
    ) -> Result<Vec<TransactWriteItem>, StoreError> {
        let mut head = new_item((item::alarm_heads(scope), format!("{bucket:02}")));
        head.insert("version".into(), number(version + 1));
        let here = || changes.iter().filter(|change| self::bucket(&change.name) == bucket);
        let added = here().filter(|change| change.before.is_none()).count() as u64;
        let removed = here().filter(|change| change.after.is_none()).count() as u64;
        head.insert("alarms".into(), number((alarms + added).saturating_sub(removed)));
        let condition = if version == 0 {
            ("attribute_not_exists(pk)", vec![])
        } else {
            ("version = :version", vec![(":version", number(version))])
        };
        let names = |deleted: bool| {
            let names = here().filter(|change| change.after.is_none() == deleted);
            AttributeValue::L(names.map(|change| text(change.name.clone())).collect())
        };
        let mut log = new_item((item::alarm_log(scope, bucket), version_key(version + 1)));
        log.insert("version".into(), number(version + 1));
        log.insert("changed".into(), names(false));
        log.insert("removed".into(), names(true));
        let mut writes = vec![
            write::put_if(&self.names.catalog, head, condition)?,
            write::put(&self.names.ledger, log, None)?,
        ];
        if let Some(old) = (version + 1).checked_sub(LOG_KEPT).filter(|old| *old > 0) {
            let key = (item::alarm_log(scope, bucket), version_key(old));
            writes.push(write::delete(&self.names.ledger, key)?);
        }
        Ok(writes)
    }

    fn write_change(
        &self,
        scope: &Scope,
        change: &Change,
        revision: u64,
        now: Timestamp,
        writes: &mut Vec<TransactWriteItem>,
    ) -> Result<(), StoreError> {
        let key = (item::alarms(scope, bucket(&change.name)), change.name.clone());
        let condition = match change.before {
            None => ("attribute_not_exists(pk)", vec![]),
            Some(revision) => ("revision = :revision", vec![(":revision", number(revision))]),
        };
        writes.push(match &change.after {
            None => write::delete_if(&self.names.catalog, key, condition)?,
            Some(alarm) => {
                let json = serde_json::to_string(alarm)
                    .map_err(|error| StoreError::corrupt(format!("the alarm {}", change.name), error))?;
                let mut entry = new_item(key);
                entry.insert("alarm".into(), text(json));
                entry.insert("revision".into(), number(revision));
                write::put_if(&self.names.catalog, entry, condition)?
            }
        });
        let expires = now.plus_millis(HISTORY_KEPT);
        for entry in &change.history {
            for entry in entry.items(scope, expires) {
                writes.push(write::put(&self.names.ledger, entry, None)?);
            }
        }
        for todo in &change.todo {
            writes.push(write::put(&self.names.ledger, todo.item(scope)?, None)?);
        }
        Ok(())
    }
}
