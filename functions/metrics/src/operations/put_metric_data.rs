//! PutMetricData: <https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricData.html>.
//!
//! One request is one write. Nothing of a refused request is stored. Entities are checked and not kept: nothing of this
//! suite reads them yet.

use watchtrail_core::metrics::Datum;
use watchtrail_core::metrics::request as rules;
use watchtrail_core::metrics::validate::{self, DatumError, RawDatum, RawDimension, RawStatisticSet};
use watchtrail_core::time::Timestamp;
use watchtrail_service::wording::cloudwatch as wording;
use watchtrail_service::{Fault, Operation, Request, check_shape, store_fault};
use watchtrail_store::Partition;
use watchtrail_wire::shapes::cloudwatch::{Dimension, MetricDatum, PutMetricDataInput, StatisticSet};

use crate::faults::worded;

pub(crate) struct PutMetricData;

impl Operation for PutMetricData {
    const NAME: &'static str = "PutMetricData";
    /// CloudWatch's oldest operations word violations of their shapes themselves.
    const CHECKS_ITS_SHAPE: bool = true;
    type Input = PutMetricDataInput;
    type Output = ();

    async fn run(request: &Request<'_>, input: Self::Input) -> Result<(), Fault> {
        let namespace = rules::namespace(input.namespace.as_deref())
            .map_err(|error| worded(wording::request(&error)))?
            .to_owned();
        // AWS: with StrictEntityValidation "an error in the entity fails the entire request"; without, it does not matter.
        let strict = input.strict_entity_validation == Some(true) && input.entity_metric_data.is_some();
        let entities = if strict { check_shape(&input) } else { Ok(()) };
        let data = data(input, request.now)?;
        entities?;
        let partition = Partition::metrics(request.scope().clone(), namespace);
        let ulid = request.context.ulid(request.now);
        request.context.store.metrics.put(&partition, &data, ulid, request.now).await.map_err(store_fault)
    }
}

/// All data of the request, those of entities too, or what is wrong with them.
fn data(input: PutMetricDataInput, now: Timestamp) -> Result<Vec<Datum>, Fault> {
    let plain = input.metric_data.unwrap_or_default();
    let entities = input.entity_metric_data.unwrap_or_default();
    let sizes: Vec<usize> =
        entities.iter().map(|entity| entity.metric_data.as_ref().map_or(0, Vec::len)).collect();
    rules::request(plain.len(), &sizes, input.strict_entity_validation)
        .map_err(|error| worded(wording::request(&error)))?;
    let mut errors = Vec::new();
    let mut data = checked(plain, now, &mut errors);
    if let Some(words) = wording::data(&errors) {
        return Err(worded(words));
    }
    for (at, entity) in entities.into_iter().enumerate() {
        data.extend(checked(entity.metric_data.unwrap_or_default(), now, &mut errors));
        if let Some(error) = errors.first() {
            let path = format!("EntityMetricData.member.{}.MetricData", at + 1);
            return Err(worded(wording::datum_in(&path, error)));
        }
    }
    Ok(data)
}

fn checked(data: Vec<MetricDatum>, now: Timestamp, errors: &mut Vec<DatumError>) -> Vec<Datum> {
    let mut good = Vec::with_capacity(data.len());
    for (index, datum) in data.into_iter().enumerate() {
        match validate::datum(index, raw(datum), now) {
            Ok(datum) => good.push(datum),
            Err(error) => errors.push(error),
        }
    }
    good
}

fn raw(datum: MetricDatum) -> RawDatum {
    let dimension = |d: Dimension| RawDimension { name: d.name, value: d.value };
    let statistics = |set: StatisticSet| RawStatisticSet {
        sample_count: set.sample_count,
        sum: set.sum,
        minimum: set.minimum,
        maximum: set.maximum,
    };
    RawDatum {
        metric_name: datum.metric_name,
        dimensions: datum.dimensions.unwrap_or_default().into_iter().map(dimension).collect(),
        timestamp: datum.timestamp.map(|at| Timestamp::from_millis(at.millis())),
        value: datum.value,
        statistic_values: datum.statistic_values.map(statistics),
        values: datum.values.unwrap_or_default(),
        counts: datum.counts.unwrap_or_default(),
        unit: datum.unit,
        storage_resolution: datum.storage_resolution,
    }
}
