//! FilterLogEvents: <https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_FilterLogEvents.html>.
//!
//! A page ends when it is full, or when enough was searched: then it may be empty and still have a token, as with AWS.

use std::collections::BTreeSet;
use std::sync::Arc;

use futures::future::try_join_all;
use serde::{Deserialize, Serialize};
use watchtrail_core::logs::event::EventKey;
use watchtrail_core::logs::intake::MOST_BYTES;
use watchtrail_core::logs::pattern::{Pattern, Purpose};
use watchtrail_service::wording::{log_events as wording, logs as words};
use watchtrail_service::{Fault, Operation, Request, store_fault, token};
use watchtrail_store::Order;
use watchtrail_store::logs::{Ask, Event, LogGroup, Streams};
use watchtrail_wire::shapes::logs::{FilterLogEventsRequest, FilterLogEventsResponse, FilteredLogEvent};

use crate::faults::worded;
use crate::groups;

/// Events of a page.
const MOST: usize = 10_000;
/// Bytes of messages that a request searches. Less than a second of one core.
const SEARCHED: u64 = 256 << 20;
/// 1 January 2024, in epoch milliseconds: the latest events first are answered from then on.
const DESCENDS_FROM: i64 = 1_704_067_200_000;

pub(crate) struct FilterLogEvents;

/// Where a page goes on, and in which direction.
#[derive(Serialize, Deserialize)]
struct Place {
    id: String,
    from_head: bool,
}

impl Operation for FilterLogEvents {
    const NAME: &'static str = "FilterLogEvents";
    type Input = FilterLogEventsRequest;
    type Output = FilterLogEventsResponse;

    async fn run(request: &Request<'_>, mut input: Self::Input) -> Result<Self::Output, Fault> {
        let given = input.next_token.take();
        let (limit, from_head) = (input.limit.take(), input.start_from_head.take());
        let fingerprint = token::fingerprint(&request.scope().to_string(), &input);
        let given: Option<Place> = given
            .map(|given| token::read(&given, fingerprint))
            .transpose()
            .map_err(|_| worded(words::next_token()))?;
        let from_head = given.as_ref().map_or(from_head.unwrap_or(true), |place| place.from_head);
        let first_page = given.is_none();
        let after = given.and_then(|place| EventKey::parse(&place.id));
        if !from_head && input.start_time.unwrap_or(0) < DESCENDS_FROM {
            return Err(worded(wording::descends_too_far()));
        }
        let name = groups::named(request, input.log_group_name.clone(), input.log_group_identifier.clone())?;
        let group = groups::find(request, &name).await?;
        let streams = streams(&input)?;
        if let (Streams::Names(names), true) = (&streams, first_page) {
            all_there(request, &group, names).await?;
        }
        let ask = Ask {
            streams,
            // The end is inclusive here.
            range: input.start_time.unwrap_or(0)
                ..input.end_time.map_or(i64::MAX, |end| end.saturating_add(1)),
            pattern: pattern(&input)?,
            order: if from_head { Order::Ascending } else { Order::Descending },
            after,
            limit: limit.and_then(|limit| usize::try_from(limit).ok()).unwrap_or(MOST),
            bytes: MOST_BYTES,
            searched: SEARCHED,
        };
        let logs = &request.context.store.logs;
        let mut page = logs.events(request.scope(), &group, ask, request.now).await.map_err(store_fault)?;
        if !from_head {
            page.events.reverse();
        }
        let place = page.next.map(|place| Place { id: place.id(), from_head });
        Ok(FilterLogEventsResponse {
            events: Some(page.events.into_iter().map(shape).collect()),
            // AWS: "As of May 15, 2020, this parameter is no longer supported. This parameter returns an empty list."
            searched_log_streams: Some(Vec::new()),
            next_token: place.and_then(|place| token::write(fingerprint, &place)),
        })
    }
}

fn streams(input: &FilterLogEventsRequest) -> Result<Streams, Fault> {
    match (&input.log_stream_names, &input.log_stream_name_prefix) {
        (Some(_), Some(_)) => Err(worded(wording::names_and_prefix())),
        (Some(names), None) => Ok(Streams::Names(names.iter().cloned().collect())),
        (None, Some(prefix)) => Ok(Streams::Prefix(prefix.clone())),
        (None, None) => Ok(Streams::All),
    }
}

/// AWS refuses a search in a stream that is not there (observed: `percona/rds_exporter`, issue 81). Asked once, at the first page.
async fn all_there(request: &Request<'_>, group: &LogGroup, names: &BTreeSet<String>) -> Result<(), Fault> {
    let (logs, partition) = (&request.context.store.logs, group.partition(request.scope()));
    let found = try_join_all(names.iter().map(|name| logs.stream(&partition, name))).await;
    let there = found.map_err(store_fault)?.iter().all(Option::is_some);
    if there { Ok(()) } else { Err(worded(words::no_such_stream())) }
}

fn pattern(input: &FilterLogEventsRequest) -> Result<Option<Arc<Pattern>>, Fault> {
    let Some(text) = input.filter_pattern.as_deref().filter(|text| !text.trim().is_empty()) else {
        return Ok(None);
    };
    let parsed = Pattern::parse(text).map_err(|error| worded(words::pattern(&error, Purpose::Search)))?;
    Ok(Some(Arc::new(parsed)))
}

fn shape(event: Event) -> FilteredLogEvent {
    FilteredLogEvent {
        log_stream_name: Some(event.stream),
        timestamp: Some(event.key.timestamp),
        message: Some(event.message),
        ingestion_time: Some(event.ingested),
        event_id: Some(event.key.id()),
    }
}
