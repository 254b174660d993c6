//! The ledger: generations of a journal, and the segments that they are delivered into.
//!
//! One engine for every signal. A signal brings how its batches are encoded and how a generation is cut into segments
//! ([`Cutter`]); everything about order, crashes and races is here, and the argument why stands in ARCHITECTURE.md
//! ("Why nothing is lost"). What this module does not know: what a row is.

mod append;
mod day;
mod delivery;
mod dirty;
mod due;
mod group;
mod head;
mod index;
mod sweep;
mod tail;
mod writer;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

pub use append::Batch;
pub(crate) use day::DayHead;
pub use delivery::{Cut, Cuts, Cutter, Delivered, Journaled};
pub use dirty::Dirty;
pub use due::Due;
pub use head::Head;
pub(crate) use head::Reconfigured;
pub use index::{IndexEntry, Segment};
pub use sweep::Swept;
pub(crate) use tail::CHUNK;
pub use tail::{Snapshot, Tail, TailBody, TailEntry};
use tokio::sync::Notify;
use writer::Writer;

use crate::StoreConfig;
use crate::documents::Documents;
use crate::dynamo::Dynamo;
use crate::keys::Partition;
use crate::objects::Objects;
use crate::seal::Sealer;

/// Heads, journal, index and objects of all partitions.
#[derive(Debug)]
pub struct Ledger {
    pub(crate) db: Dynamo,
    pub(crate) objects: Objects,
    pub(crate) config: StoreConfig,
    pub(crate) documents: Documents,
    pub(crate) sealer: Sealer,
    writers: Mutex<HashMap<Partition, Arc<Writer>>>,
    group: Arc<group::Group>,
    /// Rung when a partition has enough undelivered bytes that its delivery should not wait for the schedule.
    pub large: Notify,
}

impl Ledger {
    pub(crate) fn new(db: Dynamo, objects: Objects, config: StoreConfig) -> Self {
        let group = Arc::new(group::Group::new(db.clone(), config.names.ledger.clone()));
        let documents = Documents::new(db.clone(), config.names.catalog.clone());
        let sealer = Sealer::new(config.sealing.clone());
        Self {
            db,
            objects,
            config,
            documents,
            sealer,
            writers: Mutex::default(),
            group,
            large: Notify::new(),
        }
    }

    fn writer(&self, partition: &Partition) -> Arc<Writer> {
        let mut writers = self.writers.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(writer) = writers.get(partition) {
            return Arc::clone(writer);
        }
        let writer = Arc::new(Writer::default());
        writers.insert(partition.clone(), Arc::clone(&writer));
        writer
    }
}
