//! Tags of a resource: added, overwritten, removed, limited, and never lost between racing writers.

use aws_sdk_cloudwatch::Client;
use aws_sdk_cloudwatch::types::Tag;
use futures::future::join_all;

use crate::harness::Running;

const ALARM: &str = "arn:aws:cloudwatch:us-east-1:123456789012:alarm:a: b";

fn tag(key: &str, value: &str) -> Tag {
    Tag::builder().key(key).value(value).build()
}

async fn put_alarm(client: &Client) {
    client.put_composite_alarm().alarm_name("a: b").alarm_rule("FALSE").send().await.unwrap();
}

async fn listed(client: &Client) -> Vec<(String, String)> {
    let answer = client.list_tags_for_resource().resource_arn(ALARM).send().await.unwrap();
    let pair = |tag: &Tag| (tag.key().unwrap().to_owned(), tag.value().unwrap().to_owned());
    answer.tags().iter().map(pair).collect()
}

async fn check(client: &Client, expected: &[(&str, &str)]) {
    let expected: Vec<_> = expected.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
    assert_eq!(listed(client).await, expected);
}

#[tokio::test(flavor = "multi_thread")]
async fn tags_are_set_and_removed() {
    let running = Running::start().await;
    let client = running.client();
    put_alarm(&client).await;
    check(&client, &[]).await;
    let add =
        async |tags: Vec<Tag>| client.tag_resource().resource_arn(ALARM).set_tags(Some(tags)).send().await;
    add(vec![tag("b", "2"), tag("a", "1")]).await.unwrap();
    check(&client, &[("a", "1"), ("b", "2")]).await;
    add(vec![tag("a", "new"), tag("c", "")]).await.unwrap();
    check(&client, &[("a", "new"), ("b", "2"), ("c", "")]).await;
    client.untag_resource().resource_arn(ALARM).tag_keys("b").tag_keys("none").send().await.unwrap();
    check(&client, &[("a", "new"), ("c", "")]).await;

    // Refused, and nothing of it is kept.
    let refused = async |tags| add(tags).await.unwrap_err().into_service_error().to_string();
    let reserved = refused(vec![tag("d", "4"), tag("aws:x", "1")]).await;
    assert!(
        reserved.contains("InvalidParameterValueException: Tag keys that begin with aws: are reserved."),
        "{reserved}"
    );
    let too_many = refused((0..49).map(|n| tag(&format!("k{n}"), "")).collect()).await;
    assert!(
        too_many.contains("InvalidParameterValueException: A resource can have at most 50 tags."),
        "{too_many}"
    );
    check(&client, &[("a", "new"), ("c", "")]).await;
    add((0..48).map(|n| tag(&format!("k{n}"), "")).collect()).await.unwrap();
    assert_eq!(listed(&client).await.len(), 50);
}

#[tokio::test(flavor = "multi_thread")]
async fn racing_writers_lose_no_tag() {
    let running = Running::start().await;
    let client = running.client();
    put_alarm(&client).await;
    let writers = (0..8).map(|n| {
        let client = client.clone();
        async move {
            client.tag_resource().resource_arn(ALARM).tags(tag(&format!("k{n}"), "v")).send().await.unwrap();
        }
    });
    join_all(writers).await;
    assert_eq!(listed(&client).await.len(), 8);
}
