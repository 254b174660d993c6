//! GetAlarmMuteRule: <https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_GetAlarmMuteRule.html>.

use watchtrail_service::wording::alarms as wording;
use watchtrail_service::{Fault, Operation, Request, store_fault};
use watchtrail_wire::shapes::cloudwatch::{
    GetAlarmMuteRuleInput, GetAlarmMuteRuleOutput, MuteTargets, Rule, Schedule,
};

use crate::alarms::{mute, shape};
use crate::faults::worded;

pub(crate) struct GetAlarmMuteRule;

impl Operation for GetAlarmMuteRule {
    const NAME: &'static str = "GetAlarmMuteRule";
    type Input = GetAlarmMuteRuleInput;
    type Output = GetAlarmMuteRuleOutput;

    async fn run(request: &Request<'_>, input: Self::Input) -> Result<Self::Output, Fault> {
        let name = input.alarm_mute_rule_name.unwrap_or_default();
        let alarms = &request.context.store.alarms;
        let rule = alarms.mute_rule(request.scope(), &name).await.map_err(store_fault)?;
        let rule = rule.ok_or_else(|| worded(wording::no_such_mute_rule(&name)))?;
        let (status, mute_type) = mute::status(request, &rule)?;
        let schedule = Schedule {
            expression: Some(rule.expression),
            duration: Some(rule.duration),
            timezone: rule.timezone,
        };
        let targets = Some(rule.alarms).filter(|alarms| !alarms.is_empty());
        Ok(GetAlarmMuteRuleOutput {
            alarm_mute_rule_arn: Some(mute::arn(request.scope(), &name)),
            name: Some(name),
            description: rule.description,
            rule: Some(Rule { schedule: Some(schedule) }),
            mute_targets: targets.map(|alarms| MuteTargets { alarm_names: Some(alarms) }),
            start_date: rule.start.map(shape::time),
            expire_date: rule.expire.map(shape::time),
            status: Some(status.as_str().to_owned()),
            last_updated_timestamp: Some(shape::time(rule.updated)),
            mute_type: Some(mute_type.as_str().to_owned()),
        })
    }
}
