//! The sample events of `events/`, which people send by `cargo lambda invoke` and `sam local invoke`: each is parsed into
//! the type that its function takes, and handled by the function's own code.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use aws_smithy_types::base64;
use serde_json::{Value, json};
use watchtrail_core::time::{Day, MINUTE, Timestamp};
use watchtrail_local::embedded::{EmbeddedDynamoDb, EmbeddedS3, Usage};
use watchtrail_service::edge::SystemEntropy;
use watchtrail_service::{Clock, Context, Settings};
use watchtrail_store::keys::{item, object};
use watchtrail_store::{Endpoint, Endpoints, Names, Partition, Scope, Store, StoreConfig};
use watchtrail_trail::{Received, TrailEvent};

/// The files, of which each has to be used.
struct Samples {
    folder: PathBuf,
    unused: BTreeSet<String>,
}

impl Samples {
    fn new() -> Self {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../events");
        let files = std::fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path());
        let samples = files.filter(|file| file.extension().is_some_and(|extension| extension == "json"));
        let unused = samples.map(|file| file.file_name().unwrap().to_str().unwrap().to_owned()).collect();
        Self { folder, unused }
    }

    fn text(&mut self, name: &str) -> String {
        let file = format!("{name}.json");
        self.unused.remove(&file);
        std::fs::read_to_string(self.folder.join(file)).unwrap()
    }
}

/// A clock that stands still.
struct Hand(AtomicI64);

impl Clock for Hand {
    fn now(&self) -> Timestamp {
        Timestamp::from_millis(self.0.load(Ordering::Relaxed))
    }
}

/// What the functions' `main`s have, but with stores in this process and no scheduler beside it.
struct World {
    context: Context,
    hand: Arc<Hand>,
    s3: aws_sdk_s3::Client,
    _files: tempfile::TempDir,
}

impl World {
    async fn new() -> Self {
        let files = tempfile::tempdir().unwrap();
        let usage = Arc::new(Usage::default());
        let dynamodb = EmbeddedDynamoDb::memory(Arc::clone(&usage)).unwrap();
        let s3 = EmbeddedS3::new(files.path(), usage).unwrap();
        let endpoints = Endpoints {
            dynamodb: Endpoint::InProcess(dynamodb.client()),
            s3: Endpoint::InProcess(s3.client()),
        };
        let store = Store::over(endpoints, StoreConfig::new(Names::with_prefix("events"))).await;
        store.create_missing().await.unwrap();
        let now = Timestamp::parse_rfc3339("2026-11-21T12:00:00Z").unwrap();
        let hand = Arc::new(Hand(AtomicI64::new(now.millis())));
        let context = Context {
            outbound: watchtrail_store::Outbound::default(),
            store,
            clock: Arc::clone(&hand) as Arc<dyn Clock>,
            entropy: Arc::new(SystemEntropy),
            meter: Arc::new(watchtrail_service::NoMeter),
            settings: Settings::default(),
            gate: None,
        };
        let s3 = aws_sdk_s3::Config::builder()
            .behavior_version(aws_sdk_s3::config::BehaviorVersion::latest())
            .http_client(s3.client())
            .endpoint_url("http://s3.embedded")
            .region(aws_sdk_s3::config::Region::from_static("us-east-1"))
            .force_path_style(true)
            .allow_no_auth()
            .build();
        Self { context, hand, s3: aws_sdk_s3::Client::from_conf(s3), _files: files }
    }

    /// The metrics function, from the event that Lambda sends to the body of its answer.
    async fn ask(&self, event: &str) -> Value {
        serde_json::from_slice(&self.ask_for_bytes(event).await).unwrap_or_default()
    }

    /// The same where the answer is no JSON.
    async fn ask_for_bytes(&self, event: &str) -> Vec<u8> {
        let request = lambda_http::request::from_str(event).unwrap();
        let request = request.map(|body| body.to_vec().into());
        let answer = watchtrail_metrics::handle(&self.context, request).await;
        assert_eq!(answer.status(), 200, "{answer:?}");
        answer.into_body().into()
    }

    /// The logs function, asked by its URL.
    async fn ask_logs(&self, event: &str) -> Value {
        let request = lambda_http::request::from_str(event).unwrap();
        let request = request.map(|body| body.to_vec().into());
        let answer = watchtrail_logs::handle(&self.context, request).await;
        assert_eq!(answer.status(), 200, "{answer:?}");
        serde_json::from_slice(answer.body()).unwrap_or_default()
    }

    /// The trail function, asked by its URL.
    async fn ask_trail(&self, event: &str) -> Value {
        let request = lambda_http::request::from_str(event).unwrap();
        let request = request.map(|body| body.to_vec().into());
        let answer = watchtrail_trail::handle(&self.context, request).await;
        assert_eq!(answer.status(), 200, "{answer:?}");
        serde_json::from_slice(answer.body()).unwrap_or_default()
    }

    /// The logs function, invoked by a subscription filter of a real account.
    async fn take_in(&self, event: &str) -> watchtrail_logs::Report {
        let event: watchtrail_logs::LogsEvent = serde_json::from_str(event).unwrap();
        watchtrail_logs::take_in(&self.context, &event.awslogs.unwrap().data).await.unwrap()
    }

    async fn send(&self, event: &str) -> watchtrail_subscriptions::Report {
        let event: watchtrail_subscriptions::Event = serde_json::from_str(event).unwrap();
        watchtrail_subscriptions::handle(&self.context, event).await.unwrap()
    }

    async fn evaluate(&self, event: &str) -> watchtrail_alarms::Report {
        let event: watchtrail_alarms::Event = serde_json::from_str(event).unwrap();
        watchtrail_alarms::minute(
            &self.context,
            "arn:aws:lambda:us-east-1:123456789012:function:alarms",
            event,
        )
        .await
        .unwrap()
    }

    async fn deliver(&self, event: &str) -> watchtrail_delivery::Report {
        let event: watchtrail_delivery::Event = serde_json::from_str(event).unwrap();
        watchtrail_delivery::handle(&self.context, event).await.unwrap()
    }

    async fn retain(&self, event: &str) -> watchtrail_retention::Report {
        let event: watchtrail_retention::Event = serde_json::from_str(event).unwrap();
        watchtrail_retention::handle(&self.context, event).await.unwrap()
    }
}

#[tokio::test]
async fn sample_events_are_handled() {
    let mut samples = Samples::new();
    let world = World::new().await;
    let put = samples.text("url-put-metric-data");
    let statistics = samples.text("url-get-metric-statistics");

    world.ask(&put).await;
    let listed = world.ask(&samples.text("url-list-metrics")).await;
    let names =
        listed["Metrics"].as_array().unwrap().iter().map(|metric| metric["MetricName"].as_str().unwrap());
    assert_eq!(names.collect::<BTreeSet<_>>(), BTreeSet::from(["Latency", "Orders"]));
    // An empty map.
    assert_eq!(world.ask_for_bytes(&samples.text("url-put-metric-data-cbor")).await, [0xa0]);
    let listed = world.ask_for_bytes(&samples.text("url-list-metrics-query")).await;
    assert!(String::from_utf8(listed).unwrap().contains("<MetricName>Visits</MetricName>"));
    let data = world.ask(&samples.text("url-get-metric-data")).await;
    assert_eq!(data["MetricDataResults"][0]["Values"], json!([42.0]), "{data}");

    // Lambda encodes bodies whose content type it does not know for text.
    world.ask(&encoded(&put)).await;
    let twice = world.ask(&statistics).await;
    assert_eq!(
        (&twice["Datapoints"][0]["Sum"], &twice["Datapoints"][0]["SampleCount"]),
        (&json!(84.0), &json!(2.0))
    );

    // The sample's data point was put when the clock stood at noon: a minute later its alarm sees it.
    world.ask(&samples.text("url-put-metric-alarm")).await;
    world.hand.0.fetch_add(MINUTE, Ordering::Relaxed);
    let report = world.evaluate(&samples.text("schedule-alarms")).await;
    assert_eq!((report.evaluated, report.transitions), (1, 1), "{report:?}");
    let alarms = world.ask(&samples.text("url-describe-alarms")).await;
    assert_eq!(alarms["MetricAlarms"][0]["StateValue"], "ALARM", "{alarms}");

    let delivery = samples.text("schedule-delivery");
    assert_eq!(world.deliver(&delivery).await.generations, 0, "delivered before it was due");
    world.hand.0.fetch_add(6 * MINUTE, Ordering::Relaxed);
    let report = world.deliver(&delivery).await;
    // The metrics, and the audit records of what was asked.
    assert_eq!((report.generations, report.failures), (2, 0), "{report:?}");
    assert_eq!(world.ask(&statistics).await, twice, "delivery changed what is read");

    removes_what_expired(&world, &samples.text("stream-retention")).await;
    let report = world.retain(&samples.text("schedule-retention")).await;
    assert_eq!(report.batch_item_failures, []);
    assert_eq!(world.ask(&statistics).await, twice, "the sweep changed what is read");

    logs_are_taken_in(&world, &mut samples).await;
    let report = world.send(&samples.text("schedule-subscriptions")).await;
    assert_eq!((report.queues, report.failures), (0, 0), "{report:?}");

    audit_records_are_taken_in(&world, &mut samples).await;

    assert_eq!(samples.unused, BTreeSet::new(), "these have no test");
}

async fn logs_are_taken_in(world: &World, samples: &mut Samples) {
    let (event, question) = (samples.text("subscription-logs"), samples.text("url-filter-log-events"));
    for name in ["url-create-log-group", "url-create-log-stream"] {
        world.ask_logs(&samples.text(name)).await;
    }
    let put = world.ask_logs(&samples.text("url-put-log-events")).await;
    assert!(put.get("rejectedLogEventsInfo").is_none(), "{put}");
    // A request by the URL is none of these.
    assert!(serde_json::from_str::<watchtrail_logs::LogsEvent>(&question).unwrap().awslogs.is_none());
    let report = world.take_in(&event).await;
    assert_eq!((report.stored, report.repeated, report.rejected), (2, 0, 0));
    // Lambda's second try.
    let report = world.take_in(&event).await;
    assert_eq!((report.stored, report.repeated, report.rejected), (0, 2, 0));
    let found = world.ask_logs(&question).await;
    let [found] = &found["events"].as_array().unwrap()[..] else { panic!("{found}") };
    assert_eq!(found["logStreamName"], "2026/11/21/[$LATEST]a1b2c3d4e5f60718293a4b5c6d7e8f90");
    assert!(found["message"].as_str().unwrap().contains("no such order"));
}

/// An event and a notice of a file by SQS, both twice, and the file once more by a backfill.
async fn audit_records_are_taken_in(world: &World, samples: &mut Samples) {
    let event = samples.text("queue-trail");
    let question = samples.text("url-lookup-events");
    let asked = |text: &str| TrailEvent::parse(text).unwrap();
    assert!(asked(&question).is_none());
    let Some(TrailEvent::Messages(messages)) = asked(&event) else { panic!("{event}") };
    let Some(TrailEvent::Backfill(backfill)) = asked(&samples.text("backfill-trail")) else { panic!() };
    let notice: Value = serde_json::from_str(messages.records[1].body.as_ref().unwrap()).unwrap();
    let key = notice["Records"][0]["s3"]["object"]["key"].as_str().unwrap();
    let mut record: Value = serde_json::from_str(messages.records[0].body.as_ref().unwrap()).unwrap();
    let mut record = record["detail"].take();
    record["eventID"] = "another".into();
    let file = json!({ "Records": [record, { "eventID": "no time" }] }).to_string();
    world.s3.create_bucket().bucket(&backfill.bucket).send().await.unwrap();
    let put = world.s3.put_object().bucket(&backfill.bucket).key(key).body(file.into_bytes().into());
    put.send().await.unwrap();

    for _ in 0..2 {
        let answer = watchtrail_trail::take_in(&world.context, &messages).await;
        assert_eq!(answer.batch_item_failures, []);
    }
    assert_eq!(world.ask_trail(&samples.text("url-create-trail")).await["S3BucketName"], *backfill.bucket);
    world.ask_trail(&samples.text("url-start-logging")).await;
    for name in ["queue-api-call", "queue-file-notice", "eventbridge-trail"] {
        let answer = watchtrail_trail::receive(&world.context, &asked(&samples.text(name)).unwrap()).await;
        let Received::Batch(answer) = answer.unwrap() else { panic!("{name}") };
        assert_eq!(answer.batch_item_failures, [], "{name}");
    }
    let report = watchtrail_trail::backfill(&world.context, &backfill).await.unwrap();
    assert_eq!((report.files, report.records, report.aside, report.next), (1, 1, 1, None));
    let found = world.ask_trail(&question).await;
    let ids = found["Events"].as_array().unwrap().iter().map(|event| event["EventId"].as_str().unwrap());
    assert_eq!(
        ids.collect::<BTreeSet<_>>(),
        BTreeSet::from(["1a2b3c4d-5e6f-4a0b-9c8d-7e6f5a4b3c2d", "another"])
    );
    assert_eq!(found["Events"].as_array().unwrap().len(), 2, "{found}");
    let aside = world
        .s3
        .list_objects_v2()
        .bucket(Names::with_prefix("events").bucket)
        .prefix("trail-aside/")
        .send()
        .await
        .unwrap();
    assert!(aside.key_count().unwrap_or_default() > 0, "nothing was kept aside");
}

/// The same event with its body in base64.
fn encoded(event: &str) -> String {
    let mut event: Value = serde_json::from_str(event).unwrap();
    event["body"] = base64::encode(event["body"].as_str().unwrap()).into();
    event["isBase64Encoded"] = true.into();
    event.to_string()
}

async fn removes_what_expired(world: &World, event: &str) {
    let record = serde_json::from_str::<Value>(event).unwrap()["Records"][0]["dynamodb"].take();
    let old = |name: &str| record["OldImage"][name]["S"].as_str().unwrap().to_owned();
    let (key, pk, sk) = (old("object"), old("pk"), old("sk"));
    // The sample's names are those that the store gives.
    let scope = Scope { account: "123456789012".into(), region: "us-east-1".into() };
    let partition = Partition::metrics(scope, "Shop");
    let day = Day::parse("2026-11-06").unwrap();
    assert_eq!((pk, sk), (item::index(&partition), item::segment(day, 60, false, 12)));
    assert_eq!(key, object::segment(&partition, day, 60, object::Span::Delivered(12), 0x00c0_ffee_00c0_ffee));
    assert_eq!(record["Keys"]["pk"], record["OldImage"]["pk"]);
    assert_eq!(record["Keys"]["sk"], record["OldImage"]["sk"]);

    let bucket = Names::with_prefix("events").bucket;
    world.s3.put_object().bucket(&bucket).key(&key).send().await.unwrap();
    let report = world.retain(event).await;
    assert_eq!((report.deleted, report.batch_item_failures), (1, vec![]));
    let left = world.s3.list_objects_v2().bucket(&bucket).prefix(&key).send().await.unwrap();
    assert_eq!(left.contents(), []);
}
