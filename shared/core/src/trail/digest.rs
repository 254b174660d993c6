//! Digests: what `aws cloudtrail validate-logs` checks a trail's log files by.
//!
//! Each hour a digest names the files that were delivered in it, with their hashes, and the digest before it. It is signed over its end, its
//! place, its own hash and the signature before it, so that no file, digest or hour can be changed, taken away or added unseen:
//! <https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-log-file-custom-validation.html>. Not here: hashing and signing.

use serde::{Deserialize, Serialize};

use crate::time::{HOUR, Timestamp};

/// The name of the hashes.
pub const HASH: &str = "SHA-256";
/// The name of the signatures: PKCS #1 v1.5.
pub const SIGNATURE: &str = "SHA256withRSA";

/// A log file, as a digest names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct File {
    /// Its bucket.
    pub bucket: String,
    /// Its key.
    pub key: String,
    /// SHA-256 of the file before it was compressed, hex.
    pub hash: String,
    /// The times of its events, both inclusive.
    pub oldest: Timestamp,
    /// See `oldest`.
    pub newest: Timestamp,
}

/// A digest that was delivered, as the next one names it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Previous {
    /// Its bucket.
    pub bucket: String,
    /// Its key.
    pub key: String,
    /// SHA-256 of its JSON, hex.
    pub hash: String,
    /// Its signature, hex.
    pub signature: String,
}

/// A digest that is to be made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Digest<'a> {
    /// Whose.
    pub account: &'a str,
    /// When its hour ends.
    pub end: Timestamp,
    /// Where it goes.
    pub bucket: &'a str,
    /// See `bucket`.
    pub key: &'a str,
    /// The fingerprint of the key that it is signed with.
    pub fingerprint: &'a str,
    /// The digest before it; none at the beginning of a chain.
    pub previous: Option<&'a Previous>,
    /// The files that were delivered in its hour.
    pub files: &'a [File],
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Document<'a> {
    aws_account_id: &'a str,
    digest_start_time: String,
    digest_end_time: String,
    digest_s3_bucket: &'a str,
    digest_s3_object: &'a str,
    digest_public_key_fingerprint: &'a str,
    digest_signature_algorithm: &'a str,
    newest_event_time: Option<String>,
    oldest_event_time: Option<String>,
    previous_digest_s3_bucket: Option<&'a str>,
    previous_digest_s3_object: Option<&'a str>,
    previous_digest_hash_value: Option<&'a str>,
    previous_digest_hash_algorithm: Option<&'a str>,
    previous_digest_signature: Option<&'a str>,
    log_files: Vec<LogFile<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct LogFile<'a> {
    s3_bucket: &'a str,
    s3_object: &'a str,
    hash_value: &'a str,
    hash_algorithm: &'a str,
    newest_event_time: String,
    oldest_event_time: String,
}

/// Digests have whole seconds: `2026-11-21T12:00:00Z`.
fn seconds(at: Timestamp) -> String {
    at.floor_to(1).to_string()
}

impl Digest<'_> {
    /// The digest's JSON.
    pub fn json(&self) -> String {
        let document = Document {
            aws_account_id: self.account,
            digest_start_time: seconds(self.end.plus_millis(-HOUR)),
            digest_end_time: seconds(self.end),
            digest_s3_bucket: self.bucket,
            digest_s3_object: self.key,
            digest_public_key_fingerprint: self.fingerprint,
            digest_signature_algorithm: SIGNATURE,
            newest_event_time: self.files.iter().map(|file| file.newest).max().map(seconds),
            oldest_event_time: self.files.iter().map(|file| file.oldest).min().map(seconds),
            previous_digest_s3_bucket: self.previous.map(|previous| previous.bucket.as_str()),
            previous_digest_s3_object: self.previous.map(|previous| previous.key.as_str()),
            previous_digest_hash_value: self.previous.map(|previous| previous.hash.as_str()),
            previous_digest_hash_algorithm: self.previous.map(|_| HASH),
            previous_digest_signature: self.previous.map(|previous| previous.signature.as_str()),
            log_files: self.files.iter().map(LogFile::of).collect(),
        };
        // A value of texts and lists always has a JSON.
        serde_json::to_string(&document).unwrap_or_default()
    }

    /// What is signed, given the hash (hex) of [`Digest::json`].
    pub fn to_sign(&self, hash: &str) -> String {
        let previous = self.previous.map_or("null", |previous| previous.signature.as_str());
        format!("{}\n{}/{}\n{hash}\n{previous}", seconds(self.end), self.bucket, self.key)
    }
}

impl<'a> LogFile<'a> {
    fn of(file: &'a File) -> Self {
        Self {
            s3_bucket: &file.bucket,
            s3_object: &file.key,
            hash_value: &file.hash,
            hash_algorithm: HASH,
            newest_event_time: seconds(file.newest),
            oldest_event_time: seconds(file.oldest),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        Timestamp::parse_rfc3339(text).unwrap()
    }

    fn digest<'a>(previous: Option<&'a Previous>, files: &'a [File]) -> Digest<'a> {
        let end = at("2026-11-21T13:00:00Z");
        Digest { account: "1", end, bucket: "b", key: "k", fingerprint: "f", previous, files }
    }

    fn previous() -> Previous {
        let text = str::to_owned;
        Previous { bucket: text("b"), key: text("j"), hash: text("aa"), signature: text("bb") }
    }

    #[test]
    fn the_first_digest_of_a_chain_names_none_before_it() {
        let json: serde_json::Value = serde_json::from_str(&digest(None, &[]).json()).unwrap();
        assert_eq!(
            json,
            serde_json::json!({
                "awsAccountId": "1", "digestStartTime": "2026-11-21T12:00:00Z", "digestEndTime": "2026-11-21T13:00:00Z",
                "digestS3Bucket": "b", "digestS3Object": "k", "digestPublicKeyFingerprint": "f",
                "digestSignatureAlgorithm": "SHA256withRSA", "newestEventTime": null, "oldestEventTime": null,
                "previousDigestS3Bucket": null, "previousDigestS3Object": null, "previousDigestHashValue": null,
                "previousDigestHashAlgorithm": null, "previousDigestSignature": null, "logFiles": [],
            })
        );
        assert_eq!(digest(None, &[]).to_sign("cc"), "2026-11-21T13:00:00Z\nb/k\ncc\nnull");
    }

    #[test]
    fn a_digest_names_the_one_before_it_and_its_files() {
        let file = |oldest: &str, newest: &str| File {
            bucket: "b".to_owned(),
            key: "l".to_owned(),
            hash: "dd".to_owned(),
            oldest: at(oldest),
            newest: at(newest),
        };
        let files = [
            file("2026-11-21T12:01:00Z", "2026-11-21T12:02:00.5Z"),
            file("2026-11-21T11:00:00Z", "2026-11-21T12:00:00Z"),
        ];
        let previous = previous();
        let digest = digest(Some(&previous), &files);
        let json: serde_json::Value = serde_json::from_str(&digest.json()).unwrap();
        assert_eq!(json["previousDigestS3Object"], "j");
        assert_eq!(json["previousDigestHashAlgorithm"], "SHA-256");
        assert_eq!(json["oldestEventTime"], "2026-11-21T11:00:00Z");
        assert_eq!(json["newestEventTime"], "2026-11-21T12:02:00Z");
        assert_eq!(
            json["logFiles"][0],
            serde_json::json!({
                "s3Bucket": "b", "s3Object": "l", "hashValue": "dd", "hashAlgorithm": "SHA-256",
                "newestEventTime": "2026-11-21T12:02:00Z", "oldestEventTime": "2026-11-21T12:01:00Z",
            })
        );
        assert_eq!(digest.to_sign("cc"), "2026-11-21T13:00:00Z\nb/k\ncc\nbb");
    }
}
