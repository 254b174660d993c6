//! The CloudTrail API, the one operation of CloudTrail Data, and intake of a real account's records. An operation is a file of [`operations`] and a line in its lists.
//!
//! Not here: Lake's queries, dashboards, imports and event data stores, and organizations. The frame refuses their operations.

mod audit_events;
mod changes;
mod channels;
mod destinations;
mod faults;
mod intake;
mod operations;
mod selectors;
mod shape;
mod tags;
mod trails;

use bytes::Bytes;
pub use intake::{Backfill, Received, Report, TrailEvent, backfill, receive, take_in};
use watchtrail_service::{Api, Context};
use watchtrail_wire::{addressed, shapes};

/// CloudTrail, as far as it exists.
pub const API: Api = Api { model: &shapes::cloudtrail::MODEL, operations: operations::OPERATIONS };

/// CloudTrail Data, by which applications put audit events of their own.
pub const DATA_API: Api =
    Api { model: &shapes::cloudtrail_data::MODEL, operations: operations::DATA_OPERATIONS };

/// Answers a request of either API, whatever it is.
pub async fn handle(context: &Context, request: http::Request<Bytes>) -> http::Response<Bytes> {
    let (parts, body) = request.into_parts();
    let models = [DATA_API.model, API.model];
    let is_data = addressed(&models, &parts, &body).is_some_and(|model| model.name == DATA_API.model.name);
    let request = http::Request::from_parts(parts, body);
    let api = if is_data { DATA_API } else { API };
    api.handle(context, request).await
}
