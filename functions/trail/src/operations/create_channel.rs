//! CreateChannel: <https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_CreateChannel.html>.

use watchtrail_service::wording::trail as wording;
use watchtrail_service::{Fault, Operation, Request, store_fault};
use watchtrail_store::trail::Channel;
use watchtrail_wire::shapes::cloudtrail::{CreateChannelRequest, CreateChannelResponse};

use crate::faults::worded;
use crate::{channels, tags};

pub(crate) struct CreateChannel;

impl Operation for CreateChannel {
    const NAME: &'static str = "CreateChannel";
    type Input = CreateChannelRequest;
    type Output = CreateChannelResponse;

    async fn run(request: &Request<'_>, input: Self::Input) -> Result<Self::Output, Fault> {
        let scope = request.scope();
        let source = input.source.unwrap_or_default();
        if source != channels::CUSTOM {
            return Err(worded(wording::source(&source)));
        }
        let channel = Channel {
            id: request.context.entropy.uuid(),
            name: input.name.unwrap_or_default(),
            source,
            destinations: channels::destinations(scope, input.destinations)?,
            created: request.now.millis(),
        };
        let arn = channel.arn(scope);
        let given = tags::parse(&arn, input.tags)?;
        let store = &request.context.store.trail;
        let all = store.channels(scope).await.map_err(store_fault)?;
        channels::check_name(&all, &channel.name, &channel.id)?;
        if all.len() >= channels::MOST {
            return Err(worded(wording::too_many_channels(channels::MOST)));
        }
        tags::reset(request, &tags::Tagged::of(scope, arn.clone()), &given).await?;
        store.put_channel(scope, None, &channel).await.map_err(store_fault)?;
        Ok(CreateChannelResponse {
            channel_arn: Some(arn),
            destinations: Some(channels::shape(&channel)),
            name: Some(channel.name),
            source: Some(channel.source),
            tags: Some(tags::shape(given)),
        })
    }
}
