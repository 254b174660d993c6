//! Audit records in the ledger, the trails that are to get them, and what is delivered to these.
//!
//! A partition is an account in a region. What a record is and which of them a trail wants is [`watchtrail_core::trail`]'s business.

mod bucket;
mod channel;
mod definition;
mod keys;
mod lookup;
mod status;

use std::sync::Arc;

pub use bucket::BucketTry;
pub use channel::Channel;
pub use definition::{Logging, Trail, TrailStatus};
pub use keys::PublicKey;
pub use lookup::{Attribute, Lookup, LookupKey};
use ulid::Ulid;
use watchtrail_core::time::Timestamp;

use crate::compress::compress;
use crate::documents::Read;
use crate::error::StoreError;
use crate::keys::{Partition, Scope, item};
use crate::ledger::{Batch, Ledger};

/// Trails, and audit records.
#[derive(Debug)]
pub struct TrailStore {
    pub(crate) ledger: Arc<Ledger>,
}

impl TrailStore {
    pub(crate) fn new(ledger: Arc<Ledger>) -> Self {
        Self { ledger }
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
        self.ledger.documents.put(trail.key(), read, trail).await
    }

    /// Deletes a trail, if it is still what the caller read.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] when somebody else changed it meanwhile.
    pub async fn delete_trail(&self, read: &Read<Trail>) -> Result<(), StoreError> {
        self.ledger.documents.delete(read.value.key(), Some(read)).await
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
