//! ListTagsForResource: <https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_ListTagsForResource.html>.

use watchtrail_service::{Fault, Operation, Request, store_fault};
use watchtrail_wire::shapes::cloudwatch::{ListTagsForResourceInput, ListTagsForResourceOutput, Tag};

use crate::tags;

pub(crate) struct ListTagsForResource;

impl Operation for ListTagsForResource {
    const NAME: &'static str = "ListTagsForResource";
    type Input = ListTagsForResourceInput;
    type Output = ListTagsForResourceOutput;

    async fn run(request: &Request<'_>, input: Self::Input) -> Result<Self::Output, Fault> {
        let arn = tags::resource(request, input.resource_arn).await?;
        let found = request.context.store.tags.of(request.scope(), &arn).await.map_err(store_fault)?;
        let tag = |(key, value)| Tag { key: Some(key), value: Some(value) };
        Ok(ListTagsForResourceOutput { tags: Some(found.into_iter().map(tag).collect()) })
    }
}
