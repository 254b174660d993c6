//! Alarms: what a minute of them uses, measured, and what limits a million of them, computed.

use std::sync::Arc;

use bytes::Bytes;
use serde_json::Value;
use watchtrail_alarms::parts_of;

use super::limits::{
    ALARM_CPU, ALARMS_MEMORY, ALARMS_TIME, DYNAMODB_CALL, GB_SECOND, INVOCATION, KEY_WRITES, MEMORY_OF_A_CPU,
    TRANSACTION_CALL,
};
use super::measured::{Look, Used};
use crate::alarms::{NAMESPACE, alarm};
use crate::cloudwatch;
use crate::fleet::{Format, Load, Plan};
use crate::http::Client;
use crate::options::Options;
use crate::peers::{Binaries, Peer, advance};
use crate::report::{Table, count, progress};
use crate::{Result, ingest};

const MINUTES_A_MONTH: f64 = 43_800.0;

/// Bytes of a page of a query.
const PAGE: f64 = 1024.0 * 1024.0;

/// Bytes of memory of an alarm with what is read for it in a quiet minute, and in one in which it changes: measured apart, as `limits::DELIVERY_BYTES`,
/// with 10,000 alarms.
const ALARM_BYTES: f64 = 4_500.0;
const CHANGING_BYTES: f64 = 10_600.0;

/// Bytes of memory of a series of the tail that belongs to another part's alarm, and CPU seconds of reading it (assumed: a point's delivery).
const TAIL_SERIES_BYTES: f64 = 300.0;
const TAIL_SERIES_CPU: f64 = 2.5e-6;

/// What was counted, for each alarm.
pub(super) struct Measured {
    /// The minute in which all alarms change their state.
    first: Used,
    /// One in which none does.
    quiet: Used,
    /// Commits of changes, each of several, for each change.
    commits: f64,
    /// Alarms that were measured.
    alarms: f64,
    pub(super) table: Table,
}

impl Measured {
    /// Bytes of an alarm in the catalog, at most: a write in a transaction takes two units for a KB.
    fn stored_bytes(&self) -> f64 {
        self.first.of("alarms").writes / 2.0 * 1_024.0
    }

    /// The keys that a change of state writes to, the hottest first: its units, if all alarms of a scope change.
    fn hottest_of_a_change(&self) -> (&str, f64) {
        self.first.kinds().first().map_or(("", 0.0), |(name, kind)| (*name, kind.hottest.0))
    }
}

pub(super) async fn measure(options: &Options, binaries: &Binaries) -> Result<Measured> {
    let alarms = if options.quick { 200 } else { 2_000 };
    progress(&format!("scale: {alarms} alarms"));
    let server = binaries.suite(&["--as-on-aws", "--usage-by-key"]).await?;
    let mut client = Client::connect(server.port).await?;
    for number in 0..alarms {
        let body = Bytes::from(alarm(number).to_string());
        cloudwatch::call(&mut client, "PutMetricAlarm", body).await?.ok()?;
    }
    let first = minute(&mut client, alarms).await?;
    let quiet = minute(&mut client, alarms).await?;
    let (first, commits) = first;
    let columns = [
        "a minute",
        "kind of key",
        "write units an alarm",
        "read units an alarm",
        "hottest key: write units an alarm",
    ];
    let mut table = Table::new("What a minute of alarms uses (measured)", &columns);
    for (name, used) in [("all alarms change their state", &first), ("none does", &quiet.0)] {
        for (kind, units) in used.kinds() {
            if units.writes < 0.005 && units.reads < 0.005 {
                continue;
            }
            table.row(vec![
                name.into(),
                kind.into(),
                format!("{:.2}", units.writes),
                format!("{:.3}", units.reads),
                format!("{:.2}", units.hottest.0),
            ]);
        }
    }
    table.note(&format!(
        "{} alarms, each of a metric of its own; the data in requests of 1,000. {commits:.3} commits a change. Here each change has an event to hand over, as \
         on AWS it has actions: an item under one key of the scope (`todo`), and a transaction when it is carried out.",
        count(alarms as f64)
    ));
    Ok(Measured { first, quiet: quiet.0, commits, alarms: alarms as f64, table })
}

/// Data for all alarms, and then a minute: what it used, and its commits, for each alarm.
async fn minute(client: &mut Client, alarms: usize) -> Result<(Used, f64)> {
    let clock = client.get("/_watchtrail/clock").await?.ok()?;
    let clock: Value = serde_json::from_slice(&clock)?;
    let start = crate::clock::minute(clock["now_millis"].as_i64().unwrap_or_default() / 1_000);
    let batch = alarms.min(1_000);
    let plan = Plan {
        format: Format::Json,
        gzip: true,
        namespace: NAMESPACE,
        series: alarms,
        batch,
        minutes: 1,
        start,
    };
    let load = Arc::new(Load::prepare(plan)?);
    for number in 0..load.requests() {
        ingest::send(client, Peer::Watchtrail, &load, number).await?;
    }
    let (before, done) = (Look::now(client).await?, commits(client).await?);
    advance(client, 60).await?;
    let after = Look::now(client).await?;
    let done = commits(client).await? - done;
    Ok((after.since(&before, alarms as f64), done / alarms as f64))
}

/// Commits of changes so far: each begins with one `BatchGetItem` of the buckets' versions, and nothing else asks for several items here.
async fn commits(client: &mut Client) -> Result<f64> {
    let usage: Value = serde_json::from_slice(&client.get("/_watchtrail/usage").await?.ok()?)?;
    Ok(usage["dynamodb"]["requests"]["BatchGetItem"].as_f64().unwrap_or_default())
}

/// What so many alarms come to.
struct Fleet {
    parts: usize,
    /// Alarms of a part.
    each: f64,
    /// Seconds of a quiet minute of a part, and of a cold one, which reads all of its alarms.
    warm: f64,
    cold: f64,
    /// Bytes of a quiet minute, and of one in which all change.
    memory: (f64, f64),
    /// Read units of a quiet minute.
    reads: f64,
    /// Seconds in which all of them can change their state: the hottest key, and one transaction after the other.
    storm: (f64, f64),
    dollars: f64,
}

/// Alarms of one scope over one namespace, their data in requests of 1,000.
fn fleet(measured: &Measured, alarms: f64) -> Fleet {
    let parts = parts_of(alarms as u64);
    let each = alarms / parts as f64;
    let cpu = ALARMS_MEMORY.value / MEMORY_OF_A_CPU;
    // Each part reads the journal of all, and decodes it.
    let tail = measured.quiet.of("journal").reads * alarms;
    let pages = |units: f64| units * 4_096.0 / PAGE * 2.0 * DYNAMODB_CALL;
    let warm = (each * ALARM_CPU + alarms * TAIL_SERIES_CPU) / cpu + pages(tail);
    let cold = warm + pages(each * measured.stored_bytes() / 4_096.0);
    let others = (alarms - each) * TAIL_SERIES_BYTES;
    let memory = (each * ALARM_BYTES + others, each * CHANGING_BYTES + others);
    let own = ["alarmscopes", "alarmheads", "todo", "head"].map(|kind| measured.quiet.of(kind).reads);
    let rest = own.iter().sum::<f64>() * measured.alarms;
    let reads = (tail + rest) * parts as f64;
    let (_, units) = measured.hottest_of_a_change();
    let storm =
        (alarms * units / KEY_WRITES.value, each * measured.commits * (TRANSACTION_CALL + DYNAMODB_CALL));
    let lambda = parts as f64 * (INVOCATION + warm.max(0.1) * ALARMS_MEMORY.value / 1_024.0 * GB_SECOND);
    let dollars = (reads * crate::cost::price::READ_UNIT + lambda) * MINUTES_A_MONTH;
    Fleet { parts, each, warm, cold, memory, reads, storm, dollars }
}

pub(super) fn table(measured: &Measured) -> Table {
    let columns = [
        "alarms",
        "invocations a minute",
        "alarms each",
        "seconds of a minute, warm",
        "cold",
        "memory",
        "… when all change",
        "read units a minute",
        "all change at once: the hottest key",
        "… a part's commits",
        "$ a month",
        "CloudWatch",
        "holds",
    ];
    let mut table = Table::new("Alarms, all of one scope and one namespace (computed)", &columns);
    for alarms in [1_000.0, 50_000.0, 100_000.0, 1_000_000.0] {
        let fleet = fleet(measured, alarms);
        table.row(vec![
            count(alarms),
            fleet.parts.to_string(),
            count(fleet.each),
            format!("{:.1}", fleet.warm),
            format!("{:.1}", fleet.cold),
            format!("{} MB", count(fleet.memory.0 / 1e6)),
            format!("{} MB", count(fleet.memory.1 / 1e6)),
            count(fleet.reads),
            format!("{} s", count(fleet.storm.0)),
            format!("{} s", count(fleet.storm.1)),
            format!("${}", count(fleet.dollars)),
            format!("${}", count(alarms * 0.10)),
            fleet.verdict().into(),
        ]);
    }
    let (key, units) = measured.hottest_of_a_change();
    table.note(&format!(
        "A minute holds when its seconds stay below 60 and its memory below {} MB. All change at once: of a change, {units:.1} write units fall on one \
         key (`{key}`) of the scope, which takes {} a second; a part makes its commits one after the other, {:.0} ms each (assumed), and is \
         ended after {} s. What is left then is done in the minutes after. Without actions the hottest key is `historyday`.",
        count(ALARMS_MEMORY.value),
        count(KEY_WRITES.value),
        (TRANSACTION_CALL + DYNAMODB_CALL) * 1e3,
        count(ALARMS_TIME.value),
    ));
    table.note("$ a month: quiet minutes, without the writing of the data. CloudWatch: $0.10 an alarm.");
    table
}

impl Fleet {
    fn verdict(&self) -> &'static str {
        if self.memory.0 > super::delivery::room(ALARMS_MEMORY.value) {
            "**out of memory**"
        } else if self.cold > ALARMS_TIME.value {
            "**never gets warm**"
        } else if self.warm > 60.0 {
            "**late**"
        } else {
            "yes"
        }
    }
}

/// The most alarms that are evaluated within a minute, in the memory that there is.
pub(super) fn most(measured: &Measured) -> f64 {
    super::delivery::bisect(1_000.0, 1e9, |alarms| fleet(measured, alarms).verdict() == "yes")
}

/// Changes of state a second that a scope can make, as far as the keys of one kind limit them.
pub(super) fn changes_a_second(measured: &Measured, kind: &str) -> f64 {
    KEY_WRITES.value / measured.first.of(kind).hottest.0.max(f64::MIN_POSITIVE)
}
