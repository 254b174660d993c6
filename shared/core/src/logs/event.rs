//! What tells log events apart, and in which order they stand.

/// Bits of the index within a request: 10,000 events are the most that PutLogEvents takes.
const INDEX_BITS: u32 = 14;

/// Digits of an event id, as AWS's have.
const DIGITS: usize = 56;

/// The identity of a log event: its time, the request that brought it, and its index in that request. Events are returned in
/// this order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EventKey {
    /// Epoch milliseconds.
    pub timestamp: i64,
    /// The request's ULID.
    pub request: u128,
    /// Counted from 0.
    pub index: u32,
}

impl EventKey {
    /// Before every event of a time.
    pub const fn before(timestamp: i64) -> Self {
        Self { timestamp, request: 0, index: 0 }
    }

    /// The event id: 56 decimal digits that sort as the events do. It is made of the whole key, 44 bits of time, 128 of the request
    /// and 14 of the index, and so is the same wherever the event is read from.
    pub fn id(self) -> String {
        // Three limbs of 64 bits, the lowest first.
        let low = (self.request << INDEX_BITS) | u128::from(self.index & ((1 << INDEX_BITS) - 1));
        let high = (self.timestamp.max(0).unsigned_abs() << INDEX_BITS)
            | (self.request >> (128 - INDEX_BITS)) as u64;
        let mut limbs = [low as u64, (low >> 64) as u64, high];
        let mut digits = [b'0'; DIGITS];
        for digit in digits.iter_mut().rev() {
            let mut rest = 0u128;
            for limb in limbs.iter_mut().rev() {
                let value = (rest << 64) | u128::from(*limb);
                *limb = (value / 10) as u64;
                rest = value % 10;
            }
            *digit = b'0' + rest as u8;
        }
        digits.iter().map(|digit| char::from(*digit)).collect()
    }

    /// Reads what [`EventKey::id`] wrote.
    pub fn parse(id: &str) -> Option<Self> {
        if id.len() != DIGITS || !id.bytes().all(|digit| digit.is_ascii_digit()) {
            return None;
        }
        let mut limbs = [0u64; 3];
        for digit in id.bytes() {
            let mut carry = u128::from(digit - b'0');
            for limb in &mut limbs {
                let value = u128::from(*limb) * 10 + carry;
                *limb = value as u64;
                carry = value >> 64;
            }
            if carry > 0 {
                return None;
            }
        }
        let low = u128::from(limbs[0]) | (u128::from(limbs[1]) << 64);
        let request = (low >> INDEX_BITS) | (u128::from(limbs[2]) << (128 - INDEX_BITS));
        Some(Self {
            timestamp: i64::try_from(limbs[2] >> INDEX_BITS).ok()?,
            request,
            index: (low as u32) & ((1 << INDEX_BITS) - 1),
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn key() -> impl Strategy<Value = EventKey> {
        (0..1i64 << 44, any::<u128>(), 0..10_000u32).prop_map(|(timestamp, request, index)| EventKey {
            timestamp,
            request,
            index,
        })
    }

    proptest! {
        #[test]
        fn ids_round_trip_and_sort_as_events_do(a in key(), b in key()) {
            prop_assert_eq!(EventKey::parse(&a.id()), Some(a));
            prop_assert_eq!(a.id().len(), DIGITS);
            prop_assert_eq!(a.id().cmp(&b.id()), a.cmp(&b));
        }

        #[test]
        fn what_is_no_id_is_refused(text in ".{0,60}") {
            if let Some(key) = EventKey::parse(&text) {
                prop_assert_eq!(key.id(), text);
            }
        }
    }

    #[test]
    fn an_id_looks_like_awss() {
        let key = EventKey { timestamp: 1_795_300_000_000, request: 0, index: 7 };
        assert_eq!(key.id(), "10009131963730506931499768753721400852921660211200000007");
    }
}
