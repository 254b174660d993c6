//! Export tasks: their records. Who carries them out finds them among the resources of [`Kind::ExportTask`].
//!
//! "Each account can only have one active (RUNNING or PENDING) export task at a time": a slot in the catalog names the task that was made
//! last, and a task is made in one transaction with the change of the slot.

use serde::{Deserialize, Serialize};
use watchtrail_core::time::Timestamp;

use super::aftermath::EXPORT;
use super::{Kind, LogStore};
use crate::dynamo::{Attributes, item as new_item, text, write};
use crate::error::StoreError;
use crate::keys::{Partition, Scope, item};

/// The only item of its kind.
const SLOT: &str = "last";

/// An export of a log group's events to S3.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExportTask {
    /// A UUID.
    pub id: String,
    /// What the caller called it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The group's name.
    pub group: String,
    /// The group's id: a group that is made again under the name is another one.
    pub group_id: String,
    /// Only the streams whose names begin so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stream_prefix: Option<String>,
    /// Events at or after this time (epoch milliseconds).
    pub from: i64,
    /// Events up to this time, inclusive: "events with a timestamp later than this time are not exported" (epoch milliseconds).
    pub to: i64,
    /// The bucket.
    pub destination: String,
    /// What all keys begin with.
    pub prefix: String,
    /// `PENDING`, `RUNNING`, `PENDING_CANCEL`, `CANCELLED`, `COMPLETED` or `FAILED`.
    pub status: String,
    /// What there is to say of the status.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
    /// Epoch milliseconds.
    pub created: i64,
    /// When it ended (epoch milliseconds).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub completed: Option<i64>,
}

impl ExportTask {
    /// Whether it is not over yet.
    pub fn is_active(&self) -> bool {
        matches!(&*self.status, "PENDING" | "RUNNING" | "PENDING_CANCEL")
    }
}

/// The task that was made last in an account and region.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LastExport(Option<String>);

impl LogStore {
    /// The task that was made last, if it is still known, and what [`LogStore::create_export`] must find.
    ///
    /// # Errors
    /// When DynamoDB does not answer.
    pub async fn last_export(&self, scope: &Scope) -> Result<(Option<ExportTask>, LastExport), StoreError> {
        let key = (item::log_resources("exportslot", scope), SLOT.to_owned());
        let Some(found) = self.ledger.db.get(&self.ledger.config.names.catalog, key).await? else {
            return Ok((None, LastExport(None)));
        };
        let id = found.text("task")?.to_owned();
        let task = self.resource(Kind::ExportTask, scope, &id).await?;
        Ok((task.map(|task| task.value), LastExport(Some(id))))
    }

    /// Makes a task, if the last one is still the one that the caller saw.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] when somebody else made a task meanwhile.
    pub async fn create_export(
        &self,
        scope: &Scope,
        task: &ExportTask,
        last: &LastExport,
    ) -> Result<(), StoreError> {
        let table = &self.ledger.config.names.catalog;
        let mut slot = new_item((item::log_resources("exportslot", scope), SLOT.to_owned()));
        slot.insert("task".into(), text(&task.id));
        let slot = match &last.0 {
            None => write::put(table, slot, Some("attribute_not_exists(pk)"))?,
            Some(id) => write::put_if(table, slot, ("task = :last", vec![(":last", text(id))]))?,
        };
        let made = super::resource::item(Kind::ExportTask, scope, &task.id, task)?;
        let made = write::put(table, made, Some("attribute_not_exists(pk)"))?;
        // Carried out in the background.
        let partition = Partition::logs(scope.clone(), &task.group, &task.group_id);
        let created = Timestamp::from_millis(task.created);
        let note = super::aftermath::note(&partition, EXPORT, task.created.unsigned_abs(), created);
        let note = write::put(&self.ledger.config.names.ledger, note, None)?;
        self.ledger.db.transact(vec![slot, made, note]).await
    }
}
