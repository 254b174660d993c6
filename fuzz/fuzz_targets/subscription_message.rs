//! What a subscription filter sends: gzipped JSON, which the logs function takes in.
#![no_main]

use std::io::Write as _;

use flate2::Compression;
use flate2::write::GzEncoder;
use libfuzzer_sys::fuzz_target;
use watchtrail_core::logs::subscription::{read_event, unpack};

fuzz_target!(|body: &[u8]| {
    let _ = unpack(body);
    if let Ok(text) = std::str::from_utf8(body) {
        let _ = read_event(text);
    }
    let mut encoder = GzEncoder::new(Vec::new(), Compression::none());
    let Ok(()) = encoder.write_all(body) else { return };
    let Ok(message) = encoder.finish().map_err(|_| ()).and_then(|packed| unpack(&packed).map_err(|_| ())) else {
        return;
    };
    assert_eq!(unpack(&message.pack()).as_ref(), Ok(&message));
    let events = message.log_events.len();
    let pieces = message.split(&|packed: &[u8]| packed.len() <= 400);
    assert_eq!(pieces.packed.iter().map(|(_, piece)| piece.log_events.len()).sum::<usize>() + pieces.too_large, events);
});
