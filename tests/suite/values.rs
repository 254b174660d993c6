//! What is put comes back: every kind of value, every statistic, every unit, from the journal and from segments.

use aws_sdk_cloudwatch::Client;
use aws_sdk_cloudwatch::types::builders::MetricDatumBuilder;
use aws_sdk_cloudwatch::types::{MetricDatum, StandardUnit, Statistic, StatisticSet};
use rand::distr::Alphanumeric;
use rand::rngs::StdRng;
use rand::{Rng as _, SeedableRng as _};

use crate::harness::{Endpoint, MINUTE, NAMESPACE, Question, Running, close, datum, dimension, put, time};

/// The journal answers, then the same rows out of segments; what a settled day answers is in `fifteen_months`.
const PLACES: [&str; 2] = ["journal", "segments"];

fn in_minute(metric: &str, at: i64) -> MetricDatumBuilder {
    MetricDatum::builder().metric_name(metric).timestamp(time(at))
}

fn set(count: f64, sum: f64, minimum: f64, maximum: f64) -> StatisticSet {
    StatisticSet::builder().sample_count(count).sum(sum).minimum(minimum).maximum(maximum).build()
}

/// Puts data of metric `m`, and asks for its statistics in the minute at which they lie, before and after delivery. A
/// statistic that is `None` has no data point.
async fn check(data: impl Fn(MetricDatumBuilder) -> Vec<MetricDatum>, expected: &[(&str, Option<f64>)]) {
    let running = Running::start().await;
    let client = running.client();
    let at = running.endpoint.last_minute().await;
    put(&client, data(in_minute("m", at))).await;
    for place in PLACES {
        let stats: Vec<&str> = expected.iter().map(|(stat, _)| *stat).collect();
        let series = Question::minute("m", at).ask(&client, &stats).await;
        for ((stat, expected), points) in expected.iter().zip(series) {
            let found = points.first().map(|(_, value)| *value);
            let same = match (found, *expected) {
                (Some(found), Some(expected)) => close(found, expected),
                (found, expected) => found == expected,
            };
            assert!(same, "{stat} from {place}: {found:?}, expected {expected:?}");
            assert!(points.iter().all(|(time, _)| *time == at), "{stat} from {place}: {points:?}");
        }
        same_by_get_metric_statistics(&client, at, expected).await;
        running.endpoint.deliver().await;
    }
}

/// GetMetricStatistics says the same as GetMetricData: the plain statistics in one request, the extended in others, of ten
/// each as AWS allows.
async fn same_by_get_metric_statistics(client: &Client, at: i64, expected: &[(&str, Option<f64>)]) {
    let is_plain = |stat: &str| Statistic::values().contains(&stat);
    let plain: Vec<_> = expected.iter().filter(|(stat, _)| is_plain(stat)).copied().collect();
    let extended: Vec<_> = expected.iter().filter(|(stat, _)| !is_plain(stat)).copied().collect();
    let asked = || {
        client
            .get_metric_statistics()
            .namespace(NAMESPACE)
            .metric_name("m")
            .start_time(time(at))
            .end_time(time(at + MINUTE))
            .period(60)
    };
    if !plain.is_empty() {
        let stats = plain.iter().map(|(stat, _)| Statistic::from(*stat)).collect();
        let answer = asked().set_statistics(Some(stats)).send().await.unwrap();
        let [point] = answer.datapoints() else { panic!("{answer:?}") };
        for (stat, expected) in plain {
            let found = match stat {
                "SampleCount" => point.sample_count(),
                "Sum" => point.sum(),
                "Average" => point.average(),
                "Minimum" => point.minimum(),
                _ => point.maximum(),
            };
            assert!(close(found.unwrap(), expected.unwrap()), "{stat}: {found:?}, expected {expected:?}");
        }
    }
    for chunk in extended.chunks(10) {
        let stats = chunk.iter().map(|(stat, _)| (*stat).to_owned()).collect();
        let answer = asked().set_extended_statistics(Some(stats)).send().await.unwrap();
        for (stat, expected) in chunk {
            let found = answer.datapoints().first().and_then(|point| point.extended_statistics());
            let found = found.and_then(|extended| extended.get(*stat)).copied();
            match (found, expected) {
                (Some(found), Some(expected)) => {
                    assert!(close(found, *expected), "{stat}: {found}, {expected}");
                }
                (found, expected) => assert_eq!(found, *expected, "{stat}"),
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_value() {
    let expected = [
        "SampleCount",
        "Sum",
        "Average",
        "Minimum",
        "Maximum",
        "p0",
        "p50",
        "p99.9",
        "IQM",
        "tm90",
        "PR(:50)",
    ];
    let values = [1.0, 42.5, 42.5, 42.5, 42.5, 42.5, 42.5, 42.5, 42.5, 42.5, 100.0];
    let expected: Vec<_> = expected.into_iter().zip(values.map(Some)).collect();
    check(|datum| vec![datum.value(42.5).build()], &expected).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn extreme_values() {
    let greatest = 2f64.powi(360);
    for value in [0.0, -1.5, greatest, -greatest, f64::MIN_POSITIVE, 1e-300] {
        let same = Some(value);
        let figures = [("SampleCount", Some(1.0)), ("Sum", same), ("Average", same), ("Maximum", same)];
        check(|datum| vec![datum.value(value).build()], &figures).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn values_with_counts() {
    let data = |datum: MetricDatumBuilder| {
        vec![datum.set_values(Some(vec![1.0, 10.0, 5.0])).set_counts(Some(vec![3.0, 1.0, 0.5])).build()]
    };
    let expected = [
        ("SampleCount", Some(4.5)),
        ("Sum", Some(15.5)),
        ("Average", Some(15.5 / 4.5)),
        ("Minimum", Some(1.0)),
        ("Maximum", Some(10.0)),
        ("p50", Some(1.0)),
        ("p75", Some(5.0)),
        ("p99", Some(10.0)),
    ];
    check(data, &expected).await;
}

/// AWS's definitions over the hundred values 1 … 100, of which every statistic can be told by hand.
#[tokio::test(flavor = "multi_thread")]
async fn the_percentile_family() {
    let values: Vec<f64> = (1..=100).map(f64::from).collect();
    let expected = [
        ("SampleCount", Some(100.0)),
        ("Sum", Some(5050.0)),
        ("p1", Some(1.0)),
        ("p50", Some(50.0)),
        ("p90", Some(90.0)),
        ("p99.9", Some(100.0)),
        ("p100", Some(100.0)),
        ("tm90", Some(45.5)),
        ("tc90", Some(90.0)),
        ("ts90", Some(4095.0)),
        ("wm90", Some(49.95)),
        ("IQM", Some(50.5)),
        ("TM(10%:90%)", Some(50.5)),
        ("TC(10%:90%)", Some(80.0)),
        ("TS(80:)", Some(1810.0)),
        ("TC(10:20)", Some(10.0)),
        ("TM(:3)", Some(2.0)),
        ("PR(:50)", Some(50.0)),
        ("PR(10:50)", Some(40.0)),
    ];
    check(|datum| vec![datum.set_values(Some(values.clone())).build()], &expected).await;
    let one_by_one =
        |datum: MetricDatumBuilder| values.iter().map(|v| datum.clone().value(*v).build()).collect();
    check(one_by_one, &expected).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn statistic_sets() {
    let expected = [
        ("SampleCount", Some(10.0)),
        ("Sum", Some(55.0)),
        ("Average", Some(5.5)),
        ("Minimum", Some(1.0)),
        ("Maximum", Some(10.0)),
        ("p50", None),
        ("IQM", None),
    ];
    check(|datum| vec![datum.statistic_values(set(10.0, 55.0, 1.0, 10.0)).build()], &expected).await;
    // AWS has percentiles of a set whose samples are known to be equal.
    let equal = [("SampleCount", Some(4.0)), ("Sum", Some(20.0)), ("p50", Some(5.0)), ("p99", Some(5.0))];
    check(|datum| vec![datum.statistic_values(set(4.0, 20.0, 5.0, 5.0)).build()], &equal).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn kinds_that_meet_in_a_minute() {
    let data = |datum: MetricDatumBuilder| {
        vec![
            datum.clone().value(7.0).build(),
            datum.clone().set_values(Some(vec![1.0, 2.0])).build(),
            datum.statistic_values(set(2.0, 100.0, 40.0, 60.0)).build(),
        ]
    };
    let expected = [
        ("SampleCount", Some(5.0)),
        ("Sum", Some(110.0)),
        ("Minimum", Some(1.0)),
        ("Maximum", Some(60.0)),
        ("p50", None),
    ];
    check(data, &expected).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn no_percentiles_of_negative_values() {
    let data = |datum: MetricDatumBuilder| vec![datum.set_values(Some(vec![-1.0, 2.0])).build()];
    let expected = [("Sum", Some(1.0)), ("Minimum", Some(-1.0)), ("p50", None), ("tm90", None)];
    check(data, &expected).await;
}

/// Percentiles of far more values than are kept exactly stay within one percent, as the design promises.
#[tokio::test(flavor = "multi_thread")]
async fn percentiles_of_many_values_are_near() {
    let running = Running::start().await;
    let client = running.client();
    let at = running.endpoint.last_minute().await;
    let values: Vec<f64> = (1..=6000).map(|n| f64::from(n).powf(1.7)).collect();
    for chunk in values.chunks(150) {
        put(&client, vec![in_minute("m", at).set_values(Some(chunk.to_vec())).build()]).await;
    }
    for place in PLACES {
        let stats = [("p1", 60), ("p50", 3000), ("p90", 5400), ("p99.9", 5994), ("p100", 6000)];
        let names: Vec<&str> = stats.iter().map(|(stat, _)| *stat).collect();
        let series = Question::minute("m", at).ask(&client, &names).await;
        for ((stat, rank), points) in stats.iter().zip(series) {
            let (found, exact) = (points[0].1, values[rank - 1]);
            assert!((found - exact).abs() <= 0.01 * exact, "{stat} from {place}: {found}, exactly {exact}");
        }
        running.endpoint.deliver().await;
    }
}

/// AWS aggregates the data of each unit apart: GetMetricStatistics has a data point for each, a query of one unit sees that
/// one only.
#[tokio::test(flavor = "multi_thread")]
async fn units_stay_apart() {
    let running = Running::start().await;
    let client = running.client();
    let at = running.endpoint.last_minute().await;
    let units: Vec<StandardUnit> =
        StandardUnit::values().iter().map(|name| StandardUnit::from(*name)).collect();
    assert_eq!(units.len(), 27);
    let data = units.iter().zip(1u8..);
    let data = data.map(|(unit, n)| in_minute("m", at).value(f64::from(n)).unit(unit.clone()).build());
    put(&client, data.collect()).await;
    for place in PLACES {
        for (unit, n) in units.iter().zip(1u8..) {
            let question = Question { unit: Some(unit.clone()), ..Question::minute("m", at) };
            let sum = question.ask(&client, &["Sum"]).await.concat();
            assert_eq!(sum, [(at, f64::from(n))], "{unit} from {place}");
        }
        let asked = client.get_metric_statistics().namespace(NAMESPACE).metric_name("m").period(60);
        let asked = asked.start_time(time(at)).end_time(time(at + MINUTE)).statistics(Statistic::Sum);
        let answer = asked.send().await.unwrap();
        let mut found: Vec<_> = answer.datapoints().iter().map(|p| p.unit().unwrap().clone()).collect();
        found.sort();
        let mut all = units.clone();
        all.sort();
        assert_eq!(found, all, "{place}");
        running.endpoint.deliver().await;
    }
}

/// High-resolution data answer periods below a minute; regular data do not, and belong to their whole minute.
#[tokio::test(flavor = "multi_thread")]
async fn high_resolution() {
    let running = Running::start().await;
    let client = running.client();
    let at = running.endpoint.last_minute().await;
    let fine = (0..60).map(|n| in_minute("fine", at + n).value(1.0).storage_resolution(1).build());
    let coarse = (0..60).map(|n| datum("coarse", at + n, 1.0));
    put(&client, fine.chain(coarse).collect()).await;
    for place in PLACES {
        let check = async |metric: &str, period: i32, expected: Vec<(i64, f64)>| {
            let found = Question::of(metric, (at, at + MINUTE), period).ask(&client, &["Sum"]).await;
            assert_eq!(found.concat(), expected, "{metric} by {period} s from {place}");
        };
        check("fine", 1, (0..60).map(|n| (at + n, 1.0)).collect()).await;
        check("fine", 10, (0..6).map(|n| (at + 10 * n, 10.0)).collect()).await;
        check("fine", 30, vec![(at, 30.0), (at + 30, 30.0)]).await;
        check("fine", 60, vec![(at, 60.0)]).await;
        check("coarse", 60, vec![(at, 60.0)]).await;
        check("coarse", 1, Vec::new()).await;
        running.endpoint.deliver().await;
    }
    // AWS: "Data points with a period of less than 60 seconds are available for 3 hours."
    running.endpoint.advance(3 * 3600 + 120).await;
    let by =
        async |period| Question::of("fine", (at, at + MINUTE), period).ask(&client, &["Sum"]).await.concat();
    assert_eq!(by(10).await, []);
    assert_eq!(by(60).await, [(at, 60.0)]);
}

/// A metric is its name and its exact set of dimensions, in whatever order they come.
#[tokio::test(flavor = "multi_thread")]
async fn dimensions_are_a_set() {
    let running = Running::start().await;
    let client = running.client();
    let at = running.endpoint.last_minute().await;
    let of = |pairs: &[(&str, &str)], value: f64| {
        let dimensions = pairs.iter().map(|(name, value)| dimension(name, value)).collect();
        in_minute("m", at).set_dimensions(Some(dimensions)).value(value).build()
    };
    let thirty: Vec<String> = (0..30).map(|n| format!("d{n}")).collect();
    let thirty: Vec<(&str, &str)> = thirty.iter().map(|name| (name.as_str(), "v")).collect();
    let odd = [("a=b&c/d", "\"quoted\", {json}\\ ~")];
    let data = vec![
        of(&[], 1.0),
        of(&[("A", "1")], 10.0),
        of(&[("A", "1"), ("B", "2")], 100.0),
        of(&[("B", "2"), ("A", "1")], 1000.0),
        of(&[("a", "1")], 1e4),
        of(&thirty, 1e5),
        of(&odd, 1e6),
    ];
    put(&client, data).await;
    for place in PLACES {
        let check = async |dimensions: &[(&str, &str)], expected: f64| {
            let question = Question { dimensions, ..Question::minute("m", at) };
            assert_eq!(question.total(&client, "Sum").await, expected, "{dimensions:?} from {place}");
        };
        check(&[], 1.0).await;
        check(&[("A", "1")], 10.0).await;
        check(&[("B", "2"), ("A", "1")], 1100.0).await;
        check(&[("a", "1")], 1e4).await;
        check(&thirty, 1e5).await;
        check(&odd, 1e6).await;
        check(&[("B", "2")], 0.0).await;
        check(&[("A", "2")], 0.0).await;
        running.endpoint.deliver().await;
    }
}

/// Periods begin where AWS lets them begin, and `[start, end)` is half open.
#[tokio::test(flavor = "multi_thread")]
async fn ranges_are_half_open() {
    let running = Running::start().await;
    let client = running.client();
    let at = hour_of(running.endpoint).await;
    put(&client, (0..60).map(|n| datum("m", at + n * MINUTE, 1.0)).collect()).await;
    for place in PLACES {
        let check = async |range: (i64, i64), period: i32, expected: &[(i64, f64)]| {
            let found = Question::of("m", (at + range.0, at + range.1), period).ask(&client, &["Sum"]).await;
            let expected: Vec<_> = expected.iter().map(|(time, value)| (at + time, *value)).collect();
            assert_eq!(found.concat(), expected, "{range:?} by {period} s from {place}");
        };
        check((0, 300), 300, &[(0, 5.0)]).await;
        check((0, 301), 300, &[(0, 5.0), (300, 1.0)]).await;
        check((120, 420), 300, &[(120, 5.0)]).await;
        check((125, 180), 60, &[(120, 1.0)]).await;
        check((0, 3600), 3600, &[(0, 60.0)]).await;
        check((-3600, 0), 60, &[]).await;
        check((3600, 7200), 60, &[]).await;
        running.endpoint.deliver().await;
    }
}

/// The beginning of an hour that has passed.
async fn hour_of(endpoint: Endpoint) -> i64 {
    endpoint.now().await / 3600 * 3600 - 3600
}

/// The edges of what is accepted: two weeks back and two hours ahead.
#[tokio::test(flavor = "multi_thread")]
async fn the_oldest_and_the_newest_timestamp() {
    let running = Running::start().await;
    let client = running.client();
    let now = running.endpoint.now().await;
    let (oldest, newest) = ((now - 14 * 86_400 + 90) / 60 * 60, (now + 7_200 - 90) / 60 * 60);
    put(&client, vec![datum("m", oldest, 1.0), datum("m", newest, 2.0)]).await;
    for place in PLACES {
        assert_eq!(Question::minute("m", oldest).total(&client, "Sum").await, 1.0, "{place}");
        assert_eq!(Question::minute("m", newest).total(&client, "Sum").await, 2.0, "{place}");
        running.endpoint.deliver().await;
    }
}

/// A body over 10 KB is compressed by the SDK by itself; 1,000 data in one request all arrive.
#[tokio::test(flavor = "multi_thread")]
async fn a_thousand_data_in_a_request() {
    let running = Running::start().await;
    let client = running.client();
    let at = running.endpoint.last_minute().await;
    put(&client, (0..1000).map(|n| datum("m", at, f64::from(n))).collect()).await;
    for place in PLACES {
        assert_eq!(Question::minute("m", at).total(&client, "Sum").await, 499_500.0, "{place}");
        assert_eq!(Question::minute("m", at).total(&client, "SampleCount").await, 1000.0, "{place}");
        running.endpoint.deliver().await;
    }
}

/// Names as long as AWS takes them, in requests that are too large for an item of the journal: their paths in the stores are
/// longer than names of files may be.
#[tokio::test(flavor = "multi_thread")]
async fn long_names_in_large_requests() {
    let running = Running::start().await;
    let client = running.client();
    let at = running.endpoint.last_minute().await;
    let mut random = StdRng::seed_from_u64(1);
    // Random, so that it stays large when it is compressed.
    let mut text =
        |length| -> String { (&mut random).sample_iter(Alphanumeric).take(length).map(char::from).collect() };
    let namespaces =
        ["n".repeat(255), "/".repeat(255), "My company/Production/The check-out service".to_owned()];
    for namespace in &namespaces {
        let data = (0..600).map(|_| {
            let dimensions = vec![dimension("long", &text(1024))];
            in_minute("m", at).value(1.0).set_dimensions(Some(dimensions)).build()
        });
        let data = data.chain([in_minute(&"m".repeat(255), at).value(1.0).build()]).collect();
        client.put_metric_data().namespace(namespace).set_metric_data(Some(data)).send().await.unwrap();
    }
    for place in PLACES {
        for namespace in &namespaces {
            let mut pages = client.list_metrics().namespace(namespace).into_paginator().send();
            let mut listed = 0;
            while let Some(page) = pages.next().await {
                listed += page.unwrap().metrics().len();
            }
            assert_eq!(listed, 601, "{namespace} from {place}");
            let asked =
                client.get_metric_statistics().namespace(namespace).metric_name("m".repeat(255)).period(60);
            let asked = asked.start_time(time(at)).end_time(time(at + MINUTE)).statistics(Statistic::Sum);
            let answer = asked.send().await.unwrap();
            assert_eq!(answer.datapoints()[0].sum(), Some(1.0), "{namespace} from {place}");
        }
        running.endpoint.deliver().await;
    }
}
