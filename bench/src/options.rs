//! The command line.

use std::path::PathBuf;

use clap::{Parser, ValueEnum};

/// Measures the suite beside its peers, and prints ratios.
#[derive(Debug, Parser)]
#[command(name = "bench", version)]
pub(crate) struct Options {
    /// A smoke run: small numbers, a few seconds, figures without meaning
    #[arg(long)]
    pub(crate) quick: bool,

    /// Write the report as Markdown, too
    #[arg(long, value_name = "FILE")]
    pub(crate) markdown: Option<PathBuf>,

    /// What to measure [default: everything]
    #[arg(long, value_name = "PART", value_enum, value_delimiter = ',')]
    pub(crate) only: Vec<Part>,

    /// Only ingest works and questions whose name contains this
    #[arg(long, value_name = "TEXT", default_value = "")]
    pub(crate) work: String,

    /// The `watchtrail` binary [default: the one beside this program]
    #[arg(long, value_name = "FILE")]
    pub(crate) watchtrail: Option<PathBuf>,

    /// The `VictoriaMetrics` binary [default: the one in PATH]
    #[arg(long, value_name = "FILE")]
    pub(crate) victoria_metrics: Option<PathBuf>,

    /// The `moto_server` program [default: the one in PATH]
    #[arg(long, value_name = "FILE")]
    pub(crate) moto_server: Option<PathBuf>,

    /// The real series to measure bytes at rest with: the folder realAWSCloudwatch of the Numenta Anomaly Benchmark, as
    /// .tar.gz; without it that part is left out
    #[arg(long, value_name = "FILE", env = "WATCHTRAIL_NAB")]
    pub(crate) nab: Option<PathBuf>,

    /// Real audit records to measure with: the CloudTrail files of Invictus' dataset, as .tar.gz; without it they are made up
    #[arg(long, value_name = "FILE", env = "WATCHTRAIL_CLOUDTRAIL")]
    pub(crate) cloudtrail: Option<PathBuf>,

    /// Concurrent connections of the load
    #[arg(long, value_name = "N", default_value_t = 8)]
    pub(crate) clients: usize,

    /// Rounds of an ingest run; what is printed are medians
    #[arg(long, value_name = "N")]
    pub(crate) rounds: Option<usize>,

    /// Data points of an ingest run in requests of 1,000; requests of 20 get a fifth of them
    #[arg(long, value_name = "N")]
    pub(crate) points: Option<usize>,
}

/// A part of the report.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Part {
    /// Data points a second, and CPU of the server
    Ingest,
    /// Latency of reads, at rest and under load
    Query,
    /// Bytes a data point
    Rest,
    /// What AWS would bill
    Cost,
    /// What a minute of alarms takes
    Alarms,
    /// Logs: writing, searching, at rest, cost
    Logs,
    /// Audit records: intake, delivery, at rest, LookupEvents, cost
    Trail,
    /// What a month costs, in one table: docs/cost.md
    Month,
    /// What limits each path as load grows, simulated over counted units: docs/scale.md
    Scale,
}

impl Options {
    pub(crate) fn does(&self, part: Part) -> bool {
        self.only.is_empty() || self.only.contains(&part)
    }

    /// Data points of a run in requests of 1,000.
    pub(crate) fn points(&self) -> usize {
        self.points.unwrap_or(if self.quick { 100_000 } else { 3_000_000 })
    }

    /// Rounds of an ingest run.
    pub(crate) fn rounds(&self) -> usize {
        self.rounds.unwrap_or(if self.quick { 1 } else { 3 }).max(1)
    }
}
