//! DeleteSubscriptionFilter:
//! <https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_DeleteSubscriptionFilter.html>.

use watchtrail_service::wording::logs as wording;
use watchtrail_service::{Fault, Operation, Request};
use watchtrail_wire::shapes::logs::DeleteSubscriptionFilterRequest;

use crate::faults::worded;
use crate::groups;

pub(crate) struct DeleteSubscriptionFilter;

impl Operation for DeleteSubscriptionFilter {
    const NAME: &'static str = "DeleteSubscriptionFilter";
    type Input = DeleteSubscriptionFilterRequest;
    type Output = ();

    async fn run(request: &Request<'_>, input: Self::Input) -> Result<Self::Output, Fault> {
        let filter = input.filter_name.unwrap_or_default();
        groups::change(request, &input.log_group_name.unwrap_or_default(), |group| {
            let before = group.subscriptions.len();
            group.subscriptions.retain(|one| one.name != filter);
            let gone = group.subscriptions.len() < before;
            if gone { Ok(()) } else { Err(worded(wording::no_such_subscription())) }
        })
        .await
    }
}
