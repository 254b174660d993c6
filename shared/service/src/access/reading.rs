//! What is read of a request for its signature: its parameters, its payload, its time.

use std::borrow::Cow;
use std::collections::HashSet;
use std::fmt::Write as _;

use http::request::Parts;
use watchtrail_core::time::Timestamp;

use super::refusal::Refusal;

/// The parameters of a query, decoded.
pub(super) type Pairs<'a> = Vec<(Cow<'a, str>, Cow<'a, str>)>;

/// The parameters of a presigned request, which are not part of what is signed as they stand.
const PARAMETERS: [&str; 6] = [
    "X-Amz-Algorithm",
    "X-Amz-Credential",
    "X-Amz-Date",
    "X-Amz-Expires",
    "X-Amz-SignedHeaders",
    "X-Amz-Signature",
];

/// Path and query as they are signed: without the parameters of the signature itself.
pub(super) fn target(parts: &Parts) -> String {
    let mut target = parts.uri.path().to_owned();
    let query = parts.uri.query().unwrap_or_default();
    let is_signed = |pair: &&str| {
        let name = pair.split_once('=').map_or(*pair, |(name, _)| name);
        !form_urlencoded::parse(name.as_bytes()).any(|(name, _)| PARAMETERS.contains(&name.as_ref()))
    };
    for (number, pair) in query.split('&').filter(is_signed).enumerate() {
        let _ = write!(target, "{}{pair}", if number == 0 { '?' } else { '&' });
    }
    target
}

/// The parameters of the query, where each stands once and is text.
pub(super) fn parameters(parts: &Parts) -> Result<Pairs<'_>, Refusal> {
    let query = parts.uri.query().unwrap_or_default();
    let mut found = Pairs::new();
    let mut seen = HashSet::new();
    for (name, value) in form_urlencoded::parse(query.as_bytes()) {
        // What is no UTF-8 was replaced: many texts become one.
        if name.contains('\u{FFFD}') || value.contains('\u{FFFD}') || !seen.insert(name.clone()) {
            return Err(Refusal::Query);
        }
        found.push((name, value));
    }
    Ok(found)
}

/// The payload's hash, in hex, which is what is signed of it.
///
/// # Errors
/// When the request says that its payload is not signed, or tells of another one.
pub(super) fn payload_hash(parts: &Parts, body: &[u8]) -> Result<String, Refusal> {
    let hash = hex(ring::digest::digest(&ring::digest::SHA256, body).as_ref());
    for told in parts.headers.get_all("x-amz-content-sha256") {
        let told = told.as_bytes();
        if told.starts_with(b"UNSIGNED-PAYLOAD") || told.starts_with(b"STREAMING-") {
            return Err(Refusal::Payload);
        }
        if told != hash.as_bytes() {
            return Err(Refusal::Hash);
        }
    }
    Ok(hash)
}

fn hex(bytes: &[u8]) -> String {
    let digit = |four: u8| char::from_digit(u32::from(four), 16).unwrap_or('0');
    bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect()
}

/// Reads `20261122T101112Z`; `None` of anything else.
pub(super) fn time(text: &str) -> Option<Timestamp> {
    let bytes = text.as_bytes();
    let is_form = bytes.len() == 16
        && bytes[8] == b'T'
        && bytes[15] == b'Z'
        && bytes.iter().enumerate().all(|(at, byte)| matches!(at, 8 | 15) || byte.is_ascii_digit());
    let digits = |range: std::ops::Range<usize>| text.get(range).unwrap_or_default();
    let written = format!(
        "{}-{}-{}T{}:{}:{}Z",
        digits(0..4),
        digits(4..6),
        digits(6..8),
        digits(9..11),
        digits(11..13),
        digits(13..15)
    );
    is_form.then(|| Timestamp::parse_rfc3339(&written)).flatten()
}

/// A time as signatures have it.
pub(super) fn written(time: Timestamp) -> String {
    time.floor_to(1).to_string().replace(['-', ':'], "")
}
