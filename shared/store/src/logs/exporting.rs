//! Carrying out an export task: the events of a group, gzipped, in a bucket of the caller's.
//!
//! Keys are AWS's: `<prefix>/<task>/<stream>/000000.gz`, with `-` for the slashes of the stream's name; a line is the event's time and its
//! message. A task that was interrupted begins again and writes the same objects.

use std::io::Write;

use flate2::Compression;
use flate2::write::GzEncoder;
use ulid::Ulid;
use watchtrail_core::logs::intake::MOST_BYTES;
use watchtrail_core::time::Timestamp;

use super::{Ask, Event, ExportTask, Kind, LogGroup, LogStore, LogStream, Streams};
use crate::dynamo::Order;
use crate::error::StoreError;
use crate::keys::{Partition, Scope};
use crate::objects::Objects;

/// Events that are read at once.
const PAGE: usize = 10_000;

/// Messages of an object, in bytes: a stream that has more gets several.
const LARGEST_OBJECT: usize = 64 << 20;

/// How an export ended.
enum End {
    Completed,
    Cancelled,
    Failed(String),
}

impl LogStore {
    /// Writes a small object where a task is to write, as AWS does when the task is made.
    ///
    /// # Errors
    /// When the bucket does not take it, or S3 does not answer.
    pub async fn test_export(&self, task: &ExportTask) -> Result<(), StoreError> {
        let bucket = self.ledger.objects.in_bucket(&task.destination);
        let key = format!("{}/aws-logs-write-test", task.prefix);
        bucket.put(&key, b"Permission Check Successful".to_vec()).await
    }

    /// Carries out the task of a scope that waits or was interrupted, if there is one for this group.
    pub(super) async fn export(&self, partition: &Partition, now: Timestamp) -> Result<(), StoreError> {
        let scope = &partition.scope;
        let (Some(task), _) = self.last_export(scope).await? else { return Ok(()) };
        let (name, id) = partition.log_group();
        if task.group_id != id || !task.is_active() {
            return Ok(());
        }
        let group = self.group(scope, name).await?.filter(|group| group.id == id);
        self.mark(scope, &task.id, "RUNNING", None, now).await?;
        let end = match group {
            None => End::Failed("The log group was deleted.".to_owned()),
            Some(group) => self.write_export(scope, &group, &task, now).await?,
        };
        match end {
            End::Completed => {
                self.mark(scope, &task.id, "COMPLETED", Some("Completed successfully".to_owned()), now).await
            }
            End::Cancelled => {
                self.mark(scope, &task.id, "CANCELLED", Some("Cancelled by user".to_owned()), now).await
            }
            End::Failed(why) => self.mark(scope, &task.id, "FAILED", Some(why), now).await,
        }
    }

    /// Writes a status, but over none that ended the task, and `RUNNING` over no cancellation.
    async fn mark(
        &self,
        scope: &Scope,
        id: &str,
        status: &str,
        message: Option<String>,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let Some(read) = self.resource::<ExportTask>(Kind::ExportTask, scope, id).await? else {
            return Ok(());
        };
        let mut task = read.value.clone();
        if !task.is_active() || (status == "RUNNING" && task.status != "PENDING") {
            return Ok(());
        }
        status.clone_into(&mut task.status);
        task.message = message;
        if !task.is_active() {
            task.completed = Some(now.millis());
        }
        self.put_resource(Kind::ExportTask, scope, id, Some(&read), &task).await
    }

    async fn is_cancelled(&self, scope: &Scope, id: &str) -> Result<bool, StoreError> {
        let task = self.resource::<ExportTask>(Kind::ExportTask, scope, id).await?;
        Ok(task.is_none_or(|task| task.value.status != "RUNNING"))
    }

    async fn write_export(
        &self,
        scope: &Scope,
        group: &LogGroup,
        task: &ExportTask,
        now: Timestamp,
    ) -> Result<End, StoreError> {
        let bucket = self.ledger.objects.in_bucket(&task.destination);
        if let Err(error) = self.test_export(task).await {
            return Ok(End::Failed(format!("The bucket {} does not take it: {error}", task.destination)));
        }
        let prefix = task.stream_prefix.as_deref().unwrap_or_default();
        for stream in self.all_streams(&group.partition(scope), prefix).await? {
            if self.is_cancelled(scope, &task.id).await? {
                return Ok(End::Cancelled);
            }
            self.export_stream(scope, group, task, &stream, &bucket, now).await?;
        }
        Ok(End::Completed)
    }

    async fn export_stream(
        &self,
        scope: &Scope,
        group: &LogGroup,
        task: &ExportTask,
        stream: &LogStream,
        bucket: &Objects,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let id =
            Ulid::from_string(&stream.id).map_err(|error| StoreError::corrupt("a stream's id", error))?;
        let (mut after, mut number, mut file, mut bytes) = (None, 0, Gzip::new(), 0);
        loop {
            let ask = Ask {
                streams: Streams::Id(id),
                range: task.from..task.to.saturating_add(1),
                pattern: None,
                order: Order::Ascending,
                after,
                limit: PAGE,
                bytes: MOST_BYTES,
                searched: u64::MAX,
            };
            let page = self.events(scope, group, ask, now).await?;
            for event in &page.events {
                bytes += event.message.len();
                file.line(event)?;
            }
            after = page.next;
            if bytes > 0 && (bytes >= LARGEST_OBJECT || after.is_none()) {
                let name = stream.name.replace('/', "-");
                let key = format!("{}/{}/{name}/{number:06}.gz", task.prefix, task.id);
                bucket.put(&key, std::mem::replace(&mut file, Gzip::new()).bytes()?).await?;
                (number, bytes) = (number + 1, 0);
            }
            if after.is_none() {
                return Ok(());
            }
        }
    }
}

/// `2026-11-21T10:00:00.000Z`
fn time(millis: i64) -> String {
    let second = Timestamp::from_seconds(millis.div_euclid(1_000)).to_string();
    format!("{}.{:03}Z", second.trim_end_matches('Z'), millis.rem_euclid(1_000))
}

struct Gzip(GzEncoder<Vec<u8>>);

impl Gzip {
    fn new() -> Self {
        Self(GzEncoder::new(Vec::new(), Compression::default()))
    }

    fn line(&mut self, event: &Event) -> Result<(), StoreError> {
        let at = time(event.key.timestamp);
        writeln!(self.0, "{at} {}", event.message).map_err(|error| StoreError::corrupt("an export", error))
    }

    fn bytes(self) -> Result<Vec<u8>, StoreError> {
        self.0.finish().map_err(|error| StoreError::corrupt("an export", error))
    }
}
