//! Records through intake and delivery, and their bytes at rest.

use std::path::Path;
use std::time::Duration;

use bytes::Bytes;

use super::driver::{BUCKET, FILE, SOURCE, announce, channel, put, put_events, stage, start_trail};
use crate::Result;
use crate::clock::Stopwatch;
use crate::http::Client;
use crate::options::Options;
use crate::peers::{Binaries, deliver};
use crate::process::Server;
use crate::records::Records;
use crate::report::{Table, count, progress};

/// What a step took.
struct Took {
    time: Duration,
    cpu: Option<f64>,
}

struct Meter<'a>(&'a Server, Stopwatch, Option<f64>);

impl<'a> Meter<'a> {
    fn start(server: &'a Server) -> Self {
        Self(server, Stopwatch::start(), server.cpu())
    }

    fn stop(self) -> Took {
        let cpu = self.0.cpu().zip(self.2).map(|(after, before)| after - before);
        Took { time: self.1.elapsed(), cpu }
    }
}

impl Took {
    fn row(&self, what: &str, records: usize) -> Vec<String> {
        let many = records as f64;
        let cpu = |tell: &dyn Fn(f64) -> String| self.cpu.map_or("–".into(), tell);
        vec![
            what.into(),
            count(many),
            count(many / self.time.as_secs_f64()),
            cpu(&|cpu| format!("{:.1}", cpu * 1e6 / many)),
            cpu(&|cpu| count(many / cpu)),
        ]
    }
}

/// Records that are delivered at once: few enough for the suite not to begin by itself.
const STEP: usize = 40_000;

/// How audit records rest.
#[derive(Clone, Copy)]
pub(super) enum Form {
    /// The trail's files.
    Json,
    /// Segments.
    Parquet,
}

/// How many files there are, and their bytes.
pub(super) fn files(server: &Server, form: Form) -> Result<(usize, u64)> {
    let of = |path: &Path| {
        let path = path.to_string_lossy();
        match form {
            Form::Json => {
                path.contains(&format!("/{BUCKET}/"))
                    && path.contains("/CloudTrail/")
                    && path.ends_with(".json.gz")
            }
            Form::Parquet => path.contains("/trail/") && path.ends_with(".parquet"),
        }
    };
    let sizes = server.files()?.into_iter().filter(|(path, _)| of(path)).map(|(_, size)| size);
    Ok(sizes.fold((0, 0), |(files, bytes), size| (files + 1, bytes + size)))
}

pub(super) async fn measure(
    options: &Options,
    binaries: &Binaries,
    records: &Records,
) -> Result<(Table, Table, Server)> {
    let columns = ["records", "how many", "a second", "CPU µs a record", "a second and core"];
    let mut table = Table::new("Audit records through intake and delivery", &columns);
    let mut bytes = Table::new("Bytes of an audit record", &["form", "files", "bytes a record"]);
    let files_of = records.count / FILE;
    // Once without a trail: the difference is what its files cost.
    progress("trail: delivery without a trail");
    let few = (records.count / 4).max(FILE);
    let plain = binaries.suite(&[]).await?;
    let mut client = Client::connect(plain.port).await?;
    put(&mut client, &format!("/{SOURCE}"), Bytes::new()).await?;
    let mut without = Vec::new();
    for start in (0..few).step_by(STEP) {
        let end = (start + STEP).min(few);
        stage(&mut client, records, start..end).await?;
        announce(&mut client, start / FILE..end / FILE).await?;
        let meter = Meter::start(&plain);
        deliver(&mut client).await?;
        without.push(meter.stop());
    }
    let without = sum(without);
    drop(plain);

    let server = binaries.suite(&[]).await?;
    let mut client = Client::connect(server.port).await?;
    put(&mut client, &format!("/{SOURCE}"), Bytes::new()).await?;
    start_trail(&mut client).await?;
    let (mut raw, mut packed) = (0, 0);
    let (mut intake, mut both) = (Vec::new(), Vec::new());
    for start in (0..records.count).step_by(STEP) {
        let end = (start + STEP).min(records.count);
        progress(&format!("trail: records {start} to {end}"));
        let staged = stage(&mut client, records, start..end).await?;
        (raw, packed) = (raw + staged.0, packed + staged.1);
        let meter = Meter::start(&server);
        announce(&mut client, start / FILE..end / FILE).await?;
        intake.push(meter.stop());
        let meter = Meter::start(&server);
        deliver(&mut client).await?;
        both.push(meter.stop());
    }
    let (intake, both) = (sum(intake), sum(both));
    table.row(intake.row("intake: files of 1,000 that S3 announced", records.count));
    table.row(without.row("delivery as Parquet, without a trail", few));
    table.row(both.row("delivery as Parquet and as .json.gz of a trail", records.count));
    if let (Some(with), Some(without)) = (both.cpu, without.cpu) {
        let own = with / records.count as f64 - without / few as f64;
        table.row(vec![
            "… of that the .json.gz".into(),
            String::new(),
            String::new(),
            format!("{:.1}", own * 1e6),
            count(1.0 / own),
        ]);
    }
    table.row(audit_events(options, binaries).await?);
    let many = records.count;
    bytes.row(form("JSON, as it came", (files_of, raw as u64), many));
    bytes.row(form("… by gzip's level 6, 1,000 a file", (files_of, packed as u64), many));
    bytes.row(form("the trail's .json.gz", files(&server, Form::Json)?, many));
    bytes.row(form("Parquet, as delivered", files(&server, Form::Parquet)?, many));
    small_files(options, binaries, records, &mut bytes).await?;
    Ok((table, bytes, server))
}

/// A suite that has delivered records into a trail.
pub(super) async fn delivered(binaries: &Binaries, records: &Records) -> Result<Server> {
    let server = binaries.suite(&[]).await?;
    let mut client = Client::connect(server.port).await?;
    put(&mut client, &format!("/{SOURCE}"), Bytes::new()).await?;
    start_trail(&mut client).await?;
    for start in (0..records.count).step_by(STEP) {
        let end = (start + STEP).min(records.count);
        progress(&format!("trail: busy days, records {start} to {end}"));
        stage(&mut client, records, start..end).await?;
        announce(&mut client, start / FILE..end.div_ceil(FILE)).await?;
        deliver(&mut client).await?;
    }
    Ok(server)
}

/// A row of the bytes of `records` records.
pub(super) fn form(name: &str, (files, size): (usize, u64), records: usize) -> Vec<String> {
    vec![name.into(), count(files as f64), format!("{:.0}", size as f64 / records as f64)]
}

fn sum(all: Vec<Took>) -> Took {
    let nothing = Took { time: Duration::ZERO, cpu: Some(0.0) };
    all.into_iter().fold(nothing, |sum, one| Took {
        time: sum.time + one.time,
        cpu: sum.cpu.zip(one.cpu).map(|(a, b)| a + b),
    })
}

/// What a record takes in files of a thousand.
async fn small_files(
    options: &Options,
    binaries: &Binaries,
    records: &Records,
    bytes: &mut Table,
) -> Result<()> {
    let server = binaries.suite(&[]).await?;
    let mut client = Client::connect(server.port).await?;
    put(&mut client, &format!("/{SOURCE}"), Bytes::new()).await?;
    start_trail(&mut client).await?;
    let many = if options.quick { 2 } else { 20 };
    stage(&mut client, records, 0..many * FILE).await?;
    for number in 0..many {
        announce(&mut client, number..number + 1).await?;
        deliver(&mut client).await?;
    }
    bytes.row(form("the trail's .json.gz, 1,000 a file", files(&server, Form::Json)?, many * FILE));
    Ok(())
}

async fn audit_events(options: &Options, binaries: &Binaries) -> Result<Vec<String>> {
    progress("trail: PutAuditEvents");
    let server = binaries.suite(&[]).await?;
    let mut client = Client::connect(server.port).await?;
    let channel = channel(&mut client).await?;
    let requests = if options.quick { 20 } else { 2_000 };
    let meter = Meter::start(&server);
    for number in 0..requests {
        put_events(&mut client, &channel, number, 100).await?;
    }
    Ok(meter.stop().row("PutAuditEvents of 100, one client", requests * 100))
}
