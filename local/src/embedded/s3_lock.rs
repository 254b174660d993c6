//! The lock of the embedded S3: `s3s` verifies signatures (streams of chunks, too, which the frame of the other APIs has not) with
//! the secrets of the suite's access keys, and asks here what their policies allow.
//!
//! Actions and resources as in <https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazons3.html>. What the suite asks of
//! its own bucket is marked as coming from inside and passes; so does everything of a host that is not locked.

use std::sync::{Arc, OnceLock};

use percent_encoding::percent_decode_str;
use s3s::access::{S3Access, S3AccessContext};
use s3s::auth::{S3Auth, SecretKey};
use s3s::path::S3Path;
use s3s::{S3Result, s3_error};
use watchtrail_service::{Caller, Gate, Principal, Settings};

/// The gate of the host, once it is known; without one whoever asks is let in.
#[derive(Debug, Clone, Default)]
pub(super) struct S3Lock(Arc<OnceLock<Arc<Gate>>>);

/// Marks a request of the suite to its own bucket.
#[derive(Debug, Clone, Copy)]
pub(super) struct Inside;

impl S3Lock {
    pub(super) fn set(&self, gate: Arc<Gate>) {
        // There is one gate for the life of a home.
        let _ = self.0.set(gate);
    }

    pub(super) fn is_set(&self) -> bool {
        self.0.get().is_some()
    }

    async fn principal(&self, key: &str) -> S3Result<Arc<Principal>> {
        let gate = self.0.get().ok_or_else(|| s3_error!(InvalidAccessKeyId))?;
        let found = gate.principal(key).await.map_err(|_| s3_error!(ServiceUnavailable))?;
        found.filter(|principal| principal.is_active()).ok_or_else(|| {
            s3_error!(InvalidAccessKeyId, "The AWS Access Key Id you provided does not exist in our records.")
        })
    }
}

#[async_trait::async_trait]
impl S3Auth for S3Lock {
    async fn get_secret_key(&self, access_key: &str) -> S3Result<SecretKey> {
        Ok(SecretKey::from(self.principal(access_key).await?.secret()))
    }
}

#[async_trait::async_trait]
impl S3Access for S3Lock {
    async fn check(&self, cx: &mut S3AccessContext<'_>) -> S3Result<()> {
        let Some(gate) = self.0.get() else { return Ok(()) };
        if cx.extensions_mut().get::<Inside>().is_some() {
            return Ok(());
        }
        let Some(key) = cx.credentials().map(|credentials| credentials.access_key.clone()) else {
            return Err(s3_error!(AccessDenied, "Access Denied"));
        };
        let principal = self.principal(&key).await?;
        let mut request = http::Request::builder().uri(cx.uri().clone()).body(()).unwrap_or_default();
        *request.headers_mut() = cx.headers().clone();
        request.extensions_mut().extend(cx.extensions_mut().clone());
        let (parts, ()) = request.into_parts();
        let caller = Caller::of(&parts, &Settings::default());
        let keys = principal.keys(&caller, gate.now());
        for (action, resource) in asked(cx) {
            let allowed = principal.check(&action, &resource, &keys);
            allowed
                .map_err(|fault| s3_error!(AccessDenied, "{}", fault.message().unwrap_or("Access Denied")))?;
        }
        Ok(())
    }
}

/// The actions of a call and their resources.
fn asked(cx: &S3AccessContext<'_>) -> Vec<(String, String)> {
    let resource = match cx.s3_path() {
        S3Path::Root => "*".to_owned(),
        S3Path::Bucket { bucket } => format!("arn:aws:s3:::{bucket}"),
        S3Path::Object { bucket, key } => format!("arn:aws:s3:::{bucket}/{key}"),
    };
    let name = cx.s3_op().name();
    let action = match name {
        "HeadObject" | "GetObjectAttributes" => "GetObject",
        "HeadBucket" | "ListObjects" | "ListObjectsV2" => "ListBucket",
        "ListBuckets" => "ListAllMyBuckets",
        "CopyObject"
        | "PostObject"
        | "UploadPart"
        | "UploadPartCopy"
        | "CreateMultipartUpload"
        | "CompleteMultipartUpload" => "PutObject",
        "DeleteObjects" => "DeleteObject",
        "ListParts" => "ListMultipartUploadParts",
        "ListMultipartUploads" => "ListBucketMultipartUploads",
        other => other,
    };
    // Which objects are deleted stands in the body: all of the bucket are asked for.
    let resource = if name == "DeleteObjects" { format!("{resource}/*") } else { resource };
    let mut asked = vec![(format!("s3:{action}"), resource)];
    let source = cx.headers().get("x-amz-copy-source").and_then(|source| source.to_str().ok());
    if let Some(source) = source.filter(|_| matches!(name, "CopyObject" | "UploadPartCopy")) {
        let source = percent_decode_str(source).decode_utf8_lossy();
        let source = source.split_once("?versionId=").map_or(&*source, |(source, _)| source);
        asked.push(("s3:GetObject".to_owned(), format!("arn:aws:s3:::{}", source.trim_start_matches('/'))));
    }
    asked
}
