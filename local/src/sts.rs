//! STS's one question that clients ask everybody: who am I?
//!
//! `AWS_ENDPOINT_URL` sends the calls to all services here, and tools that make ARNs for themselves (watchtower, Terraform) ask it first.
//! Whoever has a key may ask: no policy is needed (as with AWS). The answer is the account and the name that audit records give the caller, too. All other operations of STS are refused as before.
//! <https://docs.aws.amazon.com/STS/latest/APIReference/API_GetCallerIdentity.html>

use bytes::Bytes;
use http::request::Parts;
use http::{HeaderValue, Response};
use watchtrail_service::audit::{Division, Kind, Told};
use watchtrail_service::{Context, Request};

use crate::router::Body;

/// Whether a form asks who its sender is.
pub(crate) fn is_asked(parts: &Parts, body: &Bytes) -> bool {
    let asked =
        |form: &[u8]| form.split(|byte| *byte == b'&').any(|pair| pair == b"Action=GetCallerIdentity");
    asked(body) || asked(parts.uri.query().unwrap_or_default().as_bytes())
}

/// Tells the caller who it is, and records that it asked.
pub(crate) async fn answer(context: &Context, parts: &Parts) -> Response<Body> {
    let request = Request::of(context, parts);
    let told = Told {
        source: "sts.amazonaws.com",
        name: "GetCallerIdentity",
        version: "2011-06-15",
        division: Division { kind: Kind::Management, read_only: true },
        parameters: None,
        elements: None,
        error: None,
        resources: Vec::new(),
    };
    request.record(told).await;
    let account = &request.scope().account;
    let key = request.caller.access_key_id.as_deref().unwrap_or("anonymous");
    let safe = |text: &str| {
        text.chars().filter(|c| c.is_ascii_alphanumeric() || "+=,.@_-".contains(*c)).collect::<String>()
    };
    let (id, who) = match (&request.caller.principal, safe(key)) {
        (Some(principal), _) => (principal.user_id(), format!("user/{}", safe(&principal.facts.user))),
        (None, key) => own(account, key),
    };
    let text = format!(
        "<GetCallerIdentityResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><GetCallerIdentityResult>\
         <Arn>arn:aws:iam::{account}:{who}</Arn><UserId>{id}</UserId><Account>{account}</Account></GetCallerIdentityResult>\
         <ResponseMetadata><RequestId>{}</RequestId></ResponseMetadata></GetCallerIdentityResponse>",
        request.request_id
    );
    let mut answer = Response::new(Body::from(Bytes::from(text)));
    answer.headers_mut().insert("content-type", HeaderValue::from_static("text/xml"));
    answer
}

/// The id and the name of somebody who only says who they are.
fn own(account: &str, key: String) -> (String, String) {
    if key == account { (key, "root".to_owned()) } else { (key.clone(), format!("user/{key}")) }
}
