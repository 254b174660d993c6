//! The workloads: how much, in requests of what size, over how many namespaces or groups; and what each comes to.

use super::delivery::{self, Costs, Rows};
use super::limits::{
    DELIVERY_BYTES, DELIVERY_CPU, DELIVERY_MEMORY, DYNAMODB_CALL, DYNAMODB_GB_MONTH, GB_SECOND, INVOCATION,
    LARGEST_FUNCTION, LOG_DELIVERY_BYTES, LOG_DELIVERY_CPU, MEMORY_OF_A_CPU, MONTH, PUT_CPU, S3_CALL,
    S3_GB_MONTH, cloudwatch_metrics,
};
use super::measured::{Measured, Request};
use super::writes::{self, Account, Cause, Load, Outcome};
use crate::cost::price;
use crate::logs::CLOUDWATCH_GB;
use crate::report::{Table, about, count, progress};

pub(super) const METRICS: Costs = Costs { cpu: DELIVERY_CPU, bytes: DELIVERY_BYTES };
pub(super) const LOGS: Costs = Costs { cpu: LOG_DELIVERY_CPU, bytes: LOG_DELIVERY_BYTES };

/// A data point of each metric a minute.
pub(super) const MINUTE: f64 = 60.0;

/// Drawn once; any other number will do.
const SEED: u64 = 20_261_122;

/// CPU seconds of a byte of logs in a request, deliveries included: 1,000 lines of 137 bytes a request, 2.2 µs a line (README, "How fast it is").
const LOG_PUT_CPU: f64 = 16e-9;

/// Bytes of a day of logs, a terabyte, as a second has them.
const TERABYTE_A_DAY: f64 = 1e12 / 86_400.0;

/// Something that is written and delivered.
struct Workload<'m> {
    name: String,
    /// Data points, or bytes of logs, a second.
    rate: f64,
    partitions: usize,
    request: &'m Request,
    /// CPU seconds of a row in a request.
    cpu: f64,
    every: f64,
    costs: Costs,
}

impl Workload<'_> {
    fn rows(&self) -> Rows {
        let journal_bytes = self.request.body / self.request.rows;
        Rows { rate: self.rate, partitions: self.partitions, journal_bytes, every: self.every }
    }

    fn load(&self) -> Load {
        let used = &self.request.used;
        let cpu = self.request.rows * self.cpu * MEMORY_OF_A_CPU / 1_024.0;
        Load {
            requests: self.rate / self.request.rows,
            partitions: self.partitions,
            journal: used.of("journal").writes,
            head: used.of("head").reads,
            puts: used.puts,
            latency: cpu + 2.0 * DYNAMODB_CALL + used.puts * S3_CALL,
            generation: delivery::interval(&self.rows()),
        }
    }

    /// Dollars a month: units and Lambda; and the journal at rest.
    fn dollars(&self, load: &Load) -> (f64, f64) {
        let (used, delivered) = (&self.request.used, &self.request.delivery);
        let a_request = used.writes() * price::WRITE_UNIT
            + used.reads() * price::READ_UNIT
            + used.puts * price::S3_PUT
            + INVOCATION
            + load.latency * GB_SECOND;
        let waiting = load.generation * self.rate;
        let journal = waiting * self.request.body / self.request.rows;
        // From S3 with one GET each, or from the journal with a unit for 4 KB; what else a generation takes does not grow with it.
        let reads = if used.puts > 0.5 {
            waiting / self.request.rows * price::S3_GET
        } else {
            journal / 4_096.0 * price::READ_UNIT
        };
        let rest = self.partitions as f64
            * (delivered.writes() * price::WRITE_UNIT + delivered.puts * price::S3_PUT);
        let cpu =
            waiting * self.costs.cpu.of(load.generation / self.every) * MEMORY_OF_A_CPU / 1_024.0 * GB_SECOND;
        let generation = reads + rest + cpu;
        let kept =
            |days: f64, price: f64| self.rate * self.rows().journal_bytes * days * 86_400.0 / 1e9 * price;
        let settings = delivery::settings();
        let rest = if used.puts > 0.5 {
            kept(21.0, S3_GB_MONTH)
        } else {
            kept(settings.journal_ttl as f64 / 86_400_000.0, DYNAMODB_GB_MONTH)
        };
        ((self.rate / self.request.rows * a_request + generation / load.generation) * MONTH, rest)
    }
}

/// The tables of one signal: in a new account, with everything raised, and delivery.
fn tables(
    titles: [&'static str; 3],
    workloads: &[Workload<'_>],
    seconds: usize,
    aws: impl Fn(&Workload<'_>) -> f64,
) -> Vec<Table> {
    let columns = [
        "load",
        "requests a second",
        "over",
        "wait p50",
        "p99",
        "tries throttled",
        "stored, not acknowledged",
        "slots",
        "first limit, after",
        "limit at the end",
    ];
    let mut fresh = Table::new(titles[0], &columns);
    let needs = [
        "concurrency",
        "ledger: write units a second",
        "read units a second",
        "S3 PUT a second",
        "$ a month",
        "journal at rest, $ a month",
        "AWS",
    ];
    let columns: Vec<&'static str> = columns[..3]
        .iter()
        .chain(&needs)
        .chain(&columns[3..8])
        .copied()
        .chain(["limit that is left"])
        .collect();
    let mut raised = Table::new(titles[1], &columns);
    let columns = [
        "load",
        "over",
        "a generation",
        "cores",
        "memory",
        "delivery",
        "keeps up to",
        "… with 10,240 MB",
        "settling a day: memory",
    ];
    let mut delivered = Table::new(titles[2], &columns);
    for workload in workloads {
        progress(&format!("scale: {}, {} partitions", workload.name, workload.partitions));
        let load = workload.load();
        let names = [workload.name.clone(), count(load.requests.max(1.0)), workload.partitions.to_string()];
        let outcome = writes::run(&load, Account::NEW, seconds, SEED);
        let mut row = names.to_vec();
        row.extend(fared(&outcome));
        row.push(outcome.first.map_or("–".into(), |(second, cause)| format!("{}, {second} s", cause.name())));
        row.push(last(&outcome));
        fresh.row(row);
        let outcome = writes::run(&load, Account::raised_for(&load), seconds, SEED);
        let (dollars, rest) = workload.dollars(&load);
        let mut row = names.to_vec();
        row.extend(
            [load.concurrency(), load.write_units(), load.read_units(), load.requests * load.puts].map(count),
        );
        row.extend([dollars, rest, aws(workload)].map(|dollars| format!("${}", count(dollars))));
        row.extend(fared(&outcome));
        row.push(last(&outcome));
        raised.row(row);
        delivered.row(delivery_row(workload));
    }
    fresh.note(&format!(
        "Two hours from nothing, in an account whose quotas were never raised, with new tables. wait: until a request was taken, by clients that keep what \
         was refused; ↑ it still grows at the end. The rest: of the last ten minutes. {}",
        if seconds < 7_200 { "(A quick run: fewer seconds.)" } else { "" }
    ));
    raised.note(
        "Quotas and warm throughput at twice what the load takes, GetParameter at the higher rate, S3's prefixes made. What these columns name is what \
         to ask AWS for, at least. $: list prices, no free tier, Lambda by assumed times; without S3's storage of what was delivered.",
    );
    delivered.note(
        "One invocation each minute takes what is due; what it takes is measured by the release build (`bench/src/scale/limits.rs`). It works in one task, and so with one CPU, however much memory it has. keeps up to: \
         the rate from which on deliveries fail or fall behind, over as many partitions, with 1,769 MB and with the most that a function can have. **Bold**: does not fit 1,769 MB.",
    );
    vec![fresh, raised, delivered]
}

fn fared(outcome: &Outcome) -> Vec<String> {
    let grows = if outcome.grows { " ↑" } else { "" };
    vec![
        seconds(outcome.wait.0),
        format!("{}{grows}", seconds(outcome.wait.1)),
        percent(outcome.throttled),
        percent(outcome.doubtful),
        outcome.slots.to_string(),
    ]
}

fn last(outcome: &Outcome) -> String {
    outcome.last.map_or("–", Cause::name).to_owned()
}

fn delivery_row(workload: &Workload<'_>) -> Vec<String> {
    let (rows, costs) = (workload.rows(), workload.costs);
    let outcome = delivery::run(&rows, costs, DELIVERY_MEMORY.value);
    let settled = match workload.every {
        MINUTE => delivery::settling(&rows, outcome.generation),
        // Days of logs are not settled.
        _ => 0.0,
    };
    let over = settled > delivery::room(DELIVERY_MEMORY.value);
    vec![
        workload.name.clone(),
        workload.partitions.to_string(),
        seconds(outcome.generation),
        format!("{:.2}", outcome.cores),
        megabytes(outcome.memory),
        outcome.verdict.name().to_owned(),
        about(delivery::most(&rows, costs, DELIVERY_MEMORY.value)),
        about(delivery::most(&rows, costs, LARGEST_FUNCTION)),
        match settled {
            0.0 => "–".into(),
            _ if over => format!("**{}**", megabytes(settled)),
            _ => megabytes(settled),
        },
    ]
}

fn megabytes(bytes: f64) -> String {
    format!("{} MB", count(bytes / 1e6))
}

fn seconds(seconds: f64) -> String {
    match seconds {
        ..0.05 => "0".into(),
        ..10.0 => format!("{seconds:.1} s"),
        ..600.0 => format!("{seconds:.0} s"),
        _ => format!("{:.0} min", seconds / 60.0),
    }
}

fn percent(share: f64) -> String {
    match share * 100.0 {
        ..0.005 => "0".into(),
        share => format!("{share:.1} %"),
    }
}

/// Data points a second, in requests of so many, over so many namespaces.
const POINTS: [(f64, usize, usize); 11] = [
    (1e3, 20, 1),
    (1e3, 1_000, 1),
    (1e5, 20, 1),
    (1e5, 20, 10),
    (1e5, 1_000, 1),
    (1e5, 1_000, 10),
    (1e5, 1_000, 100),
    (1e7, 20, 200),
    (1e7, 1_000, 1),
    (1e7, 1_000, 10),
    (1e7, 1_000, 100),
];

pub(super) fn metrics(measured: &Measured, seconds: usize) -> Vec<Table> {
    let workload = |(rate, batch, partitions): &(f64, usize, usize)| {
        let request = if *batch == 20 { &measured.by_20 } else { &measured.by_1000 };
        let cpu = PUT_CPU.iter().find(|(rows, _)| *rows == *batch as f64).map_or(0.0, |(_, cpu)| *cpu);
        let name = format!("{} data points a second, by {}", count(*rate), count(*batch as f64));
        Workload { name, rate: *rate, partitions: *partitions, request, cpu, every: MINUTE, costs: METRICS }
    };
    let workloads: Vec<Workload<'_>> = POINTS.iter().map(workload).collect();
    let titles = [
        "Metrics, written, in a new account (simulated)",
        "Metrics, written, with everything raised (simulated)",
        "Metrics, delivered (simulated)",
    ];
    tables(titles, &workloads, seconds, |workload| {
        cloudwatch_metrics(workload.rate * workload.every)
            + workload.rate / workload.request.rows * MONTH * price::CLOUDWATCH_REQUEST
    })
}

pub(super) fn logs(measured: &Measured, seconds: usize) -> Vec<Table> {
    let mut workloads = Vec::new();
    for (name, request) in &measured.logs {
        for (what, rate, partitions) in
            [("1 TB a day", TERABYTE_A_DAY, 100), ("10 MB/s into one group", 10e6, 1)]
        {
            let name = format!("{what}, by {name}");
            workloads.push(Workload {
                name,
                rate,
                partitions,
                request,
                cpu: LOG_PUT_CPU,
                every: 1.0,
                costs: LOGS,
            });
        }
    }
    let titles = [
        "Logs, written, in a new account (simulated)",
        "Logs, written, with everything raised (simulated)",
        "Logs, delivered (simulated; rates in bytes)",
    ];
    tables(titles, &workloads, seconds, |workload| workload.rate * MONTH / 1e9 * CLOUDWATCH_GB)
}
