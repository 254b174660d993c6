//! Who asks, from where, as far as the request tells.
//!
//! The signature's scope is read here and not verified: that is [`access`](crate::access)'s business, and whom it let in is who asks.

use std::net::IpAddr;
use std::sync::Arc;

use http::request::Parts;
use watchtrail_store::Scope;

use crate::access::is_secure;
use crate::{Principal, Settings};

/// The caller of a request.
#[derive(Debug, Clone)]
pub struct Caller {
    /// Account and region that the request is about.
    pub scope: Scope,
    /// The access key id, where the request is signed.
    pub access_key_id: Option<String>,
    /// The address that the request came from.
    pub source_ip: Option<String>,
    /// The header `User-Agent`.
    pub user_agent: Option<String>,
    /// The header `Host`.
    pub host: Option<String>,
    /// Whether nobody could read along.
    pub is_secure: bool,
    /// Whose key it is, where the suite is locked.
    pub principal: Option<Arc<Principal>>,
}

/// The address of the other end of a connection, as an extension of its requests. Behind a function URL there is none, and the
/// header `X-Forwarded-For`, which Lambda writes, tells it.
#[derive(Debug, Clone)]
pub struct SourceIp(pub IpAddr);

impl Caller {
    /// Reads the credential scope `AKID/date/region/service/aws4_request` of the header or of a presigned URL.
    ///
    /// The account is that of the key that was verified; in a suite that is not locked an access key id of twelve digits is the account, and any
    /// other key belongs to the account of the settings.
    pub fn of(parts: &Parts, settings: &Settings) -> Self {
        let header = parts.headers.get(http::header::AUTHORIZATION).and_then(|value| value.to_str().ok());
        let credential = header
            .and_then(|value| value.split_once("Credential="))
            .map(|(_, rest)| rest.split([',', ' ']).next().unwrap_or_default().to_owned())
            .or_else(|| presigned(parts.uri.query()?));
        let mut fields = credential.as_deref().unwrap_or_default().split('/');
        let key = fields.next().filter(|key| !key.is_empty()).map(str::to_owned);
        let region = fields.nth(1).filter(|region| is_region(region)).unwrap_or(&settings.region).to_owned();
        let is_account = |key: &&String| key.len() == 12 && key.bytes().all(|byte| byte.is_ascii_digit());
        let principal = parts.extensions.get::<Arc<Principal>>().cloned();
        let account = match &principal {
            Some(principal) => principal.facts.account.clone(),
            None => key.as_ref().filter(is_account).unwrap_or(&settings.account).clone(),
        };
        let header = |name: &str| parts.headers.get(name).and_then(|value| value.to_str().ok());
        let forwarded = || header("x-forwarded-for")?.rsplit(',').next().map(|ip| ip.trim().to_owned());
        let source_ip = parts.extensions.get::<SourceIp>().map(|ip| ip.0.to_string()).or_else(forwarded);
        Self {
            scope: Scope { account, region },
            access_key_id: key,
            source_ip,
            user_agent: header("user-agent").map(str::to_owned),
            host: header("host").map(str::to_owned),
            is_secure: is_secure(parts),
            principal,
        }
    }
}

fn presigned(query: &str) -> Option<String> {
    let value = query.split('&').find_map(|pair| pair.strip_prefix("X-Amz-Credential="))?;
    Some(value.replace("%2F", "/").replace("%2f", "/"))
}

/// A region becomes part of keys: only what can be one is taken.
pub(crate) fn is_region(text: &str) -> bool {
    (1..=32).contains(&text.len())
        && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(authorization: &str, uri: &str, expected: &str) {
        let mut request = http::Request::builder().uri(uri);
        if !authorization.is_empty() {
            request = request.header("authorization", authorization);
        }
        let (parts, ()) = request.body(()).unwrap().into_parts();
        let caller = Caller::of(&parts, &Settings::default());
        assert_eq!(caller.scope.to_string(), expected, "{authorization} {uri}");
    }

    #[test]
    fn the_scope_of_a_request() {
        let signed = |key: &str, region: &str| {
            format!(
                "AWS4-HMAC-SHA256 Credential={key}/20261121/{region}/monitoring/aws4_request, \
                 SignedHeaders=host, Signature=0"
            )
        };
        check("", "/", "123456789012/us-east-1");
        check(&signed("test", "eu-west-1"), "/", "123456789012/eu-west-1");
        check(&signed("210987654321", "eu-west-1"), "/", "210987654321/eu-west-1");
        check(&signed("2109876543210", "eu-west-1"), "/", "123456789012/eu-west-1");
        check(&signed("test", ".."), "/", "123456789012/us-east-1");
        check(&signed("test", "EU_WEST"), "/", "123456789012/us-east-1");
        check("Bearer x", "/", "123456789012/us-east-1");
        check(
            "",
            "/?X-Amz-Credential=111122223333%2F20261121%2Fus-west-2%2Fs3%2Faws4_request",
            "111122223333/us-west-2",
        );
    }
}
