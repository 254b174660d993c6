//! What became of a trail's deliveries.

use super::{Trail, TrailStatus, TrailStore};
use crate::error::StoreError;

impl TrailStore {
    /// What became of a trail's deliveries.
    ///
    /// # Errors
    /// When DynamoDB does not answer.
    #[expect(clippy::unused_async, reason = "to be replaced")]
    pub async fn status(&self, _trail: &Trail) -> Result<TrailStatus, StoreError> {
        Ok(TrailStatus::default())
    }
}
