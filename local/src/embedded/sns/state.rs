//! Topics and subscriptions, and the file that they rest in.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use serde::{Deserialize, Serialize};
use watchtrail_service::Fault;
use watchtrail_store::Scope;

use super::faults;
use crate::clock::write_whole;

/// All topics and subscriptions, of all accounts and regions.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct State {
    /// By ARN.
    pub(super) topics: BTreeMap<String, Topic>,
    /// By ARN, which begins with that of the topic.
    pub(super) subscriptions: BTreeMap<String, Subscription>,
}

/// A topic.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Topic {
    /// Those that were set.
    pub(super) attributes: BTreeMap<String, String>,
    pub(super) tags: BTreeMap<String, String>,
    /// How many of its subscriptions were deleted.
    pub(super) deleted: u64,
}

/// A subscription.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Subscription {
    pub(super) topic_arn: String,
    pub(super) protocol: Protocol,
    pub(super) endpoint: String,
    pub(super) owner: String,
    /// What the endpoint proves itself with.
    pub(super) token: String,
    pub(super) confirmed: bool,
    /// Those that were set.
    pub(super) attributes: BTreeMap<String, String>,
    /// Where the subscriber reached this host: `http://127.0.0.1:4700`. Links in messages begin with it.
    pub(super) origin: String,
}

/// The protocols that can be subscribed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Protocol {
    Http,
    Https,
    /// Never delivered and never confirmed; only listed.
    Email,
    /// The same.
    EmailJson,
}

impl Protocol {
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Http => "http",
            Self::Https => "https",
            Self::Email => "email",
            Self::EmailJson => "email-json",
        }
    }

    pub(super) const fn is_posted(self) -> bool {
        matches!(self, Self::Http | Self::Https)
    }
}

impl Subscription {
    pub(super) fn is_raw(&self) -> bool {
        self.attributes.get("RawMessageDelivery").is_some_and(|raw| raw == "true")
    }
}

impl State {
    /// # Errors
    /// `NotFound`.
    pub(super) fn topic(&mut self, arn: &str) -> Result<&mut Topic, Fault> {
        self.topics.get_mut(arn).ok_or_else(faults::no_topic)
    }

    /// # Errors
    /// `NotFound`.
    pub(super) fn subscription(&mut self, arn: &str) -> Result<&mut Subscription, Fault> {
        self.subscriptions.get_mut(arn).ok_or_else(faults::no_subscription)
    }

    /// The subscriptions of a topic, by ARN.
    pub(super) fn subscribed(&self, topic: &str) -> impl Iterator<Item = (&String, &Subscription)> {
        below(&self.subscriptions, format!("{topic}:"))
    }
}

/// The entries whose ARN begins with `prefix`, in order.
pub(super) fn below<T>(all: &BTreeMap<String, T>, prefix: String) -> impl Iterator<Item = (&String, &T)> {
    all.range(prefix.clone()..).take_while(move |(arn, _)| arn.starts_with(&prefix))
}

/// What the ARNs of a scope's topics begin with.
pub(super) fn arn_prefix(scope: &Scope) -> String {
    format!("arn:aws:sns:{}:{}:", scope.region, scope.account)
}

/// A state and its file.
#[derive(Debug)]
pub(super) struct Stored {
    state: Mutex<State>,
    file: PathBuf,
}

impl Stored {
    /// # Errors
    /// When the file is there and cannot be read.
    pub(super) fn open(file: &Path) -> io::Result<Self> {
        let state = match std::fs::read(file) {
            Ok(bytes) => serde_json::from_slice(&bytes)?,
            Err(error) if error.kind() == io::ErrorKind::NotFound => State::default(),
            Err(error) => return Err(error),
        };
        Ok(Self { state: Mutex::new(state), file: file.to_owned() })
    }

    pub(super) fn read<T>(&self, read: impl FnOnce(&State) -> T) -> T {
        read(&self.state.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Changes the state and writes it, whole or not at all.
    ///
    /// # Errors
    /// What `change` refuses, and an internal error when the file cannot be written; the state then is as before.
    pub(super) fn change<T>(&self, change: impl FnOnce(&mut State) -> Result<T, Fault>) -> Result<T, Fault> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let mut next = state.clone();
        let answer = change(&mut next)?;
        if next != *state {
            let written = serde_json::to_vec(&next)
                .map_err(io::Error::from)
                .and_then(|bytes| write_whole(&self.file, &bytes));
            written.map_err(|error| {
                tracing::error!(%error, file = %self.file.display(), "topics are not stored");
                faults::internal()
            })?;
            *state = next;
        }
        Ok(answer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_refused_changes_nothing_and_what_is_done_is_kept() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("sns.json");
        let stored = Stored::open(&file).unwrap();
        let arn = "arn:aws:sns:us-east-1:123456789012:a";
        let refused = stored.change(|state| {
            state.topics.insert(arn.to_owned(), Topic::default());
            Err::<(), _>(faults::no_topic())
        });
        assert!(refused.is_err() && stored.read(|state| state.topics.is_empty()));
        stored.change(|state| Ok(state.topics.insert(arn.to_owned(), Topic::default()))).unwrap();
        assert!(Stored::open(&file).unwrap().read(|state| state.topics.contains_key(arn)));
        std::fs::write(&file, "no JSON").unwrap();
        assert!(Stored::open(&file).is_err());
    }
}
