use super::*;
use crate::shapes::cloudwatch::PutMetricDataInput;

/// What a form decodes to, as JSON, or why it does not.
fn check(form: &str, expected: Result<&str, &str>) {
    let read = from_form::<PutMetricDataInput>(form.as_bytes());
    let read = read.map(|input| serde_json::to_string(&input).unwrap());
    assert_eq!(read.as_deref().map_err(String::as_str), expected, "{form}");
}

#[test]
fn forms() {
    check("", Ok("{}"));
    check("Action=PutMetricData&Version=2010-08-01&Namespace=a%2Fb+c", Ok(r#"{"Namespace":"a/b c"}"#));
    check("Unknown.thing=1&Namespace=a", Ok(r#"{"Namespace":"a"}"#));
    check("Namespace=", Ok(r#"{"Namespace":""}"#));
    check("MetricData=", Ok(r#"{"MetricData":[]}"#));
    check("StrictEntityValidation=true", Ok(r#"{"StrictEntityValidation":true}"#));
    check(
        "MetricData.member.1.MetricName=x&MetricData.member.1.Timestamp=2026-01-02T03:04:05Z\
         &MetricData.member.1.Value=1e3&MetricData.member.1.StorageResolution=60",
        Ok(
            r#"{"MetricData":[{"MetricName":"x","Timestamp":1767323045,"Value":1000.0,"StorageResolution":60}]}"#,
        ),
    );
    check(
        "MetricData.member.1.Values.member.1=1&MetricData.member.1.Values.member.2=NaN",
        Ok(r#"{"MetricData":[{"Values":[1.0,"NaN"]}]}"#),
    );
    check(
        "EntityMetricData.member.1.Entity.Attributes.entry.1.key=k&\
         EntityMetricData.member.1.Entity.Attributes.entry.1.value=v",
        Ok(r#"{"EntityMetricData":[{"Entity":{"Attributes":{"k":"v"}}}]}"#),
    );
}

#[test]
fn maps_whose_entries_have_other_names() {
    let form = "Message=m&MessageAttributes.entry.1.Name=k&MessageAttributes.entry.1.Value.DataType=Binary\
                &MessageAttributes.entry.1.Value.BinaryValue=AAE%3D";
    let read = from_form::<crate::shapes::sns::PublishInput>(form.as_bytes()).unwrap();
    let attribute = &read.message_attributes.unwrap()["k"];
    assert_eq!(attribute.data_type.as_deref(), Some("Binary"));
    assert_eq!(attribute.binary_value.as_ref().map(|blob| &blob.0[..]), Some(&[0, 1][..]));
}

#[test]
fn list_order() {
    let named = |index: &str, name: &str| format!("MetricData.member.{index}.MetricName={name}");
    let both = |a: &str, b: &str| format!("{}&{}", named(a, "a"), named(b, "b"));
    check(&both("1", "2"), Ok(r#"{"MetricData":[{"MetricName":"a"},{"MetricName":"b"}]}"#));
    check(&both("10", "9"), Ok(r#"{"MetricData":[{"MetricName":"b"},{"MetricName":"a"}]}"#));
    check(&both("1", "2147483647"), Ok(r#"{"MetricData":[{"MetricName":"a"},{"MetricName":"b"}]}"#));
    let refused = |index: &str| {
        let text = format!("Expected a list index from 1 on in parameter {}", named(index, "a"));
        text.trim_end_matches("=a").replace("%2B", "+")
    };
    for index in ["0", "01", "-1", "%2B1", "2147483648", "99999999999999999999", "x", ""] {
        check(&named(index, "a"), Err(&refused(index)));
    }
    check(&both("1", "1"), Err("Duplicate parameter: MetricData.member.1.MetricName"));
    // Mixed words and numbers must still be sorted without a panic.
    let mixed: Vec<String> = ["9", "10", "1a", "01", "x", "2", ""].iter().map(|i| named(i, "n")).collect();
    assert!(from_form::<PutMetricDataInput>(mixed.join("&").repeat(9).as_bytes()).is_err());
}

#[test]
fn bad_structure() {
    check("Namespace=a&Namespace=b", Err("Duplicate parameter: Namespace"));
    check("Namespace.x=a", Err("Start of structure or map found where not expected."));
    check("MetricData=x", Err("Unexpected complex element termination"));
    check("MetricData=&MetricData.member.1.Value=1", Err("Unexpected complex element termination"));
    check("MetricData.1.Value=1", Err("Expected 'member' in parameter MetricData.1.Value"));
    check("MetricData.member.1.Value=x", Err("'x' can not be converted to a Double"));
    check("MetricData.member.1.Value=", Err("'' can not be converted to a Double"));
    check("MetricData.member.1.StorageResolution=1.5", Err("'1.5' can not be converted to an Integer"));
    check("MetricData.member.1.Timestamp=now", Err("timestamp must follow ISO8601"));
    check("StrictEntityValidation=yes", Err("'yes' can not be converted to a Boolean"));
    check(
        "EntityMetricData.member.1.Entity.Attributes.entry.1.key=k",
        Err("Every map entry needs a key and a value"),
    );
    check(&format!("Namespace=a&x{}=1", ".x".repeat(100_000)), Ok(r#"{"Namespace":"a"}"#));
    check(
        &format!("MetricData.member.1{}=1", ".Dimensions.member.1".repeat(1000)),
        Ok(r#"{"MetricData":[{"Dimensions":[{}]}]}"#),
    );
}
