//! Faults in every call of what takes data in: PutMetricData, PutLogEvents, PutAuditEvents, recorded calls, and files of a real account.

use std::cell::OnceCell;
use std::collections::{BTreeMap, BTreeSet};
use std::io::Write as _;

use aws_lambda_events::sqs::{SqsEvent, SqsMessage};
use serde_json::{Value, json};
use watchtrail_core::time::{HOUR, MINUTE, SECOND};
use watchtrail_service::Context;
use watchtrail_store::trail::Lookup;

use super::inject::{Case, Injector};
use super::world::{Api, World, ask, counted, deliver, scope, send};
use super::{Told, every_fault, faults_in_turn};

/// Text that does not become shorter, and is no item of a batch that fits into the journal's own.
pub(super) fn noise(seed: u64) -> String {
    let mut state = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        char::from(b'a' + (state % 26) as u8)
    };
    (0..500).map(|_| next()).collect()
}

/// How many samples a metric has, and their sum.
pub(super) async fn figures(context: &Context, namespace: &str, metric: &str, start: i64) -> (usize, f64) {
    let question = json!({
        "Namespace": namespace, "MetricName": metric, "Period": 60, "Statistics": ["SampleCount", "Sum"],
        "StartTime": start / 1_000 / 60 * 60, "EndTime": start / 1_000 / 60 * 60 + 600,
    });
    let answer = ask(context, Api::Metrics, "GetMetricStatistics", question).await;
    let points = answer["Datapoints"].as_array().unwrap();
    let total = |name: &str| points.iter().map(|point| point[name].as_f64().unwrap()).sum::<f64>();
    (total("SampleCount") as usize, total("Sum"))
}

/// What is left when everything is delivered and swept is the same as without faults.
pub(super) async fn leaves_the_same(world: &World, case: Case, calm: &OnceCell<BTreeSet<String>>) {
    let context = world.calm();
    for partition in context.store.ledger.all_partitions().await.unwrap() {
        context.store.ledger.sweep(&partition, context.now()).await.unwrap();
    }
    let mut left = world.data();
    left.extend(World::plain_keys(&world.index()));
    left.extend(World::plain_keys(&world.ledger()));
    // What was refused may have been written, and what was sent again was written again: in the journal, until its time is over; a bucket of alarms
    // has one change more; a partition whose delivery did not come to its end has a generation without rows more; and that a digest was to be
    // put again was noted.
    let more: &[&str] = if case.is_hidden() {
        &[]
    } else {
        &["journal#", "alarmlog#", "traillots#", "trailcursors#* digests#"]
    };
    let left: BTreeSet<String> = left.into_iter().filter(|key| !key.starts_with("journal/")).collect();
    let expected = calm.get_or_init(|| left.clone());
    let differ = left.symmetric_difference(expected);
    let differ: Vec<&String> = differ.filter(|key| !more.iter().any(|word| key.starts_with(word))).collect();
    assert!(differ.is_empty(), "{case:?}: {differ:?}, of {left:?}");
}

#[tokio::test]
async fn put_metric_data() {
    let calm = OnceCell::new();
    every_fault(async |case| {
        let world = World::new().await;
        let injector = Injector::new(case, &world.hand);
        let _told = Told(&injector);
        let context = world.process(&injector);
        let start = world.now();
        let mut failed = Vec::new();
        for number in 0..3_u32 {
            let datum = |name: &str, dimension: &str| {
                let dimensions = json!([{ "Name": "d", "Value": dimension }]);
                let dimensions = if dimension.is_empty() { json!([]) } else { dimensions };
                json!({ "MetricName": name, "Value": number + 2, "Timestamp": start / 1_000, "Dimensions": dimensions })
            };
            let mut data = vec![datum(&format!("m{number}"), "")];
            if number == 1 {
                // Too large for an item.
                data.push(datum("other", &noise(1)));
            }
            let body = json!({ "Namespace": "Shop", "MetricData": data });
            failed.push(send(&world, &injector, &context, (Api::Metrics, "PutMetricData"), &body).await.1);
        }
        let mut before = Vec::new();
        for round in 0..2 {
            let reader = world.calm();
            let mut found = Vec::new();
            for (number, failed) in failed.iter().enumerate() {
                let (count, sum) = figures(&reader, "Shop", &format!("m{number}"), start).await;
                assert!((1..=1 + failed).contains(&count), "m{number}: {count} of {failed} failures");
                assert_eq!(sum, (count * (number + 2)) as f64);
                found.push(count);
            }
            if round == 1 {
                assert_eq!(found, before, "delivery changed what is read");
            }
            before = found;
            world.hand.pass(6 * MINUTE);
            deliver(&world, &world.calm()).await;
        }
        leaves_the_same(&world, case, &calm).await;
        injector.calls()
    })
    .await;
}

/// The messages of the group, in the order in which they are read.
pub(super) async fn messages(context: &Context, group: &str) -> Vec<String> {
    let found = ask(context, Api::Logs, "FilterLogEvents", json!({ "logGroupName": group })).await;
    assert!(found["nextToken"].is_null(), "{found}");
    let events = found["events"].as_array().unwrap().iter();
    events.map(|event| event["message"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn put_log_events() {
    let calm = OnceCell::new();
    every_fault(async |case| {
        let world = World::new().await;
        let start = world.now();
        prepare_logs(&world).await;
        let injector = Injector::new(case, &world.hand);
        let _told = Told(&injector);
        let context = world.process(&injector);
        let embedded = json!({
            "_aws": { "Timestamp": start, "CloudWatchMetrics": [{ "Namespace": "Embedded", "Dimensions": [[]], "Metrics": [{ "Name": "sold" }] }] },
            "sold": 3,
        });
        // Alone; with a metric, and too large for an item; with an embedded metric.
        let requests =
            [vec!["event".to_owned()], vec!["ERROR".to_owned(), noise(2)], vec![embedded.to_string()]];
        let mut failed = BTreeMap::new();
        for (number, request) in requests.iter().enumerate() {
            let time = start + number as i64 * 10;
            let event = |message: &String| json!({ "timestamp": time, "message": message });
            let events: Vec<Value> = request.iter().map(event).collect();
            let body = json!({ "logGroupName": "g", "logStreamName": "s", "logEvents": events });
            let times = send(&world, &injector, &context, (Api::Logs, "PutLogEvents"), &body).await.1;
            failed.extend(request.iter().map(|message| (message.clone(), times)));
        }
        let mut before = Vec::new();
        for round in 0..2 {
            let reader = world.calm();
            let found = messages(&reader, "g").await;
            let counts = counted(found.iter());
            assert_eq!(counts.len(), failed.len());
            for (message, times) in &failed {
                assert!((1..=1 + times).contains(&counts[message]), "{message}: {counts:?}");
            }
            let place = |message: &String| requests.iter().position(|request| request.contains(message));
            assert!(found.is_sorted_by_key(place), "{found:?}");
            // Each event that is stored has its metric, and no other has.
            let errors = counts[&requests[1][0]];
            assert_eq!(figures(&reader, "Errors", "errors", start).await, (errors, errors as f64));
            let sold = counts[&requests[2][0]];
            assert_eq!(figures(&reader, "Embedded", "sold", start).await, (sold, (3 * sold) as f64));
            if round == 1 {
                assert_eq!(found, before, "delivery changed what is read");
            }
            before = found;
            world.hand.pass(4 * HOUR);
            deliver(&world, &world.calm()).await;
        }
        leaves_the_same(&world, case, &calm).await;
        injector.calls()
    })
    .await;
}

pub(super) async fn prepare_logs(world: &World) {
    let context = world.calm();
    ask(&context, Api::Logs, "CreateLogGroup", json!({ "logGroupName": "g" })).await;
    ask(&context, Api::Logs, "CreateLogStream", json!({ "logGroupName": "g", "logStreamName": "s" })).await;
    let filter = json!({
        "logGroupName": "g", "filterName": "f", "filterPattern": "ERROR",
        "metricTransformations": [{ "metricName": "errors", "metricNamespace": "Errors", "metricValue": "1" }],
    });
    ask(&context, Api::Logs, "PutMetricFilter", filter).await;
}

/// What LookupEvents finds: the ids and the names of records.
pub(super) async fn looked_up(context: &Context) -> Vec<(String, String)> {
    let lookup = Lookup { range: 0..i64::MAX, attributes: vec![], after: None, limit: 1_000 };
    let found = context.store.trail.lookup(&scope(), &lookup, context.now()).await.unwrap();
    found.iter().map(|json| named(&serde_json::from_str(json).unwrap())).collect()
}

fn named(record: &Value) -> (String, String) {
    let text = |name: &str| record[name].as_str().unwrap().to_owned();
    (text("eventID"), text("eventName"))
}

/// The records in a trail's files.
pub(super) fn filed(world: &World) -> Vec<(String, String)> {
    let keys = world.keys("audit");
    let files = keys.iter().filter(|key| key.contains("/CloudTrail/"));
    files
        .flat_map(|key| world.unzipped(key)["Records"].as_array().unwrap().clone())
        .map(|one| named(&one))
        .collect()
}

/// Rows of audit records in all segments.
pub(super) fn rows(world: &World) -> usize {
    let index = world.index();
    let of_trail = |item: &&Value| item["pk"]["S"].as_str().unwrap().starts_with("index#trail/");
    index
        .iter()
        .filter(of_trail)
        .map(|item| item["count"]["N"].as_str().unwrap().parse::<usize>().unwrap())
        .sum()
}

pub(super) async fn start_trail(world: &World, context: &Context, more: Value) {
    let mut trail = json!({ "Name": "main", "S3BucketName": "audit" });
    trail.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    ask(context, Api::Trail, "CreateTrail", trail).await;
    // So that this call is none that the trail logs.
    world.hand.pass(SECOND);
    ask(context, Api::Trail, "StartLogging", json!({ "Name": "main" })).await;
}

/// Calls of management, each recorded.
fn management() -> [(Api, &'static str, Value); 3] {
    [
        (Api::Logs, "CreateLogGroup", json!({ "logGroupName": "g" })),
        (Api::Trail, "CreateTrail", json!({ "Name": "other", "S3BucketName": "audit" })),
        (Api::Metrics, "PutMetricAlarm", alarm()),
    ]
}

/// How often which record is to be found; a call's as often as it was made.
type Expected = BTreeMap<String, usize>;

/// A world with a trail, in which `what` is done with a fault.
async fn audited(
    case: Case,
    calm: &OnceCell<BTreeSet<String>>,
    what: impl AsyncFn(&World, &Injector, &Context) -> Expected,
) -> usize {
    let world = World::new().await;
    start_trail(&world, &world.calm(), json!({})).await;
    world.hand.pass(SECOND);
    let injector = Injector::new(case, &world.hand);
    let _told = Told(&injector);
    let context = world.process(&injector);
    let expected = what(&world, &injector, &context).await;
    for round in 0..2 {
        let mut found = vec![looked_up(&world.calm()).await];
        if round == 1 {
            assert_eq!(rows(&world), found[0].len());
            found.push(filed(&world));
        }
        for (place, found) in found.iter().enumerate() {
            assert!(counted(found.iter().map(|(id, _)| id)).values().all(|times| *times == 1), "{found:?}");
            let names = counted(found.iter().map(|(_, name)| name));
            for (name, times) in &expected {
                // That the trail itself was made is history, and none that it logs.
                let own = usize::from(place == 0 && name == "CreateTrail");
                assert_eq!(names.get(name), Some(&(times + own)), "{name}: {found:?}");
            }
        }
        world.hand.pass(6 * MINUTE);
        deliver(&world, &world.calm()).await;
    }
    leaves_the_same(&world, case, calm).await;
    injector.calls()
}

#[tokio::test]
async fn put_audit_events() {
    let calm = OnceCell::new();
    let events = async |world: &World, injector: &Injector, context: &Context| {
        let channel = json!({
            "Name": "mine", "Source": "Custom",
            "Destinations": [{ "Type": "EVENT_DATA_STORE", "Location": "event-history" }],
        });
        let made = ask(&world.calm(), Api::Trail, "CreateChannel", channel).await;
        let arn = made["ChannelArn"].as_str().unwrap().replace(':', "%3A").replace('/', "%2F");
        let path = format!("PutAuditEvents?channelArn={arn}");
        // The second is too large for an item, and has an event of the first.
        for uids in [&["a"][..], &["a", "b"]] {
            let event = |uid: &&str| {
                let data = json!({
                    "version": "1", "UID": uid, "eventSource": "shop", "eventName": format!("Put-{uid}"), "recipientAccountId": scope().account,
                    "eventTime": "2026-11-21T12:00:00Z", "userIdentity": { "type": "User", "principalId": noise(uids.len() as u64) },
                });
                json!({ "id": uid, "eventData": data.to_string() })
            };
            let body = json!({ "auditEvents": uids.iter().map(event).collect::<Vec<_>>() });
            let (answer, _) = send(world, injector, context, (Api::Trail, &path), &body).await;
            assert_eq!(answer["successful"].as_array().unwrap().len(), uids.len(), "{answer}");
        }
        Expected::from([("Put-a".to_owned(), 1), ("Put-b".to_owned(), 1)])
    };
    every_fault(async |case| audited(case, &calm, events).await).await;
}

#[tokio::test]
async fn recorded_calls() {
    let calm = OnceCell::new();
    let calls = async |world: &World, injector: &Injector, context: &Context| {
        let mut expected = Expected::new();
        for (api, operation, body) in management() {
            let (_, failed) = send(world, injector, context, (api, operation), &body).await;
            expected.insert(operation.to_owned(), 1 + failed);
        }
        expected
    };
    faults_in_turn(1, async |case| audited(case, &calm, calls).await).await;
}

pub(super) fn alarm() -> Value {
    json!({
        "AlarmName": "high", "Namespace": "Shop", "MetricName": "m0", "Statistic": "Maximum", "Period": 60, "EvaluationPeriods": 1,
        "Threshold": 1, "ComparisonOperator": "GreaterThanThreshold", "TreatMissingData": "ignore", "AlarmActions": [super::world::TOPIC],
    })
}

/// A file of CloudTrail's, of which the queue tells. A message that is not taken comes again.
#[tokio::test]
async fn intake_of_a_file() {
    let calm = OnceCell::new();
    every_fault(async |case| {
        let world = World::new().await;
        let record = |id: &str| {
            json!({
                "eventVersion": "1.11", "eventID": id, "eventTime": "2026-11-21T12:00:00Z", "eventSource": "s3.amazonaws.com", "eventName": "PutObject",
                "awsRegion": "us-east-1", "recipientAccountId": scope().account, "eventType": "AwsApiCall", "userAgent": noise(3),
            })
        };
        let text = json!({ "Records": [record("a"), { "eventID": "no time" }, record("b")] }).to_string();
        let mut file = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        file.write_all(text.as_bytes()).unwrap();
        world.put_file("audit", "AWSLogs/1.json.gz", &file.finish().unwrap());
        let mut message = SqsMessage::default();
        message.message_id = Some("1".to_owned());
        message.body = Some(json!({ "s3Bucket": "audit", "s3ObjectKey": ["AWSLogs/1.json.gz"] }).to_string());
        let mut queue = SqsEvent::default();
        queue.records.push(message);

        let injector = Injector::new(case, &world.hand);
        let _told = Told(&injector);
        let context = world.process(&injector);
        let mut left = 3;
        while !watchtrail_trail::take_in(&context, &queue).await.batch_item_failures.is_empty() {
            left -= 1;
            assert!(left > 0 && !case.is_hidden(), "{case:?}");
            world.hand.pass(6 * MINUTE);
        }
        for _ in 0..2 {
            let found = counted(looked_up(&world.calm()).await.into_iter().map(|(id, _)| id));
            assert_eq!(found, BTreeMap::from([("a".to_owned(), 1), ("b".to_owned(), 1)]));
            world.hand.pass(6 * MINUTE);
            deliver(&world, &world.calm()).await;
        }
        assert_eq!(rows(&world), 2);
        let aside = world.data().into_iter().filter(|key| key.starts_with("trail-aside/")).count();
        let counted = world.ledger().into_iter().filter_map(|item| Some(item.get("aside")?["N"].to_string()));
        assert_eq!((aside, counted.collect::<Vec<_>>()), (1, vec!["\"1\"".to_owned()]), "{case:?}");
        leaves_the_same(&world, case, &calm).await;
        injector.calls()
    })
    .await;
}
