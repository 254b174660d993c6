//! GetLogEvents: <https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_GetLogEvents.html>.
//!
//! A token is a direction, a place between two events, and the stream that it belongs to: `f/<56 digits>/<stream>`. At either end of the
//! stream the token of that direction comes back unchanged, which is how clients know the end.

use ulid::Ulid;
use watchtrail_core::logs::event::EventKey;
use watchtrail_core::logs::intake::MOST_BYTES;
use watchtrail_service::wording::logs as words;
use watchtrail_service::{Fault, Operation, Request, store_fault};
use watchtrail_store::Order;
use watchtrail_store::logs::{Ask, Event, Streams};
use watchtrail_wire::shapes::logs::{GetLogEventsRequest, GetLogEventsResponse, OutputLogEvent};

use crate::faults::worded;
use crate::groups;

/// Events of a page.
const MOST: usize = 10_000;
/// The latest time that a token can tell: what an event id has digits for, in the year 2527.
const LATEST: i64 = (1 << 44) - 1;

pub(crate) struct GetLogEvents;

impl Operation for GetLogEvents {
    const NAME: &'static str = "GetLogEvents";
    type Input = GetLogEventsRequest;
    type Output = GetLogEventsResponse;

    async fn run(request: &Request<'_>, input: Self::Input) -> Result<Self::Output, Fault> {
        let logs = &request.context.store.logs;
        let name = groups::named(request, input.log_group_name.clone(), input.log_group_identifier.clone())?;
        let group = groups::find(request, &name).await?;
        let name = input.log_stream_name.unwrap_or_default();
        let stream = logs.stream(&group.partition(request.scope()), &name).await.map_err(store_fault)?;
        let Some(stream) = stream else { return Err(worded(words::no_such_stream())) };
        let id = Ulid::from_string(&stream.id).map_err(|_| Fault::internal())?;
        let given = input.next_token.as_deref().map(|token| Token::parse(token, id)).transpose()?;
        let order = match (&given, input.start_from_head) {
            (Some(token), _) => token.order,
            (None, Some(true)) => Order::Ascending,
            (None, _) => Order::Descending,
        };
        let range = input.start_time.unwrap_or(0)..input.end_time.unwrap_or(i64::MAX);
        let ask = Ask {
            streams: Streams::Id(id),
            range: range.clone(),
            pattern: None,
            order,
            after: given.as_ref().map(|token| token.place),
            limit: input.limit.and_then(|limit| usize::try_from(limit).ok()).unwrap_or(MOST),
            bytes: MOST_BYTES,
            searched: u64::MAX,
        };
        let page = logs.events(request.scope(), &group, ask, request.now).await.map_err(store_fault)?;
        let (forward, backward) = tokens(&page.events, given.as_ref(), range.start);
        Ok(GetLogEventsResponse {
            next_forward_token: Some(Token { order: Order::Ascending, place: forward }.text(id)),
            next_backward_token: Some(Token { order: Order::Descending, place: backward }.text(id)),
            events: Some(page.events.into_iter().map(shape).collect()),
        })
    }
}

fn shape(event: Event) -> OutputLogEvent {
    OutputLogEvent {
        timestamp: Some(event.key.timestamp),
        message: Some(event.message),
        ingestion_time: Some(event.ingested),
    }
}

/// Where to go on behind a page, and before it.
fn tokens(events: &[Event], given: Option<&Token>, start: i64) -> (EventKey, EventKey) {
    match (events.first(), events.last(), given) {
        (Some(first), Some(last), _) => (last.key, first.key),
        // The end: what was given comes back, and the way back begins with the event that was returned last.
        (_, _, Some(Token { order: Order::Ascending, place })) => (*place, behind(*place)),
        (_, _, Some(Token { order: Order::Descending, place })) => (before(*place), *place),
        // Nothing there yet: forward goes whatever comes.
        _ => {
            let start = EventKey::before(start.clamp(0, LATEST));
            (start, start)
        }
    }
}

/// The place right behind an event.
fn behind(key: EventKey) -> EventKey {
    EventKey { index: key.index + 1, ..key }
}

/// The place right before an event.
fn before(key: EventKey) -> EventKey {
    match (key.index, key.request) {
        (0, 0) => EventKey { timestamp: key.timestamp.saturating_sub(1), request: u128::MAX, index: 16_383 },
        (0, request) => EventKey { request: request - 1, index: 16_383, ..key },
        (index, _) => EventKey { index: index - 1, ..key },
    }
}

/// Where a page goes on.
#[derive(Debug, PartialEq)]
struct Token {
    order: Order,
    place: EventKey,
}

impl Token {
    fn text(&self, stream: Ulid) -> String {
        let direction = if self.order == Order::Ascending { 'f' } else { 'b' };
        format!("{direction}/{}/{stream}", self.place.id())
    }

    fn parse(text: &str, stream: Ulid) -> Result<Self, Fault> {
        let parts: Vec<&str> = text.split('/').collect();
        let read = || {
            let [direction, place, of] = parts[..] else { return None };
            let order = match direction {
                "f" => Order::Ascending,
                "b" => Order::Descending,
                _ => return None,
            };
            (of == stream.to_string()).then_some(Self { order, place: EventKey::parse(place)? })
        };
        read().ok_or_else(|| worded(words::next_token()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_are_of_one_stream() {
        let place = EventKey { timestamp: 1_795_300_000_000, request: 7, index: 3 };
        for order in [Order::Ascending, Order::Descending] {
            let text = Token { order, place }.text(Ulid(5));
            assert_eq!(Token::parse(&text, Ulid(5)).unwrap(), Token { order, place });
            assert!(Token::parse(&text, Ulid(6)).is_err());
        }
        for wrong in ["", "f", "f//", "x/1/2", "f/12/00000000000000000000000005"] {
            assert!(Token::parse(wrong, Ulid(5)).is_err(), "{wrong}");
        }
    }

    #[test]
    fn tokens_of_nothing_can_be_read_whatever_the_start() {
        for start in [i64::MIN, 0, 1_795_300_000_000, 1 << 44, 1 << 53, i64::MAX] {
            let (forward, backward) = tokens(&[], None, start);
            assert_eq!(forward, backward);
            assert_eq!(EventKey::parse(&forward.id()), Some(forward), "{start}");
        }
    }

    #[test]
    fn places_lie_between_events() {
        for key in [EventKey::before(5), EventKey { timestamp: 5, request: 9, index: 0 }] {
            assert!(before(key) < key && key < behind(key));
            assert_eq!(EventKey::parse(&before(key).id()), Some(before(key)));
        }
    }
}
