//! From decoded batches to series: runs of rows of one series are found by comparing dictionary keys, so a series' texts
//! are touched once a run and a single-value row allocates nothing.

use std::ops::Range;

use arrow_array::cast::AsArray;
use arrow_array::types::{Float64Type, Int32Type, TimestampMillisecondType};
use arrow_array::{Array, ListArray, PrimitiveArray, RecordBatch, StringArray};
use watchtrail_core::metrics::{
    Dimensions, Point, Sample, SeriesKey, SeriesPoints, Sketch, StatisticSet, Unit,
};
use watchtrail_core::time::Timestamp;

use super::SegmentError;
use super::read::Wanted;
use super::schema::Column;

type Doubles = PrimitiveArray<Float64Type>;

/// A dictionary column: a key a row, and what the keys stand for.
struct Texts<'a> {
    keys: &'a [i32],
    texts: &'a StringArray,
}

impl<'a> Texts<'a> {
    fn of(batch: &'a RecordBatch, column: Column) -> Result<Self, SegmentError> {
        let array = column_of(batch, column)?
            .as_dictionary_opt::<Int32Type>()
            .ok_or(SegmentError::Content("a text column has another type"))?;
        let texts =
            array.values().as_string_opt().ok_or(SegmentError::Content("a text column has another type"))?;
        Ok(Self { keys: array.keys().values(), texts })
    }

    fn at(&self, row: usize) -> Result<&'a str, SegmentError> {
        let key = self.keys.get(row).and_then(|key| usize::try_from(*key).ok());
        key.filter(|key| *key < self.texts.len())
            .map(|key| self.texts.value(key))
            .ok_or(SegmentError::Content("a text is missing"))
    }
}

/// Where series change within a batch.
pub(super) struct Runs<'a> {
    metric_name: Texts<'a>,
    dimensions: Texts<'a>,
    unit: Texts<'a>,
    rows: usize,
}

/// What a row says about its series.
#[derive(Clone, Copy)]
pub(super) struct SeriesTexts<'a> {
    metric_name: &'a str,
    dimensions: &'a str,
    unit: &'a str,
}

impl<'a> Runs<'a> {
    pub(super) fn of(batch: &'a RecordBatch) -> Result<Self, SegmentError> {
        Ok(Self {
            metric_name: Texts::of(batch, Column::MetricName)?,
            dimensions: Texts::of(batch, Column::Dimensions)?,
            unit: Texts::of(batch, Column::Unit)?,
            rows: batch.num_rows(),
        })
    }

    /// Ranges of rows with equal keys. Two neighbouring runs may still be of one series.
    pub(super) fn iter(&self) -> impl Iterator<Item = Range<usize>> {
        let (names, dimensions, units) = (self.metric_name.keys, self.dimensions.keys, self.unit.keys);
        let mut start = 0;
        std::iter::from_fn(move || {
            if start >= self.rows {
                return None;
            }
            let key = (names[start], dimensions[start], units[start]);
            let same = |row: &usize| (names[*row], dimensions[*row], units[*row]) == key;
            let end = start + (start..self.rows).take_while(same).count();
            Some(std::mem::replace(&mut start, end)..end)
        })
    }

    pub(super) fn texts(&self, row: usize) -> Result<SeriesTexts<'a>, SegmentError> {
        Ok(SeriesTexts {
            metric_name: self.metric_name.at(row)?,
            dimensions: self.dimensions.at(row)?,
            unit: self.unit.at(row)?,
        })
    }
}

impl SeriesTexts<'_> {
    pub(super) fn are(&self, series: &SeriesKey, unit: Unit) -> bool {
        (self.metric_name, self.dimensions, self.unit)
            == (series.metric_name.as_str(), series.dimensions.to_json(), unit.as_str())
    }

    pub(super) fn parse(&self) -> Result<(SeriesKey, Unit), SegmentError> {
        let dimensions = Dimensions::from_json(self.dimensions)
            .map_err(|_| SegmentError::Content("dimensions are not a JSON object of strings"))?;
        let unit = Unit::parse(self.unit).ok_or(SegmentError::Content("the unit is unknown"))?;
        Ok((SeriesKey { metric_name: self.metric_name.to_owned(), dimensions }, unit))
    }

    fn is_one_of(&self, keys: &[SeriesKey]) -> bool {
        let own = (self.metric_name, self.dimensions);
        keys.binary_search_by(|key| (key.metric_name.as_str(), key.dimensions.to_json()).cmp(&own)).is_ok()
    }
}

/// Collects the wanted rows of the batches of a segment.
pub(super) struct Rows<'w> {
    wanted: &'w Wanted<'w>,
    series: Vec<SeriesPoints>,
}

impl<'w> Rows<'w> {
    pub(super) const fn new(wanted: &'w Wanted<'w>) -> Self {
        Self { wanted, series: Vec::new() }
    }

    pub(super) fn add(&mut self, batch: &RecordBatch) -> Result<(), SegmentError> {
        let (runs, samples) = (Runs::of(batch)?, Samples::of(batch)?);
        for run in runs.iter() {
            let texts = runs.texts(run.start)?;
            if self.wanted.series.is_none_or(|keys| texts.is_one_of(keys)) {
                samples.collect(run, &self.wanted.range, self.points_of(&texts)?)?;
            }
        }
        Ok(())
    }

    fn points_of(&mut self, texts: &SeriesTexts<'_>) -> Result<&mut Vec<Point>, SegmentError> {
        let same = self.series.last().is_some_and(|last| texts.are(&last.series, last.unit));
        if !same {
            let (series, unit) = texts.parse()?;
            self.series.push(SeriesPoints { series, unit, points: Vec::new() });
        }
        let last = self.series.last_mut().ok_or(SegmentError::Content("no series"))?;
        Ok(&mut last.points)
    }

    /// The series that have a wanted point.
    pub(super) fn into_series(mut self) -> Vec<SeriesPoints> {
        self.series.retain(|series| !series.points.is_empty());
        self.series
    }
}

/// The columns that say when, and what was measured.
struct Samples<'a> {
    timestamps: &'a [i64],
    value: &'a Doubles,
    figures: [&'a Doubles; 4],
    values: &'a ListArray,
    counts: &'a ListArray,
}

impl<'a> Samples<'a> {
    fn of(batch: &'a RecordBatch) -> Result<Self, SegmentError> {
        let times = column_of(batch, Column::Timestamp)?
            .as_primitive_opt::<TimestampMillisecondType>()
            .ok_or(SegmentError::Content("the timestamps have another type"))?;
        Ok(Self {
            timestamps: times.values(),
            value: doubles(batch, Column::Value)?,
            figures: [
                doubles(batch, Column::SampleCount)?,
                doubles(batch, Column::Sum)?,
                doubles(batch, Column::Minimum)?,
                doubles(batch, Column::Maximum)?,
            ],
            values: lists(batch, Column::Values)?,
            counts: lists(batch, Column::Counts)?,
        })
    }

    fn collect(
        &self,
        rows: Range<usize>,
        range: &Range<Timestamp>,
        points: &mut Vec<Point>,
    ) -> Result<(), SegmentError> {
        let (start, end) = (range.start.millis(), range.end.millis());
        points.reserve(rows.len());
        for row in rows {
            let millis = self.timestamps[row];
            if (start..end).contains(&millis) {
                points.push(Point { timestamp: Timestamp::from_millis(millis), sample: self.sample(row)? });
            }
        }
        Ok(())
    }

    fn sample(&self, row: usize) -> Result<Sample, SegmentError> {
        if self.value.is_valid(row) {
            return Ok(Sample::Value(self.value.value(row)));
        }
        match (self.statistics(row), self.pairs(row)?) {
            (None, Some(pairs)) => Ok(Sample::Values(pairs)),
            (Some(statistics), None) => Ok(Sample::Statistics(statistics)),
            (Some(statistics), Some(buckets)) => Ok(Sample::Sketch(Box::new(Sketch { statistics, buckets }))),
            (None, None) => Err(SegmentError::Content("a row measures nothing")),
        }
    }

    fn statistics(&self, row: usize) -> Option<StatisticSet> {
        let [sample_count, sum, minimum, maximum] =
            self.figures.map(|column| column.is_valid(row).then(|| column.value(row)));
        Some(StatisticSet { sample_count: sample_count?, sum: sum?, minimum: minimum?, maximum: maximum? })
    }

    fn pairs(&self, row: usize) -> Result<Option<Vec<(f64, f64)>>, SegmentError> {
        if self.values.is_null(row) || self.counts.is_null(row) {
            return Ok(None);
        }
        let (values, counts) = (self.values.value(row), self.counts.value(row));
        let pair =
            |list: &dyn Array| list.as_primitive_opt::<Float64Type>().map(|list| list.values().clone());
        match (pair(&values), pair(&counts)) {
            (Some(values), Some(counts)) if values.len() == counts.len() => {
                Ok(Some(values.iter().copied().zip(counts.iter().copied()).collect()))
            }
            _ => Err(SegmentError::Content("values and counts differ in length")),
        }
    }
}

fn column_of(batch: &RecordBatch, column: Column) -> Result<&dyn Array, SegmentError> {
    let array = batch.columns().get(column.index()).ok_or(SegmentError::Content("a column is missing"))?;
    Ok(array.as_ref())
}

fn doubles(batch: &RecordBatch, column: Column) -> Result<&Doubles, SegmentError> {
    column_of(batch, column)?
        .as_primitive_opt()
        .ok_or(SegmentError::Content("a column of doubles has another type"))
}

fn lists(batch: &RecordBatch, column: Column) -> Result<&ListArray, SegmentError> {
    column_of(batch, column)?.as_list_opt().ok_or(SegmentError::Content("a column of lists has another type"))
}
