//! Audit records in the ledger, the trails that are to get them, and what is delivered to these.
//!
//! A partition is an account in a region. What a record is and which of them a trail wants is [`watchtrail_core::trail`]'s business.

mod aside;
mod bucket;
mod cache;
mod chain;
mod channel;
mod columns;
mod cursor;
mod cut;
mod definition;
mod deleted;
mod files;
mod ids;
mod index;
mod keys;
mod known;
mod lookup;
mod lot;
mod merge;
mod order;
mod outside;
mod segment;
mod status;

use std::collections::HashSet;
use std::sync::{Arc, Mutex, PoisonError};

pub use aside::KeptAside;
pub use bucket::BucketTry;
pub use chain::{Chain, Planned};
pub use channel::Channel;
pub use cursor::{Cursor, Hand, Outlet};
pub use cut::TrailCutter;
pub use definition::{GLOBAL_REGION, GLOBAL_SOURCES, Logging, Trail, TrailStatus};
pub use deleted::Deleted;
pub use files::{LogFile, error_code, sha256};
pub use keys::{PublicKey, SigningKey};
pub use lookup::{Attribute, Lookup, LookupKey};
pub use lot::{CLAIMED, Lot, Records};
pub use merge::{MERGE, merged_at, merged_through};
use ulid::Ulid;
use watchtrail_core::time::{Day, Timestamp};

use crate::compress::compress;
use crate::documents::Read;
use crate::dynamo::Attributes as _;
use crate::error::StoreError;
use crate::keys::{Partition, Scope, item};
use crate::ledger::{Batch, Ledger};

/// Trails, and audit records.
#[derive(Debug)]
pub struct TrailStore {
    pub(crate) ledger: Arc<Ledger>,
    known: known::KnownTrails,
    cache: cache::TrailCache,
    fresh: lot::Fresh,
    signing: keys::KnownKeys,
    /// Partitions whose region this process has noted.
    noted: Mutex<HashSet<Partition>>,
}

impl TrailStore {
    pub(crate) fn new(ledger: Arc<Ledger>) -> Self {
        let cache = cache::TrailCache::new(ledger.config.cache_bytes);
        Self {
            ledger,
            known: known::KnownTrails::default(),
            cache,
            fresh: lot::Fresh::default(),
            signing: keys::KnownKeys::default(),
            noted: Mutex::default(),
        }
    }

    /// The accounts that ever had a trail.
    ///
    /// # Errors
    /// When DynamoDB does not answer.
    pub async fn accounts(&self) -> Result<Vec<String>, StoreError> {
        self.sort_keys(item::TRAIL_ACCOUNTS.to_owned()).await
    }

    /// The regions in which an account ever had audit records.
    ///
    /// # Errors
    /// When DynamoDB does not answer.
    pub async fn regions(&self, account: &str) -> Result<Vec<String>, StoreError> {
        self.sort_keys(item::trail_regions(account)).await
    }

    async fn sort_keys(&self, pk: String) -> Result<Vec<String>, StoreError> {
        let found = self.ledger.db.query(&self.ledger.config.names.catalog, pk, None).await?;
        found.iter().map(|found| found.text("sk").map(str::to_owned)).collect()
    }

    /// Notes that there are records of an account in a region: before their first delivery, so that whoever hands lots on finds them all.
    async fn note_region(&self, partition: &Partition) -> Result<(), StoreError> {
        let noted = || self.noted.lock().unwrap_or_else(PoisonError::into_inner);
        if noted().contains(partition) {
            return Ok(());
        }
        let scope = &partition.scope;
        self.ledger.documents.note((item::trail_regions(&scope.account), scope.region.clone())).await?;
        noted().insert(partition.clone());
        Ok(())
    }

    /// When a day's records expire, by the retention of the suite.
    fn expires(&self, day: Day) -> Option<Timestamp> {
        self.ledger.config.trail_retention.map(|kept| day.end().plus_millis(kept))
    }

    /// All trails of an account, of every home region, by region and name.
    ///
    /// # Errors
    /// When DynamoDB does not answer.
    pub async fn trails(&self, account: &str) -> Result<Vec<Read<Trail>>, StoreError> {
        self.ledger.documents.list(item::trails(account), None, usize::MAX - 1).await
    }

    /// Puts a trail, if what is there is still what the caller read (`None`: nothing).
    ///
    /// # Errors
    /// [`StoreError::Conflict`] when somebody else changed it meanwhile.
    pub async fn put_trail(&self, read: Option<&Read<Trail>>, trail: &Trail) -> Result<(), StoreError> {
        if read.is_none() {
            self.ledger
                .documents
                .note((item::TRAIL_ACCOUNTS.to_owned(), trail.scope.account.clone()))
                .await?;
        }
        self.known.forget(&trail.scope.account);
        self.ledger.documents.put(trail.key(), read, trail).await?;
        self.known.forget(&trail.scope.account);
        Ok(())
    }

    /// Stores audit records durably: each is the JSON of a record that
    /// [`Record::parse`](watchtrail_core::trail::record::Record::parse) takes.
    ///
    /// # Errors
    /// As [`Ledger::append`]: nothing is acknowledged.
    pub async fn append(
        &self,
        scope: &Scope,
        records: &[&str],
        ulid: Ulid,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        if records.is_empty() {
            return Ok(());
        }
        let body = compress(&watchtrail_core::trail::journal::encode(records))
            .map_err(|error| StoreError::corrupt("a batch of audit records", error))?;
        let batch = Batch { ulid, body: body.into(), meta: bytes::Bytes::new(), rows: records.len() };
        self.ledger.append(&Partition::trail(scope.clone()), batch, now).await.map(drop)
    }
}
