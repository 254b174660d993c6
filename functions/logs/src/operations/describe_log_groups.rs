//! DescribeLogGroups: <https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_DescribeLogGroups.html>.
//!
//! No account is ever linked to another one here: with `includeLinkedAccounts` the caller's own groups are listed, and other accounts
//! are refused. `bearerTokenAuthenticationEnabled`, data protection and account-level retention do not exist in this suite and are not shown.
//! AWS gives a `nextToken` with a search by pattern even when nothing follows; here there is one only if something does.

use futures::future::try_join_all;
use watchtrail_core::time::Day;
use watchtrail_service::wording::logs as wording;
use watchtrail_service::{Fault, Operation, Request, store_fault};
use watchtrail_store::logs::LogGroup;
use watchtrail_wire::shapes::logs as wire;
use wire::{DescribeLogGroupsRequest, DescribeLogGroupsResponse};

use crate::faults::worded;
use crate::groups::{self, linked};
use crate::paging::{PAGE, Paging};

pub(crate) struct DescribeLogGroups;

impl Operation for DescribeLogGroups {
    const NAME: &'static str = "DescribeLogGroups";
    type Input = DescribeLogGroupsRequest;
    type Output = DescribeLogGroupsResponse;

    async fn run(request: &Request<'_>, mut input: Self::Input) -> Result<Self::Output, Fault> {
        let (limit, token) = (input.limit.take().unwrap_or(PAGE), input.next_token.take());
        check(&input).map_err(worded)?;
        linked(request, input.account_identifiers.as_deref())?;
        let paging = Paging::<String>::of(request, &input, token, limit)?;
        let found = find(request, &input, &paging).await?;
        let (found, next_token) = paging.cut(found, |group| group.name.clone());
        let log_groups = if input.log_group_name_pattern.is_some() {
            found.iter().map(|group| part(group, request)).collect()
        } else {
            try_join_all(found.iter().map(|group| whole(group, request))).await?
        };
        Ok(DescribeLogGroupsResponse { log_groups: Some(log_groups), next_token })
    }
}

/// What AWS does not let combine.
fn check(input: &DescribeLogGroupsRequest) -> Result<(), wording::Worded> {
    if input.log_group_name_prefix.is_some() && input.log_group_name_pattern.is_some() {
        return Err(wording::prefix_and_pattern());
    }
    let filtered = input.log_group_name_prefix.is_some()
        || input.log_group_name_pattern.is_some()
        || input.log_group_class.is_some()
        || input.account_identifiers.is_some();
    if input.log_group_identifiers.is_some() && filtered {
        return Err(wording::beside_identifiers());
    }
    Ok(())
}

async fn find(
    request: &Request<'_>,
    input: &DescribeLogGroupsRequest,
    paging: &Paging<String>,
) -> Result<Vec<LogGroup>, Fault> {
    if let Some(identifiers) = &input.log_group_identifiers {
        return named(request, identifiers, paging.after.as_deref()).await;
    }
    let class = input.log_group_class.as_deref();
    let pattern = input.log_group_name_pattern.as_deref().unwrap_or_default();
    let wanted = |group: &LogGroup| of_class(&group.class, class) && group.name.contains(pattern);
    let prefix = input.log_group_name_prefix.as_deref().unwrap_or_default();
    groups::select(request, prefix, paging.after.clone(), paging.enough(), wanted).await
}

/// The groups of some identifiers that exist, by name.
async fn named(
    request: &Request<'_>,
    identifiers: &[String],
    after: Option<&str>,
) -> Result<Vec<LogGroup>, Fault> {
    let mut names = identifiers
        .iter()
        .map(|identifier| groups::identified(request, identifier))
        .collect::<Result<Vec<_>, _>>()?;
    names.sort_unstable();
    names.dedup();
    names.retain(|name| after.is_none_or(|after| name.as_str() > after));
    let (logs, scope) = (&request.context.store.logs, request.scope());
    let found = try_join_all(names.iter().map(|name| logs.group(scope, name))).await.map_err(store_fault)?;
    Ok(found.into_iter().flatten().collect())
}

/// "If you specify either `INFREQUENT_ACCESS` or ESSENTIALS, the results include log groups in both".
fn of_class(class: &str, wanted: Option<&str>) -> bool {
    const CHEAP: [&str; 2] = ["INFREQUENT_ACCESS", "ESSENTIALS"];
    wanted.is_none_or(|wanted| class == wanted || (CHEAP.contains(&class) && CHEAP.contains(&wanted)))
}

/// What AWS shows of the groups that were found by a pattern.
fn part(group: &LogGroup, request: &Request<'_>) -> wire::LogGroup {
    let arn = group.arn(request.scope());
    wire::LogGroup {
        arn: Some(format!("{arn}:*")),
        log_group_arn: Some(arn),
        log_group_name: Some(group.name.clone()),
        creation_time: Some(group.created),
        metric_filter_count: Some(i32::try_from(group.metric_filters.len()).unwrap_or(i32::MAX)),
        log_group_class: Some(group.class.clone()),
        ..wire::LogGroup::default()
    }
}

async fn whole(group: &LogGroup, request: &Request<'_>) -> Result<wire::LogGroup, Fault> {
    let from = Day::of(group.kept_from(request.now));
    let partition = group.partition(request.scope());
    let stored = request.context.store.logs.stored_bytes(&partition, from).await.map_err(store_fault)?;
    Ok(wire::LogGroup {
        retention_in_days: group.retention_days.and_then(|days| i32::try_from(days).ok()),
        stored_bytes: Some(stored),
        kms_key_id: group.kms_key.clone(),
        deletion_protection_enabled: Some(group.deletion_protection),
        ..part(group, request)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_two_cheap_classes_are_listed_together() {
        fn check(class: &str, wanted: Option<&str>, expected: bool) {
            assert_eq!(of_class(class, wanted), expected, "{class} {wanted:?}");
        }
        check("STANDARD", None, true);
        check("STANDARD", Some("STANDARD"), true);
        check("STANDARD", Some("ESSENTIALS"), false);
        check("ESSENTIALS", Some("INFREQUENT_ACCESS"), true);
        check("INFREQUENT_ACCESS", Some("ESSENTIALS"), true);
        check("DELIVERY", Some("ESSENTIALS"), false);
    }
}
