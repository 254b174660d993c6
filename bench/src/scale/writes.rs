//! Requests that are written: a fluid model in steps of a second.
//!
//! Clients send at an even rate and keep what was refused until it is taken. A request goes through Lambda (environments that are made at
//! Lambda's rate, each of which reads a parameter first), where its body is large through S3, then its journal item's key and the table, then the
//! head's key and the table. The journal has as many keys as the partition has slots in each generation; which physical partition of DynamoDB a
//! key falls on is drawn by a hash of a seed. What it leaves out, all of it on the safe side: burst and adaptive capacity, and partitions that
//! DynamoDB splits under heat.

use watchtrail_store::ledger::Head;

use super::limits::{
    CONCURRENCY, DOUBLING, ENVIRONMENTS_A_SECOND, KEY_READS, KEY_WRITES, NEW_READS, NEW_WRITES, PARAMETERS,
    REQUESTS_AN_ENVIRONMENT, S3_PUTS, TABLE_QUOTA, TRIES,
};

/// What is written, and what a request of it uses.
#[derive(Clone, Copy, Debug)]
pub(super) struct Load {
    /// A second, over all partitions alike.
    pub(super) requests: f64,
    /// Namespaces or log groups.
    pub(super) partitions: usize,
    /// Write units on the journal.
    pub(super) journal: f64,
    /// Read units on the head.
    pub(super) head: f64,
    /// S3 PUT.
    pub(super) puts: f64,
    /// Seconds that a request takes when nothing is throttled.
    pub(super) latency: f64,
    /// Seconds from one generation to the next.
    pub(super) generation: f64,
}

impl Load {
    /// The concurrency that it takes.
    pub(super) fn concurrency(&self) -> f64 {
        (self.requests * self.latency.max(1.0 / REQUESTS_AN_ENVIRONMENT.value)).ceil()
    }

    pub(super) fn write_units(&self) -> f64 {
        self.requests * self.journal
    }

    pub(super) fn read_units(&self) -> f64 {
        self.requests * self.head
    }
}

/// What an account gives.
#[derive(Clone, Copy, Debug)]
pub(super) struct Account {
    concurrency: f64,
    writes: f64,
    reads: f64,
    quota: f64,
    parameters: f64,
    /// Prefixes that S3 has made partitions of.
    prefixes: f64,
}

impl Account {
    /// As AWS gives it to everybody, with a new table.
    pub(super) const NEW: Self = Self {
        concurrency: CONCURRENCY.value,
        writes: NEW_WRITES.value,
        reads: NEW_READS.value,
        quota: TABLE_QUOTA.value,
        parameters: PARAMETERS.value,
        prefixes: 1.0,
    };

    /// With quotas and warm throughput raised to twice what a load needs, environments that are warm or read their parameter at the higher
    /// rate, and S3 given the time to make each partition's prefix its own.
    pub(super) fn raised_for(load: &Load) -> Self {
        let (writes, reads) = (2.0 * load.write_units(), 2.0 * load.read_units());
        Self {
            concurrency: (2.0 * load.concurrency()).max(CONCURRENCY.value),
            writes: writes.max(NEW_WRITES.value),
            reads: reads.max(NEW_READS.value),
            quota: writes.max(reads).max(TABLE_QUOTA.value),
            parameters: 1_000.0,
            prefixes: load.partitions as f64,
        }
    }
}

/// What holds requests up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Cause {
    Environments,
    Parameters,
    Concurrency,
    S3,
    Table,
    JournalKeys,
    HeadKey,
}

impl Cause {
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Environments => "Lambda makes environments",
            Self::Parameters => "GetParameter of new environments",
            Self::Concurrency => "Lambda's concurrency",
            Self::S3 => "S3 PUT of a prefix",
            Self::Table => "the table's throughput",
            Self::JournalKeys => "the journal's keys",
            Self::HeadKey => "the head's key",
        }
    }
}

/// What became of a load.
#[derive(Clone, Debug)]
pub(super) struct Outcome {
    /// Of the tries of the last ten minutes, those that were throttled.
    pub(super) throttled: f64,
    /// Of the requests of the last ten minutes, those that were stored and yet not acknowledged: a client sends them again.
    pub(super) doubtful: f64,
    /// Median and 99th percentile of the wait until a request was taken, in seconds.
    pub(super) wait: (f64, f64),
    /// Whether the queue is longer at the end than ten minutes before.
    pub(super) grows: bool,
    pub(super) slots: u32,
    /// The limit that was reached first, and when, in seconds.
    pub(super) first: Option<(usize, Cause)>,
    /// The limit that holds it up at the end.
    pub(super) last: Option<Cause>,
}

/// How a step's tries fared.
#[derive(Clone, Copy, Debug, Default)]
struct Tried {
    taken: f64,
    served: f64,
    doubtful: f64,
    writes: f64,
    reads: f64,
    puts: f64,
}

struct World<'a> {
    load: &'a Load,
    account: Account,
    seed: u64,
    /// The head of a partition as far as it concerns the model.
    heads: Vec<Head>,
    pool: f64,
    ready: f64,
    /// What holds requests up in this second, and how many it lets through: of several, the narrowest.
    cause: Option<(Cause, f64)>,
    /// Where the journal's keys fall, and for what it was drawn: generation, physical partitions, all slots.
    drawn: (u64, usize, u32),
    places: Vec<Vec<usize>>,
}

/// What one second did, for the figures at the end.
struct Second {
    arrived: f64,
    wait: f64,
    queue: f64,
    tried: Tried,
}

/// Lets a load meet an account for so many seconds.
pub(super) fn run(load: &Load, account: Account, seconds: usize, seed: u64) -> Outcome {
    let mut world = World {
        load,
        account,
        seed,
        heads: vec![Head::NEW; load.partitions],
        pool: 0.0,
        ready: 0.0,
        cause: None,
        drawn: (0, 0, 0),
        places: Vec::new(),
    };
    let (mut queue, mut first, mut done) = (0.0, None, Vec::with_capacity(seconds));
    let mut peak = Tried::default();
    for second in 0..seconds {
        world.cause = None;
        let offered = queue + load.requests;
        let taken = world.invoke(offered);
        let tried = world.store(second, taken);
        queue = offered - tried.served;
        first = first.or_else(|| world.cause.map(|(cause, _)| (second, cause)));
        let wait = queue / tried.served.max(load.requests * 1e-3);
        done.push(Second { arrived: load.requests, wait, queue, tried });
        peak.writes = peak.writes.max(tried.writes);
        peak.reads = peak.reads.max(tried.reads);
        peak.puts = peak.puts.max(tried.puts);
        if (second + 1).is_multiple_of(DOUBLING.value as usize) {
            world.double(&peak);
            peak = Tried::default();
        }
    }
    outcome(&world, first, &done)
}

impl World<'_> {
    /// Notes that something lets only `through` requests a second pass, of those that came to it a part.
    fn held_up_by(&mut self, cause: Cause, part: f64, through: f64) {
        let narrower = self.cause.is_none_or(|(_, known)| through < known);
        if part < 0.999 && narrower {
            self.cause = Some((cause, through));
        }
    }

    /// How many requests Lambda takes.
    fn invoke(&mut self, offered: f64) -> f64 {
        let each = REQUESTS_AN_ENVIRONMENT.value.min(1.0 / self.load.latency);
        let wanted = (offered / each).ceil();
        let room = self.account.concurrency.min(self.pool + ENVIRONMENTS_A_SECOND.value);
        self.pool = self.pool.max(wanted.min(room));
        self.ready = self.pool.min(self.ready + self.account.parameters);
        let taken = offered.min(self.ready * each);
        let cause = if self.ready < self.pool {
            Cause::Parameters
        } else if self.pool < self.account.concurrency {
            Cause::Environments
        } else {
            Cause::Concurrency
        };
        self.held_up_by(cause, taken / offered, taken);
        taken
    }

    /// How many of the requests that Lambda took are stored and acknowledged.
    fn store(&mut self, second: usize, taken: f64) -> Tried {
        let mut tried = Tried { taken, ..Tried::default() };
        let each = taken / self.load.partitions as f64;
        let s3 = part(S3_PUTS.value * self.account.prefixes, taken * self.load.puts);
        tried.puts = taken * self.load.puts * s3;
        let table = part(self.account.writes.min(self.account.quota), taken * s3 * self.load.journal);
        self.held_up_by(Cause::S3, s3, taken * s3);
        self.held_up_by(Cause::Table, table, taken * s3 * table);
        let generation = (second as f64 / self.load.generation) as u64;
        let written = self.journal_keys(generation, each * s3 * table);
        let stored: Vec<f64> = written.iter().map(|part| each * s3 * table * part).collect();
        self.held_up_by(Cause::JournalKeys, least(&written), stored.iter().sum());
        self.grow(each * s3, &written, table);
        tried.writes = stored.iter().sum::<f64>() * self.load.journal;
        let reads = stored.iter().sum::<f64>() * self.load.head;
        let table = part(self.account.reads.min(self.account.quota), reads);
        self.held_up_by(Cause::Table, table, stored.iter().sum::<f64>() * table);
        let confirmed = self.head_keys(&stored, table);
        for (stored, confirmed) in stored.iter().zip(&confirmed) {
            tried.served += stored * confirmed * table;
            tried.doubtful += stored * (1.0 - confirmed * table).powf(TRIES.value);
        }
        self.held_up_by(Cause::HeadKey, least(&confirmed), tried.served);
        tried.reads = tried.served * self.load.head;
        tried
    }

    /// Physical partitions of the table.
    fn physical(&self) -> usize {
        (self.account.writes / KEY_WRITES.value).max(self.account.reads / KEY_READS.value).ceil() as usize
    }

    /// Draws where the journal's keys fall, unless they are where they were.
    fn draw(&mut self, generation: u64) {
        let physical = self.physical();
        let drawn = (generation, physical, self.heads.iter().map(|head| head.slots).sum());
        if self.drawn == drawn {
            return;
        }
        self.drawn = drawn;
        let seed = self.seed;
        let of = |(number, head): (usize, &Head)| {
            let place = |slot| hash(seed, number as u64, generation, slot) as usize % physical;
            (1..=u64::from(head.slots)).map(place).collect()
        };
        self.places = self.heads.iter().enumerate().map(of).collect();
    }

    /// Of each partition's writes, the part that its keys take.
    fn journal_keys(&mut self, generation: u64, each: f64) -> Vec<f64> {
        self.draw(generation);
        let mut heat = vec![0.0; self.physical()];
        for places in &self.places {
            let warmth = each * self.load.journal / places.len() as f64;
            for place in places {
                heat[*place] += warmth;
            }
        }
        let of = |places: &Vec<usize>| {
            let parts = places.iter().map(|place| part(KEY_WRITES.value, heat[*place]));
            parts.sum::<f64>() / places.len() as f64
        };
        self.places.iter().map(of).collect()
    }

    /// Of each partition's looks at its head, the part that the head's key takes.
    fn head_keys(&self, stored: &[f64], table: f64) -> Vec<f64> {
        let mut heat = vec![0.0; self.physical()];
        let place = |number: usize| hash(self.seed, number as u64, 0, 0) as usize % heat.len();
        let places: Vec<usize> = (0..stored.len()).map(place).collect();
        for (place, stored) in places.iter().zip(stored) {
            heat[*place] += stored * table * self.load.head;
        }
        places.iter().map(|place| part(KEY_READS.value, heat[*place])).collect()
    }

    /// A partition of which a request was throttled as often as the SDK tries gets more slots, by the ledger's own rule.
    fn grow(&mut self, each: f64, written: &[f64], table: f64) {
        for (head, written) in self.heads.iter_mut().zip(written) {
            let failed = each * (1.0 - written * table).powf(TRIES.value);
            if let Some(more) = head.grown().filter(|_| failed >= 1.0) {
                head.slots = more;
            }
        }
    }

    /// A table takes twice the peak of the last half hour, and S3 has made more partitions, if these were what held it up.
    fn double(&mut self, peak: &Tried) {
        let account = &mut self.account;
        account.writes = account.writes.max(2.0 * peak.writes).min(account.quota.max(account.writes));
        account.reads = account.reads.max(2.0 * peak.reads).min(account.quota.max(account.reads));
        if peak.puts > 0.9 * S3_PUTS.value * account.prefixes {
            account.prefixes = (2.0 * account.prefixes).min(self.load.partitions as f64);
        }
    }
}

fn least(parts: &[f64]) -> f64 {
    parts.iter().copied().fold(1.0, f64::min)
}

/// The part of `asked` that `limit` lets through.
fn part(limit: f64, asked: f64) -> f64 {
    if asked <= limit { 1.0 } else { limit / asked }
}

/// A number that looks random and is always the same (splitmix64).
fn hash(seed: u64, partition: u64, generation: u64, slot: u64) -> u64 {
    let mut state = seed;
    for value in [partition, generation, slot] {
        state = state.wrapping_add(value.wrapping_add(1).wrapping_mul(0x9E37_79B9_7F4A_7C15));
        state = (state ^ (state >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        state = (state ^ (state >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        state ^= state >> 31;
    }
    state >> 1
}

fn outcome(world: &World<'_>, first: Option<(usize, Cause)>, done: &[Second]) -> Outcome {
    let recent = &done[done.len().saturating_sub(600)..];
    let sum = |of: fn(&Second) -> f64| recent.iter().map(of).sum::<f64>();
    let (taken, served) = (sum(|second| second.tried.taken), sum(|second| second.tried.served));
    let before = recent.first().map_or(0.0, |second| second.queue);
    let queue = recent.last().map_or(0.0, |second| second.queue);
    let mut waits: Vec<(f64, f64)> = done.iter().map(|second| (second.wait, second.arrived)).collect();
    waits.sort_by(|a, b| a.0.total_cmp(&b.0));
    Outcome {
        throttled: 1.0 - served / taken.max(f64::MIN_POSITIVE),
        doubtful: sum(|second| second.tried.doubtful) / taken.max(f64::MIN_POSITIVE),
        wait: (percentile(&waits, 0.50), percentile(&waits, 0.99)),
        grows: queue > before * 1.01 + world.load.requests,
        slots: world.heads.iter().map(|head| head.slots).max().unwrap_or(1),
        first,
        last: world.cause.map(|(cause, _)| cause),
    }
}

/// The wait that a share of the requests did not exceed.
fn percentile(sorted: &[(f64, f64)], share: f64) -> f64 {
    let all: f64 = sorted.iter().map(|(_, weight)| weight).sum();
    let mut passed = 0.0;
    for (wait, weight) in sorted {
        passed += weight;
        if passed >= share * all {
            return *wait;
        }
    }
    0.0
}

#[cfg(test)]
mod tests {
    use super::*;

    const SMALL: Load = Load {
        requests: 50.0,
        partitions: 1,
        journal: 1.0,
        head: 1.0,
        puts: 0.0,
        latency: 0.02,
        generation: 300.0,
    };

    fn check(load: Load, account: Account, slots: u32, last: Option<Cause>) {
        let outcome = run(&load, account, 1_200, 1);
        assert_eq!((outcome.slots, outcome.last), (slots, last), "{load:?}: {outcome:?}");
    }

    #[test]
    fn what_holds_up() {
        check(SMALL, Account::NEW, 1, None);
        // A key takes a thousand write units: slots grow until it is enough.
        let busy = Load { requests: 1_500.0, ..SMALL };
        let warm = Account { writes: 1e6, reads: 3e6, ..Account::NEW };
        check(busy, warm, 4, None);
        // A head takes three thousand looks, however many slots there are.
        let hot = Load { requests: 5_000.0, ..SMALL };
        let outcome = run(&hot, warm, 1_200, 1);
        assert_eq!(outcome.last, Some(Cause::HeadKey), "{outcome:?}");
        assert!(outcome.grows && outcome.doubtful > 0.0, "{outcome:?}");
        // A thousand environments take ten thousand requests a second.
        let many = Load { requests: 11_000.0, partitions: 10, ..SMALL };
        check(many, Account { quota: 1e6, ..warm }, 1, Some(Cause::Concurrency));
        let raised = Account::raised_for(&many);
        assert!(!run(&many, raised, 1_200, 1).grows);
    }

    #[test]
    fn the_same_seed_gives_the_same() {
        let load = Load { requests: 9_000.0, partitions: 7, ..SMALL };
        let outcome = |seed| format!("{:?}", run(&load, Account::NEW, 300, seed));
        assert_eq!(outcome(3), outcome(3));
    }

    #[test]
    fn percentiles_are_weighted() {
        assert_eq!(percentile(&[(0.0, 98.0), (1.0, 1.0), (9.0, 1.0)], 0.99), 1.0);
    }
}
