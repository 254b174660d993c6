//! What a warm process remembers of an account's trails: each call to write data asks whether one of them wants to know of it.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use watchtrail_core::time::Timestamp;

use super::{Trail, TrailStore};
use crate::error::StoreError;

/// After so many milliseconds they are read again: a change made elsewhere is known by then. What is changed by this process it knows
/// at once.
const STALE_AFTER: i64 = 10_000;

type Seen = (Timestamp, Arc<Vec<Trail>>);

#[derive(Debug, Default)]
pub(super) struct KnownTrails(Mutex<HashMap<String, Seen>>);

impl KnownTrails {
    fn get(&self, account: &str, now: Timestamp) -> Option<Arc<Vec<Trail>>> {
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (seen, trails) = known.get(account)?;
        (now.millis_since(*seen).abs() <= STALE_AFTER).then(|| Arc::clone(trails))
    }

    fn keep(&self, account: &str, now: Timestamp, trails: Arc<Vec<Trail>>) {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        known.insert(account.to_owned(), (now, trails));
    }

    pub(super) fn forget(&self, account: &str) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(account);
    }
}

impl TrailStore {
    /// The trails of an account as they were a moment ago.
    ///
    /// # Errors
    /// When DynamoDB does not answer.
    pub async fn known_trails(&self, account: &str, now: Timestamp) -> Result<Arc<Vec<Trail>>, StoreError> {
        if let Some(trails) = self.known.get(account, now) {
            return Ok(trails);
        }
        let read = self.trails(account).await?;
        let trails = Arc::new(read.into_iter().map(|read| read.value).collect());
        self.known.keep(account, now, Arc::clone(&trails));
        Ok(trails)
    }
}
