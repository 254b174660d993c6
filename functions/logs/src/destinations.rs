//! Destinations: what a subscription of another account is sent to.
//!
//! AWS: <https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutDestination.html>.

use serde::{Deserialize, Serialize};
use watchtrail_service::{Fault, Request, store_fault};
use watchtrail_store::Scope;
use watchtrail_store::logs::{Kind, Read};
use watchtrail_wire::shapes::logs as wire;

/// A destination, as it is stored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Destination {
    /// Unique in its account and region.
    pub(crate) name: String,
    /// The ARN of a Kinesis stream or of a delivery stream.
    pub(crate) target: String,
    /// The role that AWS would assume to write to it.
    pub(crate) role: String,
    /// Who may subscribe to it: an IAM policy.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) policy: Option<String>,
    /// Epoch milliseconds.
    pub(crate) created: i64,
}

impl Destination {
    /// What AWS shows of it.
    pub(crate) fn shape(self, scope: &Scope) -> wire::Destination {
        wire::Destination {
            arn: Some(arn(scope, &self.name)),
            destination_name: Some(self.name),
            target_arn: Some(self.target),
            role_arn: Some(self.role),
            access_policy: self.policy,
            creation_time: Some(self.created),
        }
    }
}

/// The ARN of a destination.
pub(crate) fn arn(scope: &Scope, name: &str) -> String {
    format!("arn:aws:logs:{}:{}:destination:{name}", scope.region, scope.account)
}

/// The place and the name of the destination in an ARN.
pub(crate) fn in_arn(arn: &str) -> Option<(Scope, String)> {
    let parts: Vec<&str> = arn.splitn(7, ':').collect();
    let ["arn", _, "logs", region, account, "destination", name] = parts[..] else { return None };
    let place = Scope { account: account.to_owned(), region: region.to_owned() };
    (!name.is_empty()).then(|| (place, name.to_owned()))
}

/// The destination of a name in an account and region.
///
/// # Errors
/// The store's failure.
pub(crate) async fn read(
    request: &Request<'_>,
    place: &Scope,
    name: &str,
) -> Result<Option<Read<Destination>>, Fault> {
    let logs = &request.context.store.logs;
    logs.resource(Kind::Destination, place, name).await.map_err(store_fault)
}
