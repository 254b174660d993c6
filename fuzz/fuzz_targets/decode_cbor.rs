//! rpc-v2-cbor bodies.
#![no_main]

use libfuzzer_sys::fuzz_target;
use watchtrail_fuzz::{decode, post};
use watchtrail_wire::shapes::cloudwatch::{GetMetricDataInput, PutMetricDataInput};

const OPERATIONS: &str = "/service/GraniteServiceVersion20100801/operation";

fuzz_target!(|body: &[u8]| {
    let cbor = [("smithy-protocol", "rpc-v2-cbor")];
    decode::<PutMetricDataInput>(&post(&format!("{OPERATIONS}/PutMetricData"), &cbor), body);
    decode::<GetMetricDataInput>(&post(&format!("{OPERATIONS}/GetMetricData"), &cbor), body);
});
