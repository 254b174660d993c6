//! What there is that AWS bills by the month: metrics, alarms, stored logs.

use watchtrail_core::alarms::Watches;
use watchtrail_core::time::{Day, Timestamp};
use watchtrail_service::Context;
use watchtrail_store::{Signal, StoreError};

/// Counted over all accounts and regions.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Workload {
    /// Metrics that had data in the last two weeks.
    pub(super) metrics: usize,
    pub(super) alarms: usize,
    pub(super) high_resolution_alarms: usize,
    pub(super) composite_alarms: usize,
    /// Of log events, as `storedBytes` counts them.
    pub(super) log_bytes: u64,
}

impl Workload {
    pub(super) async fn of(context: &Context, now: Timestamp) -> Result<Self, StoreError> {
        let store = &context.store;
        let mut found = Self::default();
        for partition in store.ledger.all_partitions().await? {
            match partition.signal {
                Signal::Metrics => found.metrics += store.metrics.list(&partition, None, now).await?.len(),
                Signal::Logs => {
                    let bytes =
                        store.logs.stored_bytes(&partition, Day::of(Timestamp::from_millis(0))).await?;
                    found.log_bytes += bytes.max(0).unsigned_abs();
                }
                Signal::Trail => {}
            }
        }
        for scope in store.alarms.scopes().await? {
            for stored in store.alarms.board(&scope).await?.values() {
                match &stored.alarm.watches {
                    Watches::Composite(_) => found.composite_alarms += 1,
                    Watches::Metric(alarm) if alarm.watched().is_some_and(|stat| stat.period < 60) => {
                        found.high_resolution_alarms += 1;
                    }
                    Watches::Metric(_) => found.alarms += 1,
                }
            }
        }
        Ok(found)
    }
}
