//! Stores that the processes of a test share, and what is asked of these.

use std::collections::BTreeMap;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use aws_sdk_s3::config::retry::RetryConfig;
use aws_sdk_s3::config::timeout::TimeoutConfig;
use aws_sdk_s3::config::{BehaviorVersion, Region, SharedAsyncSleep, StalledStreamProtectionConfig};
use serde_json::{Value, json};
use watchtrail_core::time::{MINUTE, SECOND};
use watchtrail_local::Notifications;
use watchtrail_local::embedded::sns::World as SnsWorld;
use watchtrail_local::embedded::{EmbeddedDynamoDb, EmbeddedS3, EmbeddedSns, Usage};
use watchtrail_service::edge::SystemEntropy;
use watchtrail_service::{Clock, Context, Settings};
use watchtrail_store::{Names, Outbound, Scope, Store, StoreConfig};

use super::inject::{Case, Injector, NoWait, Retries, Service};
use crate::processes::Hand;

pub(crate) const TOPIC: &str = "arn:aws:sns:us-east-1:123456789012:ops";
const PREFIX: &str = "faults";

/// Stores and an SNS that processes share.
pub(crate) struct World {
    dynamodb: EmbeddedDynamoDb,
    s3: EmbeddedS3,
    sns: EmbeddedSns,
    notifications: Arc<Notifications>,
    pub(crate) hand: Arc<Hand>,
    files: tempfile::TempDir,
}

pub(crate) fn scope() -> Scope {
    Scope { account: "123456789012".to_owned(), region: "us-east-1".to_owned() }
}

/// The settings that all of an SDK's clients of a test have.
macro_rules! config {
    ($sdk:ident, $client:expr, $retries:expr) => {
        $sdk::Config::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::from_static("us-east-1"))
            .endpoint_url("http://service.embedded")
            .http_client($client)
            .allow_no_auth()
            .retry_config(match $retries {
                Retries::None => RetryConfig::disabled(),
                Retries::Sdk => RetryConfig::standard(),
            })
            .sleep_impl(SharedAsyncSleep::new(NoWait))
            .timeout_config(TimeoutConfig::disabled())
            .stalled_stream_protection(StalledStreamProtectionConfig::disabled())
    };
}

impl World {
    pub(crate) async fn new() -> Self {
        let files = tempfile::tempdir().unwrap();
        let usage = Arc::new(Usage::default());
        let hand = Hand::at("2026-11-21T12:00:10Z");
        let notifications = Arc::new(Notifications::default());
        let world = SnsWorld {
            notifications: Arc::clone(&notifications),
            clock: Arc::clone(&hand) as Arc<dyn Clock>,
            entropy: Arc::new(SystemEntropy),
            settings: Settings::default(),
        };
        let this = Self {
            dynamodb: EmbeddedDynamoDb::memory(Arc::clone(&usage)).unwrap(),
            s3: EmbeddedS3::new(files.path(), usage).unwrap(),
            sns: EmbeddedSns::open(&files.path().join("sns.json"), world).unwrap(),
            notifications,
            hand,
            files,
        };
        this.calm().store.create_missing().await.unwrap();
        std::fs::create_dir(this.files.path().join("audit")).unwrap();
        let create = http::Request::post("/")
            .header("content-type", "application/x-www-form-urlencoded")
            .body("Action=CreateTopic&Version=2010-03-31&Name=ops".into())
            .unwrap();
        assert_eq!(this.sns.answer(create).status(), 200);
        this
    }

    /// A process with a memory of its own.
    pub(crate) fn process(&self, injector: &Arc<Injector>) -> Context {
        let retries = injector.case.retries;
        let client = injector.client(Service::DynamoDb, self.dynamodb.client());
        let dynamodb =
            aws_sdk_dynamodb::Client::from_conf(config!(aws_sdk_dynamodb, client, retries).build());
        let client = injector.client(Service::S3, self.s3.client());
        let s3 = config!(aws_sdk_s3, client, retries).force_path_style(true).build();
        let client = injector.client(Service::Sns, self.sns.client());
        let credentials = aws_sdk_s3::config::Credentials::new("test", "test", None, None, "tests");
        let sns = config!(aws_sdk_sns, client, retries).credentials_provider(credentials).build();
        // A small limit, so that bodies go both ways.
        let config = StoreConfig {
            inline_limit: 200,
            settled_rows: 8,
            ..StoreConfig::new(Names::with_prefix(PREFIX))
        };
        Context {
            store: Store::new(dynamodb, aws_sdk_s3::Client::from_conf(s3), config),
            outbound: Outbound { sns: Some(aws_sdk_sns::Client::from_conf(sns)), ..Outbound::default() },
            clock: Arc::clone(&self.hand) as Arc<dyn Clock>,
            entropy: Arc::new(SystemEntropy),
            meter: Arc::new(watchtrail_service::NoMeter),
            gate: None,
            settings: Settings::default(),
        }
    }

    /// A process without faults.
    pub(crate) fn calm(&self) -> Context {
        self.process(&Injector::new(Case::CALM, &self.hand))
    }

    pub(crate) fn now(&self) -> i64 {
        Clock::now(&*self.hand).millis()
    }

    /// The ids of the messages that were published.
    pub(crate) fn published(&self) -> Vec<String> {
        self.notifications.all().iter().map(|told| told["id"].as_str().unwrap().to_owned()).collect()
    }

    /// The keys of a bucket's objects.
    pub(crate) fn keys(&self, bucket: &str) -> Vec<String> {
        fn walk(folder: &Path, found: &mut Vec<PathBuf>) {
            for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
                if entry.path().is_dir() { walk(&entry.path(), found) } else { found.push(entry.path()) }
            }
        }
        let root = self.files.path().join(bucket);
        let mut found = Vec::new();
        walk(&root, &mut found);
        let mut keys: Vec<String> =
            found.iter().map(|path| path.strip_prefix(&root).unwrap().to_str().unwrap().to_owned()).collect();
        keys.sort();
        keys
    }

    /// The keys of the data bucket, without the names that no two runs have in common.
    pub(crate) fn data(&self) -> Vec<String> {
        self.keys(&Names::with_prefix(PREFIX).bucket).iter().map(|key| plain(key)).collect()
    }

    pub(crate) fn put_file(&self, bucket: &str, key: &str, body: &[u8]) {
        let path = self.files.path().join(bucket).join(key);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, body).unwrap();
    }

    /// A gzipped object of the trails' bucket.
    pub(crate) fn unzipped(&self, key: &str) -> Value {
        let file = std::fs::File::open(self.files.path().join("audit").join(key)).unwrap();
        let mut text = String::new();
        flate2::read::GzDecoder::new(file).read_to_string(&mut text).unwrap();
        serde_json::from_str(&text).unwrap()
    }

    /// All items of a table: keys and what else they hold.
    pub(crate) fn items(&self, table: &str) -> Vec<Value> {
        let ask = json!({ "TableName": table, "ConsistentRead": true });
        let (status, answer) = self.dynamodb.answer("DynamoDB_20120810.Scan", ask.to_string().as_bytes());
        let answer: Value = serde_json::from_slice(&answer).unwrap();
        assert!(status == 200 && answer["LastEvaluatedKey"].is_null(), "{status} {answer}");
        answer["Items"].as_array().unwrap().clone()
    }

    pub(crate) fn put_item(&self, table: &str, item: &Value) {
        let ask = json!({ "TableName": table, "Item": item });
        let (status, _) = self.dynamodb.answer("DynamoDB_20120810.PutItem", ask.to_string().as_bytes());
        assert_eq!(status, 200);
    }

    pub(crate) fn ledger(&self) -> Vec<Value> {
        self.items(&Names::with_prefix(PREFIX).ledger)
    }

    pub(crate) fn index(&self) -> Vec<Value> {
        self.items(&Names::with_prefix(PREFIX).index)
    }

    /// The keys of some items, each beginning with its partition key, without the names that no two runs have in common.
    pub(crate) fn plain_keys(items: &[Value]) -> Vec<String> {
        let text = |value: &Value| value["S"].as_str().unwrap().to_owned();
        let key = |item: &Value| plain(&format!("{} {}", text(&item["pk"]), text(&item["sk"])));
        let mut keys: Vec<String> = items.iter().map(key).collect();
        keys.sort();
        keys
    }
}

/// A key without hashes and ULIDs.
pub(crate) fn plain(key: &str) -> String {
    let is_name = |part: &str| {
        let hash = part.len() == 16
            && part.bytes().all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte));
        let ulid =
            part.len() == 26 && part.bytes().all(|byte| byte.is_ascii_digit() || byte.is_ascii_uppercase());
        hash || ulid
    };
    let mut out = String::new();
    for piece in key.split_inclusive(|letter: char| !letter.is_ascii_alphanumeric()) {
        let word = piece.trim_end_matches(|letter: char| !letter.is_ascii_alphanumeric());
        let rest = &piece[word.len()..];
        out.push_str(if is_name(word) { "*" } else { word });
        out.push_str(rest);
    }
    out
}

/// An API of the suite.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Api {
    Metrics,
    Logs,
    Trail,
}

/// A request; the status and the body of its answer.
pub(crate) async fn call(context: &Context, api: Api, operation: &str, body: &Value) -> (u16, Value) {
    let (version, target) = match api {
        Api::Metrics => ("1.0", "GraniteServiceVersion20100801"),
        Api::Logs => ("1.1", "Logs_20140328"),
        Api::Trail => ("1.1", "CloudTrail_20131101"),
    };
    let request = match operation.split_once('?') {
        Some(_) => http::Request::post(format!("/{operation}")).header("content-type", "application/json"),
        None => http::Request::post("/")
            .header("content-type", format!("application/x-amz-json-{version}"))
            .header("x-amz-target", format!("{target}.{operation}")),
    };
    let request = request.body(body.to_string().into()).unwrap();
    let answer = match api {
        Api::Metrics => watchtrail_metrics::handle(context, request).await,
        Api::Logs => watchtrail_logs::handle(context, request).await,
        Api::Trail => watchtrail_trail::handle(context, request).await,
    };
    (answer.status().as_u16(), serde_json::from_slice(answer.body()).unwrap_or_default())
}

/// A request that must be answered at once.
pub(crate) async fn ask(context: &Context, api: Api, operation: &str, body: Value) -> Value {
    let (status, answer) = call(context, api, operation, &body).await;
    assert_eq!(status, 200, "{operation}: {answer}");
    answer
}

/// Sends a request until it is answered, as an SDK does that gets a retryable error; how often it was not.
pub(crate) async fn send(
    world: &World,
    injector: &Injector,
    context: &Context,
    (api, operation): (Api, &str),
    body: &Value,
) -> (Value, usize) {
    let mut answers = Vec::new();
    for failed in 0..3 {
        let (status, answer) = call(context, api, operation, body).await;
        answers.push((status, answer.clone()));
        if status == 200 {
            assert!(failed == 0 || !injector.case.is_hidden(), "{operation}: the SDK's retries do not help");
            return (answer, failed);
        }
        let kind = answer["__type"].as_str().unwrap_or_default();
        let there = ["AlreadyExists", "ConflictException"].iter().any(|word| kind.contains(word));
        if failed > 0 && there {
            // What the failed request made is there: that is the truth, and AWS's answer.
            return (answer, failed);
        }
        assert!(status >= 500 || kind.contains("Throttling"), "{operation}: {status} {answer}");
        world.hand.pass(SECOND / 5);
    }
    panic!("{operation}: one fault, three failures: {answers:?}");
}

/// How often each name is there.
pub(crate) fn counted<T: Ord>(names: impl IntoIterator<Item = T>) -> BTreeMap<T, usize> {
    let mut counts = BTreeMap::new();
    for name in names {
        *counts.entry(name).or_default() += 1;
    }
    counts
}

/// Delivers in this process, each minute as the schedule does, until nothing fails any more.
pub(crate) async fn deliver(world: &World, context: &Context) {
    for _ in 0..4 {
        let report = watchtrail_delivery::handle(context, watchtrail_delivery::Event::default()).await;
        if report.is_ok_and(|report| report.failures == 0) {
            return;
        }
        world.hand.pass(MINUTE);
    }
    panic!("one fault, four failures");
}
