//! TagResource: <https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_TagResource.html>.

use watchtrail_service::{Fault, Operation, Request};
use watchtrail_wire::shapes::cloudwatch::{TagResourceInput, TagResourceOutput};

use crate::tags;

pub(crate) struct TagResource;

impl Operation for TagResource {
    const NAME: &'static str = "TagResource";
    type Input = TagResourceInput;
    type Output = TagResourceOutput;

    async fn run(request: &Request<'_>, input: Self::Input) -> Result<Self::Output, Fault> {
        let arn = tags::resource(request, input.resource_arn).await?;
        let new = tags::parse(input.tags.unwrap_or_default())?;
        tags::change(request, &arn, |tags| {
            tags.extend(new.clone());
            tags::within_limit(tags)
        })
        .await?;
        Ok(TagResourceOutput {})
    }
}
