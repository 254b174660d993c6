//! A request to a running suite, signed by the access key that the variables of the AWS SDKs name: a locked suite asks for that.

use std::time::SystemTime;

use aws_credential_types::Credentials;
use aws_sigv4::http_request::{SignableBody, SignableRequest, SigningSettings, sign};
use aws_sigv4::sign::v4;
use bytes::Bytes;
use http_body_util::Empty;

type Problem = Box<dyn std::error::Error + Send + Sync>;

/// A GET of a URL; without a signature where the environment names no key.
///
/// # Errors
/// When the URL is none, or a variable is no text that can be signed.
pub(super) fn get(url: &str, now: SystemTime) -> Result<http::Request<Empty<Bytes>>, Problem> {
    let mut request = http::Request::get(url).body(Empty::new())?;
    let named = |name: &str| std::env::var(name).ok().filter(|text| !text.is_empty());
    let (Some(id), Some(secret)) = (named("AWS_ACCESS_KEY_ID"), named("AWS_SECRET_ACCESS_KEY")) else {
        return Ok(request);
    };
    let region = named("AWS_REGION").or_else(|| named("AWS_DEFAULT_REGION"));
    let identity = Credentials::new(id, secret, named("AWS_SESSION_TOKEN"), None, "environment").into();
    let params = v4::SigningParams::builder()
        .identity(&identity)
        .region(region.as_deref().unwrap_or("us-east-1"))
        .name("watchtrail")
        .time(now)
        .settings(SigningSettings::default())
        .build()?
        .into();
    let signable = SignableRequest::new("GET", url, std::iter::empty(), SignableBody::Bytes(&[]))?;
    let (instructions, _) = sign(signable, &params)?.into_parts();
    for (name, value) in instructions.headers() {
        request.headers_mut().insert(http::HeaderName::from_bytes(name.as_bytes())?, value.parse()?);
    }
    Ok(request)
}
