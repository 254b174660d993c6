//! Points grouped as segments store them: by series and unit, in the order of time.
//!
//! What is *not* here is the file format: `store` turns these groups into Parquet rows and back.

use super::sample::Point;
use super::series::SeriesKey;
use super::unit::Unit;

/// The points of one series in one unit.
#[derive(Clone, Debug, PartialEq)]
pub struct SeriesPoints {
    /// The series.
    pub series: SeriesKey,
    /// The unit of all points.
    pub unit: Unit,
    /// The points by timestamp; points of one time keep the order of their arrival.
    pub points: Vec<Point>,
}
