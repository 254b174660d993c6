//! The names of what a trail delivers: log files and digest files.
//!
//! <https://docs.aws.amazon.com/awscloudtrail/latest/userguide/get-and-view-cloudtrail-log-files.html> and
//! <https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-log-file-validation-digest-file-structure.html>. Not here: the folder
//! of an organization's id, which the suite has no source for.

use crate::time::{DAY, Day, SECOND, Timestamp};

/// Where files of a trail go: the bucket's prefix, the account and the region that the records are of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place<'a> {
    /// What stands before `AWSLogs`.
    pub prefix: Option<&'a str>,
    /// Twelve digits.
    pub account: &'a str,
    /// Such as `us-east-1`.
    pub region: &'a str,
}

/// How many letters and digits tell the log files of a minute apart.
const UNIQUE: usize = 16;

/// The letters and digits that tell one log file from all others of its minute, made of a hash of what it is.
pub fn unique(mut hash: u128) -> String {
    const LETTERS: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    let letter = |_| {
        let at = (hash % 62) as usize;
        hash /= 62;
        char::from(LETTERS[at])
    };
    (0..UNIQUE).map(letter).collect()
}

/// The key of a log file.
pub fn log_file(place: Place<'_>, at: Timestamp, unique: &str) -> String {
    let Place { account, region, .. } = place;
    let minute = &compact(at)[..13];
    format!("{}{account}_CloudTrail_{region}_{minute}Z_{unique}.json.gz", folder(place, "CloudTrail", at))
}

/// The key of a digest file: of the trail of that name and home region, for the hour that ends at `end`.
pub fn digest_file(place: Place<'_>, trail: &str, home_region: &str, end: Timestamp) -> String {
    let Place { account, region, .. } = place;
    let folder = folder(place, "CloudTrail-Digest", end);
    format!("{folder}{account}_CloudTrail-Digest_{region}_{trail}_{home_region}_{}Z.json.gz", compact(end))
}

fn folder(place: Place<'_>, kind: &str, at: Timestamp) -> String {
    let Place { prefix, account, region } = place;
    let prefix = prefix.map(|prefix| format!("{prefix}/")).unwrap_or_default();
    let date = Day::of(at).to_string().replace('-', "/");
    format!("{prefix}AWSLogs/{account}/{kind}/{region}/{date}/")
}

/// `20261121T120000`
fn compact(at: Timestamp) -> String {
    let second = at.millis().rem_euclid(DAY) / SECOND;
    let (hour, minute) = (second / 3600, second / 60 % 60);
    format!("{}T{hour:02}{minute:02}{:02}", Day::of(at).compact(), second % 60)
}

#[cfg(test)]
mod tests {
    use super::*;

    const AT: &str = "2026-01-02T03:04:05.678Z";

    fn place(prefix: Option<&str>) -> Place<'_> {
        Place { prefix, account: "123456789012", region: "eu-west-1" }
    }

    #[test]
    fn keys_are_those_of_cloudtrail() {
        let at = Timestamp::parse_rfc3339(AT).unwrap();
        assert_eq!(
            log_file(place(None), at, "7xgocspSowgK0Gto"),
            "AWSLogs/123456789012/CloudTrail/eu-west-1/2026/01/02/\
             123456789012_CloudTrail_eu-west-1_20260102T0304Z_7xgocspSowgK0Gto.json.gz"
        );
        assert_eq!(
            digest_file(place(Some("a/b")), "mine", "us-east-1", at),
            "a/b/AWSLogs/123456789012/CloudTrail-Digest/eu-west-1/2026/01/02/\
             123456789012_CloudTrail-Digest_eu-west-1_mine_us-east-1_20260102T030405Z.json.gz"
        );
    }

    #[test]
    fn the_end_of_a_name_is_sixteen_letters_and_digits() {
        for hash in [0, 1, u128::MAX, 0x1234_5678_9abc_def0_1234_5678_9abc_def0] {
            let made = unique(hash);
            assert!(made.len() == 16 && made.bytes().all(|letter| letter.is_ascii_alphanumeric()), "{made}");
        }
        assert_ne!(unique(1), unique(2));
    }
}
