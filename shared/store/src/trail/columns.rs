//! Columns of segments as they are read, and those of some segments as the columns of one.

use arrow_array::cast::AsArray;
use arrow_array::types::{Int32Type, TimestampMillisecondType};
use arrow_array::{Array, BooleanArray, PrimitiveArray, RecordBatch, StringArray};

use super::order::{self, SortKey};
use super::segment::SegmentError;

pub(super) fn times<'a>(batch: &'a RecordBatch, name: &str) -> Result<&'a [i64], SegmentError> {
    let column =
        batch.column_by_name(name).and_then(|column| column.as_primitive_opt::<TimestampMillisecondType>());
    column.map(|column| &**column.values()).ok_or(SegmentError::Content("a time is none"))
}

pub(super) fn strings<'a>(batch: &'a RecordBatch, name: &str) -> Result<&'a StringArray, SegmentError> {
    let column = batch.column_by_name(name).and_then(|column| column.as_string_opt::<i32>());
    column.ok_or(SegmentError::Content("a column is no text"))
}

pub(super) fn flags<'a>(batch: &'a RecordBatch, name: &str) -> Result<&'a BooleanArray, SegmentError> {
    let column = batch.column_by_name(name).and_then(|column| column.as_boolean_opt());
    column.ok_or(SegmentError::Content("a column is no boolean"))
}

/// A column of texts that repeat.
pub(super) struct Terms<'a> {
    keys: &'a PrimitiveArray<Int32Type>,
    texts: &'a StringArray,
}

impl<'a> Terms<'a> {
    pub(super) fn of(batch: &'a RecordBatch, name: &str) -> Result<Self, SegmentError> {
        let wrong = || SegmentError::Content("a column is no dictionary");
        let column = batch.column_by_name(name).and_then(|column| column.as_dictionary_opt::<Int32Type>());
        let column = column.ok_or_else(wrong)?;
        let texts = column.values().as_string_opt::<i32>().ok_or_else(wrong)?;
        Ok(Self { keys: column.keys(), texts })
    }

    pub(super) fn get(&self, row: usize) -> Option<&'a str> {
        if self.keys.is_null(row) {
            return None;
        }
        let key = usize::try_from(self.keys.value(row)).ok().filter(|key| *key < self.texts.len())?;
        Some(self.texts.value(key))
    }
}

/// A row of some batches.
#[derive(Debug, Clone, Copy)]
pub(super) struct Place {
    batch: u32,
    row: u32,
}

impl Place {
    /// What the column has here, of which each batch has a part.
    pub(super) fn of<C>(self, column: &[C]) -> Option<(&C, usize)> {
        Some((column.get(self.batch as usize)?, self.row as usize))
    }
}

/// The rows of batches, in the order of a segment.
///
/// # Errors
/// When a batch lacks a column that the order is made of.
pub(super) fn sorted(batches: &[RecordBatch]) -> Result<Vec<Place>, SegmentError> {
    let (mut keys, mut places) = (Vec::new(), Vec::new());
    for (number, batch) in batches.iter().enumerate() {
        let (users, access_keys) = (Terms::of(batch, "user_name")?, Terms::of(batch, "access_key_id")?);
        let (names, ids) = (Terms::of(batch, "event_name")?, strings(batch, "event_id")?);
        for (row, time) in times(batch, "event_time")?.iter().enumerate() {
            let deed = (users.get(row), access_keys.get(row), names.get(row).unwrap_or_default());
            keys.push(SortKey { deed, time: *time, id: ids.value(row) });
            places.push(Place { batch: number as u32, row: row as u32 });
        }
    }
    let order = order::sorted(keys.into_iter());
    Ok(order.iter().filter_map(|at| places.get(*at as usize).copied()).collect())
}
