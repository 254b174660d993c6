//! From an HTTP request to a call: protocol, gunzip, size limits, operation name; then its typed input.
//!
//! Nothing here knows an operation. Signatures are verified elsewhere, over the request as it was sent.

use bytes::Bytes;
use http::header::{CONTENT_TYPE, HeaderMap};
use http::request::Parts;
use http::{Method, Response};
use serde::Serialize;

use crate::answer::Answer;
use crate::body;
use crate::constraints::{Path, Shape, Violations};
use crate::fault::Fault;
use crate::protocol::Protocol;
use crate::query::form;
use crate::service::{RestRoute, ServiceModel, rpc_path};
use crate::{cbor, json, query};

/// A request whose operation is known to the service's model; its input is still encoded.
#[derive(Debug)]
pub struct Call {
    answer: Answer,
    operation: &'static str,
    /// The unzipped body; for awsQuery the form, wherever it was sent.
    body: Bytes,
    /// Members that a restJson request carries in its query string.
    bound: Vec<(&'static str, String)>,
}

/// A request that is no call of the service; knows how to say so.
#[derive(Debug)]
pub struct Rejection {
    answer: Answer,
    fault: Fault,
}

impl Rejection {
    /// What is wrong.
    pub fn fault(&self) -> &Fault {
        &self.fault
    }

    /// The protocol of the answer.
    pub fn protocol(&self) -> Protocol {
        self.answer.protocol
    }

    /// The answer.
    pub fn into_response(self, request_id: &str) -> Response<Bytes> {
        self.answer.refuse(&self.fault, request_id)
    }
}

/// Reads a request to `service`: finds its protocol, unpacks its body and names its operation.
///
/// # Errors
///
/// When the body is too large or cannot be unpacked, or when the service has no such operation.
pub fn read(service: &'static ServiceModel, parts: &Parts, body: Bytes) -> Result<Call, Rejection> {
    let answer = Answer::of(service, parts);
    open(answer, parts, body).map_err(|fault| Rejection { answer, fault })
}

/// The answer to a request that is refused before it is read, in the protocol that it would have been read in.
pub fn refuse(
    service: &'static ServiceModel,
    parts: &Parts,
    fault: &Fault,
    request_id: &str,
) -> Response<Bytes> {
    Answer::of(service, parts).refuse(fault, request_id)
}

fn open(answer: Answer, parts: &Parts, body: Bytes) -> Result<Call, Fault> {
    let service = answer.service;
    let body = body::decoded(&parts.headers, body, service.limits)?;
    let no_bindings = |operation| (operation, body.clone(), Vec::new());
    let (operation, body, bound) = match answer.protocol {
        Protocol::AwsJson10 | Protocol::AwsJson11 => no_bindings(target(service, parts)?),
        Protocol::RpcV2Cbor => no_bindings(cbor_operation(service, parts)?),
        Protocol::AwsQuery => {
            let form = form::of(parts, &body);
            (action(service, &form)?, form, Vec::new())
        }
        Protocol::RestJson => {
            let route = service.route(parts).ok_or_else(|| unknown(service, parts.uri.path()))?;
            let operation = service.operation(route.operation).unwrap_or(route.operation);
            (operation, body, bindings(route, parts))
        }
    };
    Ok(Call { answer, operation, body, bound })
}

impl Answer {
    fn of(service: &'static ServiceModel, parts: &Parts) -> Self {
        let protocol = protocol(service, parts);
        let query_mode = service.query_compatible && has(&parts.headers, "x-amzn-query-mode", "true");
        Self { service, protocol, query_mode }
    }
}

/// The protocol of a request, or what to answer in when it is none.
fn protocol(service: &ServiceModel, parts: &Parts) -> Protocol {
    let headers = &parts.headers;
    let is_cbor = has(headers, "smithy-protocol", "rpc-v2-cbor") || rpc_path(parts.uri.path()).is_some();
    if is_cbor && service.speaks(Protocol::RpcV2Cbor) {
        return Protocol::RpcV2Cbor;
    }
    let json = [Protocol::AwsJson10, Protocol::AwsJson11].into_iter().find(|json| service.speaks(*json));
    let content_type = headers.get(CONTENT_TYPE).map_or(&b""[..], |value| value.as_bytes());
    let asked = if content_type.starts_with(b"application/x-amz-json-1.0") {
        Some(Protocol::AwsJson10)
    } else if content_type.starts_with(b"application/x-amz-json-1.1") {
        Some(Protocol::AwsJson11)
    } else {
        None
    };
    match json {
        Some(own) if asked.is_some() || headers.contains_key("x-amz-target") => asked.unwrap_or(own),
        _ if service.speaks(Protocol::AwsQuery) => Protocol::AwsQuery,
        Some(own) => own,
        None => Protocol::RestJson,
    }
}

fn has(headers: &HeaderMap, name: &str, value: &str) -> bool {
    headers.get(name).is_some_and(|found| found.as_bytes().eq_ignore_ascii_case(value.as_bytes()))
}

fn unknown(service: &ServiceModel, operation: &str) -> Fault {
    Fault::unknown_operation(operation, Some(service.api_version))
}

/// The operation in `X-Amz-Target: Prefix.Operation`.
fn target(service: &ServiceModel, parts: &Parts) -> Result<&'static str, Fault> {
    let target = parts.headers.get("x-amz-target").and_then(|value| value.to_str().ok()).unwrap_or_default();
    let operation = target.rsplit_once('.').and_then(|(prefix, operation)| {
        let ours = parts.method == Method::POST && service.target_prefixes.contains(&prefix);
        ours.then(|| service.operation(operation)).flatten()
    });
    operation.ok_or_else(|| unknown(service, target))
}

fn cbor_operation(service: &ServiceModel, parts: &Parts) -> Result<&'static str, Fault> {
    let path = parts.uri.path();
    let operation =
        rpc_path(path).filter(|(name, _)| parts.method == Method::POST && *name == service.rpc_name);
    operation
        .and_then(|(_, operation)| service.operation(operation))
        .ok_or_else(|| unknown(service, rpc_path(path).map_or(path, |(_, operation)| operation)))
}

/// The operation in `Action`, at the version of the API that `Version` names.
fn action(service: &ServiceModel, form: &[u8]) -> Result<&'static str, Fault> {
    let action = form::first(form, "Action").filter(|action| !action.is_empty());
    let action = action.ok_or_else(Fault::missing_action)?;
    let version = form::first(form, "Version");
    let ours = version.as_deref() == Some(service.api_version);
    let operation = if ours { service.operation(&action) } else { None };
    operation.ok_or_else(|| Fault::unknown_operation(&action, version.as_deref()))
}

fn bindings(route: &RestRoute, parts: &Parts) -> Vec<(&'static str, String)> {
    let query = parts.uri.query().unwrap_or_default().as_bytes();
    let bound = |(parameter, member): &(&str, &'static str)| Some((*member, form::first(query, parameter)?));
    route.query.iter().filter_map(bound).collect()
}

impl Call {
    /// The service that is called.
    pub fn service(&self) -> &'static ServiceModel {
        self.answer.service
    }

    /// The operation that is called, by its name in the model.
    pub fn operation(&self) -> &'static str {
        self.operation
    }

    /// The protocol of question and answer.
    pub fn protocol(&self) -> Protocol {
        self.answer.protocol
    }

    /// Decodes the input, then checks its constraints.
    ///
    /// # Errors
    ///
    /// `SerializationException` (query: `MalformedInput`) for what cannot be decoded, `ValidationException`
    /// (query: `ValidationError`) or the service's own error for violated constraints.
    pub fn input<I: Shape>(&self) -> Result<I, Fault> {
        let input: I = self.decode()?;
        self.check(&input)?;
        Ok(input)
    }

    /// Checks the constraints of an input.
    ///
    /// # Errors
    ///
    /// As [`Call::input`].
    pub fn check<I: Shape>(&self, input: &I) -> Result<(), Fault> {
        let mut violations = Violations::default();
        input.validate(&mut Path::default(), &mut violations);
        violations.message().map_or(Ok(()), |message| Err(Fault::violation(self.service(), message)))
    }

    /// Decodes the input and leaves its constraints unchecked, for an operation that words them itself.
    ///
    /// # Errors
    ///
    /// `SerializationException` (query: `MalformedInput`) for what cannot be decoded.
    pub fn decode<I: Shape>(&self) -> Result<I, Fault> {
        let decoded = match self.answer.protocol {
            Protocol::AwsJson10 | Protocol::AwsJson11 | Protocol::RestJson => {
                json::from_bytes(&self.body, &self.bound)
            }
            Protocol::RpcV2Cbor => cbor::from_bytes(&self.body),
            Protocol::AwsQuery => query::from_form(&self.body),
        };
        decoded.map_err(Fault::serialization)
    }

    /// The answer of a call that succeeded; `()` for operations without output.
    pub fn respond<O: Serialize>(&self, out: &O, request_id: &str) -> Response<Bytes> {
        self.answer.respond(self.operation, out, request_id)
    }

    /// The answer of a call that failed.
    pub fn refuse(&self, fault: &Fault, request_id: &str) -> Response<Bytes> {
        self.answer.refuse(fault, request_id)
    }
}

#[cfg(test)]
mod tests;
