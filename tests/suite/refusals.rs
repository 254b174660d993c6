//! Errors as the SDK sees them over CBOR, where it asks for the codes of the query protocol; the raw protocols are
//! looked at from Python (`tests/python/test_bad_input.py`).

use aws_sdk_cloudwatch::error::ProvideErrorMetadata as _;
use aws_sdk_cloudwatch::types::{MetricDatum, Statistic};

use crate::harness::{HOUR, NAMESPACE, Question, Running, datum, dimension, put, time};

/// The code and a part of the message of an error.
macro_rules! refused {
    ($sent:expr, $code:literal, $words:literal) => {
        let error = $sent.send().await.unwrap_err().into_service_error();
        let message = error.message().unwrap_or_default();
        assert_eq!(error.code(), Some($code), "{message}");
        assert!(message.contains($words), "{message} does not say {}", $words);
    };
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_request_stores_nothing() {
    let running = Running::start().await;
    let client = running.client();
    let at = running.endpoint.last_minute().await;
    let good = || datum("good", at, 1.0);
    let with = |edit: fn(&mut MetricDatum)| {
        let mut bad = datum("bad", at, 1.0);
        edit(&mut bad);
        client.put_metric_data().namespace(NAMESPACE).metric_data(good()).metric_data(bad)
    };
    refused!(with(|d| d.value = Some(f64::NAN)), "InvalidParameterValue", "NaN");
    refused!(with(|d| d.value = Some(f64::INFINITY)), "InvalidParameterValue", "Infinity");
    refused!(with(|d| d.value = Some(2f64.powi(361))), "InvalidParameterValue", "Value");
    refused!(with(|d| d.value = None), "InvalidParameterCombination", "At least one");
    refused!(with(|d| d.values = Some(vec![1.0])), "InvalidParameterCombination", "exclusive");
    refused!(with(|d| d.counts = Some(vec![1.0])), "InvalidParameterValue", "same size");
    refused!(with(|d| d.metric_name = None), "MissingParameter", "MetricData.member.2.MetricName");
    refused!(with(|d| d.storage_resolution = Some(30)), "InvalidParameterValue", "[ 1, 60 ]");
    refused!(with(|d| d.unit = Some("Furlongs".into())), "InvalidParameterValue", "Unit");
    refused!(with(|d| d.timestamp = Some(time(0))), "InvalidParameterValue", "past two weeks");
    refused!(
        with(|d| d.dimensions = Some(vec![dimension("a", "1"), dimension("a", "2")])),
        "InvalidParameterValue",
        "same dimension name"
    );
    refused!(
        with(|d| d.dimensions = Some((0..31).map(|n| dimension(&format!("d{n}"), "v")).collect())),
        "InvalidParameterValue",
        "30"
    );
    let listed = client.list_metrics().send().await.unwrap();
    assert_eq!(listed.metrics(), [], "something of a refused request was stored");
    put(&client, vec![good()]).await;
    assert_eq!(Question::minute("good", at).total(&client, "Sum").await, 1.0);
}

#[tokio::test(flavor = "multi_thread")]
async fn refused_questions() {
    let running = Running::start().await;
    let client = running.client();
    let at = running.endpoint.last_minute().await;
    let statistics = || {
        client
            .get_metric_statistics()
            .namespace(NAMESPACE)
            .metric_name("m")
            .start_time(time(at))
            .end_time(time(at + HOUR))
            .period(60)
    };
    refused!(statistics(), "InvalidParameterCombination", "Statistics");
    refused!(statistics().statistics("Most".into()), "InvalidParameterValue", "Statistics.member.1");
    let sum = || statistics().statistics(Statistic::Sum);
    refused!(sum().period(61), "InvalidParameterValue", "61");
    refused!(sum().end_time(time(at)), "InvalidParameterValue", "must not equal");
    refused!(sum().end_time(time(at + 86_460)), "InvalidParameterCombination", "1441 datapoints");
    let data = || client.get_metric_data().start_time(time(at)).end_time(time(at + HOUR));
    let query = |stat| Question::minute("m", at).query("q", stat);
    refused!(data().metric_data_queries(query("p101")), "ValidationError", "p101");
    let mut expression = query("Sum");
    (expression.metric_stat, expression.expression) = (None, Some("SUM(METRICS())".to_owned()));
    refused!(data().metric_data_queries(expression), "ValidationError", "not supported");
    let twice = data().metric_data_queries(query("Sum")).metric_data_queries(query("Sum"));
    refused!(twice, "ValidationError", "not unique");
    refused!(client.list_metrics().next_token("x"), "InvalidParameterValue", "NextToken");
    refused!(client.list_dashboards(), "InvalidAction", "docs/coverage.md");
}
