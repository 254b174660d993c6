//! Deleted trails: what one logged and had not been delivered is delivered still, and only then everything that was kept of it goes.
//!
//! A trail becomes a deleted one in one transaction. From then on no request finds it, its name is free, and delivery goes on with its
//! cursors until it has come through the generations that had records when it was deleted.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{Outlet, Trail, TrailStore};
use crate::documents::{Read, document};
use crate::dynamo::{Attributes, write};
use crate::error::StoreError;
use crate::keys::{Generation, Partition, Scope, Signal, item};

/// Nobody can be told any more that a deleted trail's bucket refuses: after so many tries, about an hour, it is left alone.
const TRIES: u32 = 8;

/// A deleted trail.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Deleted {
    /// As it was, but that it logs no more and gets no digests.
    pub trail: Trail,
    /// Up to which generation of each region there may be records that it logged.
    through: BTreeMap<String, Generation>,
    /// It has got everything: what is kept of it is being removed.
    over: bool,
}

impl Deleted {
    fn key(&self) -> (String, String) {
        (item::trails_deleted(&self.trail.scope.account), self.trail.id.clone())
    }

    fn partition(&self, region: &str) -> Partition {
        Partition::trail(Scope { account: self.trail.scope.account.clone(), region: region.to_owned() })
    }
}

impl TrailStore {
    /// Deletes a trail, if it is still what the caller read. What it logged until `now_millis` is delivered still.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] when somebody else changed it meanwhile.
    pub async fn delete_trail(&self, read: &Read<Trail>, now_millis: i64) -> Result<(), StoreError> {
        let through = self.written(&read.value).await?;
        let mut trail = read.value.clone();
        trail.validated_since = None;
        if let Some(last) = trail.logging.last_mut() {
            last.to.get_or_insert(now_millis);
        }
        let deleted = Deleted { trail, through, over: false };
        let table = &self.ledger.config.names.catalog;
        let writes = vec![
            write::delete_if(table, read.value.key(), read.unchanged())?,
            write::put(table, document(deleted.key(), &deleted)?, None)?,
        ];
        self.ledger.db.transact(writes).await?;
        self.known.forget(&read.value.scope.account);
        Ok(())
    }

    /// The last generation of each region that may have records of a trail.
    async fn written(&self, trail: &Trail) -> Result<BTreeMap<String, Generation>, StoreError> {
        let mut through = BTreeMap::new();
        let account = &trail.scope.account;
        // A region has no records until its partition is dirty, and is noted before that ends.
        for dirty in self.ledger.dirty().await? {
            let Scope { account: of, region } = dirty.partition.scope;
            if dirty.partition.signal == Signal::Trail && of == *account && trail.covers(&region) {
                through.insert(region, dirty.generation);
            }
        }
        for region in self.regions(account).await? {
            if !trail.covers(&region) || through.contains_key(&region) {
                continue;
            }
            let scope = Scope { account: account.clone(), region: region.clone() };
            let head = self.ledger.head(&Partition::trail(scope)).await?;
            through.insert(region, head.map_or(0, |head| head.delivered));
        }
        Ok(through)
    }

    /// The deleted trails of an account that have not got everything yet.
    ///
    /// # Errors
    /// When DynamoDB does not answer.
    pub async fn deleted_trails(&self, account: &str) -> Result<Vec<Read<Deleted>>, StoreError> {
        self.ledger.documents.list(item::trails_deleted(account), None, usize::MAX - 1).await
    }

    /// Removes what is kept of a deleted trail, if it has got everything.
    ///
    /// # Errors
    /// When DynamoDB does not answer; [`StoreError::Conflict`] when another worker is at it.
    pub async fn finish_deleted(&self, read: &Read<Deleted>) -> Result<(), StoreError> {
        let deleted = &read.value;
        if !deleted.over {
            if !self.has_everything(deleted).await? {
                return Ok(());
            }
            // Said before the cursors go: without them everything would begin anew.
            let over = Deleted { over: true, ..deleted.clone() };
            self.ledger.documents.put(deleted.key(), Some(read), &over).await?;
        }
        self.forget_deliveries(deleted).await?;
        self.ledger.documents.delete::<Deleted>(deleted.key(), None).await
    }

    async fn has_everything(&self, deleted: &Deleted) -> Result<bool, StoreError> {
        let cursors = self.cursors(&deleted.trail.id).await?;
        for (region, through) in &deleted.through {
            let partition = deleted.partition(region);
            if self.ledger.head(&partition).await?.map_or(0, |head| head.delivered) < *through {
                return Ok(false);
            }
            let cursor = |outlet| cursors.get(&(outlet, region.clone())).copied().unwrap_or_default();
            for outlet in [Outlet::Files, Outlet::Notices, Outlet::Logs] {
                let refused = cursor(outlet).tries >= TRIES;
                // There are no notices of files that are not there.
                let untold = outlet == Outlet::Notices && cursor(Outlet::Files).tries >= TRIES;
                if !deleted.trail.has(outlet) || refused || untold {
                    continue;
                }
                let next = self.lots(&partition, cursor(outlet).generation, 1).await?;
                if next.first().is_some_and(|lot| lot.generation <= *through) {
                    return Ok(false);
                }
            }
        }
        Ok(true)
    }

    /// Cursors, chains, status, and lists of files.
    async fn forget_deliveries(&self, deleted: &Deleted) -> Result<(), StoreError> {
        let (db, table) = (&self.ledger.db, &self.ledger.config.names.ledger);
        let id = &deleted.trail.id;
        let mut lists = vec![item::trail_cursors(id), item::trail_chains(id)];
        lists.extend(
            self.regions(&deleted.trail.scope.account)
                .await?
                .iter()
                .map(|region| item::trail_files(id, region)),
        );
        for pk in lists {
            for found in db.query(table, pk, None).await? {
                let key = (found.text("pk")?.to_owned(), found.text("sk")?.to_owned());
                db.delete(table, key, None).await?;
            }
        }
        db.delete(table, item::trail_status(id), None).await
    }
}
