//! PutAlarmMuteRule: <https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutAlarmMuteRule.html>.
//!
//! Tags are given to a new rule only, as with alarms; AWS does not say.

use watchtrail_core::alarms::mute::MuteSchedule;
use watchtrail_core::time::Timestamp;
use watchtrail_service::wording::alarms as wording;
use watchtrail_service::{Fault, Operation, Request, store_fault};
use watchtrail_store::alarms::MuteRule;
use watchtrail_wire::shapes::cloudwatch::PutAlarmMuteRuleInput;

use crate::alarms::{mute, put};
use crate::faults::worded;
use crate::tags;

pub(crate) struct PutAlarmMuteRule;

impl Operation for PutAlarmMuteRule {
    const NAME: &'static str = "PutAlarmMuteRule";
    type Input = PutAlarmMuteRuleInput;
    type Output = ();

    async fn run(request: &Request<'_>, mut input: Self::Input) -> Result<Self::Output, Fault> {
        let new_tags = tags::parse(input.tags.take().unwrap_or_default())?;
        tags::within_limit(&new_tags)?;
        let rule = parse(input, request.now).map_err(worded)?;
        let (store, scope) = (&request.context.store.alarms, request.scope());
        let old = store.mute_rule(scope, &rule.name).await.map_err(store_fault)?;
        if old.is_none() {
            tags::change(request, &mute::arn(scope, &rule.name), |stored| {
                stored.clone_from(&new_tags);
                Ok(())
            })
            .await?;
        }
        store.put_mute_rule(scope, &rule).await.map_err(store_fault)?;
        let before = old.map(|old| old.alarms).unwrap_or_default();
        mute::changed(request, &[before, rule.alarms].concat()).await
    }
}

fn parse(input: PutAlarmMuteRuleInput, now: Timestamp) -> Result<MuteRule, wording::Worded> {
    let name = input.name.unwrap_or_default();
    put::check_name("Name", &name)?;
    let schedule = input.rule.and_then(|rule| rule.schedule).unwrap_or_default();
    let expression = schedule.expression.unwrap_or_default();
    let duration = schedule.duration.unwrap_or_default();
    MuteSchedule::parse(&expression, &duration, schedule.timezone.as_deref())
        .map_err(|error| wording::schedule(&error))?;
    let time = |at: watchtrail_wire::Timestamp| Timestamp::from_millis(at.millis());
    let (start, expire) = (input.start_date.map(time), input.expire_date.map(time));
    if expire.is_some_and(|expire| start.is_some_and(|start| expire <= start)) {
        return Err(wording::expires_too_early());
    }
    Ok(MuteRule {
        name,
        description: input.description,
        expression,
        duration,
        timezone: schedule.timezone,
        alarms: input.mute_targets.and_then(|targets| targets.alarm_names).unwrap_or_default(),
        start,
        expire,
        updated: now,
    })
}
