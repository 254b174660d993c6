//! Which messages a pattern matches, and how AWS refuses what is none: a line per case.

use super::{Found, Kind, Pattern, Prefilter, Purpose};

mod documented;
mod errors;
mod observed;
mod properties;
mod rules;

#[track_caller]
fn pattern(text: &str) -> Pattern {
    Pattern::parse(text).unwrap_or_else(|error| panic!("{text}: {error}"))
}

/// Whether a pattern matches a message, which the prefilter must not rule out.
#[track_caller]
fn check(text: &str, message: &str, expected: bool) {
    let pattern = pattern(text);
    assert_eq!(pattern.compiled.find(message).is_some(), expected, "{text} on {message}");
    assert_eq!(pattern.matches(message), expected, "{text} on {message}, with the prefilter");
    let prefilter = pattern.prefilter();
    assert!(!expected || prefilter.allows(message.as_bytes()), "{text} on {message}: {prefilter:?}");
}

/// Which of the messages a pattern matches.
#[track_caller]
fn check_all(text: &str, messages: &[&str], expected: &[usize]) {
    for (position, message) in messages.iter().enumerate() {
        check(text, message, expected.contains(&position));
    }
}

#[track_caller]
fn check_error(text: &str, purpose: Purpose, expected: &str) {
    match Pattern::parse(text) {
        Ok(_) => panic!("{text} is a pattern"),
        Err(error) => assert_eq!(error.message(purpose), expected, "{text}"),
    }
}

#[track_caller]
fn check_extracted(text: &str, message: &str, expected: &[(&str, &str)]) {
    let pattern = pattern(text);
    let found = pattern.find(message).unwrap_or_else(|| panic!("{text} on {message}"));
    let extracted = found.extracted();
    let mut expected = expected.to_vec();
    expected.sort_unstable();
    let given: Vec<(&str, &str)> =
        extracted.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    assert_eq!(given, expected, "{text} on {message}");
    for (name, value) in expected {
        assert_eq!(found.value(name).as_deref(), Some(value), "{name} of {text} on {message}");
        assert!(pattern.has_selector(name), "{name} of {text}");
    }
}
