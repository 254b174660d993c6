//! Answers: an output or a fault, encoded in the protocol of the question.

use bytes::Bytes;
use http::header::{CONTENT_TYPE, HeaderName, HeaderValue};
use http::{Response, StatusCode};
use serde::ser::{Serialize, SerializeMap, Serializer};

use crate::fault::Fault;
use crate::protocol::Protocol;
use crate::service::ServiceModel;
use crate::{cbor, xml};

const REQUEST_ID: HeaderName = HeaderName::from_static("x-amzn-requestid");
const QUERY_ERROR: HeaderName = HeaderName::from_static("x-amzn-query-error");
const ERROR_TYPE: HeaderName = HeaderName::from_static("x-amzn-errortype");
const SMITHY_PROTOCOL: HeaderName = HeaderName::from_static("smithy-protocol");

/// How a request wants to be answered.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Answer {
    pub(crate) service: &'static ServiceModel,
    pub(crate) protocol: Protocol,
    /// The caller asked for awsQuery's error codes beside those of the protocol.
    pub(crate) query_mode: bool,
}

impl Answer {
    pub(crate) fn respond<O: Serialize>(self, operation: &str, out: &O, request_id: &str) -> Response<Bytes> {
        let body = match self.protocol {
            Protocol::AwsQuery => xml::output(self.service.xml_namespace, operation, out, request_id),
            Protocol::RpcV2Cbor => cbor::to_bytes(out).ok(),
            Protocol::AwsJson10 | Protocol::AwsJson11 | Protocol::RestJson => json(out),
        };
        match body {
            Some(body) => self.response(200, body, request_id),
            None => self.refuse(&Fault::internal(), request_id),
        }
    }

    pub(crate) fn refuse(self, fault: &Fault, request_id: &str) -> Response<Bytes> {
        let kind = fault.kind();
        let (status, body) = match self.protocol {
            Protocol::AwsQuery => (
                kind.query_status,
                xml::error(self.service.xml_namespace, fault, request_id).unwrap_or_default(),
            ),
            Protocol::RpcV2Cbor => (kind.status, cbor::to_bytes(&Body(fault)).unwrap_or_default()),
            Protocol::AwsJson10 | Protocol::AwsJson11 | Protocol::RestJson => {
                (kind.status, serde_json::to_vec(&Body(fault)).unwrap_or_default())
            }
        };
        let mut response = self.response(status, body, request_id);
        if self.query_mode {
            set(&mut response, QUERY_ERROR, &format!("{};{}", kind.code, fault.side()));
        }
        if self.protocol == Protocol::RestJson {
            set(&mut response, ERROR_TYPE, kind.shape);
        }
        response
    }

    fn response(self, status: u16, body: Vec<u8>, request_id: &str) -> Response<Bytes> {
        let mut response = Response::new(Bytes::from(body));
        *response.status_mut() = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let content_type = HeaderValue::from_static(self.protocol.content_type());
        response.headers_mut().insert(CONTENT_TYPE, content_type);
        set(&mut response, REQUEST_ID, request_id);
        if self.protocol == Protocol::RpcV2Cbor {
            response.headers_mut().insert(SMITHY_PROTOCOL, HeaderValue::from_static("rpc-v2-cbor"));
        }
        response
    }
}

/// A text that cannot be a header's value is left out.
fn set(response: &mut Response<Bytes>, name: HeaderName, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        response.headers_mut().insert(name, value);
    }
}

/// An output without members is `{}`, also when it is written as `()`.
fn json<O: Serialize>(out: &O) -> Option<Vec<u8>> {
    let mut body = serde_json::to_vec(out).ok()?;
    if body == b"null" {
        body = b"{}".to_vec();
    }
    Some(body)
}

/// The body of an error in JSON and CBOR.
struct Body<'a>(&'a Fault);

impl Serialize for Body<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let (message, members) = (self.0.message(), self.0.members());
        let entries = 1 + usize::from(message.is_some()) + members.len();
        let mut map = serializer.serialize_map(Some(entries))?;
        map.serialize_entry("__type", &self.0.type_name())?;
        if let Some(message) = message {
            map.serialize_entry(self.0.kind().message_member, message)?;
        }
        for (name, value) in members {
            map.serialize_entry(name, value)?;
        }
        map.end()
    }
}
