//! Fifteen months and more, by the suite's clock: what was put stays right at every age, through delivery, settling, both
//! rollups and retention, and what AWS would not return any more is not returned, and is deleted.

use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_cloudwatch::Client;
use aws_sdk_cloudwatch::types::MetricDatum;
use aws_sdk_s3::config::{BehaviorVersion, Credentials, Region};

use crate::harness::{DAY, Endpoint, HOUR, MINUTE, Points, Question, Running, close, datum, put, time};

/// AWS keeps hours for 455 days.
const KEPT: i64 = 455;
/// How long the scenario lasts, so that some days expire.
const DAYS: i64 = 470;
/// Each day that has data has a data point a minute for so many minutes, around a whole hour.
const MINUTES: i64 = 90;
/// In the long middle, in which only hours are left to expire, one day in so many has data: it is all the same to the suite,
/// and halves the time of the test.
const QUIET: i64 = 10;

/// The days from `day` to the next that has data.
fn days_after(day: i64) -> i64 {
    if (100..400).contains(&day) { QUIET } else { 1 }
}

/// What was put: metric → minute → value.
#[derive(Default)]
struct Model {
    put: BTreeMap<&'static str, BTreeMap<i64, f64>>,
}

impl Model {
    /// The sums of periods in `[start, end)`; periods begin at `start`.
    fn sums(&self, metric: &str, (start, end): (i64, i64), period: i64) -> Points {
        let mut sums = Points::new();
        for (at, value) in self.put[metric].range(start..end) {
            let bucket = start + (at - start) / period * period;
            match sums.last_mut() {
                Some((last, sum)) if *last == bucket => *sum += value,
                _ => sums.push((bucket, *value)),
            }
        }
        sums
    }

    fn values(&self, metric: &str, (start, end): (i64, i64)) -> Vec<f64> {
        let mut values: Vec<f64> = self.put[metric].range(start..end).map(|(_, value)| *value).collect();
        values.sort_by(f64::total_cmp);
        values
    }

    /// A day of data: `steady` goes on to the end, `ended` stops after 100 days, `late` comes nine days late.
    fn day(&mut self, day: i64, noon: i64) -> Vec<MetricDatum> {
        let mut data = Vec::new();
        for n in 0..MINUTES {
            let at = noon - HOUR / 2 + n * MINUTE;
            // Values of a wide range, different each day, all positive so that there are percentiles.
            let value = 1.0 + ((day * 7919 + n * 104_729) % 100_003) as f64;
            data.push(self.note("steady", at, value));
            if day < 100 {
                data.push(self.note("ended", at, 1.0));
            }
            if day >= 9 {
                data.push(self.note("late", at - 9 * DAY, 2.0));
            }
        }
        let fine = |n| MetricDatum::builder().metric_name("fine").timestamp(time(noon + n)).value(1.0);
        data.extend((0..MINUTE).map(|n| fine(n).storage_resolution(1).build()));
        self.put.entry("fine").or_default().insert(noon, 60.0);
        data
    }

    fn note(&mut self, metric: &'static str, at: i64, value: f64) -> MetricDatum {
        self.put.entry(metric).or_default().insert(at, value);
        datum(metric, at, value)
    }
}

fn same(found: &Points, expected: &Points) -> bool {
    let pairs = found.iter().zip(expected);
    found.len() == expected.len() && pairs.into_iter().all(|(a, b)| a.0 == b.0 && close(a.1, b.1))
}

struct Scenario {
    client: std::sync::Arc<Client>,
    endpoint: Endpoint,
    model: Model,
}

impl Scenario {
    /// The sums of a metric at an age of so many days are right in every period, for a day from its midnight on.
    async fn check(&self, metric: &str, age: i64, periods: &[(i32, bool)]) {
        let start = self.endpoint.now().await / DAY * DAY - age * DAY;
        let range = (start, start + DAY);
        for (period, kept) in periods {
            let found = Question::of(metric, range, *period).ask(&self.client, &["Sum"]).await.concat();
            let expected =
                if *kept { self.model.sums(metric, range, i64::from(*period)) } else { Points::new() };
            assert!(
                same(&found, &expected),
                "{metric} of {age} days ago by {period} s: {found:?}, expected {expected:?}"
            );
        }
    }

    async fn check_percentiles(&self, age: i64, period: i32) {
        let start = self.endpoint.now().await / DAY * DAY - age * DAY;
        let stats = [("p10", 0.1), ("p50", 0.5), ("p99", 0.99)];
        let question = Question::of("steady", (start, start + DAY), period);
        let found = question.ask(&self.client, &stats.map(|(stat, _)| stat)).await;
        for ((stat, part), points) in stats.iter().zip(found) {
            assert!(!points.is_empty(), "{stat} of {age} days ago by {period} s");
            for (at, value) in points {
                let values = self.model.values("steady", (at, at + i64::from(period)));
                let exact = values[((part * values.len() as f64).ceil() as usize).max(1) - 1];
                let error = (value - exact).abs() / exact;
                assert!(error <= 0.01, "{stat} of {age} days ago by {period} s: {value}, exactly {exact}");
            }
        }
    }

    /// Every age at once, `today` days after the beginning.
    async fn check_all(&self, today: i64) {
        let ages = [
            (1, [(60, true), (300, true), (3600, true)]),
            (13, [(60, true), (300, true), (3600, true)]),
            (14, [(60, true), (300, true), (3600, true)]),
            (16, [(60, false), (300, true), (3600, true)]),
            (40, [(60, false), (300, true), (3600, true)]),
            (62, [(60, false), (300, true), (3600, true)]),
            (64, [(60, false), (300, false), (3600, true)]),
            (300, [(60, false), (300, false), (3600, true)]),
            (KEPT - 1, [(60, false), (300, false), (3600, true)]),
            (KEPT + 2, [(60, false), (300, false), (3600, false)]),
        ];
        for (age, periods) in ages.into_iter().filter(|(age, _)| *age <= today) {
            self.check("steady", age, &periods).await;
            self.check("fine", age, &periods).await;
            // Of the last nine days, the late data have not come yet; model and suite agree on that, too.
            if today > age + 9 {
                self.check("late", age, &periods).await;
            }
        }
        self.check_percentiles(1, 60).await;
        for (age, period) in [(1, 3600), (16, 300), (40, 3600), (200, 3600)] {
            if age <= today {
                self.check_percentiles(age, period).await;
            }
        }
    }

    /// Everything that is left, in one question over all of time.
    async fn check_total(&self) {
        let now = self.endpoint.now().await;
        let start = now / DAY * DAY - (DAYS + 30) * DAY;
        let oldest = now - KEPT * DAY;
        for metric in ["steady", "ended", "late", "fine"] {
            let question = Question::of(metric, (start, now), DAY as i32);
            // A row of an hour is shown while its beginning is within the retention.
            let first = (oldest + HOUR - 1) / HOUR * HOUR;
            let expected: f64 = self.model.sums(metric, (first, now), HOUR).iter().map(|(_, sum)| sum).sum();
            let found = question.total(&self.client, "Sum").await;
            assert!(close(found, expected), "{metric}: {found}, expected {expected}");
        }
    }

    /// Nothing is left of what expired, at any resolution, and nothing is missing. A day's segments of 60 s are few even before
    /// that: a day that is settled is one object.
    async fn check_objects(&self) {
        let keys = objects(self.endpoint).await;
        let today = self.endpoint.now().await / DAY;
        let days: BTreeSet<i64> =
            self.model.put.values().flat_map(BTreeMap::keys).map(|at| at / DAY).collect();
        // How many days with data are so many days old.
        let aged =
            |ages: std::ops::Range<i64>| days.range(today - ages.end + 1..=today - ages.start).count() as i64;
        let check = |resolution: u32, ages: std::ops::Range<i64>| {
            let (found, expected) = (dates(&keys, resolution).len() as i64, aged(ages));
            // The first and the last day are there or not by the hour of the day.
            assert!((found - expected).abs() <= 2, "{resolution} s: {found} days, expected {expected}");
        };
        check(1, 0..1);
        check(60, 0..16);
        check(300, 15..64);
        check(3600, 15..KEPT + 1);
        let directories = keys.iter().filter(|key| key.starts_with("directory/")).count();
        assert!(directories <= 40, "{directories} directories: those of days that are not listed stay");
        let most = aged(0..64) * 2 + aged(0..KEPT + 1) + 60;
        assert!((keys.len() as i64) < most, "{} objects, more than {most}", keys.len());
    }
}

/// The objects in the suite's bucket, over its own S3 API.
async fn objects(endpoint: Endpoint) -> Vec<String> {
    let config = aws_sdk_s3::Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .endpoint_url(format!("http://{}", endpoint.0))
        .region(Region::new("us-east-1"))
        .credentials_provider(Credentials::new("test", "secret", None, None, "tests"))
        .http_client(aws_smithy_http_client::Builder::new().build_http())
        .force_path_style(true)
        .build();
    let mut pages = aws_sdk_s3::Client::from_conf(config)
        .list_objects_v2()
        .bucket("watchtrail-data")
        .into_paginator()
        .send();
    let mut keys = Vec::new();
    while let Some(page) = pages.next().await {
        keys.extend(page.unwrap().contents().iter().filter_map(|object| object.key().map(str::to_owned)));
    }
    keys
}

/// The dates of the segments of a resolution, oldest first.
fn dates(keys: &[String], resolution: u32) -> Vec<&str> {
    let of = format!("/resolution={resolution}/");
    let keys = keys.iter().filter(|key| key.contains(&of));
    let mut dates: Vec<&str> =
        keys.filter_map(|key| key.split_once("/date=")?.1.split_once('/').map(|(date, _)| date)).collect();
    dates.sort_unstable();
    dates.dedup();
    dates
}

#[tokio::test(flavor = "multi_thread")]
async fn fifteen_months() {
    let running = Running::start().await;
    let endpoint = running.endpoint;
    let mut scenario = Scenario { client: running.client(), endpoint, model: Model::default() };
    // Noon, so that a day's work is in the middle of its day.
    let now = endpoint.now().await;
    endpoint.advance((DAY * 3 / 2 - now % DAY) % DAY + HOUR + 1).await;
    let mut day = 0;
    while day < DAYS {
        let noon = endpoint.now().await / DAY * DAY + DAY / 2;
        for data in scenario.model.day(day, noon).chunks(1000) {
            put(&scenario.client, data.to_vec()).await;
        }
        endpoint.advance(days_after(day) * DAY).await;
        if [2, 20, 70, 99].contains(&day) {
            scenario.check_all(day).await;
        }
        day += days_after(day);
    }
    scenario.check_all(DAYS).await;
    scenario.check_total().await;
    scenario.check_objects().await;
    let listed = scenario.client.list_metrics().send().await.unwrap();
    let names: Vec<_> = listed.metrics().iter().filter_map(|metric| metric.metric_name()).collect();
    assert_eq!(names, ["fine", "late", "steady"], "a metric without data for two weeks is listed");
}
