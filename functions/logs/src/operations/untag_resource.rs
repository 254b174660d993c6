//! UntagResource: <https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_UntagResource.html>.

use watchtrail_service::{Fault, Operation, Request};
use watchtrail_wire::shapes::logs::UntagResourceRequest;

use crate::tags;

pub(crate) struct UntagResource;

impl Operation for UntagResource {
    const NAME: &'static str = "UntagResource";
    type Input = UntagResourceRequest;
    type Output = ();

    async fn run(request: &Request<'_>, input: Self::Input) -> Result<Self::Output, Fault> {
        let arn = tags::resource(request, input.resource_arn).await?;
        tags::remove(request, &arn, &input.tag_keys.unwrap_or_default()).await
    }
}
