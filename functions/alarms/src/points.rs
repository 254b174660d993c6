//! The data points of many alarms, read together: each namespace is looked at once, and alarms over about the same time share a scan.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use watchtrail_core::alarms::Condition;
use watchtrail_core::metrics::{SeriesKey, SeriesPoints, Unit, Window};
use watchtrail_core::time::{DAY, HOUR, MINUTE, Timestamp};
use watchtrail_store::metrics::{Look, Query};
use watchtrail_store::{Partition, StoreError};

use crate::Desk;

/// What an alarm needs to know of its metric.
#[derive(Debug)]
pub(crate) struct Wanted {
    pub(crate) namespace: String,
    pub(crate) series: SeriesKey,
    pub(crate) unit: Option<Unit>,
    pub(crate) condition: Condition,
    /// Of all ticks that are evaluated.
    pub(crate) range: Range<Timestamp>,
}

impl Wanted {
    /// What is evaluated at ticks from `first` to `last`.
    pub(crate) fn new(
        metric: &watchtrail_core::alarms::MetricAlarm,
        (first, last): (Timestamp, Timestamp),
    ) -> Option<Self> {
        let stat = metric.watched()?;
        let condition = metric.condition()?;
        let range = condition.window(first).start()..condition.window(last).end();
        let (namespace, unit) = (stat.namespace.clone(), stat.unit);
        Some(Self { namespace, series: stat.series(), unit, condition, range })
    }

    /// Where the points come from: the namespace, the stored resolutions, and about how far back.
    fn source(&self, desk: &Desk<'_>, now: Timestamp) -> Option<Source> {
        let window = Window::exact(self.range.start, self.range.end, self.condition.period);
        let resolutions = desk.context.store.retention().resolutions(&window, now)?;
        let far = [15 * MINUTE, 3 * HOUR, DAY, 7 * DAY];
        let span = self.range.end.millis_since(self.range.start);
        let reach = far.iter().position(|far| span <= *far).unwrap_or(far.len());
        Some(Source { namespace: self.namespace.clone(), resolutions, reach })
    }
}

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Source {
    namespace: String,
    resolutions: &'static [u32],
    reach: usize,
}

/// The points of each series of a source.
type Found = BTreeMap<SeriesKey, Vec<SeriesPoints>>;

/// What was read.
#[derive(Debug, Default)]
pub(crate) struct Points(BTreeMap<Source, Result<Found, String>>);

impl Points {
    /// Reads what all of `wanted` need.
    pub(crate) async fn read(desk: &Desk<'_>, wanted: &[Wanted], now: Timestamp) -> Self {
        let mut sources: BTreeMap<Source, (BTreeSet<&SeriesKey>, Range<Timestamp>)> = BTreeMap::new();
        for one in wanted {
            let Some(source) = one.source(desk, now) else { continue };
            let (series, range) =
                sources.entry(source).or_insert_with(|| (BTreeSet::new(), one.range.clone()));
            series.insert(&one.series);
            *range = range.start.min(one.range.start)..range.end.max(one.range.end);
        }
        let mut looks: BTreeMap<String, Look> = BTreeMap::new();
        let mut found = BTreeMap::new();
        for (source, (series, range)) in sources {
            let read =
                scan(desk, &source, series.into_iter().cloned().collect(), range, &mut looks, now).await;
            let read = read.map_err(|error| {
                tracing::error!(namespace = source.namespace, %error, "the metrics of alarms were not read");
                error.to_string()
            });
            found.insert(source, read);
        }
        Self(found)
    }

    /// The points of an alarm's metric, of all units; none where nothing was ever written.
    ///
    /// # Errors
    /// When they could not be read.
    pub(crate) fn of(
        &self,
        desk: &Desk<'_>,
        wanted: &Wanted,
        now: Timestamp,
    ) -> Result<&[SeriesPoints], String> {
        let Some(source) = wanted.source(desk, now) else { return Ok(&[]) };
        match self.0.get(&source) {
            Some(Ok(found)) => Ok(found.get(&wanted.series).map_or(&[], Vec::as_slice)),
            Some(Err(error)) => Err(error.clone()),
            None => Ok(&[]),
        }
    }
}

async fn scan(
    desk: &Desk<'_>,
    source: &Source,
    series: Vec<SeriesKey>,
    range: Range<Timestamp>,
    looks: &mut BTreeMap<String, Look>,
    now: Timestamp,
) -> Result<Found, StoreError> {
    let metrics = &desk.context.store.metrics;
    let partition = Partition::metrics(desk.scope.clone(), source.namespace.clone());
    let mut look = match looks.remove(&source.namespace) {
        Some(look) => look,
        None => metrics.look(&partition, now).await?,
    };
    let query = Query { partition: &partition, series: &series, range, resolutions: source.resolutions };
    let found = metrics.scan_at(&mut look, &query, now).await?;
    looks.insert(source.namespace.clone(), look);
    Ok(series.into_iter().zip(found).collect())
}
