//! Destinations: what a subscription of another account is sent to.
//!
//! AWS: <https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutDestination.html>.

use watchtrail_service::{Fault, Request, store_fault};
use watchtrail_store::Scope;
pub(crate) use watchtrail_store::logs::LogDestination as Destination;
use watchtrail_store::logs::{Kind, Read};
use watchtrail_wire::shapes::logs as wire;

/// What AWS shows of a destination.
pub(crate) fn shape(destination: Destination, scope: &Scope) -> wire::Destination {
    wire::Destination {
        arn: Some(arn(scope, &destination.name)),
        destination_name: Some(destination.name),
        target_arn: Some(destination.target),
        role_arn: Some(destination.role),
        access_policy: destination.policy,
        creation_time: Some(destination.created),
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
