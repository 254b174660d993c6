//! DeleteChannel: <https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_DeleteChannel.html>.
//!
//! What came by it stays in the event history.

use std::collections::BTreeMap;

use watchtrail_service::{Fault, Operation, Request, store_fault};
use watchtrail_wire::shapes::cloudtrail::{DeleteChannelRequest, DeleteChannelResponse};

use crate::{channels, tags};

pub(crate) struct DeleteChannel;

impl Operation for DeleteChannel {
    const NAME: &'static str = "DeleteChannel";
    type Input = DeleteChannelRequest;
    type Output = DeleteChannelResponse;

    async fn run(request: &Request<'_>, input: Self::Input) -> Result<Self::Output, Fault> {
        let scope = request.scope();
        let channel = channels::find(request, input.channel).await?.value;
        let tagged = tags::Tagged::of(scope, channel.arn(scope));
        tags::reset(request, &tagged, &BTreeMap::new()).await?;
        request.context.store.trail.delete_channel(scope, &channel.id).await.map_err(store_fault)?;
        Ok(DeleteChannelResponse {})
    }
}
