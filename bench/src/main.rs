//! `bench`: what the suite does on this machine, beside others that do the same work.
//!
//! It starts the release build of `watchtrail`, and as peers `VictoriaMetrics` and `moto_server` where they are
//! installed, drives all of them over HTTP from this process, checks that what was acknowledged is read back, and prints
//! figures and ratios. It asserts no time: a slow machine gives slow figures and no failure.

mod alarms;
mod archive;
mod clock;
mod cloudwatch;
mod cost;
mod fleet;
mod http;
mod ingest;
mod lines;
mod logs;
mod month;
mod nab;
mod options;
mod peers;
mod process;
mod query;
mod records;
mod report;
mod rest;
mod scale;
mod trail;
mod victoria;

use std::process::ExitCode;

use clap::Parser;

use crate::options::{Options, Part};
use crate::peers::Binaries;
use crate::report::Report;

/// Why a measurement could not be made.
pub(crate) type Failure = Box<dyn std::error::Error + Send + Sync>;
pub(crate) type Result<T> = std::result::Result<T, Failure>;

#[tokio::main]
async fn main() -> ExitCode {
    match run(&Options::parse()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            report::progress(&format!("failed: {failure}"));
            ExitCode::FAILURE
        }
    }
}

async fn run(options: &Options) -> Result<()> {
    let binaries = Binaries::find(options)?;
    let mut report = Report::new(options, &binaries);
    if options.does(Part::Ingest) {
        report.add(ingest::measure(options, &binaries).await?);
    }
    if options.does(Part::Query) {
        report.add(query::measure(options, &binaries).await?);
    }
    if options.does(Part::Rest) {
        report.add(rest::measure(options, &binaries).await?);
    }
    if options.does(Part::Cost) {
        report.add(cost::measure(options, &binaries).await?);
    }
    if options.does(Part::Alarms) {
        report.add(alarms::measure(options, &binaries).await?);
    }
    if options.does(Part::Logs) {
        for table in logs::measure(options, &binaries).await? {
            report.add(table);
        }
    }
    if options.does(Part::Trail) {
        for table in trail::measure(options, &binaries).await? {
            report.add(table);
        }
    }
    if options.does(Part::Month) {
        report.add(month::measure(options, &binaries).await?);
    }
    if options.does(Part::Scale) {
        report.add_pieces(scale::measure(options, &binaries).await?);
    }
    report.print();
    match &options.markdown {
        Some(file) => report.write_markdown(file),
        None => Ok(()),
    }
}
