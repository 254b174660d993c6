//! What a minute of alarms takes: CPU of the whole host, and what AWS would bill.
//!
//! Each alarm watches a metric of its own. A minute is: the data points of all metrics, then the clock goes on by a minute, and everything that is
//! due happens. What is measured is the second half.

use std::sync::Arc;

use bytes::Bytes;
use hyper::Method;
use serde_json::{Value, json};

use crate::clock::Stopwatch;
use crate::cloudwatch;
use crate::cost::{Usage, dollars};
use crate::fleet::{Format, Load, Plan, Series};
use crate::http::Client;
use crate::options::Options;
use crate::peers::{Binaries, Peer, advance};
use crate::report::{self, Table, progress};
use crate::{Result, ingest};

pub(crate) const NAMESPACE: &str = "Alarms";

/// Minutes of a month, for its price.
const MINUTES_A_MONTH: f64 = 43_800.0;

/// What CloudWatch asks for a standard alarm a month.
const CLOUDWATCH_ALARM: f64 = 0.10;

/// One measured minute.
#[derive(Clone, Copy, Debug)]
struct Minute {
    cpu: f64,
    wall: f64,
    used: Usage,
}

pub(crate) async fn measure(options: &Options, binaries: &Binaries) -> Result<Table> {
    let columns =
        ["alarms", "minute", "CPU", "time", "read units", "read units an alarm", "write units", "S3 GET"];
    let mut table = Table::new("Alarms, each of a metric of its own, one data point a minute", &columns);
    let alarms = if options.quick { 1_000 } else { 10_000 };
    for batch in [1_000, 20] {
        progress(&format!("alarms: {alarms}, data in requests of {batch}"));
        let (first, later) = run(binaries, alarms, batch).await?;
        let title = format!("{} (data in requests of {batch})", report::count(alarms as f64));
        row(&mut table, &title, "first: all are read, and change", alarms, &first);
        let mut sorted = later.clone();
        sorted.sort_by(|a, b| a.cpu.total_cmp(&b.cpu));
        row(&mut table, &title, "median of ten", alarms, &sorted[sorted.len() / 2]);
        let worst = later.iter().max_by(|a, b| a.used.read_units().total_cmp(&b.used.read_units()));
        if let Some(worst) = worst {
            row(&mut table, &title, "most read units of ten", alarms, worst);
        }
        let month = later.iter().map(|minute| minute.used.dollars()).sum::<f64>() / later.len() as f64
            * MINUTES_A_MONTH
            / alarms as f64;
        table.note(&format!(
            "Data in requests of {batch}: {} an alarm and month by the mean of the ten minutes (CloudWatch: {}), without Lambda's price; \
             what delivery uses in these minutes is in it.",
            dollars(month),
            dollars(CLOUDWATCH_ALARM)
        ));
    }
    table.note(
        "As on AWS (`--as-on-aws`): the journal's tail is asked for, once for each namespace and minute. CPU and time are those of the \
         whole host while the clock goes on by a minute; in two of ten minutes a delivery falls into them.",
    );
    Ok(table)
}

fn row(table: &mut Table, alarms: &str, minute: &str, count: usize, measured: &Minute) {
    table.row(vec![
        alarms.to_owned(),
        minute.to_owned(),
        format!("{:.2} s", measured.cpu),
        format!("{:.2} s", measured.wall),
        format!("{:.0}", measured.used.read_units()),
        format!("{:.3}", measured.used.read_units() / count as f64),
        format!("{:.0}", measured.used.write_units()),
        format!("{:.0}", measured.used.gets()),
    ]);
}

async fn run(binaries: &Binaries, alarms: usize, batch: usize) -> Result<(Minute, Vec<Minute>)> {
    let server = binaries.suite(&["--as-on-aws"]).await?;
    let mut client = Client::connect(server.port).await?;
    for number in 0..alarms {
        let body = Bytes::from(alarm(number).to_string());
        cloudwatch::call(&mut client, "PutMetricAlarm", body).await?.ok()?;
    }
    let mut minutes = Vec::new();
    for _ in 0..=10 {
        let start = now(&mut client).await?;
        let plan = Plan {
            format: Format::Json,
            gzip: true,
            namespace: NAMESPACE,
            series: alarms,
            batch,
            minutes: 1,
            start,
        };
        let load = Arc::new(Load::prepare(plan)?);
        for number in 0..load.requests() {
            ingest::send(&mut client, Peer::Watchtrail, &load, number).await?;
        }
        let (before, cpu) = (Usage::now(&mut client).await?, server.cpu().unwrap_or_default());
        let watch = Stopwatch::start();
        advance(&mut client, 60).await?;
        let wall = watch.elapsed().as_secs_f64();
        let cpu = server.cpu().unwrap_or_default() - cpu;
        let used = Usage::now(&mut client).await?.since(before, 1.0);
        minutes.push(Minute { cpu, wall, used });
    }
    check(&mut client, alarms).await?;
    let later = minutes.split_off(1);
    Ok((minutes[0], later))
}

/// All alarms saw their data: a benchmark of alarms that see nothing would look good.
async fn check(client: &mut Client, alarms: usize) -> Result<()> {
    for state in ["INSUFFICIENT_DATA", "ALARM"] {
        let body = Bytes::from(json!({ "StateValue": state }).to_string());
        let answer = cloudwatch::call(client, "DescribeAlarms", body).await?.ok()?;
        let found: Value = serde_json::from_slice(&answer)?;
        if found["MetricAlarms"] != json!([]) {
            return Err(format!("some of {alarms} alarms are in {state}, and none should").into());
        }
    }
    Ok(())
}

pub(crate) fn alarm(number: usize) -> Value {
    let series = Series(number);
    json!({
        "AlarmName": format!("alarm-{number}"), "Namespace": NAMESPACE, "MetricName": series.metric(),
        "Dimensions": [{ "Name": "InstanceId", "Value": series.instance() }],
        "Statistic": "Average", "Period": 60, "EvaluationPeriods": 3, "Threshold": 1e12,
        "ComparisonOperator": "GreaterThanThreshold",
    })
}

/// The minute of the suite's clock, in seconds.
async fn now(client: &mut Client) -> Result<i64> {
    let answer = client.send(Method::GET, "/_watchtrail/clock", &[], Bytes::new()).await?.ok()?;
    let clock: Value = serde_json::from_slice(&answer)?;
    Ok(crate::clock::minute(clock["now_millis"].as_i64().unwrap_or_default() / 1_000))
}
