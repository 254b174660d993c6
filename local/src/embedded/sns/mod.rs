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
use http::request::Parts;
use http::{Method, Request, Response};
use serde::Serialize;
use serde_json::Value;
use watchtrail_service::audit::{self, Division};
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

    /// Answers a request of the SNS API, whatever it is. Publish works in the account and region of the topic's ARN, whoever
    /// signed the request; so do the links of the handshake.
    pub fn answer(&self, request: Request<Bytes>) -> Response<Bytes> {
        let (parts, body) = request.into_parts();
        self.carry_out(parts, body, self.0.entropy.uuid(), None).0
    }

    /// Answers a request of somebody who was let in, as far as their policy allows, and records the call. What the suite itself publishes does
    /// not come through here and is not recorded.
    pub async fn answer_recorded(&self, context: &Context, request: Request<Bytes>) -> Response<Bytes> {
        let (parts, body) = request.into_parts();
        let request = watchtrail_service::Request::of(context, &parts);
        let (answer, done) = self.carry_out(parts, body, request.request_id.clone(), Some(&request));
        let Some(done) = done else { return answer };
        // "When you are not logged in … and either the ConfirmSubscription or Unsubscribe actions are invoked, they will not be logged":
        // https://docs.aws.amazon.com/sns/latest/dg/logging-using-cloudtrail.html
        let by_link = request.caller.access_key_id.is_none()
            && matches!(done.operation, "ConfirmSubscription" | "Unsubscribe");
        if !by_link && request.is_recorded(Division::of(MODEL.name, done.operation)).await {
            let shapes = (done.parameters, done.elements);
            let told = audit::told(&request, &MODEL, done.operation, shapes, done.fault.as_ref());
            request.record(told).await;
        }
        answer
    }

    /// Answers a request; what was done is none where it is no call of this API.
    fn carry_out(
        &self,
        mut parts: Parts,
        body: Bytes,
        id: String,
        caller: Option<&watchtrail_service::Request<'_>>,
    ) -> (Response<Bytes>, Option<Done>) {
        if is_link(&parts) {
            name_version(&mut parts);
        }
        let call = match watchtrail_wire::read(&MODEL, &parts, body) {
            Ok(call) => call,
            Err(rejection) => return (rejection.into_response(&id), None),
        };
        let operation = call.operation();
        let ask = Ask::of(self, &parts, operation, id, caller);
        let mut done = Done { operation, parameters: None, elements: None, fault: None };
        let answer = match run(&ask, &call, &mut done) {
            Ok(answer) => {
                tracing::debug!(service = MODEL.name, operation, id = ask.id, "answered");
                answer
            }
            Err(fault) => {
                tracing::info!(service = MODEL.name, operation, id = ask.id, code = fault.code(), "refused");
                let answer = call.refuse(&fault, &ask.id);
                done.fault = Some(fault);
                answer
            }
        };
        (answer, Some(done))
    }
}

/// What a call was given and what came of it, for its audit record.
struct Done {
    operation: &'static str,
    parameters: Option<Value>,
    elements: Option<Value>,
    fault: Option<Fault>,
}

fn run(ask: &Ask<'_>, call: &Call, done: &mut Done) -> Result<Response<Bytes>, Fault> {
    match call.operation() {
        "ConfirmSubscription" => answered(ask, (call, done), subscriptions::confirm),
        "CreateTopic" => answered(ask, (call, done), topics::create),
        "DeleteTopic" => answered(ask, (call, done), topics::delete),
        "GetSubscriptionAttributes" => answered(ask, (call, done), subscriptions::attributes),
        "GetTopicAttributes" => answered(ask, (call, done), topics::attributes),
        "ListSubscriptions" => answered(ask, (call, done), subscriptions::list),
        "ListSubscriptionsByTopic" => answered(ask, (call, done), subscriptions::list_by_topic),
        "ListTagsForResource" => answered(ask, (call, done), tags::list),
        "ListTopics" => answered(ask, (call, done), topics::list),
        "Publish" => answered(ask, (call, done), publish::publish),
        "SetSubscriptionAttributes" => answered(ask, (call, done), subscriptions::set_attribute),
        "SetTopicAttributes" => answered(ask, (call, done), topics::set_attribute),
        "Subscribe" => answered(ask, (call, done), subscriptions::subscribe),
        "TagResource" => answered(ask, (call, done), tags::tag),
        "UntagResource" => answered(ask, (call, done), tags::untag),
        "Unsubscribe" => answered(ask, (call, done), subscriptions::unsubscribe),
        other => Err(Fault::unsupported(&MODEL, other)),
    }
}

fn answered<I: Shape + Serialize, O: Serialize>(
    ask: &Ask<'_>,
    (call, done): (&Call, &mut Done),
    operation: impl Fn(&Ask<'_>, I) -> Result<O, Fault>,
) -> Result<Response<Bytes>, Fault> {
    let input: I = call.input()?;
    if let Some(caller) = ask.caller {
        caller.authorize(MODEL.name, call.operation(), &input)?;
    }
    done.parameters = members(&input);
    let output = operation(ask, input)?;
    done.elements = members(&output);
    Ok(call.respond(&output, &ask.id))
}

/// A shape as a value; one without members is nothing.
fn members(shape: &impl Serialize) -> Option<Value> {
    let value = serde_json::to_value(shape).ok()?;
    value.as_object().is_some_and(|members| !members.is_empty()).then_some(value)
}

/// Whether a request is a link of a message, which AWS writes without the version of the API.
pub(crate) fn is_link(parts: &Parts) -> bool {
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

fn name_version(parts: &mut Parts) {
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
