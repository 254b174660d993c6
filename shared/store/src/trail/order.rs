//! The order of a segment's rows: by user, access key, event name, event time and eventID.

use std::collections::HashMap;

use watchtrail_core::trail::record::Record;

/// Who did what.
type Deed<'a> = (Option<&'a str>, Option<&'a str>, &'a str);

/// What a row is sorted by.
#[derive(Debug, Clone, Copy)]
pub(super) struct SortKey<'a> {
    /// User, access key, event name.
    pub(super) deed: Deed<'a>,
    /// Epoch milliseconds.
    pub(super) time: i64,
    pub(super) id: &'a str,
}

impl<'a> SortKey<'a> {
    pub(super) fn of(record: &'a Record<'_>) -> Self {
        let identity = &record.identity;
        let deed = (identity.name(), identity.access_key_id.as_deref(), &*record.name);
        Self { deed, time: record.time.millis(), id: &record.id }
    }
}

/// The positions of rows, in their order.
///
/// Rows are many and deeds are few: the deeds are sorted, and rows by the numbers of theirs.
pub(super) fn sorted<'a>(keys: impl Iterator<Item = SortKey<'a>>) -> Vec<u32> {
    let mut numbers: HashMap<Deed<'a>, u32> = HashMap::new();
    let mut rows = Vec::with_capacity(keys.size_hint().0);
    for key in keys {
        let next = numbers.len() as u32;
        rows.push((*numbers.entry(key.deed).or_insert(next), key.time, key.id, rows.len() as u32));
    }
    let mut deeds: Vec<(Deed<'_>, u32)> = numbers.into_iter().collect();
    deeds.sort_unstable();
    let mut ranks = vec![0; deeds.len()];
    for (rank, (_, number)) in deeds.iter().enumerate() {
        if let Some(known) = ranks.get_mut(*number as usize) {
            *known = rank as u32;
        }
    }
    for row in &mut rows {
        row.0 = ranks.get(row.0 as usize).copied().unwrap_or_default();
    }
    rows.sort_unstable();
    rows.into_iter().map(|(_, _, _, at)| at).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_sorted_as_their_keys_are() {
        let users = [Some("bob"), None, Some("ann"), Some("")];
        let names = ["Put", "Get"];
        let ids = ["c", "a", "b"];
        let keys: Vec<SortKey<'_>> = (0..200_usize)
            .map(|n| SortKey {
                deed: (users[n % 4], users[n / 3 % 4], names[n % 2]),
                time: (n as i64 * 7_919) % 5,
                id: ids[n % 3],
            })
            .collect();
        let mut expected: Vec<u32> = (0..200).collect();
        expected.sort_by_key(|at| {
            let key = keys[*at as usize];
            (key.deed.0, key.deed.1, key.deed.2, key.time, key.id, *at)
        });
        assert_eq!(sorted(keys.iter().copied()), expected);
        assert_eq!(sorted(std::iter::empty()), [0; 0]);
    }
}
