//! What goes wrong, in AWS's words: shape, query code, status and message of an error.
//!
//! A service's own errors come from its model ([`Fault::modeled`]); the others are the same for all services
//! (<https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/CommonErrors.html>). The same error has
//! different names and statuses in different protocols, so a [`Fault`] carries both and the answer chooses.

use std::fmt;

use serde::Serialize;

use crate::service::ServiceModel;

/// An error answer, not yet encoded. Boxed, since it travels in every `Result`.
#[derive(Debug, Clone, PartialEq)]
pub struct Fault(Box<Details>);

#[derive(Debug, Clone, PartialEq)]
struct Details {
    kind: Kind,
    message: Option<String>,
    members: Vec<(&'static str, serde_json::Value)>,
}

/// How an error is called in the protocols.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Kind {
    /// What stands before `#` in `__type`; may be empty.
    pub(crate) namespace: &'static str,
    pub(crate) shape: &'static str,
    /// The awsQuery code, also in `x-amzn-query-error`.
    pub(crate) code: &'static str,
    pub(crate) status: u16,
    /// The status in awsQuery, where it can differ.
    pub(crate) query_status: u16,
    pub(crate) sender: bool,
    pub(crate) message_member: &'static str,
}

const SERVICE: &str = "com.amazon.coral.service";
const VALIDATE: &str = "com.amazon.coral.validate";
const AVAILABILITY: &str = "com.amazon.coral.availability";

/// An error that all services share. The namespaces are those seen in AWS's answers.
const fn common(
    namespace: &'static str,
    shape: &'static str,
    code: &'static str,
    status: u16,
    query_status: u16,
) -> Kind {
    Kind { namespace, shape, code, status, query_status, sender: status < 500, message_member: "message" }
}

impl Fault {
    fn new(kind: Kind, message: impl Into<String>) -> Self {
        Self(Box::new(Details { kind, message: Some(message.into()), members: Vec::new() }))
    }

    /// The error `shape` of the service's model. A shape that the model does not have is a mistake of ours, and
    /// becomes an internal failure.
    pub fn modeled(service: &ServiceModel, shape: &str, message: impl Into<String>) -> Self {
        let Some(error) = service.error(shape) else {
            debug_assert!(false, "{} has no error {shape}", service.name);
            return Self::internal();
        };
        let kind = Kind {
            namespace: service.error_namespace,
            shape: error.shape,
            code: error.code,
            status: error.status,
            query_status: error.status,
            sender: error.sender,
            message_member: error.message_member,
        };
        Self::new(kind, message)
    }

    /// The same error without a message, as AWS answers some.
    #[must_use]
    pub fn without_message(mut self) -> Self {
        self.0.message = None;
        self
    }

    /// The same error with another member of its shape, such as `dashboardValidationMessages`.
    #[must_use]
    pub fn with_member(mut self, name: &'static str, value: impl Serialize) -> Self {
        self.0.members.extend(serde_json::to_value(value).ok().map(|value| (name, value)));
        self
    }

    /// A constraint of the input's shape is violated.
    pub fn validation(message: impl Into<String>) -> Self {
        Self::new(common(VALIDATE, "ValidationException", "ValidationError", 400, 400), message)
    }

    /// Constraints of the input's shape are violated, in the shape that the service gives that error.
    pub fn violation(service: &ServiceModel, message: impl Into<String>) -> Self {
        match service.violation {
            "" => Self::validation(message),
            shape => Self::modeled(service, shape, message),
        }
    }

    /// The body cannot be decoded.
    pub fn serialization(message: impl Into<String>) -> Self {
        Self::new(common(SERVICE, "SerializationException", "MalformedInput", 400, 400), message)
    }

    /// The service has no such operation (at that version of its API; `None` when the caller named none).
    pub fn unknown_operation(operation: &str, version: Option<&str>) -> Self {
        let version = version.unwrap_or("NO_VERSION_SPECIFIED");
        let message = format!("Could not find operation {operation} for version {version}");
        Self::new(Self::no_such_operation(), message)
    }

    const fn no_such_operation() -> Kind {
        common(SERVICE, "UnknownOperationException", "InvalidAction", 400, 400)
    }

    /// AWS has this operation, Watchtrail does not.
    pub fn unsupported(service: &ServiceModel, operation: &str) -> Self {
        let message =
            format!("{operation} of {} is not supported by Watchtrail; see docs/coverage.md", service.name);
        Self::new(Self::no_such_operation(), message)
    }

    /// A query request names no action.
    pub fn missing_action() -> Self {
        let message = "The request is missing an action or a required parameter.";
        Self::new(common(SERVICE, "MissingAction", "MissingAction", 400, 400), message)
    }

    /// The request has `size` bytes, more than `limit`.
    pub fn request_entity_too_large(size: usize, limit: usize) -> Self {
        let message = format!("Request size {size} exceeded {limit} bytes");
        Self::new(Self::too_large(), message)
    }

    /// The request would have more than `limit` bytes after gunzip.
    pub fn decoded_too_large(limit: usize) -> Self {
        Self::new(Self::too_large(), format!("Decompressed request size exceeded {limit} bytes"))
    }

    const fn too_large() -> Kind {
        common(SERVICE, "RequestEntityTooLargeException", "RequestEntityTooLarge", 413, 413)
    }

    /// Something failed on our side that the caller need not know.
    pub fn internal() -> Self {
        let message = "The request processing has failed because of an unknown error, exception or failure.";
        Self::new(common(SERVICE, "InternalFailure", "InternalFailure", 500, 500), message)
    }

    /// Too many requests; SDKs retry.
    pub fn throttling(message: impl Into<String>) -> Self {
        Self::new(common(AVAILABILITY, "ThrottlingException", "Throttling", 400, 400), message)
    }

    /// Not now; SDKs retry.
    pub fn service_unavailable(message: impl Into<String>) -> Self {
        Self::new(common(SERVICE, "ServiceUnavailableException", "ServiceUnavailable", 503, 503), message)
    }

    /// The caller may not do this.
    pub fn access_denied(message: impl Into<String>) -> Self {
        Self::new(common(SERVICE, "AccessDeniedException", "AccessDenied", 400, 403), message)
    }

    /// Whether it says that the caller may not do this.
    pub fn is_access_denied(&self) -> bool {
        self.0.kind.shape == "AccessDeniedException"
    }

    /// No signature at all.
    pub fn missing_authentication_token() -> Self {
        let kind =
            common(SERVICE, "MissingAuthenticationTokenException", "MissingAuthenticationToken", 400, 403);
        Self::new(kind, "Request is missing Authentication Token")
    }

    /// The signature lacks a part.
    pub fn incomplete_signature(message: impl Into<String>) -> Self {
        Self::new(common(SERVICE, "IncompleteSignatureException", "IncompleteSignature", 400, 400), message)
    }

    /// The signature is wrong, or too old.
    pub fn invalid_signature(message: impl Into<String>) -> Self {
        Self::new(common(SERVICE, "InvalidSignatureException", "SignatureDoesNotMatch", 400, 403), message)
    }

    /// The access key is unknown.
    pub fn unrecognized_client() -> Self {
        let kind = common(SERVICE, "UnrecognizedClientException", "InvalidClientTokenId", 400, 403);
        Self::new(kind, "The security token included in the request is invalid.")
    }

    /// The shape's name: `InvalidParameterValueException`.
    pub fn shape(&self) -> &str {
        self.0.kind.shape
    }

    /// The awsQuery code: `InvalidParameterValue`.
    pub fn code(&self) -> &str {
        self.0.kind.code
    }

    /// The HTTP status, outside awsQuery.
    pub fn status(&self) -> u16 {
        self.0.kind.status
    }

    /// Whether the sender is at fault.
    pub fn is_sender(&self) -> bool {
        self.0.kind.sender
    }

    /// The message; some of AWS's errors have none.
    pub fn message(&self) -> Option<&str> {
        self.0.message.as_deref()
    }

    pub(crate) fn kind(&self) -> Kind {
        self.0.kind
    }

    /// Members besides the message.
    pub(crate) fn members(&self) -> &[(&'static str, serde_json::Value)] {
        &self.0.members
    }

    /// `__type` in JSON and CBOR.
    pub(crate) fn type_name(&self) -> String {
        match self.0.kind.namespace {
            "" => self.0.kind.shape.to_owned(),
            namespace => format!("{namespace}#{}", self.0.kind.shape),
        }
    }

    /// `Sender` or `Receiver`.
    pub(crate) fn side(&self) -> &'static str {
        if self.0.kind.sender { "Sender" } else { "Receiver" }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.0.kind.shape, self.0.message.as_deref().unwrap_or_default())
    }
}

impl std::error::Error for Fault {}
