//! Alarms: each minute, and within it where periods are shorter, every alarm of every account and region is evaluated, and the
//! actions of those that changed are carried out.
//!
//! Alarms are evaluated at ticks: full minutes, or each ten seconds where there are high-resolution alarms. A run that comes late makes up for the
//! ticks that were left out. A change of state is one transaction under the condition that the alarm is what it was; so two workers, or an
//! event that comes twice, change a state and act once. Where there are very many alarms, the invocation of the minute hands parts of them to
//! further invocations.

mod actions;
mod composite;
mod explain;
mod metric;
mod mutes;
mod points;

pub use actions::take_over;
use aws_lambda_events::eventbridge::EventBridgeEvent;
pub use explain::{Explanation, explain};
use serde::{Deserialize, Serialize};
use watchtrail_core::alarms::Alarm;
use watchtrail_core::time::{MINUTE, SECOND, Timestamp};
use watchtrail_service::Context;
use watchtrail_store::alarms::{BUCKETS, Board, Heads, Stored};
use watchtrail_store::{Scope, StoreError};

/// Alarms that one invocation evaluates; of more, others take their part.
const MOST_AT_ONCE: u64 = 50_000;

/// Ticks that were left out are made up for as long as they are not older than this: long enough that no multi-day alarm, which has one an hour,
/// goes without it.
const OLDEST_TICK: i64 = 65 * MINUTE;

/// High-resolution alarms are evaluated so often.
const FINE: i64 = 10 * SECOND;

/// What wakes the function.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(untagged)]
pub enum Event {
    /// A part of the alarms, from the invocation that found that there are too many for it.
    Part(Part),
    /// The schedule: all alarms, or the first part of them.
    Schedule(Box<EventBridgeEvent<serde_json::Value>>),
}

impl Default for Event {
    fn default() -> Self {
        Self::Schedule(Box::default())
    }
}

/// Which buckets an invocation evaluates.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
pub struct Part {
    /// From 0.
    pub part: usize,
    /// Of so many.
    pub parts: usize,
}

impl Part {
    const ALL: Self = Self { part: 0, parts: 1 };

    /// The buckets of a scope that are this part's.
    fn buckets(self) -> Vec<usize> {
        (0..BUCKETS).filter(|bucket| bucket % self.parts.max(1) == self.part).collect()
    }
}

/// What a run did, for the log and for the scheduler of the local host.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Report {
    /// Evaluations of alarms.
    pub evaluated: u64,
    /// Changes of state.
    pub transitions: u64,
    /// Actions that were carried out.
    pub actions: u64,
    /// Alarms that could not be evaluated, and actions that failed.
    pub failures: u64,
    /// Parts that were handed to other invocations.
    pub parts: usize,
    /// When the next tick is, in epoch milliseconds; none where there are no alarms.
    pub next_tick: Option<i64>,
    /// When something is to be done at the latest though no alarm changes: actions, suppressions.
    pub next_due: Option<i64>,
    /// No alarm saw a data point: until data comes, or something is due, no tick will change anything.
    pub quiet: bool,
}

impl Report {
    fn due(&mut self, at: Timestamp) {
        let at = at.millis();
        self.next_due = Some(self.next_due.map_or(at, |known| known.min(at)));
    }

    fn tick(&mut self, at: Timestamp) {
        let at = at.millis();
        self.next_tick = Some(self.next_tick.map_or(at, |known| known.min(at)));
    }

    fn failed(&mut self, what: &str, error: &StoreError) {
        tracing::error!(what, %error, "failed; the next run tries again");
        self.failures += 1;
    }
}

/// A run of the function on Lambda: evaluates, again each ten seconds of the minute where there are high-resolution alarms, and
/// hands parts to further invocations of `function` where there are too many alarms.
///
/// # Errors
/// When the list of scopes cannot be read.
pub async fn minute(context: &Context, function: &str, event: Event) -> Result<Report, StoreError> {
    let until = context.now().floor_to(60).plus_millis(MINUTE);
    let (mut report, part) = match event {
        Event::Part(part) => (run(context, part).await?, part),
        Event::Schedule(_) => {
            let parts = parts(context).await?;
            for part in 1..parts {
                let event = serde_json::to_string(&Part { part, parts }).unwrap_or_default();
                if let Err(error) = context.outbound.invoke(function, &event).await {
                    tracing::error!(
                        part,
                        error = error.message,
                        "a part was not handed over; the next minute does its work"
                    );
                }
            }
            let part = Part { part: 0, parts };
            (run(context, part).await?, part)
        }
    };
    report.parts = part.parts;
    while let Some(next) = report.next_tick.map(Timestamp::from_millis).filter(|next| *next < until) {
        let wait = next.millis_since(context.now()).clamp(0, FINE);
        tokio::time::sleep(std::time::Duration::from_millis(wait.unsigned_abs())).await;
        let more = run(context, part).await?;
        report.evaluated += more.evaluated;
        report.transitions += more.transitions;
        report.actions += more.actions;
        report.failures += more.failures;
        report.next_tick = more.next_tick;
    }
    Ok(report)
}

/// In how many parts the alarms are evaluated.
async fn parts(context: &Context) -> Result<usize, StoreError> {
    let store = &context.store.alarms;
    let mut alarms = 0;
    for scope in store.scopes().await? {
        let heads = store.heads(&scope).await?;
        alarms += (0..BUCKETS).map(|bucket| heads.alarms(bucket)).sum::<u64>();
    }
    Ok(parts_of(alarms))
}

/// In how many parts so many alarms are evaluated, an invocation each. There are no more parts than buckets.
pub fn parts_of(alarms: u64) -> usize {
    (alarms.div_ceil(MOST_AT_ONCE) as usize).clamp(1, BUCKETS)
}

/// Evaluates all alarms that are due and carries out all actions that are.
///
/// # Errors
/// When the list of scopes cannot be read.
pub async fn handle(context: &Context) -> Result<Report, StoreError> {
    run(context, Part::ALL).await
}

async fn run(context: &Context, part: Part) -> Result<Report, StoreError> {
    let mut report = Report { quiet: true, parts: part.parts, ..Report::default() };
    for scope in context.store.alarms.scopes().await? {
        // One account's damage is not another's.
        if let Err(error) = run_scope(context, &scope, part, &mut report).await {
            report.failed(&scope.to_string(), &error);
            report.quiet = false;
            report.tick(context.now().floor_to(60).plus_millis(MINUTE));
        }
    }
    tracing::info!(
        evaluated = report.evaluated,
        transitions = report.transitions,
        actions = report.actions,
        failures = report.failures,
        part = part.part,
        parts = part.parts,
        "alarms"
    );
    Ok(report)
}

/// The alarms of one scope, as far as they are this part's.
struct Desk<'a> {
    context: &'a Context,
    scope: &'a Scope,
    buckets: Vec<usize>,
}

impl Desk<'_> {
    /// The alarms as they are now; those of other parts may be among them.
    async fn board(&self) -> Result<(Heads, Board), StoreError> {
        let store = &self.context.store.alarms;
        let heads = store.heads(self.scope).await?;
        let board = store.board_at(self.scope, &heads, &self.buckets).await?;
        Ok((heads, board))
    }

    fn is_ours(&self, stored: &Stored) -> bool {
        self.buckets.contains(&watchtrail_store::alarms::bucket(&stored.alarm.name))
    }

    fn place(&self) -> usize {
        self.buckets.first().copied().unwrap_or_default()
    }
}

async fn run_scope(
    context: &Context,
    scope: &Scope,
    part: Part,
    report: &mut Report,
) -> Result<(), StoreError> {
    let desk = Desk { context, scope, buckets: part.buckets() };
    let (heads, board) = desk.board().await?;
    if board.values().any(|stored| desk.is_ours(stored)) {
        let now = context.now();
        let fine = board.values().any(|stored| is_fine(&stored.alarm));
        let step = if fine { FINE } else { MINUTE };
        let ticks = ticks(heads.evaluated(desk.place()), now, step);
        if let (Some(first), Some(last)) = (ticks.first(), ticks.last()) {
            metric::evaluate(&desk, &board, (*first, *last, &ticks), report).await?;
            context.store.alarms.evaluated(scope, desk.place(), *last).await?;
        } else {
            // Within a tick nothing is read, so nothing is known of the data.
            report.quiet = false;
        }
        composite::evaluate(&desk, report).await?;
        report.tick(now.floor_to((step / SECOND) as u32).plus_millis(step));
    }
    actions::carry_out(&desk, report).await
}

fn is_fine(alarm: &Alarm) -> bool {
    alarm.metric().and_then(|metric| metric.watched()).is_some_and(|stat| stat.period < 60)
}

/// The ticks after the one that was evaluated last, up to now.
fn ticks(evaluated: Option<Timestamp>, now: Timestamp, step: i64) -> Vec<Timestamp> {
    let last = now.floor_to((step / SECOND) as u32);
    let oldest = last.plus_millis(-OLDEST_TICK);
    let first = match evaluated {
        None => last,
        Some(before) => before.floor_to((step / SECOND) as u32).plus_millis(step).max(oldest),
    };
    let mut ticks = Vec::new();
    let mut tick = first;
    while tick <= last {
        ticks.push(tick);
        tick = tick.plus_millis(step);
    }
    ticks
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_that_were_left_out() {
        fn check(evaluated: Option<i64>, now: i64, step: i64, expected: &[i64]) {
            let evaluated = evaluated.map(Timestamp::from_seconds);
            let found = ticks(evaluated, Timestamp::from_seconds(now), step * SECOND);
            let found: Vec<i64> = found.iter().map(|tick| tick.millis() / 1000).collect();
            assert_eq!(found, expected, "{evaluated:?} {now} {step}");
        }
        check(None, 125, 60, &[120]);
        check(Some(60), 125, 60, &[120]);
        check(Some(120), 125, 60, &[]);
        check(Some(120), 300, 60, &[180, 240, 300]);
        check(Some(130), 300, 60, &[180, 240, 300]);
        check(Some(120), 141, 10, &[130, 140]);
        // A clock that went back evaluates nothing twice.
        check(Some(600), 300, 60, &[]);
        assert_eq!(
            ticks(Some(Timestamp::from_seconds(0)), Timestamp::from_seconds(360_000), MINUTE).len(),
            66
        );
    }

    #[test]
    fn parts_share_the_buckets() {
        for parts in 1..=BUCKETS {
            let mut all: Vec<usize> = (0..parts).flat_map(|part| Part { part, parts }.buckets()).collect();
            all.sort_unstable();
            assert_eq!(all, (0..BUCKETS).collect::<Vec<_>>());
        }
    }
}
