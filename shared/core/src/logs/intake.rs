//! What PutLogEvents takes: <https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutLogEvents.html>.

use std::ops::Range;

use crate::time::{DAY, HOUR, Timestamp};

/// Bytes that AWS counts for each event beside its message.
pub const EVENT_OVERHEAD: usize = 26;
/// Bytes of a request, messages and overhead.
pub const MOST_BYTES: usize = 1_048_576;
/// The longest time between a request's first and last event, in milliseconds.
const LONGEST_SPAN: i64 = DAY;
/// Events may be this much older than now …
const OLDEST: i64 = 14 * DAY;
/// … and this much newer.
const NEWEST: i64 = 2 * HOUR;

/// Why a whole request is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum IntakeError {
    /// All messages and their overhead are this many bytes.
    TooLarge(usize),
    /// An event is older than the one before it.
    OutOfOrder,
    /// More than 24 hours lie between the first and the last event that could be stored.
    SpansTooLong,
}

/// Which events of a request are taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Taken {
    /// Indexes of those that are stored.
    pub events: Range<usize>,
    /// The first that is too new.
    pub too_new_from: Option<usize>,
    /// Behind the last that is too old.
    pub too_old_to: Option<usize>,
    /// Behind the last that the group's retention has expired.
    pub expired_to: Option<usize>,
}

/// Judges a request by the times and the lengths (bytes) of its messages. `kept_from` is what the group's retention leaves.
///
/// # Errors
/// When nothing of the request may be stored.
pub fn judge(
    events: impl Iterator<Item = (i64, usize)> + Clone,
    now: Timestamp,
    kept_from: Timestamp,
) -> Result<Taken, IntakeError> {
    let bytes: usize = events.clone().map(|(_, length)| length + EVENT_OVERHEAD).sum();
    if bytes > MOST_BYTES {
        return Err(IntakeError::TooLarge(bytes));
    }
    let times = events.map(|(time, _)| time);
    let (mut previous, mut count) = (i64::MIN, 0);
    let (mut first, mut last) = (None, i64::MIN);
    let (mut too_old, mut expired, mut in_time) = (0, 0, 0);
    let (oldest, newest) = (now.plus_millis(-OLDEST).millis(), now.plus_millis(NEWEST).millis());
    for time in times {
        if time < previous {
            return Err(IntakeError::OutOfOrder);
        }
        (previous, count) = (time, count + 1);
        // Only what may be stored counts for the span.
        if time >= oldest.max(kept_from.millis()) && time <= newest {
            first.get_or_insert(time);
            last = time;
        }
        too_old += usize::from(time < oldest);
        expired += usize::from(time < kept_from.millis());
        in_time += usize::from(time <= newest);
    }
    if first.is_some_and(|first| last - first > LONGEST_SPAN) {
        return Err(IntakeError::SpansTooLong);
    }
    let start = too_old.max(expired);
    let some = |index: usize| (index > 0).then_some(index);
    Ok(Taken {
        events: start..in_time.max(start),
        too_new_from: (in_time < count).then_some(in_time),
        too_old_to: some(too_old),
        expired_to: some(expired),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_are_judged() {
        // Times in hours from now, the retention in days, and what is taken of them.
        fn check(hours: &[i64], days: i64, expected: &str) {
            let now = Timestamp::from_millis(100 * DAY);
            let events = hours.iter().map(|hours| (now.millis() + hours * HOUR, 10));
            let found = match judge(events, now, now.plus_millis(-days * DAY)) {
                Err(error) => format!("{error:?}"),
                Ok(taken) => {
                    let part = |name: &str, index: Option<usize>| index.map(|i| format!(" {name} {i}"));
                    let parts = [
                        part("new", taken.too_new_from),
                        part("old", taken.too_old_to),
                        part("expired", taken.expired_to),
                    ];
                    format!("{:?}{}", taken.events, parts.into_iter().flatten().collect::<String>())
                }
            };
            assert_eq!(found, expected, "{hours:?}");
        }
        check(&[0], 30, "0..1");
        check(&[-1, 0, 0, 1], 30, "0..4");
        check(&[0, -1], 30, "OutOfOrder");
        check(&[0, 2, 3], 30, "0..2 new 2");
        check(&[3, 4], 30, "0..0 new 0");
        check(&[-337, -336, -335], 30, "1..3 old 1");
        check(&[-49, -48, -47], 2, "1..3 expired 1");
        check(&[-340, -338], 2, "2..2 old 2 expired 2");
        check(&[-24, 0], 30, "0..2");
        check(&[-25, 0], 30, "SpansTooLong");
        check(&[-400, 0], 30, "1..2 old 1");
        check(&[-24, 0, 30], 30, "0..2 new 2");
    }

    #[test]
    fn bytes_are_counted_as_aws_does() {
        let now = Timestamp::from_millis(DAY);
        let one =
            |length: usize| judge(std::iter::once((DAY, length)), now, Timestamp::MIN).map(|t| t.events);
        assert_eq!(one(MOST_BYTES - EVENT_OVERHEAD), Ok(0..1));
        assert_eq!(one(MOST_BYTES - EVENT_OVERHEAD + 1), Err(IntakeError::TooLarge(MOST_BYTES + 1)));
    }
}
