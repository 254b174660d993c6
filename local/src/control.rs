//! `/_watchtrail/…`: what tests and people ask of the host itself.
//!
//! | request | answer |
//! |---|---|
//! | `GET /_watchtrail/health` | `{"status":"ok", …}` |
//! | `POST /_watchtrail/reset` | everything of all accounts is gone, the clock is the system's again |
//! | `GET /_watchtrail/clock` | `{"now":"2026-…Z","now_millis":…}` |
//! | `POST /_watchtrail/clock` | `{"advance_seconds":900}`, `{"advance":"PT15M"}` or `{"set":"2027-01-01T00:00:00Z"}`: all that is scheduled in between runs, in order |
//! | `POST /_watchtrail/deliver` | everything that was written becomes segments now |
//! | `POST /_watchtrail/trail` | what the function of the trail is invoked with (messages of its queue, an event of EventBridge, a notice of files, a backfill) is taken in; answers what it answers |
//! | `GET /_watchtrail/alarms/<name>` | why the alarm is in its state, in words; `?account=…&region=…` for another scope |
//! | `GET /_watchtrail/notifications` | `{"notifications":[…]}`: what the suite told others, oldest first, since the start or the last reset |
//! | `DELETE /_watchtrail/notifications` | forgets them |
//! | `GET /_watchtrail/usage` | what the embedded services were asked, in AWS's billing units; with `?keys=N` and `--usage-by-key` the N hash keys with the most units, too |
//! | `GET /_watchtrail/cost` | what a month of it would cost on AWS, and what CloudWatch would charge for it |

use std::sync::Arc;

use bytes::Bytes;
use http::{Method, Response, StatusCode};
use serde::Deserialize;
use serde_json::{Value, json};
use watchtrail_core::time::{DAY, HOUR, MINUTE, SECOND, Timestamp};
use watchtrail_service::Clock;
use watchtrail_store::Scope;
use watchtrail_store::trail::BucketTry;
use watchtrail_trail::TrailEvent;

use crate::Suite;

/// The clock is not set further ahead than this in one request: ten years, and a scheduler that still ends.
const FURTHEST: i64 = 3_660 * DAY;

/// A request to the clock. Exactly one of them.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct ClockRequest {
    advance_seconds: Option<f64>,
    advance: Option<String>,
    set: Option<String>,
}

pub(crate) async fn answer(suite: &Arc<Suite>, request: http::Request<Bytes>) -> Response<Bytes> {
    let path = request.uri().path().trim_start_matches("/_watchtrail/").to_owned();
    if let Some(name) = path.strip_prefix("alarms/") {
        return match *request.method() {
            Method::GET => explain(suite, name, request.uri().query().unwrap_or_default()).await,
            _ => not_allowed("this path takes GET"),
        };
    }
    let outcome = match (request.method(), path.as_str()) {
        (&Method::GET, "health") => Ok(health(suite)),
        (&Method::POST, "reset") => {
            suite.reset().await.map(|()| json!({})).map_err(|error| error.to_string())
        }
        (&Method::GET, "clock") => Ok(clock(suite.home().clock.now())),
        (&Method::POST, "clock") => return advance(suite, request.body()).await,
        (&Method::POST, "deliver") => suite.flush().await.map(|report| json!(report)),
        (&Method::POST, "trail") => return take_in(suite, request.body()).await,
        (&Method::GET, "notifications") => Ok(json!({ "notifications": suite.home().notifications.all() })),
        (&Method::DELETE, "notifications") => {
            suite.home().notifications.clear();
            Ok(json!({}))
        }
        (&Method::GET, "cost") => suite.cost().await.map(|cost| json!(cost)),
        (&Method::GET, "usage") => return usage(suite, request.uri().query().unwrap_or_default()),
        (_, "notifications") => return not_allowed("this path takes GET and DELETE"),
        (_, "health" | "reset" | "clock" | "deliver" | "trail" | "usage" | "cost") => {
            return not_allowed("this path takes the other of GET and POST");
        }
        _ => {
            let known = "there are /_watchtrail/health, reset, clock, deliver, trail, alarms/<name>, notifications, usage and cost";
            return render(StatusCode::NOT_FOUND, &problem(known));
        }
    };
    match outcome {
        Ok(body) => render(StatusCode::OK, &body),
        Err(message) => render(StatusCode::INTERNAL_SERVER_ERROR, &problem(&message)),
    }
}

/// What the embedded services were asked.
fn usage(suite: &Suite, query: &str) -> Response<Bytes> {
    let counted = &suite.home().usage;
    let mut answer = json!(counted.snapshot());
    let keys = form_urlencoded::parse(query.as_bytes()).find(|(name, _)| name == "keys");
    if let Some((_, number)) = keys {
        let Ok(number) = number.parse() else {
            return render(StatusCode::BAD_REQUEST, &problem("keys=N takes a number"));
        };
        let Some(keys) = counted.keys(number) else {
            let message = "units are counted by key only when the suite is started with --usage-by-key";
            return render(StatusCode::BAD_REQUEST, &problem(message));
        };
        answer["keys"] = json!(keys);
    }
    render(StatusCode::OK, &answer)
}

/// Why an alarm is in its state.
async fn explain(suite: &Suite, name: &str, query: &str) -> Response<Bytes> {
    let home = suite.home();
    let mut scope = Scope {
        account: home.context.settings.account.clone(),
        region: home.context.settings.region.clone(),
    };
    for (key, value) in form_urlencoded::parse(query.as_bytes()) {
        match key.as_ref() {
            "account" => scope.account = value.into_owned(),
            "region" => scope.region = value.into_owned(),
            _ => {}
        }
    }
    // In a path, `+` is itself.
    let name =
        form_urlencoded::parse(name.replace('+', "%2B").as_bytes()).map(|(name, _)| name.into_owned()).next();
    let name = name.unwrap_or_default();
    match watchtrail_alarms::explain(&home.context, &scope, &name).await {
        Ok(Some(explanation)) => {
            let mut answer = Response::new(Bytes::from(explanation.0));
            let text = http::HeaderValue::from_static("text/plain; charset=utf-8");
            answer.headers_mut().insert("content-type", text);
            answer
        }
        Ok(None) => {
            let message =
                format!("there is no alarm {name} in {scope}; name another scope by ?account=…&region=…");
            render(StatusCode::NOT_FOUND, &problem(&message))
        }
        Err(error) => render(StatusCode::INTERNAL_SERVER_ERROR, &problem(&error.to_string())),
    }
}

/// Takes audit records in as the function does on AWS, whose invocation the body is.
async fn take_in(suite: &Suite, body: &[u8]) -> Response<Bytes> {
    let usage = r#"send {"Records":[…]} (messages of SQS, or a notice of S3), an event of EventBridge, or {"backfill":{"bucket":…,"prefix":…}}"#;
    let wrong =
        |why: &dyn std::fmt::Display| render(StatusCode::BAD_REQUEST, &problem(&format!("{why}; {usage}")));
    let text = match std::str::from_utf8(body) {
        Ok(text) => text,
        Err(error) => return wrong(&error),
    };
    let event = match TrailEvent::parse(text) {
        Ok(Some(event)) => event,
        Ok(None) => return wrong(&"this is nothing that the trail takes in"),
        Err(error) => return wrong(&error),
    };
    let context = &suite.home().context;
    if let TrailEvent::Backfill(ask) = &event
        && matches!(context.store.trail.try_bucket(&ask.bucket).await, Ok(BucketTry::Missing))
    {
        let message =
            format!("there is no bucket {:?}; make it, and put CloudTrail's files into it", ask.bucket);
        return render(StatusCode::NOT_FOUND, &problem(&message));
    }
    match watchtrail_trail::receive(context, &event).await {
        Ok(answer) => render(StatusCode::OK, &json!(answer)),
        Err(error) => render(StatusCode::INTERNAL_SERVER_ERROR, &problem(&error.to_string())),
    }
}

fn health(suite: &Suite) -> Value {
    json!({ "status": "ok", "version": env!("CARGO_PKG_VERSION"), "clock": suite.home().clock.now().to_string() })
}

fn clock(now: Timestamp) -> Value {
    json!({ "now": now.to_string(), "now_millis": now.millis() })
}

async fn advance(suite: &Suite, body: &[u8]) -> Response<Bytes> {
    let now = suite.home().clock.now();
    let to = match target(body, now) {
        Ok(to) => to,
        Err(message) => return render(StatusCode::BAD_REQUEST, &problem(&message)),
    };
    match suite.advance(to).await {
        Ok(runs) => {
            let mut answer = clock(suite.home().clock.now());
            answer["runs"] = json!(runs);
            render(StatusCode::OK, &answer)
        }
        Err(message) => render(StatusCode::INTERNAL_SERVER_ERROR, &problem(&message)),
    }
}

fn target(body: &[u8], now: Timestamp) -> Result<Timestamp, String> {
    let usage = r#"send {"advance_seconds":900}, {"advance":"PT15M"} or {"set":"2027-01-01T00:00:00Z"}"#;
    let request: ClockRequest = serde_json::from_slice(body).map_err(|error| format!("{error}; {usage}"))?;
    let to = match (request.advance_seconds, request.advance, request.set) {
        (Some(seconds), None, None) if seconds.is_finite() && seconds >= 0.0 => {
            now.plus_millis((seconds * 1000.0) as i64)
        }
        (None, Some(text), None) => now
            .plus_millis(duration(&text).ok_or_else(|| format!("{text} is no ISO 8601 duration; {usage}"))?),
        (None, None, Some(text)) => {
            Timestamp::parse_rfc3339(&text).ok_or_else(|| format!("{text} is no RFC 3339 time; {usage}"))?
        }
        _ => return Err(usage.to_owned()),
    };
    if to < now {
        return Err(format!("the clock stands at {now} and never goes back, except by reset"));
    }
    if to.millis_since(now) > FURTHEST {
        return Err("the clock goes at most ten years ahead in one request".to_owned());
    }
    Ok(to)
}

/// `P1DT2H3M4S` in milliseconds; years and months have no fixed length and are not taken.
fn duration(text: &str) -> Option<i64> {
    let rest = text.strip_prefix('P')?;
    let (days, time) = rest.split_once('T').unwrap_or((rest, ""));
    let mut millis = 0i64;
    for (part, units) in
        [(days, &[('D', DAY), ('W', 7 * DAY)][..]), (time, &[('H', HOUR), ('M', MINUTE), ('S', SECOND)])]
    {
        let mut number = String::new();
        for character in part.chars() {
            if character.is_ascii_digit() {
                number.push(character);
                continue;
            }
            let (_, unit) = units.iter().find(|(letter, _)| *letter == character)?;
            millis = millis.checked_add(number.parse::<i64>().ok()?.checked_mul(*unit)?)?;
            number.clear();
        }
        if !number.is_empty() {
            return None;
        }
    }
    (rest.len() > 1 && !rest.ends_with('T')).then_some(millis)
}

fn not_allowed(message: &str) -> Response<Bytes> {
    render(StatusCode::METHOD_NOT_ALLOWED, &problem(message))
}

fn problem(message: &str) -> Value {
    json!({ "message": message })
}

fn render(status: StatusCode, body: &Value) -> Response<Bytes> {
    let mut answer = Response::new(Bytes::from(format!("{body}\n")));
    *answer.status_mut() = status;
    answer.headers_mut().insert("content-type", http::HeaderValue::from_static("application/json"));
    answer
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations() {
        fn check(text: &str, expected: Option<i64>) {
            assert_eq!(duration(text), expected, "{text}");
        }
        check("PT15M", Some(15 * MINUTE));
        check("P1D", Some(DAY));
        check("P2W", Some(14 * DAY));
        check("P1DT2H3M4S", Some(DAY + 2 * HOUR + 3 * MINUTE + 4 * SECOND));
        check("P", None);
        check("PT", None);
        check("15M", None);
        check("PT15", None);
        check("P1M", None);
        check("PT99999999999999999999S", None);
    }

    #[test]
    fn times_to_go_to() {
        let now = Timestamp::from_millis(1_000_000);
        assert_eq!(target(br#"{"advance_seconds":1.5}"#, now), Ok(now.plus_millis(1500)));
        for wrong in
            ["{}", "", r#"{"advance_seconds":-1}"#, r#"{"set":"1970-01-01T00:00:00Z"}"#, r#"{"a":1}"#]
        {
            assert!(target(wrong.as_bytes(), now).is_err(), "{wrong}");
        }
    }
}
