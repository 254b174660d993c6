//! A process that dies loses nothing that it acknowledged, and doubles nothing, wherever it was: while writing, while
//! delivering, while the clock went on. The real binary over a real folder, killed by SIGKILL at seeded moments.

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex, OnceLock};

use aws_sdk_cloudwatch::Client;
use aws_sdk_cloudwatch::config::retry::RetryConfig;
use rand::rngs::StdRng;
use rand::{Rng as _, SeedableRng as _};
use serde_json::{Value, json};
use tokio::sync::Semaphore;
use tokio::task::JoinHandle;

use crate::harness::{DAY, Endpoint, HOUR, MINUTE, NAMESPACE, Question, datum, put};

const WRITERS: usize = 4;
/// Data points of a request; all or none of them are there.
const ROWS: i64 = 3;

/// The binary: `WATCHTRAIL_BIN`, or the one of this workspace, built now so that it is never an old one.
fn binary() -> &'static Path {
    static BINARY: OnceLock<PathBuf> = OnceLock::new();
    BINARY.get_or_init(|| {
        if let Some(named) = std::env::var_os("WATCHTRAIL_BIN") {
            return named.into();
        }
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/..");
        let build = ["build", "--workspace", "--bin", "watchtrail", "--message-format=json"];
        let output = Command::new(env!("CARGO")).args(build).current_dir(folder).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let messages = String::from_utf8(output.stdout).unwrap();
        let executable = |line: &str| {
            let message: Value = serde_json::from_str(line).ok()?;
            message["executable"].as_str().map(PathBuf::from)
        };
        messages.lines().filter_map(executable).next_back().unwrap()
    })
}

fn serve(folder: &Path) -> Command {
    let mut command = Command::new(binary());
    command.args(["serve", "--listen", "127.0.0.1:0", "--data"]).arg(folder);
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

/// A process; it is killed when it goes out of scope.
struct Process {
    child: Child,
    endpoint: Endpoint,
}

impl Process {
    fn start(folder: &Path) -> Self {
        let mut child = serve(folder).stderr(Stdio::inherit()).spawn().unwrap();
        let mut greeting = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut greeting).unwrap();
        let address = greeting.split_once("http://").and_then(|(_, rest)| rest.split(' ').next());
        let address = address.unwrap_or_else(|| panic!("no address in {greeting:?}")).parse().unwrap();
        Self { child, endpoint: Endpoint(address) }
    }

    fn kill(&mut self) {
        // On unix this is SIGKILL.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.kill();
    }
}

/// What became of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Outcome {
    Acknowledged,
    /// Refused or without an answer: nobody knows, but it is not there twice.
    Unknown,
}

/// Every request that was ever made: metric → first minute → its outcome. A request has `ROWS` minutes of its metric, and no
/// other request has any of them.
type Requests = Arc<Mutex<BTreeMap<String, BTreeMap<i64, Outcome>>>>;

/// Writes until the process is gone.
async fn write(client: Client, metric: String, start: i64, requests: Requests, acknowledged: Arc<Semaphore>) {
    let mut broken = 0;
    for n in 0.. {
        let first = start + n * ROWS * MINUTE;
        let data = (0..ROWS).map(|row| datum(&metric, first + row * MINUTE, 1.0)).collect();
        let sent = client.put_metric_data().namespace(NAMESPACE).set_metric_data(Some(data)).send().await;
        let outcome = if sent.is_ok() { Outcome::Acknowledged } else { Outcome::Unknown };
        requests.lock().unwrap().entry(metric.clone()).or_default().insert(first, outcome);
        match outcome {
            Outcome::Acknowledged => acknowledged.add_permits(1),
            Outcome::Unknown => {
                broken += 1;
                if broken > 2 {
                    return;
                }
            }
        }
    }
}

/// Delivers and moves the clock until the process is gone.
async fn churn(endpoint: Endpoint, seed: u64) {
    let mut random = StdRng::seed_from_u64(seed);
    loop {
        let done = match random.random_range(0..4) {
            0 => endpoint.control("POST", "clock", &json!({ "advance_seconds": 600 })).await,
            1 => endpoint.control("GET", "health", &Value::Null).await,
            _ => endpoint.control("POST", "deliver", &Value::Null).await,
        };
        match done {
            Ok((200, _)) => {}
            Ok((status, answer)) => panic!("{status}: {answer}"),
            Err(_) => return,
        }
    }
}

/// Every request of the past, against what the suite has now.
async fn check(client: &Client, requests: &Requests, period: i64, what: &str) {
    let requests = requests.lock().unwrap().clone();
    for (metric, made) in requests {
        let (Some((first, _)), Some((last, _))) = (made.first_key_value(), made.last_key_value()) else {
            continue;
        };
        // Whole periods, since what has been rolled up knows no minutes.
        let range = (first / period * period, (last + ROWS * MINUTE + period - 1) / period * period);
        let question = Question::of(&metric, range, period as i32);
        let found = question.ask(client, &["SampleCount", "Sum"]).await;
        assert_eq!(found[0], found[1], "{what}: each value is 1");
        let found: BTreeMap<i64, f64> = found[0].iter().copied().collect();
        let mut bounds: BTreeMap<i64, (f64, f64)> = BTreeMap::new();
        for (start, outcome) in &made {
            for row in 0..ROWS {
                let bound = bounds.entry((start + row * MINUTE) / period * period).or_default();
                bound.0 += f64::from(u8::from(*outcome == Outcome::Acknowledged));
                bound.1 += 1.0;
            }
            if period == MINUTE {
                let rows = (0..ROWS).filter(|row| found.contains_key(&(start + row * MINUTE))).count() as i64;
                assert!(
                    rows == 0 || rows == ROWS,
                    "{what}: {rows} rows of the request at {start} of {metric}"
                );
            }
        }
        for (at, (least, most)) in bounds {
            let count = found.get(&at).copied().unwrap_or(0.0);
            assert!(
                least <= count && count <= most,
                "{what}: {metric} at {at} by {period} s has {count} data points, \
                 of {least} acknowledged and {most} sent"
            );
        }
    }
}

/// One life of a process: writers, and with `churning` also deliveries and the clock, until it is killed at a random moment.
async fn life(
    folder: &Path,
    round: u64,
    start: i64,
    churning: bool,
    random: &mut StdRng,
    requests: &Requests,
) {
    let mut process = Process::start(folder);
    let endpoint = process.endpoint;
    check(&one_try(endpoint), requests, MINUTE, &format!("after the start of round {round}")).await;
    let acknowledged = Arc::new(Semaphore::new(0));
    let mut tasks: Vec<JoinHandle<()>> = Vec::new();
    for writer in 0..WRITERS {
        let metric = format!("round{round}writer{writer}");
        let write = write(one_try(endpoint), metric, start, requests.clone(), acknowledged.clone());
        tasks.push(tokio::spawn(write));
    }
    if churning {
        tasks.push(tokio::spawn(churn(endpoint, random.random())));
    }
    let enough = random.random_range(20..200);
    let _counted = acknowledged.acquire_many(enough).await.unwrap();
    // A part of a request's time more, so that the moment is not always the one after an answer.
    tokio::time::sleep(std::time::Duration::from_micros(random.random_range(0..5_000))).await;
    process.kill();
    for task in tasks {
        task.await.unwrap();
    }
}

/// A client that sends each request once, so that the test knows how often it was sent.
fn one_try(endpoint: Endpoint) -> Client {
    endpoint.client("test", "us-east-1", RetryConfig::disabled())
}

async fn killed_again_and_again(seed: u64, churning: bool) {
    let folder = tempfile::tempdir().unwrap();
    let mut random = StdRng::seed_from_u64(seed);
    let requests = Requests::default();
    let start = {
        let process = Process::start(folder.path());
        process.endpoint.now().await / HOUR * HOUR - 3 * DAY
    };
    for round in 0..5 {
        life(folder.path(), round, start, churning, &mut random, &requests).await;
    }
    let process = Process::start(folder.path());
    let client = one_try(process.endpoint);
    check(&client, &requests, MINUTE, "at the end").await;
    process.endpoint.deliver().await;
    check(&client, &requests, MINUTE, "delivered").await;
    process.endpoint.advance(2 * DAY).await;
    check(&client, &requests, MINUTE, "settled").await;
    process.endpoint.advance(18 * DAY).await;
    check(&client, &requests, 5 * MINUTE, "rolled up").await;
    process.endpoint.advance(50 * DAY).await;
    check(&client, &requests, HOUR, "rolled up by the hour").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_while_writing() {
    killed_again_and_again(1, false).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_while_delivering() {
    killed_again_and_again(2, true).await;
}

/// The clock that was advanced is where it was after a kill, and tags and lists are, too.
#[tokio::test(flavor = "multi_thread")]
async fn everything_else_survives_as_well() {
    let folder = tempfile::tempdir().unwrap();
    let mut process = Process::start(folder.path());
    let client = one_try(process.endpoint);
    process.endpoint.advance(100 * DAY).await;
    let now = process.endpoint.now().await;
    put(&client, vec![datum("m", now, 1.0)]).await;
    let arn = "arn:aws:cloudwatch:us-east-1:123456789012:alarm:a";
    let tag = aws_sdk_cloudwatch::types::Tag::builder().key("k").value("v").build();
    client.put_composite_alarm().alarm_name("a").alarm_rule("FALSE").send().await.unwrap();
    client.tag_resource().resource_arn(arn).tags(tag.clone()).send().await.unwrap();
    process.kill();

    let process = Process::start(folder.path());
    let client = one_try(process.endpoint);
    assert!(process.endpoint.now().await >= now);
    assert_eq!(client.list_metrics().send().await.unwrap().metrics().len(), 1);
    assert_eq!(client.list_tags_for_resource().resource_arn(arn).send().await.unwrap().tags(), [tag]);
    let reset = process.endpoint.control("POST", "reset", &Value::Null).await.unwrap();
    assert_eq!(reset.0, 200);
    drop(process);

    // A reset is for good, too.
    let process = Process::start(folder.path());
    assert!(process.endpoint.now().await < now);
    assert_eq!(one_try(process.endpoint).list_metrics().send().await.unwrap().metrics(), []);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_folder_has_one_process() {
    let folder = tempfile::tempdir().unwrap();
    let first = Process::start(folder.path());
    let second = serve(folder.path()).spawn().unwrap().wait_with_output().unwrap();
    assert!(!second.status.success());
    let words = String::from_utf8(second.stderr).unwrap();
    assert!(words.contains("another watchtrail is running on"), "{words}");
    // The first one does not mind; and when it is gone, even by a kill, the folder is free.
    assert!(first.endpoint.now().await > 0);
    drop(first);
    assert!(Process::start(folder.path()).endpoint.now().await > 0);
}
