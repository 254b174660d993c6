//! GetTrailStatus: <https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_GetTrailStatus.html>.
//!
//! What came as an audit record and is none is told as an error of delivery, for a week: it was not dropped, and nothing will deliver it.
//!
//! The textual members are those that AWS calls no longer in use and still fills.

use watchtrail_core::time::{DAY, Timestamp};
use watchtrail_service::wording::trail as wording;
use watchtrail_service::{Fault, Operation, Request, store_fault};
use watchtrail_store::trail::KeptAside;
use watchtrail_wire::shapes::cloudtrail::{GetTrailStatusRequest, GetTrailStatusResponse};

use crate::shape::{time, time_text};
use crate::trails;

/// How long the last text that was kept aside is told of.
const TOLD: i64 = 7 * DAY;

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
            latest_delivery_error: status.delivery_error.or_else(|| kept_aside(&status.aside, request.now)),
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

fn kept_aside(aside: &KeptAside, now: Timestamp) -> Option<String> {
    let is_new = now.millis() - aside.at < TOLD;
    (aside.count > 0 && is_new).then(|| wording::kept_aside(aside.count, &aside.reason))
}
