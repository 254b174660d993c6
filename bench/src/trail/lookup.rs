//! LookupEvents beside a search in the files.

use std::process::Command;
use std::time::Duration;

use serde_json::{Value, json};

use super::driver::{BUCKET, call};
use crate::Result;
use crate::clock::Stopwatch;
use crate::http::Client;
use crate::process::Server;
use crate::records::{self, NEEDLE, Records};
use crate::report::{Table, count, progress, ratio};

/// Events on the first page of an answer.
async fn find(client: &mut Client, attribute: Option<(&str, &str)>) -> Result<usize> {
    let mut ask = json!({ "MaxResults": 50 });
    if let Some((key, value)) = attribute {
        ask["LookupAttributes"] = json!([{ "AttributeKey": key, "AttributeValue": value }]);
    }
    let page = call(client, "LookupEvents", ask).await?;
    Ok(page["Events"].as_array().map_or(0, Vec::len))
}

pub(super) async fn measure(server: &Server, records: &Records) -> Result<Table> {
    let mut table = Table::new(
        "LookupEvents over all of them",
        &["question", "found", "first time", "median of 20", "gzip -dc | rg"],
    );
    let mut client = Client::connect(server.port).await?;
    let (mut text, last) = (String::new(), records.count - 1);
    records.write(last, &mut text);
    let record: Value = serde_json::from_str(&text)?;
    let name = record["eventName"].as_str().unwrap_or_default().to_owned();
    let user = record["userIdentity"]["userName"].as_str().unwrap_or("ann").to_owned();
    let id = records::id(records.count / 2, 1);
    let questions: [(&str, Option<(&str, &str)>); 5] = [
        ("a user of one event, 80 days ago", Some(("Username", NEEDLE))),
        ("the newest 50", None),
        ("the newest 50 of a user", Some(("Username", &user))),
        ("the newest 50 of an event's name", Some(("EventName", &name))),
        ("an eventID, 45 days ago", Some(("EventId", &id))),
    ];
    for (what, attribute) in questions {
        progress(&format!("trail: look up {what}"));
        let watch = Stopwatch::start();
        let found = find(&mut client, attribute).await?;
        let first = watch.elapsed();
        let mut times = Vec::new();
        for _ in 0..20 {
            let watch = Stopwatch::start();
            find(&mut client, attribute).await?;
            times.push(watch.elapsed());
        }
        times.sort_unstable();
        let pattern = attribute.map(|(field, value)| match field {
            "EventId" => value.to_owned(),
            "Username" => format!("\"userName\":\"{value}\""),
            _ => format!("\"eventName\":\"{value}\""),
        });
        let rg = pattern.and_then(|pattern| rg(server, &pattern).transpose()).transpose()?;
        let millis = |time: Duration| format!("{:.1} ms", time.as_secs_f64() * 1e3);
        table.row(vec![
            what.into(),
            count(found as f64),
            millis(first),
            millis(times[10]),
            rg.map_or("–".into(), |time| {
                format!("{:.0} ms, {}", time * 1e3, ratio(time / times[10].as_secs_f64()))
            }),
        ]);
    }
    table.note(
        "The first question of all reads the index columns of every segment; a warm process keeps them. gzip -dc | rg: all of the \
         trail's .json.gz files, from the page cache, on all cores that two programs use.",
    );
    Ok(table)
}

/// Seconds of a search in the trail's files.
fn rg(server: &Server, pattern: &str) -> Result<Option<f64>> {
    let script = format!(
        "TIMEFORMAT='%R'; time (find {} -path '*/{BUCKET}/*' -name '*.json.gz' -print0 | xargs -0 gzip -dc | rg -c -F -- '{pattern}' >/dev/null; true)",
        server.folder().display()
    );
    let ran = Command::new("bash").args(["-c", &script]).output()?;
    let told = String::from_utf8_lossy(&ran.stderr).into_owned();
    if told.contains("not found") {
        return Ok(None);
    }
    Ok(told.split_whitespace().next().and_then(|figure| figure.parse().ok()))
}
