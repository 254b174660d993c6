//! What the fuzz targets share: any body, in any protocol, is either decoded or refused; nothing panics.

use bytes::Bytes;
use http::request::Parts;
use serde::Serialize;
use watchtrail_wire::shapes::{SERVICES, cloudwatch};
use watchtrail_wire::{Shape, addressed, read};

/// The head of a `POST` request.
pub fn post(uri: &str, headers: &[(&str, &str)]) -> Parts {
    let mut request = http::Request::builder().method("POST").uri(uri);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    request.body(()).expect("a valid request").into_parts().0
}

/// Reads `body` as an input of type `I`; answers with what was read, or with the error.
pub fn decode<I: Shape + Serialize>(parts: &Parts, body: &[u8]) {
    let body = Bytes::copy_from_slice(body);
    addressed(SERVICES, parts, &body);
    match read(&cloudwatch::MODEL, parts, body) {
        Err(rejection) => drop(rejection.into_response("id")),
        Ok(call) => drop(match call.input::<I>() {
            Ok(input) => call.respond(&input, "id"),
            Err(fault) => call.refuse(&fault, "id"),
        }),
    }
}
