//! The embedded SNS: what alarms and people's templates need of it, for one host.
//!
//! Topics, subscriptions and tags as AWS has them (<https://docs.aws.amazon.com/sns/latest/api/welcome.html>), kept in one file
//! beside the other data. Messages go to `http` and `https` endpoints, with AWS's handshake, bodies and headers; `email`
//! and `email-json` can be subscribed, stay unconfirmed, and are only listed. Every message is listed in the
//! [`Notifications`], whoever is subscribed.
//!
//! Deliberately not here: all other protocols, FIFO topics, filter policies, batches, dead-letter queues. Policies and delivery
//! policies are kept and have no effect. Messages are not signed, since nobody has AWS's key: see [`message`]. Deliveries under
//! way go on after a restart.

mod ask;
mod delivery;
mod faults;
mod message;
mod outbox;
mod publish;
mod state;
mod subscriptions;
mod tags;
mod topics;

use std::io;
use std::path::Path;
use std::sync::Arc;

use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpClient,
    SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::body::SdkBody;
use bytes::Bytes;
use http::{Method, Request, Response};
use serde::Serialize;
use watchtrail_service::{Clock, Context, Entropy, Fault, Settings};
use watchtrail_wire::shapes::sns::MODEL;
use watchtrail_wire::{Call, Shape};

use crate::Notifications;
use ask::Ask;
use delivery::Deliveries;
use outbox::Outbox;
use state::Stored;

/// An SNS within the process.
#[derive(Clone)]
pub struct EmbeddedSns(Arc<Inner>);

struct Inner {
    stored: Stored,
    outbox: Outbox,
    notifications: Arc<Notifications>,
    clock: Arc<dyn Clock>,
    entropy: Arc<dyn Entropy>,
    settings: Settings,
    deliveries: Deliveries,
}

impl std::fmt::Debug for EmbeddedSns {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("EmbeddedSns")
    }
}

/// What an [`EmbeddedSns`] is given of the world.
pub struct World {
    /// Where messages are listed.
    pub notifications: Arc<Notifications>,
    /// The suite's clock, for the times in messages; attempts to deliver wait in real time.
    pub clock: Arc<dyn Clock>,
    /// For identities and tokens.
    pub entropy: Arc<dyn Entropy>,
    /// For callers who do not tell who they are.
    pub settings: Settings,
}

impl EmbeddedSns {
    /// The SNS that is kept in `file`, or an empty one that will be. Must be called within a Tokio runtime: messages are
    /// delivered on it, whoever publishes them, until the last clone of this value is dropped.
    ///
    /// # Errors
    /// When the file is there and cannot be read.
    pub fn open(file: &Path, world: World) -> io::Result<Self> {
        let World { notifications, clock, entropy, settings } = world;
        let (stored, deliveries) = (Stored::open(file)?, Deliveries::here());
        let (outbox, left) = Outbox::open(file.with_extension("outbox"))?;
        let inner = Inner { stored, outbox, notifications, clock, entropy, settings, deliveries };
        let this = Self(Arc::new(inner));
        for delivery in left {
            this.post(delivery, None);
        }
        Ok(this)
    }

    /// A client for the AWS SDK that calls this SNS.
    pub fn client(&self) -> SharedHttpClient {
        SharedHttpClient::new(self.clone())
    }

    /// Answers a request of somebody who was let in, as far as their policy allows.
    pub(crate) fn answer_for(&self, context: &Context, request: Request<Bytes>) -> Response<Bytes> {
        self.answer_as(Some(context), request)
    }

    /// Answers a request of the SNS API, whatever it is. Publish works in the account and region of the topic's ARN, whoever
    /// signed the request; so do the links of the handshake.
    pub fn answer(&self, request: Request<Bytes>) -> Response<Bytes> {
        self.answer_as(None, request)
    }

    fn answer_as(&self, context: Option<&Context>, request: Request<Bytes>) -> Response<Bytes> {
        let (mut parts, body) = request.into_parts();
        if is_link(&parts) {
            name_version(&mut parts);
        }
        let id = self.0.entropy.uuid();
        let call = match watchtrail_wire::read(&MODEL, &parts, body) {
            Ok(call) => call,
            Err(rejection) => return rejection.into_response(&id),
        };
        let operation = call.operation();
        let caller = context.map(|context| watchtrail_service::Request::of(context, &parts));
        let ask = Ask::of(self, &parts, operation, id, caller);
        match run(&ask, &call) {
            Ok(answer) => {
                tracing::debug!(service = MODEL.name, operation, id = ask.id, "answered");
                answer
            }
            Err(fault) => {
                tracing::info!(service = MODEL.name, operation, id = ask.id, code = fault.code(), "refused");
                call.refuse(&fault, &ask.id)
            }
        }
    }
}

fn run(ask: &Ask<'_>, call: &Call) -> Result<Response<Bytes>, Fault> {
    match call.operation() {
        "ConfirmSubscription" => answered(ask, call, subscriptions::confirm),
        "CreateTopic" => answered(ask, call, topics::create),
        "DeleteTopic" => answered(ask, call, topics::delete),
        "GetSubscriptionAttributes" => answered(ask, call, subscriptions::attributes),
        "GetTopicAttributes" => answered(ask, call, topics::attributes),
        "ListSubscriptions" => answered(ask, call, subscriptions::list),
        "ListSubscriptionsByTopic" => answered(ask, call, subscriptions::list_by_topic),
        "ListTagsForResource" => answered(ask, call, tags::list),
        "ListTopics" => answered(ask, call, topics::list),
        "Publish" => answered(ask, call, publish::publish),
        "SetSubscriptionAttributes" => answered(ask, call, subscriptions::set_attribute),
        "SetTopicAttributes" => answered(ask, call, topics::set_attribute),
        "Subscribe" => answered(ask, call, subscriptions::subscribe),
        "TagResource" => answered(ask, call, tags::tag),
        "UntagResource" => answered(ask, call, tags::untag),
        "Unsubscribe" => answered(ask, call, subscriptions::unsubscribe),
        other => Err(Fault::unsupported(&MODEL, other)),
    }
}

fn answered<I: Shape + Serialize, O: Serialize>(
    ask: &Ask<'_>,
    call: &Call,
    operation: impl Fn(&Ask<'_>, I) -> Result<O, Fault>,
) -> Result<Response<Bytes>, Fault> {
    let input: I = call.input()?;
    if let Some(caller) = &ask.caller {
        caller.authorize(MODEL.name, call.operation(), &input)?;
    }
    Ok(call.respond(&operation(ask, input)?, &ask.id))
}

/// Whether a request is a link of a message, which AWS writes without the version of the API.
pub(crate) fn is_link(parts: &http::request::Parts) -> bool {
    let query = parts.uri.query().unwrap_or_default();
    let parameter = |name: &str| {
        form_urlencoded::parse(query.as_bytes())
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.into_owned())
    };
    parts.method == Method::GET
        && parts.uri.path() == "/"
        && matches!(parameter("Action").as_deref(), Some("ConfirmSubscription" | "Unsubscribe"))
        && parameter("Version").is_none()
}

fn name_version(parts: &mut http::request::Parts) {
    let query = parts.uri.query().unwrap_or_default();
    if let Ok(uri) = format!("/?{query}&Version={}", MODEL.api_version).parse() {
        parts.uri = uri;
    }
}

impl HttpConnector for EmbeddedSns {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        HttpConnectorFuture::ready(self.connect(request))
    }
}

impl EmbeddedSns {
    fn connect(&self, request: HttpRequest) -> Result<HttpResponse, ConnectorError> {
        let request = request.try_into_http1x().map_err(|error| ConnectorError::user(error.into()))?;
        let (parts, body) = request.into_parts();
        let body = body.bytes().map(Bytes::copy_from_slice);
        let body = body.ok_or_else(|| ConnectorError::user("a streaming body is no SNS request".into()))?;
        let (parts, body) = self.answer(Request::from_parts(parts, body)).into_parts();
        let mut answer = HttpResponse::new(parts.status.into(), SdkBody::from(body));
        for (name, value) in &parts.headers {
            if let Ok(value) = value.to_str() {
                answer.headers_mut().append(name.as_str().to_owned(), value.to_owned());
            }
        }
        Ok(answer)
    }
}

impl HttpClient for EmbeddedSns {
    fn http_connector(&self, _: &HttpConnectorSettings, _: &RuntimeComponents) -> SharedHttpConnector {
        SharedHttpConnector::new(self.clone())
    }
}

#[cfg(test)]
mod tests;
