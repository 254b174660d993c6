//! Faults in the calls of what runs on a schedule: delivery of all signals, the days' merging, retention and sweep, alarms.

use std::cell::OnceCell;
use std::collections::{BTreeMap, BTreeSet};

use aws_lambda_events::dynamodb::{Event as StreamEvent, EventRecord};
use serde_json::{Value, json};
use tokio::sync::OnceCell as AsyncCell;
use watchtrail_core::time::{DAY, HOUR, MINUTE, Timestamp};
use watchtrail_retention::Event as RetentionEvent;
use watchtrail_service::Context;
use watchtrail_store::Names;

use super::inject::Injector;
use super::puts::{
    alarm, figures, filed, leaves_the_same, looked_up, messages, noise, prepare_logs, rows, start_trail,
};
use super::world::{Api, TOPIC, World, ask, counted, deliver, scope};
use super::{Told, faults_in_turn};

/// The key that digests are signed with: making one takes longer than all the rest.
async fn with_signing_key(world: &World) {
    static KEY: AsyncCell<Value> = AsyncCell::const_new();
    let catalog = Names::with_prefix("faults").catalog;
    let key = KEY.get_or_init(async || {
        let maker = World::new().await;
        let context = maker.calm();
        let at = Timestamp::from_millis(maker.now());
        context.store.trail.signing_key(&scope(), at, || [7; 32]).await.unwrap();
        let is_key = |item: &Value| item["pk"]["S"].as_str().unwrap().starts_with("trailkeys#");
        maker.items(&catalog).into_iter().find(is_key).unwrap()
    });
    world.put_item(&catalog, key.await);
}

/// A data point of each metric, events of a group and records of calls, some too large for an item.
async fn write(world: &World, round: i64) {
    let context = world.calm();
    let datum = |name: &str, dimension: &str| {
        let dimensions = json!([{ "Name": "d", "Value": dimension }]);
        let dimensions = if dimension.is_empty() { json!([]) } else { dimensions };
        json!({ "MetricName": name, "Value": 2, "Timestamp": world.now() / 1_000, "Dimensions": dimensions })
    };
    for data in [json!([datum("m0", "")]), json!([datum("m1", ""), datum("m2", &noise(1))])] {
        ask(&context, Api::Metrics, "PutMetricData", json!({ "Namespace": "Shop", "MetricData": data }))
            .await;
    }
    for message in [format!("event {round}"), format!("ERROR {round} {}", noise(2))] {
        let events = json!([{ "timestamp": world.now(), "message": message }]);
        let body = json!({ "logGroupName": "g", "logStreamName": "s", "logEvents": events });
        ask(&context, Api::Logs, "PutLogEvents", body).await;
    }
    for call in 0..2 {
        let name = format!("made-{round}-{call}");
        ask(&context, Api::Logs, "CreateLogGroup", json!({ "logGroupName": name })).await;
    }
}

/// Everything that was written is found once.
async fn finds_all(world: &World, start: i64, rounds: usize) {
    let reader = world.calm();
    for (namespace, metric, value) in [("Shop", "m0", 2), ("Shop", "m1", 2), ("Errors", "errors", 1)] {
        let found = figures(&reader, namespace, metric, start).await;
        assert_eq!(found, (rounds, (value * rounds) as f64), "{metric}");
    }
    let found = messages(&reader, "g").await;
    let counts =
        counted(found.iter().map(|message| message.split(' ').take(2).collect::<Vec<_>>().join(" ")));
    let each = |round: usize| [format!("event {round}"), format!("ERROR {round}")];
    assert_eq!(counts, (0..rounds).flat_map(each).map(|message| (message, 1)).collect::<BTreeMap<_, _>>());
    let found = looked_up(&reader).await;
    assert!(counted(found.iter().map(|(id, _)| id)).values().all(|times| *times == 1), "{found:?}");
    let made = found.iter().filter(|(_, name)| name == "CreateLogGroup").count();
    assert!(made >= 2 * rounds, "{found:?}");
}

/// Generations become segments, records become files, notices, log events and digests.
#[tokio::test]
async fn delivery() {
    let calm = OnceCell::new();
    let told = OnceCell::new();
    faults_in_turn(8, async |case| {
        let world = World::new().await;
        let start = world.now();
        with_signing_key(&world).await;
        prepare_logs(&world).await;
        let setup = world.calm();
        ask(&setup, Api::Logs, "CreateLogGroup", json!({ "logGroupName": "audited" })).await;
        let group = "arn:aws:logs:us-east-1:123456789012:log-group:audited:*";
        let more = json!({
            "EnableLogFileValidation": true, "SnsTopicName": TOPIC, "CloudWatchLogsLogGroupArn": group,
            "CloudWatchLogsRoleArn": "arn:aws:iam::123456789012:role/r",
        });
        start_trail(&world, &setup, more).await;
        write(&world, 0).await;
        // Quiet groups wait so long; and hours have gone by whose digests are due.
        world.hand.pass(3 * HOUR + MINUTE);
        let injector = Injector::new(case, &world.hand);
        let _told = Told(&injector);
        let worker = world.process(&injector);
        deliver(&world, &worker).await;
        let calls = injector.calls();
        // What is left is done by the next runs: a refused channel waits, and what went to the trail's group is to be delivered, too.
        for pause in [MINUTE, 4 * HOUR, HOUR] {
            world.hand.pass(pause);
            deliver(&world, &worker).await;
        }
        assert_eq!(world.calm().store.ledger.dirty().await.unwrap(), []);
        finds_all(&world, start, 1).await;
        let found = looked_up(&world.calm()).await;
        assert_eq!(rows(&world), found.len());
        is_handed_on_once(&world).await;
        // A notice may come twice, with the same id.
        let ids: BTreeSet<String> = world.published().into_iter().collect();
        assert_eq!(ids.len(), *told.get_or_init(|| ids.len()), "{case:?}");
        leaves_the_same(&world, case, &calm).await;
        calls
    })
    .await;
}

/// Each record that a trail logs is in its files and in its log group once, and each of its files in one digest.
async fn is_handed_on_once(world: &World) {
    let filed = counted(filed(world).into_iter().map(|(id, _)| id));
    assert!(filed.len() > 2 && filed.values().all(|times| *times == 1), "{filed:?}");
    let logged = messages(&world.calm(), "audited").await;
    let id =
        |json: &String| serde_json::from_str::<Value>(json).unwrap()["eventID"].as_str().unwrap().to_owned();
    assert_eq!(counted(logged.iter().map(id)), filed);
    let keys = world.keys("audit");
    let digests =
        keys.iter().filter(|key| key.contains("/CloudTrail-Digest/")).map(|key| world.unzipped(key));
    let (mut named, mut last) = (Vec::new(), None::<Value>);
    for digest in digests {
        if let Some(last) = &last {
            assert_eq!(digest["previousDigestS3Object"], last["digestS3Object"]);
            assert_eq!(digest["digestStartTime"], last["digestEndTime"]);
        }
        let files = digest["logFiles"].as_array().unwrap();
        named.extend(files.iter().map(|file| file["s3Object"].as_str().unwrap().to_owned()));
        last = Some(digest);
    }
    let files: Vec<String> = keys.iter().filter(|key| key.contains("/CloudTrail/")).cloned().collect();
    named.sort();
    assert_eq!(named, files);
}

/// What DynamoDB's stream tells when TTL has removed items.
fn removed(objects: &[String]) -> RetentionEvent {
    let mut event = StreamEvent::default();
    for (number, object) in objects.iter().enumerate() {
        let mut record = EventRecord::default();
        "REMOVE".clone_into(&mut record.event_name);
        record.change.sequence_number = Some(number.to_string());
        record.change.old_image = serde_json::from_value(json!({ "object": { "S": object } })).unwrap();
        event.records.push(record);
    }
    RetentionEvent::Stream(Box::new(event))
}

/// TTL removes what is past its time, and the stream wakes the function until it has taken everything.
async fn expire(world: &World, worker: &Context) -> usize {
    let (taken, _) = world.calm().store.ledger.take_expired(worker.now()).await.unwrap();
    let mut objects: Vec<String> = taken.into_iter().map(|entry| entry.object).collect();
    let expired = objects.len();
    let mut runs = 0;
    while !objects.is_empty() {
        let report = watchtrail_retention::handle(worker, removed(&objects)).await.unwrap();
        let Some(failure) = report.batch_item_failures.first() else { break };
        objects.drain(..failure.item_identifier.parse::<usize>().unwrap());
        runs += 1;
        assert!(runs < 4, "one fault, four failures");
    }
    expired
}

async fn sweep(worker: &Context) {
    for _ in 0..3 {
        let event = RetentionEvent::Schedule(Box::default());
        if watchtrail_retention::handle(worker, event).await.is_ok() {
            return;
        }
    }
    panic!("one fault, three failures");
}

/// Days become few segments, then coarser ones, and go; and what was left behind is swept.
#[tokio::test]
async fn days_retention_and_sweep() {
    let (settled, rolled, gone) = (OnceCell::new(), OnceCell::new(), OnceCell::new());
    faults_in_turn(16, async |case| {
        let world = World::new().await;
        let start = world.now();
        let setup = world.calm();
        prepare_logs(&world).await;
        let retention = json!({ "logGroupName": "g", "retentionInDays": 7 });
        ask(&setup, Api::Logs, "PutRetentionPolicy", retention).await;
        start_trail(&world, &setup, json!({})).await;
        for round in 0..2 {
            write(&world, round).await;
            world.hand.pass(MINUTE);
            watchtrail_delivery::deliver_all(&setup).await.unwrap();
        }
        let folder = "account=123456789012/region=us-east-1/namespace=Shop/resolution=60/date=2026-11-21";
        let bucket = Names::with_prefix("faults").bucket;
        let orphan = format!("metrics/{folder}/g000000000001-00c0ffee00c0ffee.parquet");
        world.put_file(&bucket, &orphan, b"a worker died here");
        world.put_file(&bucket, "others/object", b"not ours");
        let injector = Injector::new(case, &world.hand);
        let _told = Told(&injector);
        let worker = world.process(&injector);

        world.hand.pass(DAY);
        deliver(&world, &worker).await;
        finds_all(&world, start, 2).await;
        sweep(&worker).await;
        assert!(!world.keys(&bucket).contains(&orphan), "{:?}", world.keys(&bucket));
        finds_all(&world, start, 2).await;
        leaves_the_same(&world, case, &settled).await;

        world.hand.pass(7 * DAY);
        assert!(expire(&world, &worker).await > 0, "events of seven days ago are kept");
        assert_eq!(messages(&world.calm(), "g").await, [] as [&str; 0]);
        world.hand.pass(8 * DAY);
        deliver(&world, &worker).await;
        for (metric, value) in [("m0", 4.0), ("m1", 4.0)] {
            let hour = json!({
                "Namespace": "Shop", "MetricName": metric, "Period": 3600, "Statistics": ["SampleCount", "Sum"],
                "StartTime": start / 1_000 / 3600 * 3600, "EndTime": start / 1_000 / 3600 * 3600 + 3600,
            });
            let found = ask(&world.calm(), Api::Metrics, "GetMetricStatistics", hour).await;
            let [point] = &found["Datapoints"].as_array().unwrap()[..] else { panic!("{found}") };
            assert_eq!((&point["SampleCount"], &point["Sum"]), (&json!(2.0), &json!(value)));
        }
        leaves_the_same(&world, case, &rolled).await;

        world.hand.pass(500 * DAY);
        assert!(expire(&world, &worker).await > 0);
        leaves_the_same(&world, case, &gone).await;
        let left = world.data();
        assert!(left.contains(&"others/object".to_owned()), "{left:?}");
        assert!(!left.iter().any(|key| key.starts_with("metrics/") || key.starts_with("logs/")), "{left:?}");
        injector.calls()
    })
    .await;
}

/// A metric alarm and a composite one change once, and act at least once, with one id each.
#[tokio::test]
async fn alarms() {
    let calm = OnceCell::new();
    faults_in_turn(1, async |case| {
        let world = World::new().await;
        let setup = world.calm();
        ask(&setup, Api::Metrics, "PutMetricAlarm", alarm()).await;
        let both = json!({ "AlarmName": "both", "AlarmRule": "ALARM(high)", "AlarmActions": [TOPIC] });
        ask(&setup, Api::Metrics, "PutCompositeAlarm", both).await;
        for value in [0, 99] {
            let data = json!({ "Namespace": "Shop", "MetricData": [{ "MetricName": "m0", "Value": value }] });
            ask(&setup, Api::Metrics, "PutMetricData", data).await;
            world.hand.pass(MINUTE);
            if value == 0 {
                // Both are OK: the composite one would else see what the other was before it changed.
                watchtrail_alarms::handle(&setup).await.unwrap();
            }
        }
        let injector = Injector::new(case, &world.hand);
        let _told = Told(&injector);
        let worker = world.process(&injector);
        let _ = watchtrail_alarms::handle(&worker).await;
        let calls = injector.calls();
        // Longer than the lease of an action whose worker does not know that it has it.
        for _ in 0..5 {
            world.hand.pass(MINUTE);
            watchtrail_alarms::handle(&worker).await.unwrap();
        }
        let reader = world.calm();
        for name in ["high", "both"] {
            let history = |kind: &str| {
                let question = json!({ "AlarmName": name, "AlarmTypes": ["MetricAlarm", "CompositeAlarm"], "HistoryItemType": kind });
                ask(&reader, Api::Metrics, "DescribeAlarmHistory", question)
            };
            let updates = history("StateUpdate").await["AlarmHistoryItems"].clone();
            let summaries = updates.as_array().unwrap().iter().map(|update| update["HistorySummary"].as_str());
            let expected = ["Alarm updated from OK to ALARM", "Alarm updated from INSUFFICIENT_DATA to OK"];
            assert!(summaries.eq(expected.map(Some)), "{name}: {updates}");
            let actions = history("Action").await["AlarmHistoryItems"].clone();
            let of = |what: &str| {
                let all = actions.as_array().unwrap().iter();
                all.filter(|one| one["HistorySummary"].as_str().unwrap().starts_with(what)).count()
            };
            assert_eq!(of("Successfully"), 1, "{actions}");
            assert!(of("Failed") <= 1, "{actions}");
        }
        let published = counted(world.published());
        assert!(published.len() == 2 && published.values().sum::<usize>() <= 3, "{published:?}");
        assert_eq!(reader.store.alarms.todo(&scope()).await.unwrap(), []);
        leaves_the_same(&world, case, &calm).await;
        calls
    })
    .await;
}
