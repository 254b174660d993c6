//! What operations of alarms leave to be done, seen in the store, with no evaluator beside them.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use lambda_http::http;
use serde_json::{Value, json};
use watchtrail_core::time::{HOUR, MINUTE, Timestamp};
use watchtrail_local::embedded::{EmbeddedDynamoDb, EmbeddedS3, Usage};
use watchtrail_service::edge::SystemEntropy;
use watchtrail_service::{Clock, Context, Settings};
use watchtrail_store::alarms::Todo;
use watchtrail_store::{Endpoint, Endpoints, Names, Outbound, Scope, Store, StoreConfig};

const TOPIC: &str = "arn:aws:sns:us-east-1:123456789012:ops";
const FUNCTION: &str = "arn:aws:lambda:us-east-1:123456789012:function:f";

/// A clock that stands still.
struct Hand(AtomicI64);

impl Clock for Hand {
    fn now(&self) -> Timestamp {
        Timestamp::from_millis(self.0.load(Ordering::Relaxed))
    }
}

struct World {
    context: Context,
    hand: Arc<Hand>,
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
        let store = Store::over(endpoints, StoreConfig::new(Names::with_prefix("alarms"))).await;
        store.create_missing().await.unwrap();
        let now = Timestamp::parse_rfc3339("2026-11-21T12:00:00Z").unwrap();
        let hand = Arc::new(Hand(AtomicI64::new(now.millis())));
        let context = Context {
            store,
            outbound: Outbound::default(),
            clock: Arc::clone(&hand) as Arc<dyn Clock>,
            entropy: Arc::new(SystemEntropy),
            meter: Arc::new(watchtrail_service::NoMeter),
            settings: Settings::default(),
        };
        Self { context, hand, _files: files }
    }

    fn scope() -> Scope {
        Scope { account: "123456789012".to_owned(), region: "us-east-1".to_owned() }
    }

    fn now(&self) -> Timestamp {
        self.hand.now()
    }

    async fn call(&self, operation: &str, input: Value) {
        let request = http::Request::post("/")
            .header("content-type", "application/x-amz-json-1.0")
            .header("x-amz-target", format!("GraniteServiceVersion20100801.{operation}"))
            .body(input.to_string().into())
            .unwrap();
        let answer = watchtrail_metrics::handle(&self.context, request).await;
        assert!(answer.status().is_success(), "{operation}: {:?}", answer.body());
    }

    async fn put_alarm(&self, name: &str) {
        let input = json!({
            "AlarmName": name, "MetricName": "m", "Namespace": "N", "Period": 60, "Statistic": "Sum", "EvaluationPeriods": 1,
            "Threshold": 1, "ComparisonOperator": "GreaterThanThreshold", "AlarmActions": [TOPIC, FUNCTION],
        });
        self.call("PutMetricAlarm", input).await;
    }

    async fn set(&self, name: &str, state: &str) {
        let input = json!({ "AlarmName": name, "StateValue": state, "StateReason": "because" });
        self.call("SetAlarmState", input).await;
    }

    async fn mute(&self, rule: &str, expression: &str, duration: &str, alarm: &str) {
        let schedule = json!({ "Schedule": { "Expression": expression, "Duration": duration } });
        let input = json!({ "Name": rule, "Rule": schedule, "MuteTargets": { "AlarmNames": [alarm] } });
        self.call("PutAlarmMuteRule", input).await;
    }

    /// What is to be done, without events.
    async fn todo(&self) -> Vec<Todo> {
        let todo = self.context.store.alarms.todo(&Self::scope()).await.unwrap();
        todo.into_iter().filter(|todo| todo.action.arn != "event").collect()
    }

    /// When each alarm's actions are due, in minutes from now; muted ones are marked.
    async fn check(&self, expected: &[(&str, i64, bool)]) {
        let mut found: Vec<_> = self
            .todo()
            .await
            .into_iter()
            .map(|todo| {
                let minutes = todo.due.millis_since(self.now()) / MINUTE;
                (todo.action.alarm, minutes, todo.action.muted)
            })
            .collect();
        found.sort();
        found.dedup();
        let expected: Vec<_> =
            expected.iter().map(|(name, due, muted)| ((*name).to_owned(), *due, *muted)).collect();
        assert_eq!(found, expected);
    }
}

#[tokio::test]
async fn a_state_that_is_set_leaves_its_actions_to_be_done() {
    let world = World::new().await;
    world.put_alarm("a").await;
    world.check(&[]).await;
    world.set("a", "ALARM").await;
    let todo = world.todo().await;
    let [topic, function] = &todo[..] else { panic!("{todo:?}") };
    assert_eq!((topic.action.arn.as_str(), function.action.arn.as_str()), (TOPIC, FUNCTION));
    assert_eq!(topic.action.subject, r#"ALARM: "a" in US East (N. Virginia)"#);
    let message: Value = serde_json::from_str(&topic.action.payload).unwrap();
    assert_eq!(
        (&message["NewStateValue"], &message["OldStateValue"]),
        (&json!("ALARM"), &json!("INSUFFICIENT_DATA"))
    );
    let event: Value = serde_json::from_str(&function.action.payload).unwrap();
    assert_eq!(event["alarmData"]["state"]["reason"], "because");
    assert!(todo.iter().all(|todo| todo.due == world.now() && !todo.action.muted && todo.tries == 0));
    // The same state again, a state without actions, and a state whose actions are disabled.
    world.set("a", "ALARM").await;
    world.set("a", "OK").await;
    world.call("DisableAlarmActions", json!({ "AlarmNames": ["a"] })).await;
    world.set("a", "ALARM").await;
    assert_eq!(world.todo().await, todo);
}

#[tokio::test]
async fn muted_actions_wait_for_the_end_of_the_window_or_of_the_rule() {
    let world = World::new().await;
    for name in ["a", "b"] {
        world.put_alarm(name).await;
    }
    world.mute("r", "at(2026-11-21T11:00)", "PT2H", "a").await;
    world.mute("s", "at(2026-11-21T11:59)", "PT31M", "b").await;
    world.set("a", "ALARM").await;
    world.set("b", "ALARM").await;
    world.check(&[("a", 60, true), ("b", 30, true)]).await;
    // A longer window, one that is over, one of other alarms.
    world.mute("r", "at(2026-11-21T11:00)", "PT3H", "a").await;
    world.check(&[("a", 120, true), ("b", 30, true)]).await;
    world.hand.0.fetch_add(10 * MINUTE, Ordering::Relaxed);
    world.mute("r", "at(2026-11-21T11:00)", "PT1H", "a").await;
    world.check(&[("a", 0, true), ("b", 20, true)]).await;
    world.mute("s", "at(2026-11-21T11:59)", "PT31M", "a").await;
    world.check(&[("a", 20, true), ("b", 0, true)]).await;
    world.call("DeleteAlarmMuteRule", json!({ "AlarmMuteRuleName": "s" })).await;
    world.check(&[("a", 0, true), ("b", 0, true)]).await;
    world.call("DeleteAlarmMuteRule", json!({ "AlarmMuteRuleName": "s" })).await;
}

#[tokio::test]
async fn a_suppressor_holds_actions_back() {
    let world = World::new().await;
    world.put_alarm("quiet").await;
    let input = json!({
        "AlarmName": "c", "AlarmRule": "FALSE", "AlarmActions": [TOPIC], "OKActions": [TOPIC], "ActionsSuppressor": "quiet",
        "ActionsSuppressorWaitPeriod": 60, "ActionsSuppressorExtensionPeriod": 60,
    });
    world.call("PutCompositeAlarm", input).await;
    let by = async || {
        let found = world.context.store.alarms.get(&World::scope(), "c").await.unwrap().unwrap();
        let suppressed = found.alarm.composite().unwrap().suppressed.clone();
        suppressed.map(|suppressed| (suppressed.by.as_str(), suppressed.acted.as_str()))
    };
    world.set("c", "OK").await;
    assert_eq!(by().await, Some(("WaitPeriod", "INSUFFICIENT_DATA")));
    world.call("DisableAlarmActions", json!({ "AlarmNames": ["quiet"] })).await;
    world.set("quiet", "ALARM").await;
    world.hand.0.fetch_add(HOUR, Ordering::Relaxed);
    world.set("c", "ALARM").await;
    assert_eq!(by().await, Some(("Alarm", "INSUFFICIENT_DATA")));
    // An update keeps what is held back; without a suppressor the next evaluation lets it go.
    world.call("PutCompositeAlarm", json!({ "AlarmName": "c", "AlarmRule": "TRUE" })).await;
    assert_eq!(by().await, Some(("Alarm", "INSUFFICIENT_DATA")));
    world.hand.0.fetch_add(MINUTE, Ordering::Relaxed);
    watchtrail_alarms::handle(&world.context).await.unwrap();
    assert_eq!(by().await, None);
    world.check(&[]).await;
}
