//! TagLogGroup: <https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_TagLogGroup.html>.

use watchtrail_service::{Fault, Operation, Request};
use watchtrail_wire::shapes::logs::TagLogGroupRequest;

use crate::tags;

pub(crate) struct TagLogGroup;

impl Operation for TagLogGroup {
    const NAME: &'static str = "TagLogGroup";
    type Input = TagLogGroupRequest;
    type Output = ();

    async fn run(request: &Request<'_>, input: Self::Input) -> Result<Self::Output, Fault> {
        let arn = tags::group(request, input.log_group_name).await?;
        tags::add(request, &arn, input.tags.unwrap_or_default()).await
    }
}
