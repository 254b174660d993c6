//! One port for all services: which of them a request is for.
//!
//! The suite's own APIs and SNS are told apart by target, path, form or signature; DynamoDB by its target; what is left is
//! S3's, which streams.

use std::convert::Infallible;
use std::sync::Arc;

use bytes::Bytes;
use futures::TryStreamExt;
use http::request::Parts;
use http::{Response, StatusCode};
use http_body_util::{BodyExt, Limited, StreamBody};
use hyper::body::Incoming;
use watchtrail_logs::live_tail::{self, LiveTail};
use watchtrail_service::{Context, Fault};
use watchtrail_wire::{ServiceModel, addressed, shapes};

use crate::embedded::sns;
use crate::{Home, Suite, control, lock, s3_audit, sts};

/// The answer's body: of the suite's own APIs in one piece, of S3 as a stream.
pub(crate) type Body = s3s::Body;

/// The largest body of an API request that is taken at all; each service's own limit is checked by the frame. It is the
/// largest that AWS's function URLs take, too.
const LARGEST: usize = 6 << 20;

const SERVICES: [&ServiceModel; 5] = [
    &shapes::cloudwatch::MODEL,
    &shapes::logs::MODEL,
    &shapes::cloudtrail::MODEL,
    &shapes::cloudtrail_data::MODEL,
    &shapes::sns::MODEL,
];

pub(crate) async fn answer(
    suite: Arc<Suite>,
    request: http::Request<Incoming>,
) -> Result<Response<Body>, Infallible> {
    let home = suite.home();
    let target = header(&request, "x-amz-target");
    if request.uri().path().starts_with("/_watchtrail/") {
        return Ok(match whole(request).await {
            Ok(request) => {
                let (mut parts, body) = request.into_parts();
                if let Err(refusal) = lock::control(&home.context, &mut parts, &body).await {
                    return Ok(refusal);
                }
                control::answer(&suite, http::Request::from_parts(parts, body)).await.map(Body::from)
            }
            Err(refusal) => refusal,
        });
    }
    if target.starts_with("DynamoDB") {
        let Some(database) = &home.dynamodb else { return Ok(outside("DynamoDB")) };
        return Ok(match whole(request).await {
            Ok(request) => {
                let (mut parts, body) = request.into_parts();
                if let Err(refusal) = lock::dynamodb(&home.context, &mut parts, &body, &target).await {
                    return Ok(refusal);
                }
                let (status, body) = database.answer(&target, &body);
                plain(status, "application/x-amz-json-1.0", body)
            }
            Err(refusal) => refusal,
        });
    }
    if is_ours(&request) {
        let is_form = is_form(&request);
        let (parts, body) = match whole_or_too_large(request).await {
            Ok(request) => request.into_parts(),
            Err(refusal) => return Ok(refusal),
        };
        return Ok(api(&home, is_form, parts, body).await);
    }
    let Some(s3) = &home.s3 else { return Ok(outside("S3")) };
    let (parts, body) = request.into_parts();
    let head = parts.clone();
    let request = http::Request::from_parts(parts, Body::from(body));
    let answer = s3.answer(request).await.unwrap_or_else(|error| {
        tracing::error!(error, "the embedded S3 failed");
        plain(500, "text/plain", Bytes::from_static(b"the embedded S3 failed\n"))
    });
    Ok(s3_audit::recorded(&home.context, &head, answer).await)
}

/// Answers for the API that a request is for, in one piece.
async fn api(home: &Home, is_form: bool, mut parts: Parts, body: Bytes) -> Response<Body> {
    if is_form && sts::is_asked(&parts, &body) {
        return match home.context.admit(&mut parts, &body, "sts").await {
            Ok(()) => sts::answer(&home.context, &parts).await,
            Err(fault) => refused(&home.context, &shapes::sns::MODEL, &parts, &fault),
        };
    }
    let service = addressed(&SERVICES, &parts, &body);
    let is = |model: &ServiceModel| service.is_some_and(|service| service.name == model.name);
    let is_sns = is(&shapes::sns::MODEL);
    // Of the suite's own, CloudWatch alone speaks awsQuery: it can refuse a form in words that its sender understands.
    if service.is_none() && !is_form {
        return unknown(&parts);
    }
    // The links of messages carry a token of their own, and no signature: whoever reads the message may follow them.
    if sns::is_link(&parts) {
        let Some(sns) = &home.sns else { return outside("SNS") };
        return sns.answer(http::Request::from_parts(parts, Bytes::new())).map(Body::from);
    }
    if is_sns && let Err(fault) = home.context.admit(&mut parts, &body, "sns").await {
        return refused(&home.context, &shapes::sns::MODEL, &parts, &fault);
    }
    let request = http::Request::from_parts(parts, body);
    if is(&shapes::logs::MODEL) && live_tail::is_asked(request.headers()) {
        return live_tail(home, request).await;
    }
    if is(&shapes::logs::MODEL) {
        return watchtrail_logs::handle(&home.context, request).await.map(Body::from);
    }
    if is(&shapes::cloudtrail::MODEL) || is(&shapes::cloudtrail_data::MODEL) {
        return watchtrail_trail::handle(&home.context, request).await.map(Body::from);
    }
    if !is_sns {
        return watchtrail_metrics::API.handle(&home.context, request).await.map(Body::from);
    }
    match &home.sns {
        Some(sns) => sns.answer_recorded(&home.context, request).await.map(Body::from),
        None => outside("SNS"),
    }
}

/// Who is not let in, told as the service would.
fn refused(
    context: &Context,
    service: &'static ServiceModel,
    parts: &Parts,
    fault: &Fault,
) -> Response<Body> {
    watchtrail_wire::refuse(service, parts, fault, &context.request_id()).map(Body::from)
}

/// A session of Live Tail, which goes on until its client has enough of it.
async fn live_tail(home: &Home, request: http::Request<Bytes>) -> Response<Body> {
    match live_tail::start(&home.context, request).await {
        LiveTail::Refused(answer) => answer.map(Body::from),
        LiveTail::Session(frames) => {
            let body = StreamBody::new(frames.map_ok(hyper::body::Frame::data));
            let mut answer = Response::new(Body::http_body_unsync(body));
            let kind = http::HeaderValue::from_static("application/vnd.amazon.eventstream");
            answer.headers_mut().insert("content-type", kind);
            answer
        }
    }
}

/// Whether a request is for one of the suite's own APIs or for SNS, as far as its head tells.
fn is_ours(request: &http::Request<Incoming>) -> bool {
    let path = request.uri().path();
    let signed_for =
        |service: &str| header(request, "authorization").contains(&format!("/{service}/aws4_request"));
    request.headers().contains_key("x-amz-target")
        || request.headers().contains_key("smithy-protocol")
        || header(request, "content-type").starts_with("application/x-amz-json-")
        || path.contains("/service/") && path.contains("/operation/")
        || is_form(request)
        || is_route(request)
        // Those that AWS has and the suite has not, too: they are refused as such, and are no requests to S3.
        || shapes::SERVICES.iter().chain(shapes::EMBEDDED).any(|service| signed_for(service.signing_name))
}

/// Whether a request is for a path of a restJson service; no bucket's name begins like theirs.
fn is_route(request: &http::Request<Incoming>) -> bool {
    let path = request.uri().path().trim_end_matches('/');
    let mut routes = shapes::SERVICES.iter().flat_map(|service| service.routes);
    routes.any(|route| route.path == path && route.method == request.method().as_str())
}

/// Whether a request is of the awsQuery protocol, as far as its head tells.
fn is_form(request: &http::Request<Incoming>) -> bool {
    let names_action = |query: &str| query.split('&').any(|pair| pair.starts_with("Action="));
    request.uri().path() == "/"
        && !request.headers().contains_key("x-amz-target")
        && (header(request, "content-type").starts_with("application/x-www-form-urlencoded")
            || request.uri().query().is_some_and(names_action))
}

/// The request, or, where its body is larger than is read at all, the request with a body that is too large for every service:
/// the frame then refuses it in the protocol of its sender.
async fn whole_or_too_large(
    request: http::Request<Incoming>,
) -> Result<http::Request<Bytes>, Response<Body>> {
    let (parts, body) = request.into_parts();
    let head = parts.clone();
    match whole(http::Request::from_parts(parts, body)).await {
        Err(refusal) if refusal.status() == StatusCode::PAYLOAD_TOO_LARGE => {
            Ok(http::Request::from_parts(head, Bytes::from(vec![0; LARGEST + 1])))
        }
        other => other,
    }
}

async fn whole(request: http::Request<Incoming>) -> Result<http::Request<Bytes>, Response<Body>> {
    let (parts, body) = request.into_parts();
    match Limited::new(body, LARGEST).collect().await {
        Ok(body) => Ok(http::Request::from_parts(parts, body.to_bytes())),
        Err(error) if error.is::<http_body_util::LengthLimitError>() => {
            let text = format!("a request body is at most {LARGEST} bytes\n");
            Err(plain(413, "text/plain", Bytes::from(text)))
        }
        Err(error) => {
            let text = format!("the request body could not be read: {error}\n");
            Err(plain(400, "text/plain", Bytes::from(text)))
        }
    }
}

fn header<B>(request: &http::Request<B>, name: &str) -> String {
    request.headers().get(name).and_then(|value| value.to_str().ok()).unwrap_or_default().to_owned()
}

fn plain(status: u16, content_type: &'static str, body: Bytes) -> Response<Body> {
    let mut answer = Response::new(Body::from(body));
    *answer.status_mut() = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    answer.headers_mut().insert("content-type", http::HeaderValue::from_static(content_type));
    answer
}

fn outside(service: &str) -> Response<Body> {
    let text = format!("{service} is not embedded in this run; ask the endpoint that was named for it\n");
    plain(501, "text/plain", Bytes::from(text))
}

fn unknown(parts: &Parts) -> Response<Body> {
    let target =
        parts.headers.get("x-amz-target").and_then(|value| value.to_str().ok()).unwrap_or("this request");
    let message = format!("{target} is for no service of this suite; see docs/coverage.md");
    let body = serde_json::json!({ "__type": "UnknownOperationException", "message": message });
    plain(400, "application/x-amz-json-1.0", Bytes::from(body.to_string()))
}
