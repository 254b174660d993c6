//! What a trail delivers to, besides its bucket: topics, log groups, and the key that files are encrypted with.

use watchtrail_service::wording::trail as wording;
use watchtrail_service::{Fault, Request, store_fault};
use watchtrail_store::Scope;

use crate::faults::worded;

/// Characters of a topic's name.
const LONGEST_TOPIC: usize = 256;

/// The ARN of a topic that is named by its name or its ARN.
pub(crate) fn topic(scope: &Scope, given: &str) -> Option<String> {
    let arn = if given.starts_with("arn:") {
        given.to_owned()
    } else {
        format!("arn:aws:sns:{}:{}:{given}", scope.region, scope.account)
    };
    let parts: Vec<&str> = arn.split(':').collect();
    let ["arn", _, "sns", region, account, name] = parts[..] else { return None };
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    let fits = !region.is_empty()
        && !account.is_empty()
        && (1..=LONGEST_TOPIC).contains(&name.len())
        && name.bytes().all(allowed);
    fits.then_some(arn)
}

/// The ARN of a KMS key that is named by its id, by an alias, or by the ARN of either. Which key an alias stands for is not known here:
/// S3 knows it.
pub(crate) fn kms_key(scope: &Scope, given: &str) -> Option<String> {
    if given.starts_with("arn:") {
        let parts: Vec<&str> = given.splitn(6, ':').collect();
        let ["arn", _, "kms", region, account, resource] = parts[..] else { return None };
        let id = resource.strip_prefix("key/").or_else(|| resource.strip_prefix("alias/"))?;
        return (!region.is_empty() && !account.is_empty() && is_key_name(id)).then(|| given.to_owned());
    }
    let id = given.strip_prefix("alias/").unwrap_or(given);
    let resource = if given.starts_with("alias/") { given.to_owned() } else { format!("key/{given}") };
    is_key_name(id).then(|| format!("arn:aws:kms:{}:{}:{resource}", scope.region, scope.account))
}

fn is_key_name(text: &str) -> bool {
    !text.is_empty()
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'/'))
}

/// The name of the group in the ARN of a log group, which has to end in `:*`.
fn log_group<'a>(scope: &Scope, arn: &'a str) -> Option<&'a str> {
    let parts: Vec<&str> = arn.splitn(7, ':').collect();
    let ["arn", _, "logs", region, account, "log-group", name] = parts[..] else { return None };
    let name = name.strip_suffix(":*").filter(|name| !name.is_empty() && !name.contains(':'))?;
    (region == scope.region && account == scope.account).then_some(name)
}

/// Checks the log group of a trail and the role that is to send events there.
///
/// # Errors
/// When one is without the other, is none, or the group does not exist.
pub(crate) async fn check_logs(
    request: &Request<'_>,
    group: Option<&str>,
    role: Option<&str>,
) -> Result<(), Fault> {
    let (group, role) = match (group, role) {
        (None, None) => return Ok(()),
        (Some(_), None) => return Err(worded(wording::no_log_role())),
        (None, Some(_)) => return Err(worded(wording::no_log_group())),
        (Some(group), Some(role)) => (group, role),
    };
    let name = log_group(request.scope(), group).ok_or_else(|| worded(wording::log_group()))?;
    let found = request.context.store.logs.group(request.scope(), name).await.map_err(store_fault)?;
    if found.is_none() {
        return Err(worded(wording::log_group()));
    }
    if is_role(role) { Ok(()) } else { Err(worded(wording::log_role())) }
}

fn is_role(arn: &str) -> bool {
    let parts: Vec<&str> = arn.splitn(6, ':').collect();
    let ["arn", _, "iam", "", account, resource] = parts[..] else { return false };
    !account.is_empty() && resource.strip_prefix("role/").is_some_and(|name| !name.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scope() -> Scope {
        Scope { account: "1".to_owned(), region: "us-east-1".to_owned() }
    }

    #[test]
    fn topics() {
        fn check(given: &str, expected: Option<&str>) {
            assert_eq!(topic(&scope(), given).as_deref(), expected, "{given}");
        }
        check("audit", Some("arn:aws:sns:us-east-1:1:audit"));
        check("arn:aws:sns:eu-west-1:2:audit", Some("arn:aws:sns:eu-west-1:2:audit"));
        check("arn:aws:sqs:eu-west-1:2:audit", None);
        check("arn:aws:sns:eu-west-1:2:audit:x", None);
        check("a b", None);
        check(&"a".repeat(257), None);
    }

    #[test]
    fn keys() {
        fn check(given: &str, expected: Option<&str>) {
            assert_eq!(kms_key(&scope(), given).as_deref(), expected, "{given}");
        }
        check(
            "12345678-1234-1234-1234-123456789012",
            Some("arn:aws:kms:us-east-1:1:key/12345678-1234-1234-1234-123456789012"),
        );
        check("alias/audit", Some("arn:aws:kms:us-east-1:1:alias/audit"));
        check("arn:aws:kms:us-east-1:1:key/x", Some("arn:aws:kms:us-east-1:1:key/x"));
        check("arn:aws:kms:us-east-1:1:other/x", None);
        check("alias/", None);
        check("a key", None);
    }

    #[test]
    fn groups_and_roles() {
        fn check(arn: &str, expected: Option<&str>) {
            assert_eq!(log_group(&scope(), arn), expected, "{arn}");
        }
        check("arn:aws:logs:us-east-1:1:log-group:/audit:*", Some("/audit"));
        check("arn:aws:logs:us-east-1:1:log-group:/audit", None);
        check("arn:aws:logs:us-west-1:1:log-group:/audit:*", None);
        check("arn:aws:logs:us-east-1:2:log-group:/audit:*", None);
        check("arn:aws:logs:us-east-1:1:log-group:/audit:log-stream:s:*", None);
        assert!(is_role("arn:aws:iam::1:role/service/x"));
        assert!(!is_role("arn:aws:iam::1:user/x") && !is_role("role/x"));
    }
}
