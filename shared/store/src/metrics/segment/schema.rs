//! The columns of a segment, as Parquet writes them and as Arrow reads them.

use std::sync::{Arc, LazyLock};

use arrow_schema::{DataType, Field, Schema, SchemaRef, TimeUnit};
use parquet::errors::Result;
use parquet::schema::parser::parse_message_type;
use parquet::schema::types::TypePtr;

/// A leaf column's position; the same in the file and in the Arrow schema.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Column {
    MetricName,
    Dimensions,
    Unit,
    Timestamp,
    Value,
    SampleCount,
    Sum,
    Minimum,
    Maximum,
    Values,
    Counts,
}

impl Column {
    pub(super) const ALL: [Self; 11] = [
        Self::MetricName,
        Self::Dimensions,
        Self::Unit,
        Self::Timestamp,
        Self::Value,
        Self::SampleCount,
        Self::Sum,
        Self::Minimum,
        Self::Maximum,
        Self::Values,
        Self::Counts,
    ];

    /// The columns that say which series a row belongs to.
    pub(super) const OF_SERIES: [usize; 3] =
        [Self::MetricName.index(), Self::Dimensions.index(), Self::Unit.index()];

    pub(super) const fn index(self) -> usize {
        self as usize
    }

    /// Whether reads skip row groups and pages by this column.
    pub(super) const fn prunes(self) -> bool {
        matches!(self, Self::MetricName | Self::Dimensions | Self::Timestamp)
    }
}

const MESSAGE: &str = "
message metrics {
    required binary metric_name (STRING);
    required binary dimensions (STRING);
    required binary unit (STRING);
    required int64 timestamp (TIMESTAMP(MILLIS, true));
    optional double value;
    optional double sample_count;
    optional double sum;
    optional double minimum;
    optional double maximum;
    optional group values (LIST) { repeated group list { required double element; } }
    optional group counts (LIST) { repeated group list { required double element; } }
}";

pub(super) fn parquet() -> Result<TypePtr> {
    parse_message_type(MESSAGE).map(Arc::new)
}

/// Texts as dictionaries: a read then compares small integers to find where a series ends, and touches each text once.
pub(super) fn arrow() -> SchemaRef {
    static SCHEMA: LazyLock<SchemaRef> = LazyLock::new(build);
    Arc::clone(&SCHEMA)
}

fn build() -> SchemaRef {
    let text = |name| {
        let keys = DataType::Dictionary(Box::new(DataType::Int32), Box::new(DataType::Utf8));
        Field::new(name, keys, false)
    };
    let double = |name| Field::new(name, DataType::Float64, true);
    let list = |name| {
        let element = Field::new("element", DataType::Float64, false);
        Field::new(name, DataType::List(Arc::new(element)), true)
    };
    let timestamp = DataType::Timestamp(TimeUnit::Millisecond, Some("UTC".into()));
    Arc::new(Schema::new(vec![
        text("metric_name"),
        text("dimensions"),
        text("unit"),
        Field::new("timestamp", timestamp, false),
        double("value"),
        double("sample_count"),
        double("sum"),
        double("minimum"),
        double("maximum"),
        list("values"),
        list("counts"),
    ]))
}
