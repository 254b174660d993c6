//! The journal's body for audit records: the records of one request.
//!
//! Layout: version (one byte) · the records' JSON, each with a line feed after it. Line feeds in a record stand between its tokens, where
//! a space says the same.

const VERSION: u8 = 1;

/// Why bytes are not a batch of audit records.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum JournalError {
    /// Written by a version that this one does not know.
    #[error("batch of audit records of version {0:?} is not known")]
    Version(Option<u8>),
    /// Not UTF-8.
    #[error("batch of audit records is no text")]
    Text,
}

/// Writes records.
pub fn encode(records: &[&str]) -> Vec<u8> {
    let mut out = Vec::with_capacity(records.iter().map(|record| record.len() + 1).sum::<usize>() + 1);
    out.push(VERSION);
    for record in records {
        out.extend(record.bytes().map(|byte| if byte == b'\n' { b' ' } else { byte }));
        out.push(b'\n');
    }
    out
}

/// Reads the records that [`encode`] wrote.
///
/// # Errors
/// When the bytes are something else.
pub fn decode(bytes: &[u8]) -> Result<impl Iterator<Item = &str>, JournalError> {
    let Some((&VERSION, text)) = bytes.split_first() else {
        return Err(JournalError::Version(bytes.first().copied()));
    };
    Ok(std::str::from_utf8(text).map_err(|_| JournalError::Text)?.lines())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn batches_round_trip() {
        let encoded = encode(&["{\n\"a\": 1}", "{}"]);
        assert_eq!(decode(&encoded).unwrap().collect::<Vec<_>>(), ["{ \"a\": 1}", "{}"]);
        assert_eq!(decode(&encode(&[])).unwrap().count(), 0);
        assert_eq!(decode(b"").err(), Some(JournalError::Version(None)));
        assert_eq!(decode(b"\x02{}").err(), Some(JournalError::Version(Some(2))));
        assert_eq!(decode(b"\x01\xff").err(), Some(JournalError::Text));
    }
}
