//! Reading: latency of the questions that dashboards and alarms ask, of delivered data, alone and while data comes in.

use std::path::Path;
use std::time::Duration;

use serde_json::Value;
use tokio::task::JoinHandle;

use crate::clock::{self, Stopwatch};
use crate::cloudwatch::Asked;
use crate::fleet::{Format, Load, Plan, Series};
use crate::http::Client;
use crate::options::Options;
use crate::peers::{Binaries, Peer, deliver};
use crate::process::Server;
use crate::report::{Table, count, millis, progress, ratio};
use crate::{Result, cloudwatch, ingest, victoria};

const NAMESPACE: &str = "Queries";
const SERIES: usize = 1_000;

/// Instances that are asked for; a question about one metric is about each of them in turn.
const INSTANCES: usize = 100;

/// What the schedule's deliveries hold.
const MINUTES_A_DELIVERY: usize = 5;

/// Requests of 1,000 data points are sent this often while questions are asked: 10,000 a second.
const LOAD_EVERY: Duration = Duration::from_millis(100);

/// One question, and how often it is asked.
struct Work {
    name: &'static str,
    metrics: usize,
    minutes: i64,
    period: i64,
    statistic: &'static str,
    times: usize,
}

const WORKS: [Work; 4] = [
    Work {
        name: "1 metric, 3 h at 1 min",
        metrics: 1,
        minutes: 180,
        period: 60,
        statistic: "Average",
        times: 2_000,
    },
    Work {
        name: "100 metrics, 3 h at 1 min",
        metrics: 100,
        minutes: 180,
        period: 60,
        statistic: "Average",
        times: 300,
    },
    Work {
        name: "100 metrics, 24 h at 5 min",
        metrics: 100,
        minutes: 1_440,
        period: 300,
        statistic: "Average",
        times: 150,
    },
    Work {
        name: "100 metrics, 24 h at 5 min, p99",
        metrics: 100,
        minutes: 1_440,
        period: 300,
        statistic: "p99",
        times: 150,
    },
];

/// Latencies of one question, in seconds.
struct Latency {
    first: f64,
    p50: f64,
    p99: f64,
}

pub(crate) async fn measure(options: &Options, binaries: &Binaries) -> Result<Table> {
    let mut table =
        Table::new("Queries", &["question", "meanwhile", "server", "first", "p50", "p99", "Watchtrail is"]);
    let end = clock::minute(clock::now());
    // Whole periods of five minutes, which both servers cut alike.
    let end = end - end.rem_euclid(300);
    let mut servers = Vec::new();
    for peer in [Peer::Watchtrail, Peer::VictoriaMetrics] {
        if let Some(server) = binaries.start(peer).await? {
            fill(options, &server, peer, end).await?;
            servers.push((peer, server));
        }
    }
    let mut all = Vec::new();
    for meanwhile in MEANWHILE {
        for work in WORKS.iter().filter(|work| work.name.contains(&options.work)) {
            let mut latencies = Vec::new();
            // One server after the other at each question, so that a busy minute of the machine meets both.
            for (peer, server) in &servers {
                let load = (meanwhile != MEANWHILE[0]).then(|| load(server, *peer, end)).transpose()?;
                let latency = ask(options, server, *peer, work, end).await?;
                let p50 = millis(latency.p50);
                progress(&format!("queries: {}, meanwhile {meanwhile}: {} {p50}", work.name, peer.name()));
                latencies.push((*peer, latency));
                if let Some(load) = load {
                    if load.is_finished() {
                        return Err(load.await?.err().unwrap_or_else(|| "the load ended early".into()));
                    }
                    load.abort();
                }
            }
            all.push((work, meanwhile, latencies));
        }
    }
    for (work, meanwhile, latencies) in &all {
        let own = latencies.first().map_or(0.0, |(_, latency)| latency.p50);
        for (peer, latency) in latencies {
            let faster = match peer {
                Peer::Watchtrail => String::new(),
                _ => format!("{} as fast", ratio(latency.p50 / own)),
            };
            let times = [latency.first, latency.p50, latency.p99].map(millis);
            let head = [work.name, *meanwhile, peer.name()].map(str::to_owned);
            table.row(head.into_iter().chain(times).chain([faster]).collect());
        }
    }
    table.note(&format!(
        "Of {} series with a value a minute, {} data points. Watchtrail: one GetMetricData, all of it delivered to \
         Parquet beforehand, in segments of five minutes as the schedule makes them (days that are over are one segment). \
         VictoriaMetrics: one query_range for all metrics, its caches on. One connection; every answer is checked for the \
         number of its points. first = the first time the question was asked; the others are asked warm. What comes in \
         meanwhile are the same metrics (and nine times as many others) in requests of 1,000, at the last five minutes of \
         each question's range: answers hold points that are not delivered yet.",
        count(SERIES as f64),
        count((SERIES * minutes(options)) as f64),
    ));
    Ok(table)
}

const MEANWHILE: [&str; 2] = ["nothing", "10,000 points/s come in"];

const fn minutes(options: &Options) -> usize {
    if options.quick { 180 } else { 1_440 }
}

async fn fill(options: &Options, server: &Server, peer: Peer, end: i64) -> Result<()> {
    progress(&format!("queries: filling {}", peer.name()));
    let minutes = minutes(options);
    let plan = Plan {
        format: peer.format(Format::Json),
        gzip: true,
        namespace: NAMESPACE,
        series: SERIES,
        batch: 1_000,
        minutes,
        start: end - 60 * minutes as i64,
    };
    let load = Load::prepare(plan)?;
    let mut client = Client::connect(server.port).await?;
    for number in 0..load.requests() {
        ingest::send(&mut client, peer, &load, number).await?;
        // As in life: the schedule delivers every five minutes, and each delivery is a segment.
        if peer == Peer::Watchtrail && (number + 1) % MINUTES_A_DELIVERY == 0 {
            deliver(&mut client).await?;
        }
    }
    if peer == Peer::VictoriaMetrics {
        return victoria::flush(&mut client).await;
    }
    let is_segment = |file: &Path| file.extension().is_some_and(|end| end == "parquet");
    let segments = server.files()?.iter().filter(|(file, _)| is_segment(file)).count();
    if segments == 0 {
        return Err("nothing was delivered".into());
    }
    Ok(())
}

/// Minutes at the end of every question's range that the load writes to, again and again: a point of a period that has
/// one already, so that answers keep their number of points while what just came in has to be found and merged.
const LOADED_MINUTES: usize = 5;

/// Keeps data coming in, until it is aborted.
fn load(server: &Server, peer: Peer, end: i64) -> Result<JoinHandle<Result<()>>> {
    let plan = Plan {
        format: peer.format(Format::Json),
        gzip: true,
        namespace: NAMESPACE,
        series: 10_000,
        batch: 1_000,
        minutes: LOADED_MINUTES,
        start: end - 60 * LOADED_MINUTES as i64,
    };
    let (load, port) = (Load::prepare(plan)?, server.port);
    Ok(tokio::spawn(async move {
        let mut client = Client::connect(port).await?;
        let mut ticks = tokio::time::interval(LOAD_EVERY);
        for number in (0..load.requests()).cycle() {
            ticks.tick().await;
            ingest::send(&mut client, peer, &load, number).await?;
        }
        Ok(())
    }))
}

async fn ask(options: &Options, server: &Server, peer: Peer, work: &Work, end: i64) -> Result<Latency> {
    let times = if options.quick { 10 } else { work.times };
    let minutes = work.minutes.min(minutes(options) as i64);
    let asked = Asked {
        namespace: NAMESPACE,
        start: end - 60 * minutes,
        end,
        period: work.period,
        statistic: work.statistic,
    };
    let expected = work.metrics * usize::try_from(60 * minutes / work.period)?;
    let mut client = Client::connect(server.port).await?;
    let mut seconds = Vec::new();
    // Each question that is asked in turn once before it is timed: the first is told apart, the others are to be warm.
    let turns = if work.metrics == 1 { INSTANCES } else { 1 };
    let mut first = 0.0;
    for time in 0..times + turns {
        // All of one metric; a single one is another instance each time.
        let series: Vec<Series> =
            (0..work.metrics).map(|number| Series((number + time) % INSTANCES * 10)).collect();
        let question = Question::new(peer, &asked, &series);
        let watch = Stopwatch::start();
        let points = question.points(&mut client).await?;
        match time {
            0 => first = watch.elapsed().as_secs_f64(),
            _ if time < turns => {}
            _ => seconds.push(watch.elapsed().as_secs_f64()),
        }
        if points != expected {
            let name = peer.name();
            return Err(format!("{name} answered {points} of {expected} points to: {}", work.name).into());
        }
    }
    seconds.sort_unstable_by(f64::total_cmp);
    let at = |share: f64| seconds.get(((seconds.len() - 1) as f64 * share) as usize).copied().unwrap_or(0.0);
    Ok(Latency { first, p50: at(0.5), p99: at(0.99) })
}

enum Question {
    CloudWatch(Value),
    Victoria(String),
}

impl Question {
    fn new(peer: Peer, asked: &Asked<'_>, series: &[Series]) -> Self {
        match peer {
            Peer::VictoriaMetrics => Self::Victoria(victoria::question(asked, series)),
            Peer::Watchtrail | Peer::Moto => Self::CloudWatch(cloudwatch::question(asked, series)),
        }
    }

    async fn points(&self, client: &mut Client) -> Result<usize> {
        match self {
            Self::CloudWatch(question) => Ok(cloudwatch::get(client, question).await?.points),
            Self::Victoria(path) => victoria::points(client, path).await,
        }
    }
}
