//! Trails and times as answers show them.

use watchtrail_core::time::{SECOND, Timestamp};
use watchtrail_core::trail::selectors::Selectors;
use watchtrail_store::trail::Trail;
use watchtrail_wire::Timestamp as WireTime;
use watchtrail_wire::shapes::cloudtrail as wire;

/// A point in time, in epoch milliseconds.
pub(crate) fn time(millis: i64) -> WireTime {
    WireTime::from_millis(millis)
}

/// The same as a text of whole seconds, `2026-11-21T10:00:00Z`; empty when it never was.
pub(crate) fn time_text(millis: Option<i64>) -> String {
    millis.map(|millis| Timestamp::from_seconds(millis.div_euclid(SECOND)).to_string()).unwrap_or_default()
}

/// The name of a topic, as AWS keeps it in a field that is no longer in use.
pub(crate) fn topic_name(trail: &Trail) -> Option<String> {
    trail.topic.as_deref().and_then(|arn| arn.rsplit(':').next()).map(str::to_owned)
}

/// A trail.
pub(crate) fn trail(trail: &Trail) -> wire::Trail {
    wire::Trail {
        name: Some(trail.name.clone()),
        s3_bucket_name: Some(trail.bucket.clone()),
        s3_key_prefix: trail.prefix.clone(),
        sns_topic_name: topic_name(trail),
        sns_topic_arn: trail.topic.clone(),
        include_global_service_events: Some(trail.global_service_events),
        is_multi_region_trail: Some(trail.multi_region),
        home_region: Some(trail.scope.region.clone()),
        trail_arn: Some(trail.arn()),
        log_file_validation_enabled: Some(trail.validated_since.is_some()),
        cloud_watch_logs_log_group_arn: trail.log_group.clone(),
        cloud_watch_logs_role_arn: trail.log_role.clone(),
        kms_key_id: trail.kms_key.clone(),
        has_custom_event_selectors: Some(trail.selectors != Selectors::default()),
        has_insight_selectors: Some(!trail.insights.is_empty()),
        is_organization_trail: Some(trail.organization),
        recursive_logging: Some(false),
    }
}
