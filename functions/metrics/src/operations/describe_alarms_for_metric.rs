//! DescribeAlarmsForMetric: <https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_DescribeAlarmsForMetric.html>.
//!
//! Only alarms that name exactly this metric by `MetricName`, with exactly these dimensions; AWS answers with all of them at once.

use watchtrail_core::alarms::alarm::{MetricStat, Source};
use watchtrail_core::metrics::{Dimensions, Unit};
use watchtrail_service::{Fault, Operation, Request};
use watchtrail_wire::shapes::cloudwatch::{DescribeAlarmsForMetricInput, DescribeAlarmsForMetricOutput};

use crate::alarms::{self, shape};
use crate::dimensions;

pub(crate) struct DescribeAlarmsForMetric;

impl Operation for DescribeAlarmsForMetric {
    const NAME: &'static str = "DescribeAlarmsForMetric";
    type Input = DescribeAlarmsForMetricInput;
    type Output = DescribeAlarmsForMetricOutput;

    async fn run(request: &Request<'_>, mut input: Self::Input) -> Result<Self::Output, Fault> {
        let dimensions = dimensions::parse(input.dimensions.take())?;
        let board = alarms::board(request).await?;
        let shown = |alarm: &watchtrail_core::alarms::Alarm| {
            let metric = alarm.metric()?;
            match &metric.source {
                Source::Single(stat) if matches(stat, &input, &dimensions) => {
                    Some(shape::metric(alarm, metric, request.scope()))
                }
                _ => None,
            }
        };
        Ok(DescribeAlarmsForMetricOutput {
            metric_alarms: Some(board.values().filter_map(|stored| shown(&stored.alarm)).collect()),
        })
    }
}

fn matches(stat: &MetricStat, input: &DescribeAlarmsForMetricInput, dimensions: &Dimensions) -> bool {
    let is = |wanted: &Option<String>, text: &str| wanted.as_deref().is_none_or(|wanted| wanted == text);
    let period = input.period.is_none_or(|period| i64::from(period) == i64::from(stat.period));
    is(&input.metric_name, &stat.metric_name)
        && is(&input.namespace, &stat.namespace)
        && is(&input.statistic, &stat.statistic)
        && is(&input.extended_statistic, &stat.statistic)
        && period
        && input.unit.as_deref().is_none_or(|unit| Unit::parse(unit) == stat.unit)
        && stat.series().dimensions == *dimensions
}
