//! awsJson bodies, plain and as gzip.
#![no_main]

use libfuzzer_sys::fuzz_target;
use watchtrail_fuzz::{decode, post};
use watchtrail_wire::shapes::cloudwatch::{GetMetricDataInput, PutMetricDataInput};

fuzz_target!(|body: &[u8]| {
    let put = ("x-amz-target", "GraniteServiceVersion20100801.PutMetricData");
    let get = ("x-amz-target", "GraniteServiceVersion20100801.GetMetricData");
    decode::<PutMetricDataInput>(&post("/", &[put]), body);
    decode::<PutMetricDataInput>(&post("/", &[put, ("content-encoding", "gzip")]), body);
    decode::<GetMetricDataInput>(&post("/", &[get]), body);
});
