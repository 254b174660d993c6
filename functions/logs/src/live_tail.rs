//! Live Tail: a session that shows events as they come, as an event stream.
//!
//! AWS: <https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_StartLiveTail.html>. Each second one `sessionUpdate` with up to
//! 500 events; of more, some, and the update says that it was sampled. A session ends after three hours. It hears of what this
//! process writes: the local host. On Lambda, where each request may have a process of its own, Live Tail is refused.

use std::collections::HashMap;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use aws_smithy_eventstream::frame::write_message_to;
use aws_smithy_types::event_stream::{Header, HeaderValue, Message};
use bytes::{Bytes, BytesMut};
use futures::stream::{self, BoxStream, StreamExt};
use serde::Serialize;
use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::RecvError;
use tokio::time::{Instant, MissedTickBehavior, interval, timeout_at};
use watchtrail_core::logs::pattern::{Pattern, Purpose};
use watchtrail_service::wording::logs as wording;
use watchtrail_service::{Api, Context, Entry, Fault, Operation, Request};
use watchtrail_store::Partition;
use watchtrail_store::logs::Written;
use watchtrail_wire::shapes::logs::{
    LiveTailSessionLogEvent, LiveTailSessionMetadata, LiveTailSessionStart, LiveTailSessionUpdate,
    StartLiveTailRequest, StartLiveTailResponse,
};

use crate::faults::worded;
use crate::groups;

/// Events of an update.
const MOST: usize = 500;
/// A session's length.
const LONGEST: Duration = Duration::from_hours(3);

const API: Api =
    Api { model: &watchtrail_wire::shapes::logs::MODEL, operations: &[Entry::of::<StartLiveTail>()] };

/// What a request for a session is answered with.
pub enum LiveTail {
    /// An error, in one piece, as SDKs expect it before a stream begins.
    Refused(http::Response<Bytes>),
    /// The frames of an event stream, until the session ends.
    Session(BoxStream<'static, io::Result<Bytes>>),
}

/// The check of a request; what follows it is a stream, which no operation answers with.
struct StartLiveTail;

impl Operation for StartLiveTail {
    const NAME: &'static str = "StartLiveTail";
    type Input = StartLiveTailRequest;
    type Output = StartLiveTailResponse;

    async fn run(request: &Request<'_>, input: Self::Input) -> Result<Self::Output, Fault> {
        let identifiers = input.log_group_identifiers.as_deref().unwrap_or_default();
        let streams = [&input.log_stream_names, &input.log_stream_name_prefixes];
        let narrowed = streams.iter().filter(|names| names.is_some()).count();
        if narrowed > 1 {
            return Err(worded(wording::live_tail_streams()));
        }
        if narrowed == 1 && identifiers.len() > 1 {
            return Err(worded(wording::live_tail_groups()));
        }
        for identifier in identifiers {
            if identifier.ends_with('*') {
                return Err(worded(wording::group_identifier(identifier)));
            }
            let group = groups::find(request, &groups::identified(request, identifier)?).await?;
            if group.class != "STANDARD" {
                return Err(worded(wording::class_cannot(&group.class)));
            }
        }
        pattern(&input)?;
        Ok(StartLiveTailResponse {})
    }
}

fn pattern(input: &StartLiveTailRequest) -> Result<Option<Pattern>, Fault> {
    let text = input.log_event_filter_pattern.as_deref().filter(|text| !text.trim().is_empty());
    text.map(Pattern::parse).transpose().map_err(|error| worded(wording::pattern(&error, Purpose::Search)))
}

/// Whether a request is for Live Tail.
pub fn is_asked(headers: &http::HeaderMap) -> bool {
    headers.get("x-amz-target").is_some_and(|target| target.as_bytes().ends_with(b".StartLiveTail"))
}

/// Begins a session.
pub async fn start(context: &Context, request: http::Request<Bytes>) -> LiveTail {
    let (mut parts, body) = request.into_parts();
    // Who is not let in is refused below, where the request is checked.
    let _ = context.admit(&mut parts, &body, API.model.signing_name).await;
    let request = Request::of(context, &parts);
    // Heard from the first moment on: what is written while the request is checked belongs to the session.
    let heard = context.store.logs.listen();
    let again = http::Request::from_parts(parts.clone(), body.clone());
    let answer = API.handle(context, http::Request::from_parts(parts, body.clone())).await;
    if !answer.status().is_success() {
        return LiveTail::Refused(answer);
    }
    let input: StartLiveTailRequest = serde_json::from_slice(&body).unwrap_or_default();
    match Session::new(&request, input, heard).await {
        Ok((session, first)) => LiveTail::Session(stream::iter(first).chain(session.updates()).boxed()),
        // The group was deleted between the check and now.
        Err(_) => LiveTail::Refused(API.handle(context, again).await),
    }
}

struct Session {
    groups: HashMap<Partition, String>,
    names: Option<Vec<String>>,
    prefixes: Option<Vec<String>>,
    pattern: Option<Pattern>,
    heard: Receiver<Arc<Written>>,
    began: Option<Instant>,
    ticks: tokio::time::Interval,
}

impl Session {
    async fn new(
        request: &Request<'_>,
        input: StartLiveTailRequest,
        heard: Receiver<Arc<Written>>,
    ) -> Result<(Self, Vec<io::Result<Bytes>>), Fault> {
        let mut watched = HashMap::new();
        for identifier in input.log_group_identifiers.iter().flatten() {
            let group = groups::find(request, &groups::identified(request, identifier)?).await?;
            let shown = format!("{}:{}", request.scope().account, group.name);
            watched.insert(group.partition(request.scope()), shown);
        }
        let start = LiveTailSessionStart {
            request_id: Some(request.request_id.clone()),
            session_id: Some(request.context.request_id()),
            log_group_identifiers: input.log_group_identifiers.clone(),
            log_stream_names: Some(input.log_stream_names.clone().unwrap_or_default()),
            log_stream_name_prefixes: Some(input.log_stream_name_prefixes.clone().unwrap_or_default()),
            log_event_filter_pattern: Some(input.log_event_filter_pattern.clone().unwrap_or_default()),
        };
        let mut ticks = interval(Duration::from_secs(1));
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let session = Self {
            groups: watched,
            pattern: pattern(&input)?,
            names: input.log_stream_names,
            prefixes: input.log_stream_name_prefixes,
            heard,
            began: None,
            ticks,
        };
        // A stream of this protocol begins with the response itself.
        let first = vec![event("initial-response", &StartLiveTailResponse {}), event("sessionStart", &start)];
        Ok((session, first))
    }

    fn updates(self) -> impl futures::Stream<Item = io::Result<Bytes>> + Send + 'static {
        stream::unfold(Some(self), |session| async move {
            let mut session = session?;
            // The first tick comes at once.
            let now = session.ticks.tick().await;
            let began = *session.began.get_or_insert(now);
            if now.duration_since(began) >= LONGEST {
                let message = serde_json::json!({ "message": "Your Live Tail session has timed out." });
                return Some((exception("SessionTimeoutException", &message), None));
            }
            let update = session.update(now).await?;
            Some((event("sessionUpdate", &update), Some(session)))
        })
    }

    /// What came since the last update; nothing when the process ends.
    async fn update(&mut self, until: Instant) -> Option<LiveTailSessionUpdate> {
        let (mut found, mut sampled) = (Vec::new(), false);
        loop {
            // What is there is taken, and nothing is waited for.
            match timeout_at(until, self.heard.recv()).await {
                Ok(Ok(written)) => self.take(&written, &mut found, &mut sampled),
                // More came than is kept for sessions that do not listen.
                Ok(Err(RecvError::Lagged(_))) => sampled = true,
                Ok(Err(RecvError::Closed)) => return None,
                Err(_) => break,
            }
        }
        Some(LiveTailSessionUpdate {
            session_metadata: Some(LiveTailSessionMetadata { sampled: Some(sampled) }),
            session_results: Some(found),
        })
    }

    fn take(&self, written: &Written, found: &mut Vec<LiveTailSessionLogEvent>, sampled: &mut bool) {
        let Some(group) = self.groups.get(&written.group) else { return };
        let named = self.names.as_ref().is_none_or(|names| names.contains(&written.stream));
        let prefixed = self
            .prefixes
            .as_ref()
            .is_none_or(|prefixes| prefixes.iter().any(|prefix| written.stream.starts_with(prefix)));
        if !named || !prefixed {
            return;
        }
        for (timestamp, message) in &written.events {
            if self.pattern.as_ref().is_some_and(|pattern| !pattern.matches(message)) {
                continue;
            }
            if found.len() == MOST {
                *sampled = true;
                return;
            }
            found.push(LiveTailSessionLogEvent {
                log_stream_name: Some(written.stream.clone()),
                log_group_identifier: Some(group.clone()),
                message: Some(message.clone()),
                timestamp: Some(*timestamp),
                ingestion_time: Some(written.ingested),
            });
        }
    }
}

fn event(kind: &'static str, payload: &impl Serialize) -> io::Result<Bytes> {
    frame(&[(":message-type", "event"), (":event-type", kind)], payload)
}

fn exception(kind: &'static str, payload: &impl Serialize) -> io::Result<Bytes> {
    frame(&[(":message-type", "exception"), (":exception-type", kind)], payload)
}

fn frame(headers: &[(&'static str, &'static str)], payload: &impl Serialize) -> io::Result<Bytes> {
    let mut message = Message::new(serde_json::to_vec(payload)?);
    for (name, value) in headers.iter().chain(&[(":content-type", "application/json")]) {
        message = message.add_header(Header::new(*name, HeaderValue::String((*value).into())));
    }
    let mut bytes = BytesMut::new();
    write_message_to(&message, &mut bytes).map_err(io::Error::other)?;
    Ok(bytes.freeze())
}
