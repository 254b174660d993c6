//! DeleteMetricFilter: <https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_DeleteMetricFilter.html>.

use watchtrail_service::wording::logs as wording;
use watchtrail_service::{Fault, Operation, Request};
use watchtrail_wire::shapes::logs::DeleteMetricFilterRequest;

use crate::faults::worded;
use crate::groups;

pub(crate) struct DeleteMetricFilter;

impl Operation for DeleteMetricFilter {
    const NAME: &'static str = "DeleteMetricFilter";
    type Input = DeleteMetricFilterRequest;
    type Output = ();

    async fn run(request: &Request<'_>, input: Self::Input) -> Result<Self::Output, Fault> {
        let filter = input.filter_name.unwrap_or_default();
        groups::change(request, &input.log_group_name.unwrap_or_default(), |group| {
            let before = group.metric_filters.len();
            group.metric_filters.retain(|one| one.name != filter);
            let gone = group.metric_filters.len() < before;
            if gone { Ok(()) } else { Err(worded(wording::no_such_metric_filter())) }
        })
        .await
    }
}
