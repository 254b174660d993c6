//! What the crate knows of a service as a whole: its names, operations, errors, routes and size limits.
//!
//! The statics are generated into [`crate::shapes`]. This module also answers the first question about a
//! request: which service does it want? It deliberately does not verify signatures; it only reads the
//! scope's service name, see <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html>.

use bytes::Bytes;
use http::request::Parts;

use crate::protocol::Protocol;
use crate::query::form;

/// A service: one of AWS's service models, without its shapes.
#[derive(Debug)]
pub struct ServiceModel {
    /// The name AWS's tools use: `cloudwatch`.
    pub name: &'static str,
    /// The service in a signature's scope: `monitoring`.
    pub signing_name: &'static str,
    /// The date in the query protocol's `Version`: `2010-08-01`.
    pub api_version: &'static str,
    /// The namespace of XML answers; empty when the service does not speak awsQuery.
    pub xml_namespace: &'static str,
    /// What may stand before the dot in `X-Amz-Target`; the first one is the model's own.
    pub target_prefixes: &'static [&'static str],
    /// The service in the path of rpc-v2-cbor; empty when the service does not speak it.
    pub rpc_name: &'static str,
    /// The protocols the service speaks.
    pub protocols: &'static [Protocol],
    /// Whether errors also carry their awsQuery code (`x-amzn-query-error`) when the caller asks for it.
    pub query_compatible: bool,
    /// What stands before the `#` of an error's `__type`; empty when AWS writes the bare shape name.
    pub error_namespace: &'static str,
    /// The error of the model that violated constraints are answered with; empty where it is `ValidationException`.
    pub violation: &'static str,
    /// All operations of the model, sorted; supported by Watchtrail or not.
    pub operations: &'static [&'static str],
    /// All errors of the model, sorted by shape.
    pub errors: &'static [ErrorModel],
    /// Where the operations of a restJson service live.
    pub routes: &'static [RestRoute],
    /// How large a request may be.
    pub limits: Limits,
}

/// An error of a service's model.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ErrorModel {
    /// The shape: `InvalidParameterValueException`.
    pub shape: &'static str,
    /// The awsQuery code: `InvalidParameterValue`.
    pub code: &'static str,
    /// The HTTP status.
    pub status: u16,
    /// Whether the sender is at fault (else the receiver).
    pub sender: bool,
    /// How the member with the message is spelt: `message` or `Message`.
    pub message_member: &'static str,
}

/// An operation of a restJson service.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RestRoute {
    /// The operation's name.
    pub operation: &'static str,
    /// The HTTP method.
    pub method: &'static str,
    /// The path, without a query string; no labels.
    pub path: &'static str,
    /// Query parameters that carry members: `(parameter, member)`.
    pub query: &'static [(&'static str, &'static str)],
}

/// How large a request may be, in bytes.
///
/// For `PutMetricData` AWS documents "1 MB in size for HTTP POST requests. You can send a payload compressed
/// by gzip" (API reference of the operation), and refuses with `Request size 45305 exceeded 40960 bytes` (an
/// older limit). That compression helped to stay below that older limit says that the limit holds for what
/// is sent. A limit for what comes out of gunzip is not documented: `decoded` is our own guard.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// The body as sent.
    pub body: usize,
    /// The body after gunzip.
    pub decoded: usize,
}

impl ServiceModel {
    /// The operation of that exact name, if the model has one.
    pub fn operation(&self, name: &str) -> Option<&'static str> {
        self.operations.binary_search(&name).ok().map(|found| self.operations[found])
    }

    /// The error of that shape name, if the model has one.
    pub fn error(&self, shape: &str) -> Option<&'static ErrorModel> {
        self.errors.binary_search_by(|error| error.shape.cmp(shape)).ok().map(|found| &self.errors[found])
    }

    /// Whether the service speaks `protocol`.
    pub fn speaks(&self, protocol: Protocol) -> bool {
        self.protocols.contains(&protocol)
    }

    pub(crate) fn route(&self, parts: &Parts) -> Option<&'static RestRoute> {
        let path = parts.uri.path().trim_end_matches('/');
        self.routes.iter().find(|route| route.path == path && route.method == parts.method.as_str())
    }

    fn has_target(&self, target: &str) -> bool {
        let prefix = target.rsplit_once('.').map_or(target, |(prefix, _)| prefix);
        self.target_prefixes.contains(&prefix)
    }
}

/// The service that a request is meant for, among `services`.
///
/// `X-Amz-Target` decides first, then the path of rpc-v2-cbor and of restJson, then the service in the
/// signature's scope, and last, for unsigned requests, the form's `Version` and `Action`.
pub fn addressed(
    services: &[&'static ServiceModel],
    parts: &Parts,
    body: &Bytes,
) -> Option<&'static ServiceModel> {
    let find =
        |wanted: &dyn Fn(&ServiceModel) -> bool| services.iter().copied().find(|service| wanted(service));
    if let Some(target) = parts.headers.get("x-amz-target").and_then(|value| value.to_str().ok())
        && let Some(service) = find(&|service| service.has_target(target))
    {
        return Some(service);
    }
    if let Some((rpc_name, _)) = rpc_path(parts.uri.path())
        && let Some(service) = find(&|service| service.rpc_name == rpc_name)
    {
        return Some(service);
    }
    if let Some(service) = find(&|service| service.route(parts).is_some()) {
        return Some(service);
    }
    if let Some(scope) = signed_service(parts) {
        return find(&|service| service.signing_name == scope);
    }
    let version = form::parameter(parts, body, "Version")?;
    let action = form::parameter(parts, body, "Action");
    find(&|service| {
        service.speaks(Protocol::AwsQuery)
            && service.api_version == version
            && action.as_deref().is_none_or(|action| service.operation(action).is_some())
    })
}

/// Service and operation of an rpc-v2-cbor path, which may have any prefix.
pub(crate) fn rpc_path(path: &str) -> Option<(&str, &str)> {
    let (_, rest) = path.rsplit_once("/service/")?;
    let (service, operation) = rest.split_once("/operation/")?;
    (!service.contains('/') && !operation.contains('/')).then_some((service, operation))
}

/// The service in the scope of a SigV4 signature: `AKID/date/region/service/aws4_request`.
fn signed_service(parts: &Parts) -> Option<String> {
    let header = parts.headers.get(http::header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    let credential = match header {
        Some(header) => header.split_once("Credential=").map(|(_, rest)| rest.to_owned())?,
        None => form::parameter(parts, &Bytes::new(), "X-Amz-Credential")?,
    };
    let scope = credential.split([',', ' ']).next()?;
    scope.split('/').nth(3).map(str::to_owned)
}
