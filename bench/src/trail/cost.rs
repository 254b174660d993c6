//! What AWS would bill for a million audit records, by the way they come.

use std::ops::Range;

use bytes::Bytes;
use serde_json::{Value, json};

use super::driver::{FILE, SOURCE, announce, channel, put, put_events, stage, start_trail, take_in};
use crate::cost::{Usage, dollars};
use crate::http::Client;
use crate::options::Options;
use crate::peers::{Binaries, advance};
use crate::records::Records;
use crate::report::{Table, count, progress};
use crate::{Result, records};

/// What SQS asks for a request.
const SQS: f64 = 0.40e-6;

/// Messages that SQS gives or deletes with one request.
const SQS_BATCH: f64 = 10.0;

/// Seconds from one delivery to the next.
const DELIVERY: i64 = 300;

/// How records come.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Way {
    Files,
    Events,
    /// Messages of one invocation.
    Messages(usize),
}

/// How they come, and what it is called.
pub(crate) const WAYS: [(&str, Way); 4] = [
    ("files of 1,000, announced by S3", Way::Files),
    ("PutAuditEvents of 100", Way::Events),
    ("EventBridge and SQS, 100 messages an invocation", Way::Messages(100)),
    ("EventBridge and SQS, 10 messages an invocation", Way::Messages(10)),
];

/// Deliveries, and records between two of them.
const fn rounds(options: &Options) -> (usize, usize) {
    if options.quick { (2, 1_000) } else { (10, 10_000) }
}

/// Dollars for what was used and for requests of SQS.
pub(crate) fn price(used: &Usage, requests: f64) -> f64 {
    used.dollars() + requests * SQS
}

/// What a million records use, and how many requests of SQS they take.
pub(crate) async fn million(
    options: &Options,
    binaries: &Binaries,
    records: &Records,
    name: &str,
    way: Way,
) -> Result<(Usage, f64)> {
    progress(&format!("trail: cost of {name}"));
    let (rounds, each) = rounds(options);
    let server = binaries.suite(&["--as-on-aws"]).await?;
    let mut client = Client::connect(server.port).await?;
    put(&mut client, &format!("/{SOURCE}"), Bytes::new()).await?;
    start_trail(&mut client).await?;
    let channel = channel(&mut client).await?;
    if way == Way::Files {
        stage(&mut client, records, 0..rounds * each).await?;
    }
    let before = Usage::now(&mut client).await?;
    let mut messages = 0.0;
    for round in 0..rounds {
        messages += send(&mut client, way, records, &channel, round * each..(round + 1) * each).await?;
        advance(&mut client, DELIVERY).await?;
    }
    let millions = (rounds * each) as f64 / 1e6;
    let used = Usage::now(&mut client).await?.since(before, millions);
    Ok((used, messages * (1.0 + 2.0 / SQS_BATCH) / millions))
}

pub(super) async fn measure(options: &Options, binaries: &Binaries, records: &Records) -> Result<Table> {
    let columns = ["a million records", "write units", "read units", "S3 PUT", "S3 GET", "SQS requests", "$"];
    let mut table =
        Table::new("Audit records: what AWS would bill for a million, delivery included", &columns);
    let (_, each) = rounds(options);
    for (name, way) in WAYS {
        let (used, requests) = million(options, binaries, records, name, way).await?;
        table.row(vec![
            name.into(),
            count(used.write_units()),
            count(used.read_units()),
            count(used.puts()),
            count(used.gets()),
            count(requests),
            dollars(price(&used, requests)),
        ]);
    }
    table.note(&format!(
        "As on AWS (`--as-on-aws`), into one trail with digests, {} records between two deliveries; units counted by the embedded \
         services; without Lambda's price. SQS: each message is sent by one request, and received and deleted by ten.",
        count(each as f64)
    ));
    Ok(table)
}

/// Sends records; answers how many messages of SQS that takes.
async fn send(
    client: &mut Client,
    way: Way,
    records: &Records,
    channel: &str,
    numbers: Range<usize>,
) -> Result<f64> {
    match way {
        Way::Files => {
            announce(client, numbers.start / FILE..numbers.end / FILE).await?;
            Ok(numbers.len() as f64 / FILE as f64)
        }
        Way::Events => {
            for request in numbers.start / 100..numbers.end / 100 {
                put_events(client, channel, request, 100).await?;
            }
            Ok(0.0)
        }
        Way::Messages(many) => {
            for start in numbers.clone().step_by(many) {
                let event = |number| event(records, number);
                take_in(client, (start..(start + many).min(numbers.end)).map(event)).await?;
            }
            Ok(numbers.len() as f64)
        }
    }
}

/// EventBridge's event of a record.
fn event(records: &Records, number: usize) -> Value {
    let mut record = String::new();
    records.write(number, &mut record);
    json!({
        "version": "0",
        "id": records::id(number, 5),
        "detail-type": "AWS API Call via CloudTrail",
        "source": "aws.shop",
        "account": records::ACCOUNT,
        "time": "2026-01-01T00:00:00Z",
        "region": records::REGION,
        "resources": [],
        "detail": serde_json::from_str::<Value>(&record).unwrap_or_default(),
    })
}
