//! From points to the cells of one column: values with their definition and repetition levels.

use std::collections::HashSet;

use parquet::column::writer::ColumnWriter;
use parquet::data_type::ByteArray;
use parquet::errors::{ParquetError, Result};
use watchtrail_core::metrics::{Point, Sample, SeriesPoints, StatisticSet};

use super::schema::Column;

/// Consecutive rows of one series in one unit.
#[derive(Clone, Copy, Debug)]
pub(super) struct Run<'a> {
    pub(super) of: &'a SeriesPoints,
    pub(super) points: &'a [Point],
}

/// What one column of a row group holds.
#[derive(Debug)]
pub(super) enum Cells {
    Texts(Vec<ByteArray>),
    Times(Vec<i64>),
    Doubles(Doubles),
}

/// Nullable doubles, one a row or a list a row.
#[derive(Debug, Default)]
pub(super) struct Doubles {
    values: Vec<f64>,
    definition: Vec<i16>,
    repetition: Option<Vec<i16>>,
}

impl Cells {
    pub(super) fn of(column: Column, runs: &[Run<'_>]) -> Self {
        let figure = |pick: fn(&StatisticSet) -> f64| {
            Self::Doubles(Doubles::single(runs, |sample| figures(sample).map(pick)))
        };
        match column {
            Column::MetricName => Self::texts(runs, |of| &of.series.metric_name),
            Column::Dimensions => Self::texts(runs, |of| of.series.dimensions.to_json()),
            Column::Unit => Self::texts(runs, |of| of.unit.as_str()),
            Column::Timestamp => Self::Times(points(runs).map(|point| point.timestamp.millis()).collect()),
            Column::Value => Self::Doubles(Doubles::single(runs, |sample| match sample {
                Sample::Value(value) => Some(*value),
                _ => None,
            })),
            Column::SampleCount => figure(|set| set.sample_count),
            Column::Sum => figure(|set| set.sum),
            Column::Minimum => figure(|set| set.minimum),
            Column::Maximum => figure(|set| set.maximum),
            Column::Values => Self::Doubles(Doubles::lists(runs, |pair| pair.0)),
            Column::Counts => Self::Doubles(Doubles::lists(runs, |pair| pair.1)),
        }
    }

    fn texts(runs: &[Run<'_>], text: fn(&SeriesPoints) -> &str) -> Self {
        let mut cells = Vec::with_capacity(runs.iter().map(|run| run.points.len()).sum());
        for run in runs {
            let cell = ByteArray::from(text(run.of));
            cells.extend(std::iter::repeat_n(cell, run.points.len()));
        }
        Self::Texts(cells)
    }

    pub(super) fn write(&self, writer: &mut ColumnWriter<'_>) -> Result<()> {
        match (self, writer) {
            (Self::Texts(texts), ColumnWriter::ByteArrayColumnWriter(writer)) => {
                writer.write_batch(texts, None, None)?;
            }
            (Self::Times(times), ColumnWriter::Int64ColumnWriter(writer)) => {
                writer.write_batch(times, None, None)?;
            }
            (Self::Doubles(cells), ColumnWriter::DoubleColumnWriter(writer)) => {
                writer.write_batch(&cells.values, Some(&cells.definition), cells.repetition.as_deref())?;
            }
            _ => return Err(ParquetError::General("a column's type differs from its cells'".to_owned())),
        }
        Ok(())
    }
}

impl Doubles {
    fn single(runs: &[Run<'_>], pick: impl Fn(&Sample) -> Option<f64>) -> Self {
        let mut cells = Self::default();
        for point in points(runs) {
            let value = pick(&point.sample);
            cells.definition.push(i16::from(value.is_some()));
            cells.values.extend(value);
        }
        cells
    }

    /// Levels of a nullable list of required elements: 0 is null, 1 an empty list, 2 an element.
    fn lists(runs: &[Run<'_>], pick: fn(&(f64, f64)) -> f64) -> Self {
        let (mut cells, mut repetition) = (Self::default(), Vec::new());
        for point in points(runs) {
            match pairs(&point.sample) {
                None | Some([]) => {
                    cells.definition.push(i16::from(pairs(&point.sample).is_some()));
                    repetition.push(0);
                }
                Some(pairs) => {
                    cells.values.extend(pairs.iter().map(pick));
                    cells.definition.extend(std::iter::repeat_n(2, pairs.len()));
                    repetition.extend((0..pairs.len()).map(|at| i16::from(at > 0)));
                }
            }
        }
        cells.repetition = Some(repetition);
        cells
    }

    pub(super) fn is_null(&self) -> bool {
        self.values.is_empty()
    }

    /// Whether at most one value in eight is new. Otherwise a dictionary is not worth trying: on real series it was
    /// always larger, because zstd finds the repeated doubles in plain pages too.
    pub(super) fn repeats(&self) -> bool {
        let most = self.values.len() / 8;
        let mut seen = HashSet::new();
        self.values.iter().all(|value| {
            seen.insert(value.to_bits());
            seen.len() <= most
        })
    }
}

fn points<'a>(runs: &'a [Run<'a>]) -> impl Iterator<Item = &'a Point> {
    runs.iter().flat_map(|run| run.points)
}

fn figures(sample: &Sample) -> Option<&StatisticSet> {
    match sample {
        Sample::Statistics(set) => Some(set),
        Sample::Sketch(sketch) => Some(&sketch.statistics),
        Sample::Value(_) | Sample::Values(_) => None,
    }
}

fn pairs(sample: &Sample) -> Option<&[(f64, f64)]> {
    match sample {
        Sample::Values(pairs) => Some(pairs),
        Sample::Sketch(sketch) => Some(&sketch.buckets),
        Sample::Value(_) | Sample::Statistics(_) => None,
    }
}
