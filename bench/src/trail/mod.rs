//! The trail: records through intake and delivery, at rest, LookupEvents, and what AWS would bill.
//!
//! Records come as CloudTrail's own files, announced by S3 through SQS, spread over ninety days.

pub(crate) mod cost;
mod driver;
mod identity;
mod lookup;
mod through;

use crate::options::Options;
use crate::peers::Binaries;
use crate::records::Records;
use crate::report::Table;
use crate::{Result, clock};

const DAY: i64 = 86_400;

/// So many records of ninety days.
pub(crate) fn records(options: &Options, many: usize) -> Result<Records> {
    Records::new(options.cloudtrail.as_deref(), many, clock::now() - 89 * DAY, 88 * DAY)
}

pub(crate) async fn measure(options: &Options, binaries: &Binaries) -> Result<Vec<Table>> {
    let many = if options.quick { 20_000 } else { 1_000_000 };
    let records = records(options, many)?;
    let (through, mut bytes, server) = through::measure(options, binaries, &records).await?;
    let lookup = lookup::measure(&server, &records).await?;
    let mut identity = identity::table();
    let asked = identity::measure(&server, &records, &mut bytes, &mut identity).await?;
    drop(server);
    if asked {
        let busy = Records::new(options.cloudtrail.as_deref(), many / 4, clock::now() - 8 * DAY, 7 * DAY)?;
        let server = through::delivered(binaries, &busy).await?;
        identity::measure(&server, &busy, &mut bytes, &mut identity).await?;
    }
    let identity = asked.then_some(identity);
    let cost = cost::measure(options, binaries, &records).await?;
    Ok([through, bytes, lookup].into_iter().chain(identity).chain([cost]).collect())
}
