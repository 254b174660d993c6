//! The labels of GetMetricData: AWS's defaults and dynamic ones, as they come over the wire.

use aws_sdk_cloudwatch::Client;
use aws_sdk_cloudwatch::types::{LabelOptions, MetricDataQuery, StatusCode};

use crate::harness::{HOUR, Question, Running, datum, put, time};

async fn labels(client: &Client, range: (i64, i64), queries: Vec<MetricDataQuery>) -> Vec<String> {
    let asked = client.get_metric_data().set_metric_data_queries(Some(queries));
    let asked = asked.start_time(time(range.0)).end_time(time(range.1));
    let zone = LabelOptions::builder().timezone("+0100").build();
    let answer = asked.label_options(zone).send().await.unwrap();
    let label = |result: &aws_sdk_cloudwatch::types::MetricDataResult| {
        assert_eq!(result.status_code(), Some(&StatusCode::Complete));
        result.label().unwrap().to_owned()
    };
    answer.metric_data_results().iter().map(label).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn labels_tell_queries_apart() {
    let running = Running::start().await;
    let client = running.client();
    let at = running.endpoint.now().await / HOUR * HOUR - HOUR;
    put(&client, vec![datum("m", at, 3.0), datum("m", at + 60, 5.0)]).await;
    let range = (at, at + HOUR);
    let question = |metric, period| Question::of(metric, range, period);
    let check = async |queries: Vec<MetricDataQuery>, expected: &[&str]| {
        assert_eq!(labels(&client, range, queries).await, expected);
    };
    let minute = question("m", 60);
    check(vec![minute.query("a", "Sum")], &["m"]).await;
    check(vec![minute.query("a", "Sum"), minute.query("b", "p90")], &["m Sum", "m p90"]).await;
    let other = question("other", 60);
    check(vec![minute.query("a", "Sum"), other.query("b", "Sum")], &["m", "other"]).await;
    let by_hour = question("m", 3600);
    let both = vec![minute.query("a", "Sum"), by_hour.query("b", "Average")];
    check(both, &["m Sum 60", "m Average 3600"]).await;
    let labelled = |label: &str| {
        let mut query = minute.query("a", "Sum");
        query.label = Some(label.to_owned());
        vec![query]
    };
    check(labelled("plain"), &["plain"]).await;
    check(labelled("max ${MAX} min ${MIN} last ${LAST} n ${DATAPOINT_COUNT}"), &["max 5 min 3 last 5 n 2"])
        .await;
    check(labelled("${PROP('MetricName')}/${PROP('Stat')}/${PROP('Period')}"), &["m/Sum/60"]).await;
    check(labelled("${PROP('AccountId')} ${PROP('Region')}"), &["123456789012 us-east-1"]).await;
    check(labelled("${NO_SUCH}"), &["${NO_SUCH}"]).await;
}
