//! Resource policies: who may write to log groups. They are kept and shown; they let nobody in and keep nobody out, since no other service
//! writes to this suite under its own name.
//!
//! AWS: <https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutResourcePolicy.html>.

use serde::{Deserialize, Serialize};
use watchtrail_service::wording::logs as wording;
use watchtrail_service::{Fault, Request, store_fault};
use watchtrail_wire::shapes::logs as wire;

use crate::faults::worded;
use crate::groups;

/// A policy, as it is stored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Policy {
    /// What the caller called it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) name: Option<String>,
    /// An IAM policy.
    pub(crate) document: String,
    /// Epoch milliseconds.
    pub(crate) updated: i64,
    /// What it is attached to, where that is a single group.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) resource: Option<Attached>,
}

/// The group that a policy is attached to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Attached {
    /// Its ARN, without `:*`.
    pub(crate) arn: String,
    /// Its id: a group that is made again under the name has not this policy.
    pub(crate) group_id: String,
    /// Another one with each change.
    pub(crate) revision: String,
}

impl Policy {
    /// Whether it is attached to this group, and not to a deleted one of the same name.
    pub(crate) fn is_of(&self, group: &Attached) -> bool {
        self.resource.as_ref().is_some_and(|attached| attached.group_id == group.group_id)
    }

    /// What AWS shows of it.
    pub(crate) fn shape(self) -> wire::ResourcePolicy {
        let scope = if self.resource.is_some() { "RESOURCE" } else { "ACCOUNT" };
        let (arn, revision) = self.resource.map(|attached| (attached.arn, attached.revision)).unzip();
        wire::ResourcePolicy {
            policy_name: self.name,
            policy_document: Some(self.document),
            last_updated_time: Some(self.updated),
            policy_scope: Some(scope.to_owned()),
            resource_arn: arn,
            revision_id: revision,
        }
    }
}

/// The id of a policy of the whole account.
pub(crate) fn of_account(name: &str) -> String {
    format!("account#{name}")
}

/// The id of a group's policy.
pub(crate) fn of_resource(arn: &str) -> String {
    format!("resource#{arn}")
}

/// The group of an ARN, and its ARN as it is kept.
///
/// # Errors
/// When it is no ARN of a log group that exists here.
pub(crate) async fn group(request: &Request<'_>, arn: &str) -> Result<Attached, Fault> {
    if groups::name_in(arn).is_none() {
        return Err(worded(wording::no_arn("resourceArn", arn)));
    }
    let name = groups::identified(request, arn)?;
    let group = groups::find(request, &name).await?;
    let revision = request.context.request_id();
    Ok(Attached { arn: group.arn(request.scope()), group_id: group.id, revision })
}

/// Whether the group that a policy is attached to is still there.
///
/// # Errors
/// The store's failure.
pub(crate) async fn holds(request: &Request<'_>, policy: &Policy) -> Result<bool, Fault> {
    let Some(attached) = &policy.resource else { return Ok(true) };
    let name = groups::name_in(&attached.arn).unwrap_or_default();
    let group = request.context.store.logs.group(request.scope(), name).await.map_err(store_fault)?;
    Ok(group.is_some_and(|group| group.id == attached.group_id))
}

/// Checks the revision that a change of a group's policy expects.
///
/// # Errors
/// When it is another one.
pub(crate) fn expected(known: Option<&Policy>, revision: Option<&str>) -> Result<(), Fault> {
    let known = known.and_then(|policy| policy.resource.as_ref()).map(|attached| &*attached.revision);
    if known == revision { Ok(()) } else { Err(worded(wording::revision())) }
}
