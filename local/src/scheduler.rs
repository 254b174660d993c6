//! Everything that is not a request: alarms, deliveries, rollups, retention, the weekly sweep, in the order of their times.
//!
//! One task does all of it, one thing after another, on a thread of its own. Advancing the clock is a job of the same
//! task: it goes from one due time to the next and runs what is due there, as the days would have.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use tokio::sync::{mpsc, oneshot};
use watchtrail_alarms as alarms;
use watchtrail_core::time::{DAY, HOUR, Timestamp};
use watchtrail_delivery as delivery;
use watchtrail_retention as retention;
use watchtrail_service::{Clock, Context, Meter};
use watchtrail_store::{Partition, StoreError};

use crate::Home;
use crate::clock::SuiteClock;
use crate::embedded::Usage;

/// How often the schedules look at the clock, in real time.
const TICK: Duration = Duration::from_secs(1);

/// A journal item is purged when its generation has been delivered for this long in real time: no reader holds it then.
const PURGE_AFTER: Duration = Duration::from_mins(10);

/// Expired objects are collected at most this often (milliseconds of the suite's time).
const RETENTION_EVERY: i64 = HOUR;

/// While the clock is advanced, alarms that have seen no data for so long are not evaluated at each tick until some comes: data may be dated
/// two hours ahead.
const QUIET_AFTER: i64 = 2 * HOUR + HOUR / 60;

const SWEEP_EVERY: i64 = 7 * DAY;

/// A job for the scheduler.
#[derive(Debug)]
pub(crate) enum Job {
    /// Set the clock forward; everything scheduled in between runs. Answers with the number of runs.
    Advance(Timestamp, oneshot::Sender<Result<u64, String>>),
    /// Deliver everything now.
    Flush(oneshot::Sender<Result<delivery::Report, String>>),
}

/// What is due when, and who does it.
pub(crate) struct Scheduler {
    context: Context,
    clock: Arc<SuiteClock>,
    usage: Arc<Usage>,
    alarms_due: Timestamp,
    /// When something about alarms is due though no data comes.
    alarms_owed: Timestamp,
    /// Since when no alarm has seen data.
    quiet_since: Option<Timestamp>,
    retention_due: Timestamp,
    sweep_due: Timestamp,
    delivered: VecDeque<(Instant, Partition, u64)>,
    noted: Instant,
    replaced: Arc<AtomicBool>,
}

impl Scheduler {
    #[expect(
        clippy::disallowed_methods,
        reason = "purging waits in real time, for readers that run in real time"
    )]
    pub(crate) fn new(home: &Home, replaced: Arc<AtomicBool>) -> Self {
        let now = home.clock.now();
        Self {
            context: home.context.clone(),
            clock: Arc::clone(&home.clock),
            usage: Arc::clone(&home.usage),
            alarms_due: now,
            alarms_owed: Timestamp::MAX,
            quiet_since: None,
            retention_due: now,
            sweep_due: now.plus_millis(SWEEP_EVERY),
            delivered: VecDeque::new(),
            noted: Instant::now(),
            replaced,
        }
    }

    /// Works until the channel closes.
    pub(crate) async fn run(mut self, mut jobs: mpsc::Receiver<Job>) {
        let mut ticks = tokio::time::interval(TICK);
        // This process is the only one that works on its home: what is taken was taken by one that died.
        if let Err(error) = alarms::take_over(&self.context).await {
            tracing::error!(%error, "actions that were interrupted wait for their lease to end");
        }
        ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                biased;
                job = jobs.recv() => match job {
                    None => break,
                    Some(job) => self.carry_out(job).await,
                },
                () = self.context.store.ledger.large.notified() => {
                    self.tick().await;
                }
                () = self.context.store.alarms.changed.notified() => {
                    self.alarms_due = self.clock.now();
                    self.tick().await;
                }
                _ = ticks.tick() => self.tick().await,
            }
        }
        self.store_clock();
    }

    async fn carry_out(&mut self, job: Job) {
        // Who asked may have gone away meanwhile; the work is done all the same.
        match job {
            Job::Advance(to, answer) => {
                let _ = answer.send(self.advance(to).await.map_err(|error| error.to_string()));
            }
            Job::Flush(answer) => {
                let report = delivery::deliver_all(&self.context).await;
                let _ = answer.send(report.map_err(|error| error.to_string()));
            }
        }
    }

    async fn tick(&mut self) {
        if let Err(error) = self.run_due().await {
            tracing::error!(%error, "a scheduled run failed; the next one tries again");
        }
        self.purge().await;
        self.store_clock();
    }

    fn store_clock(&self) {
        if self.replaced.load(Ordering::Relaxed) {
            return;
        }
        if let Err(error) = self.clock.store() {
            tracing::error!(%error, "the clock was not stored");
        }
    }

    /// Goes to `to` from one due time to the next.
    async fn advance(&mut self, to: Timestamp) -> Result<u64, StoreError> {
        let mut runs = 0;
        // What was written since the last run may be data for alarms that saw none.
        self.quiet_since = None;
        self.alarms_due = self.clock.now();
        while !self.replaced.load(Ordering::Relaxed) {
            let next = self.run_due().await?;
            runs += 1;
            let now = self.clock.now();
            match next {
                // A due time that is not ahead is work that failed or came just now: a second later is soon enough.
                Some(at) if at < to => self.clock.set(at.max(now.plus_millis(1_000)).min(to)),
                _ if now < to => self.clock.set(to),
                _ => break,
            }
            // Before anything is dated by it: a process that is killed meanwhile goes on from here, and never back.
            self.store_clock();
            if self.clock.now() >= to && next.is_none_or(|at| at > to) {
                self.run_due().await?;
                runs += 1;
                break;
            }
        }
        self.store_clock();
        Ok(runs)
    }

    /// Runs what is due now; answers when something is due next.
    async fn run_due(&mut self) -> Result<Option<Timestamp>, StoreError> {
        let (before, start) = (self.usage.snapshot(), self.usage.start());
        let next = self.run_what_is_due().await;
        self.usage.ran(&before, start.map_or(Duration::ZERO, |start| start.elapsed()));
        next
    }

    async fn run_what_is_due(&mut self) -> Result<Option<Timestamp>, StoreError> {
        let report = delivery::handle(&self.context, delivery::Event::default()).await?;
        if self.alarms_due <= self.clock.now() {
            self.evaluate_alarms().await?;
        }
        let now = self.clock.now();
        if self.retention_due <= now {
            let next = self.expire(now).await?;
            let soonest = now.plus_millis(RETENTION_EVERY);
            self.retention_due = next.map_or(Timestamp::MAX, |next| next.max(soonest));
        }
        if report.rolled > 0 || report.generations > 0 || report.followed > 0 {
            // What was written may expire sooner than what was there.
            self.retention_due = self.retention_due.min(now.plus_millis(RETENTION_EVERY));
        }
        if self.sweep_due <= now {
            let weekly = retention::Event::Schedule(Box::default());
            retention::handle(&self.context, weekly).await?;
            self.sweep_due = now.plus_millis(SWEEP_EVERY);
        }
        let next = report.next_due.map_or(Timestamp::MAX, Timestamp::from_millis);
        let quiet = self.quiet_since.is_some_and(|since| now.millis_since(since) > QUIET_AFTER);
        let alarms = if quiet { self.alarms_owed } else { self.alarms_due };
        let next = next.min(alarms).min(self.retention_due).min(self.sweep_due);
        Ok((next < Timestamp::MAX).then_some(next))
    }

    async fn evaluate_alarms(&mut self) -> Result<(), StoreError> {
        let report = alarms::handle(&self.context).await?;
        let at = |millis: Option<i64>| millis.map_or(Timestamp::MAX, Timestamp::from_millis);
        self.alarms_owed = at(report.next_due);
        self.alarms_due = at(report.next_tick).min(self.alarms_owed);
        let since = self.quiet_since.unwrap_or_else(|| self.clock.now());
        self.quiet_since = report.quiet.then_some(since);
        Ok(())
    }

    /// What DynamoDB's TTL and the index table's stream do on AWS, by the suite's own clock.
    async fn expire(&self, now: Timestamp) -> Result<Option<Timestamp>, StoreError> {
        let (taken, next) = self.context.store.ledger.take_expired(now).await?;
        if !taken.is_empty() {
            let event = removal_event(taken.iter().map(|entry| entry.object.as_str()));
            retention::handle(&self.context, event).await?;
        }
        Ok(next)
    }

    #[expect(
        clippy::disallowed_methods,
        reason = "purging waits in real time, for readers that run in real time"
    )]
    async fn purge(&mut self) {
        let ledger = Arc::clone(&self.context.store.ledger);
        while self.delivered.front().is_some_and(|(since, ..)| since.elapsed() >= PURGE_AFTER) {
            let Some((_, partition, generation)) = self.delivered.pop_front() else { break };
            if let Err(error) = ledger.purge(&partition, generation).await {
                tracing::error!(%partition, %error, "the journal was not purged; a later run does it");
            }
        }
        if self.noted.elapsed() < PURGE_AFTER / 10 {
            return;
        }
        self.noted = Instant::now();
        let Ok(partitions) = ledger.all_partitions().await else { return };
        for partition in partitions {
            if let Ok(Some(head)) = ledger.head(&partition).await {
                self.delivered.push_back((self.noted, partition, head.delivered));
            }
        }
    }
}

/// The event by which a DynamoDB stream tells of index items that TTL has removed.
fn removal_event<'a>(objects: impl Iterator<Item = &'a str>) -> retention::Event {
    use aws_lambda_events::dynamodb::{Event, EventRecord};
    let records = objects.map(|object| {
        let image = serde_json::json!({ "object": { "S": object } });
        let mut record = EventRecord::default();
        "REMOVE".clone_into(&mut record.event_name);
        record.change.old_image = serde_json::from_value(image).unwrap_or_default();
        record
    });
    let mut event = Event::default();
    event.records = records.collect();
    retention::Event::Stream(Box::new(event))
}
