//! The storage engine: DynamoDB for what is small and hot, S3 for what is large and cold, and the ledger over both.
//!
//! The only crate of the suite that names `aws-sdk-*`. It reads no clock and makes no randomness: `now` and a request's
//! ULID are arguments. What rests on disk is described in ARCHITECTURE.md ("What rests on disk").

mod access;
pub mod alarms;
mod catalog;
mod compress;
mod config;
mod documents;
mod dynamo;
mod environment;
mod error;
pub mod keys;
pub mod ledger;
pub mod logs;
pub mod metrics;
mod objects;
mod outbound;
mod seal;
mod source;
mod tables;
pub mod trail;

use std::sync::Arc;

pub use access::{AccessKey, AccessStore, KeyFacts, KeyStatus, is_key_id};
pub use alarms::AlarmStore;
pub use catalog::Tags;
pub use config::{Names, Retention, StoreConfig};
pub use documents::Read;
pub use dynamo::Order;
pub use environment::{Endpoint, Endpoints, Services, caller_config};
pub use error::StoreError;
pub use keys::{Partition, Scope, Signal};
pub use ledger::Ledger;
pub use logs::LogStore;
pub use metrics::MetricStore;
pub use outbound::{ACTION_ID, Outbound, OutboundError, Parameters, Piece, Port, Route, Sent, Service};
pub use seal::{Randomness, SealingHome};
pub use trail::TrailStore;

/// Everything that the functions store into.
#[derive(Debug, Clone)]
pub struct Store {
    /// The ledger of all signals.
    pub ledger: Arc<Ledger>,
    /// Metrics in it.
    pub metrics: Arc<MetricStore>,
    /// Logs in it.
    pub logs: Arc<LogStore>,
    /// The trail: audit records in it, and who is to get them.
    pub trail: Arc<TrailStore>,
    /// Alarms.
    pub alarms: Arc<AlarmStore>,
    /// Access keys.
    pub access: Arc<AccessStore>,
    /// Tags of resources.
    pub tags: Tags,
    tables: tables::Tables,
}

impl Store {
    /// A store over two SDK clients.
    pub fn new(dynamodb: aws_sdk_dynamodb::Client, s3: aws_sdk_s3::Client, config: StoreConfig) -> Self {
        let db = dynamo::Dynamo::new(dynamodb.clone());
        let objects = objects::Objects::new(s3.clone(), config.names.bucket.clone());
        let tables = tables::Tables::new(dynamodb, s3, config.names.clone());
        let tags = Tags::new(db.clone(), config.names.catalog.clone());
        let alarms = Arc::new(AlarmStore::new(db.clone(), config.names.clone()));
        let ledger = Arc::new(Ledger::new(db, objects, config));
        let metrics = Arc::new(MetricStore::new(Arc::clone(&ledger)));
        let logs = Arc::new(LogStore::new(Arc::clone(&ledger)));
        let trail = Arc::new(TrailStore::new(Arc::clone(&ledger)));
        let access = Arc::new(AccessStore::new(ledger.documents.clone(), ledger.sealer.clone()));
        Self { ledger, metrics, logs, trail, alarms, access, tags, tables }
    }

    /// How long metrics are kept.
    pub fn retention(&self) -> Retention {
        self.ledger.config.retention
    }

    /// Whether a bucket is the one of segments and journal: callers name other buckets, and never this one.
    pub fn is_own_bucket(&self, bucket: &str) -> bool {
        self.ledger.config.names.bucket == bucket
    }

    /// Creates the tables and the bucket where they are missing: for the local host and for tests. On AWS the template
    /// makes them.
    ///
    /// # Errors
    /// When a store refuses.
    pub async fn create_missing(&self) -> Result<(), StoreError> {
        self.tables.create_missing().await
    }
}
