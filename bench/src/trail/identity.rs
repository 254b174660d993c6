//! How much of the stored records a question about somebody reads: DuckDB asks the embedded S3, which counts the bytes.

use std::process::Command;

use super::DAY;
use super::through::{Form, files, form};
use crate::Result;
use crate::cost::Usage;
use crate::http::Client;
use crate::peers::advance;
use crate::process::Server;
use crate::records::{NEEDLE, Records};
use crate::report::{Table, count, progress, ratio};

/// Asked with the endpoint's port, and the question.
const SCRIPT: &str = "
import sys, duckdb
db = duckdb.connect()
try:
    import duckdb_extension_httpfs
    from duckdb_extensions import import_extension
    import_extension('httpfs', con=db)
except ImportError:
    db.execute('INSTALL httpfs')
db.execute('LOAD httpfs')
db.execute(f\"CREATE SECRET (TYPE s3, KEY_ID 'test', SECRET 'test', REGION 'us-east-1', ENDPOINT '127.0.0.1:{sys.argv[1]}', URL_STYLE 'path', USE_SSL false)\")
db.execute('SET enable_external_file_cache = false')
print(len(db.execute(sys.argv[2]).fetchall()))
";

/// Everything that is stored.
const PARQUET: &str = "read_parquet('s3://watchtrail-data/trail/**/*.parquet', hive_partitioning = true)";

/// Days are settled when they are over for some hours: so long after the last record (seconds).
const SETTLED: i64 = 2 * 86_400;

pub(super) fn table() -> Table {
    let columns =
        ["question", "records a day", "rows", "bytes from Parquet", "bytes of the .json.gz", "fewer"];
    let mut table = Table::new("What a question about somebody reads", &columns);
    table.note(
        "Bytes that the embedded S3 sent to DuckDB for a question over all days. A reader of .json.gz reads all of the files, \
         whatever is asked. DuckDB reads 16 KB of each file at least, more than these footers and filters have: so the busier the days, the \
         greater the difference.",
    );
    table
}

/// Asks, when the days are merged; whether there is a DuckDB to ask with.
pub(super) async fn measure(
    server: &Server,
    records: &Records,
    bytes: &mut Table,
    table: &mut Table,
) -> Result<bool> {
    progress("trail: days are merged");
    let mut client = Client::connect(server.port).await?;
    advance(&mut client, SETTLED).await?;
    let a_day = records.count as f64 * DAY as f64 / records.span as f64;
    let merged = format!("Parquet, merged, {} records a day", count(a_day));
    bytes.row(form(&merged, files(server, Form::Parquet)?, records.count));
    let key = format!("access_key_id = 'AKIA{:X>16}'", NEEDLE.to_uppercase());
    let user = format!("user_name = '{NEEDLE}'");
    let whole = files(server, Form::Json)?.1 as f64;
    for (what, condition) in [("what did this access key do", key), ("what did this user do", user)] {
        progress(&format!("trail: {what}"));
        let fields = "event_time, event_source, event_name, error_code, source_ip_address";
        let question = format!("SELECT {fields} FROM {PARQUET} WHERE {condition}");
        let Some((rows, read)) = ask(server, &mut client, &question).await? else { return Ok(false) };
        let row = [what.into(), count(a_day), count(rows), count(read), count(whole), ratio(whole / read)];
        table.row(row.to_vec());
    }
    Ok(true)
}

/// Rows of the answer, and bytes that S3 sent for it.
async fn ask(server: &Server, client: &mut Client, question: &str) -> Result<Option<(f64, f64)>> {
    let before = Usage::now(client).await?;
    let ran = Command::new("python").args(["-c", SCRIPT, &server.port.to_string(), question]).output();
    let Ok(ran) = ran else { return Ok(None) };
    if !ran.status.success() {
        let told = String::from_utf8_lossy(&ran.stderr);
        progress(&format!("DuckDB is left out: {}", told.lines().last().unwrap_or_default()));
        return Ok(None);
    }
    let read = Usage::now(client).await?.since(before, 1.0).bytes_out();
    let rows = String::from_utf8_lossy(&ran.stdout).trim().parse()?;
    Ok(Some((rows, read)))
}
