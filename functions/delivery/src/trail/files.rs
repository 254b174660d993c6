//! Log files: `{"Records":[…]}`, gzipped, under CloudTrail's keys in the trail's bucket.

use std::io::Write as _;

use flate2::Compression;
use flate2::write::GzEncoder;
use watchtrail_core::trail::digest::File;
use watchtrail_core::trail::layout::{self, Place};
use watchtrail_store::StoreError;
use watchtrail_store::trail::{LogFile, Lot, Sha256, Trail, error_code};
use xxhash_rust::xxh3::xxh3_128;

use super::{Refusal, Task, Wanted};

/// Records of a file …
const RECORDS: usize = 5_000;
/// … and bytes of it before compression: CloudTrail's own have at most 50 MB.
const BYTES: usize = 24 << 20;

/// What the records are compressed with: real ones take 138 bytes each, and 126 by level 6, which takes longer.
const LEVEL: u32 = 3;

/// Puts the files of a lot and moves the cursor on; answers how many.
pub(super) async fn deliver(
    task: &Task<'_>,
    lot: &Lot,
    step: (u64, u64),
    wanted: &[Wanted<'_>],
) -> Result<u64, Refusal> {
    let Some(trail) = task.trail() else { return Ok(0) };
    let mut files = Vec::new();
    for (part, records) in parts(wanted).into_iter().enumerate() {
        let key = key(task, trail, lot, part);
        let (packed, hash) = pack(records).map_err(|error| Refusal::Theirs(error.to_string()))?;
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

/// A file of records, compressed, and the hash of what it was before. It is never whole in memory before compression.
fn pack(records: &[Wanted<'_>]) -> Result<(Vec<u8>, String), StoreError> {
    let length: usize = records.iter().map(|wanted| wanted.record.json.len() + 1).sum();
    let mut file = Packer::new(length);
    file.write("{\"Records\":[")?;
    for (number, wanted) in records.iter().enumerate() {
        if number > 0 {
            file.write(",")?;
        }
        file.write(wanted.record.json)?;
    }
    file.write("]}")?;
    file.finish()
}

/// The same bytes for the same text: the header has no time.
pub(super) fn gzip(text: &str) -> Result<Vec<u8>, StoreError> {
    let mut file = Packer::new(text.len());
    file.write(text)?;
    Ok(file.finish()?.0)
}

/// Compresses and hashes.
struct Packer {
    packed: GzEncoder<Vec<u8>>,
    hash: Sha256,
}

impl Packer {
    /// For about so many bytes: records shrink to an eighth.
    fn new(length: usize) -> Self {
        let packed = Vec::with_capacity(length / 7);
        Self { packed: GzEncoder::new(packed, Compression::new(LEVEL)), hash: Sha256::new() }
    }

    fn write(&mut self, text: &str) -> Result<(), StoreError> {
        self.hash.update(text.as_bytes());
        self.packed.write_all(text.as_bytes()).map_err(|error| failed(&error))
    }

    fn finish(self) -> Result<(Vec<u8>, String), StoreError> {
        Ok((self.packed.finish().map_err(|error| failed(&error))?, self.hash.hex()))
    }
}

fn failed(error: &std::io::Error) -> StoreError {
    StoreError::Corrupt { what: "a file".to_owned(), message: error.to_string() }
}
