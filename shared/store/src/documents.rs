//! Small JSON documents in the catalog, each changed only by who has read it.

use aws_sdk_dynamodb::types::AttributeValue;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::dynamo::{Attributes, Dynamo, Item, Order, item as new_item, text};
use crate::error::StoreError;

/// A document as it was read, for a change that must find it so.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Read<T> {
    /// What it says.
    pub value: T,
    json: String,
}

impl<T> Read<T> {
    /// The condition that it is still as it was read.
    pub(crate) fn unchanged(&self) -> (&'static str, Vec<(&'static str, AttributeValue)>) {
        ("document = :read", vec![(":read", text(&self.json))])
    }
}

/// The documents of the catalog.
#[derive(Debug, Clone)]
pub(crate) struct Documents {
    db: Dynamo,
    table: String,
}

impl Documents {
    pub(crate) fn new(db: Dynamo, table: String) -> Self {
        Self { db, table }
    }

    /// The document of a key.
    pub(crate) async fn get<T: DeserializeOwned>(
        &self,
        key: (String, String),
    ) -> Result<Option<Read<T>>, StoreError> {
        let found = self.db.get(&self.table, key).await?;
        found.map(|found| parse(found.text("document")?)).transpose()
    }

    /// At most `limit` documents of a partition key whose sort keys come after `after`, by sort key.
    pub(crate) async fn list<T: DeserializeOwned>(
        &self,
        pk: String,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Vec<Read<T>>, StoreError> {
        let from = after.map_or_else(|| "\u{1}".to_owned(), |after| format!("{after}\u{1}"));
        let range = (from.as_str(), "\u{10FFFF}");
        let found = self.db.query_some(&self.table, pk, range, Order::Ascending, limit).await?;
        found.iter().map(|found| parse(found.text("document")?)).collect()
    }

    /// Puts a document, if what is there is still what the caller read (`None`: nothing).
    ///
    /// # Errors
    /// [`StoreError::Conflict`] when somebody else changed it meanwhile.
    pub(crate) async fn put<T: Serialize>(
        &self,
        key: (String, String),
        read: Option<&Read<T>>,
        value: &T,
    ) -> Result<(), StoreError> {
        let (condition, with) = match read {
            None => ("attribute_not_exists(pk)", vec![]),
            Some(read) => read.unchanged(),
        };
        self.db.put_if(&self.table, document(key, value)?, condition, with).await
    }

    /// Puts an item that says only that it is there.
    pub(crate) async fn note(&self, key: (String, String)) -> Result<(), StoreError> {
        self.db.put(&self.table, new_item(key)).await
    }

    /// Deletes a document, if it is still the one that the caller read (`None`: whatever it says). One that is not there is no error: when the answer
    /// to a delete is lost, the SDK sends it again, and it finds what it left.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] when somebody else changed or deleted it meanwhile.
    pub(crate) async fn delete<T>(
        &self,
        key: (String, String),
        read: Option<&Read<T>>,
    ) -> Result<(), StoreError> {
        let condition = read.map(Read::unchanged);
        match self.db.delete(&self.table, key.clone(), condition).await {
            Err(StoreError::Conflict) if self.db.get(&self.table, key).await?.is_none() => Ok(()),
            other => other,
        }
    }
}

/// The item of a document.
pub(crate) fn document<T: Serialize>(key: (String, String), value: &T) -> Result<Item, StoreError> {
    let json = serde_json::to_string(value).map_err(|error| StoreError::corrupt("a document", error))?;
    let mut made = new_item(key);
    made.insert("document".into(), text(json));
    Ok(made)
}

fn parse<T: DeserializeOwned>(json: &str) -> Result<Read<T>, StoreError> {
    let value = serde_json::from_str(json).map_err(|error| StoreError::corrupt("a document", error))?;
    Ok(Read { value, json: json.to_owned() })
}
