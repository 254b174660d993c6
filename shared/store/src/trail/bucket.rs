//! Trying the bucket of a trail before it is taken, without writing anything into it.

use super::TrailStore;
use crate::error::StoreError;

/// What S3 says of a bucket.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BucketTry {
    /// It is there, and the suite may use it (or it is in another region, which S3 tells apart only by a redirect).
    There,
    /// There is none of that name.
    Missing,
    /// It is there, and its policy keeps the suite out.
    Denied,
}

impl TrailStore {
    /// Asks S3 for a bucket.
    ///
    /// # Errors
    /// When S3 does not answer.
    pub async fn try_bucket(&self, bucket: &str) -> Result<BucketTry, StoreError> {
        Ok(match self.ledger.objects.in_bucket(bucket).bucket_status().await? {
            404 => BucketTry::Missing,
            401 | 403 => BucketTry::Denied,
            _ => BucketTry::There,
        })
    }
}
