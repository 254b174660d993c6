//! Looking up management events, among those that are not delivered.

use serde::{Deserialize, Serialize};
use watchtrail_core::time::Timestamp;
use watchtrail_core::trail::record::{Category, Record};

use super::TrailStore;
use crate::compress::decompress;
use crate::error::StoreError;
use crate::keys::{Partition, Scope};

/// What events can be looked up by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Attribute {
    /// Of the caller.
    AccessKeyId,
    /// `eventID`.
    EventId,
    /// `eventName`.
    EventName,
    /// `eventSource`.
    EventSource,
    /// `true` or `false`.
    ReadOnly,
    /// Name of a resource.
    ResourceName,
    /// Type of a resource.
    ResourceType,
    /// Name of the caller.
    Username,
}

/// Newest first; `after` exclusive.
#[derive(Debug, Clone)]
pub struct Lookup {
    /// Epoch milliseconds.
    pub range: std::ops::Range<i64>,
    /// All must match.
    pub attributes: Vec<(Attribute, String)>,
    /// Behind what to begin.
    pub after: Option<LookupKey>,
    /// How many.
    pub limit: usize,
}

/// The place of an event.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct LookupKey {
    /// Epoch milliseconds.
    pub time: i64,
    /// `eventID`.
    pub id: String,
}

impl TrailStore {
    /// The JSON of management events, each eventID once.
    ///
    /// # Errors
    /// When a store does not answer.
    pub async fn lookup(
        &self,
        scope: &Scope,
        lookup: &Lookup,
        now: Timestamp,
    ) -> Result<Vec<String>, StoreError> {
        let Some(snapshot) = self.ledger.snapshot(&Partition::trail(scope.clone()), now).await? else {
            return Ok(vec![]);
        };
        let mut found = std::collections::BTreeMap::new();
        for entry in snapshot.tail.iter() {
            let body = decompress(&self.ledger.body(entry).await?, &|| "a batch".to_owned())?;
            let records = watchtrail_core::trail::journal::decode(&body);
            for json in records.map_err(|error| StoreError::corrupt("a batch", error))? {
                let Ok(record) = Record::parse(json) else { continue };
                let key = LookupKey { time: record.time.millis(), id: record.id.to_string() };
                if record.category == Category::Management
                    && lookup.range.contains(&key.time)
                    && lookup.after.as_ref().is_none_or(|after| key < *after)
                    && lookup.attributes.iter().all(|(attribute, value)| has(&record, *attribute, value))
                {
                    found.insert(key, json.to_owned());
                }
            }
        }
        Ok(found.into_values().rev().take(lookup.limit).collect())
    }
}

fn has(record: &Record<'_>, attribute: Attribute, value: &str) -> bool {
    match attribute {
        Attribute::AccessKeyId => record.identity.access_key_id.as_deref() == Some(value),
        Attribute::EventId => *record.id == *value,
        Attribute::EventName => *record.name == *value,
        Attribute::EventSource => *record.source == *value,
        Attribute::ReadOnly => record.read_only.unwrap_or(false) == (value == "true"),
        Attribute::ResourceName => record.resources.iter().any(|one| one.name() == Some(value)),
        Attribute::ResourceType => record.resources.iter().any(|one| one.kind.as_deref() == Some(value)),
        Attribute::Username => record.identity.name() == Some(value),
    }
}
