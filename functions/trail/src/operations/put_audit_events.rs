//! PutAuditEvents: <https://docs.aws.amazon.com/awscloudtraildata/latest/APIReference/API_PutAuditEvents.html>.
//!
//! One write, however many events. An event that is not valid fails alone. The id of a record follows from the channel and the event's UID: an event
//! that is put again is the same event, and counts once. `externalId` belongs to channels' resource policies, which do not exist here: it is not looked at.

use std::collections::BTreeSet;

use watchtrail_service::wording::trail as wording;
use watchtrail_service::{Fault, Operation, Request, store_fault};
use watchtrail_store::trail::Channel;
use watchtrail_wire::shapes::cloudtrail_data::{
    AuditEvent, AuditEventResultEntry, PutAuditEventsRequest, PutAuditEventsResponse, ResultErrorEntry,
};

use crate::audit_events::{self, Arrival};
use crate::channels;
use crate::faults::data_worded;

pub(crate) struct PutAuditEvents;

impl Operation for PutAuditEvents {
    const NAME: &'static str = "PutAuditEvents";
    type Input = PutAuditEventsRequest;
    type Output = PutAuditEventsResponse;

    async fn run(request: &Request<'_>, input: Self::Input) -> Result<Self::Output, Fault> {
        let channel = channel(request, &input.channel_arn.unwrap_or_default()).await?;
        let events = input.audit_events.unwrap_or_default();
        check_ids(&events)?;
        let scope = request.scope();
        let channel_arn = channel.arn(scope);
        let arrival = Arrival { scope, channel_arn: &channel_arn, now: request.now };
        let (mut records, mut successful, mut failed) = (Vec::new(), Vec::new(), Vec::new());
        for event in events {
            match audit_events::record(&arrival, &event) {
                Ok(record) => {
                    successful.push(AuditEventResultEntry { event_id: Some(record.id), id: event.id });
                    records.push(record.json);
                }
                Err((code, message)) => failed.push(ResultErrorEntry {
                    error_code: Some(code.to_owned()),
                    error_message: Some(message.chars().take(1024).collect()),
                    id: event.id,
                }),
            }
        }
        let records: Vec<&str> = records.iter().map(String::as_str).collect();
        request.bills(records.iter().map(|record| record.len() as u64).sum());
        let ulid = request.context.ulid(request.now);
        request.context.store.trail.append(scope, &records, ulid, request.now).await.map_err(store_fault)?;
        Ok(PutAuditEventsResponse { failed: Some(failed), successful: Some(successful) })
    }
}

async fn channel(request: &Request<'_>, arn: &str) -> Result<Channel, Fault> {
    let (scope, id) = channels::in_arn(arn).ok_or_else(|| data_worded(wording::put_channel_arn(arn)))?;
    if scope.account != request.scope().account {
        return Err(data_worded(wording::put_others_channel(arn)));
    }
    let missing = || data_worded(wording::put_no_such_channel(arn));
    if scope.region != request.scope().region {
        return Err(missing());
    }
    let found = request.context.store.trail.channel(&scope, &id).await.map_err(store_fault)?;
    found.map(|read| read.value).ok_or_else(missing)
}

/// The ids tell the results apart.
fn check_ids(events: &[AuditEvent]) -> Result<(), Fault> {
    let mut ids = BTreeSet::new();
    let twice = events.iter().filter_map(|event| event.id.as_deref()).find(|id| !ids.insert(*id));
    twice.map_or(Ok(()), |id| Err(data_worded(wording::put_duplicate(id))))
}
