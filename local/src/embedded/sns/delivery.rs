//! Posting to endpoints, each delivery in a task of its own: <https://docs.aws.amazon.com/sns/latest/dg/sns-message-delivery-retries.html>.
//!
//! AWS tries for minutes, in phases: at once, then slower and slower. So does this host, in seconds, since people wait for it. Delays are
//! real time, whatever the suite's clock says. An endpoint that hangs holds up at most its own messages.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, OnceLock, PoisonError, Weak};
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::{Method, Request, StatusCode, Uri};
use http_body_util::{BodyExt, Full, Limited};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::{Connect, HttpConnector};
use hyper_util::rt::TokioExecutor;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use tokio::runtime::Handle;
use tokio::sync::Semaphore;
use watchtrail_service::Fault;

use super::outbox::{Kept, over};
use super::{EmbeddedSns, Inner};

/// How long an endpoint may take: AWS's.
const PATIENCE: Duration = Duration::from_secs(15);
/// Seconds before each attempt.
const DELAYS: [u64; 7] = [0, 0, 0, 0, 1, 5, 20];
/// Attempts at one endpoint at the same time.
const AT_ONCE: usize = 16;
/// Deliveries to one endpoint that wait; more would be held in memory for an endpoint that hangs.
const MOST_WAITING: usize = 1_000;
/// As much of an answer is read, and thrown away.
const ANSWER: usize = 64 << 10;

/// What is posted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Posting {
    pub(super) endpoint: String,
    pub(super) headers: Vec<(String, String)>,
    pub(super) body: String,
}

/// Where a delivery is reported: the notification and the place in its list of deliveries.
type Report = (u64, usize);

/// The deliveries under way.
pub(super) struct Deliveries {
    runtime: Handle,
    /// Turns of the endpoints that are being posted to, by subscription.
    turns: Mutex<HashMap<String, Arc<Semaphore>>>,
}

impl Deliveries {
    /// Deliveries that run on the current runtime, whichever thread asks for them.
    pub(super) fn here() -> Self {
        Self { runtime: Handle::current(), turns: Mutex::default() }
    }

    fn turns(&self, subscription: &str) -> Arc<Semaphore> {
        let mut turns = self.turns.lock().unwrap_or_else(PoisonError::into_inner);
        turns.retain(|_, turns| Arc::strong_count(turns) > 1);
        let turns = turns.entry(subscription.to_owned()).or_insert_with(|| Arc::new(Semaphore::new(AT_ONCE)));
        Arc::clone(turns)
    }
}

/// How an attempt went.
#[derive(Debug)]
enum Attempt {
    Taken(StatusCode),
    Refused(StatusCode),
    Unheard(String),
}

impl Attempt {
    /// Whether another attempt may go better: not after a refusal, unless it is for the moment.
    fn is_final(&self) -> bool {
        match self {
            Self::Taken(_) => true,
            Self::Refused(status) => !status.is_server_error() && *status != StatusCode::TOO_MANY_REQUESTS,
            Self::Unheard(_) => false,
        }
    }
}

impl EmbeddedSns {
    /// Keeps a delivery, so that it is made whatever happens to the process; [`post`](Self::post) makes it.
    ///
    /// # Errors
    /// When it cannot be written: then nothing may be acknowledged.
    pub(super) fn keep(&self, subscription: &str, posting: Posting) -> Result<(PathBuf, Kept), Fault> {
        let kept = Kept { subscription: subscription.to_owned(), posting };
        match self.0.outbox.keep(&self.0.entropy.uuid(), &kept) {
            Ok(path) => Ok((path, kept)),
            Err(error) => {
                tracing::error!(subscription, %error, "a delivery was not kept");
                Err(Fault::internal())
            }
        }
    }

    /// Posts until it is taken, refused for good, or tried often enough. Returns at once.
    pub(super) fn post(&self, (path, kept): (PathBuf, Kept), report: Option<Report>) {
        let turns = self.0.deliveries.turns(&kept.subscription);
        // The map has one, this has one, each delivery that waits has one.
        if Arc::strong_count(&turns) > MOST_WAITING + 2 {
            let error = format!("{MOST_WAITING} messages wait for this endpoint already");
            self.0.report(report, &Attempt::Unheard(error), 0, true);
            over(&path);
            return;
        }
        // A delivery must not keep alive what a reset forgot.
        let sns = Arc::downgrade(&self.0);
        self.0.deliveries.runtime.spawn(deliver(sns, turns, (path, kept), report));
    }
}

impl Inner {
    fn report(&self, report: Option<Report>, attempt: &Attempt, attempts: usize, ends: bool) {
        let Some((number, place)) = report else { return };
        self.notifications.update(number, |body| {
            let delivery = body.get_mut("deliveries").and_then(|all| all.get_mut(place));
            if let Some(Value::Object(delivery)) = delivery {
                delivery.extend(reported(attempt, attempts, ends));
            }
        });
    }
}

async fn deliver(
    sns: Weak<Inner>,
    turns: Arc<Semaphore>,
    (path, Kept { subscription, posting }): (PathBuf, Kept),
    report: Option<Report>,
) {
    for (tried, delay) in DELAYS.into_iter().enumerate() {
        tokio::time::sleep(Duration::from_secs(delay)).await;
        let Ok(turn) = turns.acquire().await else { return };
        if sns.strong_count() == 0 {
            return;
        }
        let attempt = attempt(&posting).await;
        drop(turn);
        let Some(sns) = sns.upgrade() else { return };
        let ends = attempt.is_final() || tried + 1 == DELAYS.len();
        if ends && !matches!(attempt, Attempt::Taken(_)) {
            // The endpoint may hold a password.
            tracing::warn!(subscription, ?attempt, attempts = tried + 1, "not delivered");
        }
        sns.report(report, &attempt, tried + 1, ends);
        if ends {
            over(&path);
            return;
        }
    }
}

fn reported(attempt: &Attempt, attempts: usize, ends: bool) -> serde_json::Map<String, Value> {
    let (status, error) = match attempt {
        Attempt::Taken(status) | Attempt::Refused(status) => (Some(status.as_u16()), None),
        Attempt::Unheard(error) => (None, Some(error)),
    };
    let outcome = match attempt {
        Attempt::Taken(_) => "delivered",
        _ if ends => "failed",
        _ => "pending",
    };
    let members = [
        ("attempts", json!(attempts)),
        ("status", json!(status)),
        ("error", json!(error)),
        ("outcome", json!(outcome)),
    ];
    members.map(|(name, value)| (name.to_owned(), value)).into_iter().collect()
}

async fn attempt(posting: &Posting) -> Attempt {
    let answered = async {
        let answer = send(posting).await?;
        let status = answer.status();
        // An endpoint that says more than anybody wants to know has still answered.
        let _ = Limited::new(answer.into_body(), ANSWER).collect().await;
        Ok::<_, String>(status)
    };
    match tokio::time::timeout(PATIENCE, answered).await {
        Ok(Ok(status)) if status.is_success() => Attempt::Taken(status),
        Ok(Ok(status)) => Attempt::Refused(status),
        Ok(Err(error)) => Attempt::Unheard(error),
        Err(_) => Attempt::Unheard(format!("no answer within {} seconds", PATIENCE.as_secs())),
    }
}

async fn send(posting: &Posting) -> Result<http::Response<hyper::body::Incoming>, String> {
    let mut request = Request::builder()
        .method(Method::POST)
        .uri(&posting.endpoint)
        .header("content-type", "text/plain; charset=UTF-8")
        .header("user-agent", "Amazon Simple Notification Service Agent");
    for (name, value) in &posting.headers {
        request = request.header(name, value);
    }
    if let Some(user) = user(&posting.endpoint) {
        request = request.header("authorization", format!("Basic {}", STANDARD.encode(user)));
    }
    let request =
        request.body(Full::new(Bytes::from(posting.body.clone()))).map_err(|error| error.to_string())?;
    let sent = if request.uri().scheme_str() == Some("https") {
        tls()?.request(request).await
    } else {
        plain().request(request).await
    };
    sent.map_err(|error| with_sources(&error))
}

/// `user:password` of `https://user:password@host/`, as it is written.
fn user(endpoint: &str) -> Option<String> {
    let uri: Uri = endpoint.parse().ok()?;
    uri.authority()?.as_str().rsplit_once('@').map(|(user, _)| user.to_owned())
}

type Http<C> = Client<C, Full<Bytes>>;

/// Connections are not kept: what listens in tests comes and goes.
fn client<C: Connect + Clone>(connector: C) -> Http<C> {
    Client::builder(TokioExecutor::new()).pool_max_idle_per_host(0).build(connector)
}

fn plain() -> &'static Http<HttpConnector> {
    static CLIENT: OnceLock<Http<HttpConnector>> = OnceLock::new();
    CLIENT.get_or_init(|| client(HttpConnector::new()))
}

/// With the system's root certificates, which `SSL_CERT_FILE` replaces.
fn tls() -> Result<&'static Http<HttpsConnector<HttpConnector>>, String> {
    static CLIENT: OnceLock<Result<Http<HttpsConnector<HttpConnector>>, String>> = OnceLock::new();
    let built = CLIENT.get_or_init(|| {
        let roots = HttpsConnectorBuilder::new().with_native_roots();
        let connector = roots.map_err(|error| format!("the system's root certificates: {error}"))?;
        Ok(client(connector.https_only().enable_http1().build()))
    });
    built.as_ref().map_err(Clone::clone)
}

/// The error and what caused it, which hyper does not say by itself.
fn with_sources(error: &dyn std::error::Error) -> String {
    let causes = std::iter::successors(Some(error), |error| error.source());
    causes.map(ToString::to_string).collect::<Vec<_>>().join(": ")
}
