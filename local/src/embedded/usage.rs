//! Counting what AWS would bill: write and read units as DynamoDB computes them, requests and bytes of S3.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use serde::Serialize;

/// Counters since the start or the last reset.
#[derive(Debug, Default)]
pub struct Usage(Mutex<Counters>);

/// What [`Usage`] counts.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Counters {
    /// DynamoDB.
    pub dynamodb: DynamoDbCounters,
    /// S3.
    pub s3: S3Counters,
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
    /// The counters as they stand.
    pub fn snapshot(&self) -> Counters {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(super) fn dynamodb(&self, operation: &str, write_units: f64, read_units: f64) {
        let mut counters = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let counters = &mut counters.dynamodb;
        counters.write_units += write_units;
        counters.read_units += read_units;
        match counters.requests.get_mut(operation) {
            Some(count) => *count += 1,
            None => drop(counters.requests.insert(operation.to_owned(), 1)),
        }
    }

    pub(super) fn s3(&self, method: &http::Method, is_object: bool, bytes_in: u64, bytes_out: u64) {
        let mut counters = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let counters = &mut counters.s3;
        match (method.as_str(), is_object) {
            ("PUT" | "POST", _) => counters.put += 1,
            ("DELETE", _) => counters.delete += 1,
            (_, true) => counters.get += 1,
            (_, false) => counters.list += 1,
        }
        counters.bytes_in += bytes_in;
        counters.bytes_out += bytes_out;
    }
}
