//! DescribeExportTasks: <https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_DescribeExportTasks.html>.
//!
//! The newest first; AWS's order is not documented.

use std::cmp::Reverse;

use watchtrail_service::{Fault, Operation, Request};
use watchtrail_store::logs::{ExportTask, Kind};
use watchtrail_wire::shapes::logs as wire;
use wire::{DescribeExportTasksRequest, DescribeExportTasksResponse};

use crate::paging::{PAGE, Paging};
use crate::resources;

pub(crate) struct DescribeExportTasks;

impl Operation for DescribeExportTasks {
    const NAME: &'static str = "DescribeExportTasks";
    type Input = DescribeExportTasksRequest;
    type Output = DescribeExportTasksResponse;

    async fn run(request: &Request<'_>, mut input: Self::Input) -> Result<Self::Output, Fault> {
        let (limit, token) = (input.limit.take().unwrap_or(PAGE), input.next_token.take());
        let paging = Paging::<Reverse<(i64, String)>>::of(request, &input, token, limit)?;
        let mut found: Vec<ExportTask> = resources::all(request, Kind::ExportTask).await?;
        found.retain(|task| {
            input.task_id.as_ref().is_none_or(|id| task.id == *id)
                && input.status_code.as_ref().is_none_or(|status| task.status == *status)
        });
        let (found, next_token) = paging.of_all(found, |task| Reverse((task.created, task.id.clone())));
        let export_tasks = Some(found.into_iter().map(shape).collect());
        Ok(DescribeExportTasksResponse { export_tasks, next_token })
    }
}

fn shape(task: ExportTask) -> wire::ExportTask {
    wire::ExportTask {
        task_id: Some(task.id),
        task_name: task.name,
        log_group_name: Some(task.group),
        from: Some(task.from),
        to: Some(task.to),
        destination: Some(task.destination),
        destination_prefix: Some(task.prefix),
        status: Some(wire::ExportTaskStatus { code: Some(task.status), message: task.message }),
        execution_info: Some(wire::ExportTaskExecutionInfo {
            creation_time: Some(task.created),
            completion_time: task.completed,
        }),
    }
}
