//! Operations and their list.

use std::future::Future;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use bytes::Bytes;
use futures::FutureExt;
use futures::future::BoxFuture;
use http::Response;
use http::request::Parts;
use serde::Serialize;
use serde_json::Value;
use watchtrail_core::time::Timestamp;
use watchtrail_store::Scope;
use watchtrail_wire::{Call, Fault, Path, ServiceModel, Shape, Violations};

use crate::audit::{self, Division};
use crate::{Called, Caller, Context};

/// An operation of an AWS API.
pub trait Operation {
    /// Its name in the service's model.
    const NAME: &'static str;
    /// Whether it checks the constraints of its input's shape itself ([`check_shape`]), because AWS words their violations
    /// differently for it; else the frame has checked them.
    const CHECKS_ITS_SHAPE: bool = false;
    /// Its generated input shape.
    type Input: Shape + Serialize + Send;
    /// Its generated output shape.
    type Output: Serialize + Send;

    /// Validates what the shape cannot say, does the work, and answers.
    ///
    /// # Errors
    /// AWS's error, with AWS's words.
    fn run(
        request: &Request<'_>,
        input: Self::Input,
    ) -> impl Future<Output = Result<Self::Output, Fault>> + Send;
}

/// Checks the constraints of a shape, in the words that AWS uses for most operations.
///
/// # Errors
/// `ValidationException` with all violations.
pub fn check_shape<S: Shape>(input: &S) -> Result<(), Fault> {
    let mut violations = Violations::default();
    input.validate(&mut Path::default(), &mut violations);
    violations.message().map_or(Ok(()), |message| Err(Fault::validation(message)))
}

/// A call on its way through an operation.
#[derive(Debug)]
pub struct Request<'a> {
    /// What the audit record will show, where one is written.
    pub(crate) audit: Option<Audit>,
    /// The world.
    pub context: &'a Context,
    /// Who asks.
    pub caller: Caller,
    /// When the request came: one time for all that it does.
    pub now: Timestamp,
    /// The id that the answer carries.
    pub request_id: String,
    /// What the call is billed by ([`crate::Called::quantity`]).
    pub(crate) billed: AtomicU64,
}

/// What an operation was given and what it gave, for the audit record.
#[derive(Debug, Default)]
pub(crate) struct Audit {
    parameters: OnceLock<Value>,
    elements: OnceLock<Value>,
}

impl Audit {
    fn note(place: &OnceLock<Value>, shape: &impl Serialize) {
        // What does not serialize is shown as nothing; the shapes all do.
        if let Ok(value) = serde_json::to_value(shape) {
            let _ = place.set(value);
        }
    }

    /// Parameters and response elements; what has no members is nothing.
    fn taken(self) -> (Option<Value>, Option<Value>) {
        let some = |place: OnceLock<Value>| {
            place.into_inner().filter(|value| value.as_object().is_some_and(|members| !members.is_empty()))
        };
        (some(self.parameters), some(self.elements))
    }
}

impl<'a> Request<'a> {
    /// A request that is answered outside of an [`Api`].
    pub fn of(context: &'a Context, parts: &http::request::Parts) -> Self {
        Self {
            audit: None,
            context,
            caller: Caller::of(parts, &context.settings),
            now: context.now(),
            request_id: match parts.extensions.get::<RequestId>() {
                Some(RequestId(id)) => id.clone(),
                None => context.request_id(),
            },
            billed: AtomicU64::new(0),
        }
    }

    /// Notes what AWS would bill the call by.
    pub fn bills(&self, quantity: u64) {
        self.billed.fetch_add(quantity, Ordering::Relaxed);
    }

    /// Account and region that the request is about.
    pub fn scope(&self) -> &Scope {
        &self.caller.scope
    }
}

/// The id that whoever hands a request over tells the client besides, as an extension of it: Lambda's function URLs put their own in
/// the place of the answer's `x-amzn-RequestId`.
#[derive(Debug, Clone)]
pub struct RequestId(pub String);

type Run = for<'a> fn(&'a Request<'a>, &'a Call) -> BoxFuture<'a, Result<Response<Bytes>, Fault>>;

/// An operation in an [`Api`]'s list.
#[derive(Debug, Clone, Copy)]
pub struct Entry {
    name: &'static str,
    run: Run,
}

impl Entry {
    /// The entry of an operation.
    pub const fn of<O: Operation>() -> Self {
        Self { name: O::NAME, run: run::<O> }
    }

    /// The operation's name.
    pub const fn name(&self) -> &'static str {
        self.name
    }
}

fn run<'a, O: Operation>(
    request: &'a Request<'a>,
    call: &'a Call,
) -> BoxFuture<'a, Result<Response<Bytes>, Fault>> {
    async move {
        let input: O::Input = call.decode()?;
        if let Some(audit) = &request.audit {
            Audit::note(&audit.parameters, &input);
        }
        request.authorize(call.service().name, O::NAME, &input)?;
        if !O::CHECKS_ITS_SHAPE {
            call.check(&input)?;
        }
        let output = O::run(request, input).await?;
        if let Some(audit) = &request.audit {
            Audit::note(&audit.elements, &output);
        }
        Ok(call.respond(&output, &request.request_id))
    }
    .boxed()
}

/// A service and those of its operations that exist.
#[derive(Debug)]
pub struct Api {
    /// The service's model.
    pub model: &'static ServiceModel,
    /// The operations that exist; all others of the model are refused.
    pub operations: &'static [Entry],
}

impl Api {
    /// Answers a request, whatever it is.
    pub async fn handle(&self, context: &Context, request: http::Request<Bytes>) -> Response<Bytes> {
        let (mut parts, body) = request.into_parts();
        let bytes = body.len();
        let admitted = self.admit(context, &mut parts, &body).await;
        let mut request = Request::of(context, &parts);
        if let Err(fault) = admitted {
            log(&request, self.model.name, "-", bytes, Some(&fault));
            return watchtrail_wire::refuse(self.model, &parts, &fault, &request.request_id);
        }
        let call = match watchtrail_wire::read(self.model, &parts, body) {
            Ok(call) => call,
            Err(rejection) => {
                log(&request, self.model.name, "-", bytes, Some(rejection.fault()));
                return rejection.into_response(&request.request_id);
            }
        };
        let operation = call.operation();
        if request.is_recorded(Division::of(self.model.name, operation)).await {
            request.audit = Some(Audit::default());
        }
        let start = context.meter.start();
        let entry = self.operations.iter().find(|entry| entry.name == call.operation());
        let outcome = match entry {
            Some(entry) => (entry.run)(&request, &call).await,
            None => Err(Fault::unsupported(self.model, call.operation())),
        };
        log(&request, self.model.name, operation, bytes, outcome.as_ref().err());
        if let Some(entry) = entry {
            let took = start.map_or(Duration::ZERO, |start| start.elapsed());
            let quantity = request.billed.load(Ordering::Relaxed);
            context.meter.called(Called { service: self.model.name, operation: entry.name, quantity, took });
        }
        if let Some(audit) = request.audit.take() {
            let told = audit::told(&request, self.model, operation, audit.taken(), outcome.as_ref().err());
            request.record(told).await;
        }
        outcome.unwrap_or_else(|fault| call.refuse(&fault, &request.request_id))
    }
}

impl Api {
    /// Before anything is unpacked or looked up: who has no key costs no more than a hash. AWS records no such calls, either.
    async fn admit(&self, context: &Context, parts: &mut Parts, body: &Bytes) -> Result<(), Fault> {
        let (size, limit) = (body.len(), self.model.limits.body);
        if size > limit {
            return Err(Fault::request_entity_too_large(size, limit));
        }
        context.admit(parts, body, self.model.signing_name).await
    }
}

/// One line for a request, at the edge: never its payload, never a credential.
fn log(request: &Request<'_>, service: &str, operation: &str, body_bytes: usize, fault: Option<&Fault>) {
    let id = &request.request_id;
    match fault {
        None => tracing::debug!(service, operation, body_bytes, id, "answered"),
        Some(fault) if fault.status() < 500 => {
            tracing::info!(service, operation, body_bytes, id, code = fault.code(), "refused");
        }
        Some(fault) => {
            tracing::error!(service, operation, body_bytes, id, code = fault.code(), "failed");
        }
    }
}
