//! The lines of an access log, and requests of them.

use bytes::Bytes;

/// Bytes of each line.
pub(crate) const LENGTH: usize = 137;

/// Bodies that are kept; they are sent again with other times.
const KEPT: usize = 100;

const PATHS: [&str; 8] = ["/cart", "/login", "/items", "/order", "/about", "/image", "/admin", "/check"];
const AGENTS: [&str; 4] = ["Mozilla/5.0 (X11)", "Mozilla/5.0 (Mac)", "curl/8.5.0 (x64)", "Go-http-client/2"];

/// A line. Clients, items and agents repeat and durations do not: all lines together compress about as a real access log does (the
/// 10,000 lines of github.com/elastic/examples: to 18 % in pieces of 8.6 KB, to 9 % as a whole, by zstd's level 1).
fn line(number: usize) -> String {
    let mut random = (number as u64 + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    random ^= random >> 29;
    random = random.wrapping_mul(0xBF58_476D_1CE4_E5B9);
    random ^= random >> 32;
    let pick = |shift: u32, of: u64| (random >> shift) % of;
    let (client, item) = (pick(3, 64), pick(9, 20) * pick(14, 20));
    let status = [200, 200, 200, 200, 301, 404, 500, 200][(item % 8) as usize];
    format!(
        "10.016.{client:03}.{:03} GET {}/{item:06} status={status} bytes={:05} ms={:04} request={:016x} agent=\"{}\" region=eu-west-1 tls=1.3",
        client * 3,
        PATHS[(item % 8) as usize],
        item * 37,
        pick(40, 600),
        number / 16,
        AGENTS[(client % 4) as usize],
    )
}

/// A line of exactly [`LENGTH`] bytes.
fn fitted(number: usize) -> String {
    let mut line = line(number);
    while line.len() < LENGTH {
        line.push('.');
    }
    line.truncate(LENGTH);
    line
}

/// Lines as they would stand in a file.
pub(crate) fn text(lines: usize) -> String {
    let mut text = String::with_capacity(lines * (LENGTH + 1));
    for number in 0..lines {
        // The same lines as the requests have.
        text.push_str(&fitted(number));
        text.push('\n');
    }
    text
}

/// Requests of one group, round robin over its streams.
pub(crate) struct Bodies {
    bodies: Vec<(String, Vec<String>)>,
    streams: usize,
    /// Epoch milliseconds of the first request.
    start: i64,
}

impl Bodies {
    /// `start`: epoch seconds.
    pub(crate) fn new(group: &str, batch: usize, streams: usize, start: i64) -> Self {
        let bodies = (0..KEPT.min(1 + 1_000_000 / batch)).map(|body| {
            let head = format!("{{\"logGroupName\":\"{group}\",\"logStreamName\":\"s");
            let events = (0..batch).map(|at| {
                let message = fitted(body * batch + at).replace('"', "\\\"");
                format!(",\"message\":\"{message}\"}}")
            });
            (head, events.collect())
        });
        // A minute back, so that no clock runs ahead of the server's.
        Self { bodies: bodies.collect(), streams, start: start * 1_000 - 60_000 }
    }

    pub(crate) fn body(&self, number: usize) -> Bytes {
        let (head, events) = &self.bodies[number % self.bodies.len()];
        let mut body = String::with_capacity(events.len() * (LENGTH + 50) + 100);
        body.push_str(head);
        body.push_str(&format!("{}\",\"logEvents\":[", number % self.streams));
        let time = (self.start + (number as i64 % 50_000)).to_string();
        for (at, event) in events.iter().enumerate() {
            body.push_str(if at == 0 { "{\"timestamp\":" } else { ",{\"timestamp\":" });
            body.push_str(&time);
            body.push_str(event);
        }
        body.push_str("]}");
        body.into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_of_one_length_and_requests_are_json() {
        for number in [0, 1, 77, 1_000_000] {
            assert_eq!(fitted(number).len(), LENGTH);
        }
        let body: serde_json::Value = serde_json::from_slice(&Bodies::new("g", 3, 2, 100).body(3)).unwrap();
        assert_eq!(body["logStreamName"], "s1");
        assert_eq!(body["logEvents"][2]["message"].as_str().unwrap().len(), LENGTH);
    }
}
