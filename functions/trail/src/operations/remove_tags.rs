//! RemoveTags: <https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_RemoveTags.html>.
//!
//! Only the keys count: a tag goes whatever its value is.

use watchtrail_service::{Fault, Operation, Request};
use watchtrail_wire::shapes::cloudtrail::{RemoveTagsRequest, RemoveTagsResponse};

use crate::tags;

pub(crate) struct RemoveTags;

impl Operation for RemoveTags {
    const NAME: &'static str = "RemoveTags";
    type Input = RemoveTagsRequest;
    type Output = RemoveTagsResponse;

    async fn run(request: &Request<'_>, input: Self::Input) -> Result<Self::Output, Fault> {
        let tagged = tags::resource(request, &input.resource_id.unwrap_or_default()).await?;
        let given = input.tags_list.unwrap_or_default();
        let keys: Vec<String> = given.into_iter().filter_map(|tag| tag.key).collect();
        tags::remove(request, &tagged, &keys).await?;
        Ok(RemoveTagsResponse {})
    }
}
