//! The load: ten metrics of a fleet of instances, a value of each a minute, as request bodies in each server's format.
//!
//! Bodies are made before the clock runs, or by patching times and values into one that was: a client must not be what
//! is measured. Values are three random decimals; nothing about them compresses better than it would in life.

use std::io::Write;

use bytes::Bytes;
use flate2::Compression;
use flate2::write::GzEncoder;

use crate::Result;

const METRICS: [&str; 10] = [
    "CPUUtilization",
    "DiskReadBytes",
    "DiskReadOps",
    "DiskWriteBytes",
    "DiskWriteOps",
    "MetadataNoToken",
    "NetworkIn",
    "NetworkOut",
    "NetworkPacketsIn",
    "NetworkPacketsOut",
];

/// From this size on SDKs compress `PutMetricData` (its model's request compression trait, 10,240 bytes).
const SDK_GZIP_FROM: usize = 10_240;

/// How a request says its data points.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Format {
    /// `PutMetricData` as boto3, the aws CLI and the SDK for JavaScript send it.
    Json,
    /// `PutMetricData` as the SDKs for Rust, Go and Java send it.
    Cbor,
    /// Prometheus' text format.
    Prometheus,
}

/// A series' name in a namespace.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Series(pub(crate) usize);

impl Series {
    pub(crate) const fn metric(self) -> &'static str {
        METRICS[self.0 % METRICS.len()]
    }

    pub(crate) fn instance(self) -> String {
        format!("i-{:017x}", (self.0 / METRICS.len()) as u64 * 0x0001_0003_0007)
    }
}

/// A run of requests over `series` series, `batch` of them a request, a minute later after each round.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Plan {
    pub(crate) format: Format,
    pub(crate) gzip: bool,
    pub(crate) namespace: &'static str,
    pub(crate) series: usize,
    pub(crate) batch: usize,
    pub(crate) minutes: usize,
    /// The first minute, in seconds since 1970.
    pub(crate) start: i64,
}

/// All requests of a [`Plan`].
pub(crate) struct Load {
    plan: Plan,
    templates: Vec<Template>,
    compressed: Vec<Bytes>,
}

impl Load {
    pub(crate) fn prepare(plan: Plan) -> Result<Self> {
        if !plan.series.is_multiple_of(plan.batch) {
            return Err(format!("{} series do not fill requests of {}", plan.series, plan.batch).into());
        }
        let templates: Vec<_> =
            (0..plan.series / plan.batch).map(|group| Template::new(&plan, group)).collect();
        let mut load = Self { plan, templates, compressed: Vec::new() };
        let large = load.templates.first().is_some_and(|template| template.bytes.len() >= SDK_GZIP_FROM);
        if plan.gzip && large {
            load.compressed =
                (0..load.requests()).map(|number| gzip(&load.plain(number))).collect::<Result<_>>()?;
        }
        Ok(load)
    }

    pub(crate) const fn plan(&self) -> &Plan {
        &self.plan
    }

    pub(crate) fn requests(&self) -> usize {
        self.templates.len() * self.plan.minutes
    }

    pub(crate) fn points(&self) -> usize {
        self.requests() * self.plan.batch
    }

    pub(crate) fn is_compressed(&self) -> bool {
        !self.compressed.is_empty()
    }

    /// The body of a request.
    pub(crate) fn body(&self, number: usize) -> Bytes {
        self.compressed.get(number).cloned().unwrap_or_else(|| self.plain(number).into())
    }

    fn plain(&self, number: usize) -> Vec<u8> {
        let minute = number / self.templates.len();
        let time = self.plan.start + 60 * minute as i64;
        self.templates[number % self.templates.len()].at(time, number as u64)
    }
}

/// A body with places for a time and a value of each data point.
struct Template {
    format: Format,
    bytes: Vec<u8>,
    times: Vec<usize>,
    values: Vec<usize>,
}

/// Places in text: as many digits as a time in seconds or milliseconds has, and a value from 100.000 to 999.999.
const SECONDS: &str = "0000000000";
const VALUE: &str = "000.000";

impl Template {
    fn new(plan: &Plan, group: usize) -> Self {
        let mut template =
            Self { format: plan.format, bytes: Vec::new(), times: Vec::new(), values: Vec::new() };
        let series = (group * plan.batch..(group + 1) * plan.batch).map(Series);
        match plan.format {
            Format::Json => template.json(plan.namespace, series),
            Format::Cbor => template.cbor(plan.namespace, series),
            Format::Prometheus => template.prometheus(plan.namespace, series),
        }
        template
    }

    fn text(&mut self, text: &str) {
        self.bytes.extend_from_slice(text.as_bytes());
    }

    fn time(&mut self, place: &[u8]) {
        self.times.push(self.bytes.len());
        self.bytes.extend_from_slice(place);
    }

    fn value(&mut self, place: &[u8]) {
        self.values.push(self.bytes.len());
        self.bytes.extend_from_slice(place);
    }

    fn json(&mut self, namespace: &str, series: impl Iterator<Item = Series>) {
        self.text(&format!("{{\"Namespace\":\"{namespace}\",\"MetricData\":["));
        for (number, series) in series.enumerate() {
            let (metric, instance) = (series.metric(), series.instance());
            self.text(if number > 0 { "," } else { "" });
            self.text(&format!("{{\"MetricName\":\"{metric}\",\"Dimensions\":[{{\"Name\":\"InstanceId\","));
            self.text(&format!("\"Value\":\"{instance}\"}}],\"Timestamp\":"));
            self.time(SECONDS.as_bytes());
            self.text(",\"Value\":");
            self.value(VALUE.as_bytes());
            self.text(",\"Unit\":\"Count\"}");
        }
        self.text("]}");
    }

    fn cbor(&mut self, namespace: &str, series: impl ExactSizeIterator<Item = Series>) {
        self.head(MAP, 2);
        self.texts(&["Namespace", namespace, "MetricData"]);
        self.head(ARRAY, series.len());
        for series in series {
            self.head(MAP, 5);
            self.texts(&["MetricName", series.metric(), "Dimensions"]);
            self.head(ARRAY, 1);
            self.head(MAP, 2);
            self.texts(&["Name", "InstanceId", "Value", &series.instance(), "Timestamp"]);
            self.bytes.extend_from_slice(&[EPOCH_TAG, DOUBLE]);
            self.time(&[0; 8]);
            self.texts(&["Value"]);
            self.bytes.push(DOUBLE);
            self.value(&[0; 8]);
            self.texts(&["Unit", "Count"]);
        }
    }

    fn texts(&mut self, texts: &[&str]) {
        for text in texts {
            self.head(TEXT, text.len());
            self.text(text);
        }
    }

    /// A CBOR head with a length of up to 65,535.
    fn head(&mut self, major: u8, length: usize) {
        match length {
            0..24 => self.bytes.push(major | length as u8),
            24..256 => self.bytes.extend_from_slice(&[major | ONE_BYTE, length as u8]),
            _ => self.bytes.extend_from_slice(&[major | TWO_BYTES, (length >> 8) as u8, length as u8]),
        }
    }

    fn prometheus(&mut self, namespace: &str, series: impl Iterator<Item = Series>) {
        for series in series {
            let (metric, instance) = (series.metric(), series.instance());
            self.text(&format!("{metric}{{namespace=\"{namespace}\",InstanceId=\"{instance}\"}} "));
            self.value(VALUE.as_bytes());
            self.text(" ");
            self.time(SECONDS.as_bytes());
            self.text("000\n");
        }
    }

    /// The body for one time, with values that `seed` determines.
    fn at(&self, time: i64, seed: u64) -> Vec<u8> {
        let mut bytes = self.bytes.clone();
        let (digits, double) = (time.to_string(), (time as f64).to_be_bytes());
        let time: &[u8] = if self.format == Format::Cbor { &double } else { digits.as_bytes() };
        for place in &self.times {
            bytes[*place..][..time.len()].copy_from_slice(time);
        }
        let mut random = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
        for place in &self.values {
            random = next(random);
            let thousandths = 100_000 + (random >> 33) % 900_000;
            if self.format == Format::Cbor {
                let value = thousandths as f64 / 1_000.0;
                bytes[*place..][..8].copy_from_slice(&value.to_be_bytes());
            } else {
                put_decimal(&mut bytes[*place..][..VALUE.len()], thousandths);
            }
        }
        bytes
    }
}

const TEXT: u8 = 3 << 5;
const ARRAY: u8 = 4 << 5;
const MAP: u8 = 5 << 5;
const EPOCH_TAG: u8 = 6 << 5 | 1;
const DOUBLE: u8 = 0xfb;
/// A length that follows the head.
const ONE_BYTE: u8 = 0x18;
const TWO_BYTES: u8 = 0x19;

/// Xorshift: good enough to be incompressible, and far cheaper than what is measured.
const fn next(mut random: u64) -> u64 {
    random ^= random << 13;
    random ^= random >> 7;
    random ^= random << 17;
    random
}

/// Writes 123456 as `123.456`.
fn put_decimal(place: &mut [u8], mut thousandths: u64) {
    for (at, byte) in place.iter_mut().enumerate().rev() {
        if at != 3 {
            *byte = b'0' + (thousandths % 10) as u8;
            thousandths /= 10;
        }
    }
}

pub(crate) fn gzip(bytes: &[u8]) -> Result<Bytes> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(bytes)?;
    Ok(encoder.finish()?.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn first(format: Format) -> Vec<u8> {
        let plan = Plan {
            format,
            gzip: false,
            namespace: "N",
            series: 10,
            batch: 1,
            minutes: 2,
            start: 1_700_000_000,
        };
        Load::prepare(plan).unwrap().body(0).to_vec()
    }

    #[test]
    fn json_is_what_an_sdk_sends() {
        let body: serde_json::Value = serde_json::from_slice(&first(Format::Json)).unwrap();
        let datum = &body["MetricData"][0];
        assert_eq!(body["Namespace"], "N");
        assert_eq!(datum["MetricName"], "CPUUtilization");
        assert_eq!(datum["Dimensions"][0]["Value"], "i-00000000000000000");
        assert_eq!(datum["Timestamp"], 1_700_000_000);
        assert!((100.0..1000.0).contains(&datum["Value"].as_f64().unwrap()));
    }

    #[test]
    fn cbor_has_the_same_members() {
        let body = first(Format::Cbor);
        assert_eq!(&body[..12], b"\xa2\x69Namespace\x61".as_slice());
        let time = 1_700_000_000f64.to_be_bytes();
        assert!(body.windows(8).any(|bytes| bytes == time));
    }

    #[test]
    fn prometheus_lines_have_milliseconds() {
        let line = String::from_utf8(first(Format::Prometheus)).unwrap();
        assert!(
            line.starts_with("CPUUtilization{namespace=\"N\",InstanceId=\"i-00000000000000000\"} "),
            "{line}"
        );
        assert!(line.ends_with(" 1700000000000\n"), "{line}");
    }

    #[test]
    fn decimals() {
        fn check(thousandths: u64, expected: &str) {
            let mut place = *b"000.000";
            put_decimal(&mut place, thousandths);
            assert_eq!(std::str::from_utf8(&place), Ok(expected));
        }
        check(100_000, "100.000");
        check(999_999, "999.999");
        check(123_456, "123.456");
    }
}
