//! The pure core: what a metric, a statistic, a period and an alarm *are*, as plain functions over values.
//!
//! There is no I/O here, no clock, no randomness, no SDK and no async runtime; time is always an argument.
//! AWS's error names and sentences live in `service`, storage in `store`.

// Tests state what they expect as values, a line per case.
#![cfg_attr(test, allow(clippy::needless_pass_by_value, clippy::unnecessary_wraps))]

pub mod alarms;
pub mod iam;
pub mod logs;
pub mod metrics;
pub mod text;
pub mod time;
pub mod trail;
