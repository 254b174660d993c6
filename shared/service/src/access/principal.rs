//! Whose request it is: an access key that was read, with what it signs and what it is for.

use aws_credential_types::Credentials;
use aws_smithy_runtime_api::client::identity::Identity;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use watchtrail_core::iam::{Policy, PolicyError};
use watchtrail_store::{AccessKey, KeyFacts, KeyStatus};

/// An access key, ready to be held against requests.
#[derive(Debug)]
pub struct Principal {
    /// What is known of the key.
    pub facts: KeyFacts,
    pub(super) policy: Result<Policy, PolicyError>,
    identity: Identity,
}

impl Principal {
    pub(super) fn of(key: AccessKey) -> Self {
        let policy = Policy::parse(&key.facts.policy);
        if let Err(error) = &policy {
            tracing::error!(key = key.facts.id, %error, "the policy of an access key is not understood");
        }
        Self { identity: identity(&key.facts.id, &key.secret), facts: key.facts, policy }
    }

    /// Somebody who has no key: a secret that nobody has.
    pub(super) fn nobody() -> Self {
        let facts = KeyFacts {
            id: "AKIAXXXXXXXXXXXXXXXX".to_owned(),
            account: String::new(),
            user: String::new(),
            status: KeyStatus::Inactive,
            created: 0,
            policy: String::new(),
        };
        // Whoever guessed it would still be nobody: its request is refused, signed or not.
        let identity = identity(&facts.id, "0000000000000000000000000000000000000000");
        Self { facts, policy: Err(PolicyError::Empty), identity }
    }

    /// Whether it may be used.
    pub fn is_active(&self) -> bool {
        self.facts.status == KeyStatus::Active
    }

    pub(super) fn identity(&self) -> &Identity {
        &self.identity
    }

    /// What the key signs with, for who verifies signatures by itself.
    pub fn secret(&self) -> &str {
        self.identity.data::<Credentials>().map_or("", Credentials::secret_access_key)
    }

    /// The user's ARN.
    pub fn arn(&self) -> String {
        format!("arn:aws:iam::{}:user/{}", self.facts.account, self.facts.user)
    }

    /// The user's id, the same for all keys of a user, in the form of IAM's.
    pub fn user_id(&self) -> String {
        let name = format!("{}/{}", self.facts.account, self.facts.user);
        let hash = STANDARD.encode(ring::digest::digest(&ring::digest::SHA256, name.as_bytes()));
        let letters = hash.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_uppercase());
        format!("AIDA{}", letters.take(17).collect::<String>())
    }
}

/// What `aws-sigv4` signs with.
pub(super) fn identity(id: &str, secret: &str) -> Identity {
    let credentials = Credentials::builder().access_key_id(id).secret_access_key(secret);
    credentials.provider_name("watchtrail").build().into()
}
