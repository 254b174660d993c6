//! From sorted series to the bytes of a segment.

use std::sync::Arc;

use parquet::file::properties::WriterProperties;
use parquet::file::writer::SerializedFileWriter;
use watchtrail_core::metrics::SeriesPoints;

use super::SegmentError;
use super::cells::{Cells, Run};
use super::chunk::{self, Chunk};
use super::schema::{self, Column};

/// Rows of a row group. It bounds the memory of writing, and what a read of one series fetches beside its page: the
/// dictionary of the row group's dimension sets.
const ROW_GROUP_ROWS: usize = 65_536;

/// Writes one segment: the points of `series`, which are in the order of (series, unit) with their points in the order
/// of time, and all of one day and one resolution. No point at all gives a file without rows.
///
/// # Errors
/// When the encoder refuses, which no input is known to bring about.
pub fn write(series: &[SeriesPoints]) -> Result<Vec<u8>, SegmentError> {
    let rows: usize = series.iter().map(|one| one.points.len()).sum();
    let indexed = rows > chunk::PAGE_ROWS;
    let properties = WriterProperties::builder()
        .set_created_by("watchtrail".to_owned())
        .set_offset_index_disabled(!indexed);
    let mut zstd = chunk::compressor()?;
    let mut bytes = Vec::new();
    let mut file = SerializedFileWriter::new(&mut bytes, schema::parquet()?, Arc::new(properties.build()))?;
    let descriptors = file.schema_descr().columns().to_vec();
    for runs in row_groups(series) {
        let mut group = file.next_row_group()?;
        for (column, descriptor) in Column::ALL.into_iter().zip(&descriptors) {
            let cells = Cells::of(column, &runs);
            let Chunk { bytes, close } = chunk::encode(column, descriptor, &cells, indexed, &mut zstd)?;
            group.append_column(&bytes, close)?;
        }
        group.close()?;
    }
    file.finish()?;
    drop(file);
    Ok(bytes)
}

/// Cuts the rows into row groups; a series may lie in two of them.
fn row_groups(series: &[SeriesPoints]) -> Vec<Vec<Run<'_>>> {
    let (mut groups, mut group, mut room) = (Vec::new(), Vec::new(), ROW_GROUP_ROWS);
    for of in series {
        let mut rest = of.points.as_slice();
        while !rest.is_empty() {
            let (points, after) = rest.split_at(rest.len().min(room));
            group.push(Run { of, points });
            room -= points.len();
            rest = after;
            if room == 0 {
                groups.push(std::mem::take(&mut group));
                room = ROW_GROUP_ROWS;
            }
        }
    }
    if !group.is_empty() {
        groups.push(group);
    }
    groups
}
