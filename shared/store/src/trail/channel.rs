//! Channels, by which applications put audit events of their own: one JSON document each.

use serde::{Deserialize, Serialize};

use super::TrailStore;
use crate::documents::Read;
use crate::error::StoreError;
use crate::keys::{Scope, item};

/// The kind of resource, in keys.
const KIND: &str = "channels";

/// A channel, as it is kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Channel {
    /// The last part of its ARN.
    pub id: String,
    /// Unique in its scope.
    pub name: String,
    /// Where events come from: `Custom`.
    pub source: String,
    /// What events go to: type and location.
    pub destinations: Vec<(String, String)>,
    /// Epoch milliseconds.
    pub created: i64,
}

impl Channel {
    /// `arn:aws:cloudtrail:<region>:<account>:channel/<id>`
    pub fn arn(&self, scope: &Scope) -> String {
        format!("arn:aws:cloudtrail:{}:{}:channel/{}", scope.region, scope.account, self.id)
    }
}

impl TrailStore {
    /// A channel.
    ///
    /// # Errors
    /// When DynamoDB does not answer.
    pub async fn channel(&self, scope: &Scope, id: &str) -> Result<Option<Read<Channel>>, StoreError> {
        self.ledger.documents.get(key(scope, id)).await
    }

    /// All channels of a scope, by id.
    ///
    /// # Errors
    /// When DynamoDB does not answer.
    pub async fn channels(&self, scope: &Scope) -> Result<Vec<Read<Channel>>, StoreError> {
        self.ledger.documents.list(item::trail_resources(KIND, scope), None, usize::MAX - 1).await
    }

    /// Puts a channel, if what is there is still what the caller read (`None`: nothing).
    ///
    /// # Errors
    /// [`StoreError::Conflict`] when somebody else changed it meanwhile.
    pub async fn put_channel(
        &self,
        scope: &Scope,
        read: Option<&Read<Channel>>,
        channel: &Channel,
    ) -> Result<(), StoreError> {
        self.ledger.documents.put(key(scope, &channel.id), read, channel).await
    }

    /// Deletes a channel; one that is not there is no error.
    ///
    /// # Errors
    /// When DynamoDB does not answer.
    pub async fn delete_channel(&self, scope: &Scope, id: &str) -> Result<(), StoreError> {
        self.ledger.documents.delete::<()>(key(scope, id), None).await
    }
}

fn key(scope: &Scope, id: &str) -> (String, String) {
    (item::trail_resources(KIND, scope), id.to_owned())
}
