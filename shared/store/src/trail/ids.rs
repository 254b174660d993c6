//! Which events of a day are here already: the ids of a day's records, sixteen bytes each, sorted.
//!
//! A fifth of what EventBridge and S3 tell of comes twice, perhaps days later, and an event counts once. The ids of a day are an object that
//! each delivery of records of that day replaces, in the transaction that makes the records visible; so whoever delivers a generation knows
//! all ids of the generations before it. An event that comes again has the same time, and so the same day.

use std::sync::Arc;

use watchtrail_core::time::Day;
use xxhash_rust::xxh3::{xxh3_64, xxh3_128};

use super::TrailStore;
use crate::error::StoreError;
use crate::keys::{Generation, Partition, item, object};
use crate::ledger::{Cut, IndexEntry};

const ID_BYTES: usize = 16;

/// An eventID in sixteen bytes: a UUID as it is, and of any other text a hash.
pub(super) fn bits(id: &str) -> u128 {
    uuid(id).unwrap_or_else(|| xxh3_128(id.as_bytes()))
}

fn uuid(id: &str) -> Option<u128> {
    let bytes = id.as_bytes();
    if bytes.len() != 36 {
        return None;
    }
    let mut value = 0_u128;
    for (at, byte) in bytes.iter().enumerate() {
        if matches!(at, 8 | 13 | 18 | 23) {
            if *byte != b'-' {
                return None;
            }
            continue;
        }
        // Capitals would make two ids of one text's spelling into one.
        let digit = match byte {
            b'0'..=b'9' => byte - b'0',
            b'a'..=b'f' => byte - b'a' + 10,
            _ => return None,
        };
        value = value << 4 | u128::from(digit);
    }
    Some(value)
}

impl TrailStore {
    /// The ids of a day, as the last delivery left them.
    pub(super) async fn known_ids(
        &self,
        partition: &Partition,
        day: Day,
    ) -> Result<Option<Arc<[u128]>>, StoreError> {
        let Some(entry) = self.ledger.directories(partition, day..=day).await?.pop() else { return Ok(None) };
        if let Some(known) = self.cache.ids.get(&entry.object) {
            return Ok(Some(known));
        }
        let bytes = self.ledger.objects.get(&entry.object, None).await?;
        let (ids, rest) = bytes.as_chunks::<ID_BYTES>();
        if !rest.is_empty() || ids.len() as u64 != entry.rows {
            return Err(StoreError::corrupt(&entry.object, "it is no list of ids"));
        }
        let ids: Arc<[u128]> = ids.iter().map(|id| u128::from_be_bytes(*id)).collect();
        self.cache.ids.insert(entry.object, Arc::clone(&ids));
        Ok(Some(ids))
    }

    /// The object of a day's ids with some more; both are sorted.
    pub(super) fn ids_cut(
        &self,
        partition: &Partition,
        day: Day,
        generation: Generation,
        known: Option<&[u128]>,
        new: &[u128],
    ) -> Cut {
        let mut ids = known.unwrap_or_default().to_vec();
        ids.extend_from_slice(new);
        ids.sort_unstable();
        let body: Vec<u8> = ids.iter().flat_map(|id| id.to_be_bytes()).collect();
        let entry = IndexEntry {
            pk: item::directory(partition),
            sk: day.to_string(),
            object: object::trail_ids(partition, day, generation, xxh3_64(&body)),
            bytes: body.len() as u64,
            rows: ids.len() as u64,
            span: day.start()..=day.end(),
            to: generation,
            expires: self.expires(day),
        };
        self.cache.ids.insert(entry.object.clone(), ids.into());
        Cut { entry, body: Some(body), kms_key: None }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn uuids_are_themselves_and_other_texts_are_hashed() {
        let id = "12345678-9abc-4def-8123-456789abcdef";
        assert_eq!(bits(id), 0x1234_5678_9abc_4def_8123_4567_89ab_cdef);
        for other in ["e-1", "12345678-9ABC-4def-8123-456789abcdef", "12345678-9abc-4def-8123-456789abcde"] {
            assert_eq!(bits(other), xxh3_128(other.as_bytes()), "{other}");
        }
    }
}
