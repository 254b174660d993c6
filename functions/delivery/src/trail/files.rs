//! Log files: `{"Records":[…]}`, gzipped, under CloudTrail's keys in the trail's bucket.

use libdeflater::{CompressionLvl, Compressor};
use watchtrail_core::trail::digest::File;
use watchtrail_core::trail::layout::{self, Place};
use watchtrail_store::StoreError;
use watchtrail_store::trail::{LogFile, Lot, Trail, error_code, sha256};
use xxhash_rust::xxh3::xxh3_128;

use super::{Refusal, Task, Wanted};

/// Records of a file …
const RECORDS: usize = 5_000;
/// … and bytes of it before compression: CloudTrail's own have at most 50 MB.
const BYTES: usize = 24 << 20;

/// libdeflate's: its first level makes real records a little smaller than zlib's third does, and is no slower.
const LEVEL: i32 = 1;

/// Puts the files of a lot and moves the cursor on; answers how many.
pub(super) async fn deliver(
    task: &Task<'_>,
    lot: &Lot,
    step: (u64, u64),
    wanted: &[Wanted<'_>],
) -> Result<u64, Refusal> {
    let Some(trail) = task.trail() else { return Ok(0) };
    let mut files = Vec::new();
    let mut text = String::new();
    for (part, records) in parts(wanted).into_iter().enumerate() {
        let key = key(task, trail, lot, part);
        write(records, &mut text);
        let (packed, hash) = (gzip(&text)?, sha256(text.as_bytes()));
        let put = task.context.store.trail.put_file(trail, &key, packed, &[]).await;
        put.map_err(|error| Refusal::Theirs(error_code(&error)))?;
        let times = || records.iter().map(|wanted| wanted.record.time);
        let (Some(oldest), Some(newest)) = (times().min(), times().max()) else { continue };
        let file = File { bucket: trail.bucket.clone(), key, hash, oldest, newest };
        files.push(LogFile { generation: lot.generation, at: task.now, file });
    }
    // The list is for notices and digests: nobody reads it where there are none.
    let listed = trail.topic.is_some() || trail.validated_since.is_some();
    let list = if listed { &files[..] } else { &[] };
    task.context.store.trail.delivered(&task.hand, step, list).await?;
    Ok(files.len() as u64)
}

fn key(task: &Task<'_>, trail: &Trail, lot: &Lot, part: usize) -> String {
    let what = format!("{}/{}/{}/{part}", trail.id, task.partition, lot.generation);
    let place = place(trail, task.region());
    layout::log_file(place, lot.at, &layout::unique(xxh3_128(what.as_bytes())))
}

pub(super) fn place<'a>(trail: &'a Trail, region: &'a str) -> Place<'a> {
    Place { prefix: trail.prefix.as_deref(), account: &trail.scope.account, region }
}

fn parts<'w, 'r>(wanted: &'w [Wanted<'r>]) -> Vec<&'w [Wanted<'r>]> {
    let (mut parts, mut start, mut bytes) = (Vec::new(), 0, 0);
    for (at, one) in wanted.iter().enumerate() {
        if at > start && (at - start >= RECORDS || bytes + one.record.json.len() > BYTES) {
            parts.push(&wanted[start..at]);
            (start, bytes) = (at, 0);
        }
        bytes += one.record.json.len() + 1;
    }
    parts.push(&wanted[start..]);
    parts
}

/// Writes the text of a file.
fn write(records: &[Wanted<'_>], text: &mut String) {
    text.clear();
    text.reserve(records.iter().map(|wanted| wanted.record.json.len() + 1).sum::<usize>() + 16);
    text.push_str("{\"Records\":[");
    for (number, wanted) in records.iter().enumerate() {
        if number > 0 {
            text.push(',');
        }
        text.push_str(wanted.record.json);
    }
    text.push_str("]}");
}

/// The same bytes for the same text: the header has no time.
pub(super) fn gzip(text: &str) -> Result<Vec<u8>, StoreError> {
    let failed = |message: String| StoreError::Corrupt { what: "a file".to_owned(), message };
    let level = CompressionLvl::new(LEVEL).map_err(|error| failed(format!("{error:?}")))?;
    let mut compressor = Compressor::new(level);
    let mut packed = vec![0; compressor.gzip_compress_bound(text.len())];
    let length = compressor.gzip_compress(text.as_bytes(), &mut packed);
    packed.truncate(length.map_err(|error| failed(error.to_string()))?);
    Ok(packed)
}
