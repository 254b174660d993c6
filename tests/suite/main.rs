//! The suite as its clients see it: the AWS SDK for Rust over HTTP against a suite in this process, and against the real
//! binary where a process has to die.
//!
//! Everything is in one test binary, because each one more would link all of the suite once more.

mod architecture;
mod coverage;
mod crash;
mod fifteen_months;
mod harness;
mod isolation;
mod labels;
mod paging;
mod races;
mod refusals;
mod simulation;
mod tags;
mod values;
