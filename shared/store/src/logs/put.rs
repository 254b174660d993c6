//! Writing log events: one write a request.

use std::sync::Arc;

use bytes::Bytes;
use tokio::sync::broadcast;
use ulid::Ulid;
use watchtrail_core::logs::journal;
use watchtrail_core::time::Timestamp;

use super::{Known, LogStore, metrics};
use crate::compress::compress;
use crate::error::StoreError;
use crate::keys::{Partition, Scope};
use crate::ledger::{Batch, Head};
use crate::metrics::journal_batch;

/// Partitions that one transaction writes to: DynamoDB takes 4 MB in one.
const TOGETHER: usize = 10;

/// Where events are to be written.
#[derive(Debug)]
pub enum Target {
    /// There is no such group.
    NoGroup,
    /// There is no such stream in the group.
    NoStream,
    /// It is there.
    Open(LogWriter),
}

/// What became of a batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Put {
    /// It is stored.
    Stored,
    /// The group was deleted meanwhile: nothing is stored.
    NoGroup,
    /// The stream was deleted meanwhile: nothing is stored.
    NoStream,
}

/// A stream that takes events.
#[derive(Debug)]
pub struct LogWriter {
    known: Arc<Known>,
    scope: Scope,
    stream: String,
    stream_id: Ulid,
}

impl LogWriter {
    /// The earliest time of an event that the group's retention keeps at `now`.
    pub fn kept_from(&self, now: Timestamp) -> Timestamp {
        self.known.group.kept_from(now)
    }

    /// The group's partition.
    pub fn partition(&self) -> &Partition {
        &self.known.partition
    }
}

/// Events that were written.
#[derive(Debug)]
pub struct Written {
    /// To which group.
    pub group: Partition,
    /// To which stream.
    pub stream: String,
    /// When, epoch milliseconds.
    pub ingested: i64,
    /// Time (epoch milliseconds) and message.
    pub events: Vec<(i64, String)>,
}

/// What of a journal item's events is known without decoding it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Meta {
    pub(crate) stream_id: Ulid,
    /// Epoch milliseconds, both inclusive.
    pub(crate) first: i64,
    pub(crate) last: i64,
    pub(crate) stream: String,
}

impl Meta {
    const VERSION: u8 = 1;

    fn bytes(&self) -> Bytes {
        let mut out = Vec::with_capacity(33 + self.stream.len());
        out.push(Self::VERSION);
        out.extend_from_slice(&self.stream_id.0.to_be_bytes());
        out.extend_from_slice(&self.first.to_be_bytes());
        out.extend_from_slice(&self.last.to_be_bytes());
        out.extend_from_slice(self.stream.as_bytes());
        out.into()
    }

    pub(crate) fn parse(bytes: &[u8]) -> Result<Self, StoreError> {
        let parts = || {
            let (version, rest) = bytes.split_first()?;
            let (id, rest) = rest.split_first_chunk::<16>()?;
            let (first, rest) = rest.split_first_chunk::<8>()?;
            let (last, name) = rest.split_first_chunk::<8>()?;
            (*version == Self::VERSION).then_some(())?;
            Some(Self {
                stream_id: Ulid(u128::from_be_bytes(*id)),
                first: i64::from_be_bytes(*first),
                last: i64::from_be_bytes(*last),
                stream: std::str::from_utf8(name).ok()?.to_owned(),
            })
        };
        parts().ok_or_else(|| StoreError::corrupt("the meta of a journal item of logs", "it is not ours"))
    }
}

impl LogStore {
    /// The stream that events are to be written to, as a warm process remembers it.
    ///
    /// # Errors
    /// When DynamoDB does not answer.
    pub async fn target(
        &self,
        scope: &Scope,
        group: &str,
        stream: &str,
        now: Timestamp,
    ) -> Result<Target, StoreError> {
        let Some(known) = self.known_group(scope, group, now).await? else { return Ok(Target::NoGroup) };
        let id = if let Some(id) = known.stream(stream) {
            id
        } else {
            let Some(found) = self.stream(&known.partition, stream).await? else {
                return Ok(Target::NoStream);
            };
            known.keep_stream(stream, &found.id);
            found.id
        };
        let stream_id = Ulid::from_string(&id)
            .map_err(|error| StoreError::corrupt(format!("the id of the log stream {stream}"), error))?;
        Ok(Target::Open(LogWriter { known, scope: scope.clone(), stream: stream.to_owned(), stream_id }))
    }

    /// Stores the events of one request durably, with the metrics that are made of them. Their times are in order.
    ///
    /// # Errors
    /// As [`Ledger::append`](crate::Ledger::append): nothing is acknowledged.
    pub async fn put(
        &self,
        writer: &LogWriter,
        events: &[(i64, &str)],
        ulid: Ulid,
        now: Timestamp,
    ) -> Result<Put, StoreError> {
        let (Some((first, _)), Some((last, _))) = (events.first(), events.last()) else {
            return Ok(Put::Stored);
        };
        let encoded = journal::encode(&writer.stream, now.millis(), events.iter().copied());
        let body = compress(&encoded).map_err(|error| StoreError::corrupt("a batch of logs", error))?;
        let meta =
            Meta { stream_id: writer.stream_id, first: *first, last: *last, stream: writer.stream.clone() };
        let batch = Batch { ulid, body: body.into(), meta: meta.bytes(), rows: events.len() };
        let partition = writer.known.partition.clone();
        let made = metrics::made(&writer.known.filters, events, now);
        let sends = self.sends(&writer.known, &writer.stream, events, ulid, now).await?;
        let queued = !sends.is_empty();
        let head = if made.is_empty() && !queued {
            self.ledger.append(&partition, batch, now).await?
        } else {
            let mut batches = vec![(partition, batch)];
            for (number, (namespace, data)) in made.into_iter().enumerate() {
                let partition = Partition::metrics(writer.scope.clone(), namespace);
                // A batch is known by its ULID, wherever it is kept: each has one of its own, and a repeat the same ones.
                let own = Ulid(ulid.0 ^ (number as u128 + 1));
                batches.push((partition, journal_batch(&data, own)?));
            }
            // A batch whose events name very many namespaces is more than one transaction takes: the metrics come first, and are
            // doubled if the request fails in between and is sent again.
            while batches.len() > TOGETHER {
                let part = batches.split_off(batches.len() - TOGETHER + 1);
                self.ledger.append_together(part, Vec::new(), now).await?;
            }
            self.ledger.append_together(batches, sends, now).await?
        };
        if queued {
            self.queued.notify_one();
        }
        let put = self.written(writer, head).await?;
        if put == Put::Stored {
            self.tell(writer, events, now);
        }
        Ok(put)
    }

    /// Hears of what this process writes from now on.
    pub fn listen(&self) -> broadcast::Receiver<Arc<Written>> {
        self.listeners.subscribe()
    }

    fn tell(&self, writer: &LogWriter, events: &[(i64, &str)], now: Timestamp) {
        if self.listeners.receiver_count() == 0 {
            return;
        }
        // Who listens no longer does not want to know.
        let _ = self.listeners.send(Arc::new(Written {
            group: writer.known.partition.clone(),
            stream: writer.stream.clone(),
            ingested: now.millis(),
            events: events.iter().map(|(time, message)| (*time, (*message).to_owned())).collect(),
        }));
    }

    /// Whether what was written belongs to something that was still there then.
    async fn written(&self, writer: &LogWriter, head: Head) -> Result<Put, StoreError> {
        let known = &writer.known.group;
        if !head.closed && head.config == known.revision {
            return Ok(Put::Stored);
        }
        self.known.forget(&writer.scope, &known.name);
        let same = |group: &super::LogGroup| group.id == known.id;
        if !self.group(&writer.scope, &known.name).await?.as_ref().is_some_and(same) {
            return Ok(Put::NoGroup);
        }
        let stream = self.stream(&writer.known.partition, &writer.stream).await?;
        let there = stream.is_some_and(|stream| stream.id == writer.stream_id.to_string());
        Ok(if there { Put::Stored } else { Put::NoStream })
    }
}
