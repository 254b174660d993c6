//! The log files of trails: putting them into the trail's bucket, and the list of those that digests and notices are still to name.

use watchtrail_core::time::{DAY, Timestamp};
use watchtrail_core::trail::digest::File;

use super::{Hand, Trail, TrailStore};
use crate::dynamo::{Attributes, Item, item as new_item, number, text, write};
use crate::error::StoreError;
use crate::keys::{Generation, item};

/// A digest that could not be delivered for so long does without files (milliseconds).
const LISTED: i64 = 35 * DAY;

/// A log file that was delivered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogFile {
    /// What of.
    pub generation: Generation,
    /// When it was delivered.
    pub at: Timestamp,
    /// Where, and what is in it.
    pub file: File,
}

impl LogFile {
    fn item(&self, trail: &str, region: &str, part: usize) -> Item {
        let mut made = new_item((item::trail_files(trail, region), sort_key(self.generation, part)));
        made.insert("bucket".into(), text(&self.file.bucket));
        made.insert("object".into(), text(&self.file.key));
        made.insert("sha256".into(), text(&self.file.hash));
        made.insert("oldest".into(), number(self.file.oldest.millis()));
        made.insert("newest".into(), number(self.file.newest.millis()));
        made.insert("delivered_at".into(), number(self.at.millis()));
        made.insert("expires".into(), number(self.at.plus_millis(LISTED).millis() / 1_000));
        made
    }

    fn parse(found: &Item) -> Result<Self, StoreError> {
        let at = |name| found.number(name).map(Timestamp::from_millis);
        let sk = found.text("sk")?;
        let wrong = || StoreError::corrupt("the list of log files", format!("{sk} is no key of it"));
        let generation = sk.split_once('#').and_then(|(generation, _)| generation.parse().ok());
        Ok(Self {
            generation: generation.ok_or_else(wrong)?,
            at: at("delivered_at")?,
            file: File {
                bucket: found.text("bucket")?.to_owned(),
                key: found.text("object")?.to_owned(),
                hash: found.text("sha256")?.to_owned(),
                oldest: at("oldest")?,
                newest: at("newest")?,
            },
        })
    }
}

fn sort_key(generation: Generation, part: usize) -> String {
    format!("{generation:012}#{part:06}")
}

/// SHA-256, in hex.
pub fn sha256(bytes: &[u8]) -> String {
    hex(ring::digest::digest(&ring::digest::SHA256, bytes).as_ref())
}

/// Bytes in hex.
pub(super) fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

impl TrailStore {
    /// Puts a file into the bucket of a trail.
    ///
    /// # Errors
    /// In S3's words; [`error_code`] tells its code.
    pub async fn put_file(
        &self,
        trail: &Trail,
        key: &str,
        body: Vec<u8>,
        metadata: &[(&str, &str)],
    ) -> Result<(), StoreError> {
        let kms_key = trail.kms_key.clone();
        let bucket = self.ledger.objects.in_bucket(&trail.bucket);
        bucket.put_with(key, body, kms_key, metadata).await
    }

    /// Moves the cursor of a trail's files on, and lists what was delivered.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] when another worker has moved it.
    pub async fn delivered(
        &self,
        hand: &Hand,
        (from, to): (Generation, Generation),
        files: &[LogFile],
    ) -> Result<(), StoreError> {
        let table = &self.ledger.config.names.ledger;
        let put = |(part, file): (usize, &LogFile)| {
            write::put(table, file.item(&hand.owner, &hand.region, part), None)
        };
        let writes = files.iter().enumerate().map(put).collect::<Result<Vec<_>, _>>()?;
        self.step(hand, (from, to), writes).await
    }

    /// The log files of a trail in a region, of generations after `after` up to `through`.
    ///
    /// # Errors
    /// When DynamoDB does not answer.
    pub async fn files(
        &self,
        trail: &str,
        region: &str,
        after: Generation,
        through: Generation,
    ) -> Result<Vec<LogFile>, StoreError> {
        if through <= after {
            return Ok(Vec::new());
        }
        let range = (sort_key(after + 1, 0), sort_key(through, 999_999));
        let (table, pk) = (&self.ledger.config.names.ledger, item::trail_files(trail, region));
        let found = self.ledger.db.query(table, pk, Some((&range.0, &range.1))).await?;
        found.iter().map(LogFile::parse).collect()
    }

    /// Takes log files off the list that everybody has named: on AWS DynamoDB's TTL does it, if nobody comes to it before.
    ///
    /// # Errors
    /// When DynamoDB does not answer.
    pub async fn forget_files(
        &self,
        trail: &str,
        region: &str,
        through: Generation,
    ) -> Result<(), StoreError> {
        let (db, table) = (&self.ledger.db, &self.ledger.config.names.ledger);
        let (pk, last) = (item::trail_files(trail, region), sort_key(through, 999_999));
        for found in db.query(table, pk, Some((&sort_key(0, 0), &last))).await? {
            let key = (found.text("pk")?.to_owned(), found.text("sk")?.to_owned());
            db.delete(table, key, None).await?;
        }
        Ok(())
    }
}

/// The store's code of an error, such as `NoSuchBucket`, as GetTrailStatus tells it.
pub fn error_code(error: &StoreError) -> String {
    let message = match error {
        StoreError::Unavailable { message, .. } | StoreError::Throttled { message, .. } => message,
        other => return other.to_string(),
    };
    let code = message.split(' ').next().unwrap_or_default();
    let is_code = !code.is_empty() && code.bytes().all(|byte| byte.is_ascii_alphanumeric());
    if is_code && code.starts_with(|first: char| first.is_ascii_uppercase()) {
        return code.to_owned();
    }
    message.trim().to_owned()
}
