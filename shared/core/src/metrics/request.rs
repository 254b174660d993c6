//! AWS's rules for a PutMetricData request as a whole.
//!
//! AWS: `PutMetricData` in the API reference, "Namespaces" on the concepts page. Not here: a request's size in bytes
//! and what is in an entity.

use super::validate::{LONGEST_NAME, TextProblem, text_problem};

/// The most data of one request, those with entities included.
pub const MOST_DATA: usize = 1_000;
/// The most `EntityMetricData` of one request.
pub const MOST_ENTITIES: usize = 2;

/// Why a whole request is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RequestError {
    /// The namespace is missing, empty or only white space.
    #[error("no namespace")]
    NoNamespace,
    /// The namespace is longer than [`LONGEST_NAME`].
    #[error("the namespace has {0} characters")]
    NamespaceTooLong(usize),
    /// The namespace has characters outside of ASCII.
    #[error("the namespace is not ASCII")]
    NamespaceNotAscii,
    /// The namespace has control characters or starts with a colon.
    #[error("{0:?} is not a namespace")]
    BadNamespace(String),
    /// Neither `MetricData` nor `EntityMetricData` has any data.
    #[error("no data")]
    NoData,
    /// More than [`MOST_DATA`].
    #[error("{0} data")]
    TooManyData(usize),
    /// More than [`MOST_ENTITIES`].
    #[error("{0} entities")]
    TooManyEntities(usize),
    /// `EntityMetricData` without `StrictEntityValidation`.
    #[error("entities without StrictEntityValidation")]
    NoStrictness,
}

/// Checks a namespace. `AWS/` is accepted: AWS only advises against it.
///
/// # Errors
/// A [`RequestError`] about the namespace.
pub fn namespace(text: Option<&str>) -> Result<&str, RequestError> {
    let text = text.unwrap_or_default();
    match text_problem(text, LONGEST_NAME) {
        Some(TextProblem::Missing) => Err(RequestError::NoNamespace),
        Some(TextProblem::NotAscii) => Err(RequestError::NamespaceNotAscii),
        Some(TextProblem::ControlCharacter) => Err(RequestError::BadNamespace(text.to_owned())),
        Some(TextProblem::TooLong) => Err(RequestError::NamespaceTooLong(text.len())),
        None if text.starts_with(':') => Err(RequestError::BadNamespace(text.to_owned())),
        None => Ok(text),
    }
}

/// Checks a request's numbers: of data without and with entities, of entities, and whether
/// `StrictEntityValidation` was given.
///
/// # Errors
/// A [`RequestError`] about the numbers.
pub fn request(data: usize, entities: &[usize], strictness: Option<bool>) -> Result<(), RequestError> {
    let total = entities.iter().fold(data, |total, more| total.saturating_add(*more));
    if total == 0 {
        Err(RequestError::NoData)
    } else if entities.len() > MOST_ENTITIES {
        Err(RequestError::TooManyEntities(entities.len()))
    } else if total > MOST_DATA {
        Err(RequestError::TooManyData(total))
    } else if !entities.is_empty() && strictness.is_none() {
        Err(RequestError::NoStrictness)
    } else {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn namespaces() {
        fn check(given: Option<&str>, expected: Result<(), RequestError>) {
            assert_eq!(namespace(given).map(|_| ()), expected);
        }
        check(Some("AWS/EC2"), Ok(()));
        check(Some("my app:x"), Ok(()));
        check(None, Err(RequestError::NoNamespace));
        check(Some("  "), Err(RequestError::NoNamespace));
        check(Some(":a"), Err(RequestError::BadNamespace(":a".to_owned())));
        check(Some("a\tb"), Err(RequestError::BadNamespace("a\tb".to_owned())));
        check(Some("\u{fc}"), Err(RequestError::NamespaceNotAscii));
        check(Some(&"a".repeat(256)), Err(RequestError::NamespaceTooLong(256)));
    }

    #[test]
    fn requests() {
        fn check(
            data: usize,
            entities: &[usize],
            strictness: Option<bool>,
            expected: Result<(), RequestError>,
        ) {
            assert_eq!(request(data, entities, strictness), expected);
        }
        check(1_000, &[], None, Ok(()));
        check(500, &[500], Some(true), Ok(()));
        check(0, &[], None, Err(RequestError::NoData));
        check(0, &[0], Some(true), Err(RequestError::NoData));
        check(1_001, &[], None, Err(RequestError::TooManyData(1_001)));
        check(501, &[500], Some(true), Err(RequestError::TooManyData(1_001)));
        check(1, &[1, 1, 1], Some(false), Err(RequestError::TooManyEntities(3)));
        check(1, &[1], None, Err(RequestError::NoStrictness));
    }
}
