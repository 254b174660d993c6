//! Destinations: names that other accounts' subscriptions send to, each of which forwards to a stream.
//!
//! Only what is stored of them; `PutDestination` judges it. AWS:
//! <https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_Destination.html>.

use serde::{Deserialize, Serialize};

/// A destination, as `PutDestination` and `PutDestinationPolicy` left it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LogDestination {
    /// Unique in its account and region.
    pub name: String,
    /// The ARN of the Kinesis stream or the Firehose delivery stream that it forwards to.
    pub target_arn: String,
    /// The role that AWS would assume to write to it.
    pub role_arn: String,
    /// Who may subscribe: an IAM policy document, JSON.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub access_policy: Option<String>,
    /// Its own ARN.
    pub arn: String,
    /// Epoch milliseconds.
    pub created: i64,
}
