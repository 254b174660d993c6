//! Any value of any shape survives JSON, CBOR and the query encoding; no bytes make a decoder panic.
//!
//! Values are made by deserializing shapes from random bytes ([`random`]), so that this test needs no strategy per
//! shape; query requests are written by a serializer ([`form`]) that the crate itself does not need.

mod form;
mod random;

use proptest::prelude::*;
use serde::Serialize;

use crate::shapes::cloudtrail_data::{PutAuditEventsRequest, PutAuditEventsResponse};
use crate::shapes::cloudwatch::{
    GetMetricDataInput, GetMetricDataOutput, GetMetricStatisticsInput, GetMetricStatisticsOutput,
    ListMetricsInput, ListMetricsOutput, ListTagsForResourceInput, ListTagsForResourceOutput,
    PutMetricDataInput, TagResourceInput, UntagResourceInput,
};
use crate::{Shape, cbor, json, query, xml};

fn survives<T: Shape + Serialize + PartialEq + std::fmt::Debug>(bytes: &[u8]) {
    let value: T = random::value(bytes);
    let text = serde_json::to_vec(&value).unwrap();
    assert_eq!(json::from_bytes::<T>(&text, &[]).as_ref(), Ok(&value), "JSON");
    let binary = cbor::to_bytes(&value).unwrap();
    assert_eq!(cbor::from_bytes::<T>(&binary).as_ref(), Ok(&value), "CBOR");
    let pairs = form::encoded(&value);
    assert_eq!(query::from_form::<T>(pairs.as_bytes()).as_ref(), Ok(&value), "{pairs}");
    assert!(xml::output("http://x/", "Op", &value, "id").is_some());
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_shape_survives(bytes in proptest::collection::vec(any::<u8>(), 0..2000)) {
        survives::<GetMetricDataInput>(&bytes);
        survives::<GetMetricDataOutput>(&bytes);
        survives::<GetMetricStatisticsInput>(&bytes);
        survives::<GetMetricStatisticsOutput>(&bytes);
        survives::<ListMetricsInput>(&bytes);
        survives::<ListMetricsOutput>(&bytes);
        survives::<ListTagsForResourceInput>(&bytes);
        survives::<ListTagsForResourceOutput>(&bytes);
        survives::<PutAuditEventsRequest>(&bytes);
        survives::<PutAuditEventsResponse>(&bytes);
        survives::<PutMetricDataInput>(&bytes);
        survives::<TagResourceInput>(&bytes);
        survives::<UntagResourceInput>(&bytes);
    }

    #[test]
    fn damaged_bodies_never_panic(
        bytes in proptest::collection::vec(any::<u8>(), 0..500),
        at in any::<prop::sample::Index>(),
        byte in any::<u8>(),
    ) {
        let value: PutMetricDataInput = random::value(&bytes);
        let damage = |mut body: Vec<u8>| {
            let at = at.index(body.len());
            body[at] = byte;
            body
        };
        let _ = json::from_bytes::<PutMetricDataInput>(&damage(serde_json::to_vec(&value).unwrap()), &[]);
        let _ = cbor::from_bytes::<PutMetricDataInput>(&damage(cbor::to_bytes(&value).unwrap()));
        let _ = query::from_form::<PutMetricDataInput>(&damage(format!("a={}", form::encoded(&value)).into_bytes()));
    }
}
