//! Why a filter pattern is refused, in AWS's words.
//!
//! The sentences were observed on AWS (`TestMetricFilter`, `PutMetricFilter`, `PutSubscriptionFilter` and
//! `FilterLogEvents`). What AWS cannot read it blames on a term, and the term ends with the first character that it
//! cannot read; what it can read but not understand it only calls invalid, and names what the pattern was for.

use thiserror::Error;

/// What a pattern is for; AWS's sentences depend on it.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// `FilterLogEvents`, live tail.
    Search,
    /// `PutMetricFilter`, `TestMetricFilter`.
    MetricFilter,
    /// `PutSubscriptionFilter`.
    SubscriptionFilter,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Fault {
    /// What AWS answers with the same sentence everywhere.
    Everywhere(String),
    /// The parts are terms, the whole is no pattern.
    Grammar,
    /// As [`Fault::Grammar`] when searching, while for filters AWS blames the term.
    Misplaced(String),
}

/// A pattern that AWS would refuse. It prints as `FilterLogEvents` words it; see [`PatternError::message`] for the others.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{}", self.message(Purpose::Search))]
pub struct PatternError(Fault);

impl PatternError {
    /// The sentence of `InvalidParameterException`.
    pub fn message(&self, purpose: Purpose) -> String {
        match (&self.0, purpose) {
            (Fault::Everywhere(message), _) => message.clone(),
            (Fault::Misplaced(term), Purpose::MetricFilter | Purpose::SubscriptionFilter) => characters(term),
            (Fault::Grammar | Fault::Misplaced(_), Purpose::Search) => "Invalid filter pattern".to_owned(),
            (Fault::Grammar, Purpose::MetricFilter) => "Invalid metric filter pattern".to_owned(),
            (Fault::Grammar, Purpose::SubscriptionFilter) => "Invalid subscription filter pattern".to_owned(),
        }
    }

    pub(super) fn grammar() -> Self {
        Self(Fault::Grammar)
    }

    pub(super) fn term(term: &str) -> Self {
        Self(Fault::Everywhere(characters(term)))
    }

    /// Observed for `IS NOT NULL` and for text after `>`; that a search words the latter otherwise is a guess.
    pub(super) fn misplaced(term: &str) -> Self {
        Self(Fault::Misplaced(term.to_owned()))
    }

    pub(super) fn unclosed(open: char, close: char) -> Self {
        Self(Fault::Everywhere(format!(
            "If a filter pattern starts with '{open}' it must end with '{close}'"
        )))
    }

    pub(super) fn duplicate(field: &str) -> Self {
        Self(Fault::Everywhere(format!("Duplicate field '{field}'")))
    }

    pub(super) fn regex() -> Self {
        Self(Fault::Everywhere("Failed to compile regular expression.".to_owned()))
    }

    pub(super) fn regexes() -> Self {
        Self(Fault::Everywhere(format!(
            "Your input has exceeded the maximum of {} regular expressions per filter pattern.",
            super::MOST_REGEXES
        )))
    }

    pub(super) fn wildcards_of_selector() -> Self {
        Self(Fault::Everywhere(
            "Your filter pattern has a JSON path selector that exceeds the maximum of 1 wildcard allowed per json \
             selector."
                .to_owned(),
        ))
    }

    pub(super) fn wildcards() -> Self {
        Self(Fault::Everywhere(format!(
            "Your input has exceeded the maximum of {} JSON wildcard selectors allowed per filter pattern.",
            super::MOST_WILDCARDS
        )))
    }
}

fn characters(term: &str) -> String {
    format!("Invalid character(s) in term '{term}'")
}
