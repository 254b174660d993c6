//! Tags of resources: one item a resource, changed one key at a time so that two writers never undo each other.

use std::collections::BTreeMap;

use aws_sdk_dynamodb::types::AttributeValue;

use crate::Scope;
use crate::dynamo::{Attributes, Dynamo, Item, item as new_item, text};
use crate::error::StoreError;
use crate::keys::item;

/// The tags of resources, known by ARN.
#[derive(Debug, Clone)]
pub struct Tags {
    db: Dynamo,
    table: String,
}

impl Tags {
    pub(crate) fn new(db: Dynamo, table: String) -> Self {
        Self { db, table }
    }

    /// The tags of a resource; empty when it has none.
    ///
    /// # Errors
    /// When DynamoDB does not answer.
    pub async fn of(&self, scope: &Scope, arn: &str) -> Result<BTreeMap<String, String>, StoreError> {
        let found = self.db.get(&self.table, (item::tags(scope), arn.to_owned())).await?;
        let Some(AttributeValue::M(tags)) = found.as_ref().and_then(|item| item.get("tags")) else {
            return Ok(BTreeMap::new());
        };
        Ok(tags.iter().filter_map(|(key, value)| Some((key.clone(), value.as_s().ok()?.clone()))).collect())
    }

    /// Replaces the tags of a resource, if they are still those that the caller read.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] when somebody else changed them meanwhile.
    pub async fn replace(
        &self,
        scope: &Scope,
        arn: &str,
        read: &BTreeMap<String, String>,
        tags: &BTreeMap<String, String>,
    ) -> Result<(), StoreError> {
        let key = (item::tags(scope), arn.to_owned());
        if tags.is_empty() {
            let condition = ("attribute_not_exists(pk) OR tags = :read", vec![(":read", map(read))]);
            return self.db.delete(&self.table, key, Some(condition)).await;
        }
        let new = tags_item(scope, arn, tags);
        let (condition, values) = if read.is_empty() {
            ("attribute_not_exists(pk)", vec![])
        } else {
            ("tags = :read", vec![(":read", map(read))])
        };
        self.db.put_if(&self.table, new, condition, values).await
    }

    /// The ARNs of a scope that have tags.
    ///
    /// # Errors
    /// When DynamoDB does not answer.
    pub async fn tagged(&self, scope: &Scope) -> Result<Vec<String>, StoreError> {
        let found = self.db.query(&self.table, item::tags(scope), None).await?;
        found.iter().map(|entry| entry.text("sk").map(str::to_owned)).collect()
    }
}

/// The item of a resource's tags.
pub(crate) fn tags_item(scope: &Scope, arn: &str, tags: &BTreeMap<String, String>) -> Item {
    let mut new = new_item((item::tags(scope), arn.to_owned()));
    new.insert("tags".into(), map(tags));
    new
}

fn map(tags: &BTreeMap<String, String>) -> AttributeValue {
    AttributeValue::M(tags.iter().map(|(key, value)| (key.clone(), text(value))).collect())
}
