//! DeleteAlarmMuteRule: <https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_DeleteAlarmMuteRule.html>.
//!
//! "Any alarms that are currently being muted by that rule are immediately unmuted"; deleting a rule that does not exist succeeds.

use std::collections::BTreeMap;

use watchtrail_service::{Fault, Operation, Request, store_fault};
use watchtrail_store::StoreError;
use watchtrail_wire::shapes::cloudwatch::DeleteAlarmMuteRuleInput;

use crate::alarms::mute;

pub(crate) struct DeleteAlarmMuteRule;

impl Operation for DeleteAlarmMuteRule {
    const NAME: &'static str = "DeleteAlarmMuteRule";
    type Input = DeleteAlarmMuteRuleInput;
    type Output = ();

    async fn run(request: &Request<'_>, input: Self::Input) -> Result<Self::Output, Fault> {
        let name = input.alarm_mute_rule_name.unwrap_or_default();
        let (store, scope) = (&request.context.store, request.scope());
        let Some(rule) = store.alarms.mute_rule(scope, &name).await.map_err(store_fault)? else {
            return Ok(());
        };
        let arn = mute::arn(scope, &name);
        let tags = store.tags.of(scope, &arn).await.map_err(store_fault)?;
        store.alarms.delete_mute_rule(scope, &name).await.map_err(store_fault)?;
        if !tags.is_empty() {
            match store.tags.replace(scope, &arn, &tags, &BTreeMap::new()).await {
                Ok(()) | Err(StoreError::Conflict) => {}
                Err(error) => return Err(store_fault(error)),
            }
        }
        mute::changed(request, &rule.alarms).await
    }
}
