//! Cutting a generation of audit records: one segment for each day of event time, without those that are here already, and the day's ids.
//!
//! What is no record is kept aside with the reason ([`super::aside`]); it is never dropped, and holds nothing up.

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

use watchtrail_core::time::{Day, Timestamp};
use watchtrail_core::trail::journal;
use watchtrail_core::trail::record::Record;

use super::aside::Aside;
use super::lot::{Lot, Place, Records};
use super::segment::{self, Effort, Row};
use super::{TrailStore, ids, merge};
use crate::compress::decompress;
use crate::error::StoreError;
use crate::keys::object::{self, Span};
use crate::keys::{Generation, Partition, item};
use crate::ledger::{Cut, Cuts, Cutter, IndexEntry, Journaled};

/// The [`Cutter`] of audit records.
#[derive(Debug, Clone)]
pub struct TrailCutter(pub Arc<TrailStore>);

/// A record of a generation, and where it is.
struct Found<'a> {
    record: Record<'a>,
    bits: u128,
    place: Place,
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
        let (cuts, places) = {
            let days = days(&texts, &received, &mut aside);
            self.cut_days(partition, generation, days, now).await?
        };
        let cuts = self.with_aside(partition, generation, aside, cuts).await?;
        self.0.note_region(partition).await?;
        self.0.fresh.keep(partition, generation, Records::new(texts, places));
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
    ) -> Result<(Cuts, Vec<Place>), StoreError> {
        let mut cuts = Cuts::default();
        let mut places: Vec<(Timestamp, String, Place)> = Vec::new();
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
            found.sort_by(|a, b| segment::order(&a.record, &b.record));
            let rows: Vec<Row<'_>> = found
                .iter()
                .map(|found| Row { record: &found.record, received: found.place.received })
                .collect();
            let span = Span::Delivered(generation);
            cuts.cuts.push(self.0.segment_cut(partition, day, span, &rows, Effort::Fast)?);
            cuts.cuts.push(self.0.ids_cut(partition, day, generation, known.as_deref(), &new));
            cuts.days.push(day);
            places.extend(found.iter().map(|one| (one.record.time, one.record.id.to_string(), one.place)));
        }
        places.sort_by(|a, b| (a.0, &a.1).cmp(&(b.0, &b.1)));
        let records = places.len() as u64;
        let lot = Lot { generation, at: now, records, days: cuts.days.clone() };
        cuts.more.push(lot.write(&self.0.ledger.config.names.ledger, partition)?);
        Ok((cuts, places.into_iter().map(|(_, _, place)| place).collect()))
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

/// The records by day, each id once.
fn days<'a>(texts: &'a [String], received: &[i64], aside: &mut Aside) -> BTreeMap<Day, Vec<Found<'a>>> {
    let mut days: BTreeMap<Day, Vec<Found<'a>>> = BTreeMap::new();
    let mut seen = HashSet::new();
    for (number, (text, received)) in texts.iter().zip(received).enumerate() {
        let Ok(records) = journal::decode(text.as_bytes()) else { continue };
        for json in records {
            let record = match Record::parse(json) {
                Ok(record) => record,
                Err(error) => {
                    aside.push(*received, error.to_string(), json);
                    continue;
                }
            };
            let bits = ids::bits(&record.id);
            let day = Day::of(record.time);
            if !seen.insert((day, bits)) {
                continue;
            }
            let start = json.as_ptr().addr() - text.as_ptr().addr();
            let (start, end) = (start as u32, (start + json.len()) as u32);
            let place = Place { text: number as u32, start, end, received: *received };
            days.entry(day).or_default().push(Found { record, bits, place });
        }
    }
    days
}

impl TrailStore {
    /// A segment of sorted rows with its index entry.
    pub(super) fn segment_cut(
        &self,
        partition: &Partition,
        day: Day,
        span: Span,
        rows: &[Row<'_>],
        effort: Effort,
    ) -> Result<Cut, StoreError> {
        let body = segment::write(rows, effort)
            .map_err(|error| StoreError::corrupt("a segment that was to be written", error))?;
        let (rolled, from, to) = match span {
            Span::Delivered(generation) => (false, generation, generation),
            Span::Rolled(from, to) => (true, from, to),
        };
        let times = || rows.iter().map(|row| row.record.time);
        let entry = IndexEntry {
            pk: item::index(partition),
            sk: item::segment(day, 0, rolled, from),
            object: object::trail_segment(partition, day, span, xxhash_rust::xxh3::xxh3_64(&body)),
            bytes: body.len() as u64,
            rows: rows.len() as u64,
            span: times().min().unwrap_or(day.start())..=times().max().unwrap_or(day.start()),
            to,
            expires: self.expires(day),
        };
        Ok(Cut { entry, body: Some(body), kms_key: None })
    }
}
