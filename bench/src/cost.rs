//! What AWS would bill for the same work: units counted by the suite's embedded services, at list prices.

use std::sync::Arc;

use serde::Deserialize;

use crate::clock;
use crate::cloudwatch::{self, Asked};
use crate::fleet::{Format, Load, Plan, Series};
use crate::http::Client;
use crate::options::Options;
use crate::peers::{Binaries, Peer, advance};
use crate::report::{Table, progress, ratio};
use crate::{Result, ingest};

/// List prices of us-east-1 in dollars: DynamoDB on demand, S3 Standard, CloudWatch.
mod price {
    pub(super) const WRITE_UNIT: f64 = 0.625e-6;
    pub(super) const READ_UNIT: f64 = 0.125e-6;
    pub(super) const S3_PUT: f64 = 5e-6;
    pub(super) const S3_GET: f64 = 0.4e-6;
    pub(super) const S3_GB_MONTH: f64 = 0.023;
    pub(super) const CLOUDWATCH_REQUEST: f64 = 1e-5;
    pub(super) const CLOUDWATCH_METRIC_READ: f64 = 1e-5;
}

#[derive(Clone, Copy, Debug, Default, Deserialize)]
struct Usage {
    dynamodb: DynamoDb,
    s3: S3,
}

#[derive(Clone, Copy, Debug, Default, Deserialize)]
struct DynamoDb {
    write_units: f64,
    read_units: f64,
}

#[derive(Clone, Copy, Debug, Default, Deserialize)]
struct S3 {
    put: f64,
    get: f64,
    list: f64,
    bytes_in: f64,
}

impl Usage {
    async fn now(client: &mut Client) -> Result<Self> {
        Ok(serde_json::from_slice(&client.get("/_watchtrail/usage").await?.ok()?)?)
    }

    /// What was used since `before`, for each `per` of something.
    fn since(self, before: Self, per: f64) -> Self {
        let spent = |now: f64, before: f64| (now - before) / per;
        Self {
            dynamodb: DynamoDb {
                write_units: spent(self.dynamodb.write_units, before.dynamodb.write_units),
                read_units: spent(self.dynamodb.read_units, before.dynamodb.read_units),
            },
            s3: S3 {
                put: spent(self.s3.put + self.s3.list, before.s3.put + before.s3.list),
                get: spent(self.s3.get, before.s3.get),
                list: 0.0,
                bytes_in: spent(self.s3.bytes_in, before.s3.bytes_in),
            },
        }
    }

    fn dollars(&self) -> f64 {
        self.dynamodb.write_units * price::WRITE_UNIT
            + self.dynamodb.read_units * price::READ_UNIT
            + self.s3.put * price::S3_PUT
            + self.s3.get * price::S3_GET
    }

    fn row(&self, what: &str, cloudwatch: Option<f64>) -> Vec<String> {
        let cheaper = cloudwatch.map_or(String::new(), |other| {
            format!("{} as cheap as CloudWatch ({})", ratio(other / self.dollars()), dollars(other))
        });
        let units = [self.dynamodb.write_units, self.dynamodb.read_units, self.s3.put, self.s3.get];
        let mut row = vec![what.to_owned()];
        row.extend(units.map(|units| format!("{units:.1}")));
        row.push(dollars(self.dollars()));
        row.push(cheaper);
        row
    }
}

fn dollars(amount: f64) -> String {
    format!("${amount:.6}")
}

pub(crate) async fn measure(options: &Options, binaries: &Binaries) -> Result<Table> {
    let mut table = Table::new(
        "Cost",
        &["work", "write units", "read units", "S3 PUT and LIST", "S3 GET", "list price", "Watchtrail is"],
    );
    let Some(server) = binaries.start(Peer::Watchtrail).await? else { return Ok(table) };
    progress("cost: a million data points in requests of 1,000");
    let series = if options.quick { 1_000 } else { 10_000 };
    let minutes = if options.quick { 10 } else { 100 };
    let start = clock::minute(clock::now()) - 60 * minutes as i64;
    let plan =
        Plan { format: Format::Json, gzip: true, namespace: "Cost", series, batch: 1_000, minutes, start };
    let load = Arc::new(Load::prepare(plan)?);
    let millions = load.points() as f64 / 1e6;
    let mut client = Client::connect(server.port).await?;
    let empty = Usage::now(&mut client).await?;
    for number in 0..load.requests() {
        ingest::send(&mut client, Peer::Watchtrail, &load, number).await?;
    }
    let written = Usage::now(&mut client).await?;
    advance(&mut client, 600).await?;
    let delivered = Usage::now(&mut client).await?;
    let asked = Asked {
        namespace: "Cost",
        start,
        end: start + 60 * minutes as i64,
        period: 60,
        statistic: "Average",
    };
    let question =
        cloudwatch::question(&asked, &(0..100).map(|number| Series(number * 10)).collect::<Vec<_>>());
    cloudwatch::get(&mut client, &question).await?;
    let read_cold = Usage::now(&mut client).await?;
    cloudwatch::get(&mut client, &question).await?;
    let read_warm = Usage::now(&mut client).await?;

    let requests = load.requests() as f64 / millions;
    let cloudwatch_write = Some(requests * price::CLOUDWATCH_REQUEST);
    let cloudwatch_read = Some(100.0 * price::CLOUDWATCH_METRIC_READ);
    let writing = written.since(empty, millions);
    let delivery = delivered.since(written, millions);
    table.row(writing.row("a million points: PutMetricData", None));
    table.row(delivery.row("a million points: delivery", None));
    table.row(delivered.since(empty, millions).row("a million points: both", cloudwatch_write));
    table.row(read_cold.since(delivered, 1.0).row("GetMetricData of 100 metrics, cold", cloudwatch_read));
    table.row(read_warm.since(read_cold, 1.0).row("GetMetricData of 100 metrics, warm", cloudwatch_read));
    table.note(&format!(
        "{} points in requests of 1,000. To S3 went {:.1} MB a million points; a month of that costs ${:.6}. CloudWatch: \
         $0.01 for 1,000 requests or 1,000 metrics read, and besides $0.30 a month for each of the first 10,000 metrics, \
         which has no counterpart here. Without Lambda's price, and as the local host stores: on AWS a body beyond 8 KB \
         goes to S3 with one PUT.",
        crate::report::count(load.points() as f64),
        delivered.since(empty, millions).s3.bytes_in / 1e6,
        delivered.since(empty, millions).s3.bytes_in / 1e9 * price::S3_GB_MONTH,
    ));
    Ok(table)
}
