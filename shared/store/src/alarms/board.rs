//! All alarms of a scope in memory, kept up to date by what changed.
//!
//! The versions of the buckets are read first, then the log of those that moved on, then the alarms that the log names. A transaction's items may become
//! visible one after the other; therefore a version counts only when everything that its log entry names is seen at that version or a later one.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, PoisonError};

use watchtrail_core::alarms::Alarm;
use watchtrail_core::time::Timestamp;

use super::{AlarmStore, BUCKETS, bucket};
use crate::dynamo::{Attributes, Item};
use crate::error::StoreError;
use crate::keys::{Scope, item};

/// The sort key of a note of the last evaluation among a scope's heads.
pub(super) fn evaluated_key(place: usize) -> String {
    format!("evaluated#{place:02}")
}

/// What a scope's heads tell, without its alarms.
#[derive(Debug, Clone, Copy, Default)]
pub struct Heads {
    versions: [u64; BUCKETS],
    alarms: [u64; BUCKETS],
    evaluated: [Option<Timestamp>; BUCKETS],
}

impl Heads {
    /// How many alarms a bucket has.
    pub fn alarms(&self, bucket: usize) -> u64 {
        self.alarms.get(bucket).copied().unwrap_or_default()
    }

    /// When the buckets that begin with `place` were evaluated last, by whoever evaluates them together.
    pub fn evaluated(&self, place: usize) -> Option<Timestamp> {
        self.evaluated.get(place).copied().flatten()
    }
}

/// An alarm as it was read.
#[derive(Debug, Clone)]
pub struct Stored {
    /// The alarm.
    pub alarm: Arc<Alarm>,
    /// The version of its bucket at which it was written: what a change of it is conditional on.
    pub revision: u64,
}

/// Alarms of a scope by name.
pub type Board = Arc<BTreeMap<String, Stored>>;

/// What a process knows of a scope.
#[derive(Debug, Default)]
pub(super) struct Known {
    /// `None` before the first look at a bucket.
    versions: [Option<u64>; BUCKETS],
    alarms: Board,
}

impl AlarmStore {
    /// The heads of a scope as they are now.
    ///
    /// # Errors
    /// When DynamoDB does not answer.
    pub async fn heads(&self, scope: &Scope) -> Result<Heads, StoreError> {
        let mut heads = Heads::default();
        for head in self.db.query(&self.names.catalog, item::alarm_heads(scope), None).await? {
            let key = head.text("sk")?;
            let (note, number) = key.split_once('#').map_or((false, key), |(_, number)| (true, number));
            let Some(bucket) = number.parse::<usize>().ok().filter(|bucket| *bucket < BUCKETS) else {
                continue;
            };
            if note {
                heads.evaluated[bucket] = head.maybe_number("evaluated").map(Timestamp::from_millis);
            } else {
                heads.versions[bucket] = head.number("version")?;
                heads.alarms[bucket] = head.maybe_number("alarms").unwrap_or_default();
            }
        }
        Ok(heads)
    }

    /// All alarms of a scope as they are now.
    ///
    /// # Errors
    /// When DynamoDB does not answer.
    pub async fn board(&self, scope: &Scope) -> Result<Board, StoreError> {
        let heads = self.heads(scope).await?;
        self.board_at(scope, &heads, &(0..BUCKETS).collect::<Vec<_>>()).await
    }

    /// The alarms of some buckets of a scope, as they were when `heads` was read or later; there may be others among them.
    ///
    /// # Errors
    /// When DynamoDB does not answer.
    pub async fn board_at(
        &self,
        scope: &Scope,
        heads: &Heads,
        buckets: &[usize],
    ) -> Result<Board, StoreError> {
        let known = self.known(scope);
        let mut known = known.lock().await;
        for bucket in buckets.iter().copied() {
            let now = heads.versions[bucket];
            let reached = match known.versions[bucket] {
                Some(before) if before >= now => before,
                Some(before) => self.catch_up(scope, bucket, before, now, &mut known).await?,
                None if now == 0 => 0,
                None => {
                    let loaded = self.load(scope, bucket, now, &mut known).await?;
                    self.catch_up(scope, bucket, loaded, now, &mut known).await?
                }
            };
            known.versions[bucket] = Some(reached);
        }
        Ok(Arc::clone(&known.alarms))
    }

    fn known(&self, scope: &Scope) -> Arc<tokio::sync::Mutex<Known>> {
        let mut boards = self.boards.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(boards.entry(scope.clone()).or_default())
    }

    /// What this process has just committed it need not read again: `written` is what one bucket's alarms became at `version`.
    pub(super) async fn remember(
        &self,
        scope: &Scope,
        bucket: usize,
        version: u64,
        written: Vec<(String, Option<Stored>)>,
    ) {
        let known = self.known(scope);
        let mut known = known.lock().await;
        if known.versions[bucket] != Some(version - 1) {
            return;
        }
        known.versions[bucket] = Some(version);
        let alarms = Arc::make_mut(&mut known.alarms);
        for (name, stored) in written {
            match stored {
                Some(stored) => drop(alarms.insert(name, stored)),
                None => drop(alarms.remove(&name)),
            }
        }
    }

    /// An alarm as it is now.
    ///
    /// # Errors
    /// When DynamoDB does not answer.
    pub async fn get(&self, scope: &Scope, name: &str) -> Result<Option<Stored>, StoreError> {
        let key = (item::alarms(scope, bucket(name)), name.to_owned());
        self.db.get(&self.names.catalog, key).await?.as_ref().map(parse).transpose()
    }

    /// Those of the named alarms that exist.
    ///
    /// # Errors
    /// When DynamoDB does not answer.
    pub async fn get_all<'a>(
        &self,
        scope: &Scope,
        names: impl IntoIterator<Item = &'a str>,
    ) -> Result<BTreeMap<String, Stored>, StoreError> {
        let names: BTreeSet<&str> = names.into_iter().collect();
        let keys =
            names.into_iter().map(|name| (item::alarms(scope, bucket(name)), name.to_owned())).collect();
        let found = self.db.get_all(&self.names.catalog, keys).await?;
        found
            .iter()
            .map(parse)
            .map(|stored| stored.map(|stored| (stored.alarm.name.clone(), stored)))
            .collect()
    }

    /// Reads a whole bucket.
    async fn load(
        &self,
        scope: &Scope,
        number: usize,
        version: u64,
        known: &mut Known,
    ) -> Result<u64, StoreError> {
        let found = self.db.query(&self.names.catalog, item::alarms(scope, number), None).await?;
        let alarms = Arc::make_mut(&mut known.alarms);
        alarms.retain(|name, _| bucket(name) != number);
        for entry in &found {
            let stored = parse(entry)?;
            alarms.insert(stored.alarm.name.clone(), stored);
        }
        // Of the newest version some alarms may not have been visible yet: its log entry tells.
        Ok(version.saturating_sub(1))
    }

    /// Reads what changed after `before`; answers up to which version everything was seen.
    async fn catch_up(
        &self,
        scope: &Scope,
        number: usize,
        before: u64,
        now: u64,
        known: &mut Known,
    ) -> Result<u64, StoreError> {
        let (from, to) = (version_key(before + 1), version_key(now));
        let log =
            self.db.query(&self.names.ledger, item::alarm_log(scope, number), Some((&from, &to))).await?;
        let mut entries = Vec::new();
        for (entry, expected) in log.iter().zip(before + 1..) {
            let version: u64 = entry.number("version")?;
            if version != expected {
                // The log does not reach back so far.
                return self.load(scope, number, now, known).await;
            }
            entries.push((version, names(entry, "changed"), names(entry, "removed")));
        }
        let touched = entries.iter().flat_map(|(_, changed, removed)| changed.iter().chain(removed));
        let touched: BTreeSet<&str> = touched.map(String::as_str).collect();
        let found = self.get_all(scope, touched.iter().copied()).await?;
        let mut reached = before;
        for (version, changed, removed) in &entries {
            let seen = |name: &String| found.get(name).is_some_and(|stored| stored.revision >= *version);
            let gone = |name: &String| found.get(name).is_none_or(|stored| stored.revision > *version);
            let changed_later = |name: &String| {
                entries.iter().any(|(later, _, removed)| later > version && removed.contains(name))
            };
            if !changed.iter().all(|name| seen(name) || changed_later(name)) || !removed.iter().all(gone) {
                break;
            }
            reached = *version;
        }
        let alarms = Arc::make_mut(&mut known.alarms);
        for name in touched {
            match found.get(name) {
                Some(stored) => drop(alarms.insert(name.to_owned(), stored.clone())),
                None => drop(alarms.remove(name)),
            }
        }
        Ok(reached)
    }
}

pub(super) fn version_key(version: u64) -> String {
    format!("{version:012}")
}

fn names(entry: &Item, attribute: &str) -> Vec<String> {
    let list = entry.get(attribute).and_then(|value| value.as_l().ok()).map_or(&[][..], Vec::as_slice);
    list.iter().filter_map(|value| value.as_s().ok().cloned()).collect()
}

fn parse(entry: &Item) -> Result<Stored, StoreError> {
    let alarm = serde_json::from_str(entry.text("alarm")?).map_err(|error| {
        StoreError::corrupt(format!("the alarm {}", entry.text("sk").unwrap_or("?")), error)
    })?;
    Ok(Stored { alarm: Arc::new(alarm), revision: entry.number("revision")? })
}
