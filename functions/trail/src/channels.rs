//! Channels, by which applications put audit events of their own.
//!
//! AWS's channels lead to event data stores of CloudTrail Lake. The suite has none: what comes by a channel becomes part of the event history of
//! the channel's account and region, is found by LookupEvents, and is delivered by the trails that log management events. So that nobody takes it for
//! an event data store that can be queried, a channel's only destination is named for what it is:
//! `arn:aws:cloudtrail:<region>:<account>:eventdatastore/event-history` (or `event-history` alone). Other event data stores do not exist, and are refused as such.
//! Only channels of source `Custom` are taken. When events came last by a channel (`IngestionStatus`) is not kept: it would be a second write for each request.

use watchtrail_service::wording::trail as wording;
use watchtrail_service::{Fault, Request, store_fault};
use watchtrail_store::trail::Channel;
use watchtrail_store::{Read, Scope};
use watchtrail_wire::shapes::cloudtrail::Destination;

use crate::faults::worded;

/// Channels of a scope, with one source: AWS's limit.
pub(crate) const MOST: usize = 25;
/// The only source.
pub(crate) const CUSTOM: &str = "Custom";
/// The only type of destination.
const STORE: &str = "EVENT_DATA_STORE";
/// The only destination.
const HISTORY: &str = "event-history";

/// The scope and the id in a channel's ARN.
pub(crate) fn in_arn(arn: &str) -> Option<(Scope, String)> {
    let parts: Vec<&str> = arn.splitn(6, ':').collect();
    let ["arn", _, "cloudtrail", region, account, resource] = parts[..] else { return None };
    let id = resource.strip_prefix("channel/").filter(|id| is_id(id))?;
    let scope = Scope { account: account.to_owned(), region: region.to_owned() };
    (!region.is_empty() && !account.is_empty()).then(|| (scope, id.to_owned()))
}

fn is_id(text: &str) -> bool {
    (1..=64).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
}

/// The channel that a request names by its ARN, or the ARN's last part.
///
/// # Errors
/// When there is none in the caller's scope.
pub(crate) async fn find(request: &Request<'_>, given: Option<String>) -> Result<Read<Channel>, Fault> {
    let given = given.unwrap_or_default();
    let (scope, id) = match in_arn(&given) {
        Some(named) => named,
        None if is_id(&given) => (request.scope().clone(), given.clone()),
        None => return Err(worded(wording::channel_arn(&given))),
    };
    let missing = || worded(wording::no_such_channel(&given));
    if scope != *request.scope() {
        return Err(missing());
    }
    request.context.store.trail.channel(&scope, &id).await.map_err(store_fault)?.ok_or_else(missing)
}

/// Reads and checks the destinations of a channel.
///
/// # Errors
/// When one of them is anything but the event history.
pub(crate) fn destinations(
    scope: &Scope,
    given: Option<Vec<Destination>>,
) -> Result<Vec<(String, String)>, Fault> {
    let history = format!("arn:aws:cloudtrail:{}:{}:eventdatastore/{HISTORY}", scope.region, scope.account);
    let read = |destination: Destination| {
        let kind = destination.r#type.unwrap_or_default();
        let location = destination.location.unwrap_or_default();
        if kind != STORE {
            return Err(worded(wording::destination(&kind)));
        }
        if location != history && location != HISTORY {
            let is_store = !location.starts_with("arn:") || location.contains(":eventdatastore/");
            let refusal =
                if is_store { wording::no_such_store(&location) } else { wording::store_arn(&location) };
            return Err(worded(refusal));
        }
        Ok((kind, history.clone()))
    };
    let mut read: Vec<_> = given.unwrap_or_default().into_iter().map(read).collect::<Result<_, _>>()?;
    read.dedup();
    Ok(read)
}

/// Destinations as answers show them.
pub(crate) fn shape(channel: &Channel) -> Vec<Destination> {
    let shape = |(kind, location): &(String, String)| Destination {
        r#type: Some(kind.clone()),
        location: Some(location.clone()),
    };
    channel.destinations.iter().map(shape).collect()
}

/// Checks that no other channel has a name.
///
/// # Errors
/// When one has.
pub(crate) fn check_name(all: &[Read<Channel>], name: &str, own_id: &str) -> Result<(), Fault> {
    let taken = all.iter().any(|read| read.value.name == name && read.value.id != own_id);
    if taken { Err(worded(wording::channel_exists(name))) } else { Ok(()) }
}
