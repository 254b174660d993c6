//! ListAlarmMuteRules: <https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_ListAlarmMuteRules.html>.
//!
//! In the order of the rules' names. AWS may answer `ResourceNotFoundException` for the name of an alarm that does not exist; here no rule
//! names it, or the rules that do are listed.

use watchtrail_service::wording::alarms as wording;
use watchtrail_service::{Fault, Operation, Request, store_fault};
use watchtrail_wire::shapes::cloudwatch::{
    AlarmMuteRuleSummary, ListAlarmMuteRulesInput, ListAlarmMuteRulesOutput,
};

use crate::alarms::{mute, shape};
use crate::faults::worded;
use watchtrail_service::token;

/// Rules on a page.
const PAGE: i32 = 50;

pub(crate) struct ListAlarmMuteRules;

impl Operation for ListAlarmMuteRules {
    const NAME: &'static str = "ListAlarmMuteRules";
    type Input = ListAlarmMuteRulesInput;
    type Output = ListAlarmMuteRulesOutput;

    async fn run(request: &Request<'_>, mut input: Self::Input) -> Result<Self::Output, Fault> {
        let page = usize::try_from(input.max_records.take().unwrap_or(PAGE)).unwrap_or_default();
        let given = input.next_token.take();
        let fingerprint = token::fingerprint(&request.scope().to_string(), &input);
        let after: Option<String> = given
            .map(|given| token::read(&given, fingerprint))
            .transpose()
            .map_err(|_| worded(wording::next_token()))?;
        let statuses = input.statuses.unwrap_or_default();
        let rules = request.context.store.alarms.mute_rules(request.scope()).await.map_err(store_fault)?;
        let mut summaries = Vec::new();
        let mut last = None;
        for rule in rules {
            let named = input.alarm_name.as_ref().is_none_or(|alarm| rule.alarms.contains(alarm));
            if !named || after.as_ref().is_some_and(|after| rule.name <= *after) {
                continue;
            }
            let (status, mute_type) = mute::status(request, &rule)?;
            if !statuses.is_empty() && !statuses.iter().any(|wanted| wanted == status.as_str()) {
                continue;
            }
            if summaries.len() == page {
                let next_token = last.and_then(|last: String| token::write(fingerprint, &last));
                return Ok(ListAlarmMuteRulesOutput {
                    alarm_mute_rule_summaries: Some(summaries),
                    next_token,
                });
            }
            summaries.push(AlarmMuteRuleSummary {
                alarm_mute_rule_arn: Some(mute::arn(request.scope(), &rule.name)),
                expire_date: rule.expire.map(shape::time),
                status: Some(status.as_str().to_owned()),
                mute_type: Some(mute_type.as_str().to_owned()),
                last_updated_timestamp: Some(shape::time(rule.updated)),
            });
            last = Some(rule.name);
        }
        Ok(ListAlarmMuteRulesOutput { alarm_mute_rule_summaries: Some(summaries), next_token: None })
    }
}
