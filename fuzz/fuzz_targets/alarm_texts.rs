//! What people write about alarms: rules of composite alarms, schedules of mute rules, tests of alarms.
#![no_main]

use libfuzzer_sys::fuzz_target;
use watchtrail_core::alarms::mute::MuteSchedule;
use watchtrail_core::alarms::rule::Rule;
use watchtrail_core::alarms::{AlarmState, script};
use watchtrail_core::time::Timestamp;

fuzz_target!(|body: &[u8]| {
    let Ok(text) = std::str::from_utf8(body) else { return };
    if let Ok(rule) = Rule::parse(text) {
        let state = |name: &str| AlarmState::ALL[name.len() % 3];
        let verdict = rule.evaluate(|child| Some(state(child.name())));
        // What is printed means the same, unless it has become too long to be a rule.
        if let Ok(again) = Rule::parse(&rule.to_string()) {
            assert_eq!(again.evaluate(|child| Some(state(child.name()))), verdict);
        }
    }
    let mut parts = text.splitn(3, '|');
    let (expression, duration) = (parts.next().unwrap_or_default(), parts.next().unwrap_or("PT1H"));
    if let Ok(schedule) = MuteSchedule::parse(expression, duration, parts.next()) {
        let now = Timestamp::from_millis(1_795_262_430_000);
        if schedule.is_active(now, None, None) {
            assert!(schedule.active_until(now, None, None).is_none_or(|until| until > now));
        }
    }
    let _ = script::parse(text);
});
