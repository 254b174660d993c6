//! A deterministic simulation of the ledger: writers, deliverers, readers and sweepers of several processes over one
//! embedded DynamoDB and S3, their calls interleaved by a seed.
//!
//! Every SDK call of every actor stops at a gate. The simulation lets one of them through at a time, chosen by the seed,
//! and decides its fate: it happens; it never arrives; it happens and the answer is lost; the process dies before or after
//! it. What is checked, at every read and at the end: **every acknowledged row is read exactly once, and no row twice.**
//!
//! A failure prints its seed: `SIMULATION_SEED=n cargo test --workspace simulation` repeats it, and with
//! `SIMULATION_TRACE=1` prints every call. `SIMULATIONS=n` runs more of them.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::future::Future;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Context as TaskContext, Poll, Wake, Waker};

use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpClient,
    SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::byte_stream::ByteStream;
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use tokio::sync::oneshot;
use watchtrail_core::metrics::{Datum, Dimensions, Sample, SeriesKey, Unit, batch};
use watchtrail_core::time::{DAY, HOUR, MINUTE, Timestamp};
use watchtrail_local::embedded::{EmbeddedDynamoDb, EmbeddedS3, Usage};
use watchtrail_store::metrics::{MetricCutter, Query, Step};
use watchtrail_store::{Endpoint, Endpoints, Names, Partition, Scope, Store, StoreConfig};

/// Calls let through in one simulation.
const STEPS: usize = 1_500;
const PROCESSES: usize = 3;

type Answer = Result<HttpResponse, ConnectorError>;

/// A call that waits at the gate.
struct Waiting {
    process: usize,
    to: Service,
    request: HttpRequest,
    answer: oneshot::Sender<Answer>,
}

#[derive(Clone, Copy, Debug)]
enum Service {
    DynamoDb,
    S3,
}

/// Where calls wait.
#[derive(Clone, Default)]
struct Gate(Arc<Mutex<VecDeque<Waiting>>>);

/// An SDK's HTTP client that stops at the gate.
#[derive(Clone)]
struct Gated {
    gate: Gate,
    process: usize,
    to: Service,
}

impl std::fmt::Debug for Gated {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Gated({}, {:?})", self.process, self.to)
    }
}

impl HttpConnector for Gated {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let (answer, outcome) = oneshot::channel();
        let waiting = Waiting { process: self.process, to: self.to, request, answer };
        self.gate.0.lock().unwrap().push_back(waiting);
        HttpConnectorFuture::new(
            async move { outcome.await.unwrap_or_else(|_| Err(lost("the gate is gone"))) },
        )
    }
}

impl HttpClient for Gated {
    fn http_connector(&self, _: &HttpConnectorSettings, _: &RuntimeComponents) -> SharedHttpConnector {
        SharedHttpConnector::new(self.clone())
    }
}

/// A call in a line, for `SIMULATION_TRACE=1`.
fn describe(request: &HttpRequest) -> String {
    let body = request.body().bytes().map(String::from_utf8_lossy).unwrap_or_default();
    match request.headers().get("x-amz-target") {
        Some(target) => format!("{target} {}", body.chars().take(600).collect::<String>()),
        None => format!("{} {}", request.method(), request.uri()),
    }
}

fn lost(why: &str) -> ConnectorError {
    ConnectorError::io(why.into())
}

/// What the simulation knows of its rows; each has a value of its own.
#[derive(Default)]
struct Book {
    next: u64,
    attempted: BTreeSet<u64>,
    acknowledged: BTreeSet<u64>,
    reads: u64,
    deliveries: u64,
    rolls: u64,
    violations: Vec<String>,
}

/// A task of a process, and whether something that it waits for has happened.
struct Actor {
    process: usize,
    woken: Arc<Woken>,
    task: Pin<Box<dyn Future<Output = ()>>>,
}

struct Woken(AtomicBool);

impl Wake for Woken {
    fn wake(self: Arc<Self>) {
        self.0.store(true, Ordering::Relaxed);
    }
}

struct World {
    gate: Gate,
    dynamodb: EmbeddedDynamoDb,
    s3: EmbeddedS3,
    book: Arc<Mutex<Book>>,
    now: Arc<Mutex<Timestamp>>,
    rng: StdRng,
    actors: Vec<Actor>,
    trace: bool,
}

fn partition() -> Partition {
    let scope = Scope { account: "123456789012".into(), region: "us-east-1".into() };
    Partition::metrics(scope, "Simulated")
}

fn series(number: u64) -> SeriesKey {
    let dimensions = Dimensions::new(vec![("Number".into(), number.to_string())]).unwrap();
    SeriesKey { metric_name: "Rows".into(), dimensions }
}

fn all_series() -> Vec<SeriesKey> {
    let mut all: Vec<SeriesKey> = (0..3).map(series).collect();
    all.sort();
    all
}

impl World {
    fn store(&self, process: usize) -> Store {
        let client = |to| SharedHttpClient::new(Gated { gate: self.gate.clone(), process, to });
        let endpoints = Endpoints {
            dynamodb: Endpoint::InProcess(client(Service::DynamoDb)),
            s3: Endpoint::InProcess(client(Service::S3)),
        };
        // A small limit, so that bodies go both ways.
        let config = StoreConfig {
            inline_limit: 120,
            settled_rows: 120,
            ..StoreConfig::new(Names::with_prefix("sim"))
        };
        ready(Store::over(endpoints, config))
    }

    /// A process comes up: with a memory that is empty, and actors that begin afresh.
    fn start(&mut self, process: usize) {
        let store = self.store(process);
        let (book, now) = (Arc::clone(&self.book), Arc::clone(&self.now));
        let seed = self.rng.random();
        self.spawn(process, writer(store.clone(), Arc::clone(&book), Arc::clone(&now), seed));
        self.spawn(process, reader(store.clone(), Arc::clone(&book), Arc::clone(&now)));
        self.spawn(process, deliverer(store.clone(), Arc::clone(&book), Arc::clone(&now)));
        self.spawn(process, roller(store.clone(), Arc::clone(&book), Arc::clone(&now)));
        if process == 0 {
            self.spawn(process, caretaker(store, now));
        }
    }

    fn spawn(&mut self, process: usize, actor: impl Future<Output = ()> + 'static) {
        // Unconstrained: the runtime's budget counts polls since it was last yielded to, and would stop actors at random.
        let task = Box::pin(tokio::task::unconstrained(actor));
        self.actors.push(Actor { process, woken: Arc::new(Woken(AtomicBool::new(true))), task });
    }

    /// Lets every actor run until it waits at the gate, in an order that is always the same.
    fn settle(&mut self) {
        let mut moved = true;
        while moved {
            moved = false;
            self.actors.retain_mut(|actor| {
                if !actor.woken.0.swap(false, Ordering::Relaxed) {
                    return true;
                }
                moved = true;
                let waker = Waker::from(Arc::clone(&actor.woken));
                actor.task.as_mut().poll(&mut TaskContext::from_waker(&waker)).is_pending()
            });
        }
    }

    async fn step(&mut self) {
        self.settle();
        let waiting = {
            let mut gate = self.gate.0.lock().unwrap();
            // Callers that died do not wait any more.
            gate.retain(|waiting| !waiting.answer.is_closed());
            if gate.is_empty() {
                return;
            }
            let chosen = self.rng.random_range(0..gate.len());
            gate.remove(chosen).unwrap()
        };
        *self.now.lock().unwrap() = {
            let now = *self.now.lock().unwrap();
            // Mostly milliseconds pass, and sometimes hours or days.
            let passed = match self.rng.random_range(0..400) {
                0 => 20 * DAY,
                1..=3 => DAY,
                4..=9 => HOUR,
                _ => self.rng.random_range(0..200),
            };
            now.plus_millis(passed)
        };
        let fate = self.rng.random_range(0..1000);
        if self.trace {
            println!(
                "{} process {} {fate:3} {}",
                *self.now.lock().unwrap(),
                waiting.process,
                describe(&waiting.request)
            );
        }
        match fate {
            0..=9 => drop(waiting.answer.send(Err(lost("the request was lost")))),
            10..=19 => {
                let answer = self.happen(waiting.to, waiting.request).await;
                drop(answer);
                drop(waiting.answer.send(Err(lost("the answer was lost"))));
            }
            20..=21 => self.crash(waiting.process),
            22..=23 => {
                drop(self.happen(waiting.to, waiting.request).await);
                self.crash(waiting.process);
            }
            _ => {
                let answer = self.happen(waiting.to, waiting.request).await;
                drop(waiting.answer.send(answer));
            }
        }
    }

    async fn happen(&self, to: Service, request: HttpRequest) -> Answer {
        let mut answer = match to {
            Service::DynamoDb => self.dynamodb.call(request).await?,
            Service::S3 => self.s3.call(request).await?,
        };
        // Whole, so that an actor waits at the gate only and never for the file system.
        let body =
            ByteStream::new(answer.take_body()).collect().await.map_err(|error| lost(&error.to_string()))?;
        *answer.body_mut() = body.into_bytes().into();
        Ok(answer)
    }

    fn crash(&mut self, process: usize) {
        self.actors.retain(|actor| actor.process != process);
        self.start(process);
    }

    /// All processes die.
    fn quiesce(&mut self) {
        self.actors.clear();
        self.gate.0.lock().unwrap().clear();
    }

    /// Runs one future to its end with nothing in its way.
    async fn run<T: 'static>(&mut self, future: impl Future<Output = T> + 'static) -> T {
        let (send, mut receive) = oneshot::channel();
        self.spawn(0, async move { drop(send.send(future.await)) });
        loop {
            self.settle();
            if let Ok(value) = receive.try_recv() {
                return value;
            }
            let next = self.gate.0.lock().unwrap().pop_front();
            let Some(waiting) = next else { panic!("an actor waits for nothing") };
            let answer = self.happen(waiting.to, waiting.request).await;
            drop(waiting.answer.send(answer));
        }
    }
}

/// The value of a future that never waits.
fn ready<T>(future: impl Future<Output = T>) -> T {
    let mut future = Box::pin(future);
    match future.as_mut().poll(&mut TaskContext::from_waker(Waker::noop())) {
        Poll::Ready(value) => value,
        Poll::Pending => panic!("it waits"),
    }
}

async fn writer(store: Store, book: Arc<Mutex<Book>>, now: Arc<Mutex<Timestamp>>, seed: u64) {
    let mut rng = StdRng::seed_from_u64(seed);
    loop {
        let received = *now.lock().unwrap();
        let rows = rng.random_range(1..4);
        let data: Vec<Datum> = (0..rows)
            .map(|_| {
                let mut book = book.lock().unwrap();
                book.next += 1;
                let value = book.next;
                book.attempted.insert(value);
                let back = rng.random_range(0..3) * DAY + rng.random_range(0..1440) * MINUTE;
                Datum {
                    series: series(rng.random_range(0..3)),
                    unit: Unit::None,
                    high_resolution: rng.random_bool(0.2),
                    timestamp: received.plus_millis(-back).floor_to(60),
                    sample: Sample::Value(value as f64),
                }
            })
            .collect();
        let ulid = ulid::Ulid::from_parts(received.millis().unsigned_abs(), rng.random());
        let outcome = store.metrics.put(&partition(), &data, ulid, received).await;
        if outcome.is_ok() {
            let mut book = book.lock().unwrap();
            book.acknowledged.extend(data.iter().map(value_of));
        }
    }
}

fn value_of(datum: &Datum) -> u64 {
    match datum.sample {
        Sample::Value(value) => value as u64,
        _ => panic!("only values are written"),
    }
}

async fn deliverer(store: Store, book: Arc<Mutex<Book>>, now: Arc<Mutex<Timestamp>>) {
    let cutter = MetricCutter(Arc::clone(&store.metrics));
    loop {
        let at = *now.lock().unwrap();
        if let Ok(delivered) = store.ledger.deliver(&partition(), &cutter, at).await {
            book.lock().unwrap().deliveries += delivered.generations;
        }
    }
}

async fn roller(store: Store, book: Arc<Mutex<Book>>, now: Arc<Mutex<Timestamp>>) {
    loop {
        for step in Step::ALL {
            let at = *now.lock().unwrap();
            let Ok((due, _)) = store.ledger.due(step.name(), step.through(at)).await else { continue };
            for due in due {
                if let Ok(rolled) = store.metrics.roll(&due, step, at).await {
                    book.lock().unwrap().rolls += rolled.written;
                }
            }
        }
    }
}

/// Sweeps, and does what TTL does. It stays within the retention that the simulation's readers look at.
async fn caretaker(store: Store, now: Arc<Mutex<Timestamp>>) {
    loop {
        let at = *now.lock().unwrap();
        let _ = store.ledger.sweep(&partition(), at).await;
        if let Ok((taken, _)) = store.ledger.take_expired(at).await {
            for entry in taken {
                let _ = store.ledger.delete_object(&entry.object).await;
            }
        }
    }
}

async fn reader(store: Store, book: Arc<Mutex<Book>>, now: Arc<Mutex<Timestamp>>) {
    loop {
        let before = book.lock().unwrap().acknowledged.clone();
        let at = *now.lock().unwrap();
        if let Ok(found) = read(&store, at).await {
            let mut book = book.lock().unwrap();
            book.reads += 1;
            let wrong = compare(&found, &before, &book.attempted);
            book.violations.extend(wrong);
        }
    }
}

/// All values of all series with how often each was found, at whatever resolution they stand in by now.
async fn read(store: &Store, now: Timestamp) -> Result<BTreeMap<u64, f64>, watchtrail_store::StoreError> {
    let series = all_series();
    let partition = partition();
    let range = Timestamp::from_millis(0)..now.plus_millis(DAY);
    let query = Query { partition: &partition, series: &series, range, resolutions: &[3600, 300, 60] };
    let mut found = BTreeMap::new();
    for points in store.metrics.scan(&query, now).await?.iter().flatten().flat_map(|part| &part.points) {
        let counted: Vec<(f64, f64)> = match &points.sample {
            Sample::Value(value) => vec![(*value, 1.0)],
            Sample::Values(values) => values.clone(),
            other => panic!("{other:?} was never written"),
        };
        for (value, count) in counted {
            *found.entry(value as u64).or_insert(0.0) += count;
        }
    }
    Ok(found)
}

/// Delivers, rolls and sweeps what the lists name. Returns what is read then, and what is still in the journal alone.
async fn finish(store: &Store, now: Timestamp) -> (BTreeMap<u64, f64>, BTreeSet<u64>) {
    let cutter = MetricCutter(Arc::clone(&store.metrics));
    for dirty in store.ledger.dirty().await.unwrap() {
        store.ledger.deliver(&dirty.partition, &cutter, now).await.unwrap();
    }
    for step in Step::ALL {
        for due in store.ledger.due(step.name(), step.through(now)).await.unwrap().0 {
            store.metrics.roll(&due, step, now).await.unwrap();
        }
    }
    store.ledger.sweep(&partition(), now).await.unwrap();
    let snapshot = store.ledger.snapshot(&partition(), now).await.unwrap();
    let mut left = BTreeSet::new();
    for entry in snapshot.iter().flat_map(|snapshot| snapshot.tail.iter()) {
        let body = store.ledger.body(entry).await.unwrap();
        let data = batch::decode(&zstd::decode_all(&body[..]).unwrap()).unwrap();
        left.extend(data.iter().map(value_of));
    }
    (read(store, now).await.unwrap(), left)
}

fn compare(found: &BTreeMap<u64, f64>, owed: &BTreeSet<u64>, attempted: &BTreeSet<u64>) -> Vec<String> {
    let missing =
        owed.iter().filter(|value| !found.contains_key(value)).map(|value| format!("{value} is missing"));
    let twice =
        found.iter().filter(|(_, count)| **count != 1.0).map(|(v, n)| format!("{v} is there {n} times"));
    let invented =
        found.keys().filter(|v| !attempted.contains(v)).map(|value| format!("{value} was never written"));
    missing.chain(twice).chain(invented).collect()
}

async fn simulate(seed: u64) -> Result<[u64; 4], String> {
    let usage = Arc::new(Usage::default());
    let files = tempfile::tempdir().unwrap();
    let start = Timestamp::parse_rfc3339("2026-11-21T00:00:00Z").unwrap();
    let mut world = World {
        gate: Gate::default(),
        dynamodb: EmbeddedDynamoDb::memory(Arc::clone(&usage)).unwrap(),
        s3: EmbeddedS3::new(files.path(), usage).unwrap(),
        book: Arc::default(),
        now: Arc::new(Mutex::new(start)),
        rng: StdRng::seed_from_u64(seed),
        actors: Vec::new(),
        trace: std::env::var("SIMULATION_TRACE").is_ok(),
    };
    let store = world.store(0);
    world.run(async move { store.create_missing().await.unwrap() }).await;
    for process in 0..PROCESSES {
        world.start(process);
    }
    for _ in 0..STEPS {
        world.step().await;
    }
    world.quiesce();
    let check = |world: &World, found: &BTreeMap<u64, f64>, when: &str| {
        let book = world.book.lock().unwrap();
        let mut wrong = book.violations.clone();
        wrong.extend(compare(found, &book.acknowledged, &book.attempted));
        if wrong.is_empty() { Ok(()) } else { Err(format!("seed {seed}, {when}: {}", wrong.join(", "))) }
    };
    let now = *world.now.lock().unwrap();
    let store = world.store(0);
    let found = world.run(async move { read(&store, now).await.unwrap() }).await;
    check(&world, &found, "as it was left")?;

    // What the lists of work name is all that there is to do: after it nothing acknowledged is left in the journal.
    let store = world.store(0);
    let (found, left) = world.run(async move { finish(&store, now).await }).await;
    check(&world, &found, "after the last delivery")?;
    let forgotten: Vec<u64> = world.book.lock().unwrap().acknowledged.intersection(&left).copied().collect();
    if !forgotten.is_empty() {
        return Err(format!("seed {seed}: no list names what would deliver {forgotten:?}"));
    }
    let book = world.book.lock().unwrap();
    Ok([book.acknowledged.len() as u64, book.reads, book.deliveries, book.rolls])
}

#[test]
fn every_acknowledged_row_is_read_exactly_once_whatever_happens() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let number = |name: &str| std::env::var(name).ok().and_then(|text| text.parse::<u64>().ok());
    let seeds = match number("SIMULATION_SEED") {
        Some(seed) => seed..seed + 1,
        None => 0..number("SIMULATIONS").unwrap_or(10),
    };
    let mut total = [0; 4];
    for seed in seeds.clone() {
        let counts = runtime.block_on(simulate(seed)).unwrap_or_else(|wrong| panic!("{wrong}"));
        total.iter_mut().zip(counts).for_each(|(sum, count)| *sum += count);
    }
    let [acknowledged, reads, deliveries, rolls] = total;
    println!(
        "{acknowledged} rows acknowledged, {reads} reads checked, {deliveries} deliveries, {rolls} rolls"
    );
    // A simulation in which nothing happens proves nothing.
    if seeds.end - seeds.start >= 10 {
        for (what, count) in
            [("rows", acknowledged), ("reads", reads), ("deliveries", deliveries), ("rolls", rolls)]
        {
            assert!(count > 20, "only {count} {what}");
        }
    }
}
