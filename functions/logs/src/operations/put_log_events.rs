//! PutLogEvents: <https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutLogEvents.html>.
//!
//! One request is one write, with the metrics that are made of its events and what subscriptions are to get. Sequence tokens are ignored, as
//! with AWS, and still answered. Entities are checked and not kept: nothing of this suite reads them yet.

use watchtrail_core::logs::event::EventKey;
use watchtrail_core::logs::intake::{self, EVENT_OVERHEAD};
use watchtrail_service::wording::{log_events as wording, logs as words};
use watchtrail_service::{Fault, Operation, Request, store_fault};
use watchtrail_store::logs::{Put, Target};
use watchtrail_wire::shapes::logs::{
    InputLogEvent, PutLogEventsRequest, PutLogEventsResponse, RejectedLogEventsInfo,
};

use crate::faults::{check_shape, worded};

/// Events of a request.
const MOST: usize = 10_000;

pub(crate) struct PutLogEvents;

impl Operation for PutLogEvents {
    const NAME: &'static str = "PutLogEvents";
    /// Ten thousand events are looked at once here, and only those of a request that looks wrong a second time by the frame.
    const CHECKS_ITS_SHAPE: bool = true;
    type Input = PutLogEventsRequest;
    type Output = PutLogEventsResponse;

    async fn run(request: &Request<'_>, input: Self::Input) -> Result<Self::Output, Fault> {
        if !looks_right(&input) {
            check_shape(&input)?;
        }
        let (Some(group), Some(stream), Some(events)) =
            (&input.log_group_name, &input.log_stream_name, &input.log_events)
        else {
            return Err(Fault::internal());
        };
        let logs = &request.context.store.logs;
        let target = logs.target(request.scope(), group, stream, request.now).await.map_err(store_fault)?;
        let writer = match target {
            Target::Open(writer) => writer,
            Target::NoGroup => return Err(worded(words::no_such_group())),
            Target::NoStream => return Err(worded(words::no_such_stream())),
        };
        let events: Vec<(i64, &str)> = events.iter().map(event).collect();
        request.bills(events.iter().map(|(_, message)| (message.len() + EVENT_OVERHEAD) as u64).sum());
        let sizes = events.iter().map(|(time, message)| (*time, message.len()));
        let taken = intake::judge(sizes, request.now, writer.kept_from(request.now))
            .map_err(|error| worded(wording::intake(error)))?;
        let ulid = request.context.ulid(request.now);
        let stored = logs.put(&writer, &events[taken.events.clone()], ulid, request.now).await;
        match stored.map_err(store_fault)? {
            Put::Stored => {
                Ok(answer(&taken, EventKey { timestamp: request.now.millis(), request: ulid.0, index: 0 }))
            }
            Put::NoGroup => Err(worded(words::no_such_group())),
            Put::NoStream => Err(worded(words::no_such_stream())),
        }
    }
}

/// Whether nothing in the request can violate its shape. What this says no to may still be right.
fn looks_right(input: &PutLogEventsRequest) -> bool {
    let plain = |name: &String| {
        let safe =
            |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_' | b'/' | b'#');
        (1..=512).contains(&name.len()) && name.bytes().all(safe)
    };
    let good = |event: &InputLogEvent| {
        event.timestamp.is_some_and(|time| time >= 0)
            && event.message.as_ref().is_some_and(|message| !message.is_empty())
    };
    input.entity.is_none()
        && input.sequence_token.is_none()
        && input.log_group_name.as_ref().is_some_and(plain)
        && input.log_stream_name.as_ref().is_some_and(plain)
        && input
            .log_events
            .as_ref()
            .is_some_and(|events| (1..=MOST).contains(&events.len()) && events.iter().all(good))
}

fn event(event: &InputLogEvent) -> (i64, &str) {
    (event.timestamp.unwrap_or_default(), event.message.as_deref().unwrap_or_default())
}

fn answer(taken: &intake::Taken, token: EventKey) -> PutLogEventsResponse {
    let index = |index: Option<usize>| index.and_then(|index| i32::try_from(index).ok());
    let rejected = RejectedLogEventsInfo {
        too_new_log_event_start_index: index(taken.too_new_from),
        too_old_log_event_end_index: index(taken.too_old_to),
        expired_log_event_end_index: index(taken.expired_to),
    };
    PutLogEventsResponse {
        next_sequence_token: Some(token.id()),
        rejected_log_events_info: (rejected != RejectedLogEventsInfo::default()).then_some(rejected),
        rejected_entity_info: None,
    }
}
