//! Processes that tests start and end as they like: their clock, and SDK clients that stop working when they die.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicUsize, Ordering};

use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpClient,
    SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use watchtrail_core::time::Timestamp;
use watchtrail_service::Clock;

/// A clock that stands still.
#[derive(Debug)]
pub(crate) struct Hand(AtomicI64);

impl Hand {
    pub(crate) fn at(rfc3339: &str) -> Arc<Self> {
        Arc::new(Self(AtomicI64::new(Timestamp::parse_rfc3339(rfc3339).unwrap().millis())))
    }

    pub(crate) fn pass(&self, millis: i64) {
        self.0.fetch_add(millis, Ordering::Relaxed);
    }
}

impl Clock for Hand {
    fn now(&self) -> Timestamp {
        Timestamp::from_millis(self.0.load(Ordering::Relaxed))
    }
}

/// How a process ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Death {
    /// Its next call never leaves it.
    Before,
    /// Its call is made, and it never learns what came of it.
    After,
}

/// Lets so many calls of a process through; then it is dead.
#[derive(Debug)]
pub(crate) struct Fuse {
    left: AtomicUsize,
    death: Death,
    /// Calls that were made.
    made: AtomicUsize,
}

impl Fuse {
    pub(crate) fn new(calls: usize, death: Death) -> Arc<Self> {
        Arc::new(Self { left: AtomicUsize::new(calls), death, made: AtomicUsize::new(0) })
    }

    /// Whether the process never came to its end.
    pub(crate) fn survived(&self) -> bool {
        self.left.load(Ordering::SeqCst) > 0
    }

    pub(crate) fn none() -> Arc<Self> {
        Self::new(usize::MAX, Death::Before)
    }
}

/// An SDK's HTTP client of a process that may die.
#[derive(Clone, Debug)]
pub(crate) struct Mortal {
    inner: SharedHttpClient,
    fuse: Arc<Fuse>,
}

#[derive(Debug)]
struct Connected {
    inner: SharedHttpConnector,
    fuse: Arc<Fuse>,
}

impl HttpConnector for Connected {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let before =
            self.fuse.left.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1));
        let dead = || Err(ConnectorError::io("the process is dead".into()));
        match (before, self.fuse.death) {
            (Err(_), _) | (Ok(1), Death::Before) => HttpConnectorFuture::ready(dead()),
            (Ok(left), death) => {
                self.fuse.made.fetch_add(1, Ordering::SeqCst);
                let call = self.inner.call(request);
                let lost = left == 1 && death == Death::After;
                HttpConnectorFuture::new(async move {
                    let answer = call.await;
                    if lost { dead() } else { answer }
                })
            }
        }
    }
}

impl Mortal {
    /// A client of the process that ends with the fuse.
    pub(crate) fn client(inner: SharedHttpClient, fuse: &Arc<Fuse>) -> SharedHttpClient {
        SharedHttpClient::new(Self { inner, fuse: Arc::clone(fuse) })
    }
}

impl HttpClient for Mortal {
    fn http_connector(
        &self,
        settings: &HttpConnectorSettings,
        components: &RuntimeComponents,
    ) -> SharedHttpConnector {
        let inner = self.inner.http_connector(settings, components);
        SharedHttpConnector::new(Connected { inner, fuse: Arc::clone(&self.fuse) })
    }
}
