//! The errors of SNS and their words, as AWS answers them where its words are known.

use watchtrail_service::Fault;
use watchtrail_wire::shapes::sns::MODEL;

/// `InvalidParameter`; `what` goes on after AWS's beginning.
pub(super) fn invalid(what: impl std::fmt::Display) -> Fault {
    Fault::modeled(&MODEL, "InvalidParameterException", format!("Invalid parameter: {what}"))
}

/// `ParameterValueInvalid`, which SNS answers for message attributes.
pub(super) fn invalid_value(message: String) -> Fault {
    Fault::modeled(&MODEL, "InvalidParameterValueException", message)
}

/// `NotFound`.
pub(super) fn no_topic() -> Fault {
    Fault::modeled(&MODEL, "NotFoundException", "Topic does not exist")
}

/// `NotFound`.
pub(super) fn no_subscription() -> Fault {
    Fault::modeled(&MODEL, "NotFoundException", "Subscription does not exist")
}

/// `ResourceNotFound`, which the operations on tags answer.
pub(super) fn no_resource() -> Fault {
    Fault::modeled(&MODEL, "ResourceNotFoundException", "Resource does not exist")
}

/// `TagLimitExceeded`.
pub(super) fn too_many_tags() -> Fault {
    Fault::modeled(
        &MODEL,
        "TagLimitExceededException",
        "Could not complete request: tag quota of per resource exceeded",
    )
}

/// `AuthorizationError`.
pub(super) fn denied(account: &str, operation: &str, arn: &str) -> Fault {
    let message = format!(
        "User: arn:aws:iam::{account}:root is not authorized to perform: SNS:{operation} on resource: {arn}"
    );
    Fault::modeled(&MODEL, "AuthorizationErrorException", message)
}

/// `InternalError`.
pub(super) fn internal() -> Fault {
    Fault::modeled(&MODEL, "InternalErrorException", "The request could not be stored")
}
