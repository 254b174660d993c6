//! ListMetrics: <https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_ListMetrics.html>.
//!
//! Metrics are listed in the order of namespace, name and dimensions. Accounts are not linked: only the caller's own
//! metrics are listed.

use watchtrail_core::metrics::SeriesKey;
use watchtrail_core::time::HOUR;
use watchtrail_service::{Fault, Operation, Request, store_fault};
use watchtrail_store::{Partition, Signal};
use watchtrail_wire::shapes::cloudwatch::{ListMetricsInput, ListMetricsOutput, Metric};

use crate::dimensions;
use crate::faults::invalid_value;
use watchtrail_service::token;

/// Metrics on a page.
const PAGE: usize = 500;

pub(crate) struct ListMetrics;

/// The last metric of a page: namespace, name, dimensions.
type Place = (String, String, String);

impl Operation for ListMetrics {
    const NAME: &'static str = "ListMetrics";
    type Input = ListMetricsInput;
    type Output = ListMetricsOutput;

    async fn run(request: &Request<'_>, mut input: Self::Input) -> Result<Self::Output, Fault> {
        let given = input.next_token.take();
        let fingerprint = token::fingerprint(&request.scope().to_string(), &input);
        let after: Option<Place> = given
            .map(|given| token::read(&given, fingerprint))
            .transpose()
            .map_err(|_| invalid_value("The value for parameter NextToken is invalid."))?;
        let mut page = Page { after, metrics: Vec::new(), more: false };
        let own = |account: &String| *account == request.scope().account;
        if input.owning_account.as_ref().is_none_or(own) {
            for partition in partitions(request, &input, page.after.as_ref()).await? {
                if page.more {
                    break;
                }
                page.add(request, &partition, &input).await?;
            }
        }
        let next_token =
            if page.more { page.last().and_then(|last| token::write(fingerprint, &last)) } else { None };
        let owners = input.include_linked_accounts.unwrap_or(false);
        Ok(ListMetricsOutput {
            owning_accounts: owners.then(|| vec![request.scope().account.clone(); page.metrics.len()]),
            metrics: Some(
                page.metrics.into_iter().map(|(namespace, series)| shape(&namespace, &series)).collect(),
            ),
            next_token,
        })
    }
}

/// The namespaces that may hold metrics of the page, in order.
async fn partitions(
    request: &Request<'_>,
    input: &ListMetricsInput,
    after: Option<&Place>,
) -> Result<Vec<Partition>, Fault> {
    if let Some(namespace) = &input.namespace {
        return Ok(vec![Partition::metrics(request.scope().clone(), namespace.clone())]);
    }
    let ledger = &request.context.store.ledger;
    let all = ledger.partitions(Signal::Metrics, request.scope()).await.map_err(store_fault)?;
    let from_here = |partition: &Partition| after.is_none_or(|(namespace, ..)| partition.name >= *namespace);
    Ok(all.into_iter().filter(from_here).collect())
}

struct Page {
    after: Option<Place>,
    metrics: Vec<(String, SeriesKey)>,
    more: bool,
}

impl Page {
    async fn add(
        &mut self,
        request: &Request<'_>,
        partition: &Partition,
        input: &ListMetricsInput,
    ) -> Result<(), Fault> {
        let since = input.recently_active.as_ref().map(|_| request.now.plus_millis(-3 * HOUR));
        let metrics = &request.context.store.metrics;
        let found = metrics.list(partition, since, request.now).await.map_err(store_fault)?;
        for series in found.into_iter().filter(|series| matches(series, input)) {
            if self.after.as_ref().is_some_and(|after| !is_after(partition, &series, after)) {
                continue;
            }
            if self.metrics.len() == PAGE {
                self.more = true;
                return Ok(());
            }
            self.metrics.push((partition.name.clone(), series));
        }
        Ok(())
    }

    fn last(&self) -> Option<Place> {
        let (namespace, series) = self.metrics.last()?;
        Some((namespace.clone(), series.metric_name.clone(), series.dimensions.to_json().to_owned()))
    }
}

fn is_after(partition: &Partition, series: &SeriesKey, (namespace, name, dimensions): &Place) -> bool {
    let here = (partition.name.as_str(), series.metric_name.as_str(), series.dimensions.to_json());
    here > (namespace.as_str(), name.as_str(), dimensions.as_str())
}

fn matches(series: &SeriesKey, input: &ListMetricsInput) -> bool {
    let filters = input.dimensions.as_deref().unwrap_or_default();
    let filters =
        filters.iter().map(|filter| (filter.name.as_deref().unwrap_or_default(), filter.value.as_deref()));
    input.metric_name.as_ref().is_none_or(|name| *name == series.metric_name)
        && series.dimensions.contains(filters)
}

fn shape(namespace: &str, series: &SeriesKey) -> Metric {
    Metric {
        namespace: Some(namespace.to_owned()),
        metric_name: Some(series.metric_name.clone()),
        dimensions: Some(dimensions::shape(&series.dimensions)),
    }
}
