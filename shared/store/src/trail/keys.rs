//! Public keys of digests.

use super::TrailStore;
use crate::error::StoreError;
use crate::keys::Scope;

/// A public key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublicKey {
    /// PKCS#1 `RSAPublicKey`.
    pub der: Vec<u8>,
    /// Hexadecimal.
    pub fingerprint: String,
    /// Epoch milliseconds.
    pub from: i64,
    /// Epoch milliseconds.
    pub to: i64,
}

impl TrailStore {
    /// The keys that were valid in a range of epoch milliseconds.
    ///
    /// # Errors
    /// When DynamoDB does not answer.
    #[expect(clippy::unused_async, reason = "to be replaced")]
    pub async fn public_keys(
        &self,
        _scope: &Scope,
        _range: std::ops::RangeInclusive<i64>,
    ) -> Result<Vec<PublicKey>, StoreError> {
        Ok(vec![])
    }
}
