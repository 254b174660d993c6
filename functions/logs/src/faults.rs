//! From the wording of an error to the error.

use watchtrail_service::Fault;
use watchtrail_wire::shapes::logs::MODEL;
use watchtrail_wire::{Path, Shape, Violations};

/// The error of a shape's name and a message, as `watchtrail_service::wording` gives them.
pub(crate) fn worded((shape, message): (&'static str, String)) -> Fault {
    Fault::modeled(&MODEL, shape, message)
}

/// Checks the constraints of a shape, as the frame does for operations that do not do it themselves.
///
/// # Errors
/// `InvalidParameterException` with all violations.
pub(crate) fn check_shape<S: Shape>(input: &S) -> Result<(), Fault> {
    let mut violations = Violations::default();
    input.validate(&mut Path::default(), &mut violations);
    violations.message().map_or(Ok(()), |message| Err(Fault::violation(&MODEL, message)))
}
