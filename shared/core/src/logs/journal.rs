//! The journal's body for logs: the events of one request, all of one stream.
//!
//! Layout, integers as LEB128: version (one byte) · stream's name (a length before it) · time of ingestion (ms) · number of events ·
//! timestamps (ms; the first, then differences) · lengths of the messages · the messages. Reading trusts no byte.

const VERSION: u8 = 1;

/// Why bytes are not a batch of log events.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum JournalError {
    /// Written by a version that this one does not know.
    #[error("log batch version {0} is not known")]
    Version(u8),
    /// The bytes end too early, or too late, or a length exceeds them.
    #[error("log batch is cut off or too long")]
    Length,
    /// A text is not UTF-8.
    #[error("log batch holds a bad text")]
    Text,
}

/// The events of one request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogBatch {
    /// The stream's name.
    pub stream: String,
    /// When the request came, epoch milliseconds.
    pub ingested: i64,
    /// Epoch milliseconds, in order.
    pub timestamps: Vec<i64>,
    /// All messages, one after the other.
    pub text: String,
    /// Where each message ends in the text.
    pub ends: Vec<u32>,
}

impl LogBatch {
    /// The message of an event; empty where there is none.
    pub fn message(&self, index: usize) -> &str {
        let start = index.checked_sub(1).and_then(|before| self.ends.get(before)).copied().unwrap_or(0);
        let end = self.ends.get(index).copied().unwrap_or(start);
        self.text.get(start as usize..end as usize).unwrap_or_default()
    }

    /// The events, in order.
    pub fn events(&self) -> impl Iterator<Item = (i64, &str)> {
        self.timestamps.iter().enumerate().map(|(index, time)| (*time, self.message(index)))
    }
}

/// Writes the events of a request, which are in the order of time.
pub fn encode<'a>(
    stream: &str,
    ingested: i64,
    events: impl ExactSizeIterator<Item = (i64, &'a str)> + Clone,
) -> Vec<u8> {
    let bytes: usize = events.clone().map(|(_, message)| message.len() + 4).sum();
    let mut out = Vec::with_capacity(stream.len() + bytes + 32);
    out.push(VERSION);
    put(&mut out, stream.len() as u64);
    out.extend_from_slice(stream.as_bytes());
    put(&mut out, ingested.max(0).unsigned_abs());
    put(&mut out, events.len() as u64);
    let mut previous = 0;
    for (time, _) in events.clone() {
        put(&mut out, time.saturating_sub(previous).max(0).unsigned_abs());
        previous = time;
    }
    for (_, message) in events.clone() {
        put(&mut out, message.len() as u64);
    }
    for (_, message) in events {
        out.extend_from_slice(message.as_bytes());
    }
    out
}

/// Reads what [`encode`] wrote.
///
/// # Errors
/// When the bytes are something else.
pub fn decode(bytes: &[u8]) -> Result<LogBatch, JournalError> {
    let mut rest = Rest(bytes);
    match rest.byte()? {
        VERSION => {}
        other => return Err(JournalError::Version(other)),
    }
    let length = rest.length()?;
    let stream = std::str::from_utf8(rest.take(length)?).map_err(|_| JournalError::Text)?.to_owned();
    let ingested = rest.number()? as i64;
    // Each event takes two bytes at least.
    let count = rest.length()?;
    if count > rest.0.len() / 2 {
        return Err(JournalError::Length);
    }
    let (mut timestamps, mut ends) = (Vec::with_capacity(count), Vec::with_capacity(count));
    let mut time = 0i64;
    for _ in 0..count {
        time = time.saturating_add_unsigned(rest.number()?);
        timestamps.push(time);
    }
    let mut end = 0usize;
    for _ in 0..count {
        end = end.saturating_add(rest.length()?);
        ends.push(u32::try_from(end).map_err(|_| JournalError::Length)?);
    }
    if end != rest.0.len() {
        return Err(JournalError::Length);
    }
    let text = std::str::from_utf8(rest.0).map_err(|_| JournalError::Text)?.to_owned();
    if ends.iter().any(|end| !text.is_char_boundary(*end as usize)) {
        return Err(JournalError::Text);
    }
    Ok(LogBatch { stream, ingested, timestamps, text, ends })
}

fn put(out: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

struct Rest<'a>(&'a [u8]);

impl<'a> Rest<'a> {
    fn byte(&mut self) -> Result<u8, JournalError> {
        let (first, rest) = self.0.split_first().ok_or(JournalError::Length)?;
        self.0 = rest;
        Ok(*first)
    }

    fn number(&mut self) -> Result<u64, JournalError> {
        let mut value = 0u64;
        for shift in (0..64).step_by(7) {
            let byte = self.byte()?;
            value |= u64::from(byte & 0x7F) << shift;
            if byte < 0x80 {
                return Ok(value);
            }
        }
        Err(JournalError::Length)
    }

    fn length(&mut self) -> Result<usize, JournalError> {
        usize::try_from(self.number()?).map_err(|_| JournalError::Length)
    }

    fn take(&mut self, length: usize) -> Result<&'a [u8], JournalError> {
        let (taken, rest) = self.0.split_at_checked(length).ok_or(JournalError::Length)?;
        self.0 = rest;
        Ok(taken)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn batches_round_trip(
            stream in "[^:*]{1,40}",
            ingested in 0..1i64 << 44,
            mut events in proptest::collection::vec((0..1i64 << 44, ".{0,30}"), 0..40),
        ) {
            events.sort();
            let bytes = encode(&stream, ingested, events.iter().map(|(time, text)| (*time, text.as_str())));
            let batch = decode(&bytes).unwrap();
            prop_assert_eq!(&batch.stream, &stream);
            prop_assert_eq!(batch.ingested, ingested);
            let read: Vec<_> = batch.events().map(|(time, text)| (time, text.to_owned())).collect();
            prop_assert_eq!(read, events);
            for cut in 0..bytes.len() {
                let _ = decode(&bytes[..cut]);
            }
        }

        #[test]
        fn no_bytes_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = decode(&bytes);
        }
    }

    #[test]
    fn wrong_bytes_are_told_apart() {
        assert_eq!(decode(&[]), Err(JournalError::Length));
        assert_eq!(decode(&[9]), Err(JournalError::Version(9)));
        assert_eq!(decode(&[1, 1, 0xFF, 0, 0]), Err(JournalError::Text));
        assert_eq!(decode(&[1, 0, 0, 0xFF, 0xFF, 0xFF, 0xFF, 0x7F]), Err(JournalError::Length));
    }
}
