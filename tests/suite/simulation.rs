//! A deterministic simulation of the ledger: writers, deliverers, readers and sweepers of several processes over one
//! embedded DynamoDB and S3, their calls interleaved by a seed.
//!
//! Every SDK call of every actor stops at a gate. The simulation lets one of them through at a time, chosen by the seed,
//! and decides its fate: it happens; it never arrives; it happens and the answer is lost; the process dies before or after
//! it. What is checked, at every read and at the end: **every acknowledged row is read exactly once, and no row twice.**
//!
//! A failure prints its seed: `SIMULATION_SEED=n cargo test -p watchtrail-tests simulation` repeats it. `SIMULATIONS=n`
//! runs more of them.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context as TaskContext, Poll};

use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpClient, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use tokio::sync::oneshot;
use watchtrail_core::metrics::{Datum, Dimensions, Sample, SeriesKey, Unit};
use watchtrail_core::time::{DAY, Day, HOUR, MINUTE, Timestamp};
use watchtrail_local::embedded::{EmbeddedDynamoDb, EmbeddedS3, Usage};
use watchtrail_store::metrics::{MetricCutter, Query, Step};
use watchtrail_store::{Endpoint, Endpoints, Names, Partition, Scope, Store, StoreConfig};

/// Calls let through in one simulation.
const STEPS: usize = 600;
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
        HttpConnectorFuture::new(async move { outcome.await.unwrap_or_else(|_| Err(lost("the gate is gone"))) })
    }
}

impl HttpClient for Gated {
    fn http_connector(&self, _: &HttpConnectorSettings, _: &RuntimeComponents) -> SharedHttpConnector {
        SharedHttpConnector::new(self.clone())
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

type Actor = Pin<Box<dyn Future<Output = ()>>>;

struct World {
    gate: Gate,
    dynamodb: EmbeddedDynamoDb,
    s3: EmbeddedS3,
    book: Arc<Mutex<Book>>,
    now: Arc<Mutex<Timestamp>>,
    rng: StdRng,
    actors: Vec<(usize, Actor)>,
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
        let config = StoreConfig { inline_limit: 120, ..StoreConfig::new(Names::with_prefix("sim")) };
        ready(Store::over(endpoints, config))
    }

    /// A process comes up: with a memory that is empty, and actors that begin afresh.
    fn start(&mut self, process: usize) {
        let store = self.store(process);
        for role in 0..2 {
            let seed = self.rng.random();
            self.spawn(process, writer(store.clone(), Arc::clone(&self.book), Arc::clone(&self.now), seed));
            if role == 0 {
                self.spawn(process, deliverer(store.clone(), Arc::clone(&self.book), Arc::clone(&self.now)));
                self.spawn(process, reader(store.clone(), Arc::clone(&self.book), Arc::clone(&self.now)));
            }
        }
        self.spawn(process, caretaker(store, Arc::clone(&self.now)));
    }

    fn spawn(&mut self, process: usize, actor: impl Future<Output = ()> + 'static) {
        self.actors.push((process, Box::pin(actor)));
    }

    /// Lets every actor run until it waits at the gate.
    fn settle(&mut self) {
        let mut task = TaskContext::from_waker(futures::task::noop_waker_ref());
        let mut waiting = usize::MAX;
        // An actor that was let on may free another one (a lock within a process): go round until nothing moves.
        loop {
            self.actors.retain_mut(|(_, actor)| actor.as_mut().poll(&mut task).is_pending());
            let now_waiting = self.gate.0.lock().unwrap().len();
            if now_waiting == waiting {
                return;
            }
            waiting = now_waiting;
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
        match self.rng.random_range(0..100) {
            0..=2 => drop(waiting.answer.send(Err(lost("the request was lost")))),
            3..=5 => {
                let answer = self.happen(waiting.to, waiting.request).await;
                drop(answer);
                drop(waiting.answer.send(Err(lost("the answer was lost"))));
            }
            6 => self.crash(waiting.process),
            7 => {
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
        match to {
            Service::DynamoDb => self.dynamodb.call(request).await,
            Service::S3 => self.s3.call(request).await,
        }
    }

    fn crash(&mut self, process: usize) {
        self.actors.retain(|(of, _)| *of != process);
        self.start(process);
    }

    /// No more faults and no more writes: lets what is under way end.
    async fn quiesce(&mut self) {
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
    match future.as_mut().poll(&mut TaskContext::from_waker(futures::task::noop_waker_ref())) {
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
        for dirty in store.ledger.dirty().await.unwrap_or_default() {
            if let Ok(delivered) = store.ledger.deliver(&dirty.partition, &cutter, at).await {
                book.lock().unwrap().deliveries += delivered.generations;
            }
        }
        for step in Step::ALL {
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

fn compare(found: &BTreeMap<u64, f64>, owed: &BTreeSet<u64>, attempted: &BTreeSet<u64>) -> Vec<String> {
    let missing = owed.iter().filter(|value| !found.contains_key(value)).map(|value| format!("{value} is missing"));
    let twice = found.iter().filter(|(_, count)| **count != 1.0).map(|(v, n)| format!("{v} is there {n} times"));
    let invented = found.keys().filter(|v| !attempted.contains(v)).map(|value| format!("{value} was never written"));
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
    };
    let store = world.store(0);
    world.run(async move { store.create_missing().await.unwrap() }).await;
    for process in 0..PROCESSES {
        world.start(process);
    }
    for _ in 0..STEPS {
        world.step().await;
    }
    world.quiesce().await;
    // Once as it was left, and once with everything delivered and rolled.
    for round in ["as it was left", "delivered"] {
        let store = world.store(0);
        let now = *world.now.lock().unwrap();
        let found = world.run(async move { read(&store, now).await.unwrap() }).await;
        let book = world.book.lock().unwrap();
        let mut wrong = book.violations.clone();
        wrong.extend(compare(&found, &book.acknowledged, &book.attempted));
        if !wrong.is_empty() {
            return Err(format!("seed {seed}, {round}: {}", wrong.join(", ")));
        }
        drop(book);
        let store = world.store(0);
        world
            .run(async move {
                let cutter = MetricCutter(Arc::clone(&store.metrics));
                store.ledger.deliver(&partition(), &cutter, now).await.unwrap();
                let _ = store.ledger.due("settle", Day::of(now)).await.unwrap();
                let _ = store.ledger.sweep(&partition(), now).await.unwrap();
            })
            .await;
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
        None => 0..number("SIMULATIONS").unwrap_or(40),
    };
    let mut total = [0; 4];
    for seed in seeds.clone() {
        let counts = runtime.block_on(simulate(seed)).unwrap_or_else(|wrong| panic!("{wrong}"));
        total.iter_mut().zip(counts).for_each(|(sum, count)| *sum += count);
    }
    let [acknowledged, reads, deliveries, rolls] = total;
    println!("{acknowledged} rows acknowledged, {reads} reads checked, {deliveries} deliveries, {rolls} rolls");
    // A simulation in which nothing happens proves nothing.
    if seeds.end - seeds.start >= 40 {
        for (what, count) in [("rows", acknowledged), ("reads", reads), ("deliveries", deliveries), ("rolls", rolls)] {
            assert!(count > 20, "only {count} {what}");
        }
    }
}
