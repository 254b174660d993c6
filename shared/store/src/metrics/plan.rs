//! Which segments answer a read: per day the coarsest that fit, and finer ones for generations that those do not cover.
//!
//! A rolled segment covers a span of generations. Spans of a resolution follow each other without gaps, and a coarser
//! span ends where a finer one ends, so covering from coarse to fine reads every generation exactly once.

use std::collections::BTreeMap;

use watchtrail_core::time::Day;

use crate::keys::Generation;
use crate::ledger::Segment;

/// The index shows a rolled segment that reaches beyond the head that the reader started from: it must look again.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct HeadMoved;

/// Chooses among the segments of a partition, up to generation `delivered`.
///
/// `resolutions` are those that the reader can use, in seconds, coarsest first; the finest of them is where unrolled
/// generations are read from.
pub(super) fn plan(
    segments: Vec<Segment>,
    delivered: Generation,
    resolutions: &[u32],
) -> Result<Vec<Segment>, HeadMoved> {
    let mut days: BTreeMap<Day, Vec<Segment>> = BTreeMap::new();
    for segment in segments {
        if segment.rolled && segment.entry.to > delivered {
            return Err(HeadMoved);
        }
        if segment.entry.to <= delivered && resolutions.contains(&segment.resolution) {
            days.entry(segment.day).or_default().push(segment);
        }
    }
    Ok(days.into_values().flat_map(|day| cover(day, resolutions)).collect())
}

fn cover(mut day: Vec<Segment>, resolutions: &[u32]) -> Vec<Segment> {
    let rank = |segment: &Segment| resolutions.iter().position(|r| *r == segment.resolution);
    // Rolled before delivered, coarse before fine, early before late.
    day.sort_by_key(|segment| (!segment.rolled, rank(segment), segment.from));
    let mut covered = 0;
    day.retain(|segment| {
        if segment.from <= covered {
            return false;
        }
        if segment.rolled {
            covered = segment.entry.to;
        }
        true
    });
    day
}

#[cfg(test)]
mod tests {
    use watchtrail_core::time::Timestamp;

    use super::*;
    use crate::ledger::IndexEntry;

    fn segment(text: &str) -> Segment {
        // "60g3" is generation 3 at 60 s; "300r1-4" is what generations 1 to 4 were rolled into at 300 s.
        let at = text.find(['g', 'r']).unwrap();
        let rolled = text.as_bytes()[at] == b'r';
        let span = &text[at + 1..];
        let (from, to) = span.split_once('-').unwrap_or((span, span));
        let time = Timestamp::from_millis(0);
        let entry = IndexEntry {
            pk: String::new(),
            sk: String::new(),
            object: text.to_owned(),
            bytes: 1,
            rows: 1,
            span: time..=time,
            to: to.parse().unwrap(),
            expires: None,
        };
        Segment {
            day: Day::of(time),
            resolution: text[..at].parse().unwrap(),
            rolled,
            from: from.parse().unwrap(),
            entry,
        }
    }

    fn check(index: &str, delivered: Generation, resolutions: &[u32], expected: &str) {
        let segments = index.split_whitespace().map(segment).collect();
        let found = match plan(segments, delivered, resolutions) {
            Ok(chosen) => chosen.iter().map(|s| s.entry.object.clone()).collect::<Vec<_>>().join(" "),
            Err(HeadMoved) => "head moved".to_owned(),
        };
        assert_eq!(found, expected, "{index}");
    }

    #[test]
    fn every_generation_is_read_once() {
        const ALL: &[u32] = &[3600, 300, 60];
        check("60g1 60g2 60g3", 3, ALL, "60g1 60g2 60g3");
        check("60g1 60g2 60g3", 2, ALL, "60g1 60g2");
        check("60g1 60g2 60g3 60r1-2", 3, ALL, "60r1-2 60g3");
        check("60g1 60g2 60r1-2 300r1-2 3600r1-2 60g3", 3, ALL, "3600r1-2 60g3");
        check("60g1 60g2 60r1-2 300r1-2 3600r1-2 60g3", 3, &[300, 60], "300r1-2 60g3");
        check("60g1 60g2 60r1-2 300r1-2 3600r1-2 60g3", 3, &[60], "60r1-2 60g3");
        check("60r1-2 60r3-5 300r1-2 60g6 60g3", 6, ALL, "300r1-2 60r3-5 60g6");
        check("1g1 60g1 1g2 60g2", 2, &[1], "1g1 1g2");
        check("60g1 60r1-4", 3, ALL, "head moved");
        check("", 3, ALL, "");
    }
}
