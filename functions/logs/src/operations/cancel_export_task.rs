//! CancelExportTask: <https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_CancelExportTask.html>.
//!
//! A task that nobody has begun is cancelled at once, one that runs when whoever carries it out sees it.

use watchtrail_service::wording::logs as wording;
use watchtrail_service::{Fault, Operation, Request};
use watchtrail_store::logs::{ExportTask, Kind};
use watchtrail_wire::shapes::logs::CancelExportTaskRequest;

use crate::faults::worded;
use crate::resources;

pub(crate) struct CancelExportTask;

impl Operation for CancelExportTask {
    const NAME: &'static str = "CancelExportTask";
    type Input = CancelExportTaskRequest;
    type Output = ();

    async fn run(request: &Request<'_>, input: Self::Input) -> Result<Self::Output, Fault> {
        let id = input.task_id.unwrap_or_default();
        resources::change(request, Kind::ExportTask, &id, |known: Option<&ExportTask>| {
            let mut task = known.ok_or_else(|| worded(wording::no_such_export()))?.clone();
            match &*task.status {
                "PENDING" => {
                    "CANCELLED".clone_into(&mut task.status);
                    task.message = Some("Cancelled by user".to_owned());
                    task.completed = Some(request.now.millis());
                }
                "RUNNING" => "PENDING_CANCEL".clone_into(&mut task.status),
                "PENDING_CANCEL" => {}
                _ => return Err(worded(wording::export_is_over())),
            }
            Ok(task)
        })
        .await?;
        Ok(())
    }
}
