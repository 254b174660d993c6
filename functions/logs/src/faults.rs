//! From the wording of an error to the error.

use watchtrail_service::Fault;
use watchtrail_wire::shapes::logs::MODEL;

/// The error of a shape's name and a message, as `watchtrail_service::wording` gives them.
pub(crate) fn worded((shape, message): (&'static str, String)) -> Fault {
    Fault::modeled(&MODEL, shape, message)
}
