//! The suite as its clients see it: the AWS SDK for Rust over HTTP against a suite in this process, and against the real
//! binary where a process has to die.
//!
//! Everything is in one test binary, because each one more would link all of the suite once more.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod alarm_operations;
mod alarm_scripts;
mod alarm_workers;
mod architecture;
mod coverage;
mod crash;
mod events;
mod faults;
mod fifteen_months;
mod harness;
mod isolation;
mod labels;
mod paging;
mod processes;
mod races;
mod refusals;
mod signatures;
mod simulation;
mod subscriptions;
mod tags;
mod trail;
mod values;
