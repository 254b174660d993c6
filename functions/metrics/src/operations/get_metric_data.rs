//! GetMetricData: <https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_GetMetricData.html>.
//!
//! Queries of metrics. Expressions (metric math, SEARCH, Metrics Insights) are refused.

use std::collections::BTreeMap;

mod page;
mod query;

use watchtrail_core::metrics::SeriesKey;
use watchtrail_core::metrics::aggregate::merged;
use watchtrail_core::metrics::label::{self, Facts, Timezone};
use watchtrail_core::metrics::period::MOST_DATA_POINTS;
use watchtrail_core::time::Timestamp;
use watchtrail_service::wording::cloudwatch as wording;
use watchtrail_service::{Fault, Operation, Request};
use watchtrail_store::Partition;
use watchtrail_wire::shapes::cloudwatch::{GetMetricDataInput, GetMetricDataOutput, MODEL};

use self::page::{Page, Place, Series};
use self::query::MetricQuery;
use crate::faults::worded;
use crate::reading::Reader;
use watchtrail_service::token;

pub(crate) struct GetMetricData;

impl Operation for GetMetricData {
    const NAME: &'static str = "GetMetricData";
    type Input = GetMetricDataInput;
    type Output = GetMetricDataOutput;

    async fn run(request: &Request<'_>, mut input: Self::Input) -> Result<Self::Output, Fault> {
        let given = input.next_token.take();
        let fingerprint = token::fingerprint(&request.scope().to_string(), &input);
        let place: Option<Place> = given
            .map(|given| token::read(&given, fingerprint))
            .transpose()
            .map_err(|_| Fault::modeled(&MODEL, "InvalidNextToken", "The next token is not valid."))?;
        let most = most_datapoints(input.max_datapoints)?;
        let newest_first = input.scan_by.as_deref() != Some("TimestampAscending");
        let timezone = timezone(&input)?;
        let queries = query::parse(input, request)?;
        request.bills(billed(&queries));
        let results = results(request, &queries, timezone).await?;
        let page = Page { newest_first, most, place }.cut(results);
        let next_token = page.next.and_then(|place| token::write(fingerprint, &place));
        Ok(GetMetricDataOutput {
            metric_data_results: Some(page.results),
            next_token,
            messages: Some(Vec::new()),
        })
    }
}

/// The metrics that are asked for, as AWS bills them: up to five statistics of a metric are one.
/// <https://aws.amazon.com/cloudwatch/pricing/>.
fn billed(queries: &[MetricQuery]) -> u64 {
    let mut asked: BTreeMap<(&Partition, &SeriesKey), u64> = BTreeMap::new();
    for query in queries {
        *asked.entry((&query.partition, &query.series)).or_default() += 1;
    }
    asked.values().map(|statistics| statistics.div_ceil(5)).sum()
}

fn most_datapoints(given: Option<i32>) -> Result<usize, Fault> {
    let Some(given) = given else { return Ok(MOST_DATA_POINTS as usize) };
    match usize::try_from(given) {
        Ok(most) if (1..=MOST_DATA_POINTS as usize).contains(&most) => Ok(most),
        _ => Err(Fault::validation(format!(
            "The value {given} for parameter MaxDatapoints must be between 1 and {MOST_DATA_POINTS}."
        ))),
    }
}

fn timezone(input: &GetMetricDataInput) -> Result<Timezone, Fault> {
    let given = input.label_options.as_ref().and_then(|options| options.timezone.as_deref());
    given.map_or(Ok(Timezone::default()), Timezone::parse).map_err(|error| worded(wording::timezone(&error)))
}

/// The whole series of each query that returns data, oldest first.
async fn results(
    request: &Request<'_>,
    queries: &[MetricQuery],
    timezone: Timezone,
) -> Result<Vec<Series>, Fault> {
    let retention = request.context.store.retention();
    let queries: Vec<&MetricQuery> = queries.iter().filter(|query| query.returns_data).collect();
    let mut reader = Reader::default();
    let stored: Vec<_> = queries.iter().map(|q| retention.resolutions(&q.window, request.now)).collect();
    for (query, stored) in queries.iter().zip(&stored) {
        if let Some(stored) = stored {
            reader.want(&query.partition, stored, &query.series, &query.window);
        }
    }
    reader.read(request).await?;
    let asked: Vec<label::Query<'_>> = queries.iter().map(|query| query.label_query()).collect();
    let defaults = label::defaults(&asked);
    let series = queries.iter().zip(stored).zip(asked.iter().zip(defaults));
    Ok(series
        .map(|((query, stored), (asked, default))| {
            let points = stored.map_or_else(Vec::new, |stored| points(&reader, query, stored));
            let facts = Facts {
                label: &default,
                query: Some(*asked),
                account: &request.scope().account,
                region: &request.scope().region,
                points: &points,
                now: request.now,
                timezone,
            };
            let label = query.label.as_ref().map(|label| label.fill(&facts));
            Series { id: query.id.clone(), label: label.unwrap_or(default), points }
        })
        .collect())
}

fn points(reader: &Reader, query: &MetricQuery, stored: &'static [u32]) -> Vec<(Timestamp, f64)> {
    let points = reader.points(&query.partition, stored, &query.series).iter();
    let points = points.filter(|points| query.unit.is_none_or(|unit| points.unit == unit));
    merged(points, &query.window, std::slice::from_ref(&query.statistic))
        .into_iter()
        .filter_map(|(at, summary)| Some((at, summary.statistic(&query.statistic)?)))
        .collect()
}
