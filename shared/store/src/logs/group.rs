//! Log groups: one item of the catalog each, with everything that a writer of log events must know of the group.
//!
//! A change is one transaction with a step of the head's `config`, which every writer looks at after each write: so a
//! warm process that remembers a group learns of its change, or its end, with the next request.

use std::collections::BTreeMap;
use std::sync::Arc;

use aws_sdk_dynamodb::types::TransactWriteItem;
use serde::{Deserialize, Serialize};
use watchtrail_core::time::{DAY, Day, Timestamp};

use super::LogStore;
use super::aftermath::{DROP, EXPIRE};
use crate::catalog::tags_item;
use crate::dynamo::{Attributes, Item, Order, item as new_item, number, text, write};
use crate::error::StoreError;
use crate::keys::{Partition, Scope, item};
use crate::ledger::Reconfigured;

/// The head of a deleted group is kept this long: longer than any process remembers that the group was there.
const FORGOTTEN_AFTER: i64 = 30 * DAY;

/// A metric filter, as it was put.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MetricFilter {
    /// Its name, unique in the group.
    pub name: String,
    /// The filter pattern.
    pub pattern: String,
    /// What it makes of a matching event.
    pub transformations: Vec<MetricTransformation>,
    /// Epoch milliseconds.
    pub created: i64,
    /// Whether it looks at events as transformers left them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub on_transformed: Option<bool>,
}

/// The metric that a metric filter makes, in the words of `PutMetricFilter`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MetricTransformation {
    /// The metric's namespace.
    pub namespace: String,
    /// The metric's name.
    pub name: String,
    /// A number, or a selector such as `$.latency`.
    pub value: String,
    /// Published for minutes in which events came and none matched.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub default: Option<f64>,
    /// Names and the selectors of their values.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub dimensions: BTreeMap<String, String>,
    /// CloudWatch's unit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unit: Option<String>,
}

/// A subscription filter, as it was put.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SubscriptionFilter {
    /// Its name, unique in the group.
    pub name: String,
    /// Which events are sent.
    pub pattern: String,
    /// The ARN of a function, a stream, a delivery stream or a destination.
    pub destination: String,
    /// The role that AWS would assume to write to it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub role: Option<String>,
    /// `ByLogStream` or `Random`, for Kinesis.
    pub distribution: String,
    /// Epoch milliseconds.
    pub created: i64,
    /// Whether it looks at events as transformers left them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub on_transformed: Option<bool>,
}

/// A log group.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LogGroup {
    /// Unique in its account and region.
    pub name: String,
    /// Unique for ever: a group that is created again has another one. 26 characters (a ULID).
    pub id: String,
    /// Epoch milliseconds.
    pub created: i64,
    /// `STANDARD`, `INFREQUENT_ACCESS`, `ESSENTIALS` or `DELIVERY`.
    pub class: String,
    /// How many days events are kept; `None` is forever.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retention_days: Option<u32>,
    /// Nothing older is ever returned, whatever the retention is now (epoch milliseconds): what had expired once does not
    /// come back when the retention grows.
    #[serde(default)]
    pub floor: i64,
    /// The ARN of the KMS key that its segments are encrypted with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kms_key: Option<String>,
    /// Whether it refuses to be deleted.
    #[serde(default)]
    pub deletion_protection: bool,
    /// By name.
    #[serde(default)]
    pub metric_filters: Vec<MetricFilter>,
    /// By name.
    #[serde(default)]
    pub subscriptions: Vec<SubscriptionFilter>,
    /// How often it was changed; the head's `config` counts the same.
    #[serde(default)]
    pub revision: u64,
    /// Whether what is stored must be told of another retention.
    #[serde(skip)]
    pub(super) retained: bool,
}

impl LogGroup {
    /// A group of a class, made at `now`, with nothing else to say of it; `id` is a new ULID.
    pub fn new(name: String, id: String, class: String, now: Timestamp) -> Self {
        Self {
            name,
            id,
            created: now.millis(),
            class,
            retention_days: None,
            floor: 0,
            kms_key: None,
            deletion_protection: false,
            metric_filters: Vec::new(),
            subscriptions: Vec::new(),
            revision: 0,
            retained: false,
        }
    }

    /// Its ARN, without the `:*` that stands for its streams.
    pub fn arn(&self, scope: &Scope) -> String {
        format!("arn:aws:logs:{}:{}:log-group:{}", scope.region, scope.account, self.name)
    }

    /// Its partition of the ledger.
    pub fn partition(&self, scope: &Scope) -> Partition {
        Partition::logs(scope.clone(), &self.name, &self.id)
    }

    /// The earliest time of an event that is still kept at `now`.
    pub fn kept_from(&self, now: Timestamp) -> Timestamp {
        let floor = Timestamp::from_millis(self.floor);
        match self.retention_days {
            Some(days) => floor.max(now.plus_millis(-i64::from(days) * DAY)),
            None => floor,
        }
    }

    /// When what a day holds has expired; `None` is never.
    pub fn expires(&self, day: Day) -> Option<Timestamp> {
        let days = self.retention_days?;
        Some(day.end().plus_millis(i64::from(days) * DAY))
    }

    /// Changes the retention. What has expired until now stays expired.
    pub fn retain(&mut self, days: Option<u32>, now: Timestamp) {
        self.floor = self.kept_from(now).millis().max(0);
        self.retained |= self.retention_days != days;
        self.retention_days = days;
    }

    fn item(&self, scope: &Scope) -> Result<Item, StoreError> {
        let mut made = new_item((item::log_groups(scope), self.name.clone()));
        let json = serde_json::to_string(self).map_err(|error| StoreError::corrupt("a log group", error))?;
        made.insert("log_group".into(), text(json));
        made.insert("revision".into(), number(self.revision));
        made.insert("partition".into(), text(self.partition(scope).to_string()));
        Ok(made)
    }

    fn parse(found: &Item) -> Result<Self, StoreError> {
        let json = found.text("log_group")?;
        serde_json::from_str(json).map_err(|error| StoreError::corrupt("a log group", error))
    }
}

impl LogStore {
    /// Makes a group with these tags: those of a group of that name which was deleted are gone for certain.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] when there is one of that name.
    pub async fn create_group(
        &self,
        scope: &Scope,
        group: &LogGroup,
        tags: &BTreeMap<String, String>,
    ) -> Result<(), StoreError> {
        let table = &self.ledger.config.names.catalog;
        let put = write::put(table, group.item(scope)?, Some("attribute_not_exists(pk)"))?;
        let arn = group.arn(scope);
        let tags = if tags.is_empty() {
            write::delete(table, (item::tags(scope), arn))?
        } else {
            write::put(table, tags_item(scope, &arn, tags), None)?
        };
        self.ledger.create(&group.partition(scope), vec![put, tags]).await
    }

    /// A group as it is now.
    ///
    /// # Errors
    /// When DynamoDB does not answer.
    pub async fn group(&self, scope: &Scope, name: &str) -> Result<Option<LogGroup>, StoreError> {
        let key = (item::log_groups(scope), name.to_owned());
        let found = self.ledger.db.get(&self.ledger.config.names.catalog, key).await?;
        found.as_ref().map(LogGroup::parse).transpose()
    }

    /// At most `limit` groups whose names begin with `prefix` and come after `after`, by name.
    ///
    /// # Errors
    /// When DynamoDB does not answer.
    pub async fn groups(
        &self,
        scope: &Scope,
        prefix: &str,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Vec<LogGroup>, StoreError> {
        // `~` sorts behind every character of a group's name, and a space before.
        let from = after.map_or_else(|| prefix.to_owned(), |after| format!("{after} "));
        let from = if from.is_empty() { " ".to_owned() } else { from };
        let range = (from.as_str(), &*format!("{prefix}~"));
        if range.0 > range.1 {
            return Ok(Vec::new());
        }
        let (table, pk) = (&self.ledger.config.names.catalog, item::log_groups(scope));
        let found = self.ledger.db.query_some(table, pk, range, Order::Ascending, limit).await?;
        found.iter().map(LogGroup::parse).collect()
    }

    /// Replaces a group, if it is still what the caller read: `changed` has the revision that was read.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] when somebody else changed or deleted it meanwhile.
    pub async fn change_group(
        &self,
        scope: &Scope,
        changed: LogGroup,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        self.change_group_and(scope, changed, Vec::new(), now).await
    }

    /// The same together with other writes.
    pub(super) async fn change_group_and(
        &self,
        scope: &Scope,
        mut changed: LogGroup,
        mut writes: Vec<TransactWriteItem>,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let read = changed.revision;
        changed.revision += 1;
        let condition = ("revision = :read", vec![(":read", number(read))]);
        if changed.retained {
            let note = super::aftermath::note(&changed.partition(scope), EXPIRE, changed.revision, now);
            writes.push(write::put(&self.ledger.config.names.ledger, note, None)?);
        }
        writes.push(write::put_if(&self.ledger.config.names.catalog, changed.item(scope)?, condition)?);
        let partition = changed.partition(scope);
        self.ledger.reconfigure(&partition, Reconfigured::Open, writes, now).await?;
        self.forget_group(scope, &changed.name);
        Ok(())
    }

    /// Deletes a group: from now on it takes nothing and answers nothing. What it held goes in the background
    /// ([`LogStore::follow_up`]), which is noted in the same transaction.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] when somebody else changed or deleted it meanwhile.
    pub async fn delete_group(
        &self,
        scope: &Scope,
        group: &LogGroup,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let names = &self.ledger.config.names;
        let key = (item::log_groups(scope), group.name.clone());
        let condition = ("revision = :read", vec![(":read", number(group.revision))]);
        let partition = group.partition(scope);
        let writes = vec![
            write::delete_if(&names.catalog, key, condition)?,
            write::delete(&names.catalog, (item::tags(scope), group.arn(scope)))?,
            write::put(&names.ledger, super::aftermath::note(&partition, DROP, 0, now), None)?,
        ];
        let then = Reconfigured::Closed { forgotten: now.plus_millis(FORGOTTEN_AFTER) };
        self.ledger.reconfigure(&partition, then, writes, now).await?;
        self.forget_group(scope, &group.name);
        Ok(())
    }

    fn forget_group(&self, scope: &Scope, name: &str) {
        self.known.forget(scope, name);
    }

    /// A group as far as a writer must know it: remembered while the head's `config` says that nothing has changed.
    pub(super) async fn known_group(
        &self,
        scope: &Scope,
        name: &str,
        now: Timestamp,
    ) -> Result<Option<Arc<super::Known>>, StoreError> {
        if let Some(known) = self.known.get(scope, name) {
            if self.ledger.config_of(&known.partition, now).await? == Some(known.group.revision) {
                return Ok(Some(known));
            }
            self.forget_group(scope, name);
        }
        let Some(group) = self.group(scope, name).await? else { return Ok(None) };
        Ok(Some(self.known.keep(scope, group)))
    }
}
