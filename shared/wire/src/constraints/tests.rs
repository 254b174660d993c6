use super::*;
use crate::Timestamp;
use crate::shapes::cloudtrail_data::{AuditEvent, PutAuditEventsRequest};
use crate::shapes::cloudwatch::{
    Dimension, Entity, EntityMetricData, GetMetricStatisticsInput, MetricDatum, PutMetricDataInput, Tag,
    TagResourceInput, UntagResourceInput,
};

fn check(input: &impl Shape, expected: Option<&str>) {
    let mut violations = Violations::default();
    let mut path = Path::default();
    input.validate(&mut path, &mut violations);
    assert_eq!(violations.message().as_deref(), expected);
    assert!(path.0.is_empty(), "the path is back where it started");
}

#[expect(clippy::unnecessary_wraps, reason = "members are optional")]
fn some(text: &str) -> Option<String> {
    Some(text.to_owned())
}

fn put(datum: MetricDatum) -> PutMetricDataInput {
    PutMetricDataInput { namespace: some("App"), metric_data: Some(vec![datum]), ..Default::default() }
}

#[test]
fn strings() {
    let named = |name: &str| put(MetricDatum { metric_name: some(name), ..Default::default() });
    check(&named("cpu"), None);
    check(&named(&"é".repeat(255)), None);
    check(
        &PutMetricDataInput::default(),
        Some(
            "1 validation error detected: Value null at 'namespace' failed to satisfy constraint: Member must not be null",
        ),
    );
    check(
        &named(""),
        Some(
            "1 validation error detected: Value '' at 'metricData.1.member.metricName' failed to satisfy constraint: \
         Member must have length greater than or equal to 1",
        ),
    );
    let long = "é".repeat(256);
    check(
        &named(&long),
        Some(&format!(
            "1 validation error detected: Value '{long}' at 'metricData.1.member.metricName' failed to satisfy \
         constraint: Member must have length less than or equal to 255",
        )),
    );
    check(
        &put(MetricDatum { metric_name: some("cpu"), unit: some("Miles"), ..Default::default() }),
        Some(&format!(
            "1 validation error detected: Value 'Miles' at 'metricData.1.member.unit' failed to satisfy constraint: \
         Member must satisfy enum value set: [{}]",
            crate::shapes::cloudwatch::STANDARD_UNIT_VALUES.join(", "),
        )),
    );
}

#[test]
fn patterns() {
    let namespace = |name: &str| PutMetricDataInput { namespace: some(name), ..Default::default() };
    check(&namespace("AWS/EC2"), None);
    check(&namespace("a:b"), None);
    check(
        &namespace(":b"),
        Some(
            "1 validation error detected: Value ':b' at 'namespace' failed to satisfy constraint: Member must satisfy \
         regular expression pattern: [^:].*",
        ),
    );
    check(
        &namespace("a\nb"),
        Some(
            "1 validation error detected: Value 'a\nb' at 'namespace' failed to satisfy constraint: Member must satisfy \
         regular expression pattern: [^:].*",
        ),
    );
    for pattern in crate::shapes::PATTERNS.iter().copied().flatten() {
        assert!(pattern.compiles(), "{pattern:?}");
    }
}

#[test]
fn several_at_once() {
    let dimension = |name: Option<&str>, value: Option<&str>| Dimension {
        name: name.map(str::to_owned),
        value: value.map(str::to_owned),
    };
    let bad = MetricDatum {
        dimensions: Some(vec![dimension(Some("ok"), Some("ok")), dimension(Some(""), None)]),
        storage_resolution: Some(0),
        ..Default::default()
    };
    check(
        &put(bad),
        Some(
            "4 validation errors detected: \
         Value null at 'metricData.1.member.metricName' failed to satisfy constraint: Member must not be null; \
         Value '' at 'metricData.1.member.dimensions.2.member.name' failed to satisfy constraint: Member must have \
         length greater than or equal to 1; \
         Value null at 'metricData.1.member.dimensions.2.member.value' failed to satisfy constraint: Member must \
         not be null; \
         Value '0' at 'metricData.1.member.storageResolution' failed to satisfy constraint: Member must have value \
         greater than or equal to 1",
        ),
    );
    let flood = PutMetricDataInput {
        namespace: some("App"),
        metric_data: Some(vec![MetricDatum::default(); 10_000]),
        ..Default::default()
    };
    let mut violations = Violations::default();
    flood.validate(&mut Path::default(), &mut violations);
    assert!(violations.message().unwrap().starts_with("100 validation errors detected: "));
}

#[test]
fn collections() {
    let statistics = |values: &[&str]| GetMetricStatisticsInput {
        namespace: some("App"),
        metric_name: some("cpu"),
        start_time: Some(Timestamp::from_millis(0)),
        end_time: Some(Timestamp::from_millis(0)),
        period: Some(60),
        statistics: Some(values.iter().copied().map(str::to_owned).collect()),
        ..Default::default()
    };
    check(&statistics(&["Sum", "Average"]), None);
    check(
        &statistics(&["Sum", "sum"]),
        Some(
            "1 validation error detected: Value '[Sum, sum]' at 'statistics' failed to satisfy constraint: Member must \
         satisfy constraint: [Member must satisfy enum value set: [SampleCount, Average, Sum, Minimum, Maximum]]",
        ),
    );
    check(
        &statistics(&[]),
        Some(
            "1 validation error detected: Value '[]' at 'statistics' failed to satisfy constraint: Member must have \
         length greater than or equal to 1",
        ),
    );
    check(
        &UntagResourceInput { resource_arn: some("arn:x"), tag_keys: Some(vec![String::new()]) },
        Some(
            "1 validation error detected: Value '[]' at 'tagKeys' failed to satisfy constraint: Member must satisfy \
         constraint: [Member must have length less than or equal to 128, Member must have length greater than or \
         equal to 1]",
        ),
    );
    check(
        &TagResourceInput {
            resource_arn: some("arn:x"),
            tags: Some(vec![Tag { key: some("k"), value: some("") }]),
        },
        None,
    );
}

#[test]
fn maps() {
    let keys = |pairs: &[(&str, &str)]| PutMetricDataInput {
        namespace: some("App"),
        entity_metric_data: Some(vec![EntityMetricData {
            entity: Some(Entity {
                key_attributes: Some(pairs.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect()),
                attributes: None,
            }),
            metric_data: None,
        }]),
        ..Default::default()
    };
    check(&keys(&[("Type", "Service"), ("Name", "shop")]), None);
    check(
        &keys(&[("Type", "Service")]),
        Some(
            "1 validation error detected: Value '{Type=Service}' at \
         'entityMetricData.1.member.entity.keyAttributes' failed to satisfy constraint: Member must have length \
         greater than or equal to 2",
        ),
    );
    check(
        &keys(&[("", "Service"), ("Name", "")]),
        Some(
            "2 validation errors detected: Value '{=Service, Name=}' at \
         'entityMetricData.1.member.entity.keyAttributes' failed to satisfy constraint: Map keys must satisfy \
         constraint: [Member must have length less than or equal to 32, Member must have length greater than or \
         equal to 1]; Value '{=Service, Name=}' at 'entityMetricData.1.member.entity.keyAttributes' failed to \
         satisfy constraint: Map value must satisfy constraint: [Member must have length less than or equal to \
         2048, Member must have length greater than or equal to 1]",
        ),
    );
}

#[test]
fn lists_of_structures() {
    let event = AuditEvent { event_data: some("{}"), id: some("a b"), ..Default::default() };
    let request =
        PutAuditEventsRequest { audit_events: Some(vec![event]), channel_arn: some("x"), external_id: None };
    check(
        &request,
        Some(
            "2 validation errors detected: Value 'a b' at 'auditEvents.1.member.id' failed to satisfy constraint: Member \
         must satisfy regular expression pattern: ^[-_A-Za-z0-9]+$; Value 'x' at 'channelArn' failed to satisfy \
         constraint: Member must satisfy regular expression pattern: ^arn:.*$",
        ),
    );
    let empty =
        PutAuditEventsRequest { audit_events: Some(vec![]), channel_arn: some("arn:x"), external_id: None };
    check(
        &empty,
        Some(
            "1 validation error detected: Value '[]' at 'auditEvents' failed to satisfy constraint: Member must have \
         length greater than or equal to 1",
        ),
    );
}

#[test]
fn structures_in_maps() {
    use crate::shapes::sns::{MessageAttributeValue, PublishInput};
    let attribute = |data_type: Option<String>| MessageAttributeValue { data_type, ..Default::default() };
    let attributes = [("a", attribute(some("String"))), ("b", attribute(None))];
    let input = PublishInput {
        message: some("m"),
        message_attributes: Some(attributes.map(|(name, value)| (name.to_owned(), value)).into()),
        ..Default::default()
    };
    check(
        &input,
        Some(
            "1 validation error detected: Value null at 'messageAttributes.2.value.dataType' failed to satisfy \
             constraint: Member must not be null",
        ),
    );
}
