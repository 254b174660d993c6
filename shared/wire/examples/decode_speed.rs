//! How long it takes to read a `PutMetricData` of 1,000 data points, from the HTTP request to the checked input.
//!
//! `cargo run --release -p watchtrail-wire --example decode_speed [protocol]`
#![expect(clippy::disallowed_methods, reason = "a stopwatch needs a clock")]
#![expect(clippy::unwrap_used, reason = "an example")]

use std::fmt::Write as _;
use std::io::Write as _;
use std::time::{Duration, Instant};

use bytes::Bytes;
use flate2::{Compression, write::GzEncoder};
use watchtrail_wire::shapes::cloudwatch::{Dimension, MODEL, MetricDatum, PutMetricDataInput};
use watchtrail_wire::{Timestamp, read};

const RUNS: usize = 300;

fn main() {
    let input = request();
    let json = serde_json::to_vec(&input).unwrap();
    let mut gzip = GzEncoder::new(Vec::new(), Compression::default());
    gzip.write_all(&json).unwrap();
    let target = ("x-amz-target", "GraniteServiceVersion20100801.PutMetricData");
    measure("json", "/", &[target], json);
    measure("json+gzip", "/", &[target, ("content-encoding", "gzip")], gzip.finish().unwrap());
    let path = "/service/GraniteServiceVersion20100801/operation/PutMetricData";
    let cbor = ("smithy-protocol", "rpc-v2-cbor");
    measure("cbor", path, &[cbor], cbor_body(&input));
    measure("query", "/", &[], form(&input).into_bytes());
}

fn request() -> PutMetricDataInput {
    let dimension = |name: &str, value: String| Dimension { name: Some(name.into()), value: Some(value) };
    let datum = |index: i64| MetricDatum {
        metric_name: Some("RequestLatency".into()),
        dimensions: Some(vec![
            dimension("Service", "checkout".into()),
            dimension("InstanceId", format!("i-{index:017x}")),
        ]),
        timestamp: Some(Timestamp::from_millis(1_767_323_045_000 + index)),
        value: Some(index as f64 * 0.37),
        unit: Some("Milliseconds".into()),
        ..Default::default()
    };
    PutMetricDataInput {
        namespace: Some("Shop/Frontend".into()),
        metric_data: Some((0..1000).map(datum).collect()),
        ..Default::default()
    }
}

/// As the Rust SDK writes it: indefinite maps, definite lists.
fn cbor_body(input: &PutMetricDataInput) -> Vec<u8> {
    let mut body = minicbor::Encoder::new(Vec::new());
    body.begin_map().unwrap().str("Namespace").unwrap().str("Shop/Frontend").unwrap();
    body.str("MetricData").unwrap().array(1000).unwrap();
    for datum in input.metric_data.iter().flatten() {
        body.begin_map().unwrap().str("MetricName").unwrap().str("RequestLatency").unwrap();
        body.str("Dimensions").unwrap().array(2).unwrap();
        for dimension in datum.dimensions.iter().flatten() {
            body.begin_map().unwrap().str("Name").unwrap().str(dimension.name.as_deref().unwrap()).unwrap();
            body.str("Value").unwrap().str(dimension.value.as_deref().unwrap()).unwrap().end().unwrap();
        }
        let seconds = datum.timestamp.unwrap().millis() as f64 / 1000.0;
        body.str("Timestamp").unwrap().tag(minicbor::data::Tag::new(1)).unwrap().f64(seconds).unwrap();
        body.str("Value").unwrap().f64(datum.value.unwrap()).unwrap();
        body.str("Unit").unwrap().str("Milliseconds").unwrap().end().unwrap();
    }
    body.end().unwrap();
    body.into_writer()
}

fn form(input: &PutMetricDataInput) -> String {
    let mut form = "Action=PutMetricData&Version=2010-08-01&Namespace=Shop%2FFrontend".to_owned();
    for (index, datum) in input.metric_data.iter().flatten().enumerate() {
        let path = format!("&MetricData.member.{}", index + 1);
        write!(form, "{path}.MetricName=RequestLatency{path}.Unit=Milliseconds").unwrap();
        write!(form, "{path}.Value={}{path}.Timestamp={}", datum.value.unwrap(), datum.timestamp.unwrap())
            .unwrap();
        for (index, dimension) in datum.dimensions.iter().flatten().enumerate() {
            let path = format!("{path}.Dimensions.member.{}", index + 1);
            let (name, value) = (dimension.name.as_deref().unwrap(), dimension.value.as_deref().unwrap());
            write!(form, "{path}.Name={name}{path}.Value={value}").unwrap();
        }
    }
    form
}

fn measure(name: &str, uri: &str, headers: &[(&str, &str)], body: Vec<u8>) {
    if std::env::args().nth(1).is_some_and(|wanted| wanted != name) {
        return;
    }
    let mut request = http::Request::builder().method("POST").uri(uri);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let (parts, ()) = request.body(()).unwrap().into_parts();
    let body = Bytes::from(body);
    let mut times: Vec<Duration> = (0..RUNS)
        .map(|_| {
            let start = Instant::now();
            let call =
                read(&MODEL, &parts, body.clone()).map_err(|rejection| rejection.fault().clone()).unwrap();
            let input: PutMetricDataInput = call.input().unwrap();
            let elapsed = start.elapsed();
            assert_eq!(input.metric_data.map(|data| data.len()), Some(1000));
            elapsed
        })
        .collect();
    times.sort();
    println!("{name:10} {:>7} bytes  median {:>6.1?}  best {:>6.1?}", body.len(), times[RUNS / 2], times[0]);
}
