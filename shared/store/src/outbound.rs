//! What the suite asks of other services: to publish a message, to invoke a function, to take what subscriptions send.
//!
//! Each service is optional: the local host has those that it embeds or was given an endpoint of. A call is made by the SDK with its own
//! retries on AWS, and once on the local host; what is done about a failure is the caller's business.

mod parameters;
mod subscription;

use std::sync::Arc;
use std::time::Duration;

use aws_sdk_dynamodb::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_lambda::primitives::Blob;
use aws_sdk_lambda::types::InvocationType;
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
pub use parameters::Parameters;
pub use subscription::{Piece, Route, Sent, Service};
use ulid::Ulid;
use watchtrail_core::logs::subscription::Message;

/// Where the events go that AWS's services put on the default event bus, and what sees the actions that leave.
pub trait Port: Send + Sync + std::fmt::Debug {
    /// An EventBridge event, JSON.
    fn event(&self, event: String);
    /// A function was invoked, or could not be.
    fn invoked(&self, function: &str, event: &str, outcome: Result<(), &OutboundError>);
    /// A subscription's message was sent to an ARN, or could not be.
    fn sent(&self, destination: &str, message: &Message<'_>, outcome: Result<Sent, &OutboundError>);
}

/// The header in which an action's id goes along: AWS ignores it, the embedded SNS makes the message's id of it.
pub const ACTION_ID: &str = "x-watchtrail-action-id";

/// How SNS says that a topic is not there, not there for the caller, or none.
const UNREACHABLE: [&str; 5] =
    ["AccessDenied", "AuthorizationError", "InvalidParameter", "InvalidParameterException", "NotFound"];

/// The services that actions go to.
#[derive(Debug, Clone)]
pub struct Outbound {
    /// Who takes events, and sees what leaves.
    pub port: Option<Arc<dyn Port>>,
    /// SNS.
    pub sns: Option<aws_sdk_sns::Client>,
    /// Lambda.
    pub lambda: Option<aws_sdk_lambda::Client>,
    /// Kinesis Data Streams.
    pub kinesis: Option<aws_sdk_kinesis::Client>,
    /// Firehose.
    pub firehose: Option<aws_sdk_firehose::Client>,
    /// How long one call may take, with all the SDK's tries.
    pub patience: Duration,
}

impl Default for Outbound {
    fn default() -> Self {
        let patience = Duration::from_secs(10);
        Self { port: None, sns: None, lambda: None, kinesis: None, firehose: None, patience }
    }
}

/// Why an action was not carried out.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct OutboundError {
    /// In the service's words, with its error code.
    pub message: String,
    /// Whether the same call may succeed later.
    pub retryable: bool,
}

impl OutboundError {
    fn unknown(service: &str) -> Self {
        let option = service.to_ascii_lowercase();
        let message = format!("{service} is not known to this host; start it with --{option}-endpoint URL");
        Self { message, retryable: false }
    }
}

impl Outbound {
    /// Publishes a message to a topic; without a subject where it is empty.
    ///
    /// # Errors
    /// In SNS's words.
    pub async fn publish(
        &self,
        topic: &str,
        subject: &str,
        message: &str,
        id: Ulid,
    ) -> Result<(), OutboundError> {
        let Some(sns) = &self.sns else { return Err(OutboundError::unknown("SNS")) };
        let request = sns.publish().topic_arn(topic).message(message);
        let request = request.set_subject((!subject.is_empty()).then(|| subject.to_owned()));
        let there =
            aws_sdk_sns::config::Builder::new().region(region(topic).map(aws_sdk_sns::config::Region::new));
        let id = id.to_string();
        let named =
            move |request: &mut HttpRequest| drop(request.headers_mut().insert(ACTION_ID, id.clone()));
        request.customize().config_override(there).mutate_request(named).send().await.map_err(failed)?;
        Ok(())
    }

    /// Whether a topic is there for this function; `None` where SNS is not known to this host, or did not tell.
    pub async fn has_topic(&self, topic: &str) -> Option<bool> {
        let there =
            aws_sdk_sns::config::Builder::new().region(region(topic).map(aws_sdk_sns::config::Region::new));
        let request = self.sns.as_ref()?.get_topic_attributes().topic_arn(topic).customize();
        match request.config_override(there).send().await {
            Ok(_) => Some(true),
            // That it is gone, or not for us. Other failures, such as throttling, tell nothing of it.
            Err(error) => error.code().filter(|code| UNREACHABLE.contains(code)).map(|_| false),
        }
    }

    /// Hands an EventBridge event over, where somebody takes it.
    pub fn put_event(&self, event: String) {
        if let Some(port) = &self.port {
            port.event(event);
        }
    }

    /// Invokes a function with an event, and does not wait for what it does.
    ///
    /// # Errors
    /// In Lambda's words.
    pub async fn invoke(&self, function: &str, event: &str) -> Result<(), OutboundError> {
        let outcome = self.call(function, event, InvocationType::Event).await;
        if let Some(port) = &self.port {
            port.invoked(function, event, outcome.as_ref().copied());
        }
        outcome
    }

    async fn call(&self, function: &str, event: &str, how: InvocationType) -> Result<(), OutboundError> {
        let Some(lambda) = &self.lambda else { return Err(OutboundError::unknown("Lambda")) };
        let request =
            lambda.invoke().function_name(function).invocation_type(how).payload(Blob::new(event.as_bytes()));
        let there = region(function).map(aws_sdk_lambda::config::Region::new);
        let there = aws_sdk_lambda::config::Builder::new().region(there);
        request.customize().config_override(there).send().await.map_err(failed)?;
        Ok(())
    }
}

/// The region of an ARN.
fn region(arn: &str) -> Option<String> {
    arn.starts_with("arn:").then(|| arn.split(':').nth(3)).flatten().map(str::to_owned)
}

fn failed<E>(error: SdkError<E, HttpResponse>) -> OutboundError
where
    E: ProvideErrorMetadata + std::error::Error + 'static,
{
    let status = error.raw_response().map(|response| response.status().as_u16());
    if let Some(service) = error.as_service_error() {
        let code = match (service.code(), status) {
            (Some(code), _) => code.to_owned(),
            (None, Some(status)) => format!("HTTP {status}"),
            (None, None) => "none".to_owned(),
        };
        let message = format!("{} (Error Code: {code})", service.message().unwrap_or_default());
        return OutboundError { message: message.trim().to_owned(), retryable: is_passing(status, &code) };
    }
    let mut message = error.to_string();
    let mut source = std::error::Error::source(&error);
    while let Some(cause) = source {
        message = format!("{message}: {cause}");
        source = cause.source();
    }
    OutboundError { message, retryable: status.is_none_or(|status| is_passing(Some(status), "")) }
}

/// Whether the same call may succeed later: the service was overwhelmed or broken, or did not answer. Throttling is a 400 in some of them.
fn is_passing(status: Option<u16>, code: &str) -> bool {
    status.is_none_or(|status| status == 408 || status == 429 || status >= 500) || code.contains("Throttl")
}
