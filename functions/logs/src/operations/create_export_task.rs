//! CreateExportTask: <https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_CreateExportTask.html>.
//!
//! The bucket is tried and the task recorded here; it is carried out elsewhere. That `to` must not be
//! earlier than the group's creation is documented, but AWS was observed not to mind.

use watchtrail_service::wording::logs as wording;
use watchtrail_service::{Fault, Operation, Request, store_fault};
use watchtrail_store::StoreError;
use watchtrail_store::logs::{ExportTask, LogGroup};
use watchtrail_wire::shapes::logs::{CreateExportTaskRequest, CreateExportTaskResponse};

use crate::faults::worded;
use crate::groups::{self, ATTEMPTS};

pub(crate) struct CreateExportTask;

impl Operation for CreateExportTask {
    const NAME: &'static str = "CreateExportTask";
    type Input = CreateExportTaskRequest;
    type Output = CreateExportTaskResponse;

    async fn run(request: &Request<'_>, input: Self::Input) -> Result<Self::Output, Fault> {
        if input.from > input.to {
            return Err(worded(wording::export_range()));
        }
        let group = groups::find(request, input.log_group_name.as_deref().unwrap_or_default()).await?;
        if group.class != "STANDARD" {
            return Err(worded(wording::class_cannot_export(&group.class)));
        }
        let task = task(request, input, group);
        // Whoever may export may not write beside the suite's own objects.
        if request.context.store.is_own_bucket(&task.destination) {
            return Err(worded(wording::bucket_refuses()));
        }
        let (logs, scope) = (&request.context.store.logs, request.scope());
        match logs.test_export(&task).await {
            Ok(()) => {}
            Err(StoreError::Unavailable { message, .. }) if message.starts_with("NoSuchBucket") => {
                return Err(worded(wording::no_such_bucket()));
            }
            Err(StoreError::Unavailable { .. }) => return Err(worded(wording::bucket_refuses())),
            Err(error) => return Err(store_fault(error)),
        }
        for _ in 0..ATTEMPTS {
            let (known, last) = logs.last_export(scope).await.map_err(store_fault)?;
            if known.is_some_and(|known| known.is_active()) {
                return Err(worded(wording::limit()));
            }
            match logs.create_export(scope, &task, &last).await {
                Ok(()) => return Ok(CreateExportTaskResponse { task_id: Some(task.id) }),
                Err(StoreError::Conflict) => {}
                Err(error) => return Err(store_fault(error)),
            }
        }
        Err(worded(wording::contended()))
    }
}

fn task(request: &Request<'_>, input: CreateExportTaskRequest, group: LogGroup) -> ExportTask {
    ExportTask {
        id: request.context.request_id(),
        name: input.task_name,
        group: group.name,
        group_id: group.id,
        stream_prefix: input.log_stream_name_prefix,
        from: input.from.unwrap_or_default(),
        to: input.to.unwrap_or_default(),
        destination: input.destination.unwrap_or_default(),
        prefix: input.destination_prefix.unwrap_or_else(|| "exportedlogs".to_owned()),
        status: "PENDING".to_owned(),
        message: None,
        created: request.now.millis(),
        completed: None,
    }
}
