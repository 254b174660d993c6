//! Pages of results: so many data points, over all series in the order of the queries.
//!
//! A series that does not fit ends as `PartialData` and goes on with the next page; those after it come with later pages.
//! The place in a series is the timestamp of its last data point, so that data that arrive meanwhile shift nothing.

use serde::{Deserialize, Serialize};
use watchtrail_core::time::Timestamp;
use watchtrail_wire::shapes::cloudwatch::MetricDataResult;

/// The whole answer to one query, oldest data point first.
pub(super) struct Series {
    pub(super) id: String,
    pub(super) label: String,
    pub(super) points: Vec<(Timestamp, f64)>,
}

/// Where a page begins: in which series, and after which timestamp of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Place {
    series: usize,
    after: Option<i64>,
}

/// What a page is cut by.
pub(super) struct Page {
    pub(super) newest_first: bool,
    pub(super) most: usize,
    pub(super) place: Option<Place>,
}

pub(super) struct Cut {
    pub(super) results: Vec<MetricDataResult>,
    pub(super) next: Option<Place>,
}

impl Page {
    pub(super) fn cut(&self, series: Vec<Series>) -> Cut {
        let place = self.place.unwrap_or(Place { series: 0, after: None });
        let mut left = self.most;
        let mut results = Vec::new();
        for (index, one) in series.into_iter().enumerate().skip(place.series) {
            if left == 0 {
                return Cut { results, next: Some(Place { series: index, after: None }) };
            }
            let after = place.after.filter(|_| index == place.series);
            let (result, last) = self.one(one, after, left);
            left -= result.values.as_ref().map_or(0, Vec::len);
            results.push(result);
            if last.is_some() {
                return Cut { results, next: Some(Place { series: index, after: last }) };
            }
        }
        Cut { results, next: None }
    }

    /// At most `most` data points of a series; the last one's timestamp when there are more.
    fn one(&self, mut series: Series, after: Option<i64>, most: usize) -> (MetricDataResult, Option<i64>) {
        if self.newest_first {
            series.points.reverse();
        }
        let is_left = |at: Timestamp| {
            after
                .is_none_or(|after| if self.newest_first { at.millis() < after } else { at.millis() > after })
        };
        series.points.retain(|(at, _)| is_left(*at));
        let complete = series.points.len() <= most;
        series.points.truncate(most);
        let last = series.points.last().filter(|_| !complete).map(|(at, _)| at.millis());
        let time = |at: Timestamp| watchtrail_wire::Timestamp::from_millis(at.millis());
        let result = MetricDataResult {
            id: Some(series.id),
            label: Some(series.label),
            timestamps: Some(series.points.iter().map(|(at, _)| time(*at)).collect()),
            values: Some(series.points.iter().map(|(_, value)| *value).collect()),
            status_code: Some(if complete { "Complete" } else { "PartialData" }.to_owned()),
            messages: None,
        };
        (result, last)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(sizes: &[usize], most: usize, newest_first: bool, expected: &str) {
        let series = || {
            let one = |(index, size): (usize, &usize)| Series {
                id: format!("q{index}"),
                label: String::new(),
                points: (0..*size).map(|n| (Timestamp::from_millis(n as i64), n as f64)).collect(),
            };
            sizes.iter().enumerate().map(one).collect::<Vec<_>>()
        };
        let mut pages = Vec::new();
        let mut place = None;
        loop {
            let cut = Page { newest_first, most, place }.cut(series());
            let show = |result: &MetricDataResult| {
                let values: Vec<String> = result.values.iter().flatten().map(f64::to_string).collect();
                let status = &result.status_code.as_deref().unwrap_or_default()[..1];
                format!("{}{status}[{}]", result.id.as_deref().unwrap_or_default(), values.join(" "))
            };
            pages.push(cut.results.iter().map(show).collect::<Vec<_>>().join(" "));
            place = cut.next;
            if place.is_none() {
                break;
            }
        }
        assert_eq!(pages.join(" | "), expected);
    }

    #[test]
    fn every_point_is_on_one_page() {
        check(&[3, 2], 100, false, "q0C[0 1 2] q1C[0 1]");
        check(&[3, 2], 100, true, "q0C[2 1 0] q1C[1 0]");
        check(&[3, 2], 2, false, "q0P[0 1] | q0C[2] q1P[0] | q1C[1]");
        check(&[3, 2], 3, true, "q0C[2 1 0] | q1C[1 0]");
        check(&[0, 0], 1, true, "q0C[] q1C[]");
        check(&[0, 1, 0, 1], 1, true, "q0C[] q1C[0] | q2C[] q3C[0]");
    }
}
