//! A segment of metrics: one Parquet object with the points of one account, region and namespace, of one day of event
//! time and of one resolution. It is final when written, and this page is the description of what rests on disk.
//!
//! | column | type | |
//! |---|---|---|
//! | `metric_name` | string | |
//! | `dimensions` | string | the exact dimension set: a JSON object of strings, sorted by name, without spaces; `{}` for none |
//! | `unit` | string | AWS's name of the unit; `None` where the metric has none |
//! | `timestamp` | timestamp, UTC, milliseconds | |
//! | `value` | double, nullable | a data point of one value |
//! | `sample_count`, `sum`, `minimum`, `maximum` | double, nullable | a statistic set, or the exact figures of a sketch |
//! | `values`, `counts` | list of double, nullable | values with their counts, or the buckets of a sketch |
//!
//! A row is one data point, in one of four forms that are told apart by which columns are null:
//!
//! | form | `value` | the four figures | `values` and `counts` |
//! |---|---|---|---|
//! | one value | set | null | null |
//! | values with counts | null | null | set, of equal length |
//! | statistic set | null | set | null |
//! | sketch (merged values) | null | set | set: representatives within 0.5 % and their counts |
//!
//! Rows are sorted by (`metric_name`, `dimensions`, `unit`, `timestamp`) as bytes; rows of one time keep the order of
//! their arrival. Every file has all columns, also where one is null throughout, so that any engine reads a folder of
//! segments without merging schemas. Only encodings that every engine reads are used (plain, dictionary, and
//! `DELTA_BINARY_PACKED` for timestamps), zstd, data pages of version 1. `BYTE_STREAM_SPLIT` is not: decimal fractions
//! repeat as whole doubles, and splitting them doubled the size of real series.
//!
//! Row groups have up to 65,536 rows and pages 8,192. A file of more than one page carries statistics and page indexes
//! of the columns that reads prune by (`metric_name`, `dimensions`, `timestamp`); in a smaller one they would only be
//! weight, since it is read whole.
//!
//! What is not here: which segments exist and where (the ledger's index), and merging a read's rows with the journal.

mod cells;
mod chunk;
mod prune;
mod read;
mod rows;
mod schema;
mod write;

pub use read::{Wanted, open, read, series};
pub use write::write;

use parquet::errors::ParquetError;

/// Why a segment could not be written or read.
#[derive(Debug, thiserror::Error)]
pub enum SegmentError {
    /// The file is damaged, or its bytes could not be fetched (then it wraps the fetcher's own error as
    /// [`ParquetError::External`]).
    #[error("segment: {0}")]
    Parquet(#[from] ParquetError),
    /// The file is sound Parquet, but its content is not a segment's.
    #[error("not a segment of metrics: {0}")]
    Content(&'static str),
}

#[cfg(test)]
mod tests;
