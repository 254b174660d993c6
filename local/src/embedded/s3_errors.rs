//! The messages of the embedded S3's errors: `s3s-fs` answers most of them by their code alone.
//!
//! <https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html>. A code that is not here stays without a message.

use http::header::CONTENT_LENGTH;
use http::{HeaderValue, Response};
use http_body_util::BodyExt;
use s3s::Body;

/// What an error means, in AWS's words.
fn message(code: &str) -> Option<&'static str> {
    Some(match code {
        "AccessDenied" => "Access Denied",
        "BadDigest" => "The Content-MD5 you specified did not match what we received.",
        "BucketAlreadyExists" => {
            "The requested bucket name is not available. The bucket namespace is shared by all users of the system. Please select a different name and try again."
        }
        "BucketAlreadyOwnedByYou" => {
            "Your previous request to create the named bucket succeeded and you already own it."
        }
        "BucketNotEmpty" => "The bucket you tried to delete is not empty",
        "EntityTooSmall" => "Your proposed upload is smaller than the minimum allowed size",
        "IncompleteBody" => {
            "You did not provide the number of bytes specified by the Content-Length HTTP header"
        }
        "InternalError" => "We encountered an internal error. Please try again.",
        "InvalidArgument" => "Invalid Argument",
        "InvalidBucketName" => "The specified bucket is not valid.",
        "InvalidPart" => {
            "One or more of the specified parts could not be found. The part may not have been uploaded, or the specified entity tag may not match the part's entity tag."
        }
        "InvalidRange" => "The requested range is not satisfiable",
        "InvalidStorageClass" => "The storage class you specified is not valid",
        "MalformedXML" => {
            "The XML you provided was not well-formed or did not validate against our published schema"
        }
        "MethodNotAllowed" => "The specified method is not allowed against this resource.",
        "NoSuchBucket" => "The specified bucket does not exist",
        "NoSuchKey" => "The specified key does not exist.",
        "NoSuchUpload" => {
            "The specified upload does not exist. The upload ID may be invalid, or the upload may have been aborted or completed."
        }
        "NotImplemented" => "A header you provided implies functionality that is not implemented",
        "PreconditionFailed" => "At least one of the pre-conditions you specified did not hold",
        _ => return None,
    })
}

/// An answer with its error's message; one that is no error, or has a message, stays as it is.
pub(super) async fn worded(answer: Response<Body>) -> Response<Body> {
    if !answer.status().is_client_error() && !answer.status().is_server_error() {
        return answer;
    }
    let (mut parts, body) = answer.into_parts();
    let Ok(body) = body.collect().await.map(http_body_util::Collected::to_bytes) else {
        return Response::from_parts(parts, Body::empty());
    };
    let Some(text) = std::str::from_utf8(&body).ok().and_then(with_message) else {
        return Response::from_parts(parts, Body::from(body));
    };
    if parts.headers.contains_key(CONTENT_LENGTH) {
        parts.headers.insert(CONTENT_LENGTH, HeaderValue::from(text.len()));
    }
    Response::from_parts(parts, Body::from(text))
}

/// The text of an error with the message that it has not.
fn with_message(text: &str) -> Option<String> {
    const END: &str = "</Code>";
    if text.contains("<Message>") {
        return None;
    }
    let (before, after) = text.split_once(END)?;
    let (_, code) = before.rsplit_once("<Code>")?;
    let message = message(code)?;
    Some(format!("{before}{END}<Message>{message}</Message>{after}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_have_messages() {
        fn check(text: &str, expected: Option<&str>) {
            assert_eq!(with_message(text).as_deref(), expected, "{text}");
        }
        check(
            "<Error><Code>NoSuchBucket</Code></Error>",
            Some(
                "<Error><Code>NoSuchBucket</Code><Message>The specified bucket does not exist</Message></Error>",
            ),
        );
        check("<Error><Code>NoSuchBucket</Code><Message>m</Message></Error>", None);
        check("<Error><Code>Other</Code></Error>", None);
        check("", None);
    }
}
