//! Actions that are to be done: written in the transaction that makes them necessary, removed in the one that records that they were done.
//!
//! An entry is due at a time. Whoever works on it moves it ahead by a lease first, so that nobody else does; when the process dies, it comes due
//! again, with the same id.

use aws_sdk_dynamodb::types::AttributeValue;
use serde::{Deserialize, Serialize};
use ulid::Ulid;
use watchtrail_core::time::{MINUTE, Timestamp};

use super::{AlarmStore, HISTORY_KEPT, HistoryItem};
use crate::dynamo::{Attributes, Item, item as new_item, number, text, write};
use crate::error::StoreError;
use crate::keys::{Scope, item};

/// For so long nobody else takes an entry that somebody works on: longer than an invocation can last.
const LEASE: i64 = 3 * MINUTE;

/// An action that is to be done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Todo {
    /// The action's id, the same at each try.
    pub id: Ulid,
    /// When somebody may work on it.
    pub due: Timestamp,
    /// Tries that failed.
    pub tries: u32,
    /// Somebody works on it, or died over it.
    pub taken: bool,
    /// What is to be done.
    pub action: Due,
}

/// What is to be done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Due {
    /// The alarm's name.
    pub alarm: String,
    /// `MetricAlarm` or `CompositeAlarm`
    pub alarm_type: String,
    /// The action's ARN.
    pub arn: String,
    /// When the alarm went into the state that this is about.
    pub transitioned: Timestamp,
    /// When the state that this is about was set.
    pub updated: Timestamp,
    /// What is sent: JSON.
    pub payload: String,
    /// A title, where the receiver shows one.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub subject: String,
    /// It is held back by a mute rule: when it comes due it is done only if the alarm is still in that state.
    #[serde(default)]
    pub muted: bool,
}

impl Todo {
    fn key(&self, scope: &Scope) -> (String, String) {
        (item::todo(scope), format!("{:014}#{}", self.due.millis().max(0), self.id))
    }

    pub(super) fn item(&self, scope: &Scope) -> Result<Item, StoreError> {
        let mut entry = new_item(self.key(scope));
        let action = serde_json::to_string(&self.action)
            .map_err(|error| StoreError::corrupt("an alarm's action", error))?;
        entry.insert("action".into(), text(action));
        entry.insert("tries".into(), number(self.tries));
        if self.taken {
            entry.insert("taken".into(), AttributeValue::Bool(true));
        }
        Ok(entry)
    }

    fn parse(entry: &Item) -> Result<Self, StoreError> {
        let what = |why: String| StoreError::corrupt("an alarm's action", why);
        let key = entry.text("sk")?;
        let (due, id) = key.split_once('#').ok_or_else(|| what(key.to_owned()))?;
        Ok(Self {
            id: Ulid::from_string(id).map_err(|error| what(error.to_string()))?,
            due: Timestamp::from_millis(due.parse().map_err(|_| what(key.to_owned()))?),
            tries: entry.number("tries")?,
            taken: entry.contains_key("taken"),
            action: serde_json::from_str(entry.text("action")?).map_err(|error| what(error.to_string()))?,
        })
    }
}

impl AlarmStore {
    /// What is to be done in a scope, soonest first, whether or not it is due.
    ///
    /// # Errors
    /// When DynamoDB does not answer.
    pub async fn todo(&self, scope: &Scope) -> Result<Vec<Todo>, StoreError> {
        let found = self.db.query(&self.names.ledger, item::todo(scope), None).await?;
        found.iter().map(Todo::parse).collect()
    }

    /// Takes an entry: nobody else works on it until the lease is over.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] when somebody else was faster.
    pub async fn take(&self, scope: &Scope, todo: Todo, now: Timestamp) -> Result<Todo, StoreError> {
        let taken = Todo { due: now.plus_millis(LEASE), taken: true, ..todo.clone() };
        self.replace(scope, &todo, taken, Vec::new()).await
    }

    /// Moves an entry to another time: puts it off, or brings it forward. It counts tries as `tries` says.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] when somebody else was faster.
    pub async fn reschedule(
        &self,
        scope: &Scope,
        todo: Todo,
        due: Timestamp,
        tries: u32,
        history: Option<&HistoryItem>,
    ) -> Result<Todo, StoreError> {
        let moved = Todo { due, tries, taken: false, ..todo.clone() };
        let writes = self.record(scope, history, due)?;
        self.replace(scope, &todo, moved, writes).await
    }

    async fn replace(
        &self,
        scope: &Scope,
        todo: &Todo,
        moved: Todo,
        mut writes: Vec<aws_sdk_dynamodb::types::TransactWriteItem>,
    ) -> Result<Todo, StoreError> {
        if moved.key(scope) == todo.key(scope) {
            return Ok(moved);
        }
        writes.push(write::delete_if(&self.names.ledger, todo.key(scope), ("attribute_exists(pk)", vec![]))?);
        writes.push(write::put(&self.names.ledger, moved.item(scope)?, None)?);
        self.db.transact(writes).await?;
        Ok(moved)
    }

    /// Removes an entry that is done, or never will be, and records it.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] when somebody else was faster.
    pub async fn finish(
        &self,
        scope: &Scope,
        todo: &Todo,
        history: Option<&HistoryItem>,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let mut writes = self.record(scope, history, now)?;
        writes.push(write::delete_if(&self.names.ledger, todo.key(scope), ("attribute_exists(pk)", vec![]))?);
        self.db.transact(writes).await
    }

    fn record(
        &self,
        scope: &Scope,
        history: Option<&HistoryItem>,
        now: Timestamp,
    ) -> Result<Vec<aws_sdk_dynamodb::types::TransactWriteItem>, StoreError> {
        let expires = now.plus_millis(HISTORY_KEPT);
        let items = history.into_iter().flat_map(|entry| entry.items(scope, expires));
        items.map(|entry| write::put(&self.names.ledger, entry, None)).collect()
    }
}
