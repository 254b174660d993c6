//! Directories: which series had data on a day. A small Parquet object with two string columns, `metric_name` and
//! `dimensions` (canonical JSON), sorted.

use std::collections::BTreeSet;
use std::sync::Arc;

use arrow_array::{RecordBatch, StringArray};
use arrow_schema::{DataType, Field, Schema};
use parquet::arrow::ArrowWriter;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use parquet::basic::{Compression, ZstdLevel};
use parquet::file::properties::WriterProperties;
use watchtrail_core::metrics::{Dimensions, SeriesKey};

use crate::error::StoreError;
use crate::ledger::{IndexEntry, Ledger};

pub(super) fn write(series: &BTreeSet<SeriesKey>) -> Result<Vec<u8>, StoreError> {
    let wrong =
        |error: &dyn std::fmt::Display| StoreError::corrupt("a directory that was to be written", error);
    let column = |name: &str| Field::new(name, DataType::Utf8, false);
    let schema = Arc::new(Schema::new(vec![column("metric_name"), column("dimensions")]));
    let names = StringArray::from_iter_values(series.iter().map(|key| key.metric_name.as_str()));
    let dimensions = StringArray::from_iter_values(series.iter().map(|key| key.dimensions.to_json()));
    let batch = RecordBatch::try_new(Arc::clone(&schema), vec![Arc::new(names), Arc::new(dimensions)])
        .map_err(|error| wrong(&error))?;
    let level = ZstdLevel::try_new(3).map_err(|error| wrong(&error))?;
    let properties = WriterProperties::builder().set_compression(Compression::ZSTD(level)).build();
    let mut writer =
        ArrowWriter::try_new(Vec::new(), schema, Some(properties)).map_err(|error| wrong(&error))?;
    writer.write(&batch).map_err(|error| wrong(&error))?;
    writer.into_inner().map_err(|error| wrong(&error))
}

/// # Errors
/// [`StoreError::Gone`] when a later generation has replaced it and the sweep has come since.
pub(super) async fn read(ledger: &Ledger, entry: &IndexEntry) -> Result<BTreeSet<SeriesKey>, StoreError> {
    let wrong = |error: &dyn std::fmt::Display| StoreError::corrupt(&entry.object, error);
    let bytes = ledger.objects.get(&entry.object, None).await?;
    let reader = ParquetRecordBatchReaderBuilder::try_new(bytes)
        .and_then(ParquetRecordBatchReaderBuilder::build)
        .map_err(|error| wrong(&error))?;
    let mut series = BTreeSet::new();
    for batch in reader {
        let batch = batch.map_err(|error| wrong(&error))?;
        let strings = |name: &str| {
            let column = batch.column_by_name(name).and_then(|c| c.as_any().downcast_ref::<StringArray>());
            column.cloned().ok_or_else(|| wrong(&format!("there is no column {name}")))
        };
        let (names, dimensions) = (strings("metric_name")?, strings("dimensions")?);
        for (name, json) in names.iter().flatten().zip(dimensions.iter().flatten()) {
            let dimensions = Dimensions::from_json(json).map_err(|error| wrong(&error))?;
            series.insert(SeriesKey { metric_name: name.to_owned(), dimensions });
        }
    }
    Ok(series)
}
