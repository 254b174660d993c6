//! Delivery: on a schedule, the journal of every partition that is old or large enough becomes segments, and days that
//! are over are rolled.
//!
//! Every step may run twice, at once in two workers, and be killed anywhere; the argument is in `watchtrail_store::ledger`.

mod trail;

use std::sync::Arc;

use aws_lambda_events::eventbridge::EventBridgeEvent;
use futures::stream::{self, StreamExt};
use serde::Serialize;
use watchtrail_core::time::{Day, Timestamp};
use watchtrail_service::Context;
use watchtrail_store::ledger::{Delivered, Due};
use watchtrail_store::logs::LogCutter;
use watchtrail_store::metrics::{MetricCutter, Rolled, Step};
use watchtrail_store::trail::TrailCutter;
use watchtrail_store::{Signal, StoreError};

/// What the schedule sends; nothing in it matters but that it came.
pub type Event = EventBridgeEvent<serde_json::Value>;

/// Partitions that are worked on at once: enough to hide the latency of the stores.
pub const AT_ONCE: usize = 8;

/// How long after a failure the next try is due, in milliseconds.
const RETRY_AFTER: i64 = 10_000;

/// What a run did, for the log and for the scheduler of the local host.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Report {
    /// Generations that became segments.
    pub generations: u64,
    /// Segments and directories written by deliveries.
    pub objects: u64,
    /// Rows in them.
    pub rows: u64,
    /// Segments written by settling, rolling up and merging days.
    pub rolled: u64,
    /// Log files of trails that were delivered.
    pub files: u64,
    /// Digests of them.
    pub digests: u64,
    /// Changes of log groups that were followed up.
    pub followed: u64,
    /// Partitions and days that failed; they stay on their lists.
    pub failures: u64,
    /// When there will be work again, in epoch milliseconds; none when nothing waits.
    pub next_due: Option<i64>,
}

impl Report {
    fn due(&mut self, at: Timestamp) {
        let at = at.millis();
        self.next_due = Some(self.next_due.map_or(at, |known| known.min(at)));
    }

    fn failed(&mut self, now: Timestamp, what: &str, error: &StoreError) {
        tracing::error!(what, %error, "failed; it stays on its list");
        self.failures += 1;
        self.due(now.plus_millis(RETRY_AFTER));
    }
}

/// Delivers what is due and rolls the days that are due. One partition's failure does not stop the others.
///
/// # Errors
/// When the lists of work cannot be read.
pub async fn handle(context: &Context, _event: Event) -> Result<Report, StoreError> {
    let now = context.now();
    let mut report = Report::default();
    deliver(context, now, false, &mut report).await?;
    // A future of its own: a large one in a large one is moved about with it.
    Box::pin(trail::hand_on(context, now, &mut report)).await?;
    roll(context, now, &mut report).await?;
    Box::pin(trail::merge(context, now, &mut report)).await?;
    follow_up(context, now, &mut report).await?;
    tracing::info!(
        generations = report.generations,
        objects = report.objects,
        rows = report.rows,
        rolled = report.rolled,
        files = report.files,
        digests = report.digests,
        failures = report.failures,
        "delivered"
    );
    Ok(report)
}

/// Delivers everything that was written until now, due or not, and hands the audit records on.
///
/// # Errors
/// When the dirty list cannot be read.
pub async fn deliver_all(context: &Context) -> Result<Report, StoreError> {
    let mut report = Report::default();
    let now = context.now();
    deliver(context, now, true, &mut report).await?;
    Box::pin(trail::hand_on(context, now, &mut report)).await?;
    Ok(report)
}

async fn deliver(
    context: &Context,
    now: Timestamp,
    everything: bool,
    report: &mut Report,
) -> Result<(), StoreError> {
    let ledger = &context.store.ledger;
    let metrics = &MetricCutter(Arc::clone(&context.store.metrics));
    let logs = &LogCutter(Arc::clone(&context.store.logs));
    let trail = &TrailCutter(Arc::clone(&context.store.trail));
    let (due, waiting): (Vec<_>, Vec<_>) =
        ledger.dirty().await?.into_iter().partition(|dirty| everything || ledger.due_at(dirty) <= now);
    for dirty in waiting {
        report.due(ledger.due_at(&dirty));
    }
    let mut work = stream::iter(due)
        .map(|dirty| async move {
            let delivered = match dirty.partition.signal {
                Signal::Metrics => ledger.deliver(&dirty.partition, metrics, now).await,
                Signal::Logs => ledger.deliver(&dirty.partition, logs, now).await,
                Signal::Trail => ledger.deliver(&dirty.partition, trail, now).await,
            };
            (delivered, dirty.partition)
        })
        .buffer_unordered(AT_ONCE);
    while let Some((outcome, partition)) = work.next().await {
        match outcome {
            Ok(Delivered { generations, objects, rows }) => {
                report.generations += generations;
                report.objects += objects;
                report.rows += rows;
            }
            Err(error) => report.failed(now, &partition.to_string(), &error),
        }
    }
    Ok(())
}

/// What changes of log groups left to be done.
async fn follow_up(context: &Context, now: Timestamp, report: &mut Report) -> Result<(), StoreError> {
    for step in watchtrail_store::logs::STEPS {
        let (due, _) = context.store.ledger.due(step, Day::of(now)).await?;
        for due in due {
            match context.store.logs.follow_up(&due, now).await {
                Ok(()) => report.followed += 1,
                Err(error) => report.failed(now, &format!("{step} of {}", due.partition), &error),
            }
        }
    }
    Ok(())
}

async fn roll(context: &Context, now: Timestamp, report: &mut Report) -> Result<(), StoreError> {
    for step in Step::ALL {
        let (due, later) = context.store.ledger.due(step.name(), step.through(now)).await?;
        if let Some(day) = later {
            report.due(Due::at(day, step.delay()));
        }
        for due in due {
            match context.store.metrics.roll(&due, step, now).await {
                Ok(Rolled { written, .. }) => report.rolled += written,
                Err(error) => report.failed(now, &format!("{} of {}", step.name(), due.day), &error),
            }
        }
    }
    // A delivery of this run, or a roll, may have noted work that is due at once.
    Ok(())
}
