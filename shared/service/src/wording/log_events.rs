//! How CloudWatch Logs words what is wrong with requests that write or read events.
//!
//! Messages are as AWS's users quoted them in public issue trackers. Where no quotation was found, the function says "wording not confirmed".

use watchtrail_core::logs::intake::{IntakeError, MOST_BYTES};

/// An error's shape and message.
pub type Words = (&'static str, String);

const INVALID: &str = "InvalidParameterException";
const NOT_FOUND: &str = "ResourceNotFoundException";

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

/// There is no such group.
pub fn no_group() -> Words {
    (NOT_FOUND, "The specified log group does not exist.".to_owned())
}

/// There is no such stream.
pub fn no_stream() -> Words {
    (NOT_FOUND, "The specified log stream does not exist.".to_owned())
}

/// A page token of another request, or of nobody.
pub fn bad_token() -> Words {
    (INVALID, "The specified nextToken is invalid.".to_owned())
}

/// Neither a name nor an identifier of a group, or both. Wording not confirmed.
pub fn which_group(both: bool) -> Words {
    let message = if both {
        "LogGroup name and LogGroup identifier are mutually exclusive parameters."
    } else {
        "Either log group name or log group identifier must be specified."
    };
    (INVALID, message.to_owned())
}

/// An identifier that is no ARN of a log group. Wording not confirmed.
pub fn bad_identifier(identifier: &str) -> Words {
    (INVALID, format!("The specified log group identifier {identifier} is not valid."))
}

/// Names of streams and a prefix of names at once.
pub fn names_and_prefix() -> Words {
    (INVALID, "logStreamNamePrefix and logStreamNames cannot be specified together.".to_owned())
}

/// A pattern that does not parse.
pub fn bad_pattern(error: &impl std::fmt::Display) -> Words {
    (INVALID, error.to_string())
}

/// The latest events first, from before 2024 on. Wording not confirmed.
pub fn descends_too_far() -> Words {
    let message = "startFromHead can be false only when startTime is on or after Jan 1, 2024 00:00:00 UTC.";
    (INVALID, message.to_owned())
}

/// Something of AWS that is not here.
pub fn unsupported(what: &str) -> Words {
    (INVALID, format!("{what} is not supported by Watchtrail; see docs/coverage.md"))
}
