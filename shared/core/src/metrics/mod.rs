//! The metrics domain: data points as `CloudWatch` understands them, and what is computed of them.
//!
//! What a request says becomes [`Datum`]s ([`validate`]), which travel as a [`batch`] and rest as
//! [`SeriesPoints`]; reading folds [`Point`]s into a [`Summary`] per period ([`aggregate`], [`period`]) and asks
//! it for a [`Statistic`]. Not here: metric math, alarms, storage, and how AWS words its errors.

pub mod aggregate;
pub mod batch;
mod distribution;
pub mod label;
pub mod period;
pub mod request;
pub mod rollup;
pub mod sample;
pub mod segment_rows;
pub mod series;
mod sketch;
pub mod statistic;
pub mod summary;
pub mod unit;
pub mod validate;

pub use period::{Period, PeriodError, Resolution, Window, resolution_for};
pub use rollup::roll_up;
pub use sample::{Datum, Point, Sample, Sketch, StatisticSet};
pub use segment_rows::SeriesPoints;
pub use series::{Dimensions, DimensionsError, SeriesKey};
pub use statistic::{Statistic, StatisticError};
pub use summary::{EXACT, RELATIVE_ERROR, Summary};
pub use unit::Unit;
