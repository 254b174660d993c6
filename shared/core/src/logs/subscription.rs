//! What a subscription sends: batches of log events as gzipped JSON, made and read.
//!
//! The form is AWS's, as its guide shows it ("Real-time processing of log data with subscriptions",
//! <https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/SubscriptionFilters.html>) and as receivers have recorded it. A destination that
//! takes only so many bytes gets several messages. Not here: what is subscribed, and how it gets there.

use std::borrow::Cow;
use std::io::{Read as _, Write as _};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use flate2::Compression;
use flate2::read::MultiGzDecoder;
use flate2::write::GzEncoder;
use serde::{Deserialize, Serialize};

/// A message may not be more than this after gunzip, when one is read. AWS's senders stay far below.
pub const LARGEST: usize = 32 << 20;

/// The account that tests of a destination are from, in AWS's spelling.
const TESTER: &str = "CloudwatchLogs";

/// What a message is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum MessageType {
    /// It holds log events.
    DataMessage,
    /// It asks whether the destination is there, and holds nothing.
    ControlMessage,
}

/// A log event in a message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SentEvent<'a> {
    /// The event's id.
    pub id: Cow<'a, str>,
    /// Epoch milliseconds.
    pub timestamp: i64,
    /// What was logged.
    pub message: Cow<'a, str>,
}

/// What is sent at once: events of one stream.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Message<'a> {
    /// What it is.
    pub message_type: MessageType,
    /// The account that the log group belongs to.
    pub owner: Cow<'a, str>,
    /// The log group's name.
    pub log_group: Cow<'a, str>,
    /// The log stream's name.
    pub log_stream: Cow<'a, str>,
    /// The names of the filters that the events matched.
    pub subscription_filters: Vec<Cow<'a, str>>,
    /// In the order in which they were put.
    pub log_events: Vec<SentEvent<'a>>,
}

/// Why something is no message.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MessageError {
    /// `awslogs.data` is no base64.
    #[error("the data is no base64")]
    Base64,
    /// It is no gzip stream, or a damaged one.
    #[error("the data is no gzip stream")]
    Gzip,
    /// It is more than [`LARGEST`].
    #[error("the message is more than {LARGEST} bytes")]
    TooLarge,
    /// It is no JSON of the right form.
    #[error("the message is not understood: {0}")]
    Json(String),
}

impl Message<'_> {
    /// The test of a destination, which AWS sends when a subscription or a destination is put. `kind` is `Kinesis stream`,
    /// `Firehose` or `Lambda`.
    pub fn test(kind: &str, timestamp: i64) -> Self {
        Self {
            message_type: MessageType::ControlMessage,
            owner: TESTER.into(),
            log_group: "".into(),
            log_stream: "".into(),
            subscription_filters: Vec::new(),
            log_events: vec![SentEvent {
                id: "".into(),
                timestamp,
                message: format!("CWL CONTROL MESSAGE: Checking health of destination {kind}.").into(),
            }],
        }
    }

    /// Gzipped JSON.
    pub fn pack(&self) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
        // Neither writing into memory nor these types can fail.
        let json = serde_json::to_vec(self).unwrap_or_default();
        let _ = encoder.write_all(&json);
        encoder.finish().unwrap_or_default()
    }

    /// The event by which Lambda tells a function of it: `{"awslogs":{"data":"…"}}`.
    pub fn event(packed: &[u8]) -> String {
        format!(r#"{{"awslogs":{{"data":"{}"}}}}"#, STANDARD.encode(packed))
    }

    /// Cuts a message into pieces that a destination takes: packed, each with the piece that it holds. `fits` says of a packed piece
    /// whether it is small enough. An event that is too large alone is left out, and counted.
    pub fn split(self, fits: &impl Fn(&[u8]) -> bool) -> Pieces<Self> {
        let mut pieces = Pieces { packed: Vec::new(), too_large: 0 };
        let mut left = vec![self];
        while let Some(mut whole) = left.pop() {
            let packed = whole.pack();
            let events = whole.log_events.len();
            if fits(&packed) {
                pieces.packed.push((packed, whole));
            } else if events <= 1 {
                pieces.too_large += events;
            } else {
                let second =
                    Self { log_events: whole.log_events.split_off(events / 2), ..whole.clone_head() };
                // The first half is looked at first, so that the order stays.
                left.push(second);
                left.push(whole);
            }
        }
        pieces
    }

    fn clone_head(&self) -> Self {
        Self {
            message_type: self.message_type,
            owner: self.owner.clone(),
            log_group: self.log_group.clone(),
            log_stream: self.log_stream.clone(),
            subscription_filters: self.subscription_filters.clone(),
            log_events: Vec::new(),
        }
    }
}

/// A message in pieces.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pieces<M> {
    /// In order.
    pub packed: Vec<(Vec<u8>, M)>,
    /// Events that no piece is small enough for.
    pub too_large: usize,
}

/// Reads the data of Lambda's event: base64 of a packed message.
///
/// # Errors
/// When it is something else, or too large.
pub fn read_event(data: &str) -> Result<Message<'static>, MessageError> {
    unpack(&STANDARD.decode(data).map_err(|_| MessageError::Base64)?)
}

/// Reads a packed message.
///
/// # Errors
/// When it is something else, or too large.
pub fn unpack(packed: &[u8]) -> Result<Message<'static>, MessageError> {
    let mut json = Vec::new();
    // One byte more than allowed, to tell "just fits" from "too large".
    let read = MultiGzDecoder::new(packed).take(LARGEST as u64 + 1).read_to_end(&mut json);
    if json.len() > LARGEST {
        return Err(MessageError::TooLarge);
    }
    read.map_err(|_| MessageError::Gzip)?;
    serde_json::from_slice(&json).map_err(|error| MessageError::Json(error.to_string()))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn message(texts: Vec<String>) -> Message<'static> {
        let event = |(index, text): (usize, String)| SentEvent {
            id: index.to_string().into(),
            timestamp: index as i64,
            message: text.into(),
        };
        Message {
            message_type: MessageType::DataMessage,
            owner: "123456789012".into(),
            log_group: "/aws/lambda/shop".into(),
            log_stream: "2026/11/21/[$LATEST]abc".into(),
            subscription_filters: vec!["all".into()],
            log_events: texts.into_iter().enumerate().map(event).collect(),
        }
    }

    #[test]
    fn it_is_written_as_aws_writes_it() {
        let json = serde_json::to_string(&message(vec!["a \"b\"\n".into()])).unwrap();
        let expected = concat!(
            r#"{"messageType":"DATA_MESSAGE","owner":"123456789012","logGroup":"/aws/lambda/shop","#,
            r#""logStream":"2026/11/21/[$LATEST]abc","subscriptionFilters":["all"],"#,
            r#""logEvents":[{"id":"0","timestamp":0,"message":"a \"b\"\n"}]}"#
        );
        assert_eq!(json, expected);
        let json = serde_json::to_string(&Message::test("Firehose", 1_600_110_003_794)).unwrap();
        let expected = concat!(
            r#"{"messageType":"CONTROL_MESSAGE","owner":"CloudwatchLogs","logGroup":"","logStream":"","#,
            r#""subscriptionFilters":[],"logEvents":[{"id":"","timestamp":1600110003794,"#,
            r#""message":"CWL CONTROL MESSAGE: Checking health of destination Firehose."}]}"#
        );
        assert_eq!(json, expected);
    }

    /// As AWS's guide shows one, and with what later versions may add.
    #[test]
    fn what_is_read() {
        fn check(json: &[u8], expected: Result<usize, MessageError>) {
            let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
            encoder.write_all(json).unwrap();
            let data = STANDARD.encode(encoder.finish().unwrap());
            assert_eq!(read_event(&data).map(|read| read.log_events.len()), expected);
        }
        let guide = br#"{"messageType":"DATA_MESSAGE","owner":"123456789012","logGroup":"g","logStream":"s",
            "subscriptionFilters":["Destination"],"logEvents":[{"id":"31953106606966983378809025079804211143289615424298221568",
            "timestamp":1432826855000,"message":"{}","extractedFields":{"a":"1"}}],"policyLevel":"ACCOUNT"}"#;
        check(guide, Ok(1));
        check(
            br#"{"messageType":"CONTROL_MESSAGE"}"#,
            Err(MessageError::Json("missing field `owner` at line 1 column 33".into())),
        );
        check(&vec![b' '; LARGEST + 1], Err(MessageError::TooLarge));
        assert_eq!(read_event("?"), Err(MessageError::Base64));
        assert_eq!(read_event("AAAA"), Err(MessageError::Gzip));
    }

    #[test]
    fn events_that_are_too_large_alone_are_counted() {
        // Of the bytes that gzip cannot make smaller.
        let noise = |seed: u32| {
            let mut state = seed;
            let mut next = || {
                state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                char::from(b'a' + (state >> 24) as u8 % 26)
            };
            (0..4_000).map(|_| next()).collect::<String>()
        };
        let texts = vec!["a".into(), noise(1), "b".into(), "c".into()];
        let pieces = message(texts).split(&|packed: &[u8]| packed.len() < 1_000);
        let kept = pieces.packed.iter().flat_map(|(_, piece)| &piece.log_events);
        assert_eq!(kept.map(|event| &*event.message).collect::<Vec<_>>(), ["a", "b", "c"]);
        assert_eq!(pieces.too_large, 1);
    }

    proptest! {
        #[test]
        fn pieces_hold_everything_in_order(texts in proptest::collection::vec(".{0,60}", 0..40), limit in 260..2_000usize) {
            let whole = message(texts);
            prop_assert_eq!(unpack(&whole.pack()), Ok(whole.clone()));
            let pieces = whole.clone().split(&|packed: &[u8]| packed.len() <= limit);
            let mut found = Vec::new();
            for (packed, piece) in pieces.packed {
                prop_assert!(packed.len() <= limit);
                prop_assert_eq!(unpack(&packed), Ok(piece.clone()));
                found.extend(piece.log_events);
            }
            prop_assert_eq!(found.len() + pieces.too_large, whole.log_events.len());
            let mut rest = whole.log_events.iter();
            for event in &found {
                prop_assert!(rest.any(|other| other == event));
            }
        }

        #[test]
        fn no_bytes_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200), text in ".{0,60}") {
            let _ = unpack(&bytes);
            let _ = read_event(&text);
        }
    }
}
