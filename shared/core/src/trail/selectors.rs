//! Event selectors: which events a trail wants.
//!
//! What selectors a trail may have is said by [`check`]; what they mean for a record, by [`Selectors::select`].
//!
//! <https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_PutEventSelectors.html>

pub mod check;
mod select;

use serde::{Deserialize, Serialize};

/// The selectors of a trail, as they are kept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Selectors {
    /// Basic ones.
    Basic(Vec<EventSelector>),
    /// Advanced ones.
    Advanced(Vec<AdvancedEventSelector>),
}

impl Default for Selectors {
    /// What a new trail has: all management events.
    fn default() -> Self {
        Self::Basic(vec![EventSelector::default()])
    }
}

/// Which of management events and of basic data events are read or write.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum ReadWriteType {
    /// Those that only read.
    ReadOnly,
    /// All others.
    WriteOnly,
    /// Both.
    #[default]
    All,
}

/// A basic selector.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EventSelector {
    /// Reading or writing events.
    pub read_write: ReadWriteType,
    /// Whether management events are wanted.
    pub management: bool,
    /// Data events: the resources' type and their ARNs, each a prefix.
    pub data: Vec<(String, Vec<String>)>,
    /// Sources of management events that are not wanted (`kms.amazonaws.com`, `rdsdata.amazonaws.com`).
    pub excluded_sources: Vec<String>,
}

impl Default for EventSelector {
    fn default() -> Self {
        Self { read_write: ReadWriteType::All, management: true, data: vec![], excluded_sources: vec![] }
    }
}

/// An advanced selector: all fields have to match.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AdvancedEventSelector {
    /// Its name.
    pub name: Option<String>,
    /// Its fields.
    pub fields: Vec<FieldSelector>,
}

/// What is asked of a field of an event.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct FieldSelector {
    /// Such as `eventCategory`, `resources.ARN`.
    pub field: String,
    /// One of these.
    pub equals: Vec<String>,
    /// One of these begins it.
    pub starts_with: Vec<String>,
    /// One of these ends it.
    pub ends_with: Vec<String>,
    /// None of these.
    pub not_equals: Vec<String>,
    /// None of these begins it.
    pub not_starts_with: Vec<String>,
    /// None of these ends it.
    pub not_ends_with: Vec<String>,
}
