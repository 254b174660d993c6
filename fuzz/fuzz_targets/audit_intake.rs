//! What tells of audit records, files of them, and the records.
#![no_main]

use libfuzzer_sys::fuzz_target;
use watchtrail_core::trail::intake::{Notice, read_file, read_message, unzip};
use watchtrail_core::trail::journal;
use watchtrail_core::trail::record::Record;

fuzz_target!(|body: &[u8]| {
    if let Ok(text) = unzip(body)
        && let Ok(records) = read_file(&text)
    {
        let encoded = journal::encode(&records);
        assert_eq!(journal::decode(&encoded).unwrap().count(), records.len());
        for record in records {
            let _ = Record::parse(record);
        }
    }
    let Ok(text) = std::str::from_utf8(body) else { return };
    if let Ok(Notice::Record(record)) = read_message(text) {
        let _ = Record::parse(&record);
    }
    if let Ok(record) = Record::parse(text) {
        assert!(!record.id.is_empty() && !record.name.is_empty());
    }
});
