//! ListChannels: <https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_ListChannels.html>.

use watchtrail_service::wording::trail as wording;
use watchtrail_service::{Fault, Operation, Request, store_fault, token};
use watchtrail_store::Read;
use watchtrail_store::trail;
use watchtrail_wire::shapes::cloudtrail::{Channel, ListChannelsRequest, ListChannelsResponse};

use crate::faults::worded;

/// Channels of a page.
const PAGE: i32 = 1_000;

pub(crate) struct ListChannels;

impl Operation for ListChannels {
    const NAME: &'static str = "ListChannels";
    type Input = ListChannelsRequest;
    type Output = ListChannelsResponse;

    async fn run(request: &Request<'_>, input: Self::Input) -> Result<Self::Output, Fault> {
        let scope = request.scope();
        let fingerprint = token::fingerprint(&scope.to_string(), &Self::NAME);
        let limit = usize::try_from(input.max_results.unwrap_or(PAGE)).unwrap_or_default();
        let after: Option<String> = input
            .next_token
            .map(|given| token::read(&given, fingerprint))
            .transpose()
            .map_err(|_| worded(wording::next_token()))?;
        let mut all = request.context.store.trail.channels(scope).await.map_err(store_fault)?;
        all.retain(|read| after.as_ref().is_none_or(|after| read.value.id > *after));
        let more = all.len() > limit;
        all.truncate(limit);
        let last = all.last().filter(|_| more);
        let next_token = last.and_then(|read| token::write(fingerprint, &read.value.id));
        let shape = |read: Read<trail::Channel>| Channel {
            channel_arn: Some(read.value.arn(scope)),
            name: Some(read.value.name),
        };
        Ok(ListChannelsResponse { channels: Some(all.into_iter().map(shape).collect()), next_token })
    }
}
