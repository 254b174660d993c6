//! awsQuery forms, in the body.
#![no_main]

use libfuzzer_sys::fuzz_target;
use watchtrail_fuzz::{decode, post};
use watchtrail_wire::shapes::cloudwatch::{GetMetricDataInput, PutMetricDataInput};

fuzz_target!(|body: &[u8]| {
    decode::<PutMetricDataInput>(&post("/", &[]), body);
    decode::<PutMetricDataInput>(&post("/?Action=PutMetricData&Version=2010-08-01", &[]), body);
    decode::<GetMetricDataInput>(&post("/?Action=GetMetricData&Version=2010-08-01", &[]), body);
});
