//! From a segment's bytes to the series that are wanted.

use std::ops::Range;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use arrow_array::RecordBatch;
use futures::{FutureExt, TryStreamExt};
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::{ArrowReaderMetadata, ArrowReaderOptions};
use parquet::arrow::async_reader::{
    AsyncFileReader, ParquetRecordBatchStream, ParquetRecordBatchStreamBuilder,
};
use parquet::file::metadata::{ColumnChunkMetaData, PageIndexPolicy, ParquetMetaData};
use watchtrail_core::metrics::{SeriesKey, SeriesPoints, Unit};
use watchtrail_core::time::Timestamp;

use super::SegmentError;
use super::prune;
use super::rows::{Rows, Runs};
use super::schema::{self, Column};

/// Rows that are decoded at once: a page, so that a small segment is one batch.
const BATCH_ROWS: usize = super::chunk::PAGE_ROWS;

/// Which points to read.
#[derive(Clone, Debug)]
pub struct Wanted<'a> {
    /// Series in their order; `None` is all.
    pub series: Option<&'a [SeriesKey]>,
    /// `[start, end)`.
    pub range: Range<Timestamp>,
}

/// Reads a segment's footer, to be kept for as many reads as there are: a segment never changes.
///
/// # Errors
/// When the bytes cannot be fetched, or are not a segment's.
pub async fn open<R: AsyncFileReader>(reader: &mut R) -> Result<ArrowReaderMetadata, SegmentError> {
    let metadata = ArrowReaderMetadata::load_async(reader, options()).await?;
    check(metadata.metadata())?;
    Ok(metadata)
}

/// `parquet` takes it for granted that a footer's offsets are sound, and would panic.
fn check(metadata: &ParquetMetaData) -> Result<(), SegmentError> {
    let sound = |chunk: &ColumnChunkMetaData| {
        let starts = [Some(chunk.data_page_offset()), chunk.dictionary_page_offset()];
        chunk.compressed_size() >= 0
            && chunk.num_values() >= 0
            && starts.into_iter().flatten().all(|start| start >= 0)
    };
    if metadata.row_groups().iter().all(|group| group.num_rows() >= 0 && group.columns().iter().all(sound)) {
        Ok(())
    } else {
        Err(SegmentError::Content("an offset is negative"))
    }
}

fn options() -> ArrowReaderOptions {
    ArrowReaderOptions::new().with_schema(schema::arrow()).with_page_index_policy(PageIndexPolicy::Optional)
}

/// Reads the wanted points, in the order of the file. `metadata` is what [`open`] gave for the same object.
///
/// # Errors
/// When bytes cannot be fetched, or are not a segment's.
pub async fn read<R>(
    reader: R,
    metadata: ArrowReaderMetadata,
    wanted: &Wanted<'_>,
) -> Result<Vec<SeriesPoints>, SegmentError>
where
    R: AsyncFileReader + Unpin + Send + 'static,
{
    let selected = prune::select(metadata.metadata(), wanted);
    if selected.is_empty() {
        return Ok(Vec::new());
    }
    let builder = builder(reader, metadata)?.with_row_group_selections(selected);
    let mut rows = Rows::new(wanted);
    for_each(builder.build()?, |batch| rows.add(&batch)).await?;
    Ok(rows.into_series())
}

/// Reads which series in which units a segment holds, in order. Only their columns are fetched.
///
/// # Errors
/// When bytes cannot be fetched, or are not a segment's.
pub async fn series<R>(
    reader: R,
    metadata: ArrowReaderMetadata,
) -> Result<Vec<(SeriesKey, Unit)>, SegmentError>
where
    R: AsyncFileReader + Unpin + Send + 'static,
{
    let columns = ProjectionMask::leaves(metadata.parquet_schema(), Column::OF_SERIES);
    let builder = builder(reader, metadata)?.with_projection(columns);
    let mut found: Vec<(SeriesKey, Unit)> = Vec::new();
    for_each(builder.build()?, |batch| {
        let runs = Runs::of(&batch)?;
        for run in runs.iter() {
            let texts = runs.texts(run.start)?;
            if !found.last().is_some_and(|(series, unit)| texts.are(series, *unit)) {
                found.push(texts.parse()?);
            }
        }
        Ok(())
    })
    .await?;
    Ok(found)
}

/// A footer that was read by other means than [`open`] still gives texts as plain strings: it is read as a segment's here.
fn builder<R>(
    reader: R,
    mut metadata: ArrowReaderMetadata,
) -> Result<ParquetRecordBatchStreamBuilder<R>, SegmentError>
where
    R: AsyncFileReader + Unpin + Send + 'static,
{
    if metadata.schema() != &schema::arrow() {
        check(metadata.metadata())?;
        metadata = ArrowReaderMetadata::try_new(Arc::clone(metadata.metadata()), options())?;
    }
    Ok(ParquetRecordBatchStreamBuilder::new_with_metadata(reader, metadata).with_batch_size(BATCH_ROWS))
}

async fn for_each<R>(
    mut batches: ParquetRecordBatchStream<R>,
    mut take: impl FnMut(RecordBatch) -> Result<(), SegmentError>,
) -> Result<(), SegmentError>
where
    R: AsyncFileReader + Unpin + Send + 'static,
{
    let decoding = async {
        while let Some(batch) = batches.try_next().await? {
            take(batch)?;
        }
        Ok(())
    };
    // A few kinds of damage make `parquet` panic; nothing of the decoder is used afterwards.
    AssertUnwindSafe(decoding)
        .catch_unwind()
        .await
        .unwrap_or(Err(SegmentError::Content("a page does not decode")))
}
