//! The lock of the local host, where `--auth` turned it on: what is beside the suite's own APIs, which lock themselves.
//!
//! The suite's own requests (`/_watchtrail/…`, but for the health), the embedded DynamoDB, STS and SNS are signed and allowed as anything else:
//! by actions `watchtrail:…`, `dynamodb:…`, `sts:…`, `sns:…`. The embedded S3 verifies by itself, with the same keys
//! (`embedded/s3_lock.rs`). What the suite asks of its own stores does not come through here.

use http::request::Parts;
use http::{HeaderValue, Response, StatusCode};
use serde_json::{Value, json};
use watchtrail_service::{Context, Fault, Request};

use crate::router::Body;

/// Lets a request of the embedded DynamoDB in.
pub(crate) async fn dynamodb(
    context: &Context,
    parts: &mut Parts,
    body: &[u8],
    target: &str,
) -> Result<(), Response<Body>> {
    context.admit(parts, body, "dynamodb").await.map_err(|fault| refused(&fault))?;
    let request = Request::of(context, parts);
    let operation = target.rsplit('.').next().unwrap_or_default();
    let input: Value = serde_json::from_slice(body).unwrap_or_default();
    let scope = request.scope();
    // Requests over several tables are asked for all of them.
    let resource = match input["TableName"].as_str() {
        Some(name) => format!("arn:aws:dynamodb:{}:{}:table/{name}", scope.region, scope.account),
        None => "*".to_owned(),
    };
    request.check(&format!("dynamodb:{operation}"), &resource).map_err(|fault| refused(&fault))
}

/// Lets a request of the host itself in: `watchtrail:Reset` for `/_watchtrail/reset`.
pub(crate) async fn control(context: &Context, parts: &mut Parts, body: &[u8]) -> Result<(), Response<Body>> {
    let path = parts.uri.path().trim_start_matches("/_watchtrail/").to_owned();
    if path == "health" {
        return Ok(());
    }
    context.admit(parts, body, "watchtrail").await.map_err(|fault| refused(&fault))?;
    let name = path.split('/').next().unwrap_or_default();
    let mut letters = name.chars();
    let name: String = letters.next().into_iter().flat_map(char::to_uppercase).chain(letters).collect();
    let verb = if parts.method == http::Method::GET { "Get" } else { "" };
    let action = format!("watchtrail:{verb}{name}");
    Request::of(context, parts).check(&action, "*").map_err(|fault| refused(&fault))
}

/// A refusal in JSON, as DynamoDB has it, too.
fn refused(fault: &Fault) -> Response<Body> {
    let body = json!({ "__type": fault.shape(), "message": fault.message() });
    let mut answer = Response::new(Body::from(bytes::Bytes::from(body.to_string())));
    *answer.status_mut() = StatusCode::from_u16(fault.status()).unwrap_or(StatusCode::BAD_REQUEST);
    answer.headers_mut().insert("content-type", HeaderValue::from_static("application/x-amz-json-1.0"));
    answer
}
