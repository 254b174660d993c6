//! What can go wrong beneath an operation: one small enum, so that the frame can tell
//! "try again" from "broken" without knowing an SDK.

use aws_sdk_dynamodb::error::{ProvideErrorMetadata, SdkError};

/// An error of the storage engine.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The generation was sealed between the write and the check of its head: nothing was acknowledged,
    /// the client's SDK sends the request again.
    #[error("the generation was sealed while the request was being written; send it again")]
    Sealed,
    /// A store refuses for now (throughput or rate). Retryable.
    #[error("{store} is throttling: {message}")]
    Throttled {
        /// `DynamoDB` or `S3`.
        store: &'static str,
        /// The store's own words.
        message: String,
    },
    /// A store failed or did not answer: the outcome of a write is unknown. Retryable.
    #[error("{store} failed at {call}: {message}")]
    Unavailable {
        /// `DynamoDB` or `S3`.
        store: &'static str,
        /// The call that failed.
        call: &'static str,
        /// The SDK's own words.
        message: String,
    },
    /// A condition did not hold: another worker was first.
    #[error("another worker was first")]
    Conflict,
    /// An object that the index names is not there (it expired while it was being read).
    #[error("the object {0} is gone")]
    Gone(String),
    /// Stored bytes do not decode. Never skipped silently: a read that meets them fails.
    #[error("{what} does not decode: {message}")]
    Corrupt {
        /// Which item or object.
        what: String,
        /// Why.
        message: String,
    },
}

impl StoreError {
    /// Whether the same request may succeed when it is sent again.
    pub fn is_retryable(&self) -> bool {
        !matches!(self, Self::Corrupt { .. })
    }

    pub(crate) fn corrupt(what: impl Into<String>, why: impl std::fmt::Display) -> Self {
        Self::Corrupt { what: what.into(), message: why.to_string() }
    }
}

const THROTTLES: [&str; 6] = [
    "ProvisionedThroughputExceededException",
    "ThrottlingException",
    "RequestLimitExceeded",
    "SlowDown",
    "TransactionInProgressException",
    "TransactionConflictException",
];

/// Sorts an SDK error into the three kinds that callers tell apart.
pub(crate) fn sdk<E, R>(store: &'static str, call: &'static str, error: SdkError<E, R>) -> StoreError
where
    E: ProvideErrorMetadata + std::error::Error + 'static,
    R: std::fmt::Debug + 'static,
{
    let code = error.as_service_error().and_then(ProvideErrorMetadata::code).unwrap_or_default();
    let message = error
        .as_service_error()
        .map_or_else(|| error.to_string(), |e| format!("{} {}", code, e.message().unwrap_or_default()));
    match code {
        "ConditionalCheckFailedException" => StoreError::Conflict,
        "TransactionCanceledException" if message.contains("ConditionalCheckFailed") => StoreError::Conflict,
        "TransactionCanceledException" => StoreError::Throttled { store, message },
        code if THROTTLES.contains(&code) => StoreError::Throttled { store, message },
        _ => StoreError::Unavailable { store, call, message },
    }
}
