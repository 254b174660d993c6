//! Alarms under several workers, repeated events, and processes that die between any two of their calls: a state changes once, and an action is
//! carried out once, or again with the same id.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpClient,
    SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use futures::future::join_all;
use serde_json::{Value, json};
use watchtrail_core::time::MINUTE;
use watchtrail_local::Notifications;
use watchtrail_local::embedded::sns::World as SnsWorld;
use watchtrail_local::embedded::{EmbeddedDynamoDb, EmbeddedS3, EmbeddedSns, Usage};
use watchtrail_service::edge::SystemEntropy;
use watchtrail_service::{Clock, Context, Settings};
use watchtrail_store::{Endpoint, Endpoints, Names, Outbound, Services, Store, StoreConfig};

use crate::processes::{Death, Fuse, Hand, Mortal};

const TOPIC: &str = "arn:aws:sns:us-east-1:123456789012:ops";

/// Stores and an SNS that several processes share.
struct World {
    dynamodb: EmbeddedDynamoDb,
    s3: EmbeddedS3,
    sns: EmbeddedSns,
    notifications: Arc<Notifications>,
    hand: Arc<Hand>,
    _files: tempfile::TempDir,
}

impl World {
    async fn new() -> Self {
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
            _files: files,
        };
        this.process(&Fuse::none()).await.store.create_missing().await.unwrap();
        let body = "Action=CreateTopic&Version=2010-03-31&Name=ops";
        let create = http::Request::post("/")
            .header("content-type", "application/x-www-form-urlencoded")
            .body(body.into())
            .unwrap();
        assert_eq!(this.sns.answer(create).status(), 200);
        this
    }

    /// A process with a memory of its own.
    async fn process(&self, fuse: &Arc<Fuse>) -> Context {
        let mortal = |inner| Endpoint::InProcess(Mortal::client(inner, fuse));
        let endpoints = Endpoints { dynamodb: mortal(self.dynamodb.client()), s3: mortal(self.s3.client()) };
        Context {
            store: Store::over(endpoints, StoreConfig::new(Names::with_prefix("alarms"))).await,
            outbound: Outbound::over(Services {
                sns: Some(mortal(self.sns.client())),
                ..Services::default()
            })
            .await,
            clock: Arc::clone(&self.hand) as Arc<dyn Clock>,
            entropy: Arc::new(SystemEntropy),
            meter: Arc::new(watchtrail_service::NoMeter),
            settings: Settings::default(),
            gate: None,
        }
    }

    fn pass(&self, millis: i64) {
        self.hand.pass(millis);
    }

    /// The ids of the messages that were published.
    fn published(&self) -> Vec<String> {
        self.notifications.all().iter().map(|told| told["id"].as_str().unwrap().to_owned()).collect()
    }
}

async fn ask(context: &Context, operation: &str, body: Value) -> Value {
    let request = http::Request::post("/")
        .header("content-type", "application/x-amz-json-1.0")
        .header("x-amz-target", format!("GraniteServiceVersion20100801.{operation}"))
        .body(body.to_string().into())
        .unwrap();
    let answer = watchtrail_metrics::handle(context, request).await;
    assert_eq!(answer.status(), 200, "{operation}: {answer:?}");
    serde_json::from_slice(answer.body()).unwrap_or_default()
}

async fn put_alarm(context: &Context, name: &str, metric: &str, topic: &str) {
    let alarm = json!({
        "AlarmName": name, "Namespace": "Shop", "MetricName": metric, "Statistic": "Maximum", "Period": 60,
        "EvaluationPeriods": 1, "Threshold": 10, "ComparisonOperator": "GreaterThanThreshold",
        // So that the state stays when the data ends.
        "TreatMissingData": "ignore", "AlarmActions": [topic],
    });
    ask(context, "PutMetricAlarm", alarm).await;
}

async fn put_data(context: &Context, metric: &str, value: f64) {
    let data = json!({ "Namespace": "Shop", "MetricData": [{ "MetricName": metric, "Value": value }] });
    ask(context, "PutMetricData", data).await;
}

/// Summaries of an alarm's history of one kind.
async fn history(context: &Context, alarm: &str, kind: &str) -> Vec<String> {
    let found =
        ask(context, "DescribeAlarmHistory", json!({ "AlarmName": alarm, "HistoryItemType": kind })).await;
    let items = found["AlarmHistoryItems"].as_array().unwrap();
    items.iter().map(|item| item["HistorySummary"].as_str().unwrap().to_owned()).collect()
}

async fn state(context: &Context, alarm: &str) -> String {
    let found = ask(context, "DescribeAlarms", json!({ "AlarmNames": [alarm] })).await;
    found["MetricAlarms"][0]["StateValue"].as_str().unwrap().to_owned()
}

fn executed() -> String {
    format!("Successfully executed action {TOPIC}")
}

/// Four workers at once, each woken three times for the same minute.
#[tokio::test]
async fn many_workers_change_a_state_and_act_once() {
    let world = World::new().await;
    let calm = world.process(&Fuse::none()).await;
    put_alarm(&calm, "high", "Load", TOPIC).await;
    put_data(&calm, "Load", 99.0).await;
    world.pass(MINUTE);
    let mut workers = Vec::new();
    for _ in 0..4 {
        workers.push(world.process(&Fuse::none()).await);
    }
    for _ in 0..3 {
        join_all(workers.iter().map(watchtrail_alarms::handle)).await;
    }
    assert_eq!(state(&calm, "high").await, "ALARM");
    let updates = history(&calm, "high", "StateUpdate").await;
    assert_eq!(updates, ["Alarm updated from INSUFFICIENT_DATA to ALARM"]);
    assert_eq!(history(&calm, "high", "Action").await, [executed()]);
    assert_eq!(world.published().len(), 1);
}

/// A worker dies at each of its calls; another one comes after it.
#[tokio::test]
async fn a_death_between_any_two_calls_loses_and_repeats_nothing() {
    for death in [Death::Before, Death::After] {
        let mut calls = 1;
        loop {
            let world = World::new().await;
            let calm = world.process(&Fuse::none()).await;
            put_alarm(&calm, "high", "Load", TOPIC).await;
            put_data(&calm, "Load", 99.0).await;
            world.pass(MINUTE);
            let fuse = Fuse::new(calls, death);
            let mortal = world.process(&fuse).await;
            let _ = watchtrail_alarms::handle(&mortal).await;
            let survived = fuse.survived();
            // Longer than the dead worker's lease.
            for _ in 0..5 {
                world.pass(MINUTE);
                watchtrail_alarms::handle(&calm).await.unwrap();
            }
            let when = format!("{death:?} call {calls}");
            assert_eq!(state(&calm, "high").await, "ALARM", "{when}");
            let updates = history(&calm, "high", "StateUpdate").await;
            assert_eq!(updates, ["Alarm updated from INSUFFICIENT_DATA to ALARM"], "{when}");
            assert_eq!(history(&calm, "high", "Action").await, [executed()], "{when}");
            let published = world.published();
            let ids: BTreeSet<&String> = published.iter().collect();
            assert!(ids.len() == 1 && published.len() <= 2, "{when}: {published:?}");
            if survived {
                break;
            }
            calls += 1;
        }
        assert!(calls > 10, "a run makes more calls than {calls}");
    }
}

/// Outages of some minutes are made up for, minute by minute.
#[tokio::test]
async fn a_late_run_sees_what_it_missed() {
    let world = World::new().await;
    let context = world.process(&Fuse::none()).await;
    put_alarm(&context, "high", "Load", TOPIC).await;
    for value in [1.0, 99.0, 1.0] {
        put_data(&context, "Load", value).await;
        world.pass(MINUTE);
    }
    // The first run sets the beginning; nothing ran for the minutes after it.
    watchtrail_alarms::handle(&context).await.unwrap();
    for value in [1.0, 99.0, 1.0] {
        put_data(&context, "Load", value).await;
        world.pass(MINUTE);
    }
    watchtrail_alarms::handle(&context).await.unwrap();
    let mut updates = history(&context, "high", "StateUpdate").await;
    updates.reverse();
    assert_eq!(
        updates,
        [
            "Alarm updated from INSUFFICIENT_DATA to OK",
            "Alarm updated from OK to ALARM",
            "Alarm updated from ALARM to OK"
        ]
    );
}

/// A topic that is gone is recorded and not tried again; the others are told.
#[tokio::test]
async fn a_topic_that_is_gone_is_a_recorded_failure() {
    let world = World::new().await;
    let context = world.process(&Fuse::none()).await;
    let gone = "arn:aws:sns:us-east-1:123456789012:gone";
    put_alarm(&context, "lost", "Load", gone).await;
    put_alarm(&context, "high", "Load", TOPIC).await;
    put_data(&context, "Load", 99.0).await;
    for _ in 0..3 {
        world.pass(MINUTE);
        watchtrail_alarms::handle(&context).await.unwrap();
    }
    assert_eq!(history(&context, "lost", "Action").await, [format!("Failed to execute action {gone}")]);
    assert_eq!(history(&context, "high", "Action").await, [executed()]);
}

/// An SDK's HTTP client to somebody who never answers.
#[derive(Clone, Debug)]
struct Silent(Arc<Mutex<Vec<String>>>);

impl HttpConnector for Silent {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let id = request.headers().get(watchtrail_store::ACTION_ID).unwrap_or_default().to_owned();
        self.0.lock().unwrap().push(id);
        HttpConnectorFuture::new(std::future::pending())
    }
}

impl HttpClient for Silent {
    fn http_connector(&self, _: &HttpConnectorSettings, _: &RuntimeComponents) -> SharedHttpConnector {
        SharedHttpConnector::new(self.clone())
    }
}

/// An SNS that hangs: each try is given up and recorded, later tries come at doubled distances with the same id, and other alarms go on.
#[tokio::test]
async fn an_action_that_hangs_is_tried_again() {
    let world = World::new().await;
    let tried = Silent(Arc::default());
    let silent = Endpoint::InProcess(SharedHttpClient::new(tried.clone()));
    let context = Context {
        outbound: Outbound {
            patience: Duration::from_millis(5),
            ..Outbound::over(Services { sns: Some(silent), ..Services::default() }).await
        },
        ..world.process(&Fuse::none()).await
    };
    put_alarm(&context, "high", "Load", TOPIC).await;
    put_alarm(&context, "other", "Other", TOPIC).await;
    put_data(&context, "Load", 99.0).await;
    for minute in 0..40 {
        if minute == 3 {
            put_data(&context, "Other", 1.0).await;
        }
        world.pass(MINUTE);
        watchtrail_alarms::handle(&context).await.unwrap();
    }
    assert_eq!(state(&context, "high").await, "ALARM");
    assert_eq!(state(&context, "other").await, "OK");
    let failed = vec![format!("Failed to execute action {TOPIC}"); 6];
    assert_eq!(history(&context, "high", "Action").await, failed);
    let ids = tried.0.lock().unwrap().clone();
    assert_eq!((ids.len(), ids.iter().collect::<BTreeSet<_>>().len()), (6, 1), "{ids:?}");
}

/// An alarm that is deleted while it is evaluated stays deleted, and nobody is told.
#[tokio::test]
async fn a_deletion_beats_an_evaluation() {
    let world = World::new().await;
    let api = world.process(&Fuse::none()).await;
    let evaluator = world.process(&Fuse::none()).await;
    put_alarm(&api, "high", "Load", TOPIC).await;
    // The evaluator knows the alarm.
    watchtrail_alarms::handle(&evaluator).await.unwrap();
    put_data(&api, "Load", 99.0).await;
    world.pass(MINUTE);
    let (_, evaluated) = tokio::join!(
        ask(&api, "DeleteAlarms", json!({ "AlarmNames": ["high"] })),
        watchtrail_alarms::handle(&evaluator)
    );
    evaluated.unwrap();
    watchtrail_alarms::handle(&evaluator).await.unwrap();
    let left = ask(&api, "DescribeAlarms", json!({})).await;
    assert_eq!(left["MetricAlarms"], json!([]));
    let deleted = history(&api, "high", "ConfigurationUpdate").await;
    assert_eq!(deleted[0], r#"Alarm "high" deleted"#);
}

/// Three hundred alarms change in the same minute: all of them once, each with its action.
#[tokio::test]
async fn many_alarms_change_in_one_minute() {
    let world = World::new().await;
    let context = world.process(&Fuse::none()).await;
    for number in 0..300 {
        put_alarm(&context, &format!("alarm-{number}"), "Load", TOPIC).await;
    }
    put_data(&context, "Load", 99.0).await;
    world.pass(MINUTE);
    let report = watchtrail_alarms::handle(&context).await.unwrap();
    assert_eq!((report.evaluated, report.transitions, report.actions, report.failures), (300, 300, 300, 0));
    assert_eq!(world.published().len(), 300);
    // What this process wrote it knows: nothing is evaluated or told twice.
    world.pass(MINUTE);
    let report = watchtrail_alarms::handle(&context).await.unwrap();
    assert_eq!((report.evaluated, report.transitions, report.actions), (300, 0, 0));
}

/// Of very many alarms each part is evaluated apart: together all of them, each once, and the children of a composite alarm may be another part's.
#[tokio::test]
async fn parts_evaluate_all_alarms_once() {
    let world = World::new().await;
    let api = world.process(&Fuse::none()).await;
    for number in 0..40 {
        put_alarm(&api, &format!("alarm-{number}"), "Load", TOPIC).await;
    }
    let rule = (0..40).map(|number| format!("ALARM(alarm-{number})")).collect::<Vec<_>>().join(" AND ");
    ask(&api, "PutCompositeAlarm", json!({ "AlarmName": "all", "AlarmRule": rule })).await;
    let mut parts = Vec::new();
    for _ in 0..4 {
        parts.push(world.process(&Fuse::none()).await);
    }
    put_data(&api, "Load", 99.0).await;
    let (mut evaluated, mut transitions) = (0, 0);
    for _ in 0..2 {
        world.pass(MINUTE);
        for (part, context) in parts.iter().enumerate() {
            let event = watchtrail_alarms::Event::Part(watchtrail_alarms::Part { part, parts: 4 });
            let report = watchtrail_alarms::minute(context, "arn:of-itself", event).await.unwrap();
            assert_eq!(report.failures, 0);
            evaluated += report.evaluated;
            transitions += report.transitions;
        }
    }
    // Each metric alarm twice; each of them and the composite alarm changed.
    assert_eq!(evaluated, 80);
    assert!((41..=42).contains(&transitions), "{transitions}");
    let all = json!({ "AlarmNames": ["all"], "AlarmTypes": ["CompositeAlarm"] });
    let all = ask(&api, "DescribeAlarms", all).await;
    assert_eq!(all["CompositeAlarms"][0]["StateValue"], "ALARM", "{all}");
    assert_eq!(world.published().len(), 40);
}

/// A process that missed more changes than the log tells reads everything, and one that missed some reads those.
#[tokio::test]
async fn a_process_that_was_away_catches_up() {
    let world = World::new().await;
    let api = world.process(&Fuse::none()).await;
    let (briefly, long) = (world.process(&Fuse::none()).await, world.process(&Fuse::none()).await);
    put_alarm(&api, "high", "Load", TOPIC).await;
    let board = async |context: &Context| {
        let scope = watchtrail_store::Scope { account: "123456789012".into(), region: "us-east-1".into() };
        let board = context.store.alarms.board(&scope).await.unwrap();
        board.get("high").map(|stored| stored.alarm.description.clone().unwrap_or_default())
    };
    let describe = async |number: usize| {
        let alarm = json!({
            "AlarmName": "high", "AlarmDescription": format!("{number}"), "Namespace": "Shop", "MetricName": "Load",
            "Statistic": "Sum", "Period": 60, "EvaluationPeriods": 1, "Threshold": 1,
            "ComparisonOperator": "GreaterThanThreshold",
        });
        ask(&api, "PutMetricAlarm", alarm).await;
    };
    assert_eq!((board(&briefly).await, board(&long).await), (Some(String::new()), Some(String::new())));
    for number in 0..600 {
        describe(number).await;
        if number % 100 == 0 {
            assert_eq!(board(&briefly).await, Some(number.to_string()));
        }
    }
    assert_eq!((board(&briefly).await, board(&long).await), (Some("599".into()), Some("599".into())));
    ask(&api, "DeleteAlarms", json!({ "AlarmNames": ["high"] })).await;
    assert_eq!((board(&briefly).await, board(&long).await), (None, None));
}
