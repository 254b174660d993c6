use std::collections::BTreeMap;

use super::*;
use crate::Timestamp;
use crate::shapes::cloudwatch::{
    Datapoint, GetMetricStatisticsOutput, ListMetricsOutput, MODEL, Metric, TagResourceOutput,
};

#[test]
fn outputs() {
    let check = |operation: &str, xml: Option<Vec<u8>>, expected: &str| {
        let whole = format!(
            "<{operation}Response xmlns=\"http://monitoring.amazonaws.com/doc/2010-08-01/\">{expected}\
             <ResponseMetadata><RequestId>id-1</RequestId></ResponseMetadata></{operation}Response>"
        );
        assert_eq!(String::from_utf8(xml.unwrap()).unwrap(), whole);
    };
    let namespace = MODEL.xml_namespace;
    check("PutMetricData", output(namespace, "PutMetricData", &(), "id-1"), "");
    let tagged = output(namespace, "TagResource", &TagResourceOutput {}, "id-1");
    check("TagResource", tagged, "<TagResourceResult/>");

    let metric = Metric { namespace: Some("a<b>&c".into()), dimensions: Some(vec![]), ..Default::default() };
    let list = ListMetricsOutput { metrics: Some(vec![metric]), ..Default::default() };
    check(
        "ListMetrics",
        output(namespace, "ListMetrics", &list, "id-1"),
        "<ListMetricsResult><Metrics><member><Namespace>a&lt;b&gt;&amp;c</Namespace><Dimensions/></member></Metrics>\
         </ListMetricsResult>",
    );

    let point = Datapoint {
        timestamp: Some(Timestamp::from_millis(1_767_323_045_000)),
        average: Some(1.0),
        sum: Some(-2.5e-7),
        extended_statistics: Some(BTreeMap::from([("p99".into(), f64::NAN)])),
        ..Default::default()
    };
    let later = Datapoint { timestamp: Some(Timestamp::from_millis(5250)), ..Default::default() };
    let out = GetMetricStatisticsOutput { label: Some(String::new()), datapoints: Some(vec![point, later]) };
    check(
        "GetMetricStatistics",
        output(namespace, "GetMetricStatistics", &out, "id-1"),
        "<GetMetricStatisticsResult><Label></Label><Datapoints><member><Timestamp>2026-01-02T03:04:05Z</Timestamp>\
         <Average>1.0</Average><Sum>-2.5e-7</Sum><ExtendedStatistics><entry><key>p99</key><value>NaN</value></entry>\
         </ExtendedStatistics></member><member><Timestamp>1970-01-01T00:00:05.250Z</Timestamp></member></Datapoints>\
         </GetMetricStatisticsResult>",
    );
}

#[test]
fn errors() {
    let check = |fault: &Fault, expected: &str| {
        let xml = String::from_utf8(error("http://x/", fault, "id-1").unwrap()).unwrap();
        let whole = format!(
            "<ErrorResponse xmlns=\"http://x/\"><Error>{expected}</Error><RequestId>id-1</RequestId></ErrorResponse>"
        );
        assert_eq!(xml, whole);
    };
    check(
        &Fault::modeled(&MODEL, "InvalidParameterValueException", "no \"that\""),
        "<Type>Sender</Type><Code>InvalidParameterValue</Code><Message>no &quot;that&quot;</Message>",
    );
    check(
        &Fault::modeled(&MODEL, "ResourceNotFound", "").without_message(),
        "<Type>Sender</Type><Code>ResourceNotFound</Code>",
    );
    check(
        &Fault::modeled(&MODEL, "InternalServiceFault", "oh").with_member("hints", ["a", "b"]),
        "<Type>Receiver</Type><Code>InternalServiceError</Code><Message>oh</Message>\
         <hints><member>a</member><member>b</member></hints>",
    );
}

#[test]
fn escapes() {
    let check = |text: &str, expected: &str| assert_eq!(Escaped(text).to_string(), expected);
    check("plain é 漢", "plain é 漢");
    check("a\tb\nc", "a\tb\nc");
    check("\r\u{85}\u{2028}", "&#xD;&#x85;&#x2028;");
    check("\0\u{1}\u{1f}\u{ffff}x", "\u{fffd}\u{fffd}\u{fffd}\u{fffd}x");
    check("<&>\"'", "&lt;&amp;&gt;&quot;&apos;");
}
