//! Rules of the language, with AWS's documented examples as cases (IAM User Guide: "Policy grammar", "Condition operators", "Variables
//! and tags", "Multivalued context keys", "Example policies").

use super::*;

const NOW: &str = "2026-11-22T10:00:00Z";

fn keys(pairs: &[(&str, &str)]) -> Keys {
    let mut keys = Keys::default();
    for (name, value) in pairs {
        match value.strip_prefix('[') {
            Some(list) => {
                let list = list.trim_end_matches(']').split(',').map(str::to_owned).collect();
                keys.set_all(name, list);
            }
            None => keys.set(name, *value),
        }
    }
    keys
}

fn says(policy: &str, action: &str, resource: &str, pairs: &[(&str, &str)]) -> Decision {
    let policy = Policy::parse(policy).unwrap();
    decide(&policy, &Ask { action, resource, keys: &keys(pairs) })
}

fn statement(body: &str) -> String {
    format!(r#"{{"Version": "2012-10-17", "Statement": {{{body}}}}}"#)
}

#[test]
fn actions_and_resources() {
    #[track_caller]
    fn check(elements: &str, action: &str, resource: &str, allowed: bool) {
        let policy = statement(&format!(r#""Effect": "Allow", {elements}"#));
        let expected = if allowed { Decision::Allowed } else { Decision::NotAllowed };
        assert_eq!(says(&policy, action, resource, &[]), expected, "{elements} {action} {resource}");
    }
    let put = "cloudwatch:PutMetricData";
    check(r#""Action": "*", "Resource": "*""#, put, "*", true);
    check(r#""Action": "cloudwatch:*", "Resource": "*""#, put, "*", true);
    check(r#""Action": "CloudWatch:putmetricdata", "Resource": "*""#, put, "*", true);
    check(r#""Action": "cloudwatch:Put*", "Resource": "*""#, put, "*", true);
    check(r#""Action": ["logs:*", "cloudwatch:Put?etricData"], "Resource": "*""#, put, "*", true);
    check(r#""Action": "cloudwatch:PutMetric", "Resource": "*""#, put, "*", false);
    check(r#""NotAction": "cloudwatch:PutMetricData", "Resource": "*""#, put, "*", false);
    check(r#""NotAction": "cloudwatch:Get*", "Resource": "*""#, put, "*", true);
    // An action on nothing in particular is allowed for all resources alone.
    check(r#""Action": "*", "Resource": "arn:aws:cloudwatch:*:*:alarm:*""#, put, "*", false);
    let (get, group) =
        ("logs:GetLogEvents", "arn:aws:logs:eu-west-1:111122223333:log-group:/a/b:log-stream:s");
    check(r#""Action": "*", "Resource": "arn:aws:logs:*:*:log-group:/a/*""#, get, group, true);
    check(r#""Action": "*", "Resource": "arn:aws:logs:*:111122223333:log-group:/a/b:*""#, get, group, true);
    check(r#""Action": "*", "Resource": "arn:aws:logs:*:*:log-group:/a/b""#, get, group, false);
    check(r#""Action": "*", "Resource": "arn:aws:logs:*:*:log-group:/?/b:log-stream:?""#, get, group, true);
    check(r#""Action": "*", "Resource": "arn:aws:logs:us-*:*:*""#, get, group, false);
    // A wildcard does not reach over a colon before the last field.
    check(r#""Action": "*", "Resource": "arn:aws:logs:*:log-group:/a/b:log-stream:s""#, get, group, false);
    // Fields that are missing are wildcards.
    check(r#""Action": "*", "Resource": "arn:aws:logs""#, get, group, true);
    check(r#""Action": "*", "Resource": "arn:aws:sqs""#, get, group, false);
    check(r#""Action": "*", "NotResource": "arn:aws:logs:*:*:log-group:/a/*""#, get, group, false);
    check(r#""Action": "*", "NotResource": ["arn:aws:s3:::x/*"]"#, get, group, true);
}

#[test]
fn a_denial_wins() {
    let policy = r#"{"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Action": "logs:*", "Resource": "*"},
        {"Sid": "NotThisGroup", "Effect": "Deny", "Action": ["logs:Delete*"], "Resource": "arn:aws:logs:*:*:log-group:audit:*"}]}"#;
    let group = |name: &str| format!("arn:aws:logs:eu-west-1:111122223333:log-group:{name}:log-stream:");
    assert_eq!(says(policy, "logs:DeleteLogGroup", &group("audit"), &[]), Decision::Denied);
    assert_eq!(says(policy, "logs:DeleteLogGroup", &group("audits"), &[]), Decision::Allowed);
    assert_eq!(says(policy, "logs:GetLogEvents", &group("audit"), &[]), Decision::Allowed);
    assert_eq!(says(policy, "cloudwatch:ListMetrics", "*", &[]), Decision::NotAllowed);
}

/// Each line: operator, key and values as in a policy; what the request has; whether it holds.
#[test]
fn conditions() {
    #[track_caller]
    fn check(condition: &str, has: &[(&str, &str)], holds: bool) {
        let policy = statement(&format!(
            r#""Effect": "Allow", "Action": "*", "Resource": "*", "Condition": {{{condition}}}"#
        ));
        let expected = if holds { Decision::Allowed } else { Decision::NotAllowed };
        assert_eq!(says(&policy, "a:B", "*", has), expected, "{condition} {has:?}");
    }
    let name = |value: &'static str| [("aws:username", value)];
    check(r#""StringEquals": {"aws:username": "johndoe"}"#, &name("johndoe"), true);
    check(r#""StringEquals": {"AWS:UserName": "johndoe"}"#, &name("johndoe"), true);
    check(r#""StringEquals": {"aws:username": "johndoe"}"#, &name("JohnDoe"), false);
    check(r#""StringEquals": {"aws:username": "john*"}"#, &name("johndoe"), false);
    check(r#""StringEquals": {"aws:username": ["a", "b"]}"#, &name("b"), true);
    check(r#""StringEquals": {"aws:username": "a"}"#, &[], false);
    check(r#""StringNotEquals": {"aws:username": "a"}"#, &[], true);
    check(r#""StringNotEquals": {"aws:username": ["a", "b"]}"#, &name("b"), false);
    check(r#""StringNotEquals": {"aws:username": ["a", "b"]}"#, &name("c"), true);
    check(r#""StringEqualsIgnoreCase": {"aws:username": "JOHN"}"#, &name("john"), true);
    check(r#""StringNotEqualsIgnoreCase": {"aws:username": "JOHN"}"#, &name("john"), false);
    check(r#""StringLike": {"aws:username": ["x", "jo?n*"]}"#, &name("johndoe"), true);
    check(r#""StringNotLike": {"aws:username": "jo*"}"#, &name("johndoe"), false);
    check(r#""StringEqualsIfExists": {"aws:username": "a"}"#, &[], true);
    check(r#""StringEqualsIfExists": {"aws:username": "a"}"#, &name("b"), false);
    // All lines of a condition, any value of a line.
    check(r#""StringEquals": {"k": "a", "l": "b"}"#, &[("k", "a"), ("l", "b")], true);
    check(r#""StringEquals": {"k": "a", "l": "b"}"#, &[("k", "a"), ("l", "c")], false);
    check(r#""StringEquals": {"k": "a"}, "Bool": {"m": "true"}"#, &[("k", "a"), ("m", "false")], false);

    check(r#""NumericLessThanEquals": {"s3:max-keys": "10"}"#, &[("s3:max-keys", "10")], true);
    check(r#""NumericLessThanEquals": {"s3:max-keys": 10}"#, &[("s3:max-keys", "11")], false);
    check(r#""NumericEquals": {"n": "1.0"}"#, &[("n", "1")], true);
    check(r#""NumericNotEquals": {"n": "1"}"#, &[("n", "2")], true);
    check(r#""NumericGreaterThan": {"n": "1"}"#, &[("n", "x")], false);
    check(r#""NumericGreaterThanEquals": {"n": "1"}"#, &[("n", "1")], true);
    check(r#""NumericLessThan": {"n": "1"}"#, &[("n", "-3")], true);

    let now = [("aws:CurrentTime", NOW), ("aws:EpochTime", "1795341600")];
    check(r#""DateGreaterThan": {"aws:CurrentTime": "2020-04-01T00:00:00Z"}"#, &now, true);
    check(r#""DateLessThan": {"aws:CurrentTime": "2020-06-30T23:59:59Z"}"#, &now, false);
    check(r#""DateLessThanEquals": {"aws:CurrentTime": "2026-11-22T10:00:00Z"}"#, &now, true);
    check(r#""DateLessThanEquals": {"aws:CurrentTime": "2026-11-22"}"#, &now, false);
    check(r#""DateGreaterThanEquals": {"aws:EpochTime": "1795341600"}"#, &now, true);
    check(r#""DateEquals": {"aws:CurrentTime": "2026-11-22T11:00:00+01:00"}"#, &now, true);
    check(r#""DateNotEquals": {"aws:CurrentTime": "2026-11-22T10:00:00Z"}"#, &now, false);

    check(r#""Bool": {"aws:SecureTransport": "true"}"#, &[("aws:SecureTransport", "true")], true);
    check(r#""Bool": {"aws:SecureTransport": false}"#, &[("aws:SecureTransport", "true")], false);
    check(r#""Bool": {"aws:MultiFactorAuthPresent": "true"}"#, &[], false);
    check(r#""BoolIfExists": {"aws:MultiFactorAuthPresent": "true"}"#, &[], true);
    check(
        r#""BinaryEquals": {"key": "QmluYXJ5VmFsdWVJbkJhc2U2NA=="}"#,
        &[("key", "QmluYXJ5VmFsdWVJbkJhc2U2NA==")],
        true,
    );

    let ip = |value: &'static str| [("aws:SourceIp", value)];
    check(r#""IpAddress": {"aws:SourceIp": "203.0.113.0/24"}"#, &ip("203.0.113.77"), true);
    check(r#""IpAddress": {"aws:SourceIp": "203.0.113.0/24"}"#, &ip("203.0.114.1"), false);
    check(
        r#""IpAddress": {"aws:SourceIp": ["2001:DB8:1234:5678::/64", "10.0.0.1"]}"#,
        &ip("2001:db8:1234:5678::1"),
        true,
    );
    check(r#""IpAddress": {"aws:SourceIp": "10.0.0.1"}"#, &ip("10.0.0.1"), true);
    check(r#""IpAddress": {"aws:SourceIp": "10.0.0.0/8"}"#, &ip("::ffff:10.1.2.3"), true);
    check(r#""IpAddress": {"aws:SourceIp": "0.0.0.0/0"}"#, &ip("192.0.2.1"), true);
    check(r#""IpAddress": {"aws:SourceIp": "0.0.0.0/0"}"#, &ip("unknown"), false);
    check(r#""NotIpAddress": {"aws:SourceIp": ["192.0.2.0/24", "203.0.113.0/24"]}"#, &ip("192.0.2.9"), false);
    check(
        r#""NotIpAddress": {"aws:SourceIp": ["192.0.2.0/24", "203.0.113.0/24"]}"#,
        &ip("198.51.100.1"),
        true,
    );

    let arn = [("aws:SourceArn", "arn:aws:sns:eu-west-1:123456789012:topic")];
    check(r#""ArnEquals": {"aws:SourceArn": "arn:aws:sns:*:123456789012:topic"}"#, &arn, true);
    check(r#""ArnLike": {"aws:SourceArn": "arn:aws:sns:*:topic"}"#, &arn, false);
    check(r#""ArnNotLike": {"aws:SourceArn": "arn:aws:sqs:*:*:*"}"#, &arn, true);
    check(r#""ArnNotEquals": {"aws:SourceArn": "arn:aws:sns:*:*:t*"}"#, &arn, false);

    check(r#""Null": {"aws:TokenIssueTime": "true"}"#, &[], true);
    check(r#""Null": {"aws:TokenIssueTime": "false"}"#, &[], false);
    check(r#""Null": {"aws:TokenIssueTime": "false"}"#, &[("aws:TokenIssueTime", NOW)], true);

    let tags = |value: &'static str| [("aws:TagKeys", value)];
    let all = r#""ForAllValues:StringEquals": {"aws:TagKeys": ["environment", "cost-center"]}"#;
    check(all, &tags("[environment,cost-center]"), true);
    check(all, &tags("[environment,other]"), false);
    check(all, &[], true);
    let any = r#""ForAnyValue:StringEquals": {"aws:TagKeys": ["environment", "cost-center"]}"#;
    check(any, &tags("[environment,other]"), true);
    check(any, &tags("[other]"), false);
    check(any, &[], false);
    check(r#""ForAnyValue:StringNotEquals": {"aws:TagKeys": ["a"]}"#, &tags("[a,b]"), true);
    check(r#""ForAllValues:StringNotEquals": {"aws:TagKeys": ["a"]}"#, &tags("[a,b]"), false);
    check(r#""ForAnyValue:StringLike": {"aws:TagKeys": ["env*"]}"#, &tags("[environment]"), true);
}

#[test]
fn variables() {
    #[track_caller]
    fn check(resource: &str, has: &[(&str, &str)], asked: &str, holds: bool) {
        let policy = statement(&format!(r#""Effect": "Allow", "Action": "*", "Resource": "{resource}""#));
        let expected = if holds { Decision::Allowed } else { Decision::NotAllowed };
        assert_eq!(says(&policy, "s3:GetObject", asked, has), expected, "{resource} {has:?} {asked}");
    }
    let mine = "arn:aws:s3:::amzn-s3-demo-bucket/${aws:username}/*";
    check(mine, &[("aws:username", "bob")], "arn:aws:s3:::amzn-s3-demo-bucket/bob/x", true);
    check(mine, &[("aws:username", "bob")], "arn:aws:s3:::amzn-s3-demo-bucket/eve/x", false);
    check(mine, &[], "arn:aws:s3:::amzn-s3-demo-bucket/bob/x", false);
    // A value is taken as it is: a star in it stands for itself, and a colon parts nothing.
    check(mine, &[("aws:username", "*")], "arn:aws:s3:::amzn-s3-demo-bucket/eve/x", false);
    check("arn:aws:logs:${k}:*", &[("k", "eu:1")], "arn:aws:logs:eu:1:x", false);
    check("arn:aws:s3:::b/${aws:username, 'nobody'}/*", &[], "arn:aws:s3:::b/nobody/x", true);
    check("arn:aws:s3:::b/${*}${?}${$}", &[], "arn:aws:s3:::b/*?$", true);
    check("arn:aws:s3:::b/${*}", &[], "arn:aws:s3:::b/x", false);
    // Keys of several values have none here.
    check("arn:aws:s3:::b/${aws:TagKeys}", &[("aws:TagKeys", "[a,b]")], "arn:aws:s3:::b/a", false);
    // The old version has no variables.
    let old = r#"{"Version": "2008-10-17", "Statement": {"Effect": "Allow", "Action": "*", "Resource": "arn:aws:s3:::b/${aws:username}"}}"#;
    let bob = [("aws:username", "bob")];
    assert_eq!(says(old, "s3:GetObject", "arn:aws:s3:::b/bob", &bob), Decision::NotAllowed);
    assert_eq!(says(old, "s3:GetObject", "arn:aws:s3:::b/${aws:username}", &bob), Decision::Allowed);
}

/// What is not known lets nobody in, and keeps out who is to be kept out.
#[test]
fn variables_without_a_value_are_on_the_safe_side() {
    let unknown = "arn:aws:s3:::b/${aws:PrincipalTag/team}/*";
    let allow = statement(&format!(r#""Effect": "Allow", "Action": "*", "NotResource": "{unknown}""#));
    assert_eq!(says(&allow, "s3:GetObject", "arn:aws:s3:::c/x", &[]), Decision::NotAllowed);
    let deny = statement(&format!(r#""Effect": "Deny", "Action": "*", "NotResource": "{unknown}""#));
    assert_eq!(says(&deny, "s3:GetObject", "arn:aws:s3:::b/red/x", &[]), Decision::Denied);
    let condition = r#""Condition": {"StringNotEquals": {"aws:username": "${aws:PrincipalTag/team}"}}"#;
    let name = [("aws:username", "bob")];
    let allow = statement(&format!(r#""Effect": "Allow", "Action": "*", "Resource": "*", {condition}"#));
    assert_eq!(says(&allow, "s3:GetObject", "*", &name), Decision::NotAllowed);
    let deny = statement(&format!(r#""Effect": "Deny", "Action": "*", "Resource": "*", {condition}"#));
    assert_eq!(says(&deny, "s3:GetObject", "*", &name), Decision::Denied);
}

#[test]
fn policies_that_are_refused() {
    #[track_caller]
    fn check(policy: &str, expected: &str) {
        assert_eq!(Policy::parse(policy).unwrap_err().to_string(), expected, "{policy}");
    }
    let of = |body: &str| statement(body);
    check("x", "the policy is no JSON document: expected value at line 1 column 1");
    check("[]", "the policy must be an object");
    check("{}", "the policy has no Statement");
    check(r#"{"Statement": []}"#, "the policy has no Statement");
    check(r#"{"Version": "2013-01-01"}"#, "Version must be 2012-10-17 or 2008-10-17, not 2013-01-01");
    check(r#"{"Statements": []}"#, "the policy has no element Statements");
    check(&of(""), "statement 1 needs exactly one of Effect");
    check(&of(r#""Effect": "allow""#), "statement 1: Effect must be Allow or Deny, not allow");
    check(&of(r#""Effect": "Allow""#), "statement 1 needs exactly one of Action and NotAction");
    let both = r#""Effect": "Allow", "Action": "*", "NotAction": "a:B", "Resource": "*""#;
    check(&of(both), "statement 1 needs exactly one of Action and NotAction");
    check(
        &of(r#""Effect": "Allow", "Action": "*""#),
        "statement 1 needs exactly one of Resource and NotResource",
    );
    let base = r#""Effect": "Allow", "Resource": "*""#;
    check(
        &of(&format!(r#"{base}, "Action": "Put""#)),
        "statement 1: an action is written service:Name or *, not Put",
    );
    check(
        &of(&format!(r#"{base}, "Action": "*:Put""#)),
        "statement 1: an action is written service:Name or *, not *:Put",
    );
    check(
        &of(&format!(r#"{base}, "Action": []"#)),
        "Action of statement 1 must be a string or a list of strings",
    );
    check(
        &of(&format!(r#"{base}, "Action": "*", "Principal": "*""#)),
        "statement 1 has Principal: the policy of an access key is for whoever has the key",
    );
    check(
        &of(r#""Effect": "Allow", "Action": "*", "Resource": "alarm""#),
        "statement 1: a resource is an ARN or *, not alarm",
    );
    check(
        &of(r#""Effect": "Allow", "Action": "*", "Resource": "arn:aws:s3:::${x""#),
        "statement 1: a resource is an ARN or *, not arn:aws:s3:::${x",
    );
    let with = |condition: &str| of(&format!(r#"{base}, "Action": "*", "Condition": {condition}"#));
    check(&with(r#"{"StringEqual": {"k": "v"}}"#), "statement 1: there is no condition operator StringEqual");
    check(
        &with(r#"{"NullIfExists": {"k": "true"}}"#),
        "statement 1: there is no condition operator NullIfExists",
    );
    check(
        &with(r#"{"ForSomeValues:StringEquals": {"k": "v"}}"#),
        "statement 1: there is no condition operator ForSomeValues:StringEquals",
    );
    check(&with(r#"{"NumericEquals": {"k": "v"}}"#), "statement 1: NumericEquals cannot compare with v");
    check(
        &with(r#"{"DateLessThan": {"k": "tomorrow"}}"#),
        "statement 1: DateLessThan cannot compare with tomorrow",
    );
    check(
        &with(r#"{"IpAddress": {"k": "10.0.0.0/33"}}"#),
        "statement 1: IpAddress cannot compare with 10.0.0.0/33",
    );
    check(&with(r#"{"Bool": {"k": {"x": 1}}}"#), "k of statement 1 must be a string or a list of strings");
    check(
        &with(r#"{"Bool": {"k": "true"}, "Bool": {"l": "true"}}"#),
        "the policy is no JSON document: Bool is there twice at line 1 column 150",
    );
    let sids =
        r#"{"Statement": [{"Sid": "a", "Effect": "Allow", "Action": "*", "Resource": "*"}, {"Sid": "a"}]}"#;
    check(sids, "statement 2: Sid a must be of letters and digits, and the only one of its name");
    check(
        &of(r#""Sid": "a b""#),
        "statement 1: Sid a b must be of letters and digits, and the only one of its name",
    );
    check(&" x".repeat(LARGEST + 1), "a policy has at most 6144 characters besides white space");
}

#[test]
fn wildcards_take_no_more_than_the_product_of_the_lengths() {
    let pattern = "*a".repeat(2_000);
    let policy =
        statement(&format!(r#""Effect": "Allow", "Action": "*", "Resource": "arn:aws:s3:::{pattern}b""#));
    let asked = format!("arn:aws:s3:::{}", "a".repeat(2_000));
    assert_eq!(says(&policy, "s3:GetObject", &asked, &[]), Decision::NotAllowed);
}
