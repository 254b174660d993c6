//! The CloudWatch API. An operation is a file of [`operations`] and a line in its list.

mod alarms;
mod dimensions;
mod faults;
mod operations;
mod reading;
mod tags;

use bytes::Bytes;
use watchtrail_service::{Api, Context};

/// CloudWatch, as far as it exists.
pub const API: Api =
    Api { model: &watchtrail_wire::shapes::cloudwatch::MODEL, operations: operations::OPERATIONS };

/// Answers a request of the CloudWatch API, whatever it is.
pub async fn handle(context: &Context, request: http::Request<Bytes>) -> http::Response<Bytes> {
    API.handle(context, request).await
}
