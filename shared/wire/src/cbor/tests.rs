use minicbor::Encoder;

use super::*;
use crate::shapes::cloudwatch::{Datapoint, PutMetricDataInput, TagResourceOutput};
use crate::{Blob, Timestamp};

fn hex(text: &str) -> Vec<u8> {
    let digits: Vec<u8> = text.bytes().filter(|byte| *byte != b' ').collect();
    digits.chunks(2).map(|two| u8::from_str_radix(std::str::from_utf8(two).unwrap(), 16).unwrap()).collect()
}

fn check_bytes(body: &[u8], expected: Result<&str, &str>) {
    let read = from_bytes::<PutMetricDataInput>(body);
    let read = read.map(|input| serde_json::to_string(&input).unwrap());
    assert_eq!(read.as_deref().map_err(String::as_str), expected, "{body:02x?}");
}

fn check(body: &str, expected: Result<&str, &str>) {
    check_bytes(&hex(body), expected);
}

/// A body with one datum that has the member `name` with `value`.
fn datum(name: &str, value: &str) -> Vec<u8> {
    let mut encoder = Encoder::new(Vec::new());
    encoder.map(1).unwrap().str("MetricData").unwrap().array(1).unwrap().map(1).unwrap().str(name).unwrap();
    let mut body = encoder.into_writer();
    body.extend(hex(value));
    body
}

#[test]
fn structures() {
    const NAMESPACE: &str = "69 4e616d657370616365";
    check("", Ok("{}"));
    check("a0", Ok("{}"));
    check("bf ff", Ok("{}"));
    check(&format!("a1 {NAMESPACE} 61 61"), Ok(r#"{"Namespace":"a"}"#));
    check(&format!("bf {NAMESPACE} 61 61 ff"), Ok(r#"{"Namespace":"a"}"#));
    check(&format!("bf {NAMESPACE} 7f 61 61 61 62 ff ff"), Ok(r#"{"Namespace":"ab"}"#));
    check("bf 7f 64 4e616d65 65 7370616365 ff 61 61 ff", Ok(r#"{"Namespace":"a"}"#));
    check(&format!("a1 {NAMESPACE} f6"), Ok("{}"));
    check(&format!("a1 {NAMESPACE} f7"), Ok("{}"));
    check(&format!("a2 61 78 83 01 82 02 03 bf 61 61 f5 ff {NAMESPACE} 61 61"), Ok(r#"{"Namespace":"a"}"#));
}

#[test]
fn numbers_and_times() {
    let check = |member: &str, value: &str, expected: Result<&str, &str>| {
        let whole = expected.map(|value| format!(r#"{{"MetricData":[{{"{member}":{value}}}]}}"#));
        check_bytes(&datum(member, value), whole.as_deref().map_err(|error| *error));
    };
    check("Value", "fb 3ff8000000000000", Ok("1.5"));
    check("Value", "fa 3fc00000", Ok("1.5"));
    check("Value", "f9 3e00", Ok("1.5"));
    check("Value", "f9 7e00", Ok("\"NaN\""));
    check("Value", "f9 fc00", Ok("\"-Infinity\""));
    check("Value", "01", Ok("1.0"));
    check("Value", "20", Ok("-1.0"));
    check("Value", "1b ffffffffffffffff", Ok("1.8446744073709552e+19"));
    check("Value", "61 31", Err("invalid type: string \"1\", expected a number"));
    check("Timestamp", "c1 fb 41da55cd6940a3d7", Ok("1767323045.01"));
    check("Timestamp", "c1 1a 695735a5", Ok("1767323045"));
    check("Timestamp", "1a 695735a5", Ok("1767323045"));
    check("Timestamp", "c1 c1 01", Err("Unexpected tag 1"));
    check("Timestamp", "c0 61 31", Err("Unexpected tag 0"));
    check("Timestamp", "c1 fb 7ff8000000000000", Err("timestamp out of range"));
    check("StorageResolution", "18 3c", Ok("60"));
    check(
        "StorageResolution",
        "1b 0000000100000000",
        Err("invalid value: integer `4294967296`, expected i32"),
    );
    check("StorageResolution", "f9 3e00", Err("invalid type: floating point `1.5`, expected i32"));
    check("MetricName", "01", Err("invalid type: integer, expected a string"));
    check("MetricName", "41 61", Err("invalid type: byte string, expected a string"));
    check("Values", "82 01 f9 3e00", Ok("[1.0,1.5]"));
    check("Values", "9f 01 ff", Ok("[1.0]"));
    check("Dimensions", "a0", Err("invalid type: structure or map, expected a sequence"));
}

#[test]
fn bad_input() {
    let low = |text: &str| Err::<&str, String>(format!("Invalid CBOR: {text}"));
    let check_low = |body: &str, text: &str| check(body, low(text).as_deref().map_err(String::as_str));
    check_low("a1", "end of input bytes");
    check_low("bf", "end of input bytes");
    check_low("a1 69 4e61", "end of input bytes");
    check_low("bf 61 61 5f", "end of input bytes");
    check_low("a1 61 78 9b ffffffffffffffff", "end of input bytes");
    check("80", Err("invalid type: list, expected struct PutMetricDataInput"));
    check("ff", Err("invalid type: unassigned value, expected struct PutMetricDataInput"));
    check("a0 00", Err("Unexpected data after the end of the structure"));
    check("a1 61 78 ff", Err("invalid type: unassigned value, expected anything at all"));
    check("a2 69 4e616d657370616365 61 61 69 4e616d657370616365 61 61", Err("duplicate field `Namespace`"));
    assert!(from_bytes::<PutMetricDataInput>(&hex("a1 69 4e616d657370616365 61 ff")).is_err(), "not UTF-8");
    for nest in ["81", "9f", "a1 61 61", "c1 81", "bf 61 61"] {
        let body = format!("a1 61 78 {}", nest.repeat(10_000));
        check(&body, Err("Structures are nested too deeply"));
    }
}

#[test]
fn written() {
    let check = |body: Result<Vec<u8>, _>, expected: &str| assert_eq!(body.unwrap(), hex(expected));
    check(to_bytes(&()), "a0");
    check(to_bytes(&TagResourceOutput {}), "a0");
    check(to_bytes(&Blob(vec![1, 2])), "42 01 02");
    check(to_bytes(&Timestamp::from_millis(1500)), "c1 fb 3ff8000000000000");
    check(to_bytes(&vec![Timestamp::from_millis(1000)]), "81 c1 fb 3ff0000000000000");
    let point = Datapoint { sum: Some(f64::NAN), unit: Some("None".into()), ..Default::default() };
    check(to_bytes(&point), "a2 63 53756d fb 7ff8000000000000 64 556e6974 64 4e6f6e65");
}
