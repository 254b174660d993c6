//! What metric filters and subscription filters have in common: patterns, a group's limits, and what this suite does not do.

use watchtrail_core::logs::pattern::{Pattern, Purpose};
use watchtrail_service::Fault;
use watchtrail_service::wording::logs as wording;
use watchtrail_store::logs::LogGroup;

use crate::faults::worded;

/// Filters of a group whose pattern has a regular expression: "a quota of five regular expression patterns per log group".
const MOST_REGEXES: usize = 5;

/// # Errors
/// When AWS would not accept the pattern.
pub(crate) fn pattern(text: &str, purpose: Purpose) -> Result<Pattern, Fault> {
    Pattern::parse(text).map_err(|error| worded(wording::pattern(&error, purpose)))
}

/// Transformers and the system fields of centralized logs do not exist in this suite.
///
/// # Errors
/// When a filter asks for them.
pub(crate) fn supported(
    on_transformed: Option<bool>,
    criteria: Option<&str>,
    fields: (&str, Option<&[String]>),
) -> Result<(), Fault> {
    let (member, fields) = fields;
    let asked = [
        ("applyOnTransformedLogs", on_transformed == Some(true)),
        ("fieldSelectionCriteria", criteria.is_some_and(|criteria| !criteria.is_empty())),
        (member, fields.is_some_and(|fields| !fields.is_empty())),
    ];
    match asked.iter().find(|(_, asked)| *asked) {
        Some((member, _)) => Err(worded(wording::unsupported(member))),
        None => Ok(()),
    }
}

/// Checks whether a group takes a filter with this pattern; the filter that it replaces is not in the group any more.
///
/// # Errors
/// When the group's class has no filters, or the group would have too many patterns with regular expressions.
pub(crate) fn fits(group: &LogGroup, new: &Pattern) -> Result<(), Fault> {
    if group.class != "STANDARD" {
        return Err(worded(wording::class_cannot(&group.class)));
    }
    let metrics = group.metric_filters.iter().map(|filter| &filter.pattern);
    let patterns = metrics.chain(group.subscriptions.iter().map(|filter| &filter.pattern));
    let with_regex = |text: &&String| Pattern::parse(text).is_ok_and(|pattern| pattern.regexes() > 0);
    if new.regexes() > 0 && patterns.filter(with_regex).count() >= MOST_REGEXES {
        return Err(worded(wording::limit()));
    }
    Ok(())
}
