//! GetChannel: <https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_GetChannel.html>.

use watchtrail_service::{Fault, Operation, Request};
use watchtrail_wire::shapes::cloudtrail::{GetChannelRequest, GetChannelResponse};

use crate::channels;

pub(crate) struct GetChannel;

impl Operation for GetChannel {
    const NAME: &'static str = "GetChannel";
    type Input = GetChannelRequest;
    type Output = GetChannelResponse;

    async fn run(request: &Request<'_>, input: Self::Input) -> Result<Self::Output, Fault> {
        let channel = channels::find(request, input.channel).await?.value;
        Ok(GetChannelResponse {
            channel_arn: Some(channel.arn(request.scope())),
            destinations: Some(channels::shape(&channel)),
            name: Some(channel.name),
            source: Some(channel.source),
            ..GetChannelResponse::default()
        })
    }
}
