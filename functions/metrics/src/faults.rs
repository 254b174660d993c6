//! From the wording of an error to the error.

use watchtrail_service::Fault;
use watchtrail_wire::shapes::cloudwatch::MODEL;

/// The error of a shape's name and a message, as `watchtrail_service::wording` gives them.
pub(crate) fn worded((shape, message): (&'static str, String)) -> Fault {
    if shape == "ValidationError" {
        Fault::validation(message)
    } else {
        Fault::modeled(&MODEL, shape, message)
    }
}

/// `InvalidParameterValue`.
pub(crate) fn invalid_value(message: impl Into<String>) -> Fault {
    Fault::modeled(&MODEL, "InvalidParameterValueException", message)
}

/// `MissingParameter`, in the words of CloudWatch's oldest operations.
pub(crate) fn missing(parameter: &str) -> Fault {
    Fault::modeled(
        &MODEL,
        "MissingRequiredParameterException",
        format!("The parameter {parameter} is required."),
    )
}
