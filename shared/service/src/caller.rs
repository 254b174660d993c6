//! Who asks, from where, as far as the request tells.
//!
//! The signature's scope is read here and not verified: verification belongs in front of the frame.

use http::request::Parts;
use watchtrail_store::Scope;

use crate::Settings;

/// The caller of a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caller {
    /// Account and region that the request is about.
    pub scope: Scope,
    /// The access key id, where the request is signed.
    pub access_key_id: Option<String>,
}

impl Caller {
    /// Reads the credential scope `AKID/date/region/service/aws4_request` of the header or of a presigned URL.
    ///
    /// An access key id of twelve digits is the account; any other key belongs to the account of the settings.
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
        let account = key.as_ref().filter(is_account).unwrap_or(&settings.account).clone();
        Self { scope: Scope { account, region }, access_key_id: key }
    }
}

fn presigned(query: &str) -> Option<String> {
    let value = query.split('&').find_map(|pair| pair.strip_prefix("X-Amz-Credential="))?;
    Some(value.replace("%2F", "/").replace("%2f", "/"))
}

/// A region becomes part of keys: only what can be one is taken.
fn is_region(text: &str) -> bool {
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
