//! GetTrailStatus: <https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_GetTrailStatus.html>.
//!
//! The textual members are those that AWS calls no longer in use and still fills.

use watchtrail_service::{Fault, Operation, Request, store_fault};
use watchtrail_wire::shapes::cloudtrail::{GetTrailStatusRequest, GetTrailStatusResponse};

use crate::shape::{time, time_text};
use crate::trails;

pub(crate) struct GetTrailStatus;

impl Operation for GetTrailStatus {
    const NAME: &'static str = "GetTrailStatus";
    type Input = GetTrailStatusRequest;
    type Output = GetTrailStatusResponse;

    async fn run(request: &Request<'_>, input: Self::Input) -> Result<Self::Output, Fault> {
        let trail = trails::find(request, input.name).await?;
        let status = request.context.store.trail.status(&trail).await.map_err(store_fault)?;
        Ok(GetTrailStatusResponse {
            is_logging: Some(trail.is_logging()),
            latest_delivery_error: status.delivery_error,
            latest_notification_error: status.notification_error,
            latest_delivery_time: status.delivered.map(time),
            latest_notification_time: status.notified.map(time),
            start_logging_time: trail.started.map(time),
            stop_logging_time: trail.stopped.map(time),
            latest_cloud_watch_logs_delivery_error: status.log_error,
            latest_cloud_watch_logs_delivery_time: status.logged.map(time),
            latest_digest_delivery_time: status.digested.map(time),
            latest_digest_delivery_error: status.digest_error,
            latest_delivery_attempt_time: Some(time_text(status.attempted)),
            latest_notification_attempt_time: Some(time_text(status.notification_attempted)),
            latest_notification_attempt_succeeded: Some(time_text(status.notified)),
            latest_delivery_attempt_succeeded: Some(time_text(status.delivered)),
            time_logging_started: Some(time_text(trail.started)),
            time_logging_stopped: Some(time_text(trail.stopped)),
        })
    }
}
