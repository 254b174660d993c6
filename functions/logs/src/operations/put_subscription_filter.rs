//! PutSubscriptionFilter: <https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutSubscriptionFilter.html>.
//!
//! The destination is looked at before the group (observed). A filter that is put again keeps its creation time; what AWS does is unknown.

use watchtrail_core::logs::pattern::{Pattern, Purpose};
use watchtrail_service::wording::logs as wording;
use watchtrail_service::{Fault, Operation, Request};
use watchtrail_store::logs::{LogGroup, SubscriptionFilter};
use watchtrail_wire::shapes::logs::PutSubscriptionFilterRequest;

use crate::faults::worded;
use crate::{filters, groups, subscribers};

/// Filters of a group.
const MOST: usize = 2;

pub(crate) struct PutSubscriptionFilter;

impl Operation for PutSubscriptionFilter {
    const NAME: &'static str = "PutSubscriptionFilter";
    type Input = PutSubscriptionFilterRequest;
    type Output = ();

    async fn run(request: &Request<'_>, input: Self::Input) -> Result<Self::Output, Fault> {
        filters::supported(
            input.apply_on_transformed_logs,
            input.field_selection_criteria.as_deref(),
            ("emitSystemFields", input.emit_system_fields.as_deref()),
        )?;
        let destination = input.destination_arn.unwrap_or_default();
        subscribers::check(request, &destination, input.role_arn.as_deref()).await?;
        let name = input.log_group_name.unwrap_or_default();
        groups::find(request, &name).await?;
        let text = input.filter_pattern.unwrap_or_default();
        let pattern = filters::pattern(&text, Purpose::SubscriptionFilter)?;
        subscribers::reach(request, &destination).await?;
        let filter = SubscriptionFilter {
            name: input.filter_name.unwrap_or_default(),
            pattern: text,
            destination,
            role: input.role_arn,
            distribution: input.distribution.unwrap_or_else(|| "ByLogStream".to_owned()),
            created: request.now.millis(),
            on_transformed: None,
        };
        groups::change(request, &name, |group| put(group, &filter, &pattern)).await
    }
}

fn put(group: &mut LogGroup, new: &SubscriptionFilter, pattern: &Pattern) -> Result<(), Fault> {
    let mut new = new.clone();
    let place = group.subscriptions.binary_search_by(|filter| filter.name.cmp(&new.name));
    if let Ok(place) = place {
        new.created = group.subscriptions.remove(place).created;
    }
    filters::fits(group, pattern)?;
    if group.subscriptions.len() >= MOST {
        return Err(worded(wording::limit()));
    }
    group.subscriptions.insert(place.unwrap_or_else(|place| place), new);
    Ok(())
}
