//! Other resources of CloudWatch Logs: destinations, policies, query definitions, export tasks. One JSON document each, in the
//! catalog; what is in it is its operations' business.

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::LogStore;
use crate::dynamo::{Attributes, Item, Order, item as new_item, text};
use crate::error::StoreError;
use crate::keys::{Scope, item as keys};

/// A kind of resource.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// By name.
    Destination,
    /// By name.
    ResourcePolicy,
    /// By id.
    QueryDefinition,
    /// By id.
    ExportTask,
}

impl Kind {
    const fn word(self) -> &'static str {
        match self {
            Self::Destination => "destinations",
            Self::ResourcePolicy => "policies",
            Self::QueryDefinition => "queries",
            Self::ExportTask => "exports",
        }
    }
}

/// A resource as it was read, for a change that must find it so.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Read<T> {
    /// What it says.
    pub value: T,
    json: String,
}

impl LogStore {
    /// A resource.
    ///
    /// # Errors
    /// When DynamoDB does not answer.
    pub async fn resource<T: DeserializeOwned>(
        &self,
        kind: Kind,
        scope: &Scope,
        id: &str,
    ) -> Result<Option<Read<T>>, StoreError> {
        let key = (keys::log_resources(kind.word(), scope), id.to_owned());
        let found = self.ledger.db.get(&self.ledger.config.names.catalog, key).await?;
        found.map(|found| parse(found.text("document")?)).transpose()
    }

    /// At most `limit` resources of a kind whose ids come after `after`, by id.
    ///
    /// # Errors
    /// When DynamoDB does not answer.
    pub async fn resources<T: DeserializeOwned>(
        &self,
        kind: Kind,
        scope: &Scope,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Vec<Read<T>>, StoreError> {
        let from = after.map_or_else(|| "\u{1}".to_owned(), |after| format!("{after}\u{1}"));
        let (table, pk) = (&self.ledger.config.names.catalog, keys::log_resources(kind.word(), scope));
        let range = (from.as_str(), "\u{10FFFF}");
        let found = self.ledger.db.query_some(table, pk, range, Order::Ascending, limit).await?;
        found.iter().map(|found| parse(found.text("document")?)).collect()
    }

    /// Puts a resource, if what is there is still what the caller read (`None`: nothing).
    ///
    /// # Errors
    /// [`StoreError::Conflict`] when somebody else changed it meanwhile.
    pub async fn put_resource<T: Serialize>(
        &self,
        kind: Kind,
        scope: &Scope,
        id: &str,
        read: Option<&Read<T>>,
        value: &T,
    ) -> Result<(), StoreError> {
        let made = item(kind, scope, id, value)?;
        let (condition, with) = match read {
            None => ("attribute_not_exists(pk)", vec![]),
            Some(read) => ("document = :read", vec![(":read", text(&read.json))]),
        };
        self.ledger.db.put_if(&self.ledger.config.names.catalog, made, condition, with).await
    }

    /// Deletes a resource; one that is not there is no error.
    ///
    /// # Errors
    /// When DynamoDB does not answer.
    pub async fn delete_resource(&self, kind: Kind, scope: &Scope, id: &str) -> Result<(), StoreError> {
        let key = (keys::log_resources(kind.word(), scope), id.to_owned());
        self.ledger.db.delete(&self.ledger.config.names.catalog, key, None).await
    }

    /// Deletes a resource, if it is still the one that the caller read.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] when somebody else changed or deleted it meanwhile.
    pub async fn delete_read<T>(
        &self,
        kind: Kind,
        scope: &Scope,
        id: &str,
        read: &Read<T>,
    ) -> Result<(), StoreError> {
        let key = (keys::log_resources(kind.word(), scope), id.to_owned());
        let condition = ("document = :read", vec![(":read", text(&read.json))]);
        self.ledger.db.delete(&self.ledger.config.names.catalog, key, Some(condition)).await
    }
}

pub(super) fn item<T: Serialize>(kind: Kind, scope: &Scope, id: &str, value: &T) -> Result<Item, StoreError> {
    let json = serde_json::to_string(value).map_err(|error| StoreError::corrupt("a resource", error))?;
    let mut made = new_item((keys::log_resources(kind.word(), scope), id.to_owned()));
    made.insert("document".into(), text(json));
    Ok(made)
}

fn parse<T: DeserializeOwned>(json: &str) -> Result<Read<T>, StoreError> {
    let value = serde_json::from_str(json).map_err(|error| StoreError::corrupt("a resource", error))?;
    Ok(Read { value, json: json.to_owned() })
}
