//! Other resources of CloudWatch Logs: destinations, policies, query definitions, export tasks. One JSON document each, in the
//! catalog; what is in it is its operations' business.

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::LogStore;
use crate::documents::{Read, document};
use crate::dynamo::Item;
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
        self.ledger.documents.get(key(kind, scope, id)).await
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
        self.ledger.documents.list(keys::log_resources(kind.word(), scope), after, limit).await
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
        self.ledger.documents.put(key(kind, scope, id), read, value).await
    }

    /// Deletes a resource; one that is not there is no error.
    ///
    /// # Errors
    /// When DynamoDB does not answer.
    pub async fn delete_resource(&self, kind: Kind, scope: &Scope, id: &str) -> Result<(), StoreError> {
        self.ledger.documents.delete::<()>(key(kind, scope, id), None).await
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
        self.ledger.documents.delete(key(kind, scope, id), Some(read)).await
    }
}

fn key(kind: Kind, scope: &Scope, id: &str) -> (String, String) {
    (keys::log_resources(kind.word(), scope), id.to_owned())
}

pub(super) fn item<T: Serialize>(kind: Kind, scope: &Scope, id: &str, value: &T) -> Result<Item, StoreError> {
    document(key(kind, scope, id), value)
}
