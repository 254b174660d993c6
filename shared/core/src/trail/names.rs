//! Names of trails, of the buckets that they deliver to, and the prefixes in these.
//!
//! The errors' texts are AWS's where they are known; the others are marked. Rules:
//! <https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-trail-naming-requirements.html> and
//! <https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html>.

use std::net::Ipv4Addr;

/// Characters of a prefix.
const LONGEST_PREFIX: usize = 200;

/// Why something is no trail's name.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NameError {
    /// Nothing. Confirmed.
    #[error("Trail name cannot be blank!")]
    Blank,
    /// Less than three characters. Confirmed.
    #[error(
        "Trail name too short. Minimum allowed length: 3 characters. Specified name length: {0} characters."
    )]
    Short(usize),
    /// More than 128 characters. Confirmed.
    #[error(
        "Trail name too long. Maximum allowed length: 128 characters. Specified name length: {0} characters."
    )]
    Long(usize),
    /// The first character. Confirmed, the grammar too.
    #[error("Trail name must starts with a letter or number.")]
    Start,
    /// The last character. Confirmed, the grammar too.
    #[error("Trail name must ends with a letter or number.")]
    End,
    /// Other characters. Confirmed.
    #[error(
        "Trail name or ARN can only contain uppercase letters, lowercase letters, numbers, periods (.), hyphens (-), and \
         underscores (_)."
    )]
    Characters,
    /// Two of `._-` side by side. Wording not confirmed.
    #[error("Trail name cannot have adjacent periods, underscores or dashes.")]
    Adjacent,
    /// An IP address. Wording not confirmed.
    #[error("Trail name must not be formatted as an IP address.")]
    Address,
}

/// Checks a trail's name.
///
/// # Errors
/// When it can be none.
pub fn trail(name: &str) -> Result<(), NameError> {
    let alphanumeric = |character: Option<char>| character.is_some_and(|c| c.is_ascii_alphanumeric());
    let length = name.chars().count();
    if name.trim().is_empty() {
        return Err(NameError::Blank);
    }
    if length < 3 {
        return Err(NameError::Short(length));
    }
    if length > 128 {
        return Err(NameError::Long(length));
    }
    if !alphanumeric(name.chars().next()) {
        return Err(NameError::Start);
    }
    if !alphanumeric(name.chars().next_back()) {
        return Err(NameError::End);
    }
    if !name.bytes().all(|byte| byte.is_ascii_alphanumeric() || is_mark(byte)) {
        return Err(NameError::Characters);
    }
    if name.as_bytes().windows(2).any(|pair| is_mark(pair[0]) && is_mark(pair[1])) {
        return Err(NameError::Adjacent);
    }
    if name.parse::<Ipv4Addr>().is_ok() {
        return Err(NameError::Address);
    }
    Ok(())
}

const fn is_mark(byte: u8) -> bool {
    matches!(byte, b'.' | b'_' | b'-')
}

/// Something that is no bucket's name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no bucket can have this name")]
pub struct NoBucket;

/// Checks a bucket's name.
///
/// # Errors
/// When it can be none.
pub fn bucket(name: &str) -> Result<(), NoBucket> {
    let edge = |byte: Option<&u8>| byte.is_some_and(|b| b.is_ascii_lowercase() || b.is_ascii_digit());
    let bytes = name.as_bytes();
    let fits = (3..=63).contains(&bytes.len())
        && edge(bytes.first())
        && edge(bytes.last())
        && bytes.iter().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || matches!(b, b'.' | b'-'))
        && !name.contains("..")
        && name.parse::<Ipv4Addr>().is_err();
    if fits { Ok(()) } else { Err(NoBucket) }
}

/// Something that cannot stand before `AWSLogs` in keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PrefixError {
    /// More than 200 characters.
    #[error("longer than {LONGEST_PREFIX} characters")]
    Long(usize),
    /// Control characters, or a slash at the begin, which S3 takes but nobody finds again.
    #[error("characters that cannot stand there")]
    Characters,
}

/// Checks a prefix.
///
/// # Errors
/// When it can be none.
pub fn prefix(prefix: &str) -> Result<(), PrefixError> {
    let length = prefix.chars().count();
    if length > LONGEST_PREFIX {
        return Err(PrefixError::Long(length));
    }
    // Empty parts and those of dots are no folders of a file system, where the local host keeps its buckets.
    let odd = |part: &str| part.is_empty() || part == "." || part == "..";
    let parts = prefix.strip_suffix('/').unwrap_or(prefix);
    if prefix.chars().any(char::is_control) || !parts.is_empty() && parts.split('/').any(odd) {
        return Err(PrefixError::Characters);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_trails() {
        fn check(name: &str, expected: Result<(), NameError>) {
            assert_eq!(trail(name), expected, "{name}");
        }
        check("Trail1", Ok(()));
        check("my-trail_of.2026", Ok(()));
        check(&"a".repeat(128), Ok(()));
        check("", Err(NameError::Blank));
        check(" ", Err(NameError::Blank));
        check("ab", Err(NameError::Short(2)));
        check(&"a".repeat(129), Err(NameError::Long(129)));
        check("-ab", Err(NameError::Start));
        check("ab_", Err(NameError::End));
        check("a b", Err(NameError::Characters));
        check("größe", Err(NameError::Characters));
        check("my--trail", Err(NameError::Adjacent));
        check("my-_trail", Err(NameError::Adjacent));
        check("192.168.5.4", Err(NameError::Address));
        check("192.168.5.400", Ok(()));
    }

    #[test]
    fn names_of_buckets() {
        fn check(name: &str, expected: bool) {
            assert_eq!(bucket(name).is_ok(), expected, "{name}");
        }
        check("my-bucket.1", true);
        check("ab", false);
        check(&"a".repeat(63), true);
        check(&"a".repeat(64), false);
        check("My-bucket", false);
        check("-bucket", false);
        check("bucket-", false);
        check("my..bucket", false);
        check("192.168.5.4", false);
        check("my_bucket", false);
    }

    #[test]
    fn prefixes() {
        fn check(text: &str, expected: Result<(), PrefixError>) {
            assert_eq!(prefix(text), expected, "{text}");
        }
        check("", Ok(()));
        check("audit/of us", Ok(()));
        check("audit/", Ok(()));
        check(&"a".repeat(200), Ok(()));
        check(&"a".repeat(201), Err(PrefixError::Long(201)));
        check("/audit", Err(PrefixError::Characters));
        check("a//b", Err(PrefixError::Characters));
        check("a/../b", Err(PrefixError::Characters));
        check("a\nb", Err(PrefixError::Characters));
    }
}
