//! What a month costs on AWS, in one table: `docs/cost.md` is this.
//!
//! Units are counted by the embedded services and multiplied by list prices, as `GET /_watchtrail/cost` does.

use bytes::Bytes;
use hyper::Method;
use serde_json::Value;

use crate::Result;
use crate::clock;
use crate::cost::dollars;
use crate::fleet::{Format, Load, Plan};
use crate::http::Client;
use crate::options::Options;
use crate::peers::{Binaries, Peer, advance};
use crate::report::{Table, count, progress, ratio};
use crate::{ingest, logs, trail};

/// A second copy of a million management events at CloudTrail.
const CLOUDTRAIL_MILLION: f64 = 20.0;

const DAY: i64 = 86_400;

pub(crate) async fn measure(options: &Options, binaries: &Binaries) -> Result<Table> {
    let columns = ["a month of", "DynamoDB, S3, SQS", "Lambda", "AWS's own price", "cheaper"];
    let mut table = Table::new("What a month costs", &columns);
    idle(binaries, &mut table).await?;
    for (series, batch) in [(1_000, 20), (1_000, 1_000), (10_000, 20), (10_000, 1_000)] {
        metrics(options, binaries, series, batch, &mut table).await?;
    }
    for (name, batch) in logs::SIZES {
        let used = logs::gigabyte(options, binaries, name, batch).await?.dollars();
        row(&mut table, &format!("a GB of logs in requests of {name}"), used, None, logs::CLOUDWATCH_GB);
    }
    let records = trail::records(options, if options.quick { 20_000 } else { 1_000_000 })?;
    for (name, way) in trail::cost::WAYS {
        let (used, requests) = trail::cost::million(options, binaries, &records, name, way).await?;
        let used = trail::cost::price(&used, requests);
        // CloudTrail Lake, which took an application's events, is closed to new customers.
        let aws = if way == trail::cost::Way::Events { 0.0 } else { CLOUDTRAIL_MILLION };
        row(&mut table, &format!("a million audit records: {name}"), used, None, aws);
    }
    table.note(
        "List prices of us-east-1 on demand, without any free tier; storage is not in it. Metrics: a data point of each a minute, with \
         the deliveries; AWS takes $0.30 a month for each of the first 10,000 and $0.01 for 1,000 requests. Lambda: an invocation for each \
         request and three each minute for the schedules, and the time that they took on this machine; where it is left out, \
         it is $0.20 for a million requests and their time.",
    );
    table.note(
        "Audit records: CloudTrail takes $2.00 for 100,000 management events of a second copy; the first copy in S3 is free, and it is what \
         \"files\" reads.",
    );
    table.note(
        "What this does not say: AWS's metrics by OpenTelemetry are billed by the GB and not by the metric, and Watchtrail's lead over those is \
         smaller; AWS's own metrics (EC2, Lambda …) cost as much to read as they ever did; logs that a Lambda function writes to CloudWatch \
         are paid there already; log requests of 1 KB and less cost more here than at CloudWatch.",
    );
    Ok(table)
}

fn row(table: &mut Table, what: &str, units: f64, lambda: Option<f64>, aws: f64) {
    let own = units + lambda.unwrap_or_default();
    table.row(vec![
        what.into(),
        dollars(units),
        lambda.map_or_else(|| "–".into(), dollars),
        if aws > 0.0 { dollars(aws) } else { "–".into() },
        if aws > 0.0 { ratio(aws / own) } else { String::new() },
    ]);
}

/// What the suite says of itself: dollars a month for units, and for Lambda.
async fn bill(client: &mut Client) -> Result<(f64, f64)> {
    let answer = client.send(Method::GET, "/_watchtrail/cost", &[], Bytes::new()).await?.ok()?;
    let cost: Value = serde_json::from_slice(&answer)?;
    let (mut units, mut lambda) = (0.0, 0.0);
    for line in cost["watchtrail"]["lines"].as_array().into_iter().flatten() {
        let (what, dollars) =
            (line["what"].as_str().unwrap_or_default(), line["dollars"].as_f64().unwrap_or_default());
        match what {
            _ if what.starts_with("Lambda") => lambda += dollars,
            _ if what.starts_with("GB in") => {}
            _ => units += dollars,
        }
    }
    Ok((units, lambda))
}

async fn idle(binaries: &Binaries, table: &mut Table) -> Result<()> {
    progress("month: an idle stack");
    let server = binaries.suite(&["--as-on-aws"]).await?;
    let mut client = Client::connect(server.port).await?;
    advance(&mut client, 30 * DAY).await?;
    let (units, lambda) = bill(&mut client).await?;
    row(table, "an idle stack", units, Some(lambda), 0.0);
    Ok(())
}

async fn metrics(
    options: &Options,
    binaries: &Binaries,
    series: usize,
    batch: usize,
    table: &mut Table,
) -> Result<()> {
    progress(&format!("month: {series} metrics in requests of {batch}"));
    let server = binaries.suite(&["--as-on-aws"]).await?;
    let mut client = Client::connect(server.port).await?;
    let minutes = if options.quick { 6 } else { 60 };
    let start = clock::minute(clock::now());
    let plan = Plan { format: Format::Json, gzip: true, namespace: "Month", series, batch, minutes, start };
    let load = Load::prepare(plan)?;
    for minute in 0..minutes {
        let requests = load.requests() / minutes;
        for number in minute * requests..(minute + 1) * requests {
            ingest::send(&mut client, Peer::Watchtrail, &load, number).await?;
        }
        advance(&mut client, 60).await?;
    }
    let (units, lambda) = bill(&mut client).await?;
    let many = series as f64;
    let requests = many / batch as f64 * 43_800.0;
    let aws = 0.30 * many + requests * 1e-5;
    let what = format!("a metric, of {} in requests of {}", count(many), count(batch as f64));
    row(table, &what, units / many, Some(lambda / many), aws / many);
    Ok(())
}
