//! A request on its way through an operation: who asks, for which topic, by which name of this host.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use http::request::Parts;
use http::uri::Authority;
use ulid::Ulid;
use watchtrail_core::time::Timestamp;
use watchtrail_service::{Caller, Fault};
use watchtrail_store::Scope;

use super::{EmbeddedSns, Inner, faults};

/// The items of a page.
const PAGE: usize = 100;

pub(super) struct Ask<'a> {
    pub(super) sns: &'a EmbeddedSns,
    /// Account and region of the caller.
    pub(super) scope: Scope,
    pub(super) operation: &'static str,
    pub(super) now: Timestamp,
    /// The id that the answer carries.
    pub(super) id: String,
    /// The id of the action of the suite that this is for.
    pub(super) action: Option<Ulid>,
    /// How the caller reached this host: `http://127.0.0.1:4700`.
    pub(super) origin: String,
    /// Whose policy counts.
    pub(super) caller: Option<&'a watchtrail_service::Request<'a>>,
}

impl<'a> Ask<'a> {
    pub(super) fn of(
        sns: &'a EmbeddedSns,
        parts: &Parts,
        operation: &'static str,
        id: String,
        caller: Option<&'a watchtrail_service::Request<'a>>,
    ) -> Self {
        let scope = Caller::of(parts, &sns.0.settings).scope;
        let action = parts.headers.get(watchtrail_store::ACTION_ID).and_then(|id| id.to_str().ok());
        let action = action.and_then(|id| Ulid::from_string(id).ok());
        Self { sns, scope, operation, now: sns.0.clock.now(), id, action, origin: origin(parts), caller }
    }

    pub(super) fn inner(&self) -> &Inner {
        &self.sns.0
    }

    /// The ARN of a topic that is the caller's own.
    ///
    /// # Errors
    /// When it is no ARN of a topic, or of another account or region.
    pub(super) fn topic(&self, arn: Option<String>) -> Result<String, Fault> {
        let arn = arn.unwrap_or_default();
        self.own(&arn, topic_scope(&arn, "TopicArn")?, "TopicArn")?;
        Ok(arn)
    }

    /// The ARN of a subscription to a topic that is the caller's own.
    ///
    /// # Errors
    /// When it is no ARN of a subscription, or of another account or region.
    pub(super) fn subscription(&self, arn: Option<String>) -> Result<String, Fault> {
        let arn = arn.unwrap_or_default();
        self.own(&arn, subscription_scope(&arn)?, "SubscriptionArn")?;
        Ok(arn)
    }

    fn own(&self, arn: &str, scope: Scope, member: &str) -> Result<(), Fault> {
        if scope.region != self.scope.region {
            return Err(faults::invalid(member));
        }
        if scope.account != self.scope.account {
            return Err(faults::denied(&self.scope.account, self.operation, arn));
        }
        Ok(())
    }
}

/// `http://` and what the request calls this host, as far as it can be a host.
fn origin(parts: &Parts) -> String {
    let header = parts.headers.get(http::header::HOST).and_then(|host| host.to_str().ok());
    let named =
        header.and_then(|host| host.parse::<Authority>().ok()).or_else(|| parts.uri.authority().cloned());
    match named {
        Some(host) if !host.as_str().contains('@') => format!("http://{host}"),
        _ => "http://localhost".to_owned(),
    }
}

/// Account and region in the ARN of a topic.
///
/// # Errors
/// When it is none.
pub(super) fn topic_scope(arn: &str, member: &str) -> Result<Scope, Fault> {
    scope(arn, 6, member)
}

/// Account and region in the ARN of a subscription.
///
/// # Errors
/// When it is none.
pub(super) fn subscription_scope(arn: &str) -> Result<Scope, Fault> {
    scope(arn, 7, "SubscriptionArn")
}

fn scope(arn: &str, elements: usize, member: &str) -> Result<Scope, Fault> {
    let parts: Vec<&str> = arn.split(':').collect();
    if parts.len() < 6 {
        let count = parts.len();
        let reason = format!("{member} Reason: An ARN must have at least 6 elements, not {count}");
        return Err(faults::invalid(reason));
    }
    if parts.len() != elements || parts[..3] != ["arn", "aws", "sns"] || parts.contains(&"") {
        return Err(faults::invalid(member));
    }
    Ok(Scope { region: parts[3].to_owned(), account: parts[4].to_owned() })
}

/// A page of what is sorted by ARN.
pub(super) struct Page<'s, T> {
    pub(super) items: Vec<(&'s String, T)>,
    /// The token of the next page: where this one ended.
    pub(super) next_token: Option<String>,
}

/// The page after `token`, or the first.
///
/// # Errors
/// When the token is none of ours.
pub(super) fn page<'s, T: 's>(
    sorted: impl Iterator<Item = (&'s String, T)>,
    token: Option<String>,
) -> Result<Page<'s, T>, Fault> {
    let after = match token.filter(|token| !token.is_empty()) {
        None => String::new(),
        Some(token) => place(&token).ok_or_else(|| {
            faults::invalid(format!("NextToken Reason: Unable to deserialize token {token}"))
        })?,
    };
    let mut rest = sorted.filter(|(arn, _)| **arn > after);
    let items: Vec<_> = rest.by_ref().take(PAGE).collect();
    let last = items.last().filter(|_| rest.next().is_some());
    let next_token = last.map(|(arn, _)| URL_SAFE_NO_PAD.encode(arn.as_bytes()));
    Ok(Page { items, next_token })
}

fn place(token: &str) -> Option<String> {
    let bytes = URL_SAFE_NO_PAD.decode(token).ok()?;
    String::from_utf8(bytes).ok().filter(|arn| arn.starts_with("arn:"))
}
