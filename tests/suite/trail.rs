//! The trail's delivery under several workers, buckets that are gone, events that come twice, and processes that die between any two of
//! their calls: each event once, in each trail that wants it; and digests that prove it.

use std::collections::BTreeSet;
use std::io::Read as _;
use std::sync::{Arc, Mutex};

use futures::future::join_all;
use ring::signature::{RSA_PKCS1_2048_8192_SHA256, UnparsedPublicKey};
use serde_json::{Value, json};
use watchtrail_core::logs::subscription::Message;
use watchtrail_core::time::{DAY, HOUR, MINUTE, Timestamp};
use watchtrail_core::trail::selectors::Selectors;
use watchtrail_delivery::{Event, Report};
use watchtrail_local::embedded::{EmbeddedDynamoDb, EmbeddedS3, Usage};
use watchtrail_service::edge::SystemEntropy;
use watchtrail_service::{Clock, Context, Settings};
use watchtrail_store::trail::{Attribute, Logging, Lookup, LookupKey, Trail};
use watchtrail_store::{
    Endpoint, Endpoints, Names, Outbound, OutboundError, Port, Scope, Sent, Store, StoreConfig,
};

use crate::processes::{Death, Fuse, Hand, Mortal};

/// The event bus.
#[derive(Clone, Debug, Default)]
struct Bus(Arc<Mutex<Vec<Value>>>);

impl Port for Bus {
    fn event(&self, event: String) {
        self.0.lock().unwrap().push(serde_json::from_str(&event).unwrap());
    }

    fn invoked(&self, _: &str, _: &str, _: Result<(), &OutboundError>) {}

    fn sent(&self, _: &str, _: &Message<'_>, _: Result<Sent, &OutboundError>) {}
}

/// Stores that several processes share.
struct World {
    dynamodb: EmbeddedDynamoDb,
    s3: EmbeddedS3,
    hand: Arc<Hand>,
    bus: Bus,
    files: tempfile::TempDir,
}

fn scope(region: &str) -> Scope {
    Scope { account: "123456789012".to_owned(), region: region.to_owned() }
}

impl World {
    async fn new() -> Self {
        let files = tempfile::tempdir().unwrap();
        let usage = Arc::new(Usage::default());
        let this = Self {
            dynamodb: EmbeddedDynamoDb::memory(Arc::clone(&usage)).unwrap(),
            s3: EmbeddedS3::new(files.path(), usage).unwrap(),
            hand: Hand::at("2026-11-21T12:00:10Z"),
            bus: Bus::default(),
            files,
        };
        this.calm().await.store.create_missing().await.unwrap();
        this.make_bucket("audit");
        this
    }

    fn make_bucket(&self, name: &str) {
        std::fs::create_dir(self.files.path().join(name)).unwrap();
    }

    async fn process(&self, fuse: &Arc<Fuse>) -> Context {
        let mortal = |inner| Endpoint::InProcess(Mortal::client(inner, fuse));
        let endpoints = Endpoints { dynamodb: mortal(self.dynamodb.client()), s3: mortal(self.s3.client()) };
        Context {
            store: Store::over(endpoints, StoreConfig::new(Names::with_prefix("trail"))).await,
            outbound: Outbound { port: Some(Arc::new(self.bus.clone())), ..Outbound::default() },
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

    fn client(&self) -> aws_sdk_s3::Client {
        let config = aws_sdk_s3::Config::builder()
            .behavior_version(aws_sdk_s3::config::BehaviorVersion::latest())
            .http_client(self.s3.client())
            .endpoint_url("http://s3.embedded")
            .region(aws_sdk_s3::config::Region::from_static("us-east-1"))
            .force_path_style(true)
            .allow_no_auth()
            .build();
        aws_sdk_s3::Client::from_conf(config)
    }

    fn now(&self) -> i64 {
        Clock::now(&*self.hand).millis()
    }

    /// The keys of a bucket and what they hold, unpacked.
    fn objects(&self, bucket: &str, kind: &str) -> Vec<(String, String)> {
        fn walk(folder: &std::path::Path, found: &mut Vec<std::path::PathBuf>) {
            for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
                if entry.path().is_dir() { walk(&entry.path(), found) } else { found.push(entry.path()) }
            }
        }
        let root = self.files.path().join(bucket);
        let mut found = Vec::new();
        walk(&root, &mut found);
        found.sort();
        let unpacked = |path: std::path::PathBuf| {
            let key = path.strip_prefix(&root).unwrap().to_str().unwrap().to_owned();
            let mut text = String::new();
            flate2::read::GzDecoder::new(std::fs::File::open(path).unwrap())
                .read_to_string(&mut text)
                .unwrap();
            (key, text)
        };
        let of_kind = |path: &std::path::PathBuf| path.to_str().unwrap().contains(&format!("/{kind}/"));
        found.into_iter().filter(of_kind).map(unpacked).collect()
    }

    /// The ids of all records in the log files of a bucket, sorted.
    fn delivered(&self, bucket: &str) -> Vec<String> {
        let records = self.objects(bucket, "CloudTrail").into_iter().flat_map(|(_, text)| {
            let file: Value = serde_json::from_str(&text).unwrap();
            file["Records"].as_array().unwrap().clone()
        });
        let mut ids: Vec<String> =
            records.map(|record| record["eventID"].as_str().unwrap().to_owned()).collect();
        ids.sort();
        ids
    }
}

fn record(id: &str, at: i64) -> String {
    json!({
        "eventVersion": "1.11", "eventID": id, "eventTime": Timestamp::from_millis(at / 1_000 * 1_000).to_string(),
        "eventSource": "s3.amazonaws.com", "eventName": "DeleteBucket", "eventType": "AwsApiCall", "readOnly": false,
        "eventCategory": "Management", "managementEvent": true,
        "userIdentity": { "type": "IAMUser", "userName": "ann", "accessKeyId": "AKIA1" },
    })
    .to_string()
}

fn trail(world: &World, name: &str, bucket: &str) -> Trail {
    let from = world.now();
    Trail {
        scope: scope("us-east-1"),
        name: name.to_owned(),
        id: format!("id-{name}"),
        bucket: bucket.to_owned(),
        prefix: None,
        topic: None,
        global_service_events: true,
        multi_region: false,
        organization: false,
        validated_since: None,
        log_group: None,
        log_role: None,
        kms_key: None,
        selectors: Selectors::default(),
        insights: vec![],
        logging: vec![Logging { from, to: None }],
        created: from,
        started: Some(from),
        stopped: None,
    }
}

async fn append(context: &Context, region: &str, records: &[String]) -> bool {
    let records: Vec<&str> = records.iter().map(String::as_str).collect();
    let now = context.now();
    context.store.trail.append(&scope(region), &records, context.ulid(now), now).await.is_ok()
}

async fn deliver(context: &Context) -> Report {
    watchtrail_delivery::handle(context, Event::default()).await.unwrap()
}

async fn look_up(context: &Context, after: Option<LookupKey>, limit: usize) -> Vec<String> {
    let lookup = Lookup { range: 0..i64::MAX, attributes: vec![], after, limit };
    let found = context.store.trail.lookup(&scope("us-east-1"), &lookup, context.now()).await.unwrap();
    found
        .iter()
        .map(|json| serde_json::from_str::<Value>(json).unwrap()["eventID"].as_str().unwrap().to_owned())
        .collect()
}

#[tokio::test]
async fn an_event_counts_once_whenever_it_comes_again() {
    let world = World::new().await;
    let context = world.calm().await;
    let mine = trail(&world, "mine", "audit");
    context.store.trail.put_trail(None, &mine).await.unwrap();
    let start = world.now();
    let of = |number: i64| record(&format!("e-{number:02}"), start + number * 1_000);
    assert!(append(&context, "us-east-1", &[of(1), of(2), of(1)]).await);
    assert!(append(&context, "us-east-1", &[of(2), "{}".to_owned(), of(3)]).await);
    assert_eq!(look_up(&context, None, 9).await, ["e-03", "e-02", "e-01"]);
    world.hand.pass(6 * MINUTE);
    assert_eq!(deliver(&context).await.files, 1);
    assert_eq!(look_up(&context, None, 9).await, ["e-03", "e-02", "e-01"]);
    // In a later generation, by another process, and after the day was merged.
    let mut merged = 0;
    for (pass, new) in [(MINUTE, 4), (MINUTE, 5), (2 * DAY, 6), (3 * DAY, 7)] {
        world.hand.pass(pass);
        let other = world.calm().await;
        assert!(append(&other, "us-east-1", &[of(1), of(3), of(new)]).await);
        world.hand.pass(6 * MINUTE);
        merged += deliver(&other).await.rolled;
    }
    let last = world.calm().await;
    assert_eq!(merged, 2);
    let all = ["e-01", "e-02", "e-03", "e-04", "e-05", "e-06", "e-07"];
    assert_eq!(world.delivered("audit"), all);
    let newest: Vec<&str> = all.iter().rev().copied().collect();
    assert_eq!(look_up(&last, None, 9).await, newest);
    assert_eq!(look_up(&last, None, 2).await, newest[..2]);
    let after = LookupKey { time: (start + 6_000) / 1_000 * 1_000, id: "e-06".to_owned() };
    assert_eq!(look_up(&last, Some(after), 3).await, newest[2..5]);
    let of_ann = vec![(Attribute::Username, "ann".to_owned()), (Attribute::EventId, "e-05".to_owned())];
    let lookup = Lookup { range: 0..i64::MAX, attributes: of_ann, after: None, limit: 5 };
    assert_eq!(last.store.trail.lookup(&scope("us-east-1"), &lookup, last.now()).await.unwrap(), [of(5)]);
    assert_eq!(last.store.trail.status(&mine).await.unwrap().aside.count, 1);
    let bus: Vec<Value> = world.bus.0.lock().unwrap().clone();
    assert_eq!(bus.len(), 7);
    assert_eq!(
        (&bus[0]["source"], &bus[0]["detail-type"]),
        (&json!("aws.s3"), &json!("AWS API Call via CloudTrail"))
    );
    assert_eq!(bus[0]["detail"]["eventID"], "e-01");
}

#[tokio::test]
async fn each_trail_gets_its_own_and_a_bucket_that_is_gone_delays_only_itself() {
    let world = World::new().await;
    let context = world.calm().await;
    let home = trail(&world, "home", "audit");
    let all = Trail { multi_region: true, ..trail(&world, "all", "gone") };
    for trail in [&home, &all] {
        context.store.trail.put_trail(None, trail).await.unwrap();
    }
    let now = world.now();
    assert!(append(&context, "us-east-1", &[record("a", now)]).await);
    assert!(append(&context, "eu-west-1", &[record("b", now)]).await);
    world.hand.pass(6 * MINUTE);
    let report = deliver(&context).await;
    assert_eq!((report.files, report.failures), (1, 2));
    assert_eq!(report.next_due, Some(world.now() + 30_000));
    assert_eq!(world.delivered("audit"), ["a"]);
    let status = context.store.trail.status(&all).await.unwrap();
    assert_eq!((status.delivery_error.as_deref(), status.delivered), (Some("NoSuchBucket"), None));
    assert_eq!(context.store.trail.status(&home).await.unwrap().delivered, Some(world.now()));
    world.hand.pass(DAY);
    assert!(append(&context, "us-east-1", &[record("c", now + DAY)]).await);
    world.hand.pass(6 * MINUTE);
    deliver(&context).await;
    world.make_bucket("gone");
    world.hand.pass(HOUR);
    assert_eq!(deliver(&context).await.failures, 0);
    assert_eq!(world.delivered("gone"), ["a", "b", "c"]);
    assert_eq!(world.delivered("audit"), ["a", "c"]);
    let status = context.store.trail.status(&all).await.unwrap();
    assert_eq!((status.delivery_error, status.delivered), (None, Some(world.now())));
}

fn unhex(text: &str) -> Vec<u8> {
    (0..text.len() / 2).map(|at| u8::from_str_radix(&text[2 * at..2 * at + 2], 16).unwrap()).collect()
}

fn sha256(text: &str) -> String {
    let hash = ring::digest::digest(&ring::digest::SHA256, text.as_bytes());
    hash.as_ref()
        .iter()
        .flat_map(|byte| [byte >> 4, byte & 15])
        .map(|digit| char::from(b"0123456789abcdef"[usize::from(digit)]))
        .collect()
}

/// Follows a chain from its beginning; the keys of the log files that it proves. A digest's own signature is what the next one says it is.
async fn validate(world: &World, context: &Context, bucket: &str) -> Vec<String> {
    let keys = context.store.trail.public_keys(&scope("us-east-1"), 0..=i64::MAX).await.unwrap();
    let logs = world.objects(bucket, "CloudTrail");
    let digests = world.objects(bucket, "CloudTrail-Digest");
    let (mut proved, mut before): (Vec<String>, Option<(String, Value, String)>) = (Vec::new(), None);
    for (key, text) in digests {
        let digest: Value = serde_json::from_str(&text).unwrap();
        assert_eq!(digest["digestS3Object"], key);
        if let Some((previous_key, previous, previous_text)) = &before {
            assert_eq!(digest["previousDigestS3Object"], *previous_key);
            assert_eq!(digest["previousDigestHashValue"], sha256(previous_text));
            assert_eq!(digest["digestStartTime"], previous["digestEndTime"]);
            let signed = format!(
                "{}\n{bucket}/{previous_key}\n{}\n{}",
                previous["digestEndTime"].as_str().unwrap(),
                sha256(previous_text),
                previous["previousDigestSignature"].as_str().unwrap_or("null")
            );
            let name = &previous["digestPublicKeyFingerprint"];
            let public = keys.iter().find(|key| key.fingerprint == *name).unwrap();
            let signature = unhex(digest["previousDigestSignature"].as_str().unwrap());
            let public = UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, &public.der);
            assert!(public.verify(signed.as_bytes(), &signature).is_ok(), "{previous_key}");
        } else {
            assert_eq!(digest["previousDigestSignature"], Value::Null);
        }
        for file in digest["logFiles"].as_array().unwrap() {
            let (key, text) = logs.iter().find(|(key, _)| file["s3Object"] == key.as_str()).unwrap();
            assert_eq!(file["hashValue"], sha256(text));
            proved.push(key.clone());
        }
        before = Some((key, digest, text));
    }
    proved
}

#[tokio::test]
async fn digests_of_ten_hours_prove_every_file() {
    let world = World::new().await;
    let context = world.calm().await;
    // So long a name that the local S3 has to keep the metadata elsewhere.
    let mine = trail(&world, &"mine".repeat(20), "audit");
    let mine = Trail { validated_since: Some(world.now()), ..mine };
    context.store.trail.put_trail(None, &mine).await.unwrap();
    for hour in 0..10 {
        if hour % 3 != 1 {
            assert!(append(&context, "us-east-1", &[record(&format!("e-{hour}"), world.now())]).await);
        }
        world.hand.pass(10 * MINUTE);
        // Two workers at once.
        let other = world.calm().await;
        tokio::join!(deliver(&context), deliver(&other));
        world.hand.pass(50 * MINUTE);
    }
    // A pause is caught up hour by hour.
    world.hand.pass(5 * HOUR);
    let report = deliver(&context).await;
    assert_eq!(report.digests, 6);
    assert_eq!(report.next_due.map(|at| at % HOUR), Some(0));
    assert_eq!(world.objects("audit", "CloudTrail-Digest").len(), 15);
    let digests = world.objects("audit", "CloudTrail-Digest");
    let next: Value = serde_json::from_str(&digests[1].1).unwrap();
    let first = world.client().head_object().bucket("audit").key(&digests[0].0).send().await.unwrap();
    let metadata = first.metadata().unwrap();
    assert_eq!(next["previousDigestSignature"], *metadata["signature"]);
    assert_eq!(metadata["signature-algorithm"], "SHA256withRSA");
    let proved = validate(&world, &context, "audit").await;
    let files: Vec<String> = world.objects("audit", "CloudTrail").into_iter().map(|(key, _)| key).collect();
    assert_eq!((proved.len(), proved.into_iter().collect::<BTreeSet<_>>()), (7, files.into_iter().collect()));
    assert!(context.store.trail.status(&mine).await.unwrap().digested.is_some());
}

#[tokio::test]
async fn racing_workers_deliver_each_event_once() {
    let world = World::new().await;
    let calm = world.calm().await;
    for name in ["one", "two"] {
        let trail = trail(&world, name, "audit");
        calm.store.trail.put_trail(None, &Trail { prefix: Some(name.to_owned()), ..trail }).await.unwrap();
    }
    let mut expected = Vec::new();
    for number in 0..20 {
        let id = format!("e-{number:02}");
        expected.extend([id.clone(), id.clone()]);
        assert!(append(&calm, "us-east-1", &[record(&id, world.now())]).await);
        world.hand.pass(3 * MINUTE);
        let workers = join_all((0..3).map(|_| world.calm())).await;
        join_all(workers.iter().map(deliver)).await;
    }
    world.hand.pass(6 * MINUTE);
    deliver(&calm).await;
    assert_eq!(world.delivered("audit"), expected);
}

/// A worker dies at each of its calls, before or after it took effect; another one comes after it.
#[tokio::test]
async fn a_worker_that_dies_at_any_call_loses_nothing_and_doubles_nothing() {
    for death in [Death::Before, Death::After] {
        let mut calls = 1;
        loop {
            let world = World::new().await;
            let calm = world.calm().await;
            // One digest is due at once.
            let before = world.now() - HOUR;
            let logging = vec![Logging { from: before, to: None }];
            let mine = trail(&world, "mine", "audit");
            let mine = Trail { validated_since: Some(before), logging, ..mine };
            calm.store.trail.put_trail(None, &mine).await.unwrap();
            let now = world.now();
            assert!(append(&calm, "us-east-1", &[record("a", now), record("b", now)]).await);
            world.hand.pass(6 * MINUTE);
            let fuse = Fuse::new(calls, death);
            let mortal = world.process(&fuse).await;
            let _ = watchtrail_delivery::handle(&mortal, Event::default()).await;
            assert!(append(&calm, "us-east-1", &[record("b", now), record("c", now)]).await);
            for _ in 0..3 {
                world.hand.pass(30 * MINUTE);
                deliver(&calm).await;
            }
            let when = format!("{death:?} call {calls}");
            assert_eq!(world.delivered("audit"), ["a", "b", "c"], "{when}");
            assert_eq!(look_up(&calm, None, 9).await.len(), 3, "{when}");
            let files = world.objects("audit", "CloudTrail").len();
            assert_eq!(validate(&world, &calm, "audit").await.len(), files, "{when}");
            if fuse.survived() {
                break;
            }
            calls += 1;
        }
        assert!(calls > 10, "a run makes more calls than {calls}");
    }
}

#[tokio::test]
async fn a_trails_log_group_gets_each_event_once() {
    let world = World::new().await;
    let context = world.calm().await;
    let arn = "arn:aws:logs:us-east-1:123456789012:log-group:audit:*";
    let mine = Trail { log_group: Some(arn.to_owned()), ..trail(&world, "mine", "audit") };
    context.store.trail.put_trail(None, &mine).await.unwrap();
    assert!(append(&context, "us-east-1", &[record("a", world.now())]).await);
    world.hand.pass(6 * MINUTE);
    deliver(&context).await;
    let error = context.store.trail.status(&mine).await.unwrap().log_error;
    assert_eq!(error.as_deref(), Some("ResourceNotFoundException: The specified log group does not exist."));
    assert_eq!(world.delivered("audit"), ["a"]);
    let ask = async |operation: &str, body: Value| {
        let request = http::Request::post("/")
            .header("content-type", "application/x-amz-json-1.1")
            .header("x-amz-target", format!("Logs_20140328.{operation}"))
            .body(body.to_string().into())
            .unwrap();
        let answer = watchtrail_logs::handle(&context, request).await;
        serde_json::from_slice::<Value>(answer.body()).unwrap_or_default()
    };
    ask("CreateLogGroup", json!({ "logGroupName": "audit" })).await;
    for _ in 0..2 {
        world.hand.pass(20 * MINUTE);
        deliver(&context).await;
    }
    let found = ask("FilterLogEvents", json!({ "logGroupName": "audit" })).await;
    // The call that made the group is recorded, too.
    let [event, made] = &found["events"].as_array().unwrap()[..] else { panic!("{found}") };
    assert_eq!(event["logStreamName"], "123456789012_CloudTrail_us-east-1");
    assert!(event["message"].as_str().unwrap().contains("\"eventID\":\"a\""));
    assert!(made["message"].as_str().unwrap().contains("CreateLogGroup"));
    assert_eq!(context.store.trail.status(&mine).await.unwrap().log_error, None);
}
