//! Counting what AWS would bill: write and read units as DynamoDB computes them, requests and bytes of S3.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use serde::Serialize;
use watchtrail_service::{Called, Copied, Meter};

use super::hot::{HotKeys, KeyCounters};

/// Counters since the start or the last reset.
#[derive(Debug, Default)]
pub struct Usage {
    counters: Mutex<Counters>,
    /// Units by hash key, where they are counted.
    keys: Option<Mutex<HotKeys>>,
}

/// Whether units are counted by hash key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ByKey {
    /// They are; each request is read a second time for it.
    Counted,
    /// They are not.
    Not,
}

/// What [`Usage`] counts.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Counters {
    /// DynamoDB.
    pub dynamodb: DynamoDbCounters,
    /// S3.
    pub s3: S3Counters,
    /// Calls of the suite's own APIs, as `service.operation`.
    pub calls: BTreeMap<String, CallCounters>,
    /// Runs of what a schedule starts on AWS.
    pub scheduled: ScheduleCounters,
    /// What trails were given, by `account/region`, then by trail.
    pub trails: BTreeMap<String, BTreeMap<String, TrailCounters>>,
}

/// Records that a trail was given of a region.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct TrailCounters {
    /// Management events.
    pub management: u64,
    /// All others.
    pub data: u64,
}

/// Calls of an operation.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct CallCounters {
    /// How many.
    pub calls: u64,
    /// What they are billed by, beside being calls: see [`watchtrail_service::Called`].
    pub quantity: u64,
    /// How long all of them took together, in microseconds.
    pub micros: u64,
}

/// Runs of the scheduler.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct ScheduleCounters {
    /// How many.
    pub runs: u64,
    /// How long all of them took together, in microseconds.
    pub micros: u64,
    /// Write units of the run that needed the fewest: of one that found nothing to do.
    pub idle_write_units: f64,
    /// Read units of the run that needed the fewest.
    pub idle_read_units: f64,
}

/// Units and requests of DynamoDB.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct DynamoDbCounters {
    /// Write request units.
    pub write_units: f64,
    /// Read request units.
    pub read_units: f64,
    /// Requests by operation.
    pub requests: BTreeMap<String, u64>,
}

/// Requests and bytes of S3. Puts, copies and lists are billed alike; deletes are free.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct S3Counters {
    /// PUT requests.
    pub put: u64,
    /// GET and HEAD requests of objects.
    pub get: u64,
    /// Listings.
    pub list: u64,
    /// DELETE requests.
    pub delete: u64,
    /// Bytes of request bodies.
    pub bytes_in: u64,
    /// Bytes of answers.
    pub bytes_out: u64,
}

impl Usage {
    /// Counters at nothing; `by_key` counts DynamoDB's units by hash key, too.
    pub(crate) fn new(by_key: ByKey) -> Self {
        let keys = (by_key == ByKey::Counted).then(Mutex::default);
        Self { keys, ..Self::default() }
    }

    /// The hash keys with the most units, at most `limit`; `None` where they are not counted.
    pub fn keys(&self, limit: usize) -> Option<Vec<KeyCounters>> {
        let keys = self.keys.as_ref()?.lock().unwrap_or_else(PoisonError::into_inner);
        Some(keys.top(limit))
    }

    /// Counts the units of a request by its keys, where that is asked for.
    pub(super) fn by_key(&self, operation: &str, body: &[u8], write_units: f64, read_units: f64) {
        if let Some(keys) = &self.keys {
            let mut keys = keys.lock().unwrap_or_else(PoisonError::into_inner);
            keys.count(operation, body, (write_units, read_units));
        }
    }

    /// The counters as they stand.
    pub fn snapshot(&self) -> Counters {
        self.counters.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Notes a run of the scheduler, which began when the counters stood at `before`.
    pub(crate) fn ran(&self, before: &Counters, took: Duration) {
        let mut counters = self.counters.lock().unwrap_or_else(PoisonError::into_inner);
        // Requests that came meanwhile only make it look busier.
        let writes = counters.dynamodb.write_units - before.dynamodb.write_units;
        let reads = counters.dynamodb.read_units - before.dynamodb.read_units;
        let runs = &mut counters.scheduled;
        let first = runs.runs == 0;
        runs.idle_write_units = if first { writes } else { runs.idle_write_units.min(writes) };
        runs.idle_read_units = if first { reads } else { runs.idle_read_units.min(reads) };
        runs.runs += 1;
        runs.micros += took.as_micros() as u64;
    }

    pub(super) fn dynamodb(&self, operation: &str, write_units: f64, read_units: f64) {
        let mut counters = self.counters.lock().unwrap_or_else(PoisonError::into_inner);
        let counters = &mut counters.dynamodb;
        counters.write_units += write_units;
        counters.read_units += read_units;
        match counters.requests.get_mut(operation) {
            Some(count) => *count += 1,
            None => drop(counters.requests.insert(operation.to_owned(), 1)),
        }
    }

    pub(super) fn s3(&self, method: &http::Method, is_object: bool, bytes_in: u64, bytes_out: u64) {
        let mut counters = self.counters.lock().unwrap_or_else(PoisonError::into_inner);
        let counters = &mut counters.s3;
        match (method.as_str(), is_object) {
            ("PUT" | "POST", _) => counters.put += 1,
            ("DELETE", _) => counters.delete += 1,
            (_, true) => counters.get += 1,
            (_, false) => counters.list += 1,
        }
        counters.bytes_in += bytes_in;
        // The answer to HEAD tells a length and has none.
        counters.bytes_out += if method == http::Method::HEAD { 0 } else { bytes_out };
    }
}

impl Meter for Usage {
    #[expect(clippy::disallowed_methods, reason = "what a call takes is real time")]
    fn start(&self) -> Option<Instant> {
        Some(Instant::now())
    }

    fn called(&self, call: Called) {
        let mut counters = self.counters.lock().unwrap_or_else(PoisonError::into_inner);
        let key = format!("{}.{}", call.service, call.operation);
        let calls = counters.calls.entry(key).or_default();
        calls.calls += 1;
        calls.quantity += call.quantity;
        calls.micros += call.took.as_micros() as u64;
    }

    fn copied(&self, copied: Copied<'_>) {
        let mut counters = self.counters.lock().unwrap_or_else(PoisonError::into_inner);
        let here = counters.trails.entry(format!("{}/{}", copied.account, copied.region)).or_default();
        let trail = here.entry(copied.trail.to_owned()).or_default();
        trail.management += copied.management;
        trail.data += copied.data;
    }
}
