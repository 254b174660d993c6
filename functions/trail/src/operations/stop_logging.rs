//! StopLogging: <https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_StopLogging.html>.
//!
//! What came while the trail logged is still delivered.

use watchtrail_service::{Fault, Operation, Request};
use watchtrail_store::trail::Trail;
use watchtrail_wire::shapes::cloudtrail::{StopLoggingRequest, StopLoggingResponse};

use crate::trails;

pub(crate) struct StopLogging;

impl Operation for StopLogging {
    const NAME: &'static str = "StopLogging";
    type Input = StopLoggingRequest;
    type Output = StopLoggingResponse;

    async fn run(request: &Request<'_>, input: Self::Input) -> Result<Self::Output, Fault> {
        let now = request.now.millis();
        let stop = |trail: &mut Trail| {
            if let Some(span) = trail.logging.last_mut().filter(|span| span.to.is_none()) {
                // The clock of another process may be ahead: a span never ends before it begins.
                span.to = Some(now.max(span.from));
                trail.stopped = Some(now);
            }
            Ok(())
        };
        trails::change(request, input.name, stop).await?;
        Ok(StopLoggingResponse {})
    }
}
