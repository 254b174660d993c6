//! Which row groups and pages a read needs, by the statistics and page indexes of a segment's footer.
//!
//! Bounds may be wider than the truth (long texts are cut in statistics) and never narrower, so pruning only ever skips
//! what cannot match; the rows themselves are filtered again.

use std::ops::Range;

use parquet::arrow::arrow_reader::{RowGroupSelection, RowSelection};
use parquet::file::metadata::{ParquetMetaData, RowGroupMetaData};
use parquet::file::page_index::column_index::ColumnIndexMetaData;
use parquet::file::statistics::Statistics;
use watchtrail_core::metrics::SeriesKey;

use super::read::Wanted;
use super::schema::Column;

/// What the rows of a row group or page lie between; ends are inclusive.
struct Bounds<'a> {
    metric_name: (&'a [u8], &'a [u8]),
    dimensions: (&'a [u8], &'a [u8]),
    timestamp: (i64, i64),
}

impl Bounds<'_> {
    fn may_hold(&self, wanted: &Wanted<'_>) -> bool {
        let times =
            self.timestamp.0 < wanted.range.end.millis() && wanted.range.start.millis() <= self.timestamp.1;
        times && wanted.series.is_none_or(|keys| self.may_hold_any(keys))
    }

    fn may_hold_any(&self, keys: &[SeriesKey]) -> bool {
        let first = keys.partition_point(|key| key.metric_name.as_bytes() < self.metric_name.0);
        keys[first..]
            .iter()
            .take_while(|key| key.metric_name.as_bytes() <= self.metric_name.1)
            .any(|key| within(key.dimensions.to_json().as_bytes(), self.dimensions))
    }
}

fn within(text: &[u8], (least, greatest): (&[u8], &[u8])) -> bool {
    least <= text && text <= greatest
}

/// The row groups to read, each with the rows of the pages to read (none: all its rows).
pub(super) fn select(metadata: &ParquetMetaData, wanted: &Wanted<'_>) -> Vec<RowGroupSelection> {
    let mut selected = Vec::new();
    for (number, group) in metadata.row_groups().iter().enumerate() {
        if group_bounds(group).is_some_and(|bounds| !bounds.may_hold(wanted)) {
            continue;
        }
        match pages(metadata, number, wanted) {
            Some(rows) if rows.is_empty() => {}
            Some(rows) => {
                let selection = RowSelection::from_consecutive_ranges(rows.into_iter(), group_rows(group));
                selected.push(RowGroupSelection::new(number, Some(selection)));
            }
            None => selected.push(RowGroupSelection::new(number, None)),
        }
    }
    selected
}

fn group_rows(group: &RowGroupMetaData) -> usize {
    usize::try_from(group.num_rows()).unwrap_or(0)
}

fn group_bounds(group: &RowGroupMetaData) -> Option<Bounds<'_>> {
    let of = |column: Column| group.columns().get(column.index())?.statistics();
    let text = |column| {
        let statistics = of(column)?;
        Some((statistics.min_bytes_opt()?, statistics.max_bytes_opt()?))
    };
    let Statistics::Int64(times) = of(Column::Timestamp)? else { return None };
    Some(Bounds {
        metric_name: text(Column::MetricName)?,
        dimensions: text(Column::Dimensions)?,
        timestamp: (*times.min_opt()?, *times.max_opt()?),
    })
}

/// The rows of the pages that may match, as ascending ranges. `None` where the footer has no page index, or where the
/// three columns' pages do not cover the same rows, so that their bounds cannot be combined.
fn pages(metadata: &ParquetMetaData, number: usize, wanted: &Wanted<'_>) -> Option<Vec<Range<usize>>> {
    let index = metadata.page_index_for_row_group(number);
    let starts = |column: Column| {
        let pages = index.page_locations(column.index())?;
        pages.iter().map(|page| usize::try_from(page.first_row_index).ok()).collect::<Option<Vec<_>>>()
    };
    let mut edges = starts(Column::MetricName)?;
    if starts(Column::Dimensions)? != edges || starts(Column::Timestamp)? != edges {
        return None;
    }
    edges.push(group_rows(metadata.row_group(number)));
    if !edges.is_sorted() {
        return None;
    }
    let names = index.column_index(Column::MetricName.index())?;
    let dimensions = index.column_index(Column::Dimensions.index())?;
    let times = index.column_index(Column::Timestamp.index())?;
    let mut rows: Vec<Range<usize>> = Vec::new();
    for (page, edge) in edges.windows(2).enumerate() {
        let bounds = Bounds {
            metric_name: texts_of(names, page)?,
            dimensions: texts_of(dimensions, page)?,
            timestamp: times_of(times, page)?,
        };
        if !bounds.may_hold(wanted) {
            continue;
        }
        match rows.last_mut() {
            Some(last) if last.end == edge[0] => last.end = edge[1],
            _ => rows.push(edge[0]..edge[1]),
        }
    }
    Some(rows)
}

fn texts_of(index: &ColumnIndexMetaData, page: usize) -> Option<(&[u8], &[u8])> {
    match index {
        ColumnIndexMetaData::BYTE_ARRAY(texts) if page < texts.num_pages() as usize => {
            Some((texts.min_value(page)?, texts.max_value(page)?))
        }
        _ => None,
    }
}

fn times_of(index: &ColumnIndexMetaData, page: usize) -> Option<(i64, i64)> {
    match index {
        ColumnIndexMetaData::INT64(times) if page < times.num_pages() as usize => {
            Some((*times.min_value(page)?, *times.max_value(page)?))
        }
        _ => None,
    }
}
