//! Subscriptions under several workers, destinations that fail or hang, and processes that die between any two of their calls: what was
//! acknowledged is sent, in the order of its stream, at least once; and once where nothing died.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpClient,
    SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::body::SdkBody;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use futures::future::join_all;
use serde_json::{Value, json};
use watchtrail_core::logs::event::EventKey;
use watchtrail_core::logs::subscription::{Message, MessageType, unpack};
use watchtrail_core::time::{DAY, HOUR, MINUTE, SECOND};
use watchtrail_local::embedded::{EmbeddedDynamoDb, EmbeddedS3, Usage};
use watchtrail_service::edge::SystemEntropy;
use watchtrail_service::{Clock, Context, Settings};
use watchtrail_store::{Endpoint, Endpoints, Names, Outbound, Services, Store, StoreConfig};
use watchtrail_subscriptions::{Event, Report};

use crate::processes::{Death, Fuse, Hand, Mortal};

const FUNCTION: &str = "arn:aws:lambda:us-east-1:123456789012:function:pager";
const STREAM: &str = "arn:aws:kinesis:us-east-1:123456789012:stream/events";
const DELIVERY: &str = "arn:aws:firehose:us-east-1:123456789012:deliverystream/lake";
const ROLE: &str = "arn:aws:iam::123456789012:role/r";

/// How a destination answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Mood {
    Broken,
    Gone,
    Silent,
}

/// What came to a destination.
#[derive(Clone, Debug)]
struct Got {
    /// The name of the function or the stream.
    name: String,
    message: Message<'static>,
    /// Kinesis' partition key.
    key: String,
}

/// What came, and how each receiver takes what comes.
type Told = (Vec<Got>, BTreeMap<String, Mood>);

/// Lambda, Kinesis and Firehose.
#[derive(Clone, Debug, Default)]
struct Receivers(Arc<Mutex<Told>>);

impl Receivers {
    fn set(&self, name: &str, mood: Option<Mood>) {
        let moods = &mut self.0.lock().unwrap().1;
        match mood {
            Some(mood) => drop(moods.insert(name.to_owned(), mood)),
            None => drop(moods.remove(name)),
        }
    }

    /// What a destination got, without tests of it.
    fn got(&self, name: &str) -> Vec<Got> {
        let all = &self.0.lock().unwrap().0;
        let data = |got: &&Got| got.name == name && got.message.message_type == MessageType::DataMessage;
        all.iter().filter(data).cloned().collect()
    }

    /// The events that a destination got, in the order in which they came.
    fn events(&self, name: &str) -> Vec<String> {
        let events = self.got(name).into_iter().flat_map(|got| got.message.log_events);
        events.map(|event| event.message.into_owned()).collect()
    }
}

fn read(request: &HttpRequest) -> (String, Vec<u8>, String) {
    let body = request.body().bytes().unwrap();
    if let Some((_, rest)) = request.uri().split_once("/functions/") {
        let name = rest.split("/invocations").next().unwrap();
        let name = name.rsplit_once("%3A").map_or(name, |(_, name)| name);
        let event: Value = serde_json::from_slice(body).unwrap();
        let data = STANDARD.decode(event["awslogs"]["data"].as_str().unwrap()).unwrap();
        return (name.to_owned(), data, String::new());
    }
    let body: Value = serde_json::from_slice(body).unwrap();
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let (name, data) = match request.headers().get("x-amz-target").unwrap() {
        "Kinesis_20131202.PutRecord" => (&body["StreamName"], &body["Data"]),
        "Firehose_20150804.PutRecord" => (&body["DeliveryStreamName"], &body["Record"]["Data"]),
        other => panic!("{other}"),
    };
    (text(name), STANDARD.decode(text(data)).unwrap(), text(&body["PartitionKey"]))
}

impl HttpConnector for Receivers {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let (name, data, key) = read(&request);
        let (got, moods) = &mut *self.0.lock().unwrap();
        let answer = |status: u16, body: &'static str| {
            HttpConnectorFuture::ready(Ok(HttpResponse::new(status.try_into().unwrap(), SdkBody::from(body))))
        };
        match moods.get(&name) {
            Some(Mood::Silent) => HttpConnectorFuture::new(std::future::pending()),
            Some(Mood::Broken) => answer(500, r#"{"__type":"InternalFailure"}"#),
            Some(Mood::Gone) => answer(400, r#"{"__type":"ResourceNotFoundException"}"#),
            None => {
                if request.headers().get("x-amz-invocation-type") != Some("DryRun") {
                    got.push(Got { name, message: unpack(&data).unwrap(), key });
                }
                answer(200, r#"{"ShardId":"0","SequenceNumber":"1","RecordId":"1"}"#)
            }
        }
    }
}

impl HttpClient for Receivers {
    fn http_connector(&self, _: &HttpConnectorSettings, _: &RuntimeComponents) -> SharedHttpConnector {
        SharedHttpConnector::new(self.clone())
    }
}

/// Stores and destinations that several processes share.
struct World {
    dynamodb: EmbeddedDynamoDb,
    s3: EmbeddedS3,
    receivers: Receivers,
    hand: Arc<Hand>,
    files: tempfile::TempDir,
}

impl World {
    async fn new() -> Self {
        let files = tempfile::tempdir().unwrap();
        let usage = Arc::new(Usage::default());
        let this = Self {
            dynamodb: EmbeddedDynamoDb::memory(Arc::clone(&usage)).unwrap(),
            s3: EmbeddedS3::new(files.path(), usage).unwrap(),
            receivers: Receivers::default(),
            hand: Hand::at("2026-11-21T12:00:10Z"),
            files,
        };
        this.process(&Fuse::none()).await.store.create_missing().await.unwrap();
        this
    }

    /// A process with a memory of its own.
    async fn process(&self, fuse: &Arc<Fuse>) -> Context {
        let mortal = |inner| Endpoint::InProcess(Mortal::client(inner, fuse));
        let endpoints = Endpoints { dynamodb: mortal(self.dynamodb.client()), s3: mortal(self.s3.client()) };
        let receivers = || Some(mortal(SharedHttpClient::new(self.receivers.clone())));
        let services =
            Services { sns: None, lambda: receivers(), kinesis: receivers(), firehose: receivers() };
        Context {
            store: Store::over(endpoints, StoreConfig::new(Names::with_prefix("subscriptions"))).await,
            outbound: Outbound { patience: Duration::from_millis(20), ..Outbound::over(services).await },
            clock: Arc::clone(&self.hand) as Arc<dyn Clock>,
            entropy: Arc::new(SystemEntropy),
            meter: Arc::new(watchtrail_service::NoMeter),
            settings: Settings::default(),
            gate: None,
        }
    }

    async fn calm(&self) -> Context {
        self.process(&Fuse::none()).await
    }

    /// What is left in S3 of what was to be sent.
    fn objects(&self) -> usize {
        fn count(folder: &std::path::Path) -> usize {
            let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
            let one = |path: std::path::PathBuf| {
                if path.is_dir() {
                    count(&path)
                } else {
                    usize::from(path.components().any(|part| part.as_os_str() == "sends"))
                }
            };
            entries.map(|entry| one(entry.path())).sum()
        }
        count(self.files.path())
    }
}

/// An operation of the API; the status and the body of its answer.
async fn call(context: &Context, operation: &str, body: Value) -> (u16, Value) {
    let request = http::Request::post("/")
        .header("content-type", "application/x-amz-json-1.1")
        .header("x-amz-target", format!("Logs_20140328.{operation}"))
        .body(body.to_string().into())
        .unwrap();
    let answer = watchtrail_logs::handle(context, request).await;
    (answer.status().as_u16(), serde_json::from_slice(answer.body()).unwrap_or_default())
}

async fn ask(context: &Context, operation: &str, body: Value) -> Value {
    let (status, answer) = call(context, operation, body).await;
    assert_eq!(status, 200, "{operation}: {answer}");
    answer
}

async fn create(context: &Context, group: &str, streams: &[&str]) {
    ask(context, "CreateLogGroup", json!({ "logGroupName": group })).await;
    for stream in streams {
        ask(context, "CreateLogStream", json!({ "logGroupName": group, "logStreamName": stream })).await;
    }
}

fn filter(group: &str, name: &str, pattern: &str, destination: &str) -> Value {
    let mut input = json!({ "logGroupName": group, "filterName": name, "filterPattern": pattern, "destinationArn": destination });
    if !destination.contains(":lambda:") {
        input["roleArn"] = ROLE.into();
    }
    input
}

async fn subscribe(context: &Context, group: &str, name: &str, pattern: &str, destination: &str) {
    ask(context, "PutSubscriptionFilter", filter(group, name, pattern, destination)).await;
}

/// Puts events; whether they were acknowledged.
async fn try_put(context: &Context, group: &str, stream: &str, messages: &[&str]) -> bool {
    let now = context.now().millis();
    let events: Vec<_> =
        messages.iter().map(|message| json!({ "timestamp": now, "message": message })).collect();
    let body = json!({ "logGroupName": group, "logStreamName": stream, "logEvents": events });
    call(context, "PutLogEvents", body).await.0 == 200
}

async fn put(context: &Context, group: &str, stream: &str, messages: &[&str]) {
    assert!(try_put(context, group, stream, messages).await);
}

async fn send(context: &Context) -> Report {
    watchtrail_subscriptions::handle(context, Event::default()).await.unwrap()
}

async fn waiting(context: &Context) -> usize {
    context.store.logs.queues().await.unwrap().len()
}

/// What was sent, each once, where it came first.
fn once(events: Vec<String>) -> Vec<String> {
    let mut seen = BTreeSet::new();
    events.into_iter().filter(|event| seen.insert(event.clone())).collect()
}

/// To each kind of destination, as AWS writes it; only what matches; ids that FilterLogEvents tells, too.
#[tokio::test]
async fn what_matches_is_sent() {
    let world = World::new().await;
    let context = world.calm().await;
    create(&context, "g", &["s", "t"]).await;
    subscribe(&context, "g", "errors", "ERROR", FUNCTION).await;
    subscribe(&context, "g", "all", "", STREAM).await;
    put(&context, "g", "s", &["ok", "ERROR 1", "ERROR 2"]).await;
    world.hand.pass(1);
    put(&context, "g", "t", &["ok"]).await;
    let report = send(&context).await;
    assert_eq!((report.queues, report.messages, report.events, report.failures), (2, 3, 6, 0));
    let [got] = &world.receivers.got("pager")[..] else { panic!("one message") };
    let message = &got.message;
    assert_eq!((&*message.owner, &*message.log_group, &*message.log_stream), ("123456789012", "g", "s"));
    assert_eq!(message.subscription_filters, ["errors"]);
    let found =
        ask(&context, "FilterLogEvents", json!({ "logGroupName": "g", "filterPattern": "ERROR" })).await;
    for (event, found) in message.log_events.iter().zip(found["events"].as_array().unwrap()) {
        assert_eq!(
            (&*event.id, &*event.message),
            (found["eventId"].as_str().unwrap(), found["message"].as_str().unwrap())
        );
        assert!(EventKey::parse(&event.id).is_some());
    }
    assert_eq!(world.receivers.events("pager"), ["ERROR 1", "ERROR 2"]);
    assert_eq!(world.receivers.events("events"), ["ok", "ERROR 1", "ERROR 2", "ok"]);
    let keys: Vec<String> = world.receivers.got("events").into_iter().map(|got| got.key).collect();
    assert_eq!(keys, ["s", "t"]);
    assert_eq!((send(&context).await.queues, waiting(&context).await), (0, 0));
}

#[tokio::test]
async fn what_is_put_is_tested() {
    let world = World::new().await;
    let context = world.calm().await;
    create(&context, "g", &["s"]).await;
    for (name, destination, words) in [
        (
            "pager",
            FUNCTION,
            "Could not execute the lambda function. Make sure you have given CloudWatch Logs permission to execute your function.",
        ),
        (
            "events",
            STREAM,
            "Could not deliver test message to specified Kinesis stream. Check if the given kinesis stream is in ACTIVE state.",
        ),
        (
            "lake",
            DELIVERY,
            "Could not deliver test message to specified Firehose stream. Check if the given Firehose stream is in ACTIVE state.",
        ),
    ] {
        for mood in [Mood::Gone, Mood::Broken, Mood::Silent] {
            world.receivers.set(name, Some(mood));
            let (status, refusal) =
                call(&context, "PutSubscriptionFilter", filter("g", "f", "", destination)).await;
            assert_eq!((status, refusal["message"].as_str().unwrap()), (400, words), "{refusal}");
        }
        world.receivers.set(name, None);
        subscribe(&context, "g", "f", "", destination).await;
    }
    let tests: Vec<String> = world
        .receivers
        .0
        .lock()
        .unwrap()
        .0
        .iter()
        .map(|got| {
            assert_eq!(
                (&*got.message.owner, got.message.message_type),
                ("CloudwatchLogs", MessageType::ControlMessage)
            );
            format!("{} {}", got.name, got.message.log_events[0].message)
        })
        .collect();
    let expected = [
        "events CWL CONTROL MESSAGE: Checking health of destination Kinesis stream.",
        "lake CWL CONTROL MESSAGE: Checking health of destination Firehose.",
    ];
    assert_eq!(tests, expected);
}

/// By a destination of CloudWatch Logs; and with random keys.
#[tokio::test]
async fn a_destination_forwards() {
    let world = World::new().await;
    let context = world.calm().await;
    create(&context, "g", &["s"]).await;
    let destination = json!({ "destinationName": "hub", "targetArn": STREAM, "roleArn": ROLE });
    ask(&context, "PutDestination", destination).await;
    let hub = "arn:aws:logs:us-east-1:123456789012:destination:hub";
    let mut input = filter("g", "hub", "", hub);
    input["distribution"] = "Random".into();
    ask(&context, "PutSubscriptionFilter", input).await;
    for number in 0..3 {
        put(&context, "g", "s", &[&format!("event {number}")]).await;
        send(&context).await;
    }
    assert_eq!(world.receivers.events("events"), ["event 0", "event 1", "event 2"]);
    let keys: BTreeSet<String> = world.receivers.got("events").into_iter().map(|got| got.key).collect();
    assert_eq!(keys.len(), 3);
    // One that is deleted keeps what is to be sent until it is there again.
    ask(&context, "DeleteDestination", json!({ "destinationName": "hub" })).await;
    put(&context, "g", "s", &["event 3"]).await;
    assert_eq!(send(&context).await.failures, 1);
    let destination = json!({ "destinationName": "hub", "targetArn": DELIVERY, "roleArn": ROLE });
    ask(&context, "PutDestination", destination).await;
    world.hand.pass(MINUTE);
    send(&context).await;
    assert_eq!(world.receivers.events("lake"), ["event 3"]);
}

/// Many workers at once, each woken three times, while others write: each event once, in the order of its stream.
#[tokio::test]
async fn many_workers_send_everything_once_and_in_order() {
    let world = World::new().await;
    let calm = world.calm().await;
    let streams = ["a", "b", "c"];
    for group in ["g", "h"] {
        create(&calm, group, &streams).await;
        subscribe(&calm, group, "one", "", FUNCTION).await;
        subscribe(&calm, group, "two", "", STREAM).await;
    }
    let mut workers = Vec::new();
    for _ in 0..4 {
        workers.push(world.calm().await);
    }
    let write = async |group: &str, stream: &str| {
        let writer = world.calm().await;
        for number in 0..10 {
            world.hand.pass(1);
            put(&writer, group, stream, &[&format!("{group} {stream} {number}")]).await;
        }
    };
    let work = async |worker: &Context| {
        for _ in 0..3 {
            send(worker).await;
            tokio::task::yield_now().await;
        }
    };
    let writes = ["g", "h"].into_iter().flat_map(|group| streams.map(|stream| write(group, stream)));
    tokio::join!(join_all(writes), join_all(workers.iter().map(work)));
    send(&calm).await;
    assert_eq!(waiting(&calm).await, 0);
    for name in ["pager", "events"] {
        let events = world.receivers.events(name);
        assert_eq!(events.len(), 60, "{name}");
        for group in ["g", "h"] {
            for stream in streams {
                let prefix = format!("{group} {stream} ");
                let found = events.iter().filter(|event| event.starts_with(&prefix));
                let expected: Vec<String> = (0..10).map(|number| format!("{prefix}{number}")).collect();
                assert!(found.eq(&expected), "{name} {prefix}: {events:?}");
            }
        }
    }
}

/// A worker dies at each of its calls, before or after it took effect; another one comes after it.
#[tokio::test]
async fn a_worker_that_dies_at_any_call_loses_nothing() {
    for death in [Death::Before, Death::After] {
        let mut calls = 1;
        loop {
            let world = World::new().await;
            let calm = world.calm().await;
            create(&calm, "g", &["s"]).await;
            subscribe(&calm, "g", "f", "", FUNCTION).await;
            // Some of them too large for an item.
            let mut expected = Vec::new();
            for number in 0..6 {
                world.hand.pass(1);
                expected.push(if number % 3 == 1 { noise(number) } else { format!("event {number}") });
                put(&calm, "g", "s", &[&expected[number as usize]]).await;
            }
            let fuse = Fuse::new(calls, death);
            let mortal = world.process(&fuse).await;
            let _ = watchtrail_subscriptions::handle(&mortal, Event::default()).await;
            // Longer than the dead worker's lease.
            for _ in 0..5 {
                world.hand.pass(MINUTE);
                send(&calm).await;
            }
            let when = format!("{death:?} call {calls}");
            assert_eq!(once(world.receivers.events("pager")), expected, "{when}");
            assert_eq!((waiting(&calm).await, world.objects()), (0, 0), "{when}");
            if fuse.survived() {
                assert_eq!(world.receivers.events("pager").len(), 6, "{when}");
                break;
            }
            calls += 1;
        }
        assert!(calls > 10, "a run makes more calls than {calls}");
    }
}

/// Bytes that do not become fewer: more than an item takes inline on AWS.
fn noise(seed: u64) -> String {
    let mut state = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        char::from(b'a' + (state % 26) as u8)
    };
    (0..40_000).map(|_| next()).collect()
}

/// A writer dies at each of its calls: what it acknowledged is sent, and nothing is sent that is not stored.
#[tokio::test]
async fn a_writer_that_dies_at_any_call_loses_nothing_that_it_acknowledged() {
    for death in [Death::Before, Death::After] {
        let mut calls = 1;
        loop {
            let world = World::new().await;
            let calm = world.calm().await;
            create(&calm, "g", &["s"]).await;
            subscribe(&calm, "g", "f", "", FUNCTION).await;
            let fuse = Fuse::new(calls, death);
            let mortal = world.process(&fuse).await;
            let messages = ["small".to_owned(), noise(1), "small again".to_owned()];
            let mut acknowledged = Vec::new();
            for message in &messages {
                world.hand.pass(1);
                if try_put(&mortal, "g", "s", &[message]).await {
                    acknowledged.push(message.clone());
                }
            }
            send(&calm).await;
            let sent = world.receivers.events("pager");
            let stored = ask(&calm, "FilterLogEvents", json!({ "logGroupName": "g" })).await;
            let stored = stored["events"].as_array().unwrap().iter();
            let stored: Vec<&str> = stored.map(|event| event["message"].as_str().unwrap()).collect();
            assert_eq!(sent, stored, "{death:?} call {calls}");
            assert!(acknowledged.iter().all(|message| sent.contains(message)), "{death:?} call {calls}");
            if fuse.survived() {
                assert_eq!(acknowledged, messages);
                break;
            }
            calls += 1;
        }
        assert!(calls > 5, "three requests make more calls than {calls}");
    }
}

/// A destination that is down keeps its queue, is tried at growing distances, and delays no other; when it is back, everything comes in order.
#[tokio::test]
async fn a_destination_that_is_down_delays_only_itself() {
    for mood in [Mood::Broken, Mood::Gone, Mood::Silent] {
        let world = World::new().await;
        let context = world.calm().await;
        create(&context, "g", &["s"]).await;
        subscribe(&context, "g", "down", "", STREAM).await;
        subscribe(&context, "g", "up", "", FUNCTION).await;
        world.receivers.set("events", Some(mood));
        let mut expected = Vec::new();
        let (mut tries, mut seconds) = (Vec::new(), 0);
        for number in 0..30 {
            world.hand.pass(1);
            expected.push(format!("event {number}"));
            put(&context, "g", "s", &[&expected[number]]).await;
            let report = send(&context).await;
            if report.failures > 0 {
                tries.push(seconds);
            }
            assert_eq!(world.receivers.events("pager"), expected, "{mood:?}");
            world.hand.pass(10 * SECOND - 1);
            seconds += 10;
        }
        assert_eq!(tries, [0, 10, 20, 40, 80, 160], "{mood:?}");
        assert_eq!(world.receivers.events("events"), [] as [&str; 0]);
        world.receivers.set("events", None);
        world.hand.pass(5 * MINUTE);
        send(&context).await;
        assert_eq!(world.receivers.events("events"), expected, "{mood:?}");
        assert_eq!(waiting(&context).await, 0);
        // The next failure is a first one again.
        world.receivers.set("events", Some(mood));
        put(&context, "g", "s", &["later"]).await;
        let report = send(&context).await;
        assert_eq!(report.next_due, Some(context.now().plus_millis(5 * SECOND).millis()));
    }
}

/// What could not be sent for a day is given up, and what is younger is not.
#[tokio::test]
async fn after_a_day_it_is_given_up() {
    let world = World::new().await;
    let context = world.calm().await;
    create(&context, "g", &["s"]).await;
    subscribe(&context, "g", "f", "", STREAM).await;
    world.receivers.set("events", Some(Mood::Broken));
    put(&context, "g", "s", &["old", "older"]).await;
    send(&context).await;
    world.hand.pass(23 * HOUR);
    put(&context, "g", "s", &["young"]).await;
    assert_eq!(send(&context).await.given_up, 0);
    world.hand.pass(2 * HOUR);
    let report = send(&context).await;
    assert_eq!((report.failures, report.given_up), (1, 2));
    world.receivers.set("events", None);
    world.hand.pass(HOUR);
    send(&context).await;
    assert_eq!(world.receivers.events("events"), ["young"]);
    // However old it is, it is tried once.
    put(&context, "g", "s", &["late"]).await;
    world.hand.pass(3 * DAY);
    send(&context).await;
    assert_eq!(world.receivers.events("events"), ["young", "late"]);
}

#[tokio::test]
async fn what_was_deleted_is_not_sent() {
    let world = World::new().await;
    let context = world.calm().await;
    create(&context, "g", &["s"]).await;
    create(&context, "h", &["s"]).await;
    subscribe(&context, "g", "f", "", STREAM).await;
    subscribe(&context, "h", "f", "", STREAM).await;
    put(&context, "g", "s", &["filter deleted"]).await;
    put(&context, "h", "s", &["group deleted", &noise(1)]).await;
    ask(&context, "DeleteSubscriptionFilter", json!({ "logGroupName": "g", "filterName": "f" })).await;
    ask(&context, "DeleteLogGroup", json!({ "logGroupName": "h" })).await;
    create(&context, "h", &["s"]).await;
    subscribe(&context, "h", "f", "", STREAM).await;
    assert_eq!((waiting(&context).await, world.objects() > 0), (2, true));
    send(&context).await;
    assert_eq!(world.receivers.events("events"), [] as [&str; 0]);
    assert_eq!((waiting(&context).await, world.objects()), (0, 0));
    // Nothing is queued any more, in this process or another.
    put(&world.calm().await, "g", "s", &["later"]).await;
    put(&context, "g", "s", &["later"]).await;
    assert_eq!(waiting(&context).await, 0);
}

/// Groups and filters with the longest names that there are.
#[tokio::test]
async fn long_and_strange_names() {
    let world = World::new().await;
    let context = world.calm().await;
    let (group, name, stream) =
        (format!("a#b/{}", "x".repeat(508)), "€#".repeat(256), "[$LATEST]ü#".repeat(46));
    create(&context, &group, &[&stream]).await;
    subscribe(&context, &group, &name, "", STREAM).await;
    put(&context, &group, &stream, &["one"]).await;
    send(&context).await;
    let [got] = &world.receivers.got("events")[..] else { panic!("one message") };
    assert_eq!((&*got.message.log_group, &*got.message.subscription_filters[0]), (&*group, &*name));
    assert_eq!((&*got.message.log_stream, got.key.chars().count()), (&*stream, 256));
}
