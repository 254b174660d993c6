//! Filter patterns, in the first line, and messages, in the others.
#![no_main]

use libfuzzer_sys::fuzz_target;
use watchtrail_core::logs::pattern::{Kind, MOST_REGEXES, Pattern, Purpose};

fuzz_target!(|body: &[u8]| {
    let Ok(text) = std::str::from_utf8(body) else { return };
    let (pattern, messages) = text.split_once('\n').unwrap_or((text, ""));
    let pattern = match Pattern::parse(pattern) {
        Ok(pattern) => pattern,
        Err(error) => {
            for purpose in [Purpose::Search, Purpose::MetricFilter, Purpose::SubscriptionFilter] {
                assert!(!error.message(purpose).is_empty());
            }
            return;
        }
    };
    assert!(pattern.regexes() <= MOST_REGEXES);
    for message in messages.lines() {
        let Some(found) = pattern.find(message) else { continue };
        assert!(pattern.prefilter().allows(message.as_bytes()));
        for (selector, value) in found.extracted() {
            assert_eq!(pattern.kind(), Kind::SpaceDelimited);
            assert!(message.contains(&value));
            assert_eq!(found.value(&selector).as_deref(), Some(value.as_str()));
        }
        let _ = found.value("$.a.b[0]");
    }
});
