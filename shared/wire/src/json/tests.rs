use super::*;
use crate::shapes::cloudtrail_data::PutAuditEventsRequest;
use crate::shapes::cloudwatch::PutMetricDataInput;

fn check(body: &str, expected: Result<&str, &str>) {
    let read = from_bytes::<PutMetricDataInput>(body.as_bytes(), &[]);
    let read = read.map(|input| serde_json::to_string(&input).unwrap());
    assert_eq!(read.as_deref().map_err(String::as_str), expected, "{body}");
}

#[test]
fn bodies() {
    check("", Ok("{}"));
    check(" \n", Ok("{}"));
    check("{}", Ok("{}"));
    check(r#"{"Namespace":"a","New":{"x":[1]}}"#, Ok(r#"{"Namespace":"a"}"#));
    check(r#"{"Namespace":null,"MetricData":null}"#, Ok("{}"));
    check(r#"{"Namespace":"\u00e9\n"}"#, Ok(r#"{"Namespace":"é\n"}"#));
    check(
        r#"{"MetricData":[{"Value":"NaN","Values":["Infinity","-Infinity",1,-2.5],"Timestamp":1.5}]}"#,
        Ok(r#"{"MetricData":[{"Timestamp":1.5,"Value":"NaN","Values":["Infinity","-Infinity",1.0,-2.5]}]}"#),
    );
}

#[test]
fn bad_input() {
    check("{", Err("EOF while parsing an object at line 1 column 1"));
    check("{} x", Err("trailing characters at line 1 column 4"));
    check("\u{0}", Err("expected value at line 1 column 1"));
    check("[]", Err("Start of list found where not expected"));
    check("3", Err("invalid type: integer `3`, expected struct PutMetricDataInput at line 1 column 1"));
    check(r#"{"Namespace":1}"#, Err("NUMBER_VALUE can not be converted to a String"));
    check(r#"{"Namespace":true}"#, Err("TRUE_VALUE can not be converted to a String"));
    check(r#"{"Namespace":{}}"#, Err("Start of structure or map found where not expected."));
    check(r#"{"Namespace":[]}"#, Err("Start of list found where not expected"));
    check(r#"{"MetricData":[["cpu"]]}"#, Err("Start of list found where not expected"));
    check(r#"{"MetricData":[[]]}"#, Err("Start of list found where not expected"));
    check(
        r#"{"MetricData":[{"StorageResolution":"60"}]}"#,
        Err("STRING_VALUE can not be converted to an Integer"),
    );
    check(
        r#"{"MetricData":[{"Value":"1"}]}"#,
        Err(r#"invalid type: string "1", expected a number at line 1 column 27"#),
    );
    check(r#"{"Namespace":"a","Namespace":"b"}"#, Err("duplicate field `Namespace` at line 1 column 28"));
    check(
        &format!("{{\"x\":{}", "[".repeat(100_000)),
        Err("EOF while parsing a list at line 1 column 100005"),
    );
    check(&"[".repeat(100_000), Err("Start of list found where not expected"));
    let not_utf8 = from_bytes::<PutMetricDataInput>(b"{\"Namespace\":\"\xff\"}", &[]);
    assert_eq!(not_utf8.unwrap_err(), "The body is not valid UTF-8");
}

#[test]
fn members_outside_the_body() {
    let check = |body: &str, expected: Result<&str, &str>| {
        let bound = [("channelArn", "arn:a".to_owned()), ("externalId", "1".to_owned())];
        let read = from_bytes::<PutAuditEventsRequest>(body.as_bytes(), &bound);
        let read = read.map(|input| serde_json::to_string(&input).unwrap());
        assert_eq!(read.as_deref().map_err(String::as_str), expected, "{body}");
    };
    check(
        r#"{"auditEvents":[{"id":"1"}]}"#,
        Ok(r#"{"auditEvents":[{"id":"1"}],"channelArn":"arn:a","externalId":"1"}"#),
    );
    check("", Ok(r#"{"channelArn":"arn:a","externalId":"1"}"#));
    check(r#"{"channelArn":"arn:b"}"#, Err("duplicate field `channelArn` at line 1 column 13"));
}
