//! UntagResource: <https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_UntagResource.html>.

use watchtrail_service::{Fault, Operation, Request};
use watchtrail_wire::shapes::cloudwatch::{UntagResourceInput, UntagResourceOutput};

use crate::tags;

pub(crate) struct UntagResource;

impl Operation for UntagResource {
    const NAME: &'static str = "UntagResource";
    type Input = UntagResourceInput;
    type Output = UntagResourceOutput;

    async fn run(request: &Request<'_>, input: Self::Input) -> Result<Self::Output, Fault> {
        let arn = tags::resource(request, input.resource_arn).await?;
        let keys = input.tag_keys.unwrap_or_default();
        tags::change(request, &arn, |tags| {
            tags.retain(|key, _| !keys.contains(key));
            Ok(())
        })
        .await?;
        Ok(UntagResourceOutput {})
    }
}
