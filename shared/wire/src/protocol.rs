//! The five protocols and how they are named on the wire.
//!
//! Sources: <https://smithy.io/2.0/aws/protocols/index.html> and
//! <https://smithy.io/2.0/additional-specs/protocols/smithy-rpc-v2.html>.

/// How a request is encoded, and with it the answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Protocol {
    /// JSON bodies, the operation in `X-Amz-Target`, `application/x-amz-json-1.0`.
    AwsJson10,
    /// The same with `application/x-amz-json-1.1`.
    AwsJson11,
    /// Form-encoded requests, XML answers.
    AwsQuery,
    /// CBOR bodies, the operation in the path.
    RpcV2Cbor,
    /// JSON bodies, the operation given by method and path.
    RestJson,
}

impl Protocol {
    /// The content type of answers.
    pub fn content_type(self) -> &'static str {
        match self {
            Self::AwsJson10 => "application/x-amz-json-1.0",
            Self::AwsJson11 => "application/x-amz-json-1.1",
            Self::AwsQuery => "text/xml",
            Self::RpcV2Cbor => "application/cbor",
            Self::RestJson => "application/json",
        }
    }
}
