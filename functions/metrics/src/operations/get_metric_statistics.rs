//! GetMetricStatistics: <https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_GetMetricStatistics.html>.

use std::collections::BTreeMap;

use watchtrail_core::metrics::aggregate::by_unit;
use watchtrail_core::metrics::{Period, SeriesKey, Statistic, StatisticError, Summary, Unit, Window};
use watchtrail_core::time::Timestamp;
use watchtrail_service::wording::cloudwatch::{self as wording, Reader as Asker};
use watchtrail_service::{Fault, Operation, Request};
use watchtrail_store::Partition;
use watchtrail_wire::shapes::cloudwatch::{Datapoint, GetMetricStatisticsInput, GetMetricStatisticsOutput};

use crate::dimensions;
use crate::faults::{missing, worded};
use crate::reading::Reader;

pub(crate) struct GetMetricStatistics;

/// The statistics that are asked for, with the spelling of the question.
struct Asked {
    plain: Vec<Statistic>,
    extended: Vec<(String, Statistic)>,
}

impl Operation for GetMetricStatistics {
    const NAME: &'static str = "GetMetricStatistics";
    const CHECKS_ITS_SHAPE: bool = true;
    type Input = GetMetricStatisticsInput;
    type Output = GetMetricStatisticsOutput;

    async fn run(request: &Request<'_>, input: Self::Input) -> Result<Self::Output, Fault> {
        let namespace = input.namespace.clone().ok_or_else(|| missing("Namespace"))?;
        let metric_name = input.metric_name.clone().ok_or_else(|| missing("MetricName"))?;
        let window = window(&input, request.now)?;
        let asked = asked(&input)?;
        watchtrail_service::check_shape(&input)?;
        let unit = input.unit.as_deref().and_then(Unit::parse);
        let series = SeriesKey { metric_name, dimensions: dimensions::parse(input.dimensions)? };
        let partition = Partition::metrics(request.scope().clone(), namespace);
        let retention = request.context.store.retention();
        let mut datapoints = Vec::new();
        if let Some(stored) = retention.resolutions(&window, request.now) {
            let mut reader = Reader::default();
            reader.want(&partition, stored, &series, &window);
            reader.read(request).await?;
            let points = reader.points(&partition, stored, &series);
            let points = points.iter().filter(|points| unit.is_none_or(|unit| points.unit == unit));
            let all: Vec<Statistic> =
                asked.plain.iter().chain(asked.extended.iter().map(|(_, s)| s)).copied().collect();
            for (unit, periods) in by_unit(points, &window, &all) {
                datapoints
                    .extend(periods.iter().filter_map(|(at, summary)| asked.datapoint(unit, *at, summary)));
            }
        }
        Ok(GetMetricStatisticsOutput { label: Some(series.metric_name), datapoints: Some(datapoints) })
    }
}

fn window(input: &GetMetricStatisticsInput, now: Timestamp) -> Result<Window, Fault> {
    let time = |given: Option<watchtrail_wire::Timestamp>, name| {
        given.map(|at| Timestamp::from_millis(at.millis())).ok_or_else(|| missing(name))
    };
    let start = time(input.start_time, "StartTime")?;
    let end = time(input.end_time, "EndTime")?;
    let seconds = input.period.ok_or_else(|| missing("Period"))?;
    Period::new(i64::from(seconds))
        .and_then(|period| Window::new(start, end, period, now)?.limited())
        .map_err(|error| worded(wording::period(Asker::GetMetricStatistics, "Period", &error)))
}

fn asked(input: &GetMetricStatisticsInput) -> Result<Asked, Fault> {
    let plain = input.statistics.as_deref().unwrap_or_default();
    let extended = input.extended_statistics.as_deref().unwrap_or_default();
    if plain.is_empty() && extended.is_empty() {
        return Err(worded(wording::no_statistics()));
    }
    let is_plain = |(index, name): (usize, &String)| match Statistic::parse(name) {
        Ok(statistic) if Statistic::PLAIN.contains(&statistic) && statistic.to_string() == *name => {
            Ok(statistic)
        }
        _ => Err(worded(wording::plain_statistic(index))),
    };
    let is_extended = |(index, name): (usize, &String)| {
        // The five plain ones have their own parameter, and no place among the extended ones of a data point.
        Statistic::parse(name)
            .and_then(|statistic| {
                let is_plain = Statistic::PLAIN.contains(&statistic);
                if is_plain {
                    Err(StatisticError::Unknown(name.clone()))
                } else {
                    Ok((name.clone(), statistic))
                }
            })
            .map_err(|error| worded(wording::extended_statistic(index, &error)))
    };
    Ok(Asked {
        plain: plain.iter().enumerate().map(is_plain).collect::<Result<_, _>>()?,
        extended: extended.iter().enumerate().map(is_extended).collect::<Result<_, _>>()?,
    })
}

impl Asked {
    /// A data point, unless none of the statistics is known for its period.
    fn datapoint(&self, unit: Unit, at: Timestamp, summary: &Summary) -> Option<Datapoint> {
        let value = |statistic: Statistic| {
            self.plain.contains(&statistic).then(|| summary.statistic(&statistic)).flatten()
        };
        let extended: BTreeMap<String, f64> = self
            .extended
            .iter()
            .filter_map(|(name, statistic)| Some((name.clone(), summary.statistic(statistic)?)))
            .collect();
        let known = !self.plain.is_empty() || !extended.is_empty();
        known.then(|| Datapoint {
            timestamp: Some(watchtrail_wire::Timestamp::from_millis(at.millis())),
            sample_count: value(Statistic::SampleCount),
            average: value(Statistic::Average),
            sum: value(Statistic::Sum),
            minimum: value(Statistic::Minimum),
            maximum: value(Statistic::Maximum),
            unit: Some(unit.as_str().to_owned()),
            extended_statistics: (!extended.is_empty()).then_some(extended),
        })
    }
}
