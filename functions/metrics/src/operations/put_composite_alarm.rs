//! PutCompositeAlarm: <https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutCompositeAlarm.html>.

use watchtrail_service::{Fault, Operation, Request};
use watchtrail_wire::shapes::cloudwatch::PutCompositeAlarmInput;

use crate::alarms::{self, composite, put};
use crate::faults::worded;

pub(crate) struct PutCompositeAlarm;

impl Operation for PutCompositeAlarm {
    const NAME: &'static str = "PutCompositeAlarm";
    type Input = PutCompositeAlarmInput;
    type Output = ();

    async fn run(request: &Request<'_>, input: Self::Input) -> Result<Self::Output, Fault> {
        let (draft, rule) = composite::parse(input, request.scope()).map_err(worded)?;
        let board = alarms::board(request).await?;
        composite::check(&draft, &rule, &board, request.scope()).map_err(worded)?;
        put::put(request, draft).await
    }
}
