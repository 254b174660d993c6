//! Access keys: who may call the suite, with which secret, and what for.
//!
//! A key is a document of the catalog, known by its id; its secret is sealed. Several keys may have the same user name: that is how a key is
//! rotated. When a key was last used is not kept: it would be a write on the path of every request, or an untruth.

use std::fmt;

use serde::{Deserialize, Serialize};
use watchtrail_core::time::Timestamp;

use crate::documents::Documents;
use crate::error::StoreError;
use crate::keys::item;
use crate::seal::{Randomness, Sealed, Sealer};

/// Whether a key may be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum KeyStatus {
    /// It may.
    Active,
    /// It may not, and can be made active again.
    Inactive,
}

/// What is known of a key besides its secret.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeyFacts {
    /// The access key id.
    pub id: String,
    /// Twelve digits.
    pub account: String,
    /// Whose key it is.
    pub user: String,
    /// Whether it may be used.
    pub status: KeyStatus,
    /// When it was made, epoch milliseconds.
    pub created: i64,
    /// What it is for, in IAM's language.
    pub policy: String,
}

impl KeyFacts {
    /// When it was made.
    pub fn created(&self) -> Timestamp {
        Timestamp::from_millis(self.created)
    }
}

/// A key with its secret.
#[derive(Clone, PartialEq, Eq)]
pub struct AccessKey {
    /// What is known of it.
    pub facts: KeyFacts,
    /// What requests are signed with.
    pub secret: String,
}

impl fmt::Debug for AccessKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AccessKey").field("facts", &self.facts).finish_non_exhaustive()
    }
}

/// As it rests.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Kept {
    #[serde(flatten)]
    facts: KeyFacts,
    secret: Sealed,
}

/// The access keys.
#[derive(Debug, Clone)]
pub struct AccessStore {
    documents: Documents,
    sealer: Sealer,
}

/// An id of a key in the catalog: as long and of such characters as AWS's may be.
pub fn is_key_id(text: &str) -> bool {
    (1..=128).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

fn place(id: &str) -> (String, String) {
    (item::ACCESS_KEYS.to_owned(), id.to_owned())
}

impl AccessStore {
    pub(crate) fn new(documents: Documents, sealer: Sealer) -> Self {
        Self { documents, sealer }
    }

    /// Puts a new key.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] when there is one of that id.
    pub async fn create(&self, key: &AccessKey, random: Randomness<'_>) -> Result<(), StoreError> {
        let place = place(&key.facts.id);
        let secret = self.sealer.seal(&place, key.secret.as_bytes(), random).await?;
        self.documents.put(place, None, &Kept { facts: key.facts.clone(), secret }).await
    }

    /// The key of an id.
    ///
    /// # Errors
    /// When DynamoDB does not answer, or when its secret cannot be opened.
    pub async fn get(&self, id: &str) -> Result<Option<AccessKey>, StoreError> {
        if !is_key_id(id) {
            return Ok(None);
        }
        let Some(read) = self.documents.get::<Kept>(place(id)).await? else { return Ok(None) };
        let secret = self.sealer.open(&place(id), &read.value.secret).await?;
        let secret =
            String::from_utf8(secret).map_err(|error| StoreError::corrupt("a secret access key", error))?;
        Ok(Some(AccessKey { facts: read.value.facts, secret }))
    }

    /// All keys, by id.
    ///
    /// # Errors
    /// When DynamoDB does not answer.
    pub async fn list(&self) -> Result<Vec<KeyFacts>, StoreError> {
        let kept = self.documents.list::<Kept>(item::ACCESS_KEYS.to_owned(), None, usize::MAX - 1).await?;
        Ok(kept.into_iter().map(|kept| kept.value.facts).collect())
    }

    /// Changes what is known of a key; `None` when there is none of that id.
    ///
    /// # Errors
    /// When DynamoDB does not answer.
    pub async fn change(
        &self,
        id: &str,
        change: impl Fn(&mut KeyFacts) + Send,
    ) -> Result<Option<KeyFacts>, StoreError> {
        if !is_key_id(id) {
            return Ok(None);
        }
        loop {
            let Some(read) = self.documents.get::<Kept>(place(id)).await? else { return Ok(None) };
            let mut kept = read.value.clone();
            change(&mut kept.facts);
            match self.documents.put(place(id), Some(&read), &kept).await {
                Ok(()) => return Ok(Some(kept.facts)),
                // Somebody else changed it meanwhile: what they changed stays.
                Err(StoreError::Conflict) => {}
                Err(error) => return Err(error),
            }
        }
    }

    /// Removes a key for good; whether there was one.
    ///
    /// # Errors
    /// When DynamoDB does not answer.
    pub async fn revoke(&self, id: &str) -> Result<bool, StoreError> {
        if !is_key_id(id) || self.documents.get::<Kept>(place(id)).await?.is_none() {
            return Ok(false);
        }
        self.documents.delete::<Kept>(place(id), None).await?;
        Ok(true)
    }

    /// Takes the keys of another store over, as far as there are none of their ids here: a reset forgets data, not who may use the suite.
    ///
    /// # Errors
    /// When DynamoDB does not answer.
    pub async fn take_over(&self, from: &Self) -> Result<(), StoreError> {
        for kept in from.documents.list::<Kept>(item::ACCESS_KEYS.to_owned(), None, usize::MAX - 1).await? {
            match self.documents.put(place(&kept.value.facts.id), None, &kept.value).await {
                Ok(()) | Err(StoreError::Conflict) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }
}
