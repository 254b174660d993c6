//! Files of other buckets.

use bytes::Bytes;

use super::TrailStore;
use crate::error::StoreError;

impl TrailStore {
    /// A file of any bucket; `None` when it is not there.
    ///
    /// # Errors
    /// When S3 does not answer or refuses.
    pub async fn object(&self, bucket: &str, key: &str) -> Result<Option<Bytes>, StoreError> {
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
    pub async fn objects(
        &self,
        bucket: &str,
        prefix: &str,
        next: Option<&str>,
    ) -> Result<(Vec<String>, Option<String>), StoreError> {
        self.ledger.objects.in_bucket(bucket).list(prefix, next.map(str::to_owned)).await
    }
}
