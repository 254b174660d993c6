//! What CreateTrail and UpdateTrail have in common: their members, checked in AWS's order, and put into a trail.
//!
//! An empty text takes a setting away, as clients do it (Terraform among them). Whether the KMS key exists and may be used is seen at
//! the first delivery, and then in GetTrailStatus: no function has a right to look at keys. Policies of buckets need not name CloudTrail: it
//! is Watchtrail's own role that writes. The suite's own deliveries are no recorded calls: trails never log themselves, which is
//! `RecursiveLogging` of `false`.

use watchtrail_core::trail::names;
use watchtrail_core::trail::names::PrefixError;
use watchtrail_service::wording::trail as wording;
use watchtrail_service::{Fault, Request, store_fault};
use watchtrail_store::trail::{BucketTry, Trail};

use crate::destinations;
use crate::faults::worded;

/// What a request says of a trail's settings; `None` where it says nothing.
#[derive(Debug, Default)]
pub(crate) struct Changes {
    pub(crate) bucket: Option<String>,
    pub(crate) prefix: Option<String>,
    pub(crate) topic: Option<String>,
    pub(crate) global_service_events: Option<bool>,
    pub(crate) multi_region: Option<bool>,
    pub(crate) validation: Option<bool>,
    pub(crate) log_group: Option<String>,
    pub(crate) log_role: Option<String>,
    pub(crate) kms_key: Option<String>,
    pub(crate) organization: Option<bool>,
    pub(crate) recursive: Option<bool>,
}

impl Changes {
    /// Checks what can be checked without looking anything up, and makes ARNs of the topic and of the key.
    ///
    /// # Errors
    /// AWS's first refusal.
    pub(crate) fn check(mut self, request: &Request<'_>) -> Result<Self, Fault> {
        let scope = request.scope();
        if let Some(bucket) = &self.bucket {
            names::bucket(bucket).map_err(|_| worded(wording::bucket_name(bucket)))?;
        }
        if let Some(prefix) = &self.prefix {
            names::prefix(prefix).map_err(|error| match error {
                PrefixError::Long(length) => worded(wording::long_prefix(length)),
                PrefixError::Characters => worded(wording::odd_prefix(prefix)),
            })?;
        }
        self.topic = arn_of(self.topic, |topic| {
            destinations::topic(scope, topic).ok_or_else(|| worded(wording::topic(topic)))
        })?;
        self.kms_key = arn_of(self.kms_key, |key| {
            destinations::kms_key(scope, key).ok_or_else(|| worded(wording::kms_key(key)))
        })?;
        if self.organization == Some(true) {
            return Err(worded(wording::no_organization()));
        }
        if self.recursive == Some(true) {
            return Err(worded(wording::unsupported("RecursiveLogging of true")));
        }
        Ok(self)
    }

    /// Checks what has to exist, for the trail as it would be.
    ///
    /// # Errors
    /// AWS's first refusal.
    pub(crate) async fn check_existence(&self, request: &Request<'_>, trail: &Trail) -> Result<(), Fault> {
        if self.bucket.is_some() {
            let bucket = &trail.bucket;
            // Whoever may make trails may not write beside the suite's own objects.
            if request.context.store.is_own_bucket(bucket) {
                return Err(worded(wording::bucket_policy(bucket)));
            }
            match request.context.store.trail.try_bucket(bucket).await.map_err(store_fault)? {
                BucketTry::There => {}
                BucketTry::Missing => return Err(worded(wording::no_such_bucket(bucket))),
                BucketTry::Denied => return Err(worded(wording::bucket_policy(bucket))),
            }
        }
        // An empty text takes the topic away.
        if self.topic.as_ref().is_some_and(|topic| !topic.is_empty())
            && let Some(topic) = &trail.topic
            && request.context.outbound.has_topic(topic).await == Some(false)
        {
            return Err(worded(wording::no_such_topic()));
        }
        if self.log_group.is_some() || self.log_role.is_some() {
            destinations::check_logs(request, trail.log_group.as_deref(), trail.log_role.as_deref()).await?;
        }
        Ok(())
    }

    /// Puts the settings into a trail.
    ///
    /// # Errors
    /// When they do not go together.
    pub(crate) fn apply(&self, trail: &mut Trail, now_millis: i64) -> Result<(), Fault> {
        let set = |place: &mut Option<String>, new: &Option<String>| {
            if let Some(new) = new {
                *place = Some(new.clone()).filter(|text| !text.is_empty());
            }
        };
        if let Some(bucket) = &self.bucket {
            trail.bucket.clone_from(bucket);
        }
        set(&mut trail.prefix, &self.prefix);
        set(&mut trail.topic, &self.topic);
        set(&mut trail.log_group, &self.log_group);
        set(&mut trail.log_role, &self.log_role);
        set(&mut trail.kms_key, &self.kms_key);
        trail.multi_region = self.multi_region.unwrap_or(trail.multi_region);
        trail.global_service_events = self.global_service_events.unwrap_or(trail.global_service_events);
        match self.validation {
            // Digests begin anew when validation does.
            Some(true) if trail.validated_since.is_none() => trail.validated_since = Some(now_millis),
            Some(false) => trail.validated_since = None,
            _ => {}
        }
        if trail.multi_region && !trail.global_service_events {
            return Err(worded(wording::multi_region_without_global()));
        }
        Ok(())
    }
}

/// The ARN that a text stands for; an empty one stays, since it takes a setting away.
fn arn_of(
    given: Option<String>,
    arn: impl Fn(&str) -> Result<String, Fault>,
) -> Result<Option<String>, Fault> {
    given.map(|text| if text.is_empty() { Ok(text) } else { arn(&text) }).transpose()
}
