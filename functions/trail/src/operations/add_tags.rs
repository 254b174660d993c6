//! AddTags: <https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_AddTags.html>.

use watchtrail_service::{Fault, Operation, Request};
use watchtrail_wire::shapes::cloudtrail::{AddTagsRequest, AddTagsResponse};

use crate::tags;

pub(crate) struct AddTags;

impl Operation for AddTags {
    const NAME: &'static str = "AddTags";
    type Input = AddTagsRequest;
    type Output = AddTagsResponse;

    async fn run(request: &Request<'_>, input: Self::Input) -> Result<Self::Output, Fault> {
        let tagged = tags::resource(request, &input.resource_id.unwrap_or_default()).await?;
        let new = tags::parse(&tagged.arn, input.tags_list)?;
        tags::add(request, &tagged, &new).await?;
        Ok(AddTagsResponse {})
    }
}
