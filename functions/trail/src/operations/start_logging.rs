//! StartLogging: <https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_StartLogging.html>.
//!
//! A trail that logs already goes on as it does.

use watchtrail_core::time::DAY;
use watchtrail_service::{Fault, Operation, Request};
use watchtrail_store::trail::{Logging, Trail};
use watchtrail_wire::shapes::cloudtrail::{StartLoggingRequest, StartLoggingResponse};

use crate::trails;

/// Spans that ended earlier are of no use: the journal that they choose from is gone.
const KEPT: i64 = 15 * DAY;

pub(crate) struct StartLogging;

impl Operation for StartLogging {
    const NAME: &'static str = "StartLogging";
    type Input = StartLoggingRequest;
    type Output = StartLoggingResponse;

    async fn run(request: &Request<'_>, input: Self::Input) -> Result<Self::Output, Fault> {
        let now = request.now.millis();
        let start = |trail: &mut Trail| {
            if !trail.is_logging() {
                trail.logging.retain(|span| span.to.is_none_or(|to| to > now - KEPT));
                trail.logging.push(Logging { from: now, to: None });
                trail.started = Some(now);
            }
            Ok(())
        };
        trails::change(request, input.name, start).await?;
        Ok(StartLoggingResponse {})
    }
}
