//! How far deliveries keep up: a model over an hour.
//!
//! An invocation each minute takes all partitions that are due, some of them at once, in one task: with at most one CPU. An invocation
//! that finds the one before still at work seals nothing new, repeats its partitions and loses the race for each: so all of them together are worth one.

use watchtrail_delivery::AT_ONCE;
use watchtrail_store::{Names, StoreConfig};

use super::limits::{BASE_MEMORY, DELIVERY_TIME, Given, MEMORY_OF_A_CPU, SETTLE_BYTES};

/// What is to be delivered.
#[derive(Clone, Copy, Debug)]
pub(super) struct Rows {
    /// A second, over all partitions alike.
    pub(super) rate: f64,
    pub(super) partitions: usize,
    /// Bytes of a row in the journal.
    pub(super) journal_bytes: f64,
    /// Seconds between two rows of a series.
    pub(super) every: f64,
}

/// What a row costs.
#[derive(Clone, Copy)]
pub(super) struct Costs {
    pub(super) cpu: Given,
    pub(super) bytes: Given,
}

/// What becomes of it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Verdict {
    /// Each generation is delivered before the next is due.
    KeepsUp,
    /// Each takes longer than the one before.
    FallsBehind,
    /// An invocation is killed for its memory, each time.
    OutOfMemory,
    /// A generation takes longer than an invocation may.
    OutOfTime,
}

impl Verdict {
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::KeepsUp => "keeps up",
            Self::FallsBehind => "**falls behind**",
            Self::OutOfMemory => "**out of memory**",
            Self::OutOfTime => "**out of time**",
        }
    }
}

/// What deliveries come to.
#[derive(Clone, Copy, Debug)]
pub(super) struct Outcome {
    pub(super) verdict: Verdict,
    /// Seconds from one generation of a partition to the next.
    pub(super) generation: f64,
    /// Cores that it takes.
    pub(super) cores: f64,
    /// Bytes of memory of an invocation.
    pub(super) memory: f64,
}

/// The settings of the suite on AWS.
pub(super) fn settings() -> StoreConfig {
    StoreConfig::new(Names::with_prefix("scale"))
}

/// Seconds after which a partition is due: when it is old enough, or at the first minute at which it is large enough.
pub(super) fn interval(rows: &Rows) -> f64 {
    let settings = settings();
    let bytes_a_second = rows.rate * rows.journal_bytes / rows.partitions as f64;
    let full = settings.delivery_bytes as f64 / bytes_a_second;
    let minutes = (full / 60.0).ceil().max(1.0);
    (minutes * 60.0).min(settings.delivery_age as f64 / 1_000.0)
}

/// Memory that a function's work may take.
pub(super) fn room(megabytes: f64) -> f64 {
    megabytes * 1024.0 * 1024.0 - BASE_MEMORY
}

/// What comes of it in a function of so many MB.
pub(super) fn run(rows: &Rows, costs: Costs, megabytes: f64) -> Outcome {
    let interval = interval(rows);
    let at_once = rows.partitions.min(AT_ONCE) as f64;
    let one = |generation: f64| {
        let rows_a_series = generation / rows.every;
        let waiting = rows.rate * generation;
        let cpu = waiting * costs.cpu.of(rows_a_series) * (MEMORY_OF_A_CPU / megabytes).max(1.0);
        let memory = waiting / rows.partitions as f64 * at_once * costs.bytes.of(rows_a_series);
        (cpu, memory)
    };
    let (cores, memory) = (one(interval).0 / interval, one(interval).1 + BASE_MEMORY);
    let outcome = |verdict, generation| Outcome { verdict, generation, cores, memory };
    let mut generation = interval;
    for _ in 0..60 {
        let (cpu, memory) = one(generation);
        if memory > room(megabytes) {
            // Where it only grew into that, it is not memory that was short at first.
            let first = generation <= interval;
            return outcome(if first { Verdict::OutOfMemory } else { Verdict::FallsBehind }, generation);
        }
        if cpu / rows.partitions as f64 * at_once > DELIVERY_TIME.value {
            return outcome(Verdict::OutOfTime, generation);
        }
        let next = interval.max(cpu);
        if (next - generation).abs() < 1.0 {
            return outcome(Verdict::KeepsUp, generation);
        }
        generation = next;
    }
    outcome(Verdict::FallsBehind, generation)
}

/// The highest rate of rows that keeps up, over so many partitions.
pub(super) fn most(rows: &Rows, costs: Costs, megabytes: f64) -> f64 {
    let keeps_up = |rate: f64| run(&Rows { rate, ..*rows }, costs, megabytes).verdict == Verdict::KeepsUp;
    bisect(1.0, 1e9, keeps_up)
}

/// Bytes of memory in which a day of each partition is settled: some rows of it at once, or a generation if that has more.
pub(super) fn settling(rows: &Rows, generation: f64) -> f64 {
    let each = rows.rate / rows.partitions as f64;
    let at_once = (settings().settled_rows as f64).max(each * generation).min(each * 86_400.0);
    at_once * SETTLE_BYTES + BASE_MEMORY
}

/// The greatest number that holds, between one that does and one that does not.
pub(super) fn bisect(mut low: f64, mut high: f64, holds: impl Fn(f64) -> bool) -> f64 {
    for _ in 0..60 {
        let middle = (low * high).sqrt();
        if holds(middle) { low = middle } else { high = middle }
    }
    low
}

#[cfg(test)]
mod tests {
    use super::super::limits::{DELIVERY_BYTES, DELIVERY_CPU, DELIVERY_MEMORY};
    use super::*;

    const COSTS: Costs = Costs { cpu: DELIVERY_CPU, bytes: DELIVERY_BYTES };
    const ROWS: Rows = Rows { rate: 1_000.0, partitions: 1, journal_bytes: 6.0, every: 60.0 };

    #[test]
    fn verdicts() {
        fn check(rate: f64, partitions: usize, expected: Verdict) {
            let outcome = run(&Rows { rate, partitions, ..ROWS }, COSTS, DELIVERY_MEMORY.value);
            assert_eq!(outcome.verdict, expected, "{rate} {partitions}: {outcome:?}");
        }
        check(1_000.0, 1, Verdict::KeepsUp);
        check(1e6, 1, Verdict::OutOfMemory);
        check(1e6, 10_000, Verdict::FallsBehind);
        let most = most(&ROWS, COSTS, DELIVERY_MEMORY.value);
        check(most * 0.99, 1, Verdict::KeepsUp);
    }

    #[test]
    fn intervals() {
        fn check(rate: f64, expected: f64) {
            assert_eq!(interval(&Rows { rate, ..ROWS }), expected, "{rate}");
        }
        check(1.0, 300.0);
        // 8 MiB of 6 bytes each are 1.4 million: in 140 seconds, and the third minute finds them.
        check(10_000.0, 180.0);
        check(1e6, 60.0);
    }
}
