//! Audit records, and CloudTrail's files of them.
//!
//! Each is one of some patterns with an eventID, a requestID and a time of its own; every run makes the same ones. The patterns are those
//! of real records where an archive of them is named, else a few that are written here.

use std::io::Write as _;
use std::path::Path;

use bytes::Bytes;
use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::{Value, json};
use watchtrail_core::time::Timestamp;

use crate::{Result, archive};

pub(crate) const ACCOUNT: &str = "123456789012";
pub(crate) const REGION: &str = "us-east-1";

/// Who did one thing, once, long ago.
pub(crate) const NEEDLE: &str = "mallory";

/// What is different in each record of a pattern.
const OWN: [&str; 3] = ["eventTime", "eventID", "requestID"];

/// A record's text between what is different in each.
struct Pattern(Vec<(String, &'static str)>, String);

impl Pattern {
    fn of(mut record: Value) -> Self {
        record["recipientAccountId"] = json!(ACCOUNT);
        record["awsRegion"] = json!(REGION);
        for name in OWN {
            record[name] = json!(format!("<{name}>"));
        }
        let (mut rest, mut pieces) = (record.to_string(), Vec::new());
        loop {
            let found = OWN.iter().filter_map(|name| Some((rest.find(&format!("<{name}>"))?, *name)));
            let Some((at, name)) = found.min() else { return Self(pieces, rest) };
            let after = rest.split_off(at + name.len() + 2);
            rest.truncate(at);
            pieces.push((std::mem::replace(&mut rest, after), name));
        }
    }

    fn write(&self, number: usize, at: i64, out: &mut String) {
        for (before, name) in &self.0 {
            out.push_str(before);
            match *name {
                "eventTime" => out.push_str(&Timestamp::from_millis(at * 1_000).to_string()[..19]),
                "eventID" => out.push_str(&id(number, 1)),
                _ => out.push_str(&id(number, 2)),
            }
            if *name == "eventTime" {
                out.push('Z');
            }
        }
        out.push_str(&self.1);
    }
}

/// An id of a record, in the form of a UUID.
pub(crate) fn id(number: usize, kind: u64) -> String {
    let mixed = |salt: u64| {
        let mut bits =
            (number as u64 + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15).wrapping_add(salt << 56 | salt);
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        bits ^ (bits >> 31)
    };
    let (high, low) = (mixed(kind), mixed(kind + 2));
    format!(
        "{:08x}-{:04x}-4{:03x}-a{:03x}-{:012x}",
        high >> 32,
        high >> 16 & 0xffff,
        high & 0xfff,
        low >> 48 & 0xfff,
        low & 0xffff_ffff_ffff
    )
}

/// All records of a run: as many as are asked for, evenly over a time.
pub(crate) struct Records {
    patterns: Vec<Pattern>,
    needle: (usize, Pattern),
    /// How many.
    pub(crate) count: usize,
    /// Epoch seconds of the first.
    pub(crate) start: i64,
    /// Seconds from the first to the last.
    pub(crate) span: i64,
}

impl Records {
    /// One of them, a ninth of the way on, is the needle.
    pub(crate) fn new(archive: Option<&Path>, count: usize, start: i64, span: i64) -> Result<Self> {
        let patterns = match archive {
            Some(archive) => real(archive)?,
            None => own(),
        };
        let patterns: Vec<Pattern> = patterns.into_iter().map(Pattern::of).collect();
        if patterns.is_empty() {
            return Err("the archive has no records".into());
        }
        let needle =
            (count / 9, Pattern::of(call(NEEDLE, "s3", "DeleteBucket", json!({ "bucketName": "gone" }))));
        Ok(Self { patterns, needle, count, start, span })
    }

    /// Epoch seconds of a record.
    fn time(&self, number: usize) -> i64 {
        self.start + (number as i64) * self.span / self.count.max(1) as i64
    }

    /// A record's JSON.
    pub(crate) fn write(&self, number: usize, out: &mut String) {
        // Neighbours are alike, as they are in life: the patterns come in their order, with jumps.
        let pattern = match &self.needle {
            (at, needle) if *at == number => needle,
            _ => &self.patterns[number % self.patterns.len()],
        };
        pattern.write(number, self.time(number), out);
    }

    /// One of CloudTrail's files with some of the records; and how long it is before compression.
    pub(crate) fn file(&self, numbers: std::ops::Range<usize>) -> Result<(Bytes, usize)> {
        let mut text = String::from("{\"Records\":[");
        for number in numbers.clone() {
            if number > numbers.start {
                text.push(',');
            }
            self.write(number, &mut text);
        }
        text.push_str("]}");
        let mut packed = GzEncoder::new(Vec::new(), Compression::new(6));
        packed.write_all(text.as_bytes())?;
        Ok((packed.finish()?.into(), text.len()))
    }
}

/// The records of an archive of CloudTrail's files (unpacked ones), in the order of their times.
fn real(file: &Path) -> Result<Vec<Value>> {
    let tar = archive::unpack(file)?;
    let mut records = Vec::new();
    for (name, text) in archive::files(&tar)? {
        if Path::new(&name).extension().is_some_and(|kind| kind == "json") {
            let mut file: Value = serde_json::from_str(text).map_err(|error| format!("{name}: {error}"))?;
            records.extend(file["Records"].as_array_mut().map(std::mem::take).unwrap_or_default());
        }
    }
    records.sort_by_cached_key(|record| record["eventTime"].to_string());
    Ok(records)
}

fn call(user: &str, service: &str, name: &str, parameters: Value) -> Value {
    let reads = ["Get", "List", "Describe", "Head", "Decrypt"].iter().any(|verb| name.starts_with(verb));
    json!({
        "eventVersion": "1.11",
        "userIdentity": {
            "type": "IAMUser",
            "principalId": format!("AIDA{:X>17}", user.to_uppercase()),
            "arn": format!("arn:aws:iam::{ACCOUNT}:user/{user}"),
            "accountId": ACCOUNT,
            "accessKeyId": format!("AKIA{:X>16}", user.to_uppercase()),
            "userName": user,
        },
        "eventTime": "",
        "eventSource": format!("{service}.amazonaws.com"),
        "eventName": name,
        "awsRegion": REGION,
        "sourceIPAddress": format!("192.0.2.{}", user.len() * 7),
        "userAgent": "APN/1.0 HashiCorp/1.0 Terraform/1.9.2 (+https://www.terraform.io) terraform-provider-aws/5.60.0",
        "requestParameters": parameters,
        "responseElements": null,
        "requestID": "",
        "eventID": "",
        "readOnly": reads,
        "eventType": "AwsApiCall",
        "managementEvent": true,
        "recipientAccountId": ACCOUNT,
        "eventCategory": "Management",
        "tlsDetails": {
            "tlsVersion": "TLSv1.3",
            "cipherSuite": "TLS_AES_128_GCM_SHA256",
            "clientProvidedHostHeader": format!("{service}.{REGION}.amazonaws.com"),
        },
    })
}

/// Four people at seven things.
fn own() -> Vec<Value> {
    let calls = [
        ("ec2", "DescribeInstances", json!({ "filterSet": {}, "instancesSet": {} })),
        ("ssm", "GetParameter", json!({ "name": "/shop/database", "withDecryption": true })),
        ("iam", "GetUser", json!({ "userName": "deploy" })),
        ("s3", "PutBucketTagging", json!({ "bucketName": "shop-assets", "tagging": "" })),
        (
            "kms",
            "Decrypt",
            json!({ "encryptionContext": { "PARAMETER_ARN": "arn:aws:ssm:us-east-1:123456789012:parameter/shop/database" } }),
        ),
        (
            "lambda",
            "UpdateFunctionCode20150331v2",
            json!({ "functionName": "checkout", "dryRun": false, "publish": true }),
        ),
        ("sts", "GetCallerIdentity", Value::Null),
    ];
    let users = ["ann", "benjamin", "chi", "deploy"];
    let of = |user: &'static str| {
        calls.clone().into_iter().map(move |(service, name, input)| call(user, service, name, input))
    };
    users.into_iter().flat_map(of).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn records_are_json_and_have_what_is_their_own() {
        let records = Records::new(None, 90, 1_700_000_000, 900).unwrap();
        let parsed = |number| {
            let mut text = String::new();
            records.write(number, &mut text);
            serde_json::from_str::<Value>(&text).unwrap()
        };
        let (one, other) = (parsed(1), parsed(29));
        assert_eq!(one["eventTime"], "2023-11-14T22:13:30Z");
        assert_eq!(one["eventID"], id(1, 1));
        assert_eq!(one["eventID"].as_str().unwrap().len(), 36);
        assert_ne!(one["eventID"], other["eventID"]);
        assert_eq!(one["eventName"], other["eventName"]);
        assert_eq!(parsed(10)["userIdentity"]["userName"], NEEDLE);
    }
}
