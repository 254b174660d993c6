//! What the storage engine's errors are to a caller.

use watchtrail_store::StoreError;
use watchtrail_wire::Fault;

/// A retryable error becomes one that every AWS SDK sends again by itself; anything else is an internal failure, whose
/// details go to the log and not to the caller.
pub fn store_fault(error: StoreError) -> Fault {
    match error {
        StoreError::Throttled { .. } => Fault::throttling("Rate exceeded"),
        error if error.is_retryable() => {
            tracing::warn!(%error, "answered with a retryable error");
            Fault::service_unavailable(
                "The service is temporarily unable to handle the request; try it again.",
            )
        }
        error => {
            tracing::error!(%error, "the store is damaged");
            Fault::internal()
        }
    }
}
