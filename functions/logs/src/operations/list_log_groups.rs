//! ListLogGroups: <https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_ListLogGroups.html>.
//!
//! The "regular expression" of names is alternatives between bars, each a part of the name or, behind `^`, its beginning; the shape's
//! constraint lets nothing else through. Data sources and field indexes do not exist in this suite: their filters are refused.

use std::collections::BTreeMap;

use watchtrail_service::wording::logs as wording;
use watchtrail_service::{Fault, Operation, Request};
use watchtrail_store::logs::LogGroup;
use watchtrail_wire::shapes::logs as wire;
use wire::{ListLogGroupsRequest, ListLogGroupsResponse, LogGroupSummary, TagFilter};

use crate::faults::worded;
use crate::groups::{self, linked};
use crate::paging::{PAGE, Paging};
use crate::tags;

pub(crate) struct ListLogGroups;

impl Operation for ListLogGroups {
    const NAME: &'static str = "ListLogGroups";
    type Input = ListLogGroupsRequest;
    type Output = ListLogGroupsResponse;

    async fn run(request: &Request<'_>, mut input: Self::Input) -> Result<Self::Output, Fault> {
        let (limit, token) = (input.limit.take().unwrap_or(PAGE), input.next_token.take());
        for (member, given) in [
            ("dataSources", input.data_sources.is_some()),
            ("fieldIndexNames", input.field_index_names.is_some()),
        ] {
            if given {
                return Err(worded(wording::unsupported(&format!("The filter {member}"))));
            }
        }
        linked(request, input.account_identifiers.as_deref())?;
        let paging = Paging::<String>::of(request, &input, token, limit)?;
        let found = find(request, &input, &paging).await?;
        let (found, next_token) = paging.cut(found, |group| group.name.clone());
        let summary = |group: LogGroup| LogGroupSummary {
            log_group_arn: Some(group.arn(request.scope())),
            log_group_name: Some(group.name),
            log_group_class: Some(group.class),
        };
        Ok(ListLogGroupsResponse { log_groups: Some(found.into_iter().map(summary).collect()), next_token })
    }
}

async fn find(
    request: &Request<'_>,
    input: &ListLogGroupsRequest,
    paging: &Paging<String>,
) -> Result<Vec<LogGroup>, Fault> {
    let (pattern, class) = (input.log_group_name_pattern.as_deref(), input.log_group_class.as_deref());
    let wanted = |group: &LogGroup| {
        pattern.is_none_or(|pattern| matches(pattern, &group.name))
            && class.is_none_or(|class| group.class == class)
    };
    let filters = input.log_group_tags.as_deref().unwrap_or_default();
    let (enough, mut after) = (paging.enough(), paging.after.clone());
    if filters.is_empty() {
        return groups::select(request, "", after, enough, wanted).await;
    }
    let mut found = Vec::new();
    while found.len() < enough {
        let some = groups::select(request, "", after, enough, wanted).await?;
        let whole = some.len() == enough;
        after = some.last().map(|last| last.name.clone());
        for group in some {
            let tags = tags::of(request, &group.arn(request.scope())).await?;
            if filters.iter().all(|filter| has(filter, &tags)) {
                found.push(group);
            }
        }
        if !whole {
            break;
        }
    }
    found.truncate(enough);
    Ok(found)
}

fn matches(pattern: &str, name: &str) -> bool {
    pattern.split('|').any(|part| match part.strip_prefix('^') {
        Some(beginning) => name.starts_with(beginning),
        None => name.contains(part),
    })
}

/// Whether a resource has the tag that a filter wants, with any of its values.
fn has(filter: &TagFilter, tags: &BTreeMap<String, String>) -> bool {
    let Some(value) = tags.get(filter.key.as_deref().unwrap_or_default()) else { return false };
    let wanted = filter.values.as_deref().unwrap_or_default();
    wanted.is_empty() || wanted.iter().any(|wanted| is_like(wanted, value))
}

/// A value with `*` at either end, and `!` before all for what does not match.
fn is_like(wanted: &str, value: &str) -> bool {
    let (negated, wanted) = wanted.strip_prefix('!').map_or((false, wanted), |rest| (true, rest));
    let like = match (wanted.strip_prefix('*'), wanted.strip_suffix('*')) {
        (Some(_), Some(_)) => value.contains(wanted.trim_matches('*')),
        (Some(end), None) => value.ends_with(end),
        (None, Some(beginning)) => value.starts_with(beginning),
        (None, None) => value == wanted,
    };
    like != negated
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_by_pattern() {
        fn check(pattern: &str, name: &str, expected: bool) {
            assert_eq!(matches(pattern, name), expected, "{pattern} {name}");
        }
        check("^/aws/lambda|discovery", "/aws/lambda/f", true);
        check("^/aws/lambda|discovery", "my-discovery-1", true);
        check("^/aws/lambda|discovery", "x/aws/lambda", false);
        check("a.b", "axb", false);
        check("ABC", "abc", false);
    }

    #[test]
    fn values_of_tags() {
        fn check(wanted: &str, value: &str, expected: bool) {
            assert_eq!(is_like(wanted, value), expected, "{wanted} {value}");
        }
        check("prod", "prod", true);
        check("prod", "production", false);
        check("prod*", "production", true);
        check("*ion", "production", true);
        check("*duct*", "production", true);
        check("*", "anything", true);
        check("!prod", "prod", false);
        check("!prod*", "test", true);
        check("", "", true);
    }
}
