//! What a request uses, counted by the real suite (`serve --as-on-aws --usage-by-key`) at rising load: units do not depend on how fast a machine
//! is, so a debug build counts the same.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use serde::Deserialize;
use tokio::task::JoinSet;

use crate::fleet::{Format, Load, Plan};
use crate::http::Client;
use crate::options::Options;
use crate::peers::{Binaries, Peer, deliver};
use crate::process::Server;
use crate::report::{Table, count, progress};
use crate::{Failure, Result, clock, ingest, lines, logs};

/// Hash keys that are asked for: more than a run has.
const EVERY_KEY: usize = 100_000;

#[derive(Debug, Default, Deserialize)]
struct Told {
    s3: S3,
    #[serde(default)]
    keys: Vec<Key>,
}

#[derive(Debug, Default, Deserialize)]
struct S3 {
    put: f64,
    bytes_in: f64,
}

#[derive(Debug, Deserialize)]
struct Key {
    #[serde(rename = "key")]
    name: String,
    write_units: f64,
    read_units: f64,
}

/// Units of the hash keys of a kind (what stands before the first `#`).
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Kind {
    pub(super) writes: f64,
    pub(super) reads: f64,
    /// Units of the key that has the most, of writes and of reads.
    pub(super) hottest: (f64, f64),
}

/// What was used between two looks.
#[derive(Clone, Debug, Default)]
pub(super) struct Used {
    kinds: BTreeMap<String, Kind>,
    pub(super) puts: f64,
    pub(super) bytes_in: f64,
}

impl Used {
    pub(super) fn of(&self, kind: &str) -> Kind {
        self.kinds.get(kind).copied().unwrap_or_default()
    }

    pub(super) fn writes(&self) -> f64 {
        self.kinds.values().map(|kind| kind.writes).sum()
    }

    pub(super) fn reads(&self) -> f64 {
        self.kinds.values().map(|kind| kind.reads).sum()
    }

    /// The kind whose hottest key takes the largest part of what a key can take in a second.
    pub(super) fn hottest(&self) -> (&str, Kind) {
        let part = |kind: &Kind| {
            (kind.hottest.0 / super::limits::KEY_WRITES.value)
                .max(kind.hottest.1 / super::limits::KEY_READS.value)
        };
        let found = self.kinds.iter().max_by(|(_, a), (_, b)| part(a).total_cmp(&part(b)));
        found.map_or(("", Kind::default()), |(name, kind)| (name.as_str(), *kind))
    }

    /// The kinds that were written, most units first.
    pub(super) fn kinds(&self) -> Vec<(&str, Kind)> {
        let mut kinds: Vec<_> = self.kinds.iter().map(|(name, kind)| (name.as_str(), *kind)).collect();
        kinds.sort_by(|(_, a), (_, b)| b.hottest.0.total_cmp(&a.hottest.0));
        kinds
    }
}

/// The counters at one moment.
pub(super) struct Look(Told);

impl Look {
    pub(super) async fn now(client: &mut Client) -> Result<Self> {
        let answer = client.get(&format!("/_watchtrail/usage?keys={EVERY_KEY}")).await?.ok()?;
        Ok(Self(serde_json::from_slice(&answer)?))
    }

    /// What was used since `before`, for each `per` of something.
    pub(super) fn since(&self, before: &Self, per: f64) -> Used {
        let known: BTreeMap<&str, &Key> = before.0.keys.iter().map(|key| (key.name.as_str(), key)).collect();
        let mut used = Used {
            puts: (self.0.s3.put - before.0.s3.put) / per,
            bytes_in: (self.0.s3.bytes_in - before.0.s3.bytes_in) / per,
            ..Used::default()
        };
        for key in &self.0.keys {
            let old = known.get(key.name.as_str());
            let writes = (key.write_units - old.map_or(0.0, |old| old.write_units)) / per;
            let reads = (key.read_units - old.map_or(0.0, |old| old.read_units)) / per;
            let trail = if key.name.contains("trail/") { " (trail)" } else { "" };
            let name = format!("{}{trail}", key.name.split('#').next().unwrap_or_default());
            let kind = used.kinds.entry(name).or_default();
            kind.writes += writes;
            kind.reads += reads;
            kind.hottest = (kind.hottest.0.max(writes), kind.hottest.1.max(reads));
        }
        used
    }
}

/// What a request and its delivery use.
pub(super) struct Request {
    pub(super) rows: f64,
    pub(super) used: Used,
    /// Bytes of its body in the journal, by the read units of its delivery or what went to S3.
    pub(super) body: f64,
    pub(super) delivery: Used,
}

/// What was measured of requests.
pub(super) struct Measured {
    pub(super) by_20: Request,
    pub(super) by_1000: Request,
    /// By lines of a request.
    pub(super) logs: Vec<(&'static str, Request)>,
    pub(super) table: Table,
}

const NAMESPACES: [&str; 4] = ["Scale/A", "Scale/B", "Scale/C", "Scale/D"];

pub(super) async fn measure(options: &Options, binaries: &Binaries) -> Result<Measured> {
    let columns = [
        "requests",
        "in parallel",
        "write units a request",
        "read units a request",
        "S3 PUT a request",
        "journal bytes a request",
        "hottest key",
        "its units a request",
        "delivery: write, read units, PUT a generation",
    ];
    let mut table = Table::new("What a request uses (measured)", &columns);
    let (mut by_20, mut by_1000) = (None, None);
    let rising: &[usize] = if options.quick { &[8] } else { &[1, 10, 100] };
    for batch in [20, 1_000] {
        for parallel in rising {
            let request = metrics(options, binaries, (batch, *parallel, 1), &mut table).await?;
            let place = if batch == 20 { &mut by_20 } else { &mut by_1000 };
            *place = Some(request);
        }
    }
    if !options.quick {
        metrics(options, binaries, (20, 100, NAMESPACES.len()), &mut table).await?;
    }
    let mut of_logs = Vec::new();
    for (name, lines) in logs::SIZES {
        of_logs.push((name, log_requests(options, binaries, (name, lines), &mut table).await?));
    }
    table.note(
        "One process here; on AWS each environment is a process of its own. Each adds to this one write unit at its first request of a \
         generation (`dirty`), and a read of the head when it had no request for a second. Keys are counted by `--usage-by-key` and \
         named by what stands before their first `#`.",
    );
    let missing = || Failure::from("a load was not measured");
    Ok(Measured {
        by_20: by_20.ok_or_else(missing)?,
        by_1000: by_1000.ok_or_else(missing)?,
        logs: of_logs,
        table,
    })
}

async fn metrics(
    options: &Options,
    binaries: &Binaries,
    (batch, parallel, namespaces): (usize, usize, usize),
    table: &mut Table,
) -> Result<Request> {
    progress(&format!("scale: requests of {batch}, {parallel} in parallel, {namespaces} namespaces"));
    let server = binaries.suite(&["--as-on-aws", "--usage-by-key"]).await?;
    let mut client = Client::connect(server.port).await?;
    let minutes = 5;
    let requests = if options.quick { 40 } else { 1_000 } / if batch == 20 { 1 } else { 4 };
    let series = batch * requests / minutes / namespaces;
    let start = clock::minute(clock::now()) - 60 * minutes as i64;
    let mut loads = Vec::new();
    for namespace in &NAMESPACES[..namespaces] {
        let plan = Plan { format: Format::Json, gzip: true, namespace, series, batch, minutes, start };
        loads.push(Load::prepare(plan)?);
    }
    let before = Look::now(&mut client).await?;
    let sent: usize = loads.iter().map(Load::requests).sum();
    put(&server, parallel, loads).await?;
    let written = Look::now(&mut client).await?;
    deliver(&mut client).await?;
    let delivered = Look::now(&mut client).await?;
    let used = written.since(&before, sent as f64);
    let delivery = delivered.since(&written, 1.0);
    let name = match namespaces {
        1 => format!("{} data points", count(batch as f64)),
        more => format!("{} data points, {more} namespaces", count(batch as f64)),
    };
    let request = Request { rows: batch as f64, body: body(&used, &delivery, sent as f64), used, delivery };
    row(table, &name, parallel, &request);
    Ok(request)
}

/// Sends all requests over so many connections.
async fn put(server: &Server, parallel: usize, loads: Vec<Load>) -> Result<()> {
    let (next, loads) = (Arc::new(AtomicUsize::new(0)), Arc::new(loads));
    let mut tasks = JoinSet::new();
    for _ in 0..parallel {
        let mut client = Client::connect(server.port).await?;
        let (next, loads) = (Arc::clone(&next), Arc::clone(&loads));
        tasks.spawn(async move {
            loop {
                let number = next.fetch_add(1, Ordering::Relaxed);
                let load = &loads[number % loads.len()];
                if number / loads.len() >= load.requests() {
                    return Ok::<_, Failure>(());
                }
                ingest::send(&mut client, Peer::Watchtrail, load, number / loads.len()).await?;
            }
        });
    }
    while let Some(done) = tasks.join_next().await {
        done??;
    }
    Ok(())
}

async fn log_requests(
    options: &Options,
    binaries: &Binaries,
    (name, batch): (&'static str, usize),
    table: &mut Table,
) -> Result<Request> {
    let parallel = 4;
    progress(&format!("scale: log requests of {name}"));
    let server = binaries.suite(&["--as-on-aws", "--usage-by-key"]).await?;
    let mut client = Client::connect(server.port).await?;
    logs::prepare(&mut client, logs::GROUP, parallel).await?;
    let bytes = if options.quick { 1 << 20 } else { 16 << 20 };
    let requests = (bytes / lines::LENGTH / batch).max(2);
    let bodies = lines::Bodies::new(logs::GROUP, batch, parallel, clock::now());
    let before = Look::now(&mut client).await?;
    logs::write(&server, parallel, requests, move |number| bodies.body(number)).await?;
    let written = Look::now(&mut client).await?;
    deliver(&mut client).await?;
    let delivered = Look::now(&mut client).await?;
    let used = written.since(&before, requests as f64);
    let delivery = delivered.since(&written, 1.0);
    let rows = (batch * lines::LENGTH) as f64;
    let request = Request { rows, body: body(&used, &delivery, requests as f64), used, delivery };
    row(table, &format!("{name} of logs"), parallel, &request);
    Ok(request)
}

/// Bytes of a request's body: those that went to S3, or those that the delivery read from the journal (4 KB a unit).
fn body(used: &Used, delivery: &Used, requests: f64) -> f64 {
    if used.puts > 0.5 { used.bytes_in } else { delivery.of("journal").reads * 4_096.0 / requests }
}

fn row(table: &mut Table, name: &str, parallel: usize, request: &Request) {
    let Request { used, delivery, body, .. } = request;
    let (kind, hot) = used.hottest();
    table.row(vec![
        name.to_owned(),
        parallel.to_string(),
        format!("{:.2}", used.writes()),
        format!("{:.2}", used.reads()),
        format!("{:.2}", used.puts),
        count(*body),
        kind.to_owned(),
        format!("{:.2} write, {:.2} read", hot.hottest.0, hot.hottest.1),
        format!("{:.0}, {:.0}, {:.0}", delivery.writes(), delivery.reads(), delivery.puts),
    ]);
}
