//! `watchtrail cost`: asks a running suite, and shows it as a table.

use std::fmt::Write as _;
use std::time::{Duration, SystemTime};

use clap::Args;
use http_body_util::BodyExt;
use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioExecutor;
use watchtrail_service::Clock as _;
use watchtrail_service::edge::SystemClock;

use super::{Bill, Cost, ask};

/// What `watchtrail cost` is told.
#[derive(Debug, Clone, Args)]
pub struct CostOptions {
    /// Where the suite listens
    #[arg(long, value_name = "URL", default_value = "http://127.0.0.1:4700", env = "AWS_ENDPOINT_URL")]
    pub url: String,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
}

/// The costs of a running suite, as text.
///
/// # Errors
/// In words, with what to do, when it does not answer.
pub async fn show(options: &CostOptions) -> Result<String, String> {
    // The machine's: a suite whose clock was set forward looks at its own, and lets fifteen minutes pass.
    let now = SystemClock.now();
    let now = SystemTime::UNIX_EPOCH + Duration::from_millis(now.millis().unsigned_abs());
    let url = format!("{}/_watchtrail/cost", options.url.trim_end_matches('/'));
    let asked = async {
        let request = ask::get(&url, now).map_err(|error| error.to_string())?;
        let client = Client::builder(TokioExecutor::new()).build_http();
        let answer = client.request(request).await.map_err(|error| error.to_string())?;
        let status = answer.status();
        let body = answer.into_body().collect().await.map_err(|error| error.to_string())?.to_bytes();
        Ok::<_, String>((status, body))
    };
    let (status, body) = asked.await.map_err(|error| {
        format!(
            "{url} does not answer ({error}): start the suite with `watchtrail serve`, or name it with --url"
        )
    })?;
    if status.is_client_error() {
        return Err(format!(
            "{url} refuses ({}). Where it is locked, set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY to a key that may do watchtrail:GetCost",
            String::from_utf8_lossy(&body)
        ));
    }
    if !status.is_success() {
        return Err(format!("{url} answers {status}: {}", String::from_utf8_lossy(&body)));
    }
    if options.json {
        return Ok(String::from_utf8_lossy(&body).into_owned() + "\n");
    }
    let cost: Cost =
        serde_json::from_slice(&body).map_err(|error| format!("{url} answers something else: {error}"))?;
    Ok(text(&cost))
}

fn text(cost: &Cost) -> String {
    let mut text = format!("A month of what was done in {}:\n", span(cost.seconds));
    for (name, bill) in [("Watchtrail on AWS", &cost.watchtrail), ("CloudWatch and CloudTrail", &cost.aws)] {
        let _ = write!(text, "\n{name}\n{}", lines(bill));
    }
    if cost.watchtrail.dollars > 0.0 && cost.aws.dollars > 0.0 {
        let times = cost.aws.dollars / cost.watchtrail.dollars;
        let _ = writeln!(text, "\nWatchtrail costs {} of it.", share(times));
    }
    for note in &cost.notes {
        let _ = write!(text, "\n* {note}");
    }
    text.push('\n');
    text
}

fn share(times: f64) -> String {
    if times >= 1.0 { format!("1/{times:.0}") } else { format!("{:.1} times", 1.0 / times) }
}

fn span(seconds: f64) -> String {
    match seconds {
        ..120.0 => format!("{seconds:.0} seconds"),
        ..7_200.0 => format!("{:.0} minutes", seconds / 60.0),
        ..172_800.0 => format!("{:.1} hours", seconds / 3_600.0),
        _ => format!("{:.1} days", seconds / 86_400.0),
    }
}

fn lines(bill: &Bill) -> String {
    let mut text = String::new();
    for line in &bill.lines {
        let _ = writeln!(text, "  {:<42}{:>16.3}  ${:>12.4}", line.what, line.a_month, line.dollars);
    }
    let _ = writeln!(text, "  {:<42}{:>16}  ${:>12.4}", "together", "", bill.dollars);
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cost::Line;

    #[test]
    fn a_bill_is_a_table() {
        let line = Line { what: "alarms".to_owned(), a_month: 3.0, dollars: 0.3 };
        let bill = Bill { lines: vec![line], dollars: 0.3 };
        let shown = lines(&bill);
        assert!(shown.starts_with("  alarms   "), "{shown}");
        assert!(shown.ends_with("$      0.3000\n"), "{shown}");
    }

    #[test]
    fn times() {
        assert_eq!(span(59.0), "59 seconds");
        assert_eq!(span(3_600.0), "60 minutes");
        assert_eq!(span(864_000.0), "10.0 days");
        assert_eq!(share(40.4), "1/40");
        assert_eq!(share(0.5), "2.0 times");
    }
}
