//! Documents of the catalog: how all of a kind are read, and how one is changed.

use serde::Serialize;
use serde::de::DeserializeOwned;
use watchtrail_service::wording::logs as wording;
use watchtrail_service::{Fault, Request, store_fault};
use watchtrail_store::StoreError;
use watchtrail_store::logs::{Kind, Read};

use crate::faults::worded;

/// Writers of the same document at once; each try loses to at most one of them.
const ATTEMPTS: usize = 32;

/// All documents of a kind in the caller's account and region.
///
/// # Errors
/// The store's failure.
pub(crate) async fn all<T: DeserializeOwned>(request: &Request<'_>, kind: Kind) -> Result<Vec<T>, Fault> {
    let logs = &request.context.store.logs;
    let found = logs.resources(kind, request.scope(), None, usize::MAX).await.map_err(store_fault)?;
    Ok(found.into_iter().map(|read: Read<T>| read.value).collect())
}

/// Puts what `edit` makes of a document, as if nobody else changed it; returns what it made.
///
/// # Errors
/// What `edit` refuses, or the store's failure.
pub(crate) async fn change<T: Serialize + DeserializeOwned + Clone>(
    request: &Request<'_>,
    kind: Kind,
    id: &str,
    edit: impl Fn(Option<&T>) -> Result<T, Fault>,
) -> Result<T, Fault> {
    let (logs, scope) = (&request.context.store.logs, request.scope());
    for _ in 0..ATTEMPTS {
        let read: Option<Read<T>> = logs.resource(kind, scope, id).await.map_err(store_fault)?;
        let made = edit(read.as_ref().map(|read| &read.value))?;
        match logs.put_resource(kind, scope, id, read.as_ref(), &made).await {
            Ok(()) => return Ok(made),
            Err(StoreError::Conflict) => {}
            Err(error) => return Err(store_fault(error)),
        }
    }
    Err(worded(wording::contended()))
}

/// Deletes a document, if `check` lets it go as it is.
///
/// # Errors
/// What `check` refuses, or the store's failure.
pub(crate) async fn delete<T: DeserializeOwned>(
    request: &Request<'_>,
    kind: Kind,
    id: &str,
    check: impl Fn(Option<&T>) -> Result<(), Fault>,
) -> Result<(), Fault> {
    let (logs, scope) = (&request.context.store.logs, request.scope());
    for _ in 0..ATTEMPTS {
        let read: Option<Read<T>> = logs.resource(kind, scope, id).await.map_err(store_fault)?;
        check(read.as_ref().map(|read| &read.value))?;
        let Some(read) = read else { return Ok(()) };
        match logs.delete_read(kind, scope, id, &read).await {
            Err(StoreError::Conflict) => {}
            other => return other.map_err(store_fault),
        }
    }
    Err(worded(wording::contended()))
}

/// That there is something to delete; `missing` is what to say if not.
///
/// # Errors
/// `missing`.
pub(crate) fn exists<T>(known: Option<&T>, missing: impl FnOnce() -> wording::Worded) -> Result<(), Fault> {
    known.map(|_| ()).ok_or_else(|| worded(missing()))
}
