//! The ARNs of actions: which are carried out, which are refused.

use watchtrail_core::alarms::alarm::{Actions, partition};
use watchtrail_service::wording::alarms as wording;
use watchtrail_store::Scope;

use wording::Worded;

/// Services whose actions AWS carries out and this suite does not.
const KNOWN: [&str; 6] = ["automate", "swf", "autoscaling", "ssm", "ssm-incidents", "aiops"];

/// The actions of a request, checked.
///
/// # Errors
/// The first that is no ARN, of another region, or not carried out here.
pub(crate) fn parse(
    scope: &Scope,
    ok: Option<Vec<String>>,
    alarm: Option<Vec<String>>,
    insufficient_data: Option<Vec<String>>,
) -> Result<Actions, Worded> {
    let actions = Actions {
        ok: ok.unwrap_or_default(),
        alarm: alarm.unwrap_or_default(),
        insufficient_data: insufficient_data.unwrap_or_default(),
    };
    actions.all().try_for_each(|arn| check(arn, scope))?;
    Ok(actions)
}

fn check(arn: &str, scope: &Scope) -> Result<(), Worded> {
    let parts: Vec<&str> = arn.splitn(6, ':').collect();
    let no_arn = || wording::no_arn(arn);
    let ["arn", in_partition, service, region, account, resource] = parts[..] else {
        return Err(no_arn());
    };
    let own = partition(&scope.region);
    if in_partition != own {
        return Err(if in_partition.starts_with("aws") {
            wording::other_partition(in_partition, own)
        } else {
            no_arn()
        });
    }
    if KNOWN.contains(&service) {
        return Err(wording::action_not_carried_out(arn));
    }
    let is_account = account.len() == 12 && account.bytes().all(|byte| byte.is_ascii_digit());
    let fits = match service {
        "sns" => is_topic(resource),
        "lambda" => resource.strip_prefix("function:").is_some_and(is_function),
        _ => false,
    };
    if !is_account || !fits || region.is_empty() {
        return Err(no_arn());
    }
    if region != scope.region {
        return Err(wording::other_region(region, &scope.region));
    }
    Ok(())
}

/// A name of SNS: at most 256 letters, digits, hyphens and underscores; FIFO topics end in `.fifo`.
fn is_topic(name: &str) -> bool {
    let stem = name.strip_suffix(".fifo").unwrap_or(name);
    !stem.is_empty() && name.len() <= 256 && stem.bytes().all(is_name)
}

/// A function's name, and perhaps its version or alias.
fn is_function(name: &str) -> bool {
    let (name, qualifier) = name.split_once(':').map_or((name, None), |(name, rest)| (name, Some(rest)));
    let is_part = |text: &str| !text.is_empty() && text.len() <= 140 && text.bytes().all(is_name);
    is_part(name) && qualifier.is_none_or(|qualifier| qualifier == "$LATEST" || is_part(qualifier))
}

fn is_name(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arns() {
        fn check_in(region: &str, arn: &str, expected: &str) {
            let scope = Scope { account: "123456789012".to_owned(), region: region.to_owned() };
            let message = check(arn, &scope).map_or_else(|(_, message)| message, |()| "fine".to_owned());
            assert_eq!(message, expected, "{arn}");
        }
        let check = |arn: &str, expected: &str| check_in("us-east-1", arn, expected);
        check("arn:aws:sns:us-east-1:123456789012:ops", "fine");
        check("arn:aws:sns:us-east-1:210987654321:ops.fifo", "fine");
        check("arn:aws:lambda:us-east-1:123456789012:function:f", "fine");
        check("arn:aws:lambda:us-east-1:123456789012:function:f:$LATEST", "fine");
        check("arn:aws:lambda:us-east-1:123456789012:function:f:12", "fine");
        check_in("cn-north-1", "arn:aws-cn:sns:cn-north-1:123456789012:ops", "fine");
        for arn in [
            "",
            "ops",
            "arn:aws:sns:us-east-1:123456789012",
            "arn:aws:sns:us-east-1:123456789012:",
            "arn:aws:sns:us-east-1:123456789012:a:b",
            "arn:aws:sns:us-east-1:123456789012:.fifo",
            "arn:aws:sns:us-east-1:12345678901x:ops",
            "arn:aws:sns::123456789012:ops",
            "arn:aws:sqs:us-east-1:123456789012:queue",
            "arn:aws:lambda:us-east-1:123456789012:f",
            "arn:aws:lambda:us-east-1:123456789012:function:",
            "arn:aws:lambda:us-east-1:123456789012:function:f:",
            "arn:aws:lambda:us-east-1:123456789012:function:f:1:2",
            "arn:other:sns:us-east-1:123456789012:ops",
        ] {
            check(arn, &format!("Invalid arn syntax: {arn}"));
        }
        check(
            "arn:aws:sns:eu-west-1:123456789012:ops",
            "Invalid region eu-west-1 specified. Only us-east-1 is supported.",
        );
        check_in(
            "us-gov-east-1",
            "arn:aws:sns:us-gov-east-1:123456789012:ops",
            "Invalid partition aws specified. Only aws-us-gov is supported.",
        );
        for arn in [
            "arn:aws:automate:us-east-1:ec2:stop",
            "arn:aws:swf:us-east-1:123456789012:action/actions/AWS_EC2.InstanceId.Stop/1.0",
            "arn:aws:autoscaling:us-east-1:123456789012:scalingPolicy:x:autoScalingGroupName/a:policyName/b",
            "arn:aws:ssm:us-east-1:123456789012:opsitem:3#CATEGORY=Cost",
            "arn:aws:ssm-incidents::123456789012:responseplan/x",
            "arn:aws:aiops:us-east-1:123456789012:investigation-group:x",
        ] {
            let expected = format!(
                "The action {arn} is not carried out by this suite: only Amazon SNS topics and Lambda functions are"
            );
            check(arn, &expected);
        }
    }
}
