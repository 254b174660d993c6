//! The suite in one process: embedded DynamoDB, S3 and SNS, one port for all services, a scheduler and a clock that can be
//! advanced.
//!
//! The handlers are those of the Lambda functions; nothing of the product is implemented here a second time.

pub mod clock;
pub mod control;
pub mod cost;
pub mod embedded;
mod home;
pub mod keys;
mod lock;
mod notifications;
mod options;
mod router;
mod s3_audit;
mod scheduler;
mod server;
mod sts;
mod subscriptions;
pub mod testing;

use std::path::{Path, PathBuf};

pub use home::Home;
pub use keys::KeysOptions;
pub use notifications::Notifications;
pub use options::Options;
pub use server::Suite;

/// Why the suite cannot run.
#[derive(Debug, thiserror::Error)]
pub enum HostError {
    /// The data folder cannot be used.
    #[error("the data folder {}: {message}; name another with --data", .folder.display())]
    Folder {
        /// Which.
        folder: PathBuf,
        /// The system's words.
        message: String,
    },
    /// Another process has it.
    #[error("another watchtrail is running on {}; stop it or name another folder with --data", .0.display())]
    Taken(PathBuf),
    /// A file of ours does not say what it should.
    #[error("{} is damaged; move the folder away to start afresh", .0.display())]
    Damaged(PathBuf),
    /// The embedded DynamoDB does not start.
    #[error("the embedded DynamoDB: {0}")]
    DynamoDb(#[from] dynoxide::DynoxideError),
    /// The embedded S3 does not start.
    #[error("the embedded S3: {0}")]
    S3(String),
    /// A key that is none.
    #[error("--auth-key wants ID:SECRET, an id of letters, digits and _")]
    AuthKey,
    /// Tables or bucket cannot be made.
    #[error("tables and bucket: {0}")]
    Store(#[from] watchtrail_store::StoreError),
    /// The process would not notice that it is asked to stop.
    #[error("signals: {0}")]
    Signals(std::io::Error),
    /// The address cannot be listened on.
    #[error("cannot listen on {address}: {message}; name another with --listen")]
    Listen {
        /// Which.
        address: String,
        /// The system's words.
        message: String,
    },
}

impl HostError {
    fn folder(folder: &Path, error: &std::io::Error) -> Self {
        Self::Folder { folder: folder.to_owned(), message: error.to_string() }
    }
}
