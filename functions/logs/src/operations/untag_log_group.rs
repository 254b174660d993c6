//! UntagLogGroup: <https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_UntagLogGroup.html>.

use watchtrail_service::{Fault, Operation, Request};
use watchtrail_wire::shapes::logs::UntagLogGroupRequest;

use crate::tags;

pub(crate) struct UntagLogGroup;

impl Operation for UntagLogGroup {
    const NAME: &'static str = "UntagLogGroup";
    type Input = UntagLogGroupRequest;
    type Output = ();

    async fn run(request: &Request<'_>, input: Self::Input) -> Result<Self::Output, Fault> {
        let arn = tags::group(request, input.log_group_name).await?;
        tags::remove(request, &arn, &input.tags.unwrap_or_default()).await
    }
}
