//! AWS's wire protocols and the shapes they carry.
//!
//! A request is first [`addressed`] to one of several services, then [`read`] into a [`Call`], whose
//! [`Call::input`] is a generated structure of [`shapes`]: decoded from awsJson, awsQuery, rpc-v2-cbor or restJson
//! and checked against the model's constraints. [`Call::respond`] and [`Call::refuse`] answer in the protocol of
//! the question. Adding an operation means naming it in `tools/shapes/operations.toml` and generating again.
//!
//! The crate knows nothing of Watchtrail's own, does no I/O, and does not verify signatures. Protocols:
//! <https://smithy.io/2.0/aws/protocols/index.html>.

mod answer;
mod blob;
mod body;
mod call;
mod cbor;
mod constraints;
mod double;
mod fault;
mod json;
mod protocol;
mod query;
mod service;
pub mod shapes;
mod timestamp;
mod xml;

#[cfg(test)]
mod roundtrip;

pub use blob::Blob;
pub use call::{Call, Rejection, read, refuse};
pub use constraints::{Bounds, Check, Path, Pattern, Shape, TextRules, Violations};
pub use fault::Fault;
pub use protocol::Protocol;
pub use service::{ErrorModel, Limits, RestRoute, ServiceModel, addressed};
pub use timestamp::Timestamp;
