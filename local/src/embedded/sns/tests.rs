use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};

use http::StatusCode;
use proptest::prelude::*;
use serde_json::{Value, json};
use watchtrail_core::time::Timestamp;
use watchtrail_store::Scope;

use super::message::{Attribute, Message, Text};
use super::state::{Protocol, Subscription};
use super::*;

struct Fixed;

impl Clock for Fixed {
    fn now(&self) -> Timestamp {
        Timestamp::from_millis(1_795_255_200_500)
    }
}

#[derive(Default)]
struct Counting(AtomicU64);

impl Entropy for Counting {
    fn bits(&self) -> u128 {
        self.0.fetch_add(1, Ordering::Relaxed).into()
    }
}

fn sns(folder: &Path) -> (EmbeddedSns, Arc<Notifications>) {
    let notifications = Arc::new(Notifications::default());
    let world = World {
        notifications: Arc::clone(&notifications),
        clock: Arc::new(Fixed),
        entropy: Arc::new(Counting::default()),
        settings: Settings::default(),
    };
    (EmbeddedSns::open(&folder.join("sns.json"), world).unwrap(), notifications)
}

fn ask(sns: &EmbeddedSns, form: &str) -> (StatusCode, String) {
    let request =
        Request::post("http://sns.example/").header("content-type", "application/x-www-form-urlencoded");
    let form = format!("Version=2010-03-31&{form}");
    let answer = sns.answer(request.body(Bytes::from(form)).unwrap());
    (answer.status(), String::from_utf8(answer.body().to_vec()).unwrap())
}

#[tokio::test]
async fn a_publication_is_listed_in_the_account_of_the_topic() {
    let folder = tempfile::tempdir().unwrap();
    let (sns, notifications) = sns(folder.path());
    let (status, answer) = ask(&sns, "Action=CreateTopic&Name=alarms");
    assert_eq!(status, 200, "{answer}");
    let arn = "arn:aws:sns:us-east-1:123456789012:alarms";
    assert!(answer.contains(&format!("<CreateTopicResult><TopicArn>{arn}</TopicArn></CreateTopicResult>")));
    ask(&sns, &format!("Action=Subscribe&TopicArn={arn}&Protocol=email&Endpoint=ops%40example.com"));
    let signed = "AWS4-HMAC-SHA256 Credential=999999999999/20261121/eu-west-1/sns/aws4_request, Signature=0";
    let form = format!("Version=2010-03-31&Action=Publish&TopicArn={arn}&Message=m&Subject=s");
    let request = HttpRequest::try_from(
        Request::post("https://sns.eu-west-1.amazonaws.com/")
            .header("authorization", signed)
            .header("content-type", "application/x-www-form-urlencoded")
            .body(SdkBody::from(form))
            .unwrap(),
    );
    assert_eq!(sns.connect(request.unwrap()).unwrap().status().as_u16(), 200);
    let all = notifications.all();
    assert_eq!(all.len(), 1);
    assert_eq!(
        (&all[0]["kind"], &all[0]["message"], &all[0]["subject"]),
        (&json!("sns"), &json!("m"), &json!("s"))
    );
    assert_eq!(all[0]["time"], "2026-11-21T10:00:00.500Z");
    assert_eq!(all[0]["deliveries"][0]["endpoint"], "ops@example.com");
    assert_eq!(all[0]["deliveries"][0]["outcome"], "listed");
}

fn subscription() -> Subscription {
    Subscription {
        topic_arn: "arn:aws:sns:us-east-1:123456789012:alarms".to_owned(),
        protocol: Protocol::Http,
        endpoint: "http://127.0.0.1:1/".to_owned(),
        owner: "123456789012".to_owned(),
        token: "t".to_owned(),
        confirmed: true,
        attributes: BTreeMap::new(),
        origin: "http://127.0.0.1:4700".to_owned(),
    }
}

fn message(subject: &str, text: &str, attribute: &str) -> Message {
    let value = Attribute { r#type: "String".to_owned(), value: attribute.to_owned() };
    Message {
        id: "id".to_owned(),
        topic_arn: "arn:aws:sns:us-east-1:123456789012:alarms".to_owned(),
        subject: Some(subject.to_owned()),
        text: Text { default: text.to_owned(), by_protocol: BTreeMap::new() },
        attributes: [("a".to_owned(), value)].into(),
        time: Timestamp::from_millis(1_795_255_200_000),
    }
}

#[test]
fn messages_look_as_aws_writes_them() {
    let (mut subscription, message) = (subscription(), message("a \"subject\"", "line\nline", "v"));
    let posting = message::notification(&message, "arn:s", &subscription);
    let expected = r#"{
  "Type" : "Notification",
  "MessageId" : "id",
  "TopicArn" : "arn:aws:sns:us-east-1:123456789012:alarms",
  "Subject" : "a \"subject\"",
  "Message" : "line\nline",
  "Timestamp" : "2026-11-21T10:00:00.000Z",
  "SignatureVersion" : "1",
  "Signature" : "bm90IHNpZ25lZCBieSBBV1M=",
  "SigningCertURL" : "http://127.0.0.1:4700/_watchtrail/there-is-no-certificate.pem",
  "UnsubscribeURL" : "http://127.0.0.1:4700/?Action=Unsubscribe&SubscriptionArn=arn%3As",
  "MessageAttributes" : {
    "a" : {"Type":"String","Value":"v"}
  }
}"#;
    assert_eq!(posting.body, expected);
    let confirmation = message::confirmation(&subscription, "id".to_owned(), message.time);
    let read: Value = serde_json::from_str(&confirmation.body).unwrap();
    assert_eq!(read["Type"], "SubscriptionConfirmation");
    subscription.attributes.insert("RawMessageDelivery".to_owned(), "true".to_owned());
    assert_eq!(message::notification(&message, "arn:s", &subscription).body, "line\nline");
}

#[test]
fn arns() {
    fn check(arn: &str, expected: Result<&str, &str>) {
        let read = ask::topic_scope(arn, "TopicArn").map(|scope: Scope| scope.to_string());
        let read = read.map_err(|fault| fault.message().unwrap_or_default().to_owned());
        assert_eq!(read.as_deref().map_err(String::as_str), expected, "{arn}");
    }
    check("arn:aws:sns:eu-west-1:111122223333:a", Ok("111122223333/eu-west-1"));
    let short = "Invalid parameter: TopicArn Reason: An ARN must have at least 6 elements, not";
    check("", Err(&format!("{short} 1")));
    check("arn:aws:sns:x", Err(&format!("{short} 4")));
    for wrong in
        ["arn:aws:sqs:eu-west-1:111122223333:a", "arn:aws:sns:eu-west-1:111122223333:", "arn:aws:sns:a:b:c:d"]
    {
        check(wrong, Err("Invalid parameter: TopicArn"));
    }
}

proptest! {
    #[test]
    fn every_message_is_json(subject in ".*", text in ".*", attribute in ".*") {
        let posting = message::notification(&message(&subject, &text, &attribute), "arn:s", &subscription());
        let read: Value = serde_json::from_str(&posting.body).unwrap();
        prop_assert_eq!(&read["Subject"], &subject);
        prop_assert_eq!(&read["Message"], &text);
        prop_assert_eq!(&read["MessageAttributes"]["a"]["Value"], &attribute);
    }
}
