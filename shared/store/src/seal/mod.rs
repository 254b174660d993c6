//! Small secrets at rest: what may not be readable in the catalog is sealed by AES-256-GCM under one key of the suite.
//!
//! The sealing key has a home outside of the catalog ([`SealingHome`]). A sealed text belongs to the item that it stands in: the item's
//! key is authenticated with it, so that it cannot be moved to another. The home may hold several keys, each with an id: the first one seals,
//! all open. To rotate the key put another one in front of the old.

mod home;

use std::fmt;
use std::sync::{Arc, PoisonError, RwLock};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
pub use home::SealingHome;
use ring::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use serde::{Deserialize, Serialize};

use crate::error::StoreError;

/// Where fresh randomness comes from.
pub type Randomness<'a> = &'a (dyn Fn() -> [u8; 32] + Send + Sync);

/// A sealed text, as it rests.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Sealed {
    /// The id of the key that it was sealed under.
    key: String,
    /// Nonce, ciphertext and tag, in base64.
    text: String,
}

/// The keys of a home, the first one first.
struct Keys(Vec<(String, LessSafeKey)>);

impl Keys {
    fn of(kept: &[home::Kept]) -> Result<Self, StoreError> {
        let wrong = |why: &dyn fmt::Display| StoreError::corrupt("the sealing key", why);
        let one = |kept: &home::Kept| {
            let bytes = STANDARD.decode(&kept.key).map_err(|error| wrong(&error))?;
            let key = UnboundKey::new(&AES_256_GCM, &bytes).map_err(|error| wrong(&error))?;
            Ok((kept.id.clone(), LessSafeKey::new(key)))
        };
        kept.iter().map(one).collect::<Result<_, _>>().map(Self)
    }

    fn named(&self, id: &str) -> Option<&LessSafeKey> {
        self.0.iter().find(|(known, _)| known == id).map(|(_, key)| key)
    }
}

/// Seals and opens; reads its key once for the process, and again when it meets one that it does not know.
#[derive(Clone)]
pub(crate) struct Sealer {
    home: Option<SealingHome>,
    known: Arc<RwLock<Option<Arc<Keys>>>>,
}

impl fmt::Debug for Sealer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sealer").field("home", &self.home).finish_non_exhaustive()
    }
}

impl Sealer {
    pub(crate) fn new(home: Option<SealingHome>) -> Self {
        Self { home, known: Arc::default() }
    }

    /// Whether there is a home at all; tests and tools may have none.
    pub(crate) fn is_there(&self) -> bool {
        self.home.is_some()
    }

    fn home(&self) -> Result<&SealingHome, StoreError> {
        self.home.as_ref().ok_or_else(|| StoreError::corrupt("the sealing key", "no place was named for it"))
    }

    fn known(&self) -> Option<Arc<Keys>> {
        self.known.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn keep(&self, kept: &[home::Kept]) -> Result<Arc<Keys>, StoreError> {
        let keys = Arc::new(Keys::of(kept)?);
        *self.known.write().unwrap_or_else(PoisonError::into_inner) = Some(Arc::clone(&keys));
        Ok(keys)
    }

    /// Seals what is to stand in an item. Makes the key where there is none; all who do so at once come to the same one.
    ///
    /// # Errors
    /// When the home does not answer.
    pub(crate) async fn seal(
        &self,
        item: &(String, String),
        secret: &[u8],
        random: Randomness<'_>,
    ) -> Result<Sealed, StoreError> {
        let keys = match self.known() {
            Some(keys) => keys,
            None => self.keep(&self.home()?.read_or_make(random).await?)?,
        };
        let (id, key) =
            keys.0.first().ok_or_else(|| StoreError::corrupt("the sealing key", "it has no key"))?;
        let mut nonce = [0; NONCE_LEN];
        nonce.copy_from_slice(&fresh(random)?[..NONCE_LEN]);
        let mut sealed = secret.to_vec();
        key.seal_in_place_append_tag(Nonce::assume_unique_for_key(nonce), aad(item), &mut sealed)
            .map_err(|error| StoreError::corrupt("a secret that was to be sealed", error))?;
        let text = STANDARD.encode([&nonce[..], &sealed].concat());
        Ok(Sealed { key: id.clone(), text })
    }

    /// Opens what stands in an item.
    ///
    /// # Errors
    /// When the home does not answer, or when it was not sealed for this item by a key of the home.
    pub(crate) async fn open(&self, item: &(String, String), sealed: &Sealed) -> Result<Vec<u8>, StoreError> {
        let wrong = |why: &dyn fmt::Display| StoreError::corrupt(format!("a sealed text of {}", item.0), why);
        let known = self.known().filter(|keys| keys.named(&sealed.key).is_some());
        let keys = match known {
            Some(keys) => keys,
            None => self.keep(&self.home()?.read().await?.unwrap_or_default())?,
        };
        let key = keys.named(&sealed.key).ok_or_else(|| wrong(&"its key is not there"))?;
        let bytes = STANDARD.decode(&sealed.text).map_err(|error| wrong(&error))?;
        let (nonce, text) = bytes.split_at_checked(NONCE_LEN).ok_or_else(|| wrong(&"it is too short"))?;
        let nonce = Nonce::try_assume_unique_for_key(nonce).map_err(|error| wrong(&error))?;
        let mut text = text.to_vec();
        let opened = key.open_in_place(nonce, aad(item), &mut text).map_err(|error| wrong(&error))?;
        Ok(opened.to_vec())
    }
}

/// Randomness that is some: a system whose generator failed must make no keys.
fn fresh(random: Randomness<'_>) -> Result<[u8; 32], StoreError> {
    let bytes = random();
    let is_some = bytes[..16] != [0; 16] && bytes[16..] != [0; 16];
    is_some.then_some(bytes).ok_or_else(|| StoreError::corrupt("the system's randomness", "there is none"))
}

/// A length before each part: no two items have the same.
fn aad(item: &(String, String)) -> Aad<Vec<u8>> {
    let (pk, sk) = (item.0.as_bytes(), item.1.as_bytes());
    Aad::from([&pk.len().to_be_bytes()[..], pk, &sk.len().to_be_bytes()[..], sk].concat())
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU8, Ordering};

    use super::*;

    fn random() -> [u8; 32] {
        static NEXT: AtomicU8 = AtomicU8::new(1);
        [NEXT.fetch_add(1, Ordering::Relaxed); 32]
    }

    fn item(pk: &str, sk: &str) -> (String, String) {
        (pk.to_owned(), sk.to_owned())
    }

    fn folder(name: &str) -> std::path::PathBuf {
        let folder = std::env::temp_dir().join(format!("watchtrail-seal-{}-{name}", std::process::id()));
        let _ = std::fs::remove_dir_all(&folder);
        std::fs::create_dir_all(&folder).unwrap();
        folder
    }

    #[tokio::test]
    async fn a_sealed_text_opens_in_its_own_item_alone() {
        let folder = folder("item");
        let sealer = || Sealer::new(Some(SealingHome::File(folder.join("sealing-key"))));
        let sealed = sealer().seal(&item("a", "b"), b"secret", &random).await.unwrap();
        assert!(!format!("{sealed:?}").contains("secret"));
        assert_eq!(sealer().open(&item("a", "b"), &sealed).await.unwrap(), b"secret");
        for other in [item("a", "c"), item("ab", ""), item("", "ab")] {
            assert!(sealer().open(&other, &sealed).await.is_err(), "{other:?}");
        }
        let again = sealer().seal(&item("a", "b"), b"secret", &random).await.unwrap();
        assert_ne!(again, sealed);
        std::fs::remove_dir_all(folder).unwrap();
    }

    #[tokio::test]
    async fn a_new_key_in_front_seals_and_the_old_one_still_opens() {
        let folder = folder("rotated");
        let file = folder.join("sealing-key");
        let old = Sealer::new(Some(SealingHome::File(file.clone())));
        let before = old.seal(&item("a", "b"), b"old", &random).await.unwrap();
        let mut kept: serde_json::Value = serde_json::from_slice(&std::fs::read(&file).unwrap()).unwrap();
        let fresh = serde_json::json!({ "id": "second", "key": STANDARD.encode([9; 32]) });
        kept["keys"].as_array_mut().unwrap().insert(0, fresh);
        std::fs::write(&file, kept.to_string()).unwrap();
        let new = Sealer::new(Some(SealingHome::File(file)));
        let after = new.seal(&item("a", "b"), b"new", &random).await.unwrap();
        assert_eq!(after.key, "second");
        assert_eq!(new.open(&item("a", "b"), &before).await.unwrap(), b"old");
        // A process that runs on reads the home again.
        assert_eq!(old.open(&item("a", "b"), &after).await.unwrap(), b"new");
        std::fs::remove_dir_all(folder).unwrap();
    }

    #[tokio::test]
    async fn without_randomness_nothing_is_sealed() {
        let folder = folder("zero");
        let sealer = Sealer::new(Some(SealingHome::File(folder.join("sealing-key"))));
        assert!(sealer.seal(&item("a", "b"), b"x", &|| [0; 32]).await.is_err());
        assert!(!folder.join("sealing-key").exists());
        std::fs::remove_dir_all(folder).unwrap();
    }
}
