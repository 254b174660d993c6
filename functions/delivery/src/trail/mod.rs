//! Handing audit records on: to trails' buckets, topics and log groups, to the event bus, and the digests of what was delivered.
//!
//! Each channel of each trail in each region goes from lot to lot with a cursor of its own (`watchtrail_store::trail`): one that fails is tried
//! again later and later, and holds up no other. What is written has names that follow from what it is, so that a repeat changes nothing.

mod digests;
mod events;
mod files;
mod logs;
mod notices;

use std::collections::HashMap;

use futures::stream::{self, StreamExt};
use watchtrail_core::time::{HOUR, Timestamp};
use watchtrail_core::trail::record::{Category, Record};
use watchtrail_service::{Context, Copied};
use watchtrail_store::ledger::Due;
use watchtrail_store::trail::{Cursor, Hand, Lot, MERGE, Outlet, Records, Trail, merged_at, merged_through};
use watchtrail_store::{Partition, Scope, StoreError};

use crate::Report;

/// Trails that are worked on at once.
const AT_ONCE: usize = 8;

/// Lots that are looked at in one run: the next run goes on.
const LOTS: usize = 1_000;

/// Whose clock made a lot may be behind the one that a trail was started by (milliseconds).
const CLOCKS_DIFFER: i64 = HOUR;

/// Why a channel did not take something.
pub(crate) enum Refusal {
    /// Whoever was to get it refused, in its own words.
    Theirs(String),
    /// A store of ours failed, or another worker was first.
    Ours(StoreError),
}

impl From<StoreError> for Refusal {
    fn from(error: StoreError) -> Self {
        Self::Ours(error)
    }
}

/// What was done, and when there is more to do.
#[derive(Debug, Default)]
pub(crate) struct Done {
    files: u64,
    digests: u64,
    failures: u64,
    next: Option<Timestamp>,
}

impl Done {
    pub(crate) fn due(&mut self, at: Timestamp) {
        self.next = Some(self.next.map_or(at, |known| known.min(at)));
    }

    fn add(&mut self, other: &Self) {
        self.files += other.files;
        self.digests += other.digests;
        self.failures += other.failures;
        if let Some(at) = other.next {
            self.due(at);
        }
    }
}

/// The records of a region, for one trail or for all of an account.
pub(crate) struct Task<'a> {
    pub(crate) context: &'a Context,
    pub(crate) now: Timestamp,
    /// One, but for the event bus.
    pub(crate) trails: &'a [&'a Trail],
    pub(crate) partition: Partition,
    pub(crate) hand: Hand,
    pub(crate) cursor: Cursor,
    /// Of the trail's files, where it is another channel.
    pub(crate) delivered: u64,
}

/// A record that is wanted.
pub(crate) struct Wanted<'r> {
    pub(crate) record: &'r Record<'r>,
    /// Epoch milliseconds.
    pub(crate) received: i64,
}

impl Task<'_> {
    /// The trail, where it is one.
    pub(crate) fn trail(&self) -> Option<&Trail> {
        self.trails.first().copied()
    }

    pub(crate) fn region(&self) -> &str {
        &self.hand.region
    }

    /// Whether nothing of a lot is wanted, which its time tells.
    fn passes_over(&self, lot: &Lot) -> bool {
        let since = self.trails.iter().filter_map(|trail| trail.logging.first()).map(|span| span.from).min();
        let before = since.is_none_or(|since| lot.at.millis().saturating_add(CLOCKS_DIFFER) < since);
        before || lot.records == 0 || lot.is_given_up(self.now)
    }

    fn select<'r>(&self, records: &'r Records) -> Vec<Wanted<'r>> {
        let wanted = |(received, record): &(i64, &'r Record<'r>)| {
            self.trails.iter().any(|trail| trail.wants(self.region(), *received, record))
        };
        records.iter().filter(wanted).map(|(received, record)| Wanted { record, received }).collect()
    }

    /// Takes lot after lot.
    async fn run(&self, done: &mut Done) -> Result<(), Refusal> {
        let store = &self.context.store.trail;
        let (mut from, mut to) = (self.cursor.generation, self.cursor.generation);
        let lots = store.lots(&self.partition, from, LOTS).await?;
        if lots.len() == LOTS {
            done.due(self.now.plus_millis(1));
        }
        for lot in lots {
            if self.hand.channel == Outlet::Notices && lot.generation > self.delivered {
                break;
            }
            if !self.passes_over(&lot) {
                let step = (from, lot.generation);
                if self.take(&lot, step, done).await? {
                    from = lot.generation;
                }
            }
            to = lot.generation;
        }
        Ok(store.took(&self.hand, from, to).await?)
    }

    /// Takes one lot; whether the cursor was moved.
    async fn take(&self, lot: &Lot, step: (u64, u64), done: &mut Done) -> Result<bool, Refusal> {
        let store = &self.context.store.trail;
        if self.hand.channel == Outlet::Notices {
            notices::send(self, lot).await?;
        } else {
            let records = store.records(&self.partition, lot).await?;
            let wanted = self.select(&records);
            if wanted.is_empty() {
                return Ok(false);
            }
            match self.hand.channel {
                Outlet::Files => {
                    done.files += files::deliver(self, lot, step, &wanted).await?;
                    self.count(&wanted);
                    self.succeeded().await?;
                    return Ok(true);
                }
                Outlet::Logs => logs::send(self, &wanted).await?,
                _ => events::send(self, &wanted),
            }
        }
        store.took(&self.hand, step.0, step.1).await?;
        self.succeeded().await?;
        Ok(true)
    }

    /// Tells what AWS would bill for.
    fn count(&self, wanted: &[Wanted<'_>]) {
        let Some(trail) = self.trail() else { return };
        let is_management = |wanted: &&Wanted<'_>| wanted.record.category == Category::Management;
        let management = wanted.iter().filter(is_management).count();
        self.context.meter.copied(Copied {
            account: &trail.scope.account,
            region: self.region(),
            trail: &trail.id,
            management: management as u64,
            data: (wanted.len() - management) as u64,
        });
    }

    async fn succeeded(&self) -> Result<(), StoreError> {
        let Some(trail) = self.trail().filter(|_| self.hand.channel != Outlet::Events) else {
            return Ok(());
        };
        self.context.store.trail.note_try(&trail.id, self.hand.channel, Ok(()), self.now).await
    }

    /// Runs it, unless it is to wait, and notes what became of it.
    async fn carry_out(&self) -> Result<Done, StoreError> {
        let mut done = Done::default();
        if let Some(at) = self.cursor.retry_at.filter(|at| *at > self.now) {
            done.due(at);
            return Ok(done);
        }
        let outcome = match self.hand.channel {
            Outlet::Digests => digests::deliver(self, &mut done).await,
            _ => self.run(&mut done).await,
        };
        self.judge(outcome, done).await
    }

    async fn judge(&self, outcome: Result<(), Refusal>, mut done: Done) -> Result<Done, StoreError> {
        let store = &self.context.store.trail;
        let message = match outcome {
            Ok(()) => {
                store.recovered(&self.hand, self.cursor).await?;
                return Ok(done);
            }
            // Another worker is at it.
            Err(Refusal::Ours(StoreError::Conflict)) => return Ok(done),
            Err(Refusal::Ours(error)) => return Err(error),
            Err(Refusal::Theirs(message)) => message,
        };
        // That a topic is gone is told by the trail's status, and delays no file.
        done.failures += u64::from(self.hand.channel != Outlet::Notices);
        if let Some(trail) = self.trail() {
            tracing::warn!(trail = trail.name, region = self.region(), channel = ?self.hand.channel, message, "refused");
            store.note_try(&trail.id, self.hand.channel, Err(&message), self.now).await?;
        }
        done.due(store.put_off(&self.hand, self.cursor, self.now).await?);
        Ok(done)
    }
}

/// Hands everything on that is delivered.
///
/// # Errors
/// When the lists of accounts and trails cannot be read.
pub(crate) async fn hand_on(
    context: &Context,
    now: Timestamp,
    report: &mut Report,
) -> Result<(), StoreError> {
    for account in context.store.trail.accounts().await? {
        hand_on_account(context, &account, now, report).await?;
    }
    Ok(())
}

async fn hand_on_account(
    context: &Context,
    account: &str,
    now: Timestamp,
    report: &mut Report,
) -> Result<(), StoreError> {
    let store = &context.store.trail;
    let trails: Vec<Trail> = store.trails(account).await?.into_iter().map(|read| read.value).collect();
    let deleted = store.deleted_trails(account).await?;
    if trails.is_empty() && deleted.is_empty() {
        return Ok(());
    }
    let regions = store.regions(account).await?;
    let mut work = stream::iter(&trails)
        .map(|trail| hand_on_trail(context, trail, &regions, now))
        .buffer_unordered(AT_ONCE);
    while let Some(outcome) = work.next().await {
        note(report, now, outcome);
    }
    for read in &deleted {
        let outcome = hand_on_trail(context, &read.value.trail, &regions, now).await;
        // What refuses it refuses a trail that is no more.
        note(report, now, outcome.map(|done| Done { failures: 0, ..done }));
    }
    let all: Vec<&Trail> = trails.iter().chain(deleted.iter().map(|read| &read.value.trail)).collect();
    note(report, now, hand_on_events(context, account, &all, &regions, now).await);
    for read in &deleted {
        finish(store.finish_deleted(read).await, now, report);
    }
    Ok(())
}

fn finish(outcome: Result<(), StoreError>, now: Timestamp, report: &mut Report) {
    match outcome {
        // Another worker is at it.
        Ok(()) | Err(StoreError::Conflict) => {}
        Err(error) => report.failed(now, "a deleted trail", &error),
    }
}

fn note(report: &mut Report, now: Timestamp, outcome: Result<Done, StoreError>) {
    match outcome {
        Ok(done) => {
            report.files += done.files;
            report.digests += done.digests;
            report.failures += done.failures;
            if let Some(at) = done.next {
                report.due(at);
            }
        }
        Err(error) => report.failed(now, "a trail", &error),
    }
}

async fn hand_on_trail(
    context: &Context,
    trail: &Trail,
    regions: &[String],
    now: Timestamp,
) -> Result<Done, StoreError> {
    let mut done = Done::default();
    let mut covered: Vec<&String> = regions.iter().filter(|region| trail.covers(region)).collect();
    if !covered.contains(&&trail.scope.region) {
        covered.push(&trail.scope.region);
    }
    let alone = [trail];
    for channel in [Outlet::Files, Outlet::Notices, Outlet::Logs, Outlet::Digests] {
        if !trail.has(channel) {
            continue;
        }
        let cursors = context.store.trail.cursors(&trail.id).await?;
        for region in &covered {
            let task = task(context, (&trail.id, channel, region), &alone, &cursors, now);
            done.add(&task.carry_out().await?);
        }
    }
    Ok(done)
}

async fn hand_on_events(
    context: &Context,
    account: &str,
    trails: &[&Trail],
    regions: &[String],
    now: Timestamp,
) -> Result<Done, StoreError> {
    let mut done = Done::default();
    if context.outbound.port.is_none() {
        return Ok(done);
    }
    let cursors = context.store.trail.cursors(account).await?;
    for region in regions {
        let covering: Vec<&Trail> = trails.iter().copied().filter(|trail| trail.covers(region)).collect();
        if !covering.is_empty() {
            let of = (account, Outlet::Events, region.as_str());
            let mut task = task(context, of, &covering, &cursors, now);
            account.clone_into(&mut task.partition.scope.account);
            done.add(&task.carry_out().await?);
        }
    }
    Ok(done)
}

fn task<'a>(
    context: &'a Context,
    (owner, channel, region): (&str, Outlet, &str),
    trails: &'a [&'a Trail],
    cursors: &HashMap<(Outlet, String), Cursor>,
    now: Timestamp,
) -> Task<'a> {
    let of = |channel| cursors.get(&(channel, region.to_owned())).copied().unwrap_or_default();
    let account = trails.first().map(|trail| trail.scope.account.clone()).unwrap_or_default();
    Task {
        context,
        now,
        trails,
        partition: Partition::trail(Scope { account, region: region.to_owned() }),
        hand: Hand { owner: owner.to_owned(), channel, region: region.to_owned() },
        cursor: of(channel),
        delivered: of(Outlet::Files).generation,
    }
}

/// Merges the segments of days that are over, as far as everybody has taken what is in them.
///
/// # Errors
/// When the list of work cannot be read.
pub(crate) async fn merge(context: &Context, now: Timestamp, report: &mut Report) -> Result<(), StoreError> {
    let (due, later) = context.store.ledger.due(MERGE, merged_through(now)).await?;
    if let Some(day) = later {
        report.due(merged_at(day));
    }
    for due in due {
        match merge_day(context, &due).await {
            Ok(written) => report.rolled += written,
            Err(error) => report.failed(now, &format!("{MERGE} of {}", due.day), &error),
        }
    }
    Ok(())
}

async fn merge_day(context: &Context, due: &Due) -> Result<u64, StoreError> {
    let store = &context.store.trail;
    let mut taken = context.store.ledger.head(&due.partition).await?.map_or(0, |head| head.delivered);
    let region = &due.partition.scope.region;
    let account = &due.partition.scope.account;
    let trails = store.trails(account).await?.into_iter().map(|read| read.value);
    let deleted = store.deleted_trails(account).await?.into_iter().map(|read| read.value.trail);
    for trail in trails.chain(deleted) {
        if !trail.covers(region) {
            continue;
        }
        let cursors = store.cursors(&trail.id).await?;
        for channel in [Outlet::Files, Outlet::Notices, Outlet::Logs] {
            if !trail.has(channel) {
                continue;
            }
            let cursor = cursors.get(&(channel, region.clone())).copied().unwrap_or_default();
            if let Some(next) = store.lots(&due.partition, cursor.generation, 1).await?.first() {
                taken = taken.min(next.generation - 1);
            }
        }
    }
    Ok(store.merge(due, taken).await?.1)
}
