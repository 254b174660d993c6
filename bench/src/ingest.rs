//! Writing: data points a second and the server's CPU for each, and whether all that was acknowledged is read back.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use hyper::StatusCode;
use tokio::task::JoinSet;

use crate::Result;
use crate::clock::{self, Stopwatch};
use crate::fleet::{Format, Load, Plan};
use crate::http::Client;
use crate::options::Options;
use crate::peers::{Binaries, Peer};
use crate::process::Server;
use crate::report::{Table, count, progress, ratio};

/// Times that a request is sent again when the server asks for it, as SDKs do (they stop after two or three).
const RETRIES: usize = 8;

/// One way of writing.
struct Work {
    batch: usize,
    format: Format,
    gzip: bool,
    name: &'static str,
}

const WORKS: [Work; 5] = [
    Work {
        batch: 1_000,
        format: Format::Json,
        gzip: true,
        name: "1,000 a request, JSON, gzip (SDK default)",
    },
    Work { batch: 1_000, format: Format::Json, gzip: false, name: "1,000 a request, JSON" },
    Work {
        batch: 1_000,
        format: Format::Cbor,
        gzip: true,
        name: "1,000 a request, CBOR, gzip (SDK default)",
    },
    Work { batch: 20, format: Format::Json, gzip: false, name: "20 a request, JSON (SDK default)" },
    Work { batch: 20, format: Format::Cbor, gzip: false, name: "20 a request, CBOR (SDK default)" },
];

/// What one run measured.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Ingested {
    pub(crate) points: usize,
    pub(crate) elapsed: Duration,
    cpu: Option<f64>,
    retried: usize,
    read_back: f64,
}

impl Ingested {
    fn rate(&self) -> f64 {
        self.points as f64 / self.elapsed.as_secs_f64()
    }

    fn cpu_micros(&self) -> Option<f64> {
        Some(self.cpu? * 1e6 / self.points as f64)
    }
}

/// The rounds of one server at one work, in the order in which they ran.
struct Rounds {
    peer: Peer,
    load: Arc<Load>,
    done: Vec<Ingested>,
}

impl Rounds {
    /// The round of median speed.
    fn typical(&self) -> Option<Ingested> {
        let mut sorted = self.done.clone();
        sorted.sort_by(|a, b| a.rate().total_cmp(&b.rate()));
        sorted.get(sorted.len() / 2).copied()
    }

    /// Half of the range of speeds, as a share of the median.
    fn spread(&self) -> f64 {
        let rates = || self.done.iter().map(Ingested::rate);
        let (least, most) = (rates().fold(f64::MAX, f64::min), rates().fold(0.0, f64::max));
        (most - least) / 2.0 / self.typical().map_or(1.0, |typical| typical.rate())
    }
}

pub(crate) async fn measure(options: &Options, binaries: &Binaries) -> Result<Table> {
    let mut table = Table::new(
        "Ingest",
        &["work", "server", "data points/s", "spread", "CPU µs a point", "read back", "Watchtrail is"],
    );
    for work in WORKS.iter().filter(|work| work.name.contains(&options.work)) {
        let rounds = compare(options, binaries, work).await?;
        let own = rounds.iter().find(|rounds| rounds.peer == Peer::Watchtrail);
        for of in &rounds {
            table.row(row(work, of, own.filter(|_| of.peer != Peer::Watchtrail)));
        }
    }
    table.note(&format!(
        "{} keep-alive connections; 10,000 series (10 metrics of 1,000 instances; moto: 1,000 series), random values of \
         three decimals, a new minute for each round of all series; bodies are prepared or patched, so that the client \
         costs little. VictoriaMetrics gets the same as Prometheus' text; moto, which fails at gzip, as plain JSON.",
        options.clients
    ));
    table.note(&format!(
        "Medians of {} runs, each on empty data, the servers in turn; ratios are medians of each turn's ratio; spread is \
         half the range. moto, of which no decimals are wanted, runs once.",
        options.rounds()
    ));
    table.note(
        "Watchtrail answers after the request is in its journal on disk (it survives kill -9); VictoriaMetrics answers \
         when the lines are in memory and writes them within seconds; moto keeps all in memory. CPU is the server's \
         process from first request to last answer, deliveries and merges in the background included.",
    );
    table.note("read back: GetMetricData SampleCount (VictoriaMetrics: count_over_time) over all series = acknowledged.");
    Ok(table)
}

/// Runs a work on every server that has it, round by round, so that a busy minute of the machine meets all of them.
async fn compare(options: &Options, binaries: &Binaries, work: &Work) -> Result<Vec<Rounds>> {
    // The other servers' formats have no CBOR: its rows would repeat those of JSON.
    let has = |peer: &Peer| binaries.has(*peer) && (work.format != Format::Cbor || *peer == Peer::Watchtrail);
    let mut all = Vec::new();
    for peer in Peer::ALL.into_iter().filter(has) {
        let load = Arc::new(Load::prepare(plan(options, work, peer))?);
        all.push(Rounds { peer, load, done: Vec::new() });
    }
    for round in 0..options.rounds() {
        for Rounds { peer, load, done } in &mut all {
            if *peer == Peer::Moto && round > 0 {
                continue;
            }
            let Some(server) = binaries.start(*peer).await? else { continue };
            let ran = run(&server, *peer, load, options.clients).await?;
            let (name, points, rate) = (peer.name(), count(load.points() as f64), count(ran.rate()));
            let turn = format!("{} of {}", round + 1, options.rounds());
            progress(&format!("ingest: {}, {turn}: {name} took {points} points, {rate} a second", work.name));
            done.push(ran);
        }
    }
    Ok(all)
}

fn plan(options: &Options, work: &Work, peer: Peer) -> Plan {
    let many = !options.quick && peer != Peer::Moto;
    let series = if many { 10_000 } else { 1_000 };
    let points = match (peer, work.batch) {
        // moto needs a second for what the others do in twenty milliseconds.
        (Peer::Moto, _) => 5 * series,
        (_, 1_000) => options.points(),
        _ => options.points() / 5,
    };
    let minutes = (points / series).max(1);
    let start = clock::minute(clock::now()) - 60 * minutes as i64;
    let format = peer.format(work.format);
    // moto's server answers 500 to gzip (5.2 unpacks it twice).
    let gzip = work.gzip && peer != Peer::Moto;
    Plan { format, gzip, namespace: "Bench", series, batch: work.batch, minutes, start }
}

fn row(work: &Work, of: &Rounds, own: Option<&Rounds>) -> Vec<String> {
    let Some(typical) = of.typical() else { return vec![work.name.to_owned()] };
    let lost = of.done.iter().find(|done| done.read_back != done.points as f64);
    let all = lost.map_or("all".to_owned(), |lost| {
        format!("{} OF {}", count(lost.read_back), count(lost.points as f64))
    });
    let retried: usize = of.done.iter().map(|done| done.retried).sum();
    let retried = if retried > 0 { format!(" ({retried} sent again)") } else { String::new() };
    let faster = own.map_or(String::new(), |own| {
        let pairs = || own.done.iter().zip(&of.done);
        let speed = median(pairs().map(|(own, other)| own.rate() / other.rate()).collect());
        let cpu = pairs()
            .map(|(own, other)| own.cpu_micros().zip(other.cpu_micros()).map(|(own, other)| other / own));
        let cpu = cpu.collect::<Option<Vec<f64>>>().map(median);
        let cpu = cpu.map_or(String::new(), |cpu| format!(", {} in CPU", ratio(cpu)));
        format!("{} in speed{cpu}", ratio(speed))
    });
    vec![
        work.name.to_owned(),
        of.peer.name().to_owned(),
        format!("{}{retried}", count(typical.rate())),
        if of.done.len() > 1 { format!("±{:.0} %", 100.0 * of.spread()) } else { String::new() },
        typical.cpu_micros().map_or("–".to_owned(), |micros| format!("{micros:.2}")),
        all,
        faster,
    ]
}

fn median(mut figures: Vec<f64>) -> f64 {
    figures.sort_unstable_by(f64::total_cmp);
    figures.get(figures.len() / 2).copied().unwrap_or(f64::NAN)
}

/// Sends the whole load over `clients` connections, and reads back how much of it is there.
pub(crate) async fn run(server: &Server, peer: Peer, load: &Arc<Load>, clients: usize) -> Result<Ingested> {
    let next = Arc::new(AtomicUsize::new(0));
    let mut connections = Vec::new();
    for _ in 0..clients {
        connections.push(Client::connect(server.port).await?);
    }
    let (before, watch) = (server.cpu(), Stopwatch::start());
    let mut tasks = JoinSet::new();
    for client in connections {
        tasks.spawn(send_all(client, peer, Arc::clone(load), Arc::clone(&next)));
    }
    let mut retried = 0;
    while let Some(sent) = tasks.join_next().await {
        retried += sent??;
    }
    let elapsed = watch.elapsed();
    let cpu = server.cpu().zip(before).map(|(after, before)| after - before);
    let read_back = peer.sample_count(&mut Client::connect(server.port).await?, load.plan()).await?;
    Ok(Ingested { points: load.points(), elapsed, cpu, retried, read_back })
}

/// Sends requests until none is left, and tells how often one had to be sent again.
async fn send_all(mut client: Client, peer: Peer, load: Arc<Load>, next: Arc<AtomicUsize>) -> Result<usize> {
    let mut retried = 0;
    loop {
        let number = next.fetch_add(1, Ordering::Relaxed);
        if number >= load.requests() {
            return Ok(retried);
        }
        retried += send(&mut client, peer, &load, number).await?;
    }
}

/// Sends one request until it is acknowledged, and tells how often it had to be sent again.
pub(crate) async fn send(client: &mut Client, peer: Peer, load: &Load, number: usize) -> Result<usize> {
    for attempt in 0..RETRIES {
        let answer = peer.send(client, load, number).await?;
        let again = answer.status.is_server_error()
            || answer.status == StatusCode::TOO_MANY_REQUESTS
            || answer.body.windows(10).any(|bytes| bytes == b"Throttling");
        if !again || attempt + 1 == RETRIES {
            answer.ok()?;
            return Ok(attempt);
        }
        tokio::time::sleep(Duration::from_millis(10 << attempt)).await;
    }
    Ok(RETRIES)
}
