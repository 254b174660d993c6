//! Bytes a data point at rest, of real series.

use std::fmt::Write as _;

use hyper::Method;
use serde_json::json;
use watchtrail_core::metrics::{Dimensions, Point, Sample, SeriesKey, SeriesPoints, Unit};
use watchtrail_core::time::{DAY, Timestamp};
use watchtrail_store::metrics::segment;

use crate::clock::{self, Stopwatch};
use crate::cloudwatch;
use crate::fleet::Format;
use crate::http::Client;
use crate::nab::{self, Days, Recorded};
use crate::options::Options;
use crate::peers::{Binaries, Peer, advance};
use crate::process::Server;
use crate::report::{Table, count, progress, ratio};
use crate::{Result, victoria};

const NAMESPACE: &str = "NAB";

/// Data of up to two weeks ago is accepted; the oldest day must not leave that while it is sent.
const DAYS: usize = 13;

/// Metrics of one `PutMetricData`.
const BATCH: usize = 1_000;

/// Longer recordings go on as series of their own, from the first day again.
fn within_two_weeks(mut days: nab::Days) -> nab::Days {
    let later = days.split_off(DAYS.min(days.len()));
    for (day, rest) in days.iter_mut().zip(later) {
        day.extend(rest.into_iter().map(|(mut series, samples)| {
            series.value.push_str("-later");
            (series, samples)
        }));
    }
    days
}

pub(crate) async fn measure(options: &Options, binaries: &Binaries) -> Result<Table> {
    let mut table =
        Table::new("At rest", &["what", "data points", "bytes", "bytes a point", "Watchtrail is"]);
    let Some(archive) = &options.nab else {
        let what = "Left out: --nab names the real series, the folder data/realAWSCloudwatch of github.com/numenta/NAB";
        progress(what);
        table.note(&format!("{what}, as .tar.gz."));
        return Ok(table);
    };
    let days = within_two_weeks(nab::days(archive)?);
    let points = days.iter().flatten().map(|(_, samples)| samples.len()).sum::<usize>() as f64;
    let today = clock::now() * 1_000 / DAY;
    let first = today - days.len() as i64;
    progress("at rest: the codec");
    let (bytes, micros) = encode(&days, first)?;
    table.row(row("a Parquet file a day, by the codec", points, bytes, None));
    let Some(server) = binaries.start(Peer::Watchtrail).await? else { return Ok(table) };
    progress("at rest: the suite");
    let own = through_the_suite(&server, &days, first).await?;
    table.row(row("the suite's objects of 60 s", points, own, None));
    if let Some(server) = binaries.start(Peer::VictoriaMetrics).await? {
        progress("at rest: VictoriaMetrics");
        let (data, index) = through_victoria(&server, &days, first).await?;
        table.row(row("VictoriaMetrics, its data parts", points, data, Some(own)));
        table.row(row("VictoriaMetrics, with its index", points, data + index, Some(own)));
    }
    let series = days.iter().map(Vec::len).max().unwrap_or(0);
    table.note(&format!(
        "{series} real CloudWatch series at 5 minutes, {} days, whole days only; lossless; encoding takes {micros:.2} µs a \
         point. Weighed when the days are over and what they were merged from is gone. VictoriaMetrics after a \
         forced merge.",
        days.len()
    ));
    Ok(table)
}

fn row(what: &str, points: f64, bytes: f64, own: Option<f64>) -> Vec<String> {
    let smaller = own.map_or(String::new(), |own| format!("{} as small", ratio(bytes / own)));
    vec![what.to_owned(), count(points), count(bytes), format!("{:.3}", bytes / points), smaller]
}

/// Bytes of one file a day, and microseconds a point to make them.
fn encode(days: &Days, first: i64) -> Result<(f64, f64)> {
    let mut account = Vec::new();
    for (number, day) in days.iter().enumerate() {
        let midnight = (first + number as i64) * DAY;
        let mut all =
            day.iter().map(|(name, samples)| points(name, samples, midnight)).collect::<Result<Vec<_>>>()?;
        all.sort_by(|a, b| (&a.series, a.unit).cmp(&(&b.series, b.unit)));
        account.push(all);
    }
    let (mut bytes, mut points) = (0, 0);
    let watch = Stopwatch::start();
    for day in &account {
        bytes += segment::write(day)?.len();
        points += day.iter().map(|series| series.points.len()).sum::<usize>();
    }
    Ok((bytes as f64, watch.elapsed().as_secs_f64() * 1e6 / points as f64))
}

fn points(name: &Recorded, samples: &[nab::Sample], midnight: i64) -> Result<SeriesPoints> {
    let dimensions = Dimensions::new(vec![(name.dimension.to_owned(), name.value.clone())])?;
    let point = |(millis, value): &nab::Sample| Point {
        timestamp: Timestamp::from_millis(midnight + millis),
        sample: Sample::Value(*value),
    };
    Ok(SeriesPoints {
        series: SeriesKey { metric_name: name.metric.to_owned(), dimensions },
        unit: Unit::parse(name.unit).unwrap_or_default(),
        points: samples.iter().map(point).collect(),
    })
}

/// Writes everything by `PutMetricData`, has it delivered, and weighs the objects.
async fn through_the_suite(server: &Server, days: &Days, first: i64) -> Result<f64> {
    let mut client = Client::connect(server.port).await?;
    let mut data = Vec::new();
    for (number, day) in days.iter().enumerate() {
        let midnight = (first + number as i64) * DAY;
        for (name, samples) in day {
            let dimensions = json!([{ "Name": name.dimension, "Value": name.value }]);
            for (millis, value) in samples {
                data.push(json!({
                    "MetricName": name.metric, "Dimensions": dimensions, "Unit": name.unit, "Value": value,
                    "Timestamp": (midnight + millis) / 1_000,
                }));
            }
        }
    }
    for some in data.chunks(BATCH) {
        let body = json!({ "Namespace": NAMESPACE, "MetricData": some }).to_string();
        cloudwatch::put(&mut client, Format::Json, false, body.into()).await?.ok()?;
    }
    advance(&mut client, 600).await?;
    // Days that are over have become one object each; what those superseded goes an hour or two later.
    advance(&mut client, 3 * 3_600).await?;
    let is_minute = |file: &str| file.ends_with(".parquet") && file.contains("resolution=60");
    let files = server.files()?;
    let bytes: u64 =
        files.iter().filter(|(file, _)| is_minute(&file.to_string_lossy())).map(|(_, bytes)| bytes).sum();
    if bytes == 0 {
        return Err("the clock was advanced, but nothing was delivered".into());
    }
    Ok(bytes as f64)
}

/// Imports everything, has it merged, and weighs the folders of data and of the index.
async fn through_victoria(server: &Server, days: &Days, first: i64) -> Result<(f64, f64)> {
    let mut client = Client::connect(server.port).await?;
    for (number, day) in days.iter().enumerate() {
        let midnight = (first + number as i64) * DAY;
        let mut lines = String::new();
        for (name, samples) in day {
            for (millis, value) in samples {
                let (metric, dimension, id, time) =
                    (name.metric, name.dimension, &name.value, midnight + millis);
                let _ =
                    writeln!(lines, "{metric}{{{dimension}=\"{id}\",unit=\"{}\"}} {value} {time}", name.unit);
            }
        }
        client.send(Method::POST, "/api/v1/import/prometheus", &[], lines.into()).await?.ok()?;
    }
    victoria::flush(&mut client).await?;
    victoria::merge(&mut client).await?;
    // What a merge replaced is deleted a little later.
    tokio::time::sleep(std::time::Duration::from_secs(5)).await;
    let files = server.files()?;
    let weigh = |folder: &str| {
        let inside = files.iter().filter(|(file, _)| file.to_string_lossy().contains(folder));
        inside.map(|(_, bytes)| *bytes).sum::<u64>() as f64
    };
    Ok((weigh("/data/"), weigh("/indexdb/")))
}
