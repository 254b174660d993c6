//! TestMetricFilter: <https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_TestMetricFilter.html>.
//!
//! Events are numbered from 0, as in that page's example.

use watchtrail_core::logs::pattern::Purpose;
use watchtrail_service::{Fault, Operation, Request};
use watchtrail_wire::shapes::logs::{
    MetricFilterMatchRecord, TestMetricFilterRequest, TestMetricFilterResponse,
};

use crate::filters;

pub(crate) struct TestMetricFilter;

impl Operation for TestMetricFilter {
    const NAME: &'static str = "TestMetricFilter";
    type Input = TestMetricFilterRequest;
    type Output = TestMetricFilterResponse;

    async fn run(_: &Request<'_>, input: Self::Input) -> Result<Self::Output, Fault> {
        let pattern = filters::pattern(&input.filter_pattern.unwrap_or_default(), Purpose::MetricFilter)?;
        let record = |(number, message): (i64, String)| {
            let extracted = pattern.find(&message)?.extracted();
            Some(MetricFilterMatchRecord {
                event_number: Some(number),
                extracted_values: Some(extracted),
                event_message: Some(message),
            })
        };
        let messages = (0..).zip(input.log_event_messages.unwrap_or_default());
        Ok(TestMetricFilterResponse { matches: Some(messages.filter_map(record).collect()) })
    }
}
