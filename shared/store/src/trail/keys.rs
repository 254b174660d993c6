//! The keys that digests are signed with: RSA of 2048 bits, one for each account and region, made when it is first needed and another one
//! each year. They are kept in the catalog, old ones too, since old digests are to be checked.
//!
//! `ring` signs; it cannot make keys, so `rsa` makes them, of randomness that the caller brings.

use std::collections::HashMap;
use std::ops::RangeInclusive;
use std::sync::{Arc, Mutex, PoisonError};

use rand_chacha_of_rsa::ChaCha20Rng;
use rand_chacha_of_rsa::rand_core::SeedableRng as _;
use ring::signature::{RSA_PKCS1_SHA256, RsaKeyPair};
use rsa::RsaPrivateKey;
use rsa::pkcs1::EncodeRsaPrivateKey as _;
use serde::{Deserialize, Serialize};
use watchtrail_core::time::{DAY, Timestamp};

use super::TrailStore;
use super::files::hex;
use crate::documents::Read;
use crate::error::StoreError;
use crate::keys::{Scope, item};
use crate::seal::Sealed;

const BITS: usize = 2_048;

/// A key signs for so long (milliseconds).
const USED: i64 = 365 * DAY;

/// A digest of a time before the key's is signed with it, too, when hours are caught up: it is listed from so long before (milliseconds).
const BEFORE: i64 = 30 * DAY;

/// A public key, as ListPublicKeys tells it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublicKey {
    /// PKCS #1 `RSAPublicKey`.
    pub der: Vec<u8>,
    /// What digests name it by.
    pub fingerprint: String,
    /// Valid from, epoch milliseconds …
    pub from: i64,
    /// … to, epoch milliseconds.
    pub to: i64,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
struct Kept {
    /// PKCS #1 `RSAPrivateKey`; rests as it is only where it was made before there was a sealing key.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    private: Vec<u8>,
    /// The same, sealed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    sealed: Option<Sealed>,
    /// When it was made, epoch milliseconds.
    made: i64,
}

/// A key that signs.
#[derive(Debug)]
pub struct SigningKey {
    pair: RsaKeyPair,
    made: i64,
}

impl SigningKey {
    fn of(kept: &Kept) -> Result<Self, StoreError> {
        let pair = RsaKeyPair::from_der(&kept.private)
            .map_err(|error| StoreError::corrupt("a key of digests", error))?;
        Ok(Self { pair, made: kept.made })
    }

    /// What digests name the key by.
    pub fn fingerprint(&self) -> String {
        let hash = super::sha256(self.pair.public().as_ref());
        hash.get(..32).unwrap_or_default().to_owned()
    }

    /// The signature of a text (PKCS #1 v1.5 over SHA-256), in hex.
    ///
    /// # Errors
    /// When the key does not sign, which none that was made here is known to.
    pub fn sign(&self, text: &str) -> Result<String, StoreError> {
        let mut signature = vec![0; self.pair.public().modulus_len()];
        // This kind of signature takes no randomness, whatever it is offered.
        let none = ring::rand::SystemRandom::new();
        self.pair
            .sign(&RSA_PKCS1_SHA256, &none, text.as_bytes(), &mut signature)
            .map_err(|error| StoreError::corrupt("a signature", error))?;
        Ok(hex(&signature))
    }

    fn public(&self) -> PublicKey {
        PublicKey {
            der: self.pair.public().as_ref().to_vec(),
            fingerprint: self.fingerprint(),
            from: self.made.saturating_sub(BEFORE),
            to: self.made.saturating_add(USED),
        }
    }
}

fn place(pk: String, number: usize) -> (String, String) {
    (pk, format!("{number:06}"))
}

/// The keys that a process has read: reading one takes as long as many signatures. A key that was made never changes, and has its number
/// in its scope for ever.
#[derive(Debug, Default)]
pub(super) struct KnownKeys(Mutex<HashMap<(Scope, usize), Arc<SigningKey>>>);

impl KnownKeys {
    fn get(&self, scope: &Scope, number: usize, kept: &Kept) -> Result<Arc<SigningKey>, StoreError> {
        let all = || self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let place = (scope.clone(), number);
        if let Some(known) = all().get(&place) {
            return Ok(Arc::clone(known));
        }
        let key = Arc::new(SigningKey::of(kept)?);
        all().insert(place, Arc::clone(&key));
        Ok(key)
    }
}

fn make(seed: [u8; 32]) -> Result<Vec<u8>, StoreError> {
    let wrong = |error: &dyn std::fmt::Display| StoreError::corrupt("a key that was to be made", error);
    let key = RsaPrivateKey::new(&mut ChaCha20Rng::from_seed(seed), BITS).map_err(|error| wrong(&error))?;
    Ok(key.to_pkcs1_der().map_err(|error| wrong(&error))?.as_bytes().to_vec())
}

impl TrailStore {
    async fn kept_keys(&self, scope: &Scope) -> Result<Vec<Read<Kept>>, StoreError> {
        let pk = item::trail_resources("keys", scope);
        let mut kept: Vec<Read<Kept>> = self.ledger.documents.list(pk.clone(), None, usize::MAX - 1).await?;
        for (number, read) in kept.iter_mut().enumerate() {
            if let Some(sealed) = &read.value.sealed {
                read.value.private = self.ledger.sealer.open(&place(pk.clone(), number), sealed).await?;
            }
        }
        Ok(kept)
    }

    /// The key to sign with at a time; made of `seed` where there is none. All workers come to the same one.
    ///
    /// # Errors
    /// When DynamoDB does not answer.
    pub async fn signing_key(
        &self,
        scope: &Scope,
        at: Timestamp,
        seed: impl Fn() -> [u8; 32] + Send + Sync,
    ) -> Result<Arc<SigningKey>, StoreError> {
        let kept = self.kept_keys(scope).await?;
        let number = kept.len();
        // The first that is not too old, so that a digest that is made again is signed as before.
        let first = kept.iter().position(|kept| at.millis() < kept.value.made.saturating_add(USED));
        if let Some((first, kept)) = first.and_then(|first| Some((first, kept.get(first)?))) {
            return self.signing.get(scope, first, &kept.value);
        }
        let random = seed();
        // Looking for primes takes long: not on a thread that others wait for.
        let private = tokio::task::spawn_blocking(move || make(random))
            .await
            .map_err(|error| StoreError::corrupt("a key that was to be made", error))??;
        let key = place(item::trail_resources("keys", scope), number);
        let made = Kept { private, sealed: None, made: at.millis() };
        let resting = if self.ledger.sealer.is_there() {
            let sealed = self.ledger.sealer.seal(&key, &made.private, &seed).await?;
            Kept { private: Vec::new(), sealed: Some(sealed), made: made.made }
        } else {
            made.clone()
        };
        match self.ledger.documents.put(key, None, &resting).await {
            Ok(()) => self.signing.get(scope, number, &made),
            Err(StoreError::Conflict) => {
                let kept = self.kept_keys(scope).await?;
                let theirs = kept.get(number).ok_or(StoreError::Conflict)?;
                self.signing.get(scope, number, &theirs.value)
            }
            Err(error) => Err(error),
        }
    }

    /// The public keys that were or are valid at some time of `range` (epoch milliseconds), the oldest first.
    ///
    /// # Errors
    /// When DynamoDB does not answer.
    pub async fn public_keys(
        &self,
        scope: &Scope,
        range: RangeInclusive<i64>,
    ) -> Result<Vec<PublicKey>, StoreError> {
        let mut keys = Vec::new();
        for (number, kept) in self.kept_keys(scope).await?.iter().enumerate() {
            let key = self.signing.get(scope, number, &kept.value)?.public();
            if key.from <= *range.end() && key.to >= *range.start() {
                keys.push(key);
            }
        }
        Ok(keys)
    }
}

#[cfg(test)]
mod tests {
    use ring::signature::{RSA_PKCS1_2048_8192_SHA256, UnparsedPublicKey};

    use super::*;

    #[test]
    fn what_is_signed_can_be_checked() {
        let key = SigningKey::of(&Kept { private: make([7; 32]).unwrap(), sealed: None, made: 0 }).unwrap();
        let signature = key.sign("text").unwrap();
        assert_eq!(signature.len(), 512);
        let bytes: Vec<u8> =
            (0..256).map(|at| u8::from_str_radix(&signature[2 * at..2 * at + 2], 16).unwrap()).collect();
        let public = UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, key.public().der);
        assert!(public.verify(b"text", &bytes).is_ok());
        assert!(public.verify(b"test", &bytes).is_err());
        assert_eq!(key.fingerprint().len(), 32);
    }
}
