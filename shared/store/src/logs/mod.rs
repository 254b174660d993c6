//! Log events in the ledger: their groups and streams, how batches are encoded, cut into Parquet and read back.
//!
//! A partition is one log group, from its creation to its deletion. What a filter pattern matches, and what becomes of what it
//! matched, is [`watchtrail_core::logs`]'s business, not this module's.

mod aftermath;
mod cache;
mod cut;
mod destination;
mod export;
mod exporting;
mod group;
mod intake;
mod known;
mod metrics;
mod put;
mod read;
mod resource;
mod segment;
mod sends;
mod stream;

use std::sync::Arc;

pub use aftermath::STEPS;
pub use cut::LogCutter;
pub use destination::LogDestination;
pub use export::{ExportTask, LastExport};
pub use group::{LogGroup, MetricFilter, MetricTransformation, SubscriptionFilter};
pub use intake::identity;
pub use known::Known;
pub(crate) use put::Meta;
pub use put::{LogWriter, Put, Target, Written};
pub use read::{Ask, Event, Page, Streams};
pub use resource::Kind;
pub use sends::{Batch, Entry, Hold, Queue};
pub use stream::{LogStream, Waiting};
use tokio::sync::Notify;

pub use crate::documents::Read;
use crate::ledger::Ledger;

/// Requests that wait for who listens to them: a slow listener misses what is more.
const KEPT_FOR_LISTENERS: usize = 1_024;

/// Log groups, their streams and their events.
#[derive(Debug)]
pub struct LogStore {
    ledger: Arc<Ledger>,
    known: known::KnownGroups,
    cache: cache::LogCache,
    listeners: tokio::sync::broadcast::Sender<Arc<Written>>,
    working: sends::Working,
    /// Told when subscriptions have something to send.
    pub queued: Notify,
}

impl LogStore {
    pub(crate) fn new(ledger: Arc<Ledger>) -> Self {
        let (listeners, _) = tokio::sync::broadcast::channel(KEPT_FOR_LISTENERS);
        let cache = cache::LogCache::new(ledger.config.cache_bytes);
        Self {
            ledger,
            known: known::KnownGroups::default(),
            cache,
            listeners,
            working: sends::Working::default(),
            queued: Notify::new(),
        }
    }
}
