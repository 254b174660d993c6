//! rpc-v2-cbor bodies: serde over the low-level codec of `minicbor`.
//!
//! Source: <https://smithy.io/2.0/additional-specs/protocols/smithy-rpc-v2.html>. Definite and indefinite lengths
//! are read, floats of any width, integers where floats are expected, and tag 1 on timestamps; other tags are
//! refused. Definite lengths, 64-bit floats and tagged timestamps are written.

mod de;
mod ser;

pub(crate) use de::from_bytes;
pub(crate) use ser::to_bytes;

#[cfg(test)]
mod tests;
