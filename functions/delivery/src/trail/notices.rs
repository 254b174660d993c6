//! Notices of log files to the trail's topic:
//! <https://docs.aws.amazon.com/awscloudtrail/latest/userguide/configure-cloudtrail-to-send-notifications.html>.

use serde::Serialize;
use ulid::Ulid;
use watchtrail_store::trail::Lot;
use xxhash_rust::xxh3::xxh3_128;

use super::{Refusal, Task};

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Notice<'a> {
    s3_bucket: &'a str,
    s3_object_key: Vec<&'a str>,
}

/// Tells of the files of a lot; of none where it brought none.
pub(super) async fn send(task: &Task<'_>, lot: &Lot) -> Result<(), Refusal> {
    let Some(trail) = task.trail() else { return Ok(()) };
    let Some(topic) = &trail.topic else { return Ok(()) };
    let (after, through) = (lot.generation - 1, lot.generation);
    let files = task.context.store.trail.files(&trail.id, task.region(), after, through).await?;
    let Some(first) = files.first() else { return Ok(()) };
    let keys = files.iter().map(|file| file.file.key.as_str()).collect();
    let notice = Notice { s3_bucket: &first.file.bucket, s3_object_key: keys };
    let message = serde_json::to_string(&notice).unwrap_or_default();
    // A notice that is sent again is the same one.
    let id = Ulid::from_parts(lot.at.millis().unsigned_abs(), xxh3_128(first.file.key.as_bytes()));
    let sent = task.context.outbound.publish(topic, "", &message, id).await;
    sent.map_err(|error| Refusal::Theirs(error.message))
}
