//! Sending what subscriptions matched: as soon as it is queued, and again when it is due by the suite's clock.
//!
//! A task of its own, beside the scheduler: a destination that hangs holds up neither the clock nor, since runs may overlap and
//! each queue is one run's, any other destination. On AWS a schedule does this each minute.

use std::time::Duration;

use tokio::sync::oneshot;
use tokio::task::JoinSet;
use tokio::time::{Instant, MissedTickBehavior};
use watchtrail_core::time::Timestamp;
use watchtrail_service::Context;
use watchtrail_subscriptions::{Event, Report, handle};

/// How often it is looked whether something has come due, in real time.
const TICK: Duration = Duration::from_millis(200);

/// A run begins at least this long after the one before: what was queued meanwhile is sent together.
const APART: Duration = Duration::from_millis(20);

/// Runs under way at once; more than that only if so many destinations hang at the same time.
const AT_ONCE: usize = 32;

/// So long is waited for what is being sent when the process stops. What is cut off then is sent again.
const GRACE: Duration = Duration::from_secs(5);

/// A run finds what nobody told of, if there is such, after this long in real time.
const AT_LATEST: Duration = Duration::from_mins(1);

/// The task.
pub(crate) struct Sender {
    stop: oneshot::Sender<()>,
    task: tokio::task::JoinHandle<()>,
}

impl Sender {
    pub(crate) fn start(context: Context) -> Self {
        let (stop, stopped) = oneshot::channel();
        Self { stop, task: tokio::spawn(run(context, stopped)) }
    }

    /// Ends it after what it is at.
    pub(crate) async fn stop(self) {
        drop(self.stop);
        let abort = self.task.abort_handle();
        if tokio::time::timeout(GRACE, self.task).await.is_err() {
            tracing::warn!("some subscriptions were still being sent; what was not confirmed is sent again");
            abort.abort();
        }
    }
}

async fn run(context: Context, mut stopped: oneshot::Receiver<()>) {
    // This process is the only one that works on its home: what is taken was taken by one that died.
    if let Err(error) = context.store.logs.free_queues().await {
        tracing::error!(%error, "queues of subscriptions that were interrupted wait for their lease to end");
    }
    let mut ticks = tokio::time::interval(TICK);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut runs = JoinSet::new();
    let mut due = Timestamp::MIN;
    let mut last = Instant::now();
    loop {
        let wanted = context.now() >= due || last.elapsed() >= AT_LATEST;
        if wanted && last.elapsed() >= APART && runs.len() < AT_ONCE {
            (due, last) = (Timestamp::MAX, Instant::now());
            let context = context.clone();
            runs.spawn(async move { handle(&context, Event::default()).await });
        }
        let apart = last + APART;
        tokio::select! {
            _ = &mut stopped => break,
            // What comes due while it must wait for `APART` is not forgotten: `due` says so.
            () = context.store.logs.queued.notified() => due = Timestamp::MIN,
            () = tokio::time::sleep_until(apart), if due == Timestamp::MIN && Instant::now() < apart => {}
            Some(done) = runs.join_next() => due = due.min(next(&context, done)),
            _ = ticks.tick() => {}
        }
    }
    while runs.join_next().await.is_some() {}
}

/// When the next run is due, after one has ended.
fn next(
    context: &Context,
    done: Result<Result<Report, watchtrail_store::StoreError>, tokio::task::JoinError>,
) -> Timestamp {
    match done {
        Ok(Ok(report)) => report.next_due.map_or(Timestamp::MAX, Timestamp::from_millis),
        Ok(Err(error)) => {
            tracing::error!(%error, "subscriptions were not sent; the next run tries again");
            context.now().plus_millis(1_000)
        }
        Err(error) => {
            tracing::error!(%error, "a run of subscriptions did not end well");
            context.now().plus_millis(1_000)
        }
    }
}
