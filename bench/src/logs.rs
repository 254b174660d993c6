//! Logs: writing, searching, bytes at rest, and what AWS would bill.
//!
//! The lines are of an access log, 137 bytes each; every run makes the same ones. What was acknowledged is compared with the bytes that
//! the group says it holds.

use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use bytes::Bytes;
use hyper::Method;
use serde_json::{Value, json};
use tokio::task::JoinSet;

use crate::clock::{self, Stopwatch};
use crate::cost::{Usage, dollars};
use crate::http::Client;
use crate::options::Options;
use crate::peers::{Binaries, advance, deliver};
use crate::process::Server;
use crate::report::{Table, count, progress};
use crate::{Result, lines};

pub(crate) const GROUP: &str = "bench";

/// What CloudWatch Logs asks for a GB that is ingested (us-east-1).
pub(crate) const CLOUDWATCH_GB: f64 = 0.50;

type Header = (&'static str, &'static str);
const CALLER: Header = (
    "authorization",
    "AWS4-HMAC-SHA256 Credential=123456789012/20260101/us-east-1/logs/aws4_request, SignedHeaders=host, Signature=0",
);
const JSON: Header = ("content-type", "application/x-amz-json-1.1");

pub(crate) async fn measure(options: &Options, binaries: &Binaries) -> Result<Vec<Table>> {
    let bytes = if options.quick { 4 << 20 } else { 1 << 30 };
    let (ingest, server) = ingest(options, binaries, bytes).await?;
    let search = search(options, &server, bytes).await?;
    drop(server);
    Ok(vec![ingest, search, cost(options, binaries).await?, quiet(options, binaries).await?])
}

/// Calls an operation.
async fn call(client: &mut Client, target: &'static str, body: Value) -> Result<Value> {
    send(client, target, body.to_string().into()).await
}

async fn send(client: &mut Client, target: &'static str, body: Bytes) -> Result<Value> {
    let headers = [CALLER, JSON, ("x-amz-target", target)];
    let answer = client.send(Method::POST, "/", &headers, body).await?.ok()?;
    if answer.is_empty() { Ok(Value::Null) } else { Ok(serde_json::from_slice(&answer)?) }
}

pub(crate) async fn prepare(client: &mut Client, group: &str, streams: usize) -> Result<()> {
    call(client, "Logs_20140328.CreateLogGroup", json!({ "logGroupName": group })).await?;
    for stream in 0..streams {
        let body = json!({ "logGroupName": group, "logStreamName": format!("s{stream}") });
        call(client, "Logs_20140328.CreateLogStream", body).await?;
    }
    Ok(())
}

/// Writes requests until `requests` are answered; the answer is how long it took.
pub(crate) async fn write(
    server: &Server,
    clients: usize,
    requests: usize,
    body: impl Fn(usize) -> Bytes + Send + Sync + 'static,
) -> Result<Duration> {
    let (next, body) = (Arc::new(AtomicUsize::new(0)), Arc::new(body));
    let mut connections = Vec::new();
    for _ in 0..clients {
        connections.push(Client::connect(server.port).await?);
    }
    let watch = Stopwatch::start();
    let mut tasks = JoinSet::new();
    for mut client in connections {
        let (next, body) = (Arc::clone(&next), Arc::clone(&body));
        tasks.spawn(async move {
            loop {
                let number = next.fetch_add(1, Ordering::Relaxed);
                if number >= requests {
                    return Ok::<_, crate::Failure>(());
                }
                send(&mut client, "Logs_20140328.PutLogEvents", body(number)).await?;
            }
        });
    }
    while let Some(done) = tasks.join_next().await {
        done??;
    }
    Ok(watch.elapsed())
}

async fn ingest(options: &Options, binaries: &Binaries, bytes: usize) -> Result<(Table, Server)> {
    let columns =
        ["lines a request", "raw MB/s", "CPU µs an event", "read back", "at rest, of the raw bytes"];
    let mut table = Table::new("PutLogEvents, lines of 137 bytes", &columns);
    let mut kept = None;
    for batch in [100, 1_000] {
        let server = binaries.suite(&[]).await?;
        let mut client = Client::connect(server.port).await?;
        prepare(&mut client, GROUP, options.clients).await?;
        let share = if batch == 100 { bytes / 4 } else { bytes };
        let requests = (share / lines::LENGTH / batch).max(1);
        // A hundred bodies are written over and over, so that the client costs little; each round has other times and numbers.
        let bodies = lines::Bodies::new(GROUP, batch, options.clients, clock::now());
        let before = server.cpu();
        let took = write(&server, options.clients, requests, move |number| bodies.body(number)).await?;
        let cpu = server.cpu().zip(before).map(|(after, before)| after - before);
        let events = requests * batch;
        let raw = events * lines::LENGTH;
        let rate = raw as f64 / 1e6 / took.as_secs_f64();
        progress(&format!("logs: {} MB in requests of {batch} lines, {rate:.0} MB/s", raw >> 20));
        deliver(&mut client).await?;
        let stored = stored_bytes(&mut client).await?;
        let all = stored == (events * (lines::LENGTH + 26)) as f64;
        let rest: u64 =
            server.files()?.iter().filter(|(path, _)| is_segment(path)).map(|(_, size)| size).sum();
        table.row(vec![
            count(batch as f64),
            format!("{:.0}", raw as f64 / 1e6 / took.as_secs_f64()),
            cpu.map_or("–".into(), |cpu| format!("{:.2}", cpu * 1e6 / events as f64)),
            if all { "all".into() } else { format!("{stored} OF {}", events * (lines::LENGTH + 26)) },
            format!("{:.1} %", 100.0 * rest as f64 / raw as f64),
        ]);
        kept = Some(server);
    }
    table.note(&format!(
        "{} keep-alive connections, a stream each; the answer comes when the request is in the journal on disk. CPU is the \
         server's from first request to last answer, deliveries in the background included. read back: the bytes that \
         DescribeLogGroups tells after delivery = acknowledged.",
        options.clients
    ));
    Ok((table, kept.ok_or("no server is left")?))
}

fn is_segment(path: &Path) -> bool {
    path.to_string_lossy().contains("/logs/") && path.extension().is_some_and(|kind| kind == "parquet")
}

async fn stored_bytes(client: &mut Client) -> Result<f64> {
    let groups = call(client, "Logs_20140328.DescribeLogGroups", json!({})).await?;
    Ok(groups["logGroups"][0]["storedBytes"].as_f64().unwrap_or_default())
}

/// A search of everything, page after page: `(events, pages)`.
async fn find(client: &mut Client, pattern: &str, more: Value) -> Result<(usize, usize)> {
    let mut ask = json!({ "logGroupName": GROUP, "filterPattern": pattern });
    for (name, value) in more.as_object().into_iter().flatten() {
        ask[name] = value.clone();
    }
    let (mut events, mut pages) = (0, 0);
    loop {
        let page = call(client, "Logs_20140328.FilterLogEvents", ask.clone()).await?;
        events += page["events"].as_array().map_or(0, Vec::len);
        pages += 1;
        match page["nextToken"].as_str() {
            Some(token) => ask["nextToken"] = json!(token),
            None => return Ok((events, pages)),
        }
    }
}

async fn search(options: &Options, server: &Server, bytes: usize) -> Result<Table> {
    let columns = ["search", "found", "pages", "time", "raw GB/s a core"];
    let mut table = Table::new("FilterLogEvents over everything that was written", &columns);
    let mut client = Client::connect(server.port).await?;
    let works = [
        ("a literal that is absent", "\"no such text here\"", "no such text here"),
        ("a literal that is rare", "\"request=0000000000000fff\"", "request=0000000000000fff"),
        ("a regular expression that is absent", "%status=7[0-9]{2} %", "status=7[0-9]{2} "),
        ("JSON (no line is any)", "{ $.status = 500 }", ""),
    ];
    for (name, pattern, _) in works {
        progress(&format!("logs: search for {name}"));
        let (before, watch) = (server.cpu(), Stopwatch::start());
        let (found, pages) = find(&mut client, pattern, json!({})).await?;
        let took = watch.elapsed();
        let cpu = server.cpu().zip(before).map(|(after, before)| after - before);
        table.row(vec![
            name.into(),
            count(found as f64),
            count(pages as f64),
            format!("{:.2} s", took.as_secs_f64()),
            cpu.map_or("–".into(), |cpu| format!("{:.2}", bytes as f64 / 1e9 / cpu)),
        ]);
    }
    let start = clock::now() * 1_000 - 60_000;
    let watch = Stopwatch::start();
    let range = json!({ "startTime": start - 86_400_000, "endTime": start - 7_200_000 });
    let (found, _) = find(&mut client, "\"no such text here\"", range).await?;
    table.row(vec![
        "a literal, in a time range without events".into(),
        count(found as f64),
        "1".into(),
        format!("{:.4} s", watch.elapsed().as_secs_f64()),
        String::new(),
    ]);
    for (name, _, text) in works.iter().filter(|(_, _, text)| !text.is_empty()) {
        match rg(options, bytes, text)? {
            Some((took, cpu)) => table.row(vec![
                format!("zstd -dc | rg: {name}"),
                String::new(),
                String::new(),
                format!("{took:.2} s"),
                format!("{:.2}", bytes as f64 / 1e9 / cpu),
            ]),
            None => table.note("zstd or rg is not installed: no pipeline to compare with."),
        }
    }
    table
        .note("GB/s a core: raw bytes by CPU seconds of the server (of the pipeline, of both its programs).");
    Ok(table)
}

/// The same lines, compressed in a file: `(seconds, CPU seconds)`.
fn rg(options: &Options, bytes: usize, text: &str) -> Result<Option<(f64, f64)>> {
    let file = std::env::temp_dir().join(format!("bench-lines-{}.zst", options.quick));
    if std::fs::metadata(&file).is_err() {
        let plain = lines::text(bytes / lines::LENGTH);
        let path = file.with_extension("txt");
        std::fs::write(&path, plain)?;
        let status =
            Command::new("zstd").args(["-q", "-3", "--rm", "-f", "-o"]).arg(&file).arg(&path).status();
        if !status.is_ok_and(|status| status.success()) {
            return Ok(None);
        }
    }
    let script = format!(
        "TIMEFORMAT='%R %U %S'; time (zstd -dc {} | rg -c -- '{text}' >/dev/null; true)",
        file.display()
    );
    let ran = Command::new("bash").args(["-c", &script]).output()?;
    let told = String::from_utf8_lossy(&ran.stderr).into_owned();
    if told.contains("not found") {
        return Ok(None);
    }
    let figures: Vec<f64> = told.split_whitespace().filter_map(|figure| figure.parse().ok()).collect();
    Ok(match figures[..] {
        [real, user, system] => Some((real, user + system)),
        _ => None,
    })
}

/// Requests by their size, and how many lines they have.
pub(crate) const SIZES: [(&str, usize); 3] = [("1 MB", 6_400), ("100 KB", 730), ("10 KB", 73)];

/// What a GB of messages uses in requests of so many lines.
pub(crate) async fn gigabyte(
    options: &Options,
    binaries: &Binaries,
    name: &str,
    batch: usize,
) -> Result<Usage> {
    progress(&format!("logs: cost of requests of {name}"));
    let server = binaries.suite(&["--as-on-aws"]).await?;
    let mut client = Client::connect(server.port).await?;
    prepare(&mut client, GROUP, options.clients).await?;
    let bytes = if options.quick { 2 << 20 } else { 100 << 20 };
    let requests = (bytes / lines::LENGTH / batch).max(2);
    let bodies = lines::Bodies::new(GROUP, batch, options.clients, clock::now());
    let before = Usage::now(&mut client).await?;
    write(&server, options.clients, requests, move |number| bodies.body(number)).await?;
    advance(&mut client, 4 * 3_600).await?;
    let gigabytes = (requests * batch * lines::LENGTH) as f64 / 1e9;
    Ok(Usage::now(&mut client).await?.since(before, gigabytes))
}

/// What AWS would bill for a GB, by the size of the requests.
async fn cost(options: &Options, binaries: &Binaries) -> Result<Table> {
    let columns = ["requests of", "write units", "read units", "S3 PUT", "S3 GET", "$ a GB", "CloudWatch"];
    let mut table = Table::new("Logs: what AWS would bill for a GB of messages, delivery included", &columns);
    for (name, batch) in SIZES {
        let used = gigabyte(options, binaries, name, batch).await?;
        table.row(vec![
            name.into(),
            count(used.write_units()),
            count(used.read_units()),
            count(used.puts()),
            count(used.gets()),
            dollars(used.dollars()),
            dollars(CLOUDWATCH_GB),
        ]);
    }
    table.note("As on AWS (`--as-on-aws`). Units counted by the embedded services; without Lambda's price.");
    Ok(table)
}

/// What a thousand groups cost that get a few lines an hour.
async fn quiet(options: &Options, binaries: &Binaries) -> Result<Table> {
    let (groups, hours) = if options.quick { (20, 6) } else { (1_000, 12) };
    let columns = ["log groups", "delivery, write units", "read units", "S3 PUT", "$ a month for delivery"];
    let mut table = Table::new("Quiet log groups: ten lines an hour each", &columns);
    progress(&format!("logs: {groups} quiet groups for {hours} hours"));
    let server = binaries.suite(&["--as-on-aws"]).await?;
    let mut client = Client::connect(server.port).await?;
    for group in 0..groups {
        prepare(&mut client, &format!("quiet-{group}"), 1).await?;
    }
    let mut total: Option<Usage> = None;
    for hour in 0..hours {
        for group in 0..groups {
            let at = clock::now() + hour * 3_600;
            let bodies = lines::Bodies::new(&format!("quiet-{group}"), 10, 1, at);
            send(&mut client, "Logs_20140328.PutLogEvents", bodies.body(0)).await?;
        }
        let before = Usage::now(&mut client).await?;
        advance(&mut client, 3_600).await?;
        let used = Usage::now(&mut client).await?.since(before, 1.0);
        total = Some(total.map_or(used, |total| total.plus(used)));
    }
    let months = hours as f64 / 730.0;
    let used = total.unwrap_or_default().since(Usage::default(), months);
    table.row(vec![
        count(f64::from(groups)),
        count(used.write_units()),
        count(used.read_units()),
        count(used.puts()),
        dollars(used.dollars()),
    ]);
    table.note("Measured over hours and multiplied up to a month; the writes themselves are not in it.");
    Ok(table)
}
