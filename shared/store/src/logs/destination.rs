//! Destinations: names that subscriptions of other accounts send to, each of which forwards to a stream.
//!
//! Only what is stored of them, and how a subscription's destination leads to a service; `PutDestination` judges them. AWS:
//! <https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_Destination.html>.

use serde::{Deserialize, Serialize};

use super::{Kind, LogStore};
use crate::error::StoreError;
use crate::keys::Scope;
use crate::outbound::Route;

/// A destination, as `PutDestination` and `PutDestinationPolicy` left it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LogDestination {
    /// Unique in its account and region.
    pub name: String,
    /// The ARN of the Kinesis stream or of the delivery stream that it forwards to.
    pub target: String,
    /// The role that AWS would assume to write to it.
    pub role: String,
    /// Who may subscribe: an IAM policy document, JSON.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub policy: Option<String>,
    /// Epoch milliseconds.
    pub created: i64,
}

impl LogStore {
    /// Where a subscription's destination leads: to a service, or by a destination's name to one. `None` when it leads nowhere.
    ///
    /// # Errors
    /// When DynamoDB does not answer.
    pub async fn route(&self, arn: &str) -> Result<Option<Route>, StoreError> {
        let parts: Vec<&str> = arn.splitn(7, ':').collect();
        let [_, _, "logs", region, account, "destination", name] = parts[..] else {
            return Ok(Route::parse(arn));
        };
        let scope = Scope { account: account.to_owned(), region: region.to_owned() };
        let found = self.resource::<LogDestination>(Kind::Destination, &scope, name).await?;
        Ok(found.and_then(|found| Route::parse(&found.value.target)))
    }
}
