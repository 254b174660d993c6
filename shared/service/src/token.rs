//! Page tokens: where to go on, bound to the request that they came with.
//!
//! A token is base64 of a JSON array `[fingerprint, place]`. The fingerprint is a hash of the request without its token:
//! a token of another request, or of somebody else's making, is refused.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Serialize;
use serde::de::DeserializeOwned;

/// No token of ours is longer: names and dimensions of a series are within AWS's limits.
const LONGEST: usize = 64 << 10;

/// A token is none of ours, or of another request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NotOurs;

/// A hash of a request, which the caller strips of its token first. It guards against mistakes, not against forgery:
/// whoever forges a place only reads what the request may read anyway.
pub fn fingerprint(scope: &str, request: &impl Serialize) -> u64 {
    // FNV-1a: stable over versions and machines, unlike the standard library's hasher.
    let text = serde_json::to_vec(request).unwrap_or_default();
    scope
        .bytes()
        .chain(text)
        .fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}

/// The token of a place; `None` when the place cannot be written.
pub fn write(fingerprint: u64, place: &impl Serialize) -> Option<String> {
    serde_json::to_vec(&(fingerprint, place)).ok().map(|json| URL_SAFE_NO_PAD.encode(json))
}

/// The place that a token names.
///
/// # Errors
/// When the token is none of ours, or was made for another request.
pub fn read<T: DeserializeOwned>(token: &str, fingerprint: u64) -> Result<T, NotOurs> {
    if token.len() > LONGEST {
        return Err(NotOurs);
    }
    let json = URL_SAFE_NO_PAD.decode(token).map_err(|_| NotOurs)?;
    let (made_for, place): (u64, T) = serde_json::from_slice(&json).map_err(|_| NotOurs)?;
    if made_for == fingerprint { Ok(place) } else { Err(NotOurs) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_our_own_token_of_the_same_request_is_taken() {
        let ours = fingerprint("scope", &("a", 1));
        let token = write(ours, &(3usize, 42i64)).unwrap();
        assert_eq!(read(&token, ours), Ok((3usize, 42i64)));
        for other in [fingerprint("scope", &("a", 2)), fingerprint("elsewhere", &("a", 1))] {
            assert_eq!(read::<(usize, i64)>(&token, other), Err(NotOurs));
        }
        for wrong in ["", "x", "!!!", "AAAA", &token[1..]] {
            assert_eq!(read::<(usize, i64)>(wrong, ours), Err(NotOurs), "{wrong}");
        }
    }
}
