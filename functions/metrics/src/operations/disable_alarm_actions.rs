//! DisableAlarmActions: <https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_DisableAlarmActions.html>.

use watchtrail_service::{Fault, Operation, Request};
use watchtrail_wire::shapes::cloudwatch::DisableAlarmActionsInput;

use crate::alarms::enabling::{Switch, switch};

pub(crate) struct DisableAlarmActions;

impl Operation for DisableAlarmActions {
    const NAME: &'static str = "DisableAlarmActions";
    type Input = DisableAlarmActionsInput;
    type Output = ();

    async fn run(request: &Request<'_>, input: Self::Input) -> Result<Self::Output, Fault> {
        switch(request, input.alarm_names.unwrap_or_default(), Switch::Off).await
    }
}
