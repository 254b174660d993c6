//! What AWS would bill for the calls that the suite answers: calls by operation, and what some of them are billed by.
//!
//! The frame tells the [`Meter`] of the [`crate::Context`] of each call, and delivery of what trails are given. On Lambda nobody listens; the local host counts, and compares.

use std::time::{Duration, Instant};

/// A call that was answered.
#[derive(Debug, Clone, Copy)]
pub struct Called {
    /// The service, as its model names it.
    pub service: &'static str,
    /// The operation.
    pub operation: &'static str,
    /// What it is billed by beside being a call: the metrics that `GetMetricData` was asked for, the bytes of `PutLogEvents` (26 more for each
    /// event) and of `PutAuditEvents`, else nothing.
    pub quantity: u64,
    /// How long it took, by the clock that does not jump; nothing where nobody measures.
    pub took: Duration,
}

/// Records that a trail's bucket was given.
#[derive(Debug, Clone, Copy)]
pub struct Copied<'a> {
    /// Whose they are.
    pub account: &'a str,
    /// Of which region.
    pub region: &'a str,
    /// The trail's id.
    pub trail: &'a str,
    /// Of management events, of which an account's first copy in a region is free.
    pub management: u64,
    /// Of all others.
    pub data: u64,
}

/// Whoever counts calls. A refused call is told of, too, with the quantity that it got to.
pub trait Meter: Send + Sync {
    /// A time that only differences are taken of, where calls are to be timed.
    fn start(&self) -> Option<Instant> {
        None
    }

    /// A call was answered.
    fn called(&self, call: Called);

    /// A trail was delivered a lot's records.
    fn copied(&self, _: Copied<'_>) {}
}

/// Counts nothing.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoMeter;

impl Meter for NoMeter {
    fn called(&self, _: Called) {}
}
