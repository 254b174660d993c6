//! What limits each path as load grows: `docs/scale.md` is this.
//!
//! Units are counted by the real suite (`measured`, `alarms`); a model steps what they come to against AWS's limits through time (`writes`, `delivery`).
//! The ledger's own rules are called and not copied: how slots grow, when a partition is due, how alarms are parted.

mod alarms;
mod delivery;
mod known;
mod limits;
mod measured;
mod workloads;
mod writes;

use crate::Result;
use crate::options::Options;
use crate::peers::Binaries;
use crate::report::{Piece, Table};

/// What is written by hand: before the tables of limits, before the simulated tables, and at the end.
const HEAD: &str = include_str!("head.md");
const READING: &str = include_str!("reading.md");
const MODEL: &str = include_str!("model.md");

pub(crate) async fn measure(options: &Options, binaries: &Binaries) -> Result<Vec<Piece>> {
    let requests = measured::measure(options, binaries).await?;
    let of_alarms = alarms::measure(options, binaries).await?;
    let seconds = if options.quick { 120 } else { 7_200 };
    let known = known::table(&requests, &of_alarms);
    let tables = [workloads::metrics(&requests, seconds), workloads::logs(&requests, seconds)];
    let mut pieces = vec![Piece::Words(HEAD), Piece::Table(known), Piece::Words(READING)];
    pieces.extend(tables.into_iter().flatten().map(Piece::Table));
    let more: [Table; 4] = [alarms::table(&of_alarms), requests.table, of_alarms.table, limits::table()];
    pieces.extend(more.into_iter().map(Piece::Table));
    pieces.push(Piece::Words(MODEL));
    Ok(pieces)
}
