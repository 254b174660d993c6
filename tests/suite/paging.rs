//! Pages: every metric and every data point on exactly one of them, whatever is delivered or written between two pages.

use std::collections::BTreeSet;

use aws_sdk_cloudwatch::types::{DimensionFilter, Metric, RecentlyActive, ScanBy, StatusCode};

use crate::harness::{DAY, HOUR, MINUTE, NAMESPACE, Question, Running, datum, dimension, put, time};

fn name(metric: &Metric) -> String {
    metric.metric_name().unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn metrics_of_more_than_two_pages() {
    let running = Running::start().await;
    let client = running.client();
    let at = running.endpoint.last_minute().await;
    put(&client, (0..1000).map(|n| datum(&format!("m{n:04}"), at, 1.0)).collect()).await;
    running.endpoint.deliver().await;
    put(&client, (1000..1203).map(|n| datum(&format!("m{n:04}"), at, 1.0)).collect()).await;
    // Twice in the tail and in a directory is once in the list.
    put(&client, vec![datum("m0007", at, 1.0), datum("m1100", at, 1.0)]).await;
    let mut sizes = Vec::new();
    let mut seen = Vec::new();
    let mut token = None;
    loop {
        let page = client.list_metrics().namespace(NAMESPACE).set_next_token(token).send().await.unwrap();
        sizes.push(page.metrics().len());
        seen.extend(page.metrics().iter().map(name));
        // What moves from the journal to segments between two pages, and what comes new before them, shifts nothing.
        put(&client, vec![datum(&format!("a{}", sizes.len()), at, 1.0)]).await;
        running.endpoint.deliver().await;
        token = page.next_token;
        if token.is_none() {
            break;
        }
    }
    assert_eq!(sizes, [500, 500, 203]);
    assert_eq!(seen.iter().collect::<BTreeSet<_>>().len(), 1203, "a metric came twice");
}

/// The filters of ListMetrics: namespace, name, dimensions that are contained, recent activity.
#[tokio::test(flavor = "multi_thread")]
async fn filters_of_list_metrics() {
    let running = Running::start().await;
    let client = running.client();
    let at = running.endpoint.last_minute().await;
    let with = |metric: &str, pairs: &[(&str, &str)]| {
        let mut datum = datum(metric, at, 1.0);
        datum.dimensions = Some(pairs.iter().map(|(name, value)| dimension(name, value)).collect());
        datum
    };
    let data = vec![
        datum("a", at, 1.0),
        with("a", &[("Host", "1")]),
        with("b", &[("Host", "2"), ("Zone", "z")]),
        datum("old", at - 4 * HOUR, 1.0),
    ];
    put(&client, data).await;
    client.put_metric_data().namespace("Other").metric_data(datum("a", at, 1.0)).send().await.unwrap();
    for place in ["journal", "segments"] {
        let list = || client.list_metrics();
        let host = |value: Option<&str>| {
            DimensionFilter::builder().name("Host").set_value(value.map(str::to_owned)).build()
        };
        let shop = || list().namespace(NAMESPACE);
        for (asked, expected) in [
            (list(), "a a a b old"),
            (shop(), "a a b old"),
            (list().metric_name("a"), "a a a"),
            (shop().metric_name("a"), "a a"),
            (shop().dimensions(host(None)), "a b"),
            (shop().dimensions(host(Some("2"))), "b"),
            (shop().dimensions(host(Some("3"))), ""),
            (shop().recently_active(RecentlyActive::Pt3H), "a a b"),
            (list().namespace("None"), ""),
        ] {
            let what = format!("{:?} from {place}", asked.as_input());
            let answer = asked.send().await.unwrap();
            let mut names: Vec<String> = answer.metrics().iter().map(name).collect();
            names.sort();
            assert_eq!(names.join(" "), expected, "{what}");
        }
        running.endpoint.deliver().await;
    }
    // AWS lists what had data in the last two weeks.
    running.endpoint.advance(16 * DAY).await;
    assert_eq!(client.list_metrics().send().await.unwrap().metrics(), []);
}

/// Pages of data points: `MaxDatapoints` over all series together, in both directions, while new data arrive.
#[tokio::test(flavor = "multi_thread")]
async fn data_points_of_many_pages() {
    let running = Running::start().await;
    let client = running.client();
    let start = running.endpoint.last_minute().await - 2 * HOUR;
    let metrics = ["a", "b", "c"];
    let row = |n: i64| metrics.map(|metric| datum(metric, start + n * MINUTE, n as f64));
    put(&client, (0..10).flat_map(row).collect()).await;
    running.endpoint.deliver().await;
    put(&client, (10..20).flat_map(row).collect()).await;
    for order in [ScanBy::TimestampAscending, ScanBy::TimestampDescending] {
        let queries: Vec<_> =
            metrics.iter().map(|metric| Question::of(metric, (0, 0), 60).query(metric, "Sum")).collect();
        let mut found = vec![Vec::new(); 3];
        let (mut token, mut pages) = (None, 0);
        loop {
            let asked = client.get_metric_data().set_metric_data_queries(Some(queries.clone()));
            let asked = asked.start_time(time(start)).end_time(time(start + HOUR)).max_datapoints(7);
            let page = asked.scan_by(order.clone()).set_next_token(token).send().await.unwrap();
            let mut points = 0;
            for result in page.metric_data_results() {
                let of = metrics.iter().position(|metric| Some(*metric) == result.id()).unwrap();
                found[of].extend(result.values().iter().copied());
                points += result.values().len();
                let open = result.status_code() == Some(&StatusCode::PartialData);
                assert!(!open || page.next_token().is_some(), "{result:?}");
            }
            assert!(points <= 7, "{points} points on a page");
            pages += 1;
            running.endpoint.deliver().await;
            token = page.next_token;
            if token.is_none() {
                break;
            }
        }
        assert_eq!(pages, 9, "{order:?}");
        let mut expected: Vec<f64> = (0..20).map(f64::from).collect();
        if order == ScanBy::TimestampDescending {
            expected.reverse();
        }
        assert_eq!(found, vec![expected; 3], "{order:?}");
    }
}
