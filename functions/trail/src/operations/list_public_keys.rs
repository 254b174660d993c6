//! ListPublicKeys: <https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_ListPublicKeys.html>.
//!
//! Without times, the keys that are valid now. All keys come on one page.

use watchtrail_service::wording::trail as wording;
use watchtrail_service::{Fault, Operation, Request, store_fault};
use watchtrail_store::trail;
use watchtrail_wire::shapes::cloudtrail::{ListPublicKeysRequest, ListPublicKeysResponse, PublicKey};
use watchtrail_wire::{Blob, Timestamp};

use crate::faults::worded;
use crate::shape;

pub(crate) struct ListPublicKeys;

impl Operation for ListPublicKeys {
    const NAME: &'static str = "ListPublicKeys";
    type Input = ListPublicKeysRequest;
    type Output = ListPublicKeysResponse;

    async fn run(request: &Request<'_>, input: Self::Input) -> Result<Self::Output, Fault> {
        if input.next_token.is_some() {
            return Err(worded(wording::token()));
        }
        let now = request.now.millis();
        let start = input.start_time.map_or(now, Timestamp::millis);
        let end = input.end_time.map_or(now.max(start), Timestamp::millis);
        if start > end {
            return Err(worded(wording::time_range()));
        }
        let keys = request.context.store.trail.public_keys(request.scope(), start..=end).await;
        let key = |key: trail::PublicKey| PublicKey {
            value: Some(Blob(key.der)),
            validity_start_time: Some(shape::time(key.from)),
            validity_end_time: Some(shape::time(key.to)),
            fingerprint: Some(key.fingerprint),
        };
        Ok(ListPublicKeysResponse {
            public_key_list: Some(keys.map_err(store_fault)?.into_iter().map(key).collect()),
            next_token: None,
        })
    }
}
