use serde_json::{Value, json};

use super::*;
use crate::addressed;
use crate::shapes::cloudtrail_data::PutAuditEventsRequest;
use crate::shapes::cloudwatch::{ListMetricsInput, ListMetricsOutput, PutMetricDataInput};
use crate::shapes::{SERVICES, cloudtrail_data, cloudwatch, logs};

const TARGET: (&str, &str) = ("x-amz-target", "GraniteServiceVersion20100801.PutMetricData");
const JSON_10: (&str, &str) = ("content-type", "application/x-amz-json-1.0");
const JSON_11: (&str, &str) = ("content-type", "application/x-amz-json-1.1");
const FORM: (&str, &str) = ("content-type", "application/x-www-form-urlencoded");
const QUERY_MODE: (&str, &str) = ("x-amzn-query-mode", "true");
const CBOR: (&str, &str) = ("smithy-protocol", "rpc-v2-cbor");
const PUT_PATH: &str = "/service/GraniteServiceVersion20100801/operation/PutMetricData";

fn parts(method: &str, uri: &str, headers: &[(&str, &str)]) -> Parts {
    let mut request = http::Request::builder().method(method).uri(uri);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    request.body(()).unwrap().into_parts().0
}

fn post(headers: &[(&str, &str)]) -> Parts {
    parts("POST", "/", headers)
}

fn header<'a>(response: &'a Response<Bytes>, name: &str) -> Option<&'a str> {
    response.headers().get(name).map(|value| value.to_str().unwrap())
}

fn text(response: &Response<Bytes>) -> &str {
    std::str::from_utf8(response.body()).unwrap()
}

#[test]
fn calls_and_rejections() {
    let check =
        |service, parts: &Parts, body: &'static str, expected: Result<(Protocol, &str), (Protocol, &str)>| {
            let read = read(service, parts, Bytes::from(body));
            let read = read
                .as_ref()
                .map(|call| (call.protocol(), call.operation()))
                .map_err(|rejection| (rejection.protocol(), rejection.fault().message().unwrap_or_default()));
            assert_eq!(read, expected, "{parts:?}");
        };
    let cloudwatch = &cloudwatch::MODEL;
    let put = "PutMetricData";
    check(cloudwatch, &post(&[TARGET, JSON_10]), "", Ok((Protocol::AwsJson10, put)));
    check(cloudwatch, &post(&[TARGET, JSON_11]), "", Ok((Protocol::AwsJson11, put)));
    check(cloudwatch, &post(&[TARGET]), "", Ok((Protocol::AwsJson10, put)));
    check(
        cloudwatch,
        &post(&[TARGET, ("content-type", "application/json")]),
        "",
        Ok((Protocol::AwsJson10, put)),
    );
    check(cloudwatch, &parts("POST", PUT_PATH, &[CBOR]), "", Ok((Protocol::RpcV2Cbor, put)));
    check(cloudwatch, &parts("POST", &format!("/a/b{PUT_PATH}"), &[]), "", Ok((Protocol::RpcV2Cbor, put)));
    let form = "Action=PutMetricData&Version=2010-08-01";
    check(cloudwatch, &post(&[FORM]), form, Ok((Protocol::AwsQuery, put)));
    check(cloudwatch, &parts("GET", &format!("/?{form}"), &[]), "", Ok((Protocol::AwsQuery, put)));
    let target = ("x-amz-target", "Logs_20140328.PutLogEvents");
    check(&logs::MODEL, &post(&[target]), "", Ok((Protocol::AwsJson11, "PutLogEvents")));
    let route = parts("POST", "/PutAuditEvents?channelArn=x", &[]);
    check(&cloudtrail_data::MODEL, &route, "", Ok((Protocol::RestJson, "PutAuditEvents")));

    let unknown = "Could not find operation GraniteServiceVersion20100801.Put for version 2010-08-01";
    let target = ("x-amz-target", "GraniteServiceVersion20100801.Put");
    check(cloudwatch, &post(&[target]), "", Err((Protocol::AwsJson10, unknown)));
    let unknown = "Could not find operation Other.PutMetricData for version 2010-08-01";
    check(
        cloudwatch,
        &post(&[("x-amz-target", "Other.PutMetricData")]),
        "",
        Err((Protocol::AwsJson10, unknown)),
    );
    let path = parts("POST", &format!("{PUT_PATH}X"), &[CBOR]);
    let unknown = "Could not find operation PutMetricDataX for version 2010-08-01";
    check(cloudwatch, &path, "", Err((Protocol::RpcV2Cbor, unknown)));
    let missing = "The request is missing an action or a required parameter.";
    check(cloudwatch, &post(&[FORM]), "Version=2010-08-01", Err((Protocol::AwsQuery, missing)));
    check(cloudwatch, &post(&[FORM]), "Action=", Err((Protocol::AwsQuery, missing)));
    check(cloudwatch, &parts("GET", "/", &[]), "", Err((Protocol::AwsQuery, missing)));
    let unversioned = "Could not find operation PutMetricData for version NO_VERSION_SPECIFIED";
    check(cloudwatch, &post(&[FORM]), "Action=PutMetricData", Err((Protocol::AwsQuery, unversioned)));
    let other = "Could not find operation PutMetricData for version 2009-01-01";
    check(
        cloudwatch,
        &post(&[]),
        "Action=PutMetricData&Version=2009-01-01",
        Err((Protocol::AwsQuery, other)),
    );
    let get = parts("GET", "/PutAuditEvents", &[]);
    let unknown = "Could not find operation /PutAuditEvents for version 2021-08-11";
    check(&cloudtrail_data::MODEL, &get, "", Err((Protocol::RestJson, unknown)));
}

#[test]
fn services() {
    let check = |parts: &Parts, body: &'static str, expected: Option<&str>| {
        let found = addressed(SERVICES, parts, &Bytes::from(body));
        assert_eq!(found.map(|service| service.name), expected, "{parts:?} {body}");
    };
    let target = |target| post(&[("x-amz-target", target)]);
    check(&target("GraniteServiceVersion20100801.X"), "", Some("cloudwatch"));
    check(&target("Logs_20140328.X"), "", Some("logs"));
    check(&target("AWSEvents.X"), "", Some("events"));
    check(&target("CloudTrail_20131101.X"), "", Some("cloudtrail"));
    check(&target("com.amazonaws.cloudtrail.v20131101.CloudTrail_20131101.X"), "", Some("cloudtrail"));
    check(&target("DynamoDB_20120810.PutItem"), "{}", None);
    check(&parts("POST", PUT_PATH, &[]), "", Some("cloudwatch"));
    check(&parts("POST", "/PutAuditEvents", &[]), "", Some("cloudtrail-data"));
    let signed = |service: &str| {
        let scope = format!(
            "AWS4-HMAC-SHA256 Credential=AK/20260102/us-east-1/{service}/aws4_request, SignedHeaders=h"
        );
        post(&[("authorization", &scope)])
    };
    check(&signed("monitoring"), "", Some("cloudwatch"));
    check(&signed("logs"), "", Some("logs"));
    check(&signed("sns"), "Action=Publish&Version=2010-03-31", None);
    let presigned = "/?X-Amz-Credential=AK%2F20260102%2Fus-east-1%2Fmonitoring%2Faws4_request";
    check(&parts("GET", presigned, &[]), "", Some("cloudwatch"));
    check(&post(&[FORM]), "Action=ListMetrics&Version=2010-08-01", Some("cloudwatch"));
    check(&parts("GET", "/?Action=ListMetrics&Version=2010-08-01", &[]), "", Some("cloudwatch"));
    check(&post(&[FORM]), "Action=Publish&Version=2010-03-31", None);
    check(&post(&[FORM]), "Action=Unknown&Version=2010-08-01", None);
    check(&parts("GET", "/bucket/key", &[]), "", None);
    check(&post(&[("authorization", "garbage")]), "", None);
}

#[test]
fn inputs() {
    let check = |parts: &Parts, body: &[u8], expected: Result<&str, (&str, &str)>| {
        let call = read(&cloudwatch::MODEL, parts, Bytes::copy_from_slice(body)).unwrap();
        let input = call.input::<PutMetricDataInput>().map(|input| input.namespace.unwrap());
        let input = input.as_deref().map_err(|fault| (fault.shape(), fault.code()));
        assert_eq!(input, expected);
    };
    let cbor = parts("POST", PUT_PATH, &[CBOR]);
    let form = |rest: &str| format!("Action=PutMetricData&Version=2010-08-01&{rest}");
    check(&post(&[TARGET]), br#"{"Namespace":"a"}"#, Ok("a"));
    check(&cbor, b"\xa1\x69Namespace\x61a", Ok("a"));
    check(&post(&[FORM]), form("Namespace=a").as_bytes(), Ok("a"));
    check(&parts("GET", &format!("/?{}", form("Namespace=a")), &[]), b"", Ok("a"));
    let invalid = Err(("ValidationException", "ValidationError"));
    check(&post(&[TARGET]), b"{}", invalid);
    check(&cbor, b"", invalid);
    check(&post(&[FORM]), form("").as_bytes(), invalid);
    let malformed = Err(("SerializationException", "MalformedInput"));
    check(&post(&[TARGET]), b"{", malformed);
    check(&cbor, b"{", malformed);
    check(&post(&[FORM]), form("MetricData=1").as_bytes(), malformed);

    let route = parts("POST", "/PutAuditEvents?channelArn=arn%3Ax", &[]);
    let body = Bytes::from(r#"{"auditEvents":[{"id":"1","eventData":"{}"}]}"#);
    let call = read(&cloudtrail_data::MODEL, &route, body).unwrap();
    assert_eq!(call.input::<PutAuditEventsRequest>().unwrap().channel_arn.as_deref(), Some("arn:x"));
}

#[test]
fn answers() {
    let call =
        |parts: &Parts, body: &'static str| read(&cloudwatch::MODEL, parts, Bytes::from(body)).unwrap();
    let check = |response: Response<Bytes>, content_type: &str, body: &str| {
        assert_eq!(response.status(), 200);
        assert_eq!(header(&response, "content-type"), Some(content_type));
        assert_eq!(header(&response, "x-amzn-requestid"), Some("id-1"));
        assert_eq!(text(&response), body);
    };
    let json = call(&post(&[TARGET, JSON_11]), "");
    check(json.respond(&(), "id-1"), "application/x-amz-json-1.1", "{}");
    check(json.respond(&ListMetricsOutput::default(), "id-1"), "application/x-amz-json-1.1", "{}");
    let query = call(&post(&[FORM]), "Action=PutMetricData&Version=2010-08-01");
    check(
        query.respond(&(), "id-1"),
        "text/xml",
        "<PutMetricDataResponse xmlns=\"http://monitoring.amazonaws.com/doc/2010-08-01/\"><ResponseMetadata>\
         <RequestId>id-1</RequestId></ResponseMetadata></PutMetricDataResponse>",
    );
    let cbor = call(&parts("POST", PUT_PATH, &[CBOR]), "").respond(&(), "id-1");
    assert_eq!(header(&cbor, "smithy-protocol"), Some("rpc-v2-cbor"));
    assert_eq!(header(&cbor, "content-type"), Some("application/cbor"));
    assert_eq!(cbor.body().as_ref(), b"\xa0");
    assert!(call(&post(&[TARGET]), "{}").input::<ListMetricsInput>().is_ok());
}

#[test]
fn refusals() {
    let model = &cloudwatch::MODEL;
    let answer = |headers: &[(&str, &str)], fault: &Fault| {
        read(model, &post(headers), Bytes::new()).unwrap().refuse(fault, "id-1")
    };
    let check = |fault: &Fault, status: u16, query_error: &str, body: &Value| {
        let response = answer(&[TARGET, JSON_10, QUERY_MODE], fault);
        assert_eq!(response.status(), status);
        assert_eq!(header(&response, "x-amzn-query-error"), Some(query_error));
        assert_eq!(serde_json::from_slice::<Value>(response.body()).unwrap(), *body);
        assert_eq!(header(&answer(&[TARGET], fault), "x-amzn-query-error"), None);
    };
    check(
        &Fault::modeled(model, "InvalidParameterValueException", "no"),
        400,
        "InvalidParameterValue;Sender",
        &json!({"__type": "com.amazonaws.cloudwatch.v2010_08_01#InvalidParameterValueException", "message": "no"}),
    );
    check(
        &Fault::modeled(model, "ResourceNotFound", "").without_message(),
        404,
        "ResourceNotFound;Sender",
        &json!({"__type": "com.amazonaws.cloudwatch.v2010_08_01#ResourceNotFound"}),
    );
    check(
        &Fault::modeled(model, "InternalServiceFault", "oh").with_member("more", 1),
        500,
        "InternalServiceError;Receiver",
        &json!({"__type": "com.amazonaws.cloudwatch.v2010_08_01#InternalServiceFault", "Message": "oh", "more": 1}),
    );
    check(
        &Fault::validation("bad"),
        400,
        "ValidationError;Sender",
        &json!({"__type": "com.amazon.coral.validate#ValidationException", "message": "bad"}),
    );
    check(
        &Fault::unsupported(model, "PutDashboard"),
        400,
        "InvalidAction;Sender",
        &json!({"__type": "com.amazon.coral.service#UnknownOperationException", "message":
            "PutDashboard of cloudwatch is not supported by Watchtrail; see docs/coverage.md"}),
    );
    check(
        &Fault::service_unavailable("later"),
        503,
        "ServiceUnavailable;Receiver",
        &json!({"__type": "com.amazon.coral.service#ServiceUnavailableException", "message": "later"}),
    );
}

#[test]
fn refusals_in_other_protocols() {
    let cbor = read(&cloudwatch::MODEL, &parts("POST", PUT_PATH, &[CBOR, QUERY_MODE]), Bytes::new()).unwrap();
    let response = cbor.refuse(&Fault::modeled(&cloudwatch::MODEL, "LimitExceededFault", "x"), "id-1");
    assert_eq!(header(&response, "x-amzn-query-error"), Some("LimitExceeded;Sender"));
    assert_eq!(
        response.body().as_ref(),
        b"\xa2\x66__type\x78\x37com.amazonaws.cloudwatch.v2010_08_01#LimitExceededFault\x67message\x61x",
    );
    let query = read(&cloudwatch::MODEL, &post(&[FORM]), Bytes::from("Action=No&Version=2010-08-01"));
    let response = query.unwrap_err().into_response("id-1");
    assert_eq!(response.status(), 400);
    assert_eq!(
        text(&response),
        "<ErrorResponse xmlns=\"http://monitoring.amazonaws.com/doc/2010-08-01/\"><Error><Type>Sender</Type>\
         <Code>InvalidAction</Code><Message>Could not find operation No for version 2010-08-01</Message></Error>\
         <RequestId>id-1</RequestId></ErrorResponse>",
    );
    let large = read(&cloudwatch::MODEL, &post(&[TARGET]), Bytes::from(vec![b' '; 1_048_577]));
    let response = large.unwrap_err().into_response("id-1");
    assert_eq!(response.status(), 413);
    assert!(text(&response).contains("Request size 1048577 exceeded 1048576 bytes"));
    let denied = |parts: &Parts, body: &'static str| {
        let call = read(&cloudwatch::MODEL, parts, Bytes::from(body)).unwrap();
        call.refuse(&Fault::access_denied("no"), "id-1").status().as_u16()
    };
    assert_eq!(denied(&post(&[TARGET]), ""), 400);
    assert_eq!(denied(&post(&[FORM]), "Action=ListMetrics&Version=2010-08-01"), 403);
    let rest = read(&cloudtrail_data::MODEL, &parts("POST", "/PutAuditEvents", &[]), Bytes::new()).unwrap();
    let response = rest.refuse(&Fault::modeled(&cloudtrail_data::MODEL, "ChannelNotFound", "no"), "id-1");
    assert_eq!(header(&response, "x-amzn-errortype"), Some("ChannelNotFound"));
    assert_eq!(text(&response), r#"{"__type":"ChannelNotFound","message":"no"}"#);
}

#[test]
fn models() {
    let counts: Vec<_> = SERVICES.iter().map(|service| (service.name, service.operations.len())).collect();
    let expected =
        [("cloudwatch", 59), ("logs", 118), ("events", 57), ("cloudtrail", 60), ("cloudtrail-data", 1)];
    assert_eq!(counts, expected);
    for service in SERVICES {
        assert!(service.operations.is_sorted(), "{}", service.name);
        assert!(service.errors.is_sorted_by_key(|error| error.shape), "{}", service.name);
    }
}
