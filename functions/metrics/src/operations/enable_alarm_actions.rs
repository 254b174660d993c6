//! EnableAlarmActions: <https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_EnableAlarmActions.html>.

use watchtrail_service::{Fault, Operation, Request};
use watchtrail_wire::shapes::cloudwatch::EnableAlarmActionsInput;

use crate::alarms::enabling::{Switch, switch};

pub(crate) struct EnableAlarmActions;

impl Operation for EnableAlarmActions {
    const NAME: &'static str = "EnableAlarmActions";
    type Input = EnableAlarmActionsInput;
    type Output = ();

    async fn run(request: &Request<'_>, input: Self::Input) -> Result<Self::Output, Fault> {
        switch(request, input.alarm_names.unwrap_or_default(), Switch::On).await
    }
}
