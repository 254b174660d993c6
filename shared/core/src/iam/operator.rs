//! Condition operators: how a value of a request is compared with a value of a policy.
//!
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html>

use std::cmp::Ordering;
use std::net::IpAddr;

use super::Keys;
use super::template::{Case, Glyph, Template, matches, matches_arn};
use crate::time::Timestamp;

/// What is compared, and how.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// `StringEquals`, `BinaryEquals`: as it is. Wildcards are none.
    Same(Case),
    /// `StringLike`
    Like,
    /// `ArnEquals`, which is `ArnLike`.
    Arn,
    /// The request's number beside the policy's.
    Number(Relation),
    /// The request's time beside the policy's.
    Date(Relation),
    /// `Bool`
    Truth,
    /// `IpAddress`: within a range.
    Address,
    /// `Null`: whether the key is not there.
    Absence,
}

/// How the request's value is to stand to the policy's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Relation {
    Equal,
    Less,
    AtMost,
    Greater,
    AtLeast,
}

impl Relation {
    fn holds(self, ordering: Ordering) -> bool {
        match self {
            Self::Equal => ordering == Ordering::Equal,
            Self::Less => ordering == Ordering::Less,
            Self::AtMost => ordering != Ordering::Greater,
            Self::Greater => ordering == Ordering::Greater,
            Self::AtLeast => ordering != Ordering::Less,
        }
    }
}

/// Operators by their names, and whether they hold where nothing matches.
const NAMES: [(&str, Kind, bool); 27] = [
    ("StringEquals", Kind::Same(Case::Matters), false),
    ("StringNotEquals", Kind::Same(Case::Matters), true),
    ("StringEqualsIgnoreCase", Kind::Same(Case::Ignored), false),
    ("StringNotEqualsIgnoreCase", Kind::Same(Case::Ignored), true),
    ("StringLike", Kind::Like, false),
    ("StringNotLike", Kind::Like, true),
    ("NumericEquals", Kind::Number(Relation::Equal), false),
    ("NumericNotEquals", Kind::Number(Relation::Equal), true),
    ("NumericLessThan", Kind::Number(Relation::Less), false),
    ("NumericLessThanEquals", Kind::Number(Relation::AtMost), false),
    ("NumericGreaterThan", Kind::Number(Relation::Greater), false),
    ("NumericGreaterThanEquals", Kind::Number(Relation::AtLeast), false),
    ("DateEquals", Kind::Date(Relation::Equal), false),
    ("DateNotEquals", Kind::Date(Relation::Equal), true),
    ("DateLessThan", Kind::Date(Relation::Less), false),
    ("DateLessThanEquals", Kind::Date(Relation::AtMost), false),
    ("DateGreaterThan", Kind::Date(Relation::Greater), false),
    ("DateGreaterThanEquals", Kind::Date(Relation::AtLeast), false),
    ("Bool", Kind::Truth, false),
    ("BinaryEquals", Kind::Same(Case::Matters), false),
    ("IpAddress", Kind::Address, false),
    ("NotIpAddress", Kind::Address, true),
    ("ArnEquals", Kind::Arn, false),
    ("ArnNotEquals", Kind::Arn, true),
    ("ArnLike", Kind::Arn, false),
    ("ArnNotLike", Kind::Arn, true),
    ("Null", Kind::Absence, false),
];

/// The operator of a name, and whether it is a negation.
pub(super) fn named(name: &str) -> Option<(Kind, bool)> {
    NAMES.iter().find(|(known, _, _)| *known == name).map(|(_, kind, negated)| (*kind, *negated))
}

impl Kind {
    /// Whether a policy's value can be compared so at all. Values with variables are known only with a request.
    pub(super) fn takes(self, text: &str) -> bool {
        let is_variable = text.contains("${");
        match self {
            Self::Same(_) | Self::Like | Self::Arn => true,
            Self::Number(_) => is_variable || number(text).is_some(),
            Self::Date(_) => is_variable || date(text).is_some(),
            Self::Truth => is_variable || truth(text).is_some(),
            Self::Absence => truth(text).is_some(),
            Self::Address => range(text).is_some(),
        }
    }

    /// Whether the request's value matches the policy's; `None` when a variable of it has no value.
    pub(super) fn matches(self, wanted: &Template, value: &str, keys: &Keys) -> Option<bool> {
        let pattern = wanted.filled(keys)?;
        let both = |parse: &dyn Fn(&str) -> Option<f64>, relation: Relation| {
            let (value, wanted) = (parse(value)?, parse(&plain(&pattern))?);
            Some(relation.holds(value.partial_cmp(&wanted)?))
        };
        Some(match self {
            Self::Same(case) => matches(&literal(&pattern), value, case),
            Self::Like => matches(&pattern, value, Case::Matters),
            Self::Arn => matches_arn(&pattern, value),
            Self::Number(relation) => both(&number, relation).unwrap_or(false),
            Self::Date(relation) => both(&date, relation).unwrap_or(false),
            Self::Truth => truth(value).is_some_and(|value| truth(&plain(&pattern)) == Some(value)),
            Self::Address => is_within(value, &plain(&pattern)),
            Self::Absence => false,
        })
    }
}

/// The text of a pattern, with its wildcards as the characters that they are written with.
fn plain(pattern: &[Glyph]) -> String {
    let character = |glyph: &Glyph| match glyph {
        Glyph::One(c) | Glyph::Put(c) => *c,
        Glyph::Any => '?',
        Glyph::Many => '*',
    };
    pattern.iter().map(character).collect()
}

fn literal(pattern: &[Glyph]) -> Vec<Glyph> {
    plain(pattern).chars().map(Glyph::One).collect()
}

fn number(text: &str) -> Option<f64> {
    text.trim().parse::<f64>().ok().filter(|number| number.is_finite())
}

/// A time as W3C writes ISO 8601 (a day alone is its beginning), or epoch seconds; in epoch milliseconds.
fn date(text: &str) -> Option<f64> {
    let text = text.trim();
    if let Some(seconds) = number(text).filter(|_| text.len() != 4) {
        return Some(seconds * 1_000.0);
    }
    let whole = match text.len() {
        4 => format!("{text}-01-01T00:00:00Z"),
        7 => format!("{text}-01T00:00:00Z"),
        10 => format!("{text}T00:00:00Z"),
        _ => text.to_owned(),
    };
    Timestamp::parse_rfc3339(&whole).map(|time| time.millis() as f64)
}

pub(super) fn truth(text: &str) -> Option<bool> {
    match text {
        text if text.eq_ignore_ascii_case("true") => Some(true),
        text if text.eq_ignore_ascii_case("false") => Some(false),
        _ => None,
    }
}

/// A range of addresses in CIDR notation: its address and how many bits of it count.
fn range(text: &str) -> Option<(IpAddr, u32)> {
    let (address, bits) = text.split_once('/').map_or((text, None), |(address, bits)| (address, Some(bits)));
    let address: IpAddr = address.parse().ok()?;
    let most = if address.is_ipv4() { 32 } else { 128 };
    let bits = match bits {
        None => most,
        Some(bits) if bits.bytes().all(|byte| byte.is_ascii_digit()) => bits.parse().ok()?,
        Some(_) => return None,
    };
    (bits <= most).then_some((address, bits))
}

fn is_within(value: &str, wanted: &str) -> bool {
    let (Ok(value), Some((address, bits))) = (value.parse::<IpAddr>(), range(wanted)) else { return false };
    // An IPv4 address that came over an IPv6 socket is one.
    match (value.to_canonical(), address) {
        (IpAddr::V4(value), IpAddr::V4(address)) => {
            bits == 0 || (value.to_bits() ^ address.to_bits()) >> (32 - bits) == 0
        }
        (IpAddr::V6(value), IpAddr::V6(address)) => {
            bits == 0 || (value.to_bits() ^ address.to_bits()) >> (128 - bits) == 0
        }
        _ => false,
    }
}
