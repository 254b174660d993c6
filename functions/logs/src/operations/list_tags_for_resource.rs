//! ListTagsForResource: <https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_ListTagsForResource.html>.

use watchtrail_service::{Fault, Operation, Request};
use watchtrail_wire::shapes::logs::{ListTagsForResourceRequest, ListTagsForResourceResponse};

use crate::tags;

pub(crate) struct ListTagsForResource;

impl Operation for ListTagsForResource {
    const NAME: &'static str = "ListTagsForResource";
    type Input = ListTagsForResourceRequest;
    type Output = ListTagsForResourceResponse;

    async fn run(request: &Request<'_>, input: Self::Input) -> Result<Self::Output, Fault> {
        let arn = tags::resource(request, input.resource_arn).await?;
        Ok(ListTagsForResourceResponse { tags: Some(tags::of(request, &arn).await?) })
    }
}
