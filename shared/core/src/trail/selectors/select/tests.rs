//! What each kind of selector takes and leaves.

use super::*;

const MANAGEMENT: &str = r#"{"eventTime":"2026-11-21T10:00:00Z","eventID":"1","eventName":"DeleteBucket","eventSource":"s3.amazonaws.com",
    "readOnly":false,"managementEvent":true,"userIdentity":{"type":"IAMUser","arn":"arn:aws:iam::1:user/ann"}}"#;
const READING: &str = r#"{"eventTime":"2026-11-21T10:00:00Z","eventID":"2","eventName":"Decrypt","eventSource":"kms.amazonaws.com",
    "readOnly":true,"managementEvent":true,"sessionCredentialFromConsole":"true"}"#;
const OBJECT: &str = r#"{"eventTime":"2026-11-21T10:00:00Z","eventID":"3","eventName":"PutObject","eventSource":"s3.amazonaws.com",
    "readOnly":false,"managementEvent":false,"eventCategory":"Data","eventType":"AwsApiCall","userIdentity":{"arn":"arn:aws:iam::1:user/ann"},
    "sessionCredentialFromConsole":true,
    "resources":[{"type":"AWS::S3::Object","ARN":"arn:aws:s3:::bucket/logs/a"},{"type":"AWS::S3::Bucket","ARN":"arn:aws:s3:::bucket"}]}"#;
const LISTING: &str = r#"{"eventTime":"2026-11-21T10:00:00Z","eventID":"4","eventName":"ListObjects","eventSource":"s3.amazonaws.com",
    "readOnly":true,"managementEvent":false,"eventCategory":"Data",
    "resources":[{"type":"AWS::S3::Object","ARNPrefix":"arn:aws:s3:::bucket/"},{"type":"AWS::S3::Bucket","ARN":"arn:aws:s3:::bucket"}]}"#;
const FUNCTION: &str = r#"{"eventTime":"2026-11-21T10:00:00Z","eventID":"5","eventName":"Invoke","eventSource":"lambda.amazonaws.com",
    "readOnly":false,"managementEvent":false,"eventCategory":"Data",
    "resources":[{"type":"AWS::Lambda::Function","ARN":"arn:aws:lambda:us-east-1:1:function:f"}]}"#;
const NETWORK: &str = r#"{"eventTime":"2026-11-21T10:00:00Z","eventID":"6","eventName":"Decrypt","eventSource":"kms.amazonaws.com",
    "eventCategory":"NetworkActivity","errorCode":"VpceAccessDenied","vpcEndpointId":"vpce-1"}"#;
const ALL: [&str; 6] = [MANAGEMENT, READING, OBJECT, LISTING, FUNCTION, NETWORK];

/// The ids of the records that are taken.
fn taken(selectors: &Selectors) -> String {
    let parse = |json: &&'static str| Record::parse(json).unwrap();
    ALL.iter()
        .map(parse)
        .filter(|record| selectors.select(record))
        .map(|record| record.id.to_string())
        .collect()
}

#[test]
fn basic_ones() {
    fn check(read_write: ReadWriteType, management: bool, data: &[(&str, &str)], expected: &str) {
        let data = data.iter().map(|(kind, value)| ((*kind).to_owned(), vec![(*value).to_owned()])).collect();
        let selector = EventSelector { read_write, management, data, excluded_sources: vec![] };
        assert_eq!(taken(&Selectors::Basic(vec![selector.clone()])), expected, "{selector:?}");
    }
    const ALL: ReadWriteType = ReadWriteType::All;
    check(ALL, true, &[], "12");
    check(ReadWriteType::ReadOnly, true, &[], "2");
    check(ReadWriteType::WriteOnly, true, &[], "1");
    check(ALL, false, &[], "");
    let s3 = |value| [("AWS::S3::Object", value)];
    check(ALL, false, &s3("arn:aws:s3"), "34");
    check(ALL, false, &s3("arn:aws:s3:::"), "34");
    check(ALL, false, &s3("arn:aws:s3:::bucket/"), "34");
    check(ALL, false, &s3("arn:aws:s3:::bucket/logs/"), "3");
    check(ALL, false, &s3("arn:aws:s3:::bucket"), "34");
    check(ALL, false, &s3("arn:aws:s3:::buck"), "");
    check(ALL, false, &s3("arn:aws:s3:::other/"), "");
    check(ReadWriteType::WriteOnly, true, &s3("arn:aws:s3"), "13");
    check(ALL, false, &[("AWS::Lambda::Function", "arn:aws:lambda")], "5");
    check(ALL, false, &[("AWS::Lambda::Function", "arn:aws:lambda:us-east-1:1:function:f")], "5");
    check(ALL, false, &[("AWS::Lambda::Function", "arn:aws:lambda:us-east-1:1:function:")], "");
    check(ALL, false, &[("AWS::DynamoDB::Table", "arn:aws:dynamodb")], "");
}

#[test]
fn sources_that_are_left_out() {
    let excluded_sources = vec!["kms.amazonaws.com".to_owned()];
    let selector = EventSelector { excluded_sources, ..EventSelector::default() };
    assert_eq!(taken(&Selectors::Basic(vec![selector])), "1");
    assert_eq!(taken(&Selectors::default()), "12");
    assert!(!Selectors::default().want_data());
}

/// `field operator value,value; …`
fn advanced(text: &str) -> Selectors {
    let fields = text.split(';').map(|part| {
        let words: Vec<&str> = part.split_whitespace().collect();
        let mut field = FieldSelector { field: words[0].to_owned(), ..FieldSelector::default() };
        for pair in words[1..].chunks(2) {
            let values = pair[1].split(',').map(str::to_owned).collect();
            match pair[0] {
                "=" => field.equals = values,
                "!=" => field.not_equals = values,
                "^" => field.starts_with = values,
                "!^" => field.not_starts_with = values,
                "$" => field.ends_with = values,
                _ => field.not_ends_with = values,
            }
        }
        field
    });
    Selectors::Advanced(vec![AdvancedEventSelector { name: None, fields: fields.collect() }])
}

#[test]
fn advanced_ones() {
    fn check(selector: &str, expected: &str) {
        assert_eq!(taken(&advanced(selector)), expected, "{selector}");
    }
    check("eventCategory = Management", "12");
    check("eventCategory = Management; readOnly = true", "2");
    check("eventCategory = Management; eventSource != kms.amazonaws.com", "1");
    let s3 = "eventCategory = Data; resources.type = AWS::S3::Object";
    check(s3, "34");
    check(&format!("{s3}; eventName = PutObject"), "3");
    check(&format!("{s3}; eventName ^ Put,List"), "34");
    check(&format!("{s3}; eventName ^ Put,List !$ Objects"), "3");
    check(&format!("{s3}; eventName != PutObject"), "4");
    check(&format!("{s3}; resources.ARN ^ arn:aws:s3:::bucket/logs/"), "3");
    check(&format!("{s3}; resources.ARN !^ arn:aws:s3:::bucket/logs/"), "4");
    check(&format!("{s3}; resources.ARN = arn:aws:s3:::bucket"), "");
    check(&format!("{s3}; resources.ARN $ /a; readOnly = false"), "3");
    check(&format!("{s3}; eventType = AwsApiCall"), "3");
    check(&format!("{s3}; eventType != AwsServiceEvent"), "34");
    check(&format!("{s3}; sessionCredentialFromConsole = true"), "3");
    check(&format!("{s3}; sessionCredentialFromConsole != true"), "4");
    check(&format!("{s3}; userIdentity.arn $ /ann"), "3");
    check(&format!("{s3}; userIdentity.arn !$ /ann"), "4");
    let network = "eventCategory = NetworkActivity; eventSource = kms.amazonaws.com";
    check(network, "6");
    check(&format!("{network}; errorCode = VpceAccessDenied; vpcEndpointId = vpce-1"), "6");
    check(&format!("{network}; vpcEndpointId != vpce-1"), "");
    assert!(advanced(s3).want_data() && !advanced(network).want_data());
}
