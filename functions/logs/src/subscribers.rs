//! Where the events of a subscription may go: which ARNs, of which accounts, with or without a role.
//!
//! AWS: <https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutSubscriptionFilter.html>. Then AWS sends a
//! test message, and so it is done here, where the service is known.

use watchtrail_service::wording::logs::{self as wording, Worded};
use watchtrail_service::{Fault, Request, store_fault};
use watchtrail_store::{Route, Scope, Service};

use crate::faults::worded;
use crate::{destinations, policies};

/// The parts of an ARN that decide.
struct Arn<'a> {
    vendor: &'a str,
    region: &'a str,
    account: &'a str,
    resource: &'a str,
}

impl<'a> Arn<'a> {
    fn parse(text: &'a str) -> Option<Self> {
        let parts: Vec<&str> = text.splitn(6, ':').collect();
        let ["arn", _, vendor, region, account, resource] = parts[..] else { return None };
        (!resource.is_empty()).then_some(Self { vendor, region, account, resource })
    }
}

/// Checks the destination of a subscription of a group in `scope`; what AWS calls a destination must exist.
///
/// # Errors
/// When AWS would refuse it.
pub(crate) async fn check(request: &Request<'_>, arn: &str, role: Option<&str>) -> Result<(), Fault> {
    let scope = request.scope();
    let parsed = Arn::parse(arn).ok_or_else(|| worded(wording::no_arn("destinationArn", arn)))?;
    if parsed.vendor == "logs" {
        return logical(request, arn, role).await;
    }
    physical(&parsed, role, scope).map_err(worded)?;
    own_role(role, scope).map_err(worded)
}

/// A function, a stream or a delivery stream, which must be of the same account and region.
fn physical(arn: &Arn<'_>, role: Option<&str>, scope: &Scope) -> Result<(), Worded> {
    let is = |kind: &str| arn.resource.strip_prefix(kind).is_some_and(|name| !name.is_empty());
    let (known, others) = match arn.vendor {
        "lambda" if role.is_some() => return Err(wording::with_role("lambda")),
        "lambda" => (is("function:"), wording::others_function as fn() -> Worded),
        "kinesis" | "firehose" if role.is_none() => return Err(wording::without_role(arn.vendor)),
        "kinesis" => (is("stream/"), wording::others_stream as fn() -> Worded),
        "firehose" => (is("deliverystream/"), wording::others_stream as fn() -> Worded),
        vendor => return Err(wording::vendor(vendor)),
    };
    if !known {
        return Err(wording::no_arn("destinationArn", arn.resource));
    }
    if arn.account != scope.account {
        return Err(others());
    }
    if arn.region == scope.region { Ok(()) } else { Err(wording::other_region(arn.region, &scope.region)) }
}

/// A destination of CloudWatch Logs, of any account, whose policy lets the caller's account in if it is another's.
async fn logical(request: &Request<'_>, arn: &str, role: Option<&str>) -> Result<(), Fault> {
    let scope = request.scope();
    let named = destinations::in_arn(arn).ok_or_else(|| worded(wording::no_arn("destinationArn", arn)))?;
    let (place, name) = named;
    if place.region != scope.region {
        return Err(worded(wording::other_region(&place.region, &scope.region)));
    }
    let found = destinations::read(request, &place, &name).await?;
    let found = found.ok_or_else(|| worded(wording::no_such_destination()))?;
    own_role(role, scope).map_err(worded)?;
    let own = place.account == scope.account;
    let admitted =
        || found.value.policy.as_deref().is_some_and(|policy| policies::admits(policy, &scope.account));
    if own || admitted() { Ok(()) } else { Err(worded(wording::not_admitted(&scope.account, arn))) }
}

fn own_role(role: Option<&str>, scope: &Scope) -> Result<(), Worded> {
    let Some(role) = role else { return Ok(()) };
    let parsed = Arn::parse(role).filter(|arn| arn.vendor == "iam" && arn.resource.starts_with("role/"));
    let parsed = parsed.ok_or_else(|| wording::no_arn("roleArn", role))?;
    if parsed.account == scope.account { Ok(()) } else { Err(wording::others_role()) }
}

/// Checks what a destination stands for, and the role with which it is written to.
///
/// # Errors
/// When it is neither a stream nor a delivery stream, or the role is none of the account.
pub(crate) fn target(arn: &str, role: &str, scope: &Scope) -> Result<(), Worded> {
    let parsed = Arn::parse(arn).ok_or_else(|| wording::no_arn("targetArn", arn))?;
    match (parsed.vendor, parsed.resource.split_once('/')) {
        ("kinesis", Some(("stream", name))) | ("firehose", Some(("deliverystream", name)))
            if !name.is_empty() =>
        {
            own_role(Some(role), scope)
        }
        ("kinesis" | "firehose", _) => Err(wording::no_arn("targetArn", arn)),
        (vendor, _) => Err(wording::target(vendor)),
    }
}

/// Sends the destination of a subscription a test message.
///
/// # Errors
/// When it does not take it.
pub(crate) async fn reach(request: &Request<'_>, arn: &str) -> Result<(), Fault> {
    let route = request.context.store.logs.route(arn).await.map_err(store_fault)?;
    let logical = Route::parse(arn).is_none();
    let Some(route) = route else { return Err(worded(wording::unreachable_destination())) };
    let words = match route.service {
        _ if logical => wording::unreachable_destination,
        Service::Lambda => wording::unreachable_function,
        Service::Kinesis => wording::unreachable_stream,
        Service::Firehose => wording::unreachable_delivery_stream,
    };
    asked(request, &route).await.map_err(|()| worded(words()))
}

/// Sends what a destination is to stand for a test message.
///
/// # Errors
/// When it does not take it.
pub(crate) async fn reach_target(request: &Request<'_>, arn: &str) -> Result<(), Fault> {
    let wrong = || worded(wording::unreachable_destination());
    let route = Route::parse(arn).ok_or_else(wrong)?;
    asked(request, &route).await.map_err(|()| wrong())
}

/// AWS does not tell the caller why; the log does.
async fn asked(request: &Request<'_>, route: &Route) -> Result<(), ()> {
    let outcome = request.context.outbound.check(route, request.now).await;
    outcome.map_err(|error| tracing::warn!(destination = route.arn, error = error.message, "no test message"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn own() -> Scope {
        Scope { account: "123456789012".to_owned(), region: "us-east-1".to_owned() }
    }

    #[test]
    fn where_events_may_go() {
        fn check(arn: &str, role: Option<&str>, expected: Result<(), Worded>) {
            let found = Arn::parse(arn)
                .ok_or_else(|| wording::no_arn("destinationArn", arn))
                .and_then(|arn| physical(&arn, role, &own()));
            assert_eq!(found, expected, "{arn} {role:?}");
        }
        let role = Some("arn:aws:iam::123456789012:role/r");
        check("arn:aws:lambda:us-east-1:123456789012:function:f", None, Ok(()));
        check("arn:aws:lambda:us-east-1:123456789012:function:f:live", None, Ok(()));
        check("arn:aws:lambda:us-east-1:123456789012:function:f", role, Err(wording::with_role("lambda")));
        check("arn:aws:lambda:us-east-1:210987654321:function:f", None, Err(wording::others_function()));
        check("arn:aws:kinesis:us-east-1:123456789012:stream/s", role, Ok(()));
        check("arn:aws:kinesis:us-east-1:123456789012:stream/s", None, Err(wording::without_role("kinesis")));
        check("arn:aws:firehose:us-east-1:123456789012:deliverystream/s", role, Ok(()));
        check(
            "arn:aws:firehose:eu-west-1:123456789012:deliverystream/s",
            role,
            Err(wording::other_region("eu-west-1", "us-east-1")),
        );
        check("arn:aws:sqs:us-east-1:123456789012:q", None, Err(wording::vendor("sqs")));
        check("stream/s", role, Err(wording::no_arn("destinationArn", "stream/s")));
    }

    #[test]
    fn what_a_destination_may_stand_for() {
        fn check(arn: &str, role: &str, expected: Result<(), Worded>) {
            assert_eq!(target(arn, role, &own()), expected, "{arn} {role}");
        }
        let role = "arn:aws:iam::123456789012:role/r";
        check("arn:aws:kinesis:us-east-1:123456789012:stream/s", role, Ok(()));
        check("arn:aws:kinesis:eu-west-1:123456789012:stream/s", role, Ok(()));
        check("arn:aws:firehose:us-east-1:123456789012:deliverystream/s", role, Ok(()));
        check("arn:aws:lambda:us-east-1:123456789012:function:f", role, Err(wording::target("lambda")));
        check(
            "arn:aws:kinesis:us-east-1:123456789012:stream/s",
            "arn:aws:iam::210987654321:role/r",
            Err(wording::others_role()),
        );
    }
}
