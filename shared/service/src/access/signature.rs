//! AWS Signature Version 4, the receiving side: what a request claims of itself, and whether its signature is the key's.
//!
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html>. The request is signed again as it was
//! received, by `aws-sigv4` with the secret that we know, and the two signatures are compared in constant time. What has two
//! spellings with one meaning to that crate (order of signed headers, a repeated parameter, leading zeros) is refused before: a
//! request passes only as it was signed. Not here: `SigV4A`, session tokens, payloads that are not signed.

use std::borrow::Cow;
use std::time::{Duration, SystemTime};

use aws_credential_types::Credentials;
use aws_sigv4::http_request::{
    SignableBody, SignableRequest, SignatureLocation, SigningSettings, UriPathNormalizationMode, sign,
};
use aws_sigv4::sign::v4;
use aws_smithy_runtime_api::client::identity::Identity;
use http::HeaderMap;
use http::request::Parts;
use subtle::ConstantTimeEq as _;
use watchtrail_core::time::{MINUTE, SECOND, Timestamp};

use super::reading::{Pairs, parameters, target, time, written};
use super::refusal::Refusal;

/// The algorithm, the only one there is.
const ALGORITHM: &str = "AWS4-HMAC-SHA256";

/// A request's clock may be so far from ours (milliseconds).
pub const SKEW: i64 = 15 * MINUTE;

/// A presigned request is good for at most so long (seconds): a week.
const LONGEST: u64 = 604_800;

/// Headers that the signature itself is in, or that are put in on the way and mean nothing here.
const UNSIGNED: [&str; 3] = ["x-amz-cf-id", "x-amz-user-agent", "x-amz-checksum-mode"];

/// Where the signature is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Carrier {
    /// In the header `Authorization`.
    Header,
    /// In the query, for so many seconds.
    Query {
        /// `X-Amz-Expires`
        expires: u64,
    },
}

/// What a request claims of itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claim<'a> {
    /// The access key id.
    pub key: Cow<'a, str>,
    /// Where the signature is.
    pub carrier: Carrier,
    credential: Cow<'a, str>,
    date: String,
    /// The region of the scope.
    pub region: String,
    service: String,
    terminator: String,
    signed_headers: Cow<'a, str>,
    signature: Cow<'a, str>,
    /// As it was written.
    date_time: Cow<'a, str>,
    time: Timestamp,
}

impl<'a> Claim<'a> {
    /// Reads what a request claims.
    ///
    /// # Errors
    /// When it is not signed, or not in one way alone.
    pub fn of(parts: &'a Parts) -> Result<Self, Refusal> {
        let query = parameters(parts)?;
        let has = |name: &str| query.iter().any(|(known, _)| known == name);
        let mut headers = parts.headers.get_all(http::header::AUTHORIZATION).iter();
        let (first, second) = (headers.next(), headers.next());
        if parts.headers.contains_key("x-amz-security-token") || has("X-Amz-Security-Token") {
            return Err(Refusal::Token);
        }
        match (first, second, has("X-Amz-Signature") || has("X-Amz-Algorithm")) {
            (None, _, false) => Err(Refusal::Missing),
            (Some(_), Some(_), _) | (Some(_), _, true) => Err(Refusal::Twice),
            (Some(header), None, false) => {
                let text = header.to_str().map_err(|_| Refusal::Algorithm(String::new()))?;
                Self::of_header(text, &parts.headers)
            }
            (None, _, true) => Self::of_query(query),
        }
    }

    fn of_header(text: &'a str, headers: &'a HeaderMap) -> Result<Self, Refusal> {
        let (algorithm, rest) = text.split_once(' ').unwrap_or((text, ""));
        if algorithm != ALGORITHM {
            return Err(Refusal::Algorithm(algorithm.to_owned()));
        }
        let mut found = [None; 3];
        for pair in rest.split(',').map(str::trim).filter(|pair| !pair.is_empty()) {
            let wrong = || Refusal::Pair(pair.to_owned(), text.to_owned());
            let (name, value) = pair.split_once('=').ok_or_else(wrong)?;
            let place = ["Credential", "Signature", "SignedHeaders"].iter().position(|known| *known == name);
            let place = &mut found[place.ok_or_else(wrong)?];
            if place.replace(value).is_some() {
                return Err(wrong());
            }
        }
        let mut dates = headers.get_all("x-amz-date").iter();
        let date = dates.next().and_then(|value| value.to_str().ok()).filter(|_| dates.next().is_none());
        let names = ["Credential", "Signature", "SignedHeaders"];
        let mut missing: Vec<&'static str> =
            names.into_iter().zip(found).filter(|(_, found)| found.is_none()).map(|(name, _)| name).collect();
        missing.extend(date.is_none().then_some("X-Amz-Date"));
        let ([Some(credential), Some(signature), Some(signed)], Some(date)) = (found, date) else {
            return Err(Refusal::Parts(missing, text.to_owned()));
        };
        Self::new(Carrier::Header, credential.into(), signed.into(), signature.into(), date.into())
    }

    fn of_query(query: Pairs<'a>) -> Result<Self, Refusal> {
        let taken = |name: &'static str| {
            let found = query.iter().find(|(known, _)| known == name);
            found.map(|(_, value)| value.clone()).ok_or(Refusal::Parameter(name))
        };
        let algorithm = taken("X-Amz-Algorithm")?;
        if algorithm != ALGORITHM {
            return Err(Refusal::Algorithm(algorithm.into_owned()));
        }
        let expires = taken("X-Amz-Expires")?;
        // `060` and `+60` are sixty, too, and are not what was signed.
        let seconds = expires.parse().ok().filter(|seconds: &u64| seconds.to_string() == expires);
        let expires = seconds.filter(|seconds| (1..=LONGEST).contains(seconds)).ok_or(Refusal::Expires)?;
        let (credential, signed) = (taken("X-Amz-Credential")?, taken("X-Amz-SignedHeaders")?);
        let (signature, date) = (taken("X-Amz-Signature")?, taken("X-Amz-Date")?);
        Self::new(Carrier::Query { expires }, credential, signed, signature, date)
    }

    fn new(
        carrier: Carrier,
        credential: Cow<'a, str>,
        signed_headers: Cow<'a, str>,
        signature: Cow<'a, str>,
        date_time: Cow<'a, str>,
    ) -> Result<Self, Refusal> {
        let fields: Vec<&str> = credential.split('/').collect();
        let [key, date, region, service, terminator] = fields[..] else {
            return Err(Refusal::Credential(credential.into_owned()));
        };
        let (key, date) = (Cow::Owned(key.to_owned()), date.to_owned());
        let (region, service) = (region.to_owned(), service.to_owned());
        let terminator = terminator.to_owned();
        let time = time(&date_time).ok_or_else(|| Refusal::Date(date_time.clone().into_owned()))?;
        Ok(Self {
            key,
            carrier,
            credential,
            date,
            region,
            service,
            terminator,
            signed_headers,
            signature,
            date_time,
            time,
        })
    }

    /// Whether the scope is that of a request to a service on its day, in a region.
    ///
    /// # Errors
    /// When it is not.
    pub fn check_scope(&self, service: &str) -> Result<(), Refusal> {
        if self.terminator != "aws4_request" {
            return Err(Refusal::Terminator(self.terminator.clone()));
        }
        if self.service != service {
            return Err(Refusal::Service(service.to_owned()));
        }
        if !crate::caller::is_region(&self.region) {
            return Err(Refusal::Region(self.region.clone()));
        }
        if Some(self.date.as_str()) != self.date_time.get(..8) {
            return Err(Refusal::ScopeDate(self.date.clone(), self.date_time.clone().into_owned()));
        }
        Ok(())
    }

    /// Whether it was signed about now.
    ///
    /// # Errors
    /// When it was signed too long ago, or in the future.
    pub fn check_time(&self, now: Timestamp) -> Result<(), Refusal> {
        let (given, at) = (self.date_time.clone().into_owned(), written(now));
        let (alive, allowed) = match self.carrier {
            Carrier::Header => (SKEW, "15 min".to_owned()),
            Carrier::Query { expires } => (expires.cast_signed() * SECOND, format!("{expires} sec")),
        };
        if now.millis_since(self.time) > alive {
            return Err(Refusal::Expired(given, written(now.plus_millis(-alive)), at, allowed));
        }
        if self.time.millis_since(now) > SKEW {
            return Err(Refusal::Early(given, written(now.plus_millis(SKEW)), at));
        }
        Ok(())
    }

    /// Whether the headers that must be signed are.
    ///
    /// # Errors
    /// When one is not, or when the list is not as it is signed.
    pub fn check_headers(&self, parts: &Parts) -> Result<(), Refusal> {
        let names: Vec<&str> = self.signed_headers.split(';').collect();
        let is_name = |name: &&str| {
            !name.is_empty()
                && !name.bytes().any(|byte| byte.is_ascii_uppercase() || byte.is_ascii_whitespace())
        };
        if !names.iter().all(is_name) || !names.is_sorted_by(|one, next| one < next) {
            return Err(Refusal::SignedHeaders);
        }
        if !names.contains(&"host") {
            return Err(Refusal::Unsigned("Host' or ':authority".to_owned()));
        }
        let must = |name: &&str| name.starts_with("x-amz-") && !UNSIGNED.contains(name);
        let unsigned = parts.headers.keys().map(http::HeaderName::as_str).filter(must);
        match unsigned.into_iter().find(|name| !names.contains(name)) {
            Some(name) => Err(Refusal::Unsigned(name.to_owned())),
            None => Ok(()),
        }
    }

    /// Whether the signature is the one that a key makes of the request as it is. Its time does not depend on where they differ.
    pub fn is_signed_by(&self, identity: &Identity, parts: &Parts, payload_hash: String) -> bool {
        let ours = self.signature_by(identity, parts, payload_hash);
        let ours = ours.unwrap_or_default();
        bool::from(ours.as_bytes().ct_eq(self.signature.as_bytes())) && !ours.is_empty()
    }

    /// The signature that a key makes of the request; `None` of a request that cannot be signed.
    fn signature_by(&self, identity: &Identity, parts: &Parts, payload_hash: String) -> Option<String> {
        let mut settings = SigningSettings::default();
        settings.excluded_headers = None;
        settings.uri_path_normalization_mode = UriPathNormalizationMode::Disabled;
        if let Carrier::Query { expires } = self.carrier {
            settings.signature_location = SignatureLocation::QueryParams;
            settings.expires_in = Some(Duration::from_secs(expires));
        }
        let params = v4::SigningParams::builder()
            .identity(identity)
            .region(&self.region)
            .name(&self.service)
            .time(SystemTime::UNIX_EPOCH + Duration::from_millis(u64::try_from(self.time.millis()).ok()?))
            .settings(settings)
            .build()
            .ok()?
            .into();
        let body = SignableBody::Precomputed(payload_hash);
        let headers = self.headers(parts)?;
        let request =
            SignableRequest::new(parts.method.as_str(), target(parts), headers.into_iter(), body).ok()?;
        let (made, signature) = sign(request, &params).ok()?.into_parts();
        // What it made of the parts is what was claimed, letter by letter.
        let is_same = |name: &str, value: &str| match name {
            "X-Amz-Credential" => value == with_key(&self.credential, &self.key, identity),
            "X-Amz-SignedHeaders" => value == self.signed_headers,
            "X-Amz-Date" | "x-amz-date" => value == self.date_time,
            _ => true,
        };
        let params = made.params().iter().all(|(name, value)| is_same(name, value));
        (params && made.headers().all(|(name, value)| is_same(name, value))).then_some(signature)
    }

    /// The signed headers, with all their values; `None` when one is not there.
    fn headers<'p>(&'p self, parts: &'p Parts) -> Option<Vec<(&'p str, &'p str)>> {
        let mut headers = Vec::new();
        for name in self.signed_headers.split(';') {
            let before = headers.len();
            for value in parts.headers.get_all(name) {
                headers.push((name, std::str::from_utf8(value.as_bytes()).ok()?));
            }
            if headers.len() == before && name == "host" {
                // HTTP/2 has it in the request's target.
                headers.push((name, parts.uri.authority()?.as_str()));
            }
            if headers.len() == before {
                return None;
            }
        }
        Some(headers)
    }
}

/// A credential as another key would write it: `nobody` signs for keys that are not there.
fn with_key<'c>(credential: &'c str, key: &str, identity: &Identity) -> Cow<'c, str> {
    let own = identity.data::<Credentials>().map(Credentials::access_key_id);
    match own {
        Some(own) if own != key => Cow::Owned(format!("{own}{}", credential.get(key.len()..).unwrap_or(""))),
        _ => Cow::Borrowed(credential),
    }
}
