//! UpdateChannel: <https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_UpdateChannel.html>.

use watchtrail_service::wording::trail as wording;
use watchtrail_service::{Fault, Operation, Request, store_fault};
use watchtrail_store::StoreError;
use watchtrail_wire::shapes::cloudtrail::{UpdateChannelRequest, UpdateChannelResponse};

use crate::channels;
use crate::faults::worded;

pub(crate) struct UpdateChannel;

impl Operation for UpdateChannel {
    const NAME: &'static str = "UpdateChannel";
    type Input = UpdateChannelRequest;
    type Output = UpdateChannelResponse;

    async fn run(request: &Request<'_>, input: Self::Input) -> Result<Self::Output, Fault> {
        let (store, scope) = (&request.context.store.trail, request.scope());
        let read = channels::find(request, input.channel).await?;
        let mut channel = read.value.clone();
        if input.destinations.is_some() {
            channel.destinations = channels::destinations(scope, input.destinations)?;
        }
        if let Some(name) = input.name {
            let all = store.channels(scope).await.map_err(store_fault)?;
            channels::check_name(&all, &name, &channel.id)?;
            channel.name = name;
        }
        store.put_channel(scope, Some(&read), &channel).await.map_err(|error| match error {
            StoreError::Conflict => worded(wording::contended()),
            error => store_fault(error),
        })?;
        Ok(UpdateChannelResponse {
            channel_arn: Some(channel.arn(scope)),
            destinations: Some(channels::shape(&channel)),
            name: Some(channel.name),
            source: Some(channel.source),
        })
    }
}
