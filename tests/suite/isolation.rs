//! Accounts and regions share nothing: not a data point, not a listed metric, not a tag, not a page token.

use aws_sdk_cloudwatch::config::retry::RetryConfig;
use aws_sdk_cloudwatch::types::Tag;

use crate::harness::{NAMESPACE, Question, Running, datum, put};

/// Access key ids of twelve digits are account ids.
const SCOPES: [(&str, &str); 4] = [
    ("111122223333", "us-east-1"),
    ("111122223333", "eu-west-1"),
    ("444455556666", "us-east-1"),
    ("444455556666", "eu-west-1"),
];

#[tokio::test(flavor = "multi_thread")]
async fn accounts_and_regions_are_kept_apart() {
    let running = Running::start().await;
    let at = running.endpoint.last_minute().await;
    let clients =
        SCOPES.map(|(account, region)| running.endpoint.client(account, region, RetryConfig::standard()));
    let values = [1.0, 10.0, 100.0, 1000.0];
    for (n, (client, value)) in clients.iter().zip(values).enumerate() {
        put(client, vec![datum("m", at, value), datum(&format!("own{n}"), at, value)]).await;
    }
    for place in ["journal", "segments"] {
        for (n, (client, value)) in clients.iter().zip(values).enumerate() {
            let sum = Question::minute("m", at).total(client, "Sum").await;
            assert_eq!(sum, value, "{:?} from {place}", SCOPES[n]);
            let listed = client.list_metrics().namespace(NAMESPACE).send().await.unwrap();
            let names: Vec<_> = listed.metrics().iter().filter_map(|metric| metric.metric_name()).collect();
            assert_eq!(names, ["m".to_owned(), format!("own{n}")], "{:?} from {place}", SCOPES[n]);
        }
        running.endpoint.deliver().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn tags_and_tokens_belong_to_their_account_and_region() {
    let running = Running::start().await;
    let at = running.endpoint.last_minute().await;
    let [here, _, there, _] =
        SCOPES.map(|(account, region)| running.endpoint.client(account, region, RetryConfig::standard()));
    let arn = |account: &str| format!("arn:aws:cloudwatch:us-east-1:{account}:alarm:a");
    let tag = Tag::builder().key("k").value("v").build();
    for client in [&here, &there] {
        client.put_composite_alarm().alarm_name("a").alarm_rule("FALSE").send().await.unwrap();
    }
    here.tag_resource().resource_arn(arn(SCOPES[0].0)).tags(tag.clone()).send().await.unwrap();
    let theirs = there.list_tags_for_resource().resource_arn(arn(SCOPES[2].0)).send().await.unwrap();
    assert_eq!(theirs.tags(), []);
    let foreign = there.tag_resource().resource_arn(arn(SCOPES[0].0)).tags(tag).send().await;
    assert!(foreign.unwrap_err().into_service_error().is_resource_not_found_exception());

    for client in [&here, &there] {
        put(client, (0..501).map(|n| datum(&format!("m{n}"), at, 1.0)).collect()).await;
    }
    let token = here.list_metrics().namespace(NAMESPACE).send().await.unwrap().next_token;
    let foreign = there.list_metrics().namespace(NAMESPACE).set_next_token(token).send().await;
    assert!(foreign.unwrap_err().into_service_error().is_invalid_parameter_value_exception());
}
