//! The CloudWatch Logs API. An operation is a file of [`operations`] and a line in its list.

mod destinations;
mod faults;
mod filters;
mod groups;
mod intake;
mod kms;
pub mod live_tail;
mod operations;
mod paging;
mod policies;
mod queries;
mod resource_policies;
mod resources;
mod subscribers;
mod tags;

use bytes::Bytes;
pub use intake::{LogsData, LogsEvent, Report, TakeError, take_in};
use watchtrail_service::{Api, Context};

/// CloudWatch Logs, as far as it exists.
pub const API: Api = Api { model: &watchtrail_wire::shapes::logs::MODEL, operations: operations::OPERATIONS };

/// Answers a request of the CloudWatch Logs API, whatever it is.
pub async fn handle(context: &Context, request: http::Request<Bytes>) -> http::Response<Bytes> {
    API.handle(context, request).await
}
