//! Making keys and their policies.

use serde_json::{Value, json};
use watchtrail_core::time::Timestamp;
use watchtrail_service::Entropy;
use watchtrail_store::{AccessKey, AccessStore, KeyFacts, KeyStatus, StoreError, is_key_id};

use super::KeysError;
use super::options::Grant;
use crate::HostError;

/// What AWS's ids are made of.
const LETTERS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/// What AWS's secrets are made of.
const SIGNS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789/+";

/// Thirty-two random bytes.
pub(super) fn random(entropy: &dyn Entropy) -> [u8; 32] {
    let mut bytes = [0; 32];
    bytes[..16].copy_from_slice(&entropy.bits().to_be_bytes());
    bytes[16..].copy_from_slice(&entropy.bits().to_be_bytes());
    bytes
}

/// A random text: the number of signs is a power of two, so that each is as likely as any other.
fn text(length: usize, signs: &[u8], entropy: &dyn Entropy) -> String {
    let bytes = [random(entropy), random(entropy)].concat();
    bytes.iter().take(length).map(|byte| char::from(signs[usize::from(*byte) % signs.len()])).collect()
}

/// A new key, not yet stored.
pub(super) fn key(
    user: &str,
    account: &str,
    id: Option<&str>,
    policy: String,
    entropy: &dyn Entropy,
    now: Timestamp,
) -> Result<AccessKey, KeysError> {
    let is_name = |c: char| c.is_ascii_alphanumeric() || "+=,.@_-".contains(c);
    if !(1..=64).contains(&user.len()) || !user.chars().all(is_name) {
        return Err(KeysError::Name("a user's name has 1 to 64 letters, digits and +=,.@_-"));
    }
    if account.len() != 12 || !account.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(KeysError::Name("an account has twelve digits"));
    }
    let id = id.map_or_else(|| format!("AKIA{}", text(16, LETTERS, entropy)), str::to_owned);
    if !is_key_id(&id) {
        return Err(KeysError::Name("an access key's id has 1 to 128 letters, digits and _"));
    }
    let facts = KeyFacts {
        id,
        account: account.to_owned(),
        user: user.to_owned(),
        status: KeyStatus::Active,
        created: now.millis(),
        policy,
    };
    Ok(AccessKey { facts, secret: text(40, SIGNS, entropy) })
}

/// The policy of `--allow`, where it was given.
pub(super) fn policy(grant: &Grant) -> Option<String> {
    if grant.allow.is_empty() {
        return None;
    }
    let group = |name: &String| format!("arn:aws:logs:*:*:log-group:{name}:*");
    let resources: Vec<String> =
        grant.resource.iter().cloned().chain(grant.log_group.iter().map(group)).collect();
    let resource = if resources.is_empty() { json!("*") } else { json!(resources) };
    let mut statement = json!({ "Effect": "Allow", "Action": grant.allow, "Resource": resource });
    if !grant.namespace.is_empty() {
        statement["Condition"] = json!({ "StringEquals": { "cloudwatch:namespace": grant.namespace } });
    }
    Some(json!({ "Version": "2012-10-17", "Statement": [statement] }).to_string())
}

/// Makes the key `ID:SECRET`, which may do everything; one of that id with another secret is replaced.
///
/// # Errors
/// When it is no key, or when the catalog does not answer.
pub async fn make_root(
    access: &AccessStore,
    named: &str,
    entropy: &(dyn Entropy + Send + Sync),
    now: Timestamp,
) -> Result<(), HostError> {
    let wrong = || HostError::AuthKey;
    let (id, secret) = named.split_once(':').filter(|(_, secret)| !secret.is_empty()).ok_or_else(wrong)?;
    let policy = json!({
        "Version": "2012-10-17",
        "Statement": [{ "Effect": "Allow", "Action": "*", "Resource": "*" }],
    });
    let account = watchtrail_service::Settings::default().account;
    let mut made =
        key("admin", &account, Some(id), Value::to_string(&policy), entropy, now).map_err(|_| wrong())?;
    secret.clone_into(&mut made.secret);
    match access.get(id).await {
        Ok(Some(known)) if known.secret == secret => return Ok(()),
        Ok(None) => {}
        // Of another secret, or sealed by a key that is gone.
        Ok(Some(_)) | Err(StoreError::Corrupt { .. }) => {
            access.revoke(id).await?;
        }
        Err(error) => return Err(error.into()),
    }
    match access.create(&made, &|| random(entropy)).await {
        Ok(()) | Err(StoreError::Conflict) => Ok(()),
        Err(error) => Err(error.into()),
    }
}

#[cfg(test)]
mod tests {
    use watchtrail_core::iam::Policy;
    use watchtrail_service::edge::SystemEntropy;

    use super::*;

    fn check(grant: Grant, expected: &str) {
        let made = policy(&grant).unwrap();
        Policy::parse(&made).unwrap();
        let (made, expected): (Value, Value) =
            (serde_json::from_str(&made).unwrap(), serde_json::from_str(expected).unwrap());
        assert_eq!(made["Statement"][0], expected);
    }

    fn grant(allow: &str) -> Grant {
        let allow = vec![allow.to_owned()];
        Grant { policy: None, allow, namespace: vec![], log_group: vec![], resource: vec![] }
    }

    #[test]
    fn policies_of_one_line() {
        check(grant("*"), r#"{"Effect": "Allow", "Action": ["*"], "Resource": "*"}"#);
        check(
            Grant { namespace: vec!["Shop".to_owned()], ..grant("cloudwatch:PutMetricData") },
            r#"{"Effect": "Allow", "Action": ["cloudwatch:PutMetricData"], "Resource": "*",
                "Condition": {"StringEquals": {"cloudwatch:namespace": ["Shop"]}}}"#,
        );
        check(
            Grant { log_group: vec!["/app/*".to_owned()], ..grant("logs:*") },
            r#"{"Effect": "Allow", "Action": ["logs:*"], "Resource": ["arn:aws:logs:*:*:log-group:/app/*:*"]}"#,
        );
        assert_eq!(policy(&Grant { allow: vec![], ..grant("") }), None);
    }

    #[test]
    fn keys_look_like_those_of_aws() {
        let made =
            || key("u", "123456789012", None, String::new(), &SystemEntropy, Timestamp::from_millis(0));
        let (one, other) = (made().unwrap(), made().unwrap());
        assert_eq!((one.facts.id.len(), one.secret.len()), (20, 40));
        assert!(one.facts.id.starts_with("AKIA"));
        assert_ne!(one.secret, other.secret);
        assert_ne!(one.facts.id, other.facts.id);
        assert!(!format!("{one:?}").contains(&one.secret));
    }
}
