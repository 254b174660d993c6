//! From the wording of an error to the error.

use watchtrail_service::Fault;
use watchtrail_service::wording::trail::Worded;
use watchtrail_wire::shapes::{cloudtrail, cloudtrail_data};

/// The error of a shape's name and a message, as `watchtrail_service::wording` gives them.
pub(crate) fn worded((shape, message): Worded) -> Fault {
    Fault::modeled(&cloudtrail::MODEL, shape, message)
}

/// The same of CloudTrail Data.
pub(crate) fn data_worded((shape, message): Worded) -> Fault {
    Fault::modeled(&cloudtrail_data::MODEL, shape, message)
}
