//! ListTags: <https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_ListTags.html>.
//!
//! All resources that are named have to exist; their tags come on one page.

use watchtrail_service::wording::trail as wording;
use watchtrail_service::{Fault, Operation, Request};
use watchtrail_wire::shapes::cloudtrail::{ListTagsRequest, ListTagsResponse, ResourceTag};

use crate::faults::worded;
use crate::tags;

pub(crate) struct ListTags;

impl Operation for ListTags {
    const NAME: &'static str = "ListTags";
    type Input = ListTagsRequest;
    type Output = ListTagsResponse;

    async fn run(request: &Request<'_>, input: Self::Input) -> Result<Self::Output, Fault> {
        if input.next_token.is_some() {
            return Err(worded(wording::token()));
        }
        let mut list = Vec::new();
        for arn in input.resource_id_list.unwrap_or_default() {
            let tagged = tags::resource(request, &arn).await?;
            let tags = tags::shape(tags::of(request, &tagged).await?);
            list.push(ResourceTag { resource_id: Some(arn), tags_list: Some(tags) });
        }
        Ok(ListTagsResponse { resource_tag_list: Some(list), next_token: None })
    }
}
