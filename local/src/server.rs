//! The process: one port, one scheduler, a home that a reset can exchange.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, PoisonError, RwLock};

use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::graceful::GracefulShutdown;
use tokio::net::TcpListener;
use tokio::sync::{Mutex, mpsc, oneshot};
use watchtrail_core::time::Timestamp;
use watchtrail_service::SourceIp;

use crate::cost::{self, Cost};
use crate::home::Place;
use crate::scheduler::{Job, Scheduler};
use crate::subscriptions::Sender;
use crate::{Home, HostError, Options, router};

/// How long requests under way may take after the suite was told to stop.
const GRACE: std::time::Duration = std::time::Duration::from_secs(10);

/// A running suite, without its port.
pub struct Suite {
    options: Options,
    place: Place,
    home: RwLock<Arc<Home>>,
    scheduler: Mutex<Worker>,
}

impl std::fmt::Debug for Suite {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Suite").field("options", &self.options).finish_non_exhaustive()
    }
}

/// The scheduler's thread and the way to it, and what sends beside it.
struct Worker {
    jobs: mpsc::Sender<Job>,
    /// Set when its home is no longer the suite's: the job it is at need not be finished.
    replaced: Arc<AtomicBool>,
    thread: std::thread::JoinHandle<()>,
    subscriptions: Option<Sender>,
}

impl Worker {
    fn start(home: &Home) -> Self {
        let (jobs, inbox) = mpsc::channel(16);
        let replaced = Arc::new(AtomicBool::new(false));
        let scheduler = Scheduler::new(home, Arc::clone(&replaced));
        // Cutting segments is computing, not waiting: it must not stand in the way of requests.
        let thread = std::thread::spawn(move || {
            match tokio::runtime::Builder::new_current_thread().enable_all().build() {
                Ok(runtime) => runtime.block_on(scheduler.run(inbox)),
                Err(error) => tracing::error!(%error, "the scheduler has no runtime"),
            }
        });
        let subscriptions = Some(Sender::start(home.context.clone()));
        Self { jobs, replaced, thread, subscriptions }
    }

    /// Ends the scheduler after the job it is at, and the sending after what it is at.
    async fn stop(self) {
        drop(self.jobs);
        if let Some(subscriptions) = self.subscriptions {
            subscriptions.stop().await;
        }
        let joined = tokio::task::spawn_blocking(move || self.thread.join()).await;
        if !matches!(joined, Ok(Ok(()))) {
            tracing::error!("the scheduler did not end well");
        }
    }
}

impl Suite {
    /// Opens the data and starts the scheduler.
    ///
    /// # Errors
    /// When the folder, the embedded services or the outside ones cannot be used.
    pub async fn start(options: Options) -> Result<Arc<Self>, HostError> {
        let options = options.resolved();
        let place = Place::take((!options.memory).then_some(options.data.as_path()))?;
        let home = place.open(&options).await?;
        let scheduler = Mutex::new(Worker::start(&home));
        Ok(Arc::new(Self { options, place, home: RwLock::new(Arc::new(home)), scheduler }))
    }

    /// The home as it is now.
    pub fn home(&self) -> Arc<Home> {
        Arc::clone(&self.home.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Forgets everything, of all accounts, and sets the clock back to the system's.
    ///
    /// # Errors
    /// When the new home cannot be made; the old one stays.
    pub async fn reset(self: &Arc<Self>) -> Result<(), HostError> {
        let mut worker = self.scheduler.lock().await;
        let home = self.place.next(&self.options, &self.home()).await?;
        let next = Worker::start(&home);
        *self.home.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(home);
        let old = std::mem::replace(&mut *worker, next);
        drop(worker);
        old.replaced.store(true, Ordering::Relaxed);
        // The old scheduler ends with its own home, and then the home goes; nobody needs to wait for it.
        let suite = Arc::clone(self);
        tokio::spawn(async move {
            old.stop().await;
            suite.place.forget();
        });
        Ok(())
    }

    /// Sets the clock forward; everything scheduled in between runs, in order. Answers with the number of runs.
    ///
    /// # Errors
    /// The scheduler's words when a run failed.
    pub async fn advance(&self, to: Timestamp) -> Result<u64, String> {
        self.ask(|answer| Job::Advance(to, answer)).await
    }

    /// Delivers everything that was written until now.
    ///
    /// # Errors
    /// The scheduler's words when it failed.
    pub async fn flush(&self) -> Result<watchtrail_delivery::Report, String> {
        self.ask(Job::Flush).await
    }

    /// What a month of what was done since the start would cost.
    ///
    /// # Errors
    /// When a store does not answer, in its words.
    pub async fn cost(&self) -> Result<Cost, String> {
        cost::cost(&self.home(), self.options.as_on_aws).await.map_err(|error| error.to_string())
    }

    async fn ask<T>(&self, job: impl FnOnce(oneshot::Sender<Result<T, String>>) -> Job) -> Result<T, String> {
        let (sender, answer) = oneshot::channel();
        let jobs = self.scheduler.lock().await.jobs.clone();
        jobs.send(job(sender)).await.map_err(|_| "the scheduler has ended".to_owned())?;
        answer.await.map_err(|_| "the scheduler has ended".to_owned())?
    }

    /// Serves until `stop` resolves, then lets requests under way end.
    pub async fn serve(self: &Arc<Self>, listener: TcpListener, stop: impl Future<Output = ()>) {
        let server = hyper_util::server::conn::auto::Builder::new(TokioExecutor::new());
        let graceful = GracefulShutdown::new();
        tokio::pin!(stop);
        loop {
            let (stream, peer) = tokio::select! {
                () = &mut stop => break,
                accepted = listener.accept() => match accepted {
                    Ok(accepted) => accepted,
                    Err(error) => {
                        tracing::warn!(%error, "a connection was not accepted");
                        continue;
                    }
                },
            };
            // Small answers must not wait for more of them.
            let _ = stream.set_nodelay(true);
            let suite = Arc::clone(self);
            let service = service_fn(move |mut request: http::Request<hyper::body::Incoming>| {
                request.extensions_mut().insert(SourceIp(peer.ip()));
                router::answer(Arc::clone(&suite), request)
            });
            let connection = server.serve_connection(TokioIo::new(stream), service).into_owned();
            let connection = graceful.watch(connection);
            tokio::spawn(async move {
                if let Err(error) = connection.await {
                    tracing::debug!(%error, "a connection ended");
                }
            });
        }
        drop(listener);
        if tokio::time::timeout(GRACE, graceful.shutdown()).await.is_err() {
            tracing::warn!("some requests did not end in time");
        }
    }

    /// Ends the scheduler after the job it is at.
    pub async fn stop(&self) {
        let mut worker = self.scheduler.lock().await;
        let (jobs, _) = mpsc::channel(1);
        let thread = std::thread::spawn(|| ());
        let ended = Worker { jobs, replaced: Arc::default(), thread, subscriptions: None };
        std::mem::replace(&mut *worker, ended).stop().await;
    }

    /// Listens where the options say.
    ///
    /// # Errors
    /// When the address cannot be listened on.
    pub async fn listen(&self) -> Result<(TcpListener, SocketAddr), HostError> {
        let wrong = |error: std::io::Error| HostError::Listen {
            address: self.options.listen.clone(),
            message: error.to_string(),
        };
        let listener = TcpListener::bind(&self.options.listen).await.map_err(wrong)?;
        let address = listener.local_addr().map_err(wrong)?;
        Ok((listener, address))
    }
}
