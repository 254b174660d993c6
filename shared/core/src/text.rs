//! Numbers and times as AWS's services, which are written in Java, print them into texts.

use std::fmt::Write;

use time::OffsetDateTime;
use time::format_description::BorrowedFormatItem;
use time::macros::format_description;

use crate::time::Timestamp;

/// A number as Java's `Double.toString` prints it: `1.0`, `1.0E7`, `NaN`.
pub fn java(number: f64) -> String {
    if number.is_nan() {
        "NaN".to_owned()
    } else if number.is_infinite() {
        if number > 0.0 { "Infinity".to_owned() } else { "-Infinity".to_owned() }
    } else if number == 0.0 || (1e-3..1e7).contains(&number.abs()) {
        format!("{number:?}")
    } else {
        let text = format!("{number:E}");
        if text.contains('.') { text } else { text.replacen('E', ".0E", 1) }
    }
}

/// `2019-10-02T17:04:40.985+0000`: times in alarms' reason data, notifications and events.
pub fn iso(time: Timestamp) -> String {
    const FORMAT: &[BorrowedFormatItem<'_>] =
        format_description!("[year]-[month]-[day]T[hour]:[minute]:[second].[subsecond digits:3]+0000");
    format(time, FORMAT)
}

/// `02/10/19 16:59:00`: times in alarms' reasons.
pub fn short(time: Timestamp) -> String {
    const FORMAT: &[BorrowedFormatItem<'_>] =
        format_description!("[day]/[month]/[year repr:last_two] [hour]:[minute]:[second]");
    format(time, FORMAT)
}

/// `Sunday 30 October, 2022 20:47:35 UTC`: times in composite alarms' reasons.
pub fn long(time: Timestamp) -> String {
    const FORMAT: &[BorrowedFormatItem<'_>] =
        format_description!("[weekday] [day] [month repr:long], [year] [hour]:[minute]:[second] UTC");
    format(time, FORMAT)
}

fn format(time: Timestamp, description: &[BorrowedFormatItem<'_>]) -> String {
    OffsetDateTime::from_unix_timestamp_nanos(i128::from(time.millis()) * 1_000_000)
        .ok()
        .and_then(|time| time.format(description).ok())
        .unwrap_or_else(|| time.to_string())
}

/// A list of texts with commas between them.
pub fn commas(texts: impl IntoIterator<Item = String>) -> String {
    let mut list = String::new();
    for text in texts {
        let gap = if list.is_empty() { "" } else { ", " };
        // Writing to a string cannot fail.
        let _ = write!(list, "{gap}{text}");
    }
    list
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers() {
        for (number, expected) in [
            (0.0, "0.0"),
            (80.0, "80.0"),
            (99.501_602_296_934_34, "99.50160229693434"),
            (1e7, "1.0E7"),
            (1.5e-4, "1.5E-4"),
            (f64::NAN, "NaN"),
        ] {
            assert_eq!(java(number), expected);
        }
    }

    #[test]
    fn times() {
        let time = Timestamp::parse_rfc3339("2022-10-30T20:47:35.06Z").unwrap();
        assert_eq!(iso(time), "2022-10-30T20:47:35.060+0000");
        assert_eq!(short(time), "30/10/22 20:47:35");
        assert_eq!(long(time), "Sunday 30 October, 2022 20:47:35 UTC");
    }
}
