//! The events that CloudTrail puts on the event bus:
//! <https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-service-event-cloudtrail.html>.
//!
//! Management calls that only read are not among them: a rule gets those only in the state `ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS`
//! (<https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-service-event-cloudtrail-management.html>), and here is no rule that could be in it.

use serde::Serialize;
use watchtrail_core::trail::record::{Category, Record};
use watchtrail_service::uuid_of;
use xxhash_rust::xxh3::xxh3_128;

use super::{Task, Wanted};

/// Hands each record over once, however many trails want it.
pub(super) fn send(task: &Task<'_>, wanted: &[Wanted<'_>]) {
    for one in wanted.iter().filter(|one| !only_reads(one.record)) {
        task.context.outbound.put_event(event(task, one));
    }
}

/// AWS goes by the name: `AssumeRole` only reads, and is among the events.
fn only_reads(record: &Record<'_>) -> bool {
    let verbs = ["Describe", "Get", "List"];
    record.category == Category::Management
        && record.read_only == Some(true)
        && verbs.iter().any(|verb| record.name.starts_with(verb))
}

fn event(task: &Task<'_>, wanted: &Wanted<'_>) -> String {
    let record = wanted.record;
    let detail_type = match record.kind.as_deref() {
        Some("AwsConsoleSignIn") => "AWS Console Sign In via CloudTrail",
        Some("AwsConsoleAction") => "AWS Console Action via CloudTrail",
        Some("AwsServiceEvent") => "AWS Service Event via CloudTrail",
        Some("AwsCloudTrailInsight") => "AWS Insight via CloudTrail",
        _ => "AWS API Call via CloudTrail",
    };
    let service = record.source.split('.').next().unwrap_or_default();
    let envelope = Envelope {
        version: "0",
        id: uuid_of(xxh3_128(record.id.as_bytes())),
        detail_type,
        source: format!("aws.{service}"),
        account: &task.partition.scope.account,
        time: record.time.floor_to(1).to_string(),
        region: task.region(),
        resources: [],
    };
    // The record stands last and as it is.
    let envelope = serde_json::to_string(&envelope).unwrap_or_default();
    format!("{},\"detail\":{}}}", envelope.trim_end_matches('}'), record.json)
}

/// An event without its `detail`.
#[derive(Serialize)]
struct Envelope<'a> {
    version: &'static str,
    id: String,
    #[serde(rename = "detail-type")]
    detail_type: &'static str,
    source: String,
    account: &'a str,
    time: String,
    region: &'a str,
    resources: [(); 0],
}
