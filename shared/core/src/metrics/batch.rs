//! The journal's body for metrics: the data of one request, column by column.
//!
//! A batch is written once by PutMetricData and read by everything that looks at the journal's tail. Columns lie
//! apart so that the store's compression finds their likeness. The format is versioned and ours; open formats
//! are the business of segments. Reading trusts no byte: every length is checked against what is left before
//! anything is allocated for it, so no input panics or takes memory out of proportion to its size.
//!
//! Layout, integers as LEB128 and doubles as little-endian bits:
//! version (one byte) · number of data · number of series · metric names · dimensions as canonical JSON (texts
//! with a length before them) · series of each datum (relative to the expected one) · unit and resolution of
//! each (one byte) · form of each sample (one byte) · timestamps (differences in ms, zigzag) · single values ·
//! statistic sets · value lists · sketches.

use std::collections::HashMap;

use super::sample::{Datum, Point, Sample, Sketch, StatisticSet};
use super::segment_rows::SeriesPoints;
use super::series::{Dimensions, SeriesKey};
use super::unit::Unit;
use crate::time::Timestamp;

const VERSION: u8 = 1;
const HIGH_RESOLUTION: u8 = 0x80;

/// The form of a sample.
mod form {
    pub(super) const VALUE: u8 = 0;
    pub(super) const VALUES: u8 = 1;
    pub(super) const STATISTICS: u8 = 2;
    pub(super) const SKETCH: u8 = 3;
}

/// Why bytes are not a batch.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BatchError {
    /// Written by a version that this one does not know.
    #[error("batch version {0} is not known")]
    Version(u8),
    /// The bytes end too early, or a length exceeds them.
    #[error("batch is cut off")]
    CutOff,
    /// Bytes follow the last column.
    #[error("batch has {0} bytes too many")]
    TooLong(usize),
    /// A text is not UTF-8, or not a dimension set.
    #[error("batch holds a bad text")]
    Text,
    /// A number names no series, unit or form.
    #[error("batch holds a bad code")]
    Code,
}

/// The data of one series, unit and resolution in a batch.
#[derive(Clone, Debug, PartialEq)]
pub struct Group {
    /// The series with its points.
    pub points: SeriesPoints,
    /// Whether they were sent with a `StorageResolution` of 1 second.
    pub high_resolution: bool,
}

/// Writes data in their order.
pub fn encode(data: &[Datum]) -> Vec<u8> {
    let mut series: HashMap<&SeriesKey, usize> = HashMap::with_capacity(data.len());
    let mut distinct: Vec<&SeriesKey> = Vec::new();
    let mut indexes = Vec::with_capacity(data.len());
    for datum in data {
        indexes.push(*series.entry(&datum.series).or_insert_with(|| {
            distinct.push(&datum.series);
            distinct.len() - 1
        }));
    }
    let texts: usize =
        distinct.iter().map(|key| key.metric_name.len() + key.dimensions.to_json().len() + 4).sum();
    let mut out = Vec::with_capacity(16 + texts + data.len() * 16);
    out.push(VERSION);
    put_number(&mut out, data.len() as u64);
    put_number(&mut out, distinct.len() as u64);
    for key in &distinct {
        put_text(&mut out, &key.metric_name);
    }
    for key in &distinct {
        put_text(&mut out, key.dimensions.to_json());
    }
    let mut expected = 0;
    for index in indexes {
        put_signed(&mut out, index as i64 - expected);
        expected = index as i64 + 1;
    }
    out.extend(
        data.iter().map(|datum| datum.unit.code() | if datum.high_resolution { HIGH_RESOLUTION } else { 0 }),
    );
    out.extend(data.iter().map(|datum| form_of(&datum.sample)));
    let mut previous = 0;
    for datum in data {
        let millis = datum.timestamp.millis();
        put_signed(&mut out, millis.wrapping_sub(previous));
        previous = millis;
    }
    put_samples(&mut out, data);
    out
}

fn form_of(sample: &Sample) -> u8 {
    match sample {
        Sample::Value(_) => form::VALUE,
        Sample::Values(_) => form::VALUES,
        Sample::Statistics(_) => form::STATISTICS,
        Sample::Sketch(_) => form::SKETCH,
    }
}

fn put_samples(out: &mut Vec<u8>, data: &[Datum]) {
    for datum in data {
        if let Sample::Value(value) = &datum.sample {
            put_double(out, *value);
        }
    }
    for datum in data {
        if let Sample::Statistics(figures) = &datum.sample {
            put_figures(out, figures);
        }
    }
    for datum in data {
        if let Sample::Values(values) = &datum.sample {
            put_pairs(out, values);
        }
    }
    for datum in data {
        if let Sample::Sketch(sketch) = &datum.sample {
            put_figures(out, &sketch.statistics);
            put_pairs(out, &sketch.buckets);
        }
    }
}

/// Reads data in the order in which they were written.
///
/// # Errors
/// When the bytes are not a batch.
pub fn decode(bytes: &[u8]) -> Result<Vec<Datum>, BatchError> {
    let columns = Columns::read(bytes)?;
    let rows = columns.indexes.iter().zip(columns.labels).zip(columns.times).zip(columns.samples);
    Ok(rows
        .map(|(((index, (unit, high_resolution)), timestamp), sample)| Datum {
            series: columns.series[*index].clone(),
            unit,
            high_resolution,
            timestamp,
            sample,
        })
        .collect())
}

/// Reads data grouped by series, unit and resolution: groups in the order of their first datum, points in the
/// order of time (those of one time in the order in which they were written).
///
/// # Errors
/// When the bytes are not a batch.
pub fn decode_grouped(bytes: &[u8]) -> Result<Vec<Group>, BatchError> {
    let columns = Columns::read(bytes)?;
    let mut places: HashMap<(usize, Unit, bool), usize> = HashMap::new();
    let mut first_place: Vec<Option<usize>> = vec![None; columns.series.len()];
    let mut groups: Vec<Group> = Vec::with_capacity(columns.series.len());
    let rows = columns.indexes.iter().zip(columns.labels).zip(columns.times).zip(columns.samples);
    for (((index, (unit, high_resolution)), timestamp), sample) in rows {
        let known = match first_place[*index] {
            Some(at) if groups[at].points.unit == unit && groups[at].high_resolution == high_resolution => {
                Some(at)
            }
            Some(_) => places.get(&(*index, unit, high_resolution)).copied(),
            None => None,
        };
        let at = known.unwrap_or_else(|| {
            let at = groups.len();
            if first_place[*index].is_none() {
                first_place[*index] = Some(at);
            } else {
                places.insert((*index, unit, high_resolution), at);
            }
            let series = columns.series[*index].clone();
            groups.push(Group { points: SeriesPoints { series, unit, points: Vec::new() }, high_resolution });
            at
        });
        groups[at].points.points.push(Point { timestamp, sample });
    }
    for group in &mut groups {
        group.points.points.sort_by_key(|point| point.timestamp);
    }
    Ok(groups)
}

/// A batch's columns: `series` is indexed by `indexes`, the others have an entry a datum.
struct Columns {
    series: Vec<SeriesKey>,
    indexes: Vec<usize>,
    labels: Vec<(Unit, bool)>,
    times: Vec<Timestamp>,
    samples: Vec<Sample>,
}

/// The fewest bytes of a datum: series, unit, form, timestamp.
const LEAST_DATUM: usize = 4;
/// The fewest bytes of a series: an empty name and `{}` with their lengths.
const LEAST_SERIES: usize = 4;

impl Columns {
    fn read(bytes: &[u8]) -> Result<Self, BatchError> {
        let mut reader = Reader { rest: bytes };
        let version = reader.byte()?;
        if version != VERSION {
            return Err(BatchError::Version(version));
        }
        let rows = reader.length(LEAST_DATUM)?;
        let series = read_series(&mut reader)?;
        let mut indexes = Vec::with_capacity(rows);
        let mut expected = 0_i64;
        for _ in 0..rows {
            let index = expected.checked_add(reader.signed()?).ok_or(BatchError::Code)?;
            let place = usize::try_from(index).ok().filter(|place| *place < series.len());
            indexes.push(place.ok_or(BatchError::Code)?);
            expected = index + 1;
        }
        let labels = reader.take(rows)?.iter().map(|byte| {
            let unit = Unit::from_code(byte & !HIGH_RESOLUTION).ok_or(BatchError::Code)?;
            Ok((unit, byte & HIGH_RESOLUTION != 0))
        });
        let labels = labels.collect::<Result<_, BatchError>>()?;
        let forms = reader.take(rows)?;
        let mut times = Vec::with_capacity(rows);
        let mut millis = 0_i64;
        for _ in 0..rows {
            millis = millis.wrapping_add(reader.signed()?);
            times.push(Timestamp::from_millis(millis));
        }
        let samples = read_samples(&mut reader, forms)?;
        match reader.rest.len() {
            0 => Ok(Self { series, indexes, labels, times, samples }),
            more => Err(BatchError::TooLong(more)),
        }
    }
}

fn read_series(reader: &mut Reader<'_>) -> Result<Vec<SeriesKey>, BatchError> {
    let count = reader.length(LEAST_SERIES)?;
    let mut series = Vec::with_capacity(count);
    for _ in 0..count {
        series.push(SeriesKey { metric_name: reader.text()?.to_owned(), dimensions: Dimensions::none() });
    }
    for key in &mut series {
        key.dimensions = Dimensions::from_json(reader.text()?).map_err(|_| BatchError::Text)?;
    }
    Ok(series)
}

fn read_samples(reader: &mut Reader<'_>, forms: &[u8]) -> Result<Vec<Sample>, BatchError> {
    let mut samples = Vec::with_capacity(forms.len());
    for form in forms {
        samples.push(if *form == form::VALUE { Sample::Value(reader.double()?) } else { Sample::Value(0.0) });
    }
    if forms.iter().any(|form| *form > form::SKETCH) {
        return Err(BatchError::Code);
    }
    for wanted in [form::STATISTICS, form::VALUES, form::SKETCH] {
        for (sample, form) in samples.iter_mut().zip(forms) {
            if *form != wanted {
                continue;
            }
            *sample = match wanted {
                form::STATISTICS => Sample::Statistics(reader.figures()?),
                form::VALUES => Sample::Values(reader.pairs()?),
                _ => Sample::Sketch(Box::new(Sketch {
                    statistics: reader.figures()?,
                    buckets: reader.pairs()?,
                })),
            };
        }
    }
    Ok(samples)
}

fn put_number(out: &mut Vec<u8>, mut number: u64) {
    while number >= 0x80 {
        out.push(number as u8 | 0x80);
        number >>= 7;
    }
    out.push(number as u8);
}

fn put_signed(out: &mut Vec<u8>, number: i64) {
    put_number(out, ((number << 1) ^ (number >> 63)) as u64);
}

fn put_text(out: &mut Vec<u8>, text: &str) {
    put_number(out, text.len() as u64);
    out.extend_from_slice(text.as_bytes());
}

fn put_double(out: &mut Vec<u8>, number: f64) {
    out.extend_from_slice(&number.to_le_bytes());
}

fn put_figures(out: &mut Vec<u8>, figures: &StatisticSet) {
    put_double(out, figures.sample_count);
    put_double(out, figures.sum);
    put_double(out, figures.minimum);
    put_double(out, figures.maximum);
}

fn put_pairs(out: &mut Vec<u8>, pairs: &[(f64, f64)]) {
    put_number(out, pairs.len() as u64);
    for (value, _) in pairs {
        put_double(out, *value);
    }
    for (_, count) in pairs {
        put_double(out, *count);
    }
}

struct Reader<'a> {
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    fn take(&mut self, length: usize) -> Result<&'a [u8], BatchError> {
        let (taken, rest) = self.rest.split_at_checked(length).ok_or(BatchError::CutOff)?;
        self.rest = rest;
        Ok(taken)
    }

    fn byte(&mut self) -> Result<u8, BatchError> {
        let (byte, rest) = self.rest.split_first().ok_or(BatchError::CutOff)?;
        self.rest = rest;
        Ok(*byte)
    }

    fn number(&mut self) -> Result<u64, BatchError> {
        let mut number = 0;
        for shift in (0..64).step_by(7) {
            let byte = self.byte()?;
            if shift == 63 && byte > 1 {
                break;
            }
            number |= u64::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                return Ok(number);
            }
        }
        Err(BatchError::Code)
    }

    fn signed(&mut self) -> Result<i64, BatchError> {
        let number = self.number()?;
        Ok((number >> 1) as i64 ^ -((number & 1) as i64))
    }

    /// A number of things of at least `least` bytes each, checked against the bytes that are left.
    fn length(&mut self, least: usize) -> Result<usize, BatchError> {
        let length = usize::try_from(self.number()?).map_err(|_| BatchError::CutOff)?;
        if length > self.rest.len() / least { Err(BatchError::CutOff) } else { Ok(length) }
    }

    fn text(&mut self) -> Result<&'a str, BatchError> {
        let length = self.length(1)?;
        std::str::from_utf8(self.take(length)?).map_err(|_| BatchError::Text)
    }

    fn double(&mut self) -> Result<f64, BatchError> {
        let (bytes, rest) = self.rest.split_first_chunk().ok_or(BatchError::CutOff)?;
        self.rest = rest;
        Ok(f64::from_le_bytes(*bytes))
    }

    fn figures(&mut self) -> Result<StatisticSet, BatchError> {
        Ok(StatisticSet {
            sample_count: self.double()?,
            sum: self.double()?,
            minimum: self.double()?,
            maximum: self.double()?,
        })
    }

    fn pairs(&mut self) -> Result<Vec<(f64, f64)>, BatchError> {
        let length = self.length(16)?;
        let double = |bytes: &[u8; 8]| f64::from_le_bytes(*bytes);
        let (values, _) = self.take(length * 8)?.as_chunks();
        let (counts, _) = self.take(length * 8)?.as_chunks();
        Ok(values.iter().zip(counts).map(|(value, count)| (double(value), double(count))).collect())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn sample() -> impl Strategy<Value = Sample> {
        let number = || prop::num::f64::NORMAL | prop::num::f64::ZERO;
        let pairs = || prop::collection::vec((number(), number()), 0..5);
        let figures = || {
            (number(), number(), number(), number()).prop_map(|(sample_count, sum, minimum, maximum)| {
                StatisticSet { sample_count, sum, minimum, maximum }
            })
        };
        prop_oneof![
            4 => number().prop_map(Sample::Value),
            1 => pairs().prop_map(Sample::Values),
            1 => figures().prop_map(Sample::Statistics),
            1 => (figures(), pairs())
                .prop_map(|(statistics, buckets)| Sample::Sketch(Box::new(Sketch { statistics, buckets }))),
        ]
    }

    fn datum() -> impl Strategy<Value = Datum> {
        let dimensions = prop::collection::btree_map("[a-c]", "[x-z\"\\\\]{0,2}", 0..3)
            .prop_map(|map| Dimensions::new(map.into_iter().collect()).unwrap());
        let unit = prop::sample::select(Unit::ALL.to_vec());
        let time = prop_oneof![any::<i64>(), 1_700_000_000_000..1_700_000_100_000i64];
        ("[a-c]{0,2}", dimensions, unit, any::<bool>(), time, sample()).prop_map(
            |(metric_name, dimensions, unit, high_resolution, millis, sample)| Datum {
                series: SeriesKey { metric_name, dimensions },
                unit,
                high_resolution,
                timestamp: Timestamp::from_millis(millis),
                sample,
            },
        )
    }

    #[test]
    fn refused() {
        fn check(bytes: &[u8], expected: BatchError) {
            assert_eq!(decode(bytes), Err(expected.clone()));
            assert_eq!(decode_grouped(bytes), Err(expected));
        }
        check(&[], BatchError::CutOff);
        check(&[2], BatchError::Version(2));
        check(&[1], BatchError::CutOff);
        check(&[1, 0, 0, 9], BatchError::TooLong(1));
        check(&[1, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1], BatchError::CutOff);
        check(&[1, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 2], BatchError::Code);
        check(&[1, 0, 1, 1, 0xff, 2, b'{', b'}'], BatchError::Text);
        check(&[1, 0, 1, 1, b'm', 2, b'[', b']'], BatchError::Text);
        let one = |index, label, form| {
            [&[1, 1, 1, 1, b'm', 2, b'{', b'}', index, label, form, 0][..], &[0; 8]].concat()
        };
        assert_eq!(decode(&one(0, 0, 0)).map(|data| data.len()), Ok(1));
        check(&one(2, 0, 0), BatchError::Code);
        check(&one(1, 0, 0), BatchError::Code);
        check(&one(0, 27, 0), BatchError::Code);
        check(&one(0, 0, 4), BatchError::Code);
        check(&one(0, 0, 2), BatchError::CutOff);
    }

    proptest! {
        #[test]
        fn data_read_back(data in prop::collection::vec(datum(), 0..40)) {
            prop_assert_eq!(decode(&encode(&data)), Ok(data));
        }

        #[test]
        fn groups_hold_the_same_data(data in prop::collection::vec(datum(), 0..40)) {
            let groups = decode_grouped(&encode(&data)).unwrap();
            let mut found = Vec::new();
            for group in &groups {
                prop_assert!(group.points.points.is_sorted_by_key(|point| point.timestamp));
                for point in &group.points.points {
                    found.push(Datum {
                        series: group.points.series.clone(),
                        unit: group.points.unit,
                        high_resolution: group.high_resolution,
                        timestamp: point.timestamp,
                        sample: point.sample.clone(),
                    });
                }
            }
            let key = |datum: &Datum| (datum.series.clone(), datum.unit, datum.high_resolution, datum.timestamp);
            let mut wanted = data;
            found.sort_by_key(key);
            wanted.sort_by_key(key);
            prop_assert_eq!(found, wanted);
            let keys: std::collections::HashSet<_> = groups
                .iter()
                .map(|group| (group.points.series.clone(), group.points.unit, group.high_resolution))
                .collect();
            prop_assert_eq!(keys.len(), groups.len());
        }

        #[test]
        fn no_bytes_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            let _ = (decode(&bytes), decode_grouped(&bytes));
            let _ = decode(&[&[VERSION][..], &bytes].concat());
        }

        #[test]
        fn no_damage_panics(data in prop::collection::vec(datum(), 1..10), at: prop::sample::Index, byte: u8, cut: prop::sample::Index) {
            let mut bytes = encode(&data);
            let place = at.index(bytes.len());
            bytes[place] = byte;
            let _ = (decode(&bytes), decode_grouped(&bytes));
            bytes.truncate(cut.index(bytes.len()));
            let _ = (decode(&bytes), decode_grouped(&bytes));
        }
    }
}
