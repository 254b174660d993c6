//! The KMS keys of log groups: their ARNs, as nothing else is known of them here.

use watchtrail_service::wording::logs as wording;
use watchtrail_service::{Fault, Request};

use crate::faults::worded;
use crate::groups;

/// The group whose key is to be changed, named by its name or its ARN.
///
/// # Errors
/// When it is named by both or by neither, or the results of queries are meant.
pub(crate) fn group(
    request: &Request<'_>,
    name: Option<String>,
    identifier: Option<String>,
) -> Result<String, Fault> {
    match (name, identifier) {
        (Some(name), None) => Ok(name),
        (None, Some(identifier)) if identifier.contains(":query-result:") => {
            Err(worded(wording::unsupported("A KMS key for the results of queries")))
        }
        (None, Some(identifier)) => groups::identified(request, &identifier),
        _ => Err(worded(wording::exactly_one("logGroupName", "resourceIdentifier"))),
    }
}

/// The ARN of a key.
///
/// # Errors
/// When it is none, or one of another region, where CloudWatch Logs cannot use it.
pub(crate) fn key(request: &Request<'_>, given: String) -> Result<String, Fault> {
    if is_key(&given, &request.scope().region) { Ok(given) } else { Err(worded(wording::kms_key())) }
}

fn is_key(arn: &str, own_region: &str) -> bool {
    let parts: Vec<&str> = arn.splitn(6, ':').collect();
    let ["arn", _, "kms", region, account, resource] = parts[..] else { return false };
    let id = resource.strip_prefix("key/").unwrap_or_default();
    region == own_region && !account.is_empty() && !id.is_empty()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_arn_of_a_key_of_the_same_region_is_taken() {
        let id = "1234abcd-12ab-34cd-56ef-1234567890ab";
        assert!(is_key(&format!("arn:aws:kms:us-east-1:123456789012:key/{id}"), "us-east-1"));
        for wrong in [
            id,
            "alias/mine",
            "arn:aws:kms:us-east-1:123456789012:alias/mine",
            "arn:aws:kms:us-east-1:123456789012:key/",
            "arn:aws:kms:eu-west-1:123456789012:key/x",
            "arn:aws:s3:us-east-1:123456789012:key/x",
            "",
        ] {
            assert!(!is_key(wrong, "us-east-1"), "{wrong}");
        }
    }
}
