//! Whether a trail with these selectors wants a record.
//!
//! The operators of a field are evaluated as AWS says: a record passes when none of the negations holds and, where there are
//! others, one of them does.
//! <https://docs.aws.amazon.com/awscloudtrail/latest/userguide/filtering-data-events.html>

use std::borrow::Cow;

use serde::Deserialize;

use super::{AdvancedEventSelector, EventSelector, FieldSelector, ReadWriteType, Selectors};
use crate::trail::record::{Category, Record, Text};

/// Fields that only selectors ask for: they are read when one does.
#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Rare<'a> {
    #[serde(borrow, default)]
    vpc_endpoint_id: Option<Text<'a>>,
    #[serde(default)]
    session_credential_from_console: Option<serde_json::Value>,
    #[serde(borrow, default)]
    resources: Option<Vec<Prefixed<'a>>>,
}

/// A resource of a call that lists: only how the ARNs begin is known.
#[derive(Default, Deserialize)]
struct Prefixed<'a> {
    #[serde(rename = "type", borrow, default)]
    kind: Option<Text<'a>>,
    #[serde(rename = "ARNPrefix", borrow, default)]
    prefix: Option<Text<'a>>,
}

impl Selectors {
    /// Whether a trail with these wants a record.
    pub fn select(&self, record: &Record<'_>) -> bool {
        match self {
            Self::Basic(selectors) => selectors.iter().any(|selector| selector.select(record)),
            Self::Advanced(selectors) => selectors.iter().any(|selector| selector.select(record)),
        }
    }

    /// Whether a trail with these wants any data events: what makes recording them worth the while.
    pub fn want_data(&self) -> bool {
        match self {
            Self::Basic(selectors) => selectors.iter().any(|selector| !selector.data.is_empty()),
            Self::Advanced(selectors) => selectors.iter().any(|selector| selector.is_of(Category::Data)),
        }
    }
}

impl ReadWriteType {
    fn takes(self, record: &Record<'_>) -> bool {
        match self {
            Self::All => true,
            Self::ReadOnly => reads_only(record),
            Self::WriteOnly => !reads_only(record),
        }
    }
}

/// Old records, and some services', do not say: what is not said to only read counts as writing.
fn reads_only(record: &Record<'_>) -> bool {
    record.read_only.unwrap_or(false)
}

impl EventSelector {
    fn select(&self, record: &Record<'_>) -> bool {
        if !self.read_write.takes(record) {
            return false;
        }
        match record.category {
            Category::Management => {
                self.management && !self.excluded_sources.iter().any(|source| **source == *record.source)
            }
            Category::Data => self.data.iter().any(|(kind, values)| {
                arns(record, kind).iter().any(|arn| values.iter().any(|value| covers(value, arn)))
            }),
            Category::NetworkActivity | Category::Insight => false,
        }
    }
}

/// The ARNs, or what is known of them, of the record's resources of a type.
fn arns<'r>(record: &'r Record<'_>, kind: &str) -> Vec<Cow<'r, str>> {
    let named = record.resources.iter().filter(|resource| resource.kind.as_deref() == Some(kind));
    let known: Vec<_> =
        named.clone().filter_map(|resource| resource.arn.as_deref().map(Cow::Borrowed)).collect();
    if known.len() == named.count() {
        return known;
    }
    let prefixes = rare(record).resources.unwrap_or_default();
    let prefixes = prefixes.into_iter().filter(|resource| resource.kind.as_deref() == Some(kind));
    known
        .into_iter()
        .chain(prefixes.filter_map(|resource| resource.prefix.map(|prefix| Cow::Owned((*prefix).to_owned()))))
        .collect()
}

fn rare<'r>(record: &Record<'r>) -> Rare<'r> {
    serde_json::from_str(record.json).unwrap_or_default()
}

/// Whether a value of a basic selector covers a resource: `arn:aws:s3` all objects, `arn:aws:s3:::bucket/prefix` those below;
/// of functions and tables, the one that is named.
///
/// That a bucket without a slash covers only its own objects, and not those of buckets whose names begin alike, is our choice.
fn covers(value: &str, arn: &str) -> bool {
    let Some(rest) = arn.strip_prefix(value) else { return false };
    let parts = value.trim_end_matches(':').split(':').count();
    if parts == 3 || rest.is_empty() {
        return true;
    }
    value.split(':').nth(2) == Some("s3") && (value.contains('/') || rest.starts_with('/'))
}

impl AdvancedEventSelector {
    fn select(&self, record: &Record<'_>) -> bool {
        let kind = self.field("resources.type").and_then(|field| field.equals.first());
        self.is_of(record.category)
            && self.fields.iter().all(|field| match field.field.as_str() {
                "resources.type" => {
                    record.resources.iter().any(|resource| field.takes(resource.kind.as_deref()))
                }
                "resources.ARN" => {
                    let arns = kind.map(|kind| arns(record, kind)).unwrap_or_default();
                    // A record without a known ARN is judged, too: it is not what a negation names.
                    (arns.is_empty() && field.takes(None)) || arns.iter().any(|arn| field.takes(Some(arn)))
                }
                name => field.takes(value(record, name).as_deref()),
            })
    }

    fn field(&self, name: &str) -> Option<&FieldSelector> {
        self.fields.iter().find(|field| field.field == name)
    }

    fn is_of(&self, category: Category) -> bool {
        self.field("eventCategory").is_some_and(|field| field.takes(Some(category.as_str())))
    }
}

/// What a record says in a field that has one value.
fn value<'r>(record: &'r Record<'_>, field: &str) -> Option<Cow<'r, str>> {
    let borrowed = match field {
        "eventCategory" => Some(record.category.as_str()),
        "eventName" => Some(&*record.name),
        "eventSource" => Some(&*record.source),
        "eventType" => record.kind.as_deref(),
        "readOnly" => Some(if reads_only(record) { "true" } else { "false" }),
        "errorCode" => record.error_code.as_deref(),
        "userIdentity.arn" => record.identity.arn.as_deref(),
        "vpcEndpointId" => return rare(record).vpc_endpoint_id.map(|id| Cow::Owned((*id).to_owned())),
        "sessionCredentialFromConsole" => return Some(from_console(record)),
        _ => None,
    };
    borrowed.map(Cow::Borrowed)
}

/// The field is there only where it is true, in old records as a text.
fn from_console(record: &Record<'_>) -> Cow<'static, str> {
    let flag = rare(record).session_credential_from_console;
    let is = flag.is_some_and(|flag| flag.as_bool() == Some(true) || flag.as_str() == Some("true"));
    Cow::Borrowed(if is { "true" } else { "false" })
}

impl FieldSelector {
    fn takes(&self, value: Option<&str>) -> bool {
        let Some(value) = value else { return !self.selects() };
        let deselected = is_in(&self.not_equals, |other| value == other)
            || is_in(&self.not_starts_with, |other| value.starts_with(other))
            || is_in(&self.not_ends_with, |other| value.ends_with(other));
        let selected = is_in(&self.equals, |other| value == other)
            || is_in(&self.starts_with, |other| value.starts_with(other))
            || is_in(&self.ends_with, |other| value.ends_with(other));
        !deselected && (selected || !self.selects())
    }

    /// Whether there are operators that are no negations.
    fn selects(&self) -> bool {
        !(self.equals.is_empty() && self.starts_with.is_empty() && self.ends_with.is_empty())
    }
}

fn is_in(values: &[String], holds: impl Fn(&str) -> bool) -> bool {
    values.iter().any(|value| holds(value))
}

#[cfg(test)]
mod tests;
