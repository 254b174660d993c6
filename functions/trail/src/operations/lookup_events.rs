//! LookupEvents: <https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_LookupEvents.html>.
//!
//! Beyond AWS, several attributes may be given at once (all must match), and there is no limit of two requests a second.

use watchtrail_core::time::DAY;
use watchtrail_core::trail::record::Record;
use watchtrail_service::wording::trail as wording;
use watchtrail_service::{Fault, Operation, Request, store_fault, token};
use watchtrail_store::trail::{Attribute, Lookup, LookupKey};
use watchtrail_wire::shapes::cloudtrail::{
    Event, LookupAttribute, LookupEventsRequest, LookupEventsResponse, Resource,
};

use crate::faults::worded;
use crate::shape;

/// Events of a page.
const MOST: i32 = 50;
/// How far back events can be looked up.
const REACH: i64 = 90 * DAY;
/// Characters of an attribute's value.
const LONGEST_VALUE: usize = 2_000;

pub(crate) struct LookupEvents;

impl Operation for LookupEvents {
    const NAME: &'static str = "LookupEvents";
    // What AWS refuses in its own words would be violations of the shape.
    const CHECKS_ITS_SHAPE: bool = true;
    type Input = LookupEventsRequest;
    type Output = LookupEventsResponse;

    async fn run(request: &Request<'_>, mut input: Self::Input) -> Result<Self::Output, Fault> {
        let limit = limit(input.max_results.take())?;
        let given = input.next_token.take();
        let fingerprint = token::fingerprint(&request.scope().to_string(), &input);
        let attributes = attributes(input.lookup_attributes)?;
        match input.event_category.as_deref() {
            None => {}
            Some("insight") => return Err(worded(wording::unsupported("CloudTrail Insights"))),
            Some(other) => return Err(worded(wording::event_category(other))),
        }
        let now = request.now.millis();
        let start = input.start_time.map_or(i64::MIN, watchtrail_wire::Timestamp::millis);
        let end = input.end_time.map_or(now, watchtrail_wire::Timestamp::millis);
        if start > end {
            return Err(worded(wording::time_range()));
        }
        let after: Option<LookupKey> = given
            .map(|given| token::read(&given, fingerprint))
            .transpose()
            .map_err(|_| worded(wording::next_token()))?;
        let range = start.max(now - REACH)..end.saturating_add(1);
        let lookup = Lookup { range, attributes, after, limit: limit + 1 };
        let trail = &request.context.store.trail;
        let mut found = trail.lookup(request.scope(), &lookup, request.now).await.map_err(store_fault)?;
        let more = found.len() > limit;
        found.truncate(limit);
        let records: Vec<Record<'_>> = found.iter().filter_map(|json| Record::parse(json).ok()).collect();
        let last = records.last().filter(|_| more);
        let place = last.map(|last| LookupKey { time: last.time.millis(), id: last.id.to_string() });
        Ok(LookupEventsResponse {
            next_token: place.and_then(|place| token::write(fingerprint, &place)),
            events: Some(records.iter().map(event).collect()),
        })
    }
}

fn limit(given: Option<i32>) -> Result<usize, Fault> {
    let given = given.unwrap_or(MOST);
    let limit = usize::try_from(given).ok().filter(|_| (1..=MOST).contains(&given));
    limit.ok_or_else(|| worded(wording::max_results(given, MOST)))
}

fn attributes(given: Option<Vec<LookupAttribute>>) -> Result<Vec<(Attribute, String)>, Fault> {
    let read = |attribute: LookupAttribute| {
        let key = attribute.attribute_key.unwrap_or_default();
        let parsed = match key.as_str() {
            "AccessKeyId" => Attribute::AccessKeyId,
            "EventId" => Attribute::EventId,
            "EventName" => Attribute::EventName,
            "EventSource" => Attribute::EventSource,
            "ReadOnly" => Attribute::ReadOnly,
            "ResourceName" => Attribute::ResourceName,
            "ResourceType" => Attribute::ResourceType,
            "Username" => Attribute::Username,
            other => return Err(worded(wording::lookup_attribute(other))),
        };
        let value = attribute.attribute_value.unwrap_or_default();
        if value.is_empty() || value.chars().count() > LONGEST_VALUE {
            return Err(worded(wording::lookup_value(&key)));
        }
        Ok((parsed, value))
    };
    given.unwrap_or_default().into_iter().map(read).collect()
}

fn event(record: &Record<'_>) -> Event {
    let resource = |resource: &watchtrail_core::trail::record::Resource<'_>| Resource {
        resource_type: resource.kind.as_deref().map(str::to_owned),
        resource_name: resource.name().map(str::to_owned),
    };
    Event {
        event_id: Some(record.id.to_string()),
        event_name: Some(record.name.to_string()),
        read_only: record.read_only.map(|only| only.to_string()),
        access_key_id: record.identity.access_key_id.as_deref().map(str::to_owned),
        event_time: Some(shape::time(record.time.millis())),
        event_source: Some(record.source.to_string()),
        username: record.identity.name().map(str::to_owned),
        resources: Some(record.resources.iter().map(resource).collect()),
        cloud_trail_event: Some(record.json.to_owned()),
    }
}
