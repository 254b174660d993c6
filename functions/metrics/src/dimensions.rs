//! Dimensions between the wire's shape and the domain's type.

use watchtrail_core::metrics::Dimensions;
use watchtrail_service::Fault;
use watchtrail_wire::shapes::cloudwatch::Dimension;

use crate::faults::invalid_value;

/// The set that a request names.
///
/// # Errors
/// When a name stands in it twice.
pub(crate) fn parse(given: Option<Vec<Dimension>>) -> Result<Dimensions, Fault> {
    let pair = |d: Dimension| (d.name.unwrap_or_default(), d.value.unwrap_or_default());
    Dimensions::new(given.unwrap_or_default().into_iter().map(pair).collect())
        .map_err(|_| invalid_value("No metric may specify the same dimension name twice."))
}

/// The set as an answer shows it.
pub(crate) fn shape(dimensions: &Dimensions) -> Vec<Dimension> {
    let dimension = |(name, value): (std::borrow::Cow<'_, str>, std::borrow::Cow<'_, str>)| Dimension {
        name: Some(name.into_owned()),
        value: Some(value.into_owned()),
    };
    dimensions.iter().map(dimension).collect()
}
