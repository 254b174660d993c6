//! Mute rules: when the actions of which alarms are held back.

use serde::{Deserialize, Serialize};
use watchtrail_core::time::Timestamp;

use super::AlarmStore;
use crate::dynamo::{Attributes, Item, item as new_item, text};
use crate::error::StoreError;
use crate::keys::{Scope, item};

/// A mute rule, as it was put.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MuteRule {
    /// Its name.
    pub name: String,
    /// Its description, where it has one.
    #[serde(default)]
    pub description: Option<String>,
    /// `cron(…)` or `at(…)`
    pub expression: String,
    /// ISO 8601.
    pub duration: String,
    /// The time zone, where one was given.
    #[serde(default)]
    pub timezone: Option<String>,
    /// The alarms whose actions it holds back.
    #[serde(default)]
    pub alarms: Vec<String>,
    /// From when on it holds.
    #[serde(default)]
    pub start: Option<Timestamp>,
    /// Until when.
    #[serde(default)]
    pub expire: Option<Timestamp>,
    /// When it was put last.
    pub updated: Timestamp,
}

impl AlarmStore {
    /// The mute rules of a scope, by name.
    ///
    /// # Errors
    /// When DynamoDB does not answer.
    pub async fn mute_rules(&self, scope: &Scope) -> Result<Vec<MuteRule>, StoreError> {
        let found = self.db.query(&self.names.catalog, item::mute_rules(scope), None).await?;
        found.iter().map(parse).collect()
    }

    /// A mute rule.
    ///
    /// # Errors
    /// When DynamoDB does not answer.
    pub async fn mute_rule(&self, scope: &Scope, name: &str) -> Result<Option<MuteRule>, StoreError> {
        let key = (item::mute_rules(scope), name.to_owned());
        self.db.get(&self.names.catalog, key).await?.as_ref().map(parse).transpose()
    }

    /// Puts a mute rule in the place of the one of its name.
    ///
    /// # Errors
    /// When DynamoDB does not answer.
    pub async fn put_mute_rule(&self, scope: &Scope, rule: &MuteRule) -> Result<(), StoreError> {
        let json = serde_json::to_string(rule).map_err(|error| StoreError::corrupt("a mute rule", error))?;
        let mut entry = new_item((item::mute_rules(scope), rule.name.clone()));
        entry.insert("rule".into(), text(json));
        self.db.put(&self.names.catalog, entry).await?;
        self.changed.notify_one();
        Ok(())
    }

    /// Removes a mute rule, if there is one.
    ///
    /// # Errors
    /// When DynamoDB does not answer.
    pub async fn delete_mute_rule(&self, scope: &Scope, name: &str) -> Result<(), StoreError> {
        let key = (item::mute_rules(scope), name.to_owned());
        self.db.delete(&self.names.catalog, key, None).await?;
        self.changed.notify_one();
        Ok(())
    }
}

fn parse(entry: &Item) -> Result<MuteRule, StoreError> {
    serde_json::from_str(entry.text("rule")?).map_err(|error| StoreError::corrupt("a mute rule", error))
}
