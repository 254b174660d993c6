//! IAM policies, as far as CloudWatch Logs itself must understand them: that they are policies, and whom a destination's lets in.

use serde_json::Value;
use watchtrail_service::Fault;
use watchtrail_service::wording::logs as wording;

use crate::faults::worded;

/// # Errors
/// When a text is no policy: a JSON object with statements that allow or deny something.
pub(crate) fn check(text: &str) -> Result<(), Fault> {
    if statements(text).is_some_and(|statements| statements.iter().all(is_statement)) {
        Ok(())
    } else {
        Err(worded(wording::policy_document()))
    }
}

fn statements(text: &str) -> Option<Vec<Value>> {
    let Value::Object(mut policy) = serde_json::from_str(text).ok()? else { return None };
    match policy.remove("Statement")? {
        Value::Array(statements) if !statements.is_empty() => Some(statements),
        one @ Value::Object(_) => Some(vec![one]),
        _ => None,
    }
}

fn is_statement(statement: &Value) -> bool {
    matches!(statement["Effect"].as_str(), Some("Allow" | "Deny"))
        && statement.get("Action").or(statement.get("NotAction")).is_some()
}

/// Whether a destination's policy lets an account subscribe: by its number, or everybody. Conditions are not looked at: only
/// `aws:PrincipalOrgID` is usual here, and no organization is known. A denial wins.
pub(crate) fn admits(policy: &str, account: &str) -> bool {
    let statements = statements(policy).unwrap_or_default();
    let about: Vec<_> =
        statements.iter().filter(|one| acts(&one["Action"]) && names(&one["Principal"], account)).collect();
    let with = |effect: &str| about.iter().any(|statement| statement["Effect"] == effect);
    with("Allow") && !with("Deny")
}

fn texts(value: &Value) -> Vec<&str> {
    match value {
        Value::String(text) => vec![text],
        Value::Array(texts) => texts.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    }
}

fn acts(action: &Value) -> bool {
    const ACTION: &str = "logs:putsubscriptionfilter";
    texts(action).iter().map(|action| action.to_ascii_lowercase()).any(|action| {
        match action.strip_suffix('*') {
            Some(beginning) => ACTION.starts_with(beginning),
            None => action == ACTION,
        }
    })
}

fn names(principal: &Value, account: &str) -> bool {
    let mut all = texts(principal);
    all.extend(texts(&principal["AWS"]));
    all.iter().any(|one| {
        *one == "*"
            || *one == account
            || one.strip_prefix("arn:aws:iam::").and_then(|rest| rest.split(':').next()) == Some(account)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_a_policy() {
        fn is(text: &str, expected: bool) {
            assert_eq!(check(text).is_ok(), expected, "{text}");
        }
        is(
            r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"logs:*","Resource":"*"}]}"#,
            true,
        );
        is(r#"{"Statement":{"Effect":"Deny","Action":["logs:PutLogEvents"],"Resource":"*"}}"#, true);
        for wrong in [
            "",
            "x",
            "[]",
            "{}",
            r#"{"Statement":[]}"#,
            r#"{"Statement":"x"}"#,
            r#"{"Statement":[{"Effect":"Maybe","Action":"logs:*"}]}"#,
            r#"{"Statement":[{"Effect":"Allow"}]}"#,
        ] {
            is(wrong, false);
        }
    }

    #[test]
    fn whom_a_destination_lets_in() {
        fn check(effect: &str, principal: &str, action: &str, expected: bool) {
            let policy = format!(
                r#"{{"Statement":[{{"Effect":"{effect}","Principal":{principal},"Action":{action}}}]}}"#
            );
            assert_eq!(admits(&policy, "210987654321"), expected, "{policy}");
        }
        let put = r#""logs:PutSubscriptionFilter""#;
        check("Allow", r#"{"AWS":"210987654321"}"#, put, true);
        check("Allow", r#"{"AWS":["1","arn:aws:iam::210987654321:root"]}"#, put, true);
        check("Allow", r#""*""#, r#"["logs:Put*"]"#, true);
        check("Allow", r#"{"AWS":"123456789012"}"#, put, false);
        check("Allow", r#"{"AWS":"210987654321"}"#, r#""logs:PutLogEvents""#, false);
        check("Deny", r#""*""#, put, false);
        assert!(!admits("x", "210987654321"));
    }
}
