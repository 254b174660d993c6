//! Where the design does not hold: what grows in one item, one key or one invocation, and the load at which it bites.

use watchtrail_store::ledger::Head;

use super::delivery::{Rows, most, settings};
use super::limits::{
    CONCURRENCY, DELIVERY_MEMORY, DELIVERY_TIME, DYNAMODB_CALL, KEY_READS, PARAMETERS, S3_PUTS,
};
use super::measured::Measured;
use super::workloads::{LOGS, METRICS, MINUTE};
use super::{alarms, limits};
use crate::report::{Table, about, count};

/// Bytes of a decoded point in a reader's memory, where its request has one point of its series (`TailRows::bytes`).
const TAIL_POINT: f64 = 168.0;

/// Memory of a catalog item while the sweep scans the table, in bytes (assumed), and that of its function.
const SCANNED_ITEM: f64 = 2_500.0;
const SWEEP_MEMORY: f64 = 512e6;

pub(super) fn table(measured: &Measured, of_alarms: &alarms::Measured) -> Table {
    let mut table = Table::new(
        "Where the design does not hold",
        &["what", "bites at", "what happens then", "way out today"],
    );
    for row in metrics(measured).into_iter().chain(both(measured)).chain(others(of_alarms)) {
        table.row(row.to_vec());
    }
    table
}

fn metrics(measured: &Measured) -> Vec<[String; 4]> {
    let journal_bytes = measured.by_1000.body / measured.by_1000.rows;
    let rows = |partitions| Rows { rate: 1.0, partitions, journal_bytes, every: MINUTE };
    let cache = settings().cache_bytes as f64 / TAIL_POINT;
    vec![
        [
            "A generation of a namespace is delivered in the memory of one invocation, eight of them at once".into(),
            format!(
                "{} points a second in one namespace; {} in eight together",
                about(most(&rows(1), METRICS, DELIVERY_MEMORY.value)),
                about(most(&rows(8), METRICS, DELIVERY_MEMORY.value))
            ),
            "no delivery of it ever ends; its journal grows, and with it each read, until two weeks are over and data are lost".into(),
            "more memory; more namespaces".into(),
        ],
        [
            "All deliveries are the work of one invocation at a time".into(),
            format!("{} points a second over a thousand namespaces", about(most(&rows(1_000), METRICS, DELIVERY_MEMORY.value))),
            "generations grow until one of the two limits above is met".into(),
            "none in one stack: it works in one task, and so with one CPU".into(),
        ],
        [
            "A reader decodes all that waits for its delivery, and keeps 64 MB of it".into(),
            format!("{} points a second in one namespace, in generations of a minute", about(cache / MINUTE)),
            "each GetMetricData and each minute of alarms decodes the whole tail again: seconds, and tens of thousands of read units or GETs".into(),
            "more namespaces".into(),
        ],
    ]
}

fn both(measured: &Measured) -> Vec<[String; 4]> {
    let head = measured.by_20.used.of("head").reads;
    let requests = KEY_READS.value / head;
    let slots = f64::from(Head::MAX_SLOTS);
    let journal_bytes = measured.logs.first().map_or(0.1, |(_, request)| request.body / request.rows);
    let group =
        most(&Rows { rate: 1.0, partitions: 1, journal_bytes, every: 1.0 }, LOGS, DELIVERY_MEMORY.value);
    vec![
        [
            "Each write looks at its partition's head, which is one item, however many slots there are".into(),
            format!(
                "{} requests a second to one namespace or log group: {} data points by 20, {} by 1,000",
                about(requests),
                about(requests * 20.0),
                about(requests * 1_000.0)
            ),
            "looks are throttled after the rows were stored: nothing is acknowledged, clients send again, and rows are counted twice".into(),
            "larger requests; more namespaces or groups".into(),
        ],
        [
            format!("Journal bodies beyond {} KB are named by generation and time: S3 cannot part them", settings().inline_limit / 1_024),
            format!("{} such requests a second to one namespace or log group", count(S3_PUTS.value)),
            "S3 answers 503, requests fail".into(),
            "more namespaces or groups".into(),
        ],
        [
            "Slots grow whenever a write is throttled, also while the table is, and never shrink".into(),
            format!("the first minutes of a new table beyond its {} write units", count(limits::NEW_WRITES.value)),
            format!(
                "each reader asks for each slot of each generation, one after the other: {:.1} s and {} read units at least, at {} slots",
                slots * DYNAMODB_CALL,
                count(slots),
                count(slots)
            ),
            "warm throughput before the load comes".into(),
        ],
        [
            "A delivery of logs notes its streams one after the other, two calls each".into(),
            format!("{} streams of one group in a generation", count(DELIVERY_TIME.value / (2.0 * DYNAMODB_CALL))),
            "the delivery never ends".into(),
            "fewer streams a group".into(),
        ],
        [
            "A generation of a log group is delivered in the memory of one invocation".into(),
            format!("{:.0} MB a second into one group", group / 1e6),
            "no delivery of it ever ends".into(),
            "more memory; more groups".into(),
        ],
        [
            "Each new environment reads the sealing key's parameter".into(),
            format!("{} new environments a second", count(PARAMETERS.value)),
            format!("a burst to a concurrency of {} takes {} s until all of them work", count(CONCURRENCY.value), count(CONCURRENCY.value / PARAMETERS.value)),
            "higher throughput of Parameter Store".into(),
        ],
    ]
}

fn others(of_alarms: &alarms::Measured) -> Vec<[String; 4]> {
    let most = alarms::most(of_alarms);
    let changes = |key| about(alarms::changes_a_second(of_alarms, key));
    vec![
        [
            "Alarms are parted by sixteen buckets, and each part reads the whole tail of each namespace"
                .into(),
            format!("{} alarms of a scope over one namespace", about(most)),
            "evaluations come late, or the function runs out of memory".into(),
            "more memory for the alarms function; more regions or accounts".into(),
        ],
        [
            "A scope's changes of state of a day are written under one key (`historyday`), and its actions under another (`todo`): each grows at its \
             end, so that DynamoDB cannot part it"
                .into(),
            format!(
                "{} changes a second of an account and region, {} where each has an action",
                changes("historyday"),
                changes("todo")
            ),
            "transactions are throttled, and the alarms change minutes later; each part reads the whole list of actions, and some hundred thousand that \
             wait fill its memory"
                .into(),
            "none".into(),
        ],
        [
            "The weekly sweep scans the whole catalog, alarms included, into its memory".into(),
            format!(
                "about {} items of the catalog (assumed: {} bytes each)",
                count(SWEEP_MEMORY / SCANNED_ITEM),
                count(SCANNED_ITEM)
            ),
            "what crashes left behind stays; nothing else".into(),
            "more memory for the retention function".into(),
        ],
    ]
}
