//! ListTagsLogGroup: <https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_ListTagsLogGroup.html>.

use watchtrail_service::{Fault, Operation, Request};
use watchtrail_wire::shapes::logs::{ListTagsLogGroupRequest, ListTagsLogGroupResponse};

use crate::tags;

pub(crate) struct ListTagsLogGroup;

impl Operation for ListTagsLogGroup {
    const NAME: &'static str = "ListTagsLogGroup";
    type Input = ListTagsLogGroupRequest;
    type Output = ListTagsLogGroupResponse;

    async fn run(request: &Request<'_>, input: Self::Input) -> Result<Self::Output, Fault> {
        let arn = tags::group(request, input.log_group_name).await?;
        Ok(ListTagsLogGroupResponse { tags: Some(tags::of(request, &arn).await?) })
    }
}
