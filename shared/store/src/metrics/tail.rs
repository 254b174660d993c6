//! Decoded journal items, kept by the ULID of their request: a warm process decodes each once.

use std::sync::Arc;

use quick_cache::Weighter;
use quick_cache::sync::Cache;
use ulid::Ulid;
use watchtrail_core::metrics::batch::{self, Group};
use watchtrail_core::metrics::{SeriesKey, SeriesPoints};

use super::decompress;
use crate::error::StoreError;
use crate::ledger::{Ledger, TailEntry};

/// The rows of one request, grouped and sorted by series.
#[derive(Debug)]
pub(super) struct TailRows {
    groups: Vec<Group>,
}

impl TailRows {
    pub(super) fn decode(body: &[u8], ulid: Ulid) -> Result<Self, StoreError> {
        let what = || format!("the journal item {ulid}");
        let mut groups = batch::decode_grouped(&decompress(body, &what)?)
            .map_err(|error| StoreError::corrupt(what(), error))?;
        groups.sort_by(|a, b| a.points.series.cmp(&b.points.series));
        Ok(Self { groups })
    }

    pub(super) fn of(&self, series: &SeriesKey) -> impl Iterator<Item = &Group> {
        let from = self.groups.partition_point(|group| group.points.series < *series);
        self.groups[from..].iter().take_while(move |group| group.points.series == *series)
    }

    pub(super) fn all(&self) -> impl Iterator<Item = &SeriesPoints> {
        self.groups.iter().map(|group| &group.points)
    }

    pub(super) fn into_groups(self) -> Vec<Group> {
        self.groups
    }

    fn bytes(&self) -> u64 {
        self.groups.iter().map(|group| 120 + 48 * group.points.points.len() as u64).sum()
    }
}

#[derive(Debug, Clone)]
struct ByBytes;

impl Weighter<Ulid, Arc<TailRows>> for ByBytes {
    fn weight(&self, _: &Ulid, rows: &Arc<TailRows>) -> u64 {
        64 + rows.bytes()
    }
}

#[derive(Debug)]
pub(super) struct TailCache {
    rows: Cache<Ulid, Arc<TailRows>, ByBytes>,
}

impl TailCache {
    pub(super) fn new(bytes: u64) -> Self {
        Self { rows: Cache::with_weighter((bytes / 4096) as usize, bytes, ByBytes) }
    }

    pub(super) async fn rows(&self, ledger: &Ledger, entry: &TailEntry) -> Result<Arc<TailRows>, StoreError> {
        if let Some(rows) = self.rows.get(&entry.ulid) {
            return Ok(rows);
        }
        let body = ledger.body(entry).await?;
        let rows = Arc::new(TailRows::decode(&body, entry.ulid)?);
        self.rows.insert(entry.ulid, Arc::clone(&rows));
        Ok(rows)
    }
}
