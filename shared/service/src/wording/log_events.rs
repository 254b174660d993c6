//! How CloudWatch Logs words what is wrong with requests that write or read events.
//!
//! Messages are as AWS's users quoted them in public issue trackers. Where no quotation was found, the function says "wording not confirmed".

use watchtrail_core::logs::intake::{IntakeError, MOST_BYTES};

/// An error's shape and message.
pub type Words = (&'static str, String);

const INVALID: &str = "InvalidParameterException";

/// A request that writes events is refused whole.
pub fn intake(error: IntakeError) -> Words {
    let message = match error {
        IntakeError::TooLarge(bytes) => {
            format!("Upload too large: {bytes} bytes exceeds limit of {MOST_BYTES}")
        }
        IntakeError::OutOfOrder => {
            "Log events in a single PutLogEvents request must be in chronological order.".to_owned()
        }
        IntakeError::SpansTooLong => {
            "The batch of log events in a single PutLogEvents request cannot span more than 24 hours."
                .to_owned()
        }
    };
    (INVALID, message)
}

/// Names of streams and a prefix of names at once.
pub fn names_and_prefix() -> Words {
    (INVALID, "logStreamNamePrefix and logStreamNames cannot be specified together.".to_owned())
}

/// The latest events first, from before 2024 on. Wording not confirmed.
pub fn descends_too_far() -> Words {
    let message = "startFromHead can be false only when startTime is on or after Jan 1, 2024 00:00:00 UTC.";
    (INVALID, message.to_owned())
}
