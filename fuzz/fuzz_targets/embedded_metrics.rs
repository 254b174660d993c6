//! Log events with metrics in them: embedded metric format.
#![no_main]

use libfuzzer_sys::fuzz_target;
use watchtrail_core::logs::emf::{self, MOST_DATA, MOST_PROBLEMS};
use watchtrail_core::metrics::request;
use watchtrail_core::time::Timestamp;

fuzz_target!(|body: &[u8]| {
    let Ok(message) = std::str::from_utf8(body) else { return };
    let now = Timestamp::from_millis(1_574_109_790_000);
    let reading = emf::read(message, now, now);
    assert!(reading.made.len() <= MOST_DATA && reading.problems.len() <= MOST_PROBLEMS);
    assert!(emf::may_hold(message) || reading == emf::Reading::default());
    for made in &reading.made {
        assert!(request::namespace(Some(&made.namespace)).is_ok());
        assert!(made.datum.series.dimensions.len() <= 30);
    }
});
