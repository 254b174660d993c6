//! Audit records of calls to the embedded S3: "who deleted my bucket" can be tried at once.
//!
//! Calls on buckets are management events, calls on objects data events, as CloudTrail has it
//! (<https://docs.aws.amazon.com/AmazonS3/latest/userguide/cloudtrail-logging-s3-info.html>). What the suite itself does with its
//! bucket does not come through here and is not recorded.

use http::request::Parts;
use http::{Method, Response};
use http_body_util::BodyExt;
use serde_json::{Map, Value, json};
use watchtrail_service::audit::{Division, Kind, Resource, Told};
use watchtrail_service::{Context, Request};

use crate::router::Body;

/// A call to S3, as its head tells.
#[derive(Debug, PartialEq, Eq)]
struct S3Call {
    name: String,
    division: Division,
    bucket: Option<String>,
    key: Option<String>,
    /// What the query says, without its signature.
    query: Vec<(String, String)>,
}

/// Subresources of buckets, and how the calls on them are named behind their verb.
const OF_BUCKETS: [(&str, &str); 22] = [
    ("accelerate", "AccelerateConfiguration"),
    ("acl", "BucketAcl"),
    ("analytics", "AnalyticsConfiguration"),
    ("cors", "BucketCors"),
    ("encryption", "BucketEncryption"),
    ("intelligent-tiering", "IntelligentTieringConfiguration"),
    ("inventory", "InventoryConfiguration"),
    ("lifecycle", "BucketLifecycle"),
    ("location", "BucketLocation"),
    ("logging", "BucketLogging"),
    ("metrics", "MetricsConfiguration"),
    ("notification", "BucketNotification"),
    ("object-lock", "BucketObjectLockConfiguration"),
    ("ownershipControls", "BucketOwnershipControls"),
    ("policy", "BucketPolicy"),
    ("policyStatus", "BucketPolicyStatus"),
    ("publicAccessBlock", "BucketPublicAccessBlock"),
    ("replication", "BucketReplication"),
    ("requestPayment", "BucketRequestPayment"),
    ("tagging", "BucketTagging"),
    ("versioning", "BucketVersioning"),
    ("website", "BucketWebsite"),
];

/// The same of objects.
const OF_OBJECTS: [(&str, &str); 6] = [
    ("acl", "ObjectAcl"),
    ("attributes", "ObjectAttributes"),
    ("legal-hold", "ObjectLegalHold"),
    ("retention", "ObjectRetention"),
    ("tagging", "ObjectTagging"),
    ("torrent", "ObjectTorrent"),
];

impl S3Call {
    fn of(parts: &Parts) -> Self {
        let path = parts.uri.path().trim_start_matches('/');
        let (bucket, key) = path.split_once('/').unwrap_or((path, ""));
        let query = parts.uri.query().unwrap_or_default();
        let asked = |name: &str| query.split('&').any(|pair| pair.split('=').next() == Some(name));
        let (name, kind) = if bucket.is_empty() {
            ("ListBuckets".to_owned(), Kind::Management)
        } else if key.is_empty() {
            on_bucket(&parts.method, asked)
        } else {
            let copied = parts.headers.contains_key("x-amz-copy-source");
            let name = subresource(&OF_OBJECTS, &parts.method, asked);
            (name.unwrap_or_else(|| on_object(&parts.method, copied, asked).to_owned()), Kind::Data)
        };
        let read_only = matches!(parts.method, Method::GET | Method::HEAD);
        let some = |text: &str| (!text.is_empty()).then(|| decoded(text));
        let division = Division { kind, read_only };
        Self { name, division, bucket: some(bucket), key: some(key), query: asked_for(query) }
    }

    fn parameters(&self, host: Option<&str>) -> Value {
        let mut made: Map<_, _> =
            self.query.iter().map(|(name, value)| (name.clone(), json!(value))).collect();
        for (name, value) in
            [("bucketName", self.bucket.as_deref()), ("key", self.key.as_deref()), ("Host", host)]
        {
            made.extend(value.map(|value| (name.to_owned(), json!(value))));
        }
        Value::Object(made)
    }

    /// A data call on a bucket is about objects below it.
    fn resources(&self) -> Vec<Resource> {
        let Some(bucket) = &self.bucket else { return Vec::new() };
        let object = match (&self.key, self.division.kind) {
            (Some(key), _) => Some(Resource::one("AWS::S3::Object", format!("arn:aws:s3:::{bucket}/{key}"))),
            (None, Kind::Data) => Some(Resource::below("AWS::S3::Object", format!("arn:aws:s3:::{bucket}/"))),
            (None, Kind::Management) => None,
        };
        let bucket = Resource::one("AWS::S3::Bucket", format!("arn:aws:s3:::{bucket}"));
        object.into_iter().chain([bucket]).collect()
    }
}

/// The pairs of a query, but for what a presigned one is signed with.
fn asked_for(query: &str) -> Vec<(String, String)> {
    query
        .split('&')
        .filter(|pair| !pair.is_empty())
        .map(|pair| pair.split_once('=').unwrap_or((pair, "")))
        .map(|(name, value)| (decoded(name), decoded(&value.replace('+', " "))))
        .filter(|(name, _)| name != "x-id" && !name.to_ascii_lowercase().starts_with("x-amz-"))
        .collect()
}

/// The name of a call on one of these, if it is on one.
fn subresource(known: &[(&str, &str)], method: &Method, asked: impl Fn(&str) -> bool) -> Option<String> {
    let verb = match *method {
        Method::PUT => "Put",
        Method::DELETE => "Delete",
        _ => "Get",
    };
    known.iter().find(|(name, _)| asked(name)).map(|(_, what)| format!("{verb}{what}"))
}

fn on_bucket(method: &Method, asked: impl Fn(&str) -> bool) -> (String, Kind) {
    if let Some(name) = subresource(&OF_BUCKETS, method, &asked) {
        return (name, Kind::Management);
    }
    let (name, kind) = match *method {
        Method::PUT => ("CreateBucket", Kind::Management),
        Method::DELETE => ("DeleteBucket", Kind::Management),
        Method::HEAD => ("HeadBucket", Kind::Data),
        Method::POST if asked("delete") => ("DeleteObjects", Kind::Data),
        Method::POST => ("PostObject", Kind::Data),
        _ if asked("versions") => ("ListObjectVersions", Kind::Data),
        _ if asked("uploads") => ("ListMultipartUploads", Kind::Data),
        _ => ("ListObjects", Kind::Data),
    };
    (name.to_owned(), kind)
}

fn on_object(method: &Method, copied: bool, asked: impl Fn(&str) -> bool) -> &'static str {
    match *method {
        Method::PUT if asked("partNumber") && copied => "UploadPartCopy",
        Method::PUT if asked("partNumber") => "UploadPart",
        Method::PUT if copied => "CopyObject",
        Method::PUT => "PutObject",
        Method::DELETE if asked("uploadId") => "AbortMultipartUpload",
        Method::DELETE => "DeleteObject",
        Method::HEAD => "HeadObject",
        Method::POST if asked("uploads") => "CreateMultipartUpload",
        Method::POST => "CompleteMultipartUpload",
        _ if asked("uploadId") => "ListParts",
        _ => "GetObject",
    }
}

/// A path's text without its percent signs.
fn decoded(text: &str) -> String {
    percent_encoding::percent_decode_str(text).decode_utf8_lossy().into_owned()
}

/// Records a call that was answered; the answer goes on as it was.
pub(crate) async fn recorded(context: &Context, parts: &Parts, answer: Response<Body>) -> Response<Body> {
    let mut parts = parts.clone();
    if let Some(gate) = &context.gate {
        let caller = Request::of(context, &parts).caller;
        // Verified by the embedded S3, or refused as such: then it is not recorded.
        let id = caller.access_key_id.unwrap_or_default();
        if let Ok(Some(principal)) = gate.principal(&id).await {
            parts.extensions.insert(principal);
        }
    }
    let (request, call) = (Request::of(context, &parts), S3Call::of(&parts));
    let failed = answer.status().is_client_error() || answer.status().is_server_error();
    let (answer, error) = if failed { refusal(answer).await } else { (answer, None) };
    let unverified = ["InvalidAccessKeyId", "SignatureDoesNotMatch", "RequestTimeTooSkewed"];
    if error.as_ref().is_some_and(|(code, _)| unverified.contains(&code.as_str())) {
        return answer;
    }
    let told = Told {
        source: "s3.amazonaws.com",
        name: &call.name,
        version: "",
        division: call.division,
        parameters: Some(call.parameters(request.caller.host.as_deref())),
        elements: None,
        error: error.as_ref().map(|(code, message)| (code.as_str(), message.as_str())),
        resources: call.resources(),
    };
    request.record(told).await;
    let mut answer = answer;
    if let Ok(id) = http::HeaderValue::from_str(&request.request_id) {
        answer.headers_mut().entry("x-amz-request-id").or_insert(id);
    }
    answer
}

/// Reads an error's code and message; answers to HEAD have neither.
async fn refusal(answer: Response<Body>) -> (Response<Body>, Option<(String, String)>) {
    let (head, body) = answer.into_parts();
    let body = body.collect().await.map(http_body_util::Collected::to_bytes).unwrap_or_default();
    let text = String::from_utf8_lossy(&body);
    let element = |name: &str| {
        let (_, rest) = text.split_once(&format!("<{name}>"))?;
        Some(rest.split_once(&format!("</{name}>"))?.0.to_owned())
    };
    let code = element("Code").unwrap_or_else(|| head.status.as_u16().to_string());
    let error = (code, element("Message").unwrap_or_default());
    (Response::from_parts(head, Body::from(body)), Some(error))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(method: &str, uri: &str, name: &str, kind: Kind) {
        let (parts, ()) = http::Request::builder().method(method).uri(uri).body(()).unwrap().into_parts();
        let call = S3Call::of(&parts);
        assert_eq!((call.name.as_str(), call.division.kind), (name, kind), "{method} {uri}");
    }

    #[test]
    fn calls_are_named() {
        use Kind::{Data, Management};
        check("GET", "/", "ListBuckets", Management);
        check("PUT", "/b", "CreateBucket", Management);
        check("PUT", "/b/", "CreateBucket", Management);
        check("DELETE", "/b", "DeleteBucket", Management);
        check("GET", "/b?location", "GetBucketLocation", Management);
        check("DELETE", "/b?publicAccessBlock", "DeleteBucketPublicAccessBlock", Management);
        check("DELETE", "/b/k?tagging", "DeleteObjectTagging", Data);
        check("GET", "/b?list-type=2", "ListObjects", Data);
        check("POST", "/b?delete", "DeleteObjects", Data);
        check("GET", "/b?versions", "ListObjectVersions", Data);
        check("HEAD", "/b", "HeadBucket", Data);
        check("PUT", "/b/k", "PutObject", Data);
        check("PUT", "/b/k?partNumber=1&uploadId=x", "UploadPart", Data);
        check("POST", "/b/k?uploads", "CreateMultipartUpload", Data);
        check("HEAD", "/b/k", "HeadObject", Data);
    }

    #[test]
    fn calls_on_many_objects_are_about_those_of_the_bucket() {
        let uri = "/b?list-type=2&prefix=a%2Fb&X-Amz-Signature=secret";
        let (parts, ()) = http::Request::builder().uri(uri).body(()).unwrap().into_parts();
        let call = S3Call::of(&parts);
        let expected = [
            Resource::below("AWS::S3::Object", "arn:aws:s3:::b/"),
            Resource::one("AWS::S3::Bucket", "arn:aws:s3:::b"),
        ];
        assert_eq!(call.resources(), expected);
        let told = json!({ "bucketName": "b", "list-type": "2", "prefix": "a/b" });
        assert_eq!(call.parameters(None), told);
    }

    #[test]
    fn keys_are_decoded() {
        assert_eq!(decoded("a%2Fb%20c%"), "a/b c%");
    }
}
