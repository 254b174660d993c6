//! DescribeLogStreams: <https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_DescribeLogStreams.html>.
//!
//! A stream's times are true at once, where AWS's may be an hour late. Streams without events stand before all others in ascending order;
//! where AWS puts them is unknown.

use std::cmp::Reverse;

use ulid::Ulid;
use watchtrail_service::wording::logs as wording;
use watchtrail_service::{Fault, Operation, Request, store_fault};
use watchtrail_store::logs::{LogGroup, LogStream, Waiting};
use watchtrail_store::{Order, Partition};
use watchtrail_wire::shapes::logs as wire;
use wire::{DescribeLogStreamsRequest, DescribeLogStreamsResponse};

use crate::faults::worded;
use crate::groups;
use crate::paging::{PAGE, Paging};

pub(crate) struct DescribeLogStreams;

impl Operation for DescribeLogStreams {
    const NAME: &'static str = "DescribeLogStreams";
    type Input = DescribeLogStreamsRequest;
    type Output = DescribeLogStreamsResponse;

    async fn run(request: &Request<'_>, mut input: Self::Input) -> Result<Self::Output, Fault> {
        let (limit, token) = (input.limit.take().unwrap_or(PAGE), input.next_token.take());
        let by_time = input.order_by.as_deref() == Some("LastEventTime");
        let name = input.log_group_name.clone();
        let name = groups::named(request, name, input.log_group_identifier.clone())?;
        if by_time && input.log_stream_name_prefix.is_some() {
            return Err(worded(wording::order_with_prefix()));
        }
        let group = groups::find(request, &name).await?;
        let partition = group.partition(request.scope());
        let waiting =
            request.context.store.logs.waiting(&partition, request.now).await.map_err(store_fault)?;
        let (found, next_token) = if by_time {
            by_last_event(request, &partition, &waiting, &input, token, limit).await?
        } else {
            by_name(request, &partition, &input, token, limit).await?
        };
        let streams =
            found.into_iter().map(|stream| shape(waiting.added_to(stream), &group, request)).collect();
        Ok(DescribeLogStreamsResponse { log_streams: Some(streams), next_token })
    }
}

type Found = (Vec<LogStream>, Option<String>);

async fn by_name(
    request: &Request<'_>,
    group: &Partition,
    input: &DescribeLogStreamsRequest,
    token: Option<String>,
    limit: i32,
) -> Result<Found, Fault> {
    let paging = Paging::<String>::of(request, input, token, limit)?;
    let order = if input.descending == Some(true) { Order::Descending } else { Order::Ascending };
    let prefix = input.log_stream_name_prefix.as_deref().unwrap_or_default();
    let logs = &request.context.store.logs;
    let found = logs.streams(group, prefix, paging.after.as_deref(), order, paging.enough()).await;
    Ok(paging.cut(found.map_err(store_fault)?, |stream| stream.name.clone()))
}

async fn by_last_event(
    request: &Request<'_>,
    group: &Partition,
    waiting: &Waiting,
    input: &DescribeLogStreamsRequest,
    token: Option<String>,
    limit: i32,
) -> Result<Found, Fault> {
    let all = request.context.store.logs.all_streams(group, "").await.map_err(store_fault)?;
    let all: Vec<LogStream> = all.into_iter().map(|stream| waiting.added_to(stream)).collect();
    let place = |stream: &LogStream| (stream.last, stream.name.clone());
    if input.descending == Some(true) {
        let paging = Paging::<Reverse<_>>::of(request, input, token, limit)?;
        return Ok(paging.of_all(all, |stream| Reverse(place(stream))));
    }
    Ok(Paging::of(request, input, token, limit)?.of_all(all, place))
}

fn shape(stream: LogStream, group: &LogGroup, request: &Request<'_>) -> wire::LogStream {
    let arn = format!("{}:log-stream:{}", group.arn(request.scope()), stream.name);
    wire::LogStream {
        arn: Some(arn),
        creation_time: Some(stream.created),
        first_event_timestamp: stream.first,
        last_event_timestamp: stream.last,
        last_ingestion_time: stream.ingested,
        upload_sequence_token: stream.ingested.map(|_| sequence_token(&stream.id)),
        stored_bytes: Some(0),
        log_stream_name: Some(stream.name),
    }
}

/// Something of the form of AWS's tokens, 56 digits; PutLogEvents ignores them.
fn sequence_token(stream_id: &str) -> String {
    let id = Ulid::from_string(stream_id).map_or(0, u128::from);
    format!("4961{id:052}")
}
