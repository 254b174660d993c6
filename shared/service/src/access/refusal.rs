//! Why a signature is refused. AWS's words for it are in [`wording`](crate::wording).

/// Why a request is not let in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refusal {
    /// No signature at all.
    Missing,
    /// A header of some other scheme, or of none.
    Algorithm(String),
    /// Parts that are missing; the header's value.
    Parts(Vec<&'static str>, String),
    /// A part that is not of the form `key=value`, that is unknown or that is there twice; the header's value.
    Pair(String, String),
    /// A presigned request lacks a parameter, or has one twice.
    Parameter(&'static str),
    /// A query that cannot be read in one way alone.
    Query,
    /// Signed in the header and in the query.
    Twice,
    /// No `keyid/date/region/service/term`.
    Credential(String),
    /// The scope does not end in `aws4_request`.
    Terminator(String),
    /// The scope names another service; the one that was asked.
    Service(String),
    /// The scope names what is no region.
    Region(String),
    /// No date as it is written in signatures.
    Date(String),
    /// The scope's date is not that of the request.
    ScopeDate(String, String),
    /// Signed too long ago: its time, the earliest one that is taken, now, and what is allowed, in words.
    Expired(String, String, String, String),
    /// Signed in the future: its time, the latest one that is taken, now.
    Early(String, String, String),
    /// A header that must be signed.
    Unsigned(String),
    /// A list of headers that is not sorted, not in lower case, or not the request's.
    SignedHeaders,
    /// A time to live that is none.
    Expires,
    /// A payload that is not signed.
    Payload,
    /// Another payload than the one that `x-amz-content-sha256` tells of.
    Hash,
    /// A session token: there are no sessions here.
    Token,
    /// A key that is not there or not active.
    Unknown,
    /// The signature is another.
    Wrong,
}
