//! The chains of digests: of each trail and region, which digest was delivered last.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};
use watchtrail_core::trail::digest::Previous;

use super::TrailStore;
use crate::dynamo::{Attributes, item as new_item, text};
use crate::error::StoreError;
use crate::keys::{Generation, item};

/// A digest that is being delivered. It is noted before, so that all who deliver it make the same.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Planned {
    /// When its hour ends, epoch milliseconds.
    pub end: i64,
    /// Where it goes.
    pub bucket: String,
    /// See `bucket`.
    pub key: String,
    /// It names the log files of generations up to this one.
    pub through: Generation,
}

/// How far a chain has come.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Chain {
    /// The trail's `validated_since` when it began: another one begins anew.
    pub since: i64,
    /// The end of the last hour that was dealt with, epoch milliseconds.
    pub end: i64,
    /// The digest of that hour; none where the chain has a gap.
    pub previous: Option<Previous>,
    /// The log files of all generations up to this one stand in digests.
    pub through: Generation,
    /// What comes next.
    pub planned: Option<Planned>,
}

impl TrailStore {
    /// The chains of a trail, by region.
    ///
    /// # Errors
    /// When DynamoDB does not answer.
    pub async fn chains(&self, trail: &str) -> Result<HashMap<String, Chain>, StoreError> {
        let table = &self.ledger.config.names.ledger;
        let found = self.ledger.db.query(table, item::trail_chains(trail), None).await?;
        let parse = |found: &crate::dynamo::Item| {
            let chain = serde_json::from_str(found.text("chain")?)
                .map_err(|error| StoreError::corrupt("a chain of digests", error))?;
            Ok((found.text("sk")?.to_owned(), chain))
        };
        found.iter().map(parse).collect()
    }

    /// Moves a chain on, if it is still as the caller read it (`None`: there was none).
    ///
    /// # Errors
    /// [`StoreError::Conflict`] when another worker has moved it.
    pub async fn chained(
        &self,
        trail: &str,
        region: &str,
        read: Option<&Chain>,
        next: &Chain,
    ) -> Result<(), StoreError> {
        let json = |chain: &Chain| {
            serde_json::to_string(chain).map_err(|error| StoreError::corrupt("a chain of digests", error))
        };
        let mut made = new_item((item::trail_chains(trail), region.to_owned()));
        made.insert("chain".into(), text(json(next)?));
        let (condition, with) = match read {
            None => ("attribute_not_exists(pk)", vec![]),
            Some(read) => ("chain = :read", vec![(":read", text(json(read)?))]),
        };
        self.ledger.db.put_if(&self.ledger.config.names.ledger, made, condition, with).await
    }
}
