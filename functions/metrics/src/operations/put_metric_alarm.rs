//! PutMetricAlarm: <https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html>.

use watchtrail_service::{Fault, Operation, Request};
use watchtrail_wire::shapes::cloudwatch::PutMetricAlarmInput;

use crate::alarms::{metric, put};
use crate::faults::worded;

pub(crate) struct PutMetricAlarm;

impl Operation for PutMetricAlarm {
    const NAME: &'static str = "PutMetricAlarm";
    type Input = PutMetricAlarmInput;
    type Output = ();

    async fn run(request: &Request<'_>, input: Self::Input) -> Result<Self::Output, Fault> {
        let draft = metric::parse(input, request.scope()).map_err(worded)?;
        put::put(request, draft).await
    }
}
