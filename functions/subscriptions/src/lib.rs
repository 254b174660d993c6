//! Subscriptions: what log groups' subscription filters matched is sent to functions and streams, in order, at least once.
//!
//! `PutLogEvents` queues it in the transaction that stores the events (`watchtrail_store::logs`). Here each queue that holds something is taken
//! by one worker, sent from its head on, and given back. A destination that fails keeps its queue, is tried again later and later, and
//! delays no other; what could not be sent for a day is given up, as AWS does
//! (<https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/SubscriptionFilters.html>). Unlike AWS, an error that looks lasting, such as a stream
//! that is gone, is tried again like any other: nothing is skipped meanwhile.

mod queue;

use aws_lambda_events::eventbridge::EventBridgeEvent;
use futures::stream::{self, StreamExt};
use serde::Serialize;
use watchtrail_core::time::{MINUTE, Timestamp};
use watchtrail_service::Context;
use watchtrail_store::StoreError;

/// What the schedule sends; nothing in it matters but that it came.
pub type Event = EventBridgeEvent<serde_json::Value>;

/// Queues that are worked on at once: one whose destination hangs delays no other.
const AT_ONCE: usize = 32;

/// What a run did, for the log and for the local host.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Report {
    /// Queues that were worked on.
    pub queues: u64,
    /// Messages that were sent.
    pub messages: u64,
    /// Events in them.
    pub events: u64,
    /// Tries that failed.
    pub failures: u64,
    /// Events that were given up after a day, or that were too large for their destination.
    pub given_up: u64,
    /// When a queue is to be tried again, in epoch milliseconds.
    pub next_due: Option<i64>,
}

impl Report {
    fn due(&mut self, at: Timestamp) {
        let at = at.millis();
        self.next_due = Some(self.next_due.map_or(at, |known| known.min(at)));
    }

    fn add(&mut self, other: Self) {
        self.queues += other.queues;
        self.messages += other.messages;
        self.events += other.events;
        self.failures += other.failures;
        self.given_up += other.given_up;
        if let Some(due) = other.next_due {
            self.due(Timestamp::from_millis(due));
        }
    }
}

/// Sends what is due. One queue's failure does not stop the others.
///
/// # Errors
/// When the lists of queues cannot be read.
pub async fn handle(context: &Context, _event: Event) -> Result<Report, StoreError> {
    let now = context.now();
    let mut report = Report::default();
    let (due, waiting): (Vec<_>, Vec<_>) =
        context.store.logs.queues().await?.into_iter().partition(|queue| queue.due <= now);
    if let Some(next) = waiting.iter().map(|queue| queue.due).min() {
        report.due(next);
    }
    let mut work = stream::iter(due)
        .map(|queue| async move {
            let outcome = queue::work(context, &queue).await;
            (queue, outcome)
        })
        .buffer_unordered(AT_ONCE);
    while let Some((queue, outcome)) = work.next().await {
        match outcome {
            Ok(done) => report.add(done),
            Err(error) => {
                tracing::error!(group = %queue.group, filter = queue.filter, %error, "a queue failed; a later run tries again");
                report.failures += 1;
                report.due(context.now().plus_millis(MINUTE));
            }
        }
    }
    tracing::info!(
        queues = report.queues,
        messages = report.messages,
        events = report.events,
        failures = report.failures,
        given_up = report.given_up,
        "subscriptions"
    );
    Ok(report)
}
