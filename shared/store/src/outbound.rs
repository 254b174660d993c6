//! What the suite asks of other services: to publish a message, to invoke a function.
//!
//! Each service is optional: the local host has those that it embeds or was given an endpoint of. A call is tried by the SDK as its own retries
//! say; what is done about a failure is the caller's business.

use aws_sdk_dynamodb::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_lambda::primitives::Blob;

/// The services that actions go to.
#[derive(Debug, Clone, Default)]
pub struct Outbound {
    /// SNS.
    pub sns: Option<aws_sdk_sns::Client>,
    /// Lambda.
    pub lambda: Option<aws_sdk_lambda::Client>,
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
        let message = format!("{service} is not known to this host; name an endpoint for it");
        Self { message, retryable: false }
    }
}

impl Outbound {
    /// Publishes a message to a topic.
    ///
    /// # Errors
    /// In SNS's words.
    pub async fn publish(&self, topic: &str, subject: &str, message: &str) -> Result<(), OutboundError> {
        let Some(sns) = &self.sns else { return Err(OutboundError::unknown("SNS")) };
        let request = sns.publish().topic_arn(topic).subject(subject).message(message);
        let there =
            aws_sdk_sns::config::Builder::new().region(region(topic).map(aws_sdk_sns::config::Region::new));
        request.customize().config_override(there).send().await.map_err(failed)?;
        Ok(())
    }

    /// Invokes a function with an event, and does not wait for what it does.
    ///
    /// # Errors
    /// In Lambda's words.
    pub async fn invoke(&self, function: &str, event: &str) -> Result<(), OutboundError> {
        let Some(lambda) = &self.lambda else { return Err(OutboundError::unknown("Lambda")) };
        let request = lambda
            .invoke()
            .function_name(function)
            .invocation_type(aws_sdk_lambda::types::InvocationType::Event)
            .payload(Blob::new(event.as_bytes()));
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

/// Codes that will be the same the next time.
const FINAL: [&str; 10] = [
    "NotFound",
    "NotFoundException",
    "ResourceNotFoundException",
    "AuthorizationError",
    "AuthorizationErrorException",
    "AccessDeniedException",
    "InvalidParameter",
    "InvalidParameterException",
    "InvalidParameterValueException",
    "ValidationError",
];

fn failed<E, R>(error: SdkError<E, R>) -> OutboundError
where
    E: ProvideErrorMetadata + std::error::Error + 'static,
    R: std::fmt::Debug + 'static,
{
    match error.as_service_error() {
        Some(service) => {
            let code = service.code().unwrap_or("an error without a code");
            let message = format!("{} (Error Code: {code})", service.message().unwrap_or_default());
            OutboundError { message, retryable: !FINAL.contains(&code) }
        }
        None => {
            let mut message = error.to_string();
            let mut source = std::error::Error::source(&error);
            while let Some(cause) = source {
                message = format!("{message}: {cause}");
                source = cause.source();
            }
            OutboundError { message, retryable: true }
        }
    }
}
