//! Files of other buckets, and what could not be read of them.

use bytes::Bytes;
use serde::{Deserialize, Serialize};
use watchtrail_core::time::{Day, Timestamp};

use super::TrailStore;
use crate::error::StoreError;

/// Something that came in and could not be read. It is an object of its own in the data bucket, so that it can be looked at, mended
/// and sent again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Aside {
    /// The kind of message, or the file's URL.
    pub from: String,
    /// Why it could not be read.
    pub reason: String,
    /// What it says; empty for a file, which is still where it was.
    pub text: String,
}

impl TrailStore {
    /// A file of any bucket; `None` when it is not there.
    ///
    /// # Errors
    /// When S3 does not answer or refuses.
    pub async fn file(&self, bucket: &str, key: &str) -> Result<Option<Bytes>, StoreError> {
        match self.ledger.objects.in_bucket(bucket).get(key, None).await {
            Ok(bytes) => Ok(Some(bytes)),
            Err(StoreError::Gone(_)) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// A page of the keys of a bucket: the keys, and where to go on.
    ///
    /// # Errors
    /// When S3 does not answer or refuses.
    pub async fn files(
        &self,
        bucket: &str,
        prefix: &str,
        next: Option<&str>,
    ) -> Result<(Vec<String>, Option<String>), StoreError> {
        self.ledger.objects.in_bucket(bucket).list(prefix, next.map(str::to_owned)).await
    }

    /// Keeps something aside. The same is kept once.
    ///
    /// # Errors
    /// When S3 does not answer.
    pub async fn keep_aside(&self, aside: &Aside, now: Timestamp) -> Result<(), StoreError> {
        let json =
            serde_json::to_vec(aside).map_err(|error| StoreError::corrupt("what is kept aside", error))?;
        let hash = xxhash_rust::xxh3::xxh3_64(&json);
        let key = format!("trail-aside/date={}/{hash:016x}.json", Day::of(now));
        self.ledger.objects.put(&key, json).await
    }
}
