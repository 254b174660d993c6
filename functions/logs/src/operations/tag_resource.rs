//! TagResource: <https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_TagResource.html>.

use watchtrail_service::{Fault, Operation, Request};
use watchtrail_wire::shapes::logs::TagResourceRequest;

use crate::tags;

pub(crate) struct TagResource;

impl Operation for TagResource {
    const NAME: &'static str = "TagResource";
    type Input = TagResourceRequest;
    type Output = ();

    async fn run(request: &Request<'_>, input: Self::Input) -> Result<Self::Output, Fault> {
        let arn = tags::resource(request, input.resource_arn).await?;
        tags::add(request, &arn, input.tags.unwrap_or_default()).await
    }
}
