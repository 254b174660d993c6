//! One queue: taken, sent from its head on, given back.

use std::borrow::Cow;
use std::time::Duration;

use tokio::time::Instant;
use watchtrail_core::logs::subscription::{Message, MessageType, SentEvent};
use watchtrail_core::time::{DAY, SECOND};
use watchtrail_service::Context;
use watchtrail_store::logs::{Entry, Hold, Queue, SubscriptionFilter};
use watchtrail_store::{Piece, Route, StoreError};

use crate::Report;

/// A worker stays at a queue for so long. The rest is the next run's.
const PATIENCE: Duration = Duration::from_secs(40);

/// Entries that are read at once, and sent in one message where they are of one stream …
const AT_ONCE: usize = 16;
/// … and together have no more bytes than this.
const MOST_BYTES: usize = 1 << 20;

/// Between the first failure and the next try, in milliseconds; doubled at each further one …
const FIRST_PAUSE: i64 = 5 * SECOND;
/// … up to this.
const LONGEST_PAUSE: i64 = 5 * 60 * SECOND;

/// What could not be sent for so long is given up.
const GIVEN_UP: i64 = DAY;

/// Sends what a queue holds.
pub(crate) async fn work(context: &Context, queue: &Queue) -> Result<Report, StoreError> {
    let mut report = Report::default();
    let until = Instant::now() + PATIENCE;
    loop {
        let now = context.now();
        let hold = match context.store.logs.take_queue(queue, context.ulid(now), now).await {
            Ok(hold) => hold,
            Err(StoreError::Conflict) => return Ok(report),
            Err(error) => return Err(error),
        };
        report.queues = 1;
        let mut desk = Desk { context, queue, report };
        match desk.send_all(until).await {
            Ok(()) => hold.release().await?,
            Err(Failure::Store(error)) => return Err(error),
            Err(Failure::Destination) => {
                desk.report.failures += 1;
                desk.put_off(hold).await?;
                return Ok(desk.report);
            }
        }
        report = desk.report;
        // What came between the last look and the release saw that the queue was taken.
        if Instant::now() >= until {
            report.due(context.now());
            return Ok(report);
        }
        if context.store.logs.is_sent(queue).await? {
            return Ok(report);
        }
    }
}

/// Why a queue is not empty yet.
enum Failure {
    Store(StoreError),
    /// It was told to the log.
    Destination,
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

struct Desk<'a> {
    context: &'a Context,
    queue: &'a Queue,
    report: Report,
}

impl Desk<'_> {
    /// Sends until the queue is empty or the time is over.
    async fn send_all(&mut self, until: Instant) -> Result<(), Failure> {
        let logs = &self.context.store.logs;
        let Some(filter) = self.subscription().await? else { return Ok(self.drop_all().await?) };
        let Some(route) = logs.route(&filter.destination).await? else {
            tracing::error!(destination = filter.destination, "there is no such destination");
            return Err(Failure::Destination);
        };
        while Instant::now() < until {
            let entries = logs.queued(self.queue, AT_ONCE).await?;
            if entries.is_empty() {
                break;
            }
            let mut rest = entries.as_slice();
            while !rest.is_empty() {
                let (together, others) = rest.split_at(together(rest));
                self.send(&filter, &route, together).await?;
                logs.sent(together).await?;
                rest = others;
            }
        }
        Ok(())
    }

    /// The subscription that the queue is of; none when it, or its group, was deleted.
    async fn subscription(&self) -> Result<Option<SubscriptionFilter>, StoreError> {
        let (name, id) = self.queue.group.log_group();
        let group = self.context.store.logs.group(&self.queue.group.scope, name).await?;
        let group = group.filter(|group| group.id == id);
        let mut filters = group.into_iter().flat_map(|group| group.subscriptions);
        Ok(filters.find(|filter| filter.name == self.queue.filter))
    }

    async fn drop_all(&self) -> Result<(), StoreError> {
        let logs = &self.context.store.logs;
        loop {
            let entries = logs.queued(self.queue, AT_ONCE).await?;
            if entries.is_empty() {
                return Ok(());
            }
            logs.sent(&entries).await?;
        }
    }

    async fn send(
        &mut self,
        filter: &SubscriptionFilter,
        route: &Route,
        entries: &[Entry],
    ) -> Result<(), Failure> {
        let message = self.message(entries);
        // What was sent and not removed may have lost its body already.
        if message.log_events.is_empty() {
            return Ok(());
        }
        let stream = message.log_stream.to_string();
        let pieces = message.split(&|packed: &[u8]| route.takes(packed));
        if pieces.too_large > 0 {
            let (group, filter) = (self.queue.group.to_string(), &filter.name);
            tracing::error!(
                group,
                filter,
                events = pieces.too_large,
                "too large for the destination; given up"
            );
            self.report.given_up += pieces.too_large as u64;
        }
        for (packed, message) in &pieces.packed {
            let random = filter.distribution == "Random";
            let key = if random { self.context.entropy.uuid() } else { stream.clone() };
            let piece = Piece { message, packed, key: &key };
            if let Err(error) = self.context.outbound.send(route, piece).await {
                let (group, filter) = (self.queue.group.to_string(), &filter.name);
                tracing::warn!(group, filter, destination = route.arn, error = error.message, "not sent");
                return Err(Failure::Destination);
            }
            self.report.messages += 1;
            self.report.events += message.log_events.len() as u64;
        }
        Ok(())
    }

    /// Entries of one stream as one message.
    fn message<'e>(&self, entries: &'e [Entry]) -> Message<'e> {
        let borrowed = |event: &'e SentEvent<'static>| SentEvent {
            id: Cow::Borrowed(&event.id),
            timestamp: event.timestamp,
            message: Cow::Borrowed(&event.message),
        };
        let group = &self.queue.group;
        Message {
            message_type: MessageType::DataMessage,
            owner: group.scope.account.clone().into(),
            log_group: group.log_group().0.to_owned().into(),
            log_stream: entries.first().map_or("".into(), |entry| Cow::Borrowed(&*entry.batch.stream)),
            subscription_filters: vec![self.queue.filter.clone().into()],
            log_events: entries.iter().flat_map(|entry| &entry.batch.events).map(borrowed).collect(),
        }
    }

    /// Gives the queue back, to be tried again later, without what waited too long already.
    async fn put_off(&mut self, hold: Hold<'_>) -> Result<(), StoreError> {
        let (logs, now) = (&self.context.store.logs, self.context.now());
        loop {
            let mut entries = logs.queued(self.queue, AT_ONCE).await?;
            entries.retain(|entry| now.millis_since(entry.queued) > GIVEN_UP);
            if entries.is_empty() {
                break;
            }
            let events = entries.iter().map(|entry| entry.batch.events.len() as u64).sum::<u64>();
            tracing::error!(group = %self.queue.group, filter = self.queue.filter, events, "not sent for a day; given up");
            self.report.given_up += events;
            logs.sent(&entries).await?;
        }
        // Only tries in a row count: what was sent in between shows that the destination was there.
        let tries = if self.report.messages > 0 { 1 } else { self.queue.tries.saturating_add(1) };
        let due = now.plus_millis(pause(tries));
        self.report.due(due);
        hold.put_off(due, tries, now).await
    }
}

/// How many of the first entries go together: those of the first one's stream that are not too much for one message.
fn together(entries: &[Entry]) -> usize {
    let Some(first) = entries.first() else { return 0 };
    let mut bytes = 0;
    let fits = |entry: &&Entry| {
        bytes += entry.batch.events.iter().map(|event| event.message.len()).sum::<usize>();
        entry.batch.stream == first.batch.stream && bytes <= MOST_BYTES
    };
    entries.iter().take_while(fits).count().max(1)
}

/// How long after so many failures the next try is, in milliseconds.
fn pause(tries: u32) -> i64 {
    let doubled = tries.saturating_sub(1).min(16);
    (FIRST_PAUSE << doubled).min(LONGEST_PAUSE)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_to_some_minutes() {
        let pauses = [1, 2, 3, 4, 5, 6, 7, 8, 1_000].map(|tries| pause(tries) / SECOND);
        assert_eq!(pauses, [5, 10, 20, 40, 80, 160, 300, 300, 300]);
    }
}
