//! Query definitions: Logs Insights queries that were saved.
//!
//! AWS: <https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutQueryDefinition.html>. Whether their text is a query is
//! asked when they are run.

use serde::{Deserialize, Serialize};
use watchtrail_wire::shapes::logs as wire;

/// The language of a definition that names none.
pub(crate) const CWLI: &str = "CWLI";

/// A definition, as it is stored.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Definition {
    /// A UUID.
    pub(crate) id: String,
    /// What the caller called it; not unique.
    pub(crate) name: String,
    /// The query.
    pub(crate) query: String,
    /// `CWLI`, `SQL` or `PPL`.
    pub(crate) language: String,
    /// The groups that it is for; they need not exist.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) groups: Vec<String>,
    /// What `{{name}}` in the query stands for.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) parameters: Vec<wire::QueryParameter>,
    /// Epoch milliseconds.
    pub(crate) modified: i64,
}

impl Definition {
    /// What AWS shows of it.
    pub(crate) fn shape(self) -> wire::QueryDefinition {
        wire::QueryDefinition {
            query_definition_id: Some(self.id),
            name: Some(self.name),
            query_string: Some(self.query),
            query_language: Some(self.language),
            log_group_names: Some(self.groups),
            parameters: (!self.parameters.is_empty()).then_some(self.parameters),
            last_modified: Some(self.modified),
        }
    }
}
