//! Cutting a generation of audit records: one segment for each day of event time, without those that are here already, and the day's ids.
//!
//! What is no record is kept aside with the reason ([`super::aside`]); it is never dropped, and holds nothing up.

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

use watchtrail_core::time::{Day, Timestamp};
use watchtrail_core::trail::journal;
use watchtrail_core::trail::record::Record;

use super::aside::Aside;
use super::lot::{Lot, Parsed, Received, Records};
use super::order::{self, SortKey};
use super::segment::{self, Row, SegmentError};
use super::{TrailStore, ids, merge};
use crate::compress::decompress;
use crate::error::StoreError;
use crate::keys::object::{self, Span};
use crate::keys::{Generation, Partition, item};
use crate::ledger::{Cut, Cuts, Cutter, IndexEntry, Journaled};

/// The [`Cutter`] of audit records.
#[derive(Debug, Clone)]
pub struct TrailCutter(pub Arc<TrailStore>);

/// A record of a generation that is new in it, and its number among all of them.
struct Found<'a> {
    received: &'a Received<'a>,
    bits: u128,
    number: u32,
}

impl Cutter for TrailCutter {
    async fn cut(
        &self,
        partition: &Partition,
        generation: Generation,
        batches: Vec<Journaled>,
        now: Timestamp,
    ) -> Result<Cuts, StoreError> {
        let mut texts = Vec::with_capacity(batches.len());
        let mut received = Vec::with_capacity(batches.len());
        for Journaled { ulid, body, .. } in batches {
            let what = || format!("the journal's audit records {ulid}");
            texts.push(text(decompress(&body, &what)?, &what)?);
            received.push(ulid.timestamp_ms() as i64);
        }
        let mut aside = Aside::default();
        let parsed = Parsed::new(texts, |texts| read(texts, &received, &mut aside));
        let days = days(parsed.borrow_dependent());
        let (cuts, kept) = self.cut_days(partition, generation, days, now).await?;
        let cuts = self.with_aside(partition, generation, aside, cuts).await?;
        self.0.note_region(partition).await?;
        self.0.fresh.keep(partition, generation, Records::new(parsed, kept));
        Ok(cuts)
    }

    fn steps(&self) -> &'static [&'static str] {
        &[merge::STEP]
    }
}

impl TrailCutter {
    async fn cut_days(
        &self,
        partition: &Partition,
        generation: Generation,
        days: BTreeMap<Day, Vec<Found<'_>>>,
        now: Timestamp,
    ) -> Result<(Cuts, Vec<u32>), StoreError> {
        let mut cuts = Cuts::default();
        let mut kept = Vec::new();
        for (day, mut found) in days {
            let known = self.0.known_ids(partition, day).await?;
            if let Some(known) = &known {
                found.retain(|found| known.binary_search(&found.bits).is_err());
            }
            if found.is_empty() {
                continue;
            }
            let mut new: Vec<u128> = found.iter().map(|found| found.bits).collect();
            new.sort_unstable();
            let order = order::sorted(found.iter().map(|found| SortKey::of(&found.received.record)));
            let rows: Vec<Row<'_>> = order
                .iter()
                .filter_map(|at| found.get(*at as usize))
                .map(|found| Row { record: &found.received.record, received: found.received.at })
                .collect();
            let span = Span::Delivered(generation);
            let times = rows.iter().map(|row| row.record.time.millis());
            let body = segment::write(&rows);
            cuts.cuts.push(self.0.segment_cut(partition, day, span, body, times)?);
            cuts.cuts.push(self.0.ids_cut(partition, day, generation, known.as_deref(), &new));
            cuts.days.push(day);
            kept.extend(found.iter().map(|found| found.number));
        }
        let records = kept.len() as u64;
        let lot = Lot { generation, at: now, records, days: cuts.days.clone() };
        cuts.more.push(lot.write(&self.0.ledger.config.names.ledger, partition)?);
        Ok((cuts, kept))
    }

    async fn with_aside(
        &self,
        partition: &Partition,
        generation: Generation,
        aside: Aside,
        mut cuts: Cuts,
    ) -> Result<Cuts, StoreError> {
        if !aside.is_empty() {
            let name = format!("g{generation:012}");
            cuts.more.push(self.0.put_aside(&partition.scope, &name, &aside).await?);
        }
        Ok(cuts)
    }
}

fn text(bytes: Vec<u8>, what: &dyn Fn() -> String) -> Result<String, StoreError> {
    // Looked at here, so that what is kept is known to be a batch.
    journal::decode(&bytes).map(drop).map_err(|error| StoreError::corrupt(what(), error))?;
    String::from_utf8(bytes).map_err(|error| StoreError::corrupt(what(), error))
}

/// The records of texts; what is none is kept aside.
fn read<'a>(texts: &'a [String], times: &[i64], aside: &mut Aside) -> Vec<Received<'a>> {
    // A record is a line. Growing would move all of them, again and again.
    let lines = texts.iter().map(|text| text.bytes().filter(|byte| *byte == b'\n').count() + 1);
    let mut all = Vec::with_capacity(lines.sum());
    for (text, at) in texts.iter().zip(times) {
        let Ok(records) = journal::decode(text.as_bytes()) else { continue };
        for json in records {
            match Record::parse(json) {
                Ok(record) => all.push(Received { record, at: *at }),
                Err(error) => aside.push(*at, error.to_string(), json),
            }
        }
    }
    all
}

/// The records by day, each id once.
fn days<'a>(all: &'a [Received<'a>]) -> BTreeMap<Day, Vec<Found<'a>>> {
    let mut days: BTreeMap<Day, Vec<Found<'a>>> = BTreeMap::new();
    let mut seen = HashSet::with_capacity(all.len());
    for (number, received) in all.iter().enumerate() {
        let bits = ids::bits(&received.record.id);
        let day = Day::of(received.record.time);
        if seen.insert((day, bits)) {
            days.entry(day).or_default().push(Found { received, bits, number: number as u32 });
        }
    }
    days
}

impl TrailStore {
    /// A segment with its index entry, which tells the bounds of its rows' times (epoch milliseconds).
    pub(super) fn segment_cut(
        &self,
        partition: &Partition,
        day: Day,
        span: Span,
        body: Result<Vec<u8>, SegmentError>,
        times: impl Iterator<Item = i64>,
    ) -> Result<Cut, StoreError> {
        let body = body.map_err(|error| StoreError::corrupt("a segment that was to be written", error))?;
        let (rolled, from, to) = match span {
            Span::Delivered(generation) => (false, generation, generation),
            Span::Rolled(from, to) => (true, from, to),
        };
        let (mut rows, mut oldest, mut newest) = (0, i64::MAX, i64::MIN);
        for time in times {
            (rows, oldest, newest) = (rows + 1, oldest.min(time), newest.max(time));
        }
        let bounds = if rows == 0 {
            (day.start(), day.start())
        } else {
            (Timestamp::from_millis(oldest), Timestamp::from_millis(newest))
        };
        let entry = IndexEntry {
            pk: item::index(partition),
            sk: item::segment(day, 0, rolled, from),
            object: object::trail_segment(partition, day, span, xxhash_rust::xxh3::xxh3_64(&body)),
            bytes: body.len() as u64,
            rows,
            span: bounds.0..=bounds.1,
            to,
            expires: self.expires(day),
        };
        Ok(Cut { entry, body: Some(body), kms_key: None })
    }
}
