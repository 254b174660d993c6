//! The lines of an access log, and requests of them.

use bytes::Bytes;

/// Bytes of each line.
pub(crate) const LENGTH: usize = 137;

/// Bodies that are kept; they are sent again with other times.
const KEPT: usize = 100;

const PATHS: [&str; 8] = ["/cart", "/login", "/items", "/order", "/about", "/image", "/admin", "/check"];
const AGENTS: [&str; 4] = ["Mozilla/5.0 (X11)", "Mozilla/5.0 (Mac)", "curl/8.5.0 (x64)", "Go-http-client/2"];

/// A line: random enough that it does not compress like a constant, and like a log all the same.
fn line(number: usize) -> String {
    let mut random = (number as u64 + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    random ^= random >> 29;
    random = random.wrapping_mul(0xBF58_476D_1CE4_E5B9);
    random ^= random >> 32;
    let pick = |shift: u32, of: u64| ((random >> shift) % of) as usize;
    let status = [200, 200, 200, 200, 301, 404, 500, 200][pick(3, 8)];
    format!(
        "10.{:03}.{:03}.{:03} GET {}/{:06} status={status} bytes={:05} ms={:04} request={:016x} agent=\"{}\" region=eu-west-1 tls=1.3",
        pick(7, 256),
        pick(15, 256),
        pick(23, 256),
        PATHS[pick(31, 8)],
        pick(34, 50_000),
        pick(40, 65_536),
        pick(48, 3_000),
        random & 0xFFFF_FFFF,
        AGENTS[pick(60, 4)],
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
