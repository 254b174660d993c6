//! What the suite's work since its start would cost for a month: on AWS as Watchtrail, and at CloudWatch and CloudTrail themselves.
//!
//! Watchtrail's part is counted: units of DynamoDB and S3 by the embedded services, calls by the frame, runs by the scheduler; all multiplied
//! by list prices and by the time since the start that a month has. AWS's part is what it bills for: metrics, calls, bytes of logs, alarms.

mod ask;
mod prices;
mod table;
mod workload;

use serde::{Deserialize, Serialize};
use watchtrail_service::Clock;
use watchtrail_store::StoreError;

pub use table::{CostOptions, show};

use self::prices as price;
use self::workload::Workload;
use crate::Home;
use crate::embedded::Counters;

/// Seconds of the month that AWS's examples have: 730 hours.
const MONTH: f64 = 730.0 * 3_600.0;

/// What starts a function on AWS each minute: delivery, alarms and subscriptions, one of them each.
const SCHEDULES: f64 = 3.0;

/// Memory of the functions behind the APIs, in GB, and the mean of those behind the schedules (`template.yaml`).
const API_MEMORY: f64 = 1.0;
const SCHEDULED_MEMORY: f64 = (1_769.0 + 1_024.0 + 512.0) / 3.0 / 1_024.0;

const GB: f64 = 1e9;

/// A line of a bill.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Line {
    /// What is paid for.
    pub what: String,
    /// How much of it a month has.
    pub a_month: f64,
    /// Dollars a month.
    pub dollars: f64,
}

/// A bill for a month.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Bill {
    /// What is paid for.
    pub lines: Vec<Line>,
    /// All together, dollars a month.
    pub dollars: f64,
}

/// Both bills.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Cost {
    /// The seconds of the suite's time that were counted.
    pub seconds: f64,
    /// By how much what was counted was multiplied.
    pub times: f64,
    /// What AWS would bill for Watchtrail.
    pub watchtrail: Bill,
    /// What CloudWatch and CloudTrail would bill.
    pub aws: Bill,
    /// What to know about these figures.
    pub notes: Vec<String>,
}

/// What was done since the suite was started, as a month of it.
///
/// # Errors
/// When a store does not answer.
pub(crate) async fn cost(home: &Home, as_on_aws: bool) -> Result<Cost, StoreError> {
    // First of all: to look costs something, too.
    let counted = home.usage.snapshot();
    let now = home.clock.now();
    let seconds = (now.millis_since(home.started) as f64 / 1_000.0).max(1.0);
    let times = MONTH / seconds;
    let workload = Workload::of(&home.context, now).await?;
    let stored = home.stored_bytes();
    Ok(Cost {
        seconds,
        times,
        watchtrail: watchtrail(&counted, stored, seconds, times),
        aws: aws(&counted, &workload, times),
        notes: notes(seconds, as_on_aws, home),
    })
}

fn bill(lines: impl IntoIterator<Item = (&'static str, f64, f64)>) -> Bill {
    let line = |(what, a_month, each): (&str, f64, f64)| Line {
        what: what.to_owned(),
        a_month,
        dollars: a_month * each,
    };
    let lines: Vec<Line> = lines.into_iter().map(line).filter(|line| line.a_month > 0.0).collect();
    Bill { dollars: lines.iter().fold(0.0, |sum, line| sum + line.dollars), lines }
}

/// Bytes at rest: in S3, and in DynamoDB where it is a file.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Stored {
    pub(crate) s3: u64,
    pub(crate) dynamodb: u64,
}

fn watchtrail(counted: &Counters, stored: Stored, seconds: f64, times: f64) -> Bill {
    let runs = &counted.scheduled;
    // The scheduler of this host looks around more often than once a minute, or, while the clock is advanced, less often.
    let (made, due) = (runs.runs as f64, seconds / 60.0);
    let units = |counted: f64, idle: f64| (counted + (due - made) * idle).max(0.0) * times;
    let calls: u64 = counted.calls.values().map(|calls| calls.calls).sum();
    let micros: u64 = counted.calls.values().map(|calls| calls.micros).sum();
    let run_seconds = if made > 0.0 { runs.micros as f64 / 1e6 / made } else { 0.0 };
    let gb_seconds = micros as f64 / 1e6 * API_MEMORY + due * run_seconds * SCHEDULED_MEMORY;
    bill([
        (
            "DynamoDB write units",
            units(counted.dynamodb.write_units, runs.idle_write_units),
            price::WRITE_UNIT,
        ),
        ("DynamoDB read units", units(counted.dynamodb.read_units, runs.idle_read_units), price::READ_UNIT),
        ("S3 PUT and LIST", (counted.s3.put + counted.s3.list) as f64 * times, price::S3_PUT),
        ("S3 GET", counted.s3.get as f64 * times, price::S3_GET),
        ("Lambda invocations", (calls as f64 + due * SCHEDULES) * times, price::INVOCATION),
        ("Lambda GB-seconds", gb_seconds * times, price::GB_SECOND),
        ("GB in S3", stored.s3 as f64 / GB, price::S3_GB),
        ("GB in DynamoDB", stored.dynamodb as f64 / GB, price::DYNAMODB_GB),
    ])
}

fn aws(counted: &Counters, workload: &Workload, times: f64) -> Bill {
    let of = |operation: &str| {
        let found = counted.calls.iter().filter(|(name, _)| name.rsplit('.').next() == Some(operation));
        found.fold((0, 0), |(calls, quantity), (_, one)| (calls + one.calls, quantity + one.quantity))
    };
    let calls: u64 = counted
        .calls
        .iter()
        .filter(|(name, _)| name.starts_with("cloudwatch.") && !name.ends_with(".GetMetricData"))
        .map(|(_, one)| one.calls)
        .sum();
    let (bytes, asked) = (of("PutLogEvents").1 as f64 / GB * times, of("GetMetricData").1 as f64 * times);
    let metrics = workload.metrics as f64;
    let (copies, data) = billed_records(counted);
    let each = if metrics > 0.0 { price::custom_metrics(metrics) / metrics } else { 0.0 };
    bill([
        ("custom metrics", metrics, each),
        ("calls of CloudWatch", calls as f64 * times, price::CLOUDWATCH_CALL),
        ("metrics that GetMetricData was asked for", asked, price::CLOUDWATCH_CALL),
        ("alarms", workload.alarms as f64, price::ALARM),
        ("high-resolution alarms", workload.high_resolution_alarms as f64, price::HIGH_RESOLUTION_ALARM),
        ("composite alarms", workload.composite_alarms as f64, price::COMPOSITE_ALARM),
        ("GB of log events ingested", bytes, price::LOGS_GB),
        (
            "GB of logs stored, compressed",
            workload.log_bytes as f64 / GB * price::LOGS_COMPRESSED,
            price::LOGS_STORED_GB,
        ),
        ("management events to a second trail", copies as f64 * times, price::TRAIL_COPY),
        ("data events to trails", data as f64 * times, price::TRAIL_DATA),
        ("GB of audit events by PutAuditEvents", of("PutAuditEvents").1 as f64 / GB * times, price::LAKE_GB),
    ])
}

/// What trails were given and CloudTrail bills: management events beyond the first copy in a region (that of the trail which was given
/// most), and data events.
fn billed_records(counted: &Counters) -> (u64, u64) {
    let (mut copies, mut data) = (0, 0);
    for trails in counted.trails.values() {
        let all: u64 = trails.values().map(|trail| trail.management).sum();
        copies += all - trails.values().map(|trail| trail.management).max().unwrap_or(0);
        data += trails.values().map(|trail| trail.data).sum::<u64>();
    }
    (copies, data)
}

fn notes(seconds: f64, as_on_aws: bool, home: &Home) -> Vec<String> {
    let mut notes = Vec::new();
    let mut note = |text: &str| notes.push(text.to_owned());
    if seconds < 600.0 {
        note(
            "Less than ten minutes of the suite's time were counted: let it run longer, or advance the clock, for figures that mean something.",
        );
    }
    if !as_on_aws {
        note(
            "Started without --as-on-aws: the suite stores as is best on this machine, and a deployed one needs other units.",
        );
    }
    if home.dynamodb.is_none() || home.s3.is_none() {
        note("An outside DynamoDB or S3 was named: what it was asked is not counted.");
    }
    note("List prices of us-east-1 on demand, no free tier. Lambda's time is this machine's.");
    note(
        "Custom metrics are those of the last two weeks, each for a whole month; CloudWatch bills the hours in which a metric has data. Read units leave out what this host's schedules ask for more often than AWS's would; what you yourself ask of the embedded S3 is counted, too.",
    );
    note(
        "CloudTrail: an account's first copy of management events is free in each region, and so is it here; PutAuditEvents at the price of CloudTrail Lake, which takes no new customers.",
    );
    note(
        "Traps: AWS's metrics by OpenTelemetry are billed by the GB and not by the metric; AWS's own metrics (of EC2, Lambda, …) cannot be had cheaper here, since to read them costs as much; logs that Lambda itself writes to CloudWatch are paid there already.",
    );
    notes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_idle_minute_is_what_a_run_that_finds_nothing_needs() {
        let mut counted = Counters::default();
        // A second a run, as this host does: sixty runs in the minute for which AWS is billed one.
        counted.scheduled.runs = 60;
        counted.scheduled.idle_read_units = 2.0;
        counted.dynamodb.read_units = 120.0;
        let bill = watchtrail(&counted, Stored::default(), 60.0, MONTH / 60.0);
        let reads = bill.lines.iter().find(|line| line.what == "DynamoDB read units").unwrap();
        assert!((reads.a_month - 2.0 * MONTH / 60.0).abs() < 1e-6, "{reads:?}");
    }
}
