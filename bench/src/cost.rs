//! What AWS would bill for the same work: units counted by the suite's embedded services, at list prices.

use std::sync::Arc;

use serde::Deserialize;

use crate::clock;
use crate::cloudwatch::{self, Asked};
use crate::fleet::{Format, Load, Plan, Series};
use crate::http::Client;
use crate::options::Options;
use crate::peers::{Binaries, Peer, advance};
use crate::report::{self, Table, progress, ratio};
use crate::{Result, ingest};

/// List prices of us-east-1 in dollars: DynamoDB on demand, S3 Standard, CloudWatch.
pub(crate) mod price {
    pub(crate) const WRITE_UNIT: f64 = 0.625e-6;
    pub(crate) const READ_UNIT: f64 = 0.125e-6;
    pub(crate) const S3_PUT: f64 = 5e-6;
    pub(crate) const S3_GET: f64 = 0.4e-6;
    pub(crate) const S3_GB_MONTH: f64 = 0.023;
    pub(crate) const CLOUDWATCH_REQUEST: f64 = 1e-5;
    pub(crate) const CLOUDWATCH_METRIC_READ: f64 = 1e-5;
}

/// Units that the embedded services counted.
#[derive(Clone, Copy, Debug, Default, Deserialize)]
pub(crate) struct Usage {
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
    bytes_out: f64,
}

impl Usage {
    pub(crate) async fn now(client: &mut Client) -> Result<Self> {
        Ok(serde_json::from_slice(&client.get("/_watchtrail/usage").await?.ok()?)?)
    }

    /// What was used since `before`, for each `per` of something.
    pub(crate) fn since(self, before: Self, per: f64) -> Self {
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
                bytes_out: spent(self.s3.bytes_out, before.s3.bytes_out),
            },
        }
    }

    pub(crate) const fn read_units(&self) -> f64 {
        self.dynamodb.read_units
    }

    pub(crate) const fn write_units(&self) -> f64 {
        self.dynamodb.write_units
    }

    pub(crate) const fn puts(&self) -> f64 {
        self.s3.put
    }

    /// Both together.
    pub(crate) fn plus(self, other: Self) -> Self {
        let nothing = Self::default();
        // What was used less than nothing was used.
        self.since(nothing.since(other, 1.0), 1.0)
    }

    pub(crate) const fn gets(&self) -> f64 {
        self.s3.get
    }

    pub(crate) const fn bytes_out(&self) -> f64 {
        self.s3.bytes_out
    }

    pub(crate) fn dollars(&self) -> f64 {
        self.dynamodb.write_units * price::WRITE_UNIT
            + self.dynamodb.read_units * price::READ_UNIT
            + self.s3.put * price::S3_PUT
            + self.s3.get * price::S3_GET
    }

    fn row(&self, what: &str, cloudwatch: Option<f64>) -> Vec<String> {
        let cheaper = cloudwatch.map_or(String::new(), |other| match self.dollars() {
            0.0 => format!("free; CloudWatch {}", dollars(other)),
            own => format!("{} cheaper than CloudWatch ({})", ratio(other / own), dollars(other)),
        });
        let units = [self.dynamodb.write_units, self.dynamodb.read_units, self.s3.put, self.s3.get];
        let mut row = vec![what.to_owned()];
        row.extend(units.map(|units| format!("{units:.1}")));
        row.push(dollars(self.dollars()));
        row.push(cheaper);
        row
    }
}

pub(crate) fn dollars(amount: f64) -> String {
    format!("${amount:.6}")
}

/// Where the suite keeps what: the local host's own way, or as on AWS.
const SETTINGS: [(&str, &[&str]); 2] = [("as on AWS", &["--as-on-aws"]), ("as the local host stores", &[])];

pub(crate) async fn measure(options: &Options, binaries: &Binaries) -> Result<Table> {
    let mut table = Table::new(
        "Cost",
        &["work", "write units", "read units", "S3 PUT and LIST", "S3 GET", "list price", "Watchtrail is"],
    );
    let series = if options.quick { 1_000 } else { 10_000 };
    let minutes = if options.quick { 10 } else { 100 };
    let start = clock::minute(clock::now()) - 60 * minutes as i64;
    for (batch, (setting, flags)) in [(1_000, SETTINGS[0]), (20, SETTINGS[0]), (1_000, SETTINGS[1])] {
        progress(&format!("cost: data points in requests of {batch}, {setting}"));
        let minutes = if batch == 20 { minutes / 10 } else { minutes };
        let plan =
            Plan { format: Format::Json, gzip: true, namespace: "Cost", series, batch, minutes, start };
        let counted = count(binaries, flags, plan).await?;
        counted.rows(&format!("in requests of {batch}, {setting}"), &mut table);
    }
    table.note(
        "Counted by the embedded DynamoDB and S3 and multiplied by AWS's list prices (us-east-1, on demand): $0.625 a \
         million write units, $0.125 a million read units, $5 and $0.40 a million PUT and GET. As on AWS: a journal body \
         beyond 8 KB goes to S3 with one PUT, and each write is followed by a read of the head. Without Lambda's price.",
    );
    table.note(
        "CloudWatch: $0.01 for 1,000 requests or 1,000 metrics read, and besides $0.30 a month for each of the first \
         10,000 metrics, which has no counterpart here.",
    );
    Ok(table)
}

/// What some data points used, from their writing to their being read.
struct Counted {
    points: f64,
    requests: f64,
    empty: Usage,
    written: Usage,
    delivered: Usage,
    read_cold: Usage,
    read_warm: Usage,
}

/// Metrics that are read.
const METRICS_READ: usize = 100;

async fn count(binaries: &Binaries, flags: &[&str], plan: Plan) -> Result<Counted> {
    let server = binaries.suite(flags).await?;
    let load = Arc::new(Load::prepare(plan)?);
    let mut client = Client::connect(server.port).await?;
    let empty = Usage::now(&mut client).await?;
    for number in 0..load.requests() {
        ingest::send(&mut client, Peer::Watchtrail, &load, number).await?;
    }
    let written = Usage::now(&mut client).await?;
    advance(&mut client, 600).await?;
    let delivered = Usage::now(&mut client).await?;
    let Plan { namespace, start, minutes, .. } = plan;
    let end = start + 60 * minutes as i64;
    let asked = Asked { namespace, start, end, period: 60, statistic: "Average" };
    let series: Vec<Series> = (0..METRICS_READ).map(|number| Series(number * 10)).collect();
    let question = cloudwatch::question(&asked, &series);
    cloudwatch::get(&mut client, &question).await?;
    let read_cold = Usage::now(&mut client).await?;
    cloudwatch::get(&mut client, &question).await?;
    let read_warm = Usage::now(&mut client).await?;
    let (points, requests) = (load.points() as f64, load.requests() as f64);
    Ok(Counted { points, requests, empty, written, delivered, read_cold, read_warm })
}

impl Counted {
    fn rows(&self, setting: &str, table: &mut Table) {
        let millions = self.points / 1e6;
        let writing = self.written.since(self.empty, millions);
        let delivery = self.delivered.since(self.written, millions);
        let both = self.delivered.since(self.empty, millions);
        let cloudwatch_write = Some(self.requests / millions * price::CLOUDWATCH_REQUEST);
        let cloudwatch_read = Some(METRICS_READ as f64 * price::CLOUDWATCH_METRIC_READ);
        table.row(writing.row(&format!("1 M points {setting}: PutMetricData"), None));
        table.row(delivery.row("… their delivery", None));
        table.row(both.row("… together", cloudwatch_write));
        let (cold, warm) =
            (self.read_cold.since(self.delivered, 1.0), self.read_warm.since(self.read_cold, 1.0));
        table.row(cold.row("… GetMetricData of 100 of the metrics, cold", cloudwatch_read));
        table.row(warm.row("… the same, warm", cloudwatch_read));
        table.note(&format!(
            "{setting}: {} points; to S3 went {:.1} MB a million points, a month of which costs ${:.6} at most.",
            report::count(self.points),
            both.s3.bytes_in / 1e6,
            both.s3.bytes_in / 1e9 * price::S3_GB_MONTH,
        ));
    }
}
