//! The connector that injects faults: the n-th call of a process is not carried out, or is and the answer is lost, or takes its time.

use std::fmt;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use aws_sdk_s3::config::{AsyncSleep, Sleep};
use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpClient,
    SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::body::SdkBody;

use crate::processes::Hand;

/// A call that is slow takes so long, and so does an answer that comes after its client gave it up (milliseconds).
const LONG: i64 = 7_000;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Service {
    DynamoDb,
    S3,
    Sns,
}

/// What becomes of a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    /// It is refused: too many of them.
    Throttled,
    /// It is refused with a 500, and not carried out.
    Broken,
    /// It is carried out, and answered with a 500.
    BrokenAfter,
    /// It is carried out, and the connection breaks.
    Dropped,
    /// It is carried out, and its client has given it up before the answer comes.
    Late,
    /// It is carried out, and takes seconds.
    Slow,
}

/// What a process's SDK clients do about a failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Retries {
    /// They tell: so does the local host's, and on AWS one whose tries all ended the same way.
    None,
    /// They try again, as the SDK does by itself on AWS.
    Sdk,
}

/// Which call of a process has which fault.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct Case {
    /// Counted from one; none has a fault where it is zero.
    pub(crate) call: usize,
    pub(crate) fault: Fault,
    pub(crate) retries: Retries,
}

impl fmt::Debug for Case {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "call {} {:?}, retries: {:?}", self.call, self.fault, self.retries)
    }
}

impl Case {
    /// Nothing goes wrong.
    pub(crate) const CALM: Self = Self { call: 0, fault: Fault::Slow, retries: Retries::None };

    /// All faults that one call can have.
    pub(crate) fn of(call: usize) -> Vec<Self> {
        const ALL: [Fault; 5] =
            [Fault::Throttled, Fault::Broken, Fault::BrokenAfter, Fault::Dropped, Fault::Late];
        let both = |fault| [Retries::None, Retries::Sdk].map(|retries| Self { call, fault, retries });
        let slow = Self { call, fault: Fault::Slow, retries: Retries::None };
        ALL.into_iter().flat_map(both).chain([slow]).collect()
    }

    /// Whether who called learns nothing of it.
    pub(crate) fn is_hidden(self) -> bool {
        self.call == 0 || self.fault == Fault::Slow || self.retries == Retries::Sdk
    }
}

/// Counts the calls of a process, and spoils one of them.
#[derive(Debug)]
pub(crate) struct Injector {
    pub(crate) case: Case,
    hand: Arc<Hand>,
    calls: AtomicUsize,
    /// What was called when the fault came.
    pub(crate) hit: Mutex<Option<String>>,
}

impl Injector {
    pub(crate) fn new(case: Case, hand: &Arc<Hand>) -> Arc<Self> {
        Arc::new(Self { case, hand: Arc::clone(hand), calls: AtomicUsize::new(0), hit: Mutex::default() })
    }

    /// Calls until now.
    pub(crate) fn calls(&self) -> usize {
        self.calls.load(Ordering::SeqCst)
    }

    pub(crate) fn client(self: &Arc<Self>, service: Service, inner: SharedHttpClient) -> SharedHttpClient {
        SharedHttpClient::new(Faulty { service, inner, injector: Arc::clone(self) })
    }

    fn is_next(&self, request: &HttpRequest) -> bool {
        let hit = self.calls.fetch_add(1, Ordering::SeqCst) + 1 == self.case.call;
        if hit {
            let what = match request.headers().get("x-amz-target") {
                Some(target) => {
                    let body = String::from_utf8_lossy(request.body().bytes().unwrap_or_default());
                    format!("{target} {}", body.chars().take(300).collect::<String>())
                }
                None => format!("{} {}", request.method(), request.uri()),
            };
            *self.hit.lock().unwrap() = Some(what);
        }
        hit
    }
}

/// An SDK's HTTP client with faults.
#[derive(Clone, Debug)]
struct Faulty {
    service: Service,
    inner: SharedHttpClient,
    injector: Arc<Injector>,
}

#[derive(Debug)]
struct Connected {
    service: Service,
    inner: SharedHttpConnector,
    injector: Arc<Injector>,
}

impl HttpConnector for Connected {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        if !self.injector.is_next(&request) {
            return self.inner.call(request);
        }
        let fault = self.injector.case.fault;
        match fault {
            Fault::Throttled => return HttpConnectorFuture::ready(Ok(self.service.throttles())),
            Fault::Broken => return HttpConnectorFuture::ready(Ok(self.service.fails())),
            _ => {}
        }
        let (service, hand) = (self.service, Arc::clone(&self.injector.hand));
        let call = self.inner.call(request);
        HttpConnectorFuture::new(async move {
            if fault == Fault::Slow {
                hand.pass(LONG);
            }
            let answer = call.await;
            match fault {
                Fault::BrokenAfter => Ok(service.fails()),
                Fault::Dropped => Err(ConnectorError::io("the connection broke".into())),
                Fault::Late => {
                    hand.pass(LONG);
                    Err(ConnectorError::timeout("there was no answer in time".into()))
                }
                _ => answer,
            }
        })
    }
}

impl HttpClient for Faulty {
    fn http_connector(
        &self,
        settings: &HttpConnectorSettings,
        components: &RuntimeComponents,
    ) -> SharedHttpConnector {
        let inner = self.inner.http_connector(settings, components);
        SharedHttpConnector::new(Connected {
            service: self.service,
            inner,
            injector: Arc::clone(&self.injector),
        })
    }
}

impl Service {
    fn throttles(self) -> HttpResponse {
        match self {
            Self::DynamoDb => answer(
                400,
                r#"{"__type":"com.amazonaws.dynamodb.v20120810#ProvisionedThroughputExceededException","message":"The level of configured provisioned throughput for the table was exceeded."}"#,
            ),
            Self::S3 => answer(
                503,
                "<Error><Code>SlowDown</Code><Message>Please reduce your request rate.</Message></Error>",
            ),
            Self::Sns => answer(
                400,
                "<ErrorResponse><Error><Type>Sender</Type><Code>Throttling</Code><Message>Rate exceeded</Message></Error></ErrorResponse>",
            ),
        }
    }

    fn fails(self) -> HttpResponse {
        match self {
            Self::DynamoDb => answer(
                500,
                r#"{"__type":"com.amazonaws.dynamodb.v20120810#InternalServerError","message":"Internal server error"}"#,
            ),
            Self::S3 => answer(
                500,
                "<Error><Code>InternalError</Code><Message>We encountered an internal error. Please try again.</Message></Error>",
            ),
            Self::Sns => answer(
                500,
                "<ErrorResponse><Error><Type>Receiver</Type><Code>InternalError</Code></Error></ErrorResponse>",
            ),
        }
    }
}

fn answer(status: u16, body: &'static str) -> HttpResponse {
    HttpResponse::new(status.try_into().unwrap(), SdkBody::from(body))
}

/// The SDK's waits between its tries, over at once.
#[derive(Debug)]
pub(crate) struct NoWait;

impl AsyncSleep for NoWait {
    fn sleep(&self, _: std::time::Duration) -> Sleep {
        Sleep::new(std::future::ready(()))
    }
}
