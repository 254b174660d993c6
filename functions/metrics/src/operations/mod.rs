//! The operations that exist, one file each. Adding one is a file and a line here.

mod delete_alarm_mute_rule;
mod delete_alarms;
mod describe_alarm_history;
mod describe_alarms;
mod describe_alarms_for_metric;
mod disable_alarm_actions;
mod enable_alarm_actions;
mod get_alarm_mute_rule;
mod get_metric_data;
mod get_metric_statistics;
mod list_alarm_mute_rules;
mod list_metrics;
mod list_tags_for_resource;
mod put_alarm_mute_rule;
mod put_composite_alarm;
mod put_metric_alarm;
mod put_metric_data;
mod set_alarm_state;
mod tag_resource;
mod untag_resource;

use watchtrail_service::Entry;

/// The list that routing, the coverage page and its test are made from.
pub(crate) const OPERATIONS: &[Entry] = &[
    Entry::of::<delete_alarm_mute_rule::DeleteAlarmMuteRule>(),
    Entry::of::<delete_alarms::DeleteAlarms>(),
    Entry::of::<describe_alarm_history::DescribeAlarmHistory>(),
    Entry::of::<describe_alarms::DescribeAlarms>(),
    Entry::of::<describe_alarms_for_metric::DescribeAlarmsForMetric>(),
    Entry::of::<disable_alarm_actions::DisableAlarmActions>(),
    Entry::of::<enable_alarm_actions::EnableAlarmActions>(),
    Entry::of::<get_alarm_mute_rule::GetAlarmMuteRule>(),
    Entry::of::<get_metric_data::GetMetricData>(),
    Entry::of::<get_metric_statistics::GetMetricStatistics>(),
    Entry::of::<list_alarm_mute_rules::ListAlarmMuteRules>(),
    Entry::of::<list_metrics::ListMetrics>(),
    Entry::of::<list_tags_for_resource::ListTagsForResource>(),
    Entry::of::<put_alarm_mute_rule::PutAlarmMuteRule>(),
    Entry::of::<put_composite_alarm::PutCompositeAlarm>(),
    Entry::of::<put_metric_alarm::PutMetricAlarm>(),
    Entry::of::<put_metric_data::PutMetricData>(),
    Entry::of::<set_alarm_state::SetAlarmState>(),
    Entry::of::<tag_resource::TagResource>(),
    Entry::of::<untag_resource::UntagResource>(),
];
