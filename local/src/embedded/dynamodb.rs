//! The embedded DynamoDB: the crate `dynoxide`, over SQLite on disk or in memory.

use std::path::Path;
use std::sync::Arc;

use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpClient,
    SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::body::SdkBody;
use bytes::Bytes;
use dynoxide::ImportOptions;
use dynoxide::errors::DynoxideError;
use dynoxide::types::{ConsumedCapacity, item_size, write_capacity_units};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::Usage;

/// A DynamoDB within the process.
#[derive(Clone)]
pub struct EmbeddedDynamoDb {
    database: dynoxide::Database,
    usage: Arc<Usage>,
}

impl std::fmt::Debug for EmbeddedDynamoDb {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("EmbeddedDynamoDb")
    }
}

impl EmbeddedDynamoDb {
    /// A database that lasts as long as the process.
    ///
    /// # Errors
    /// When SQLite refuses.
    pub fn memory(usage: Arc<Usage>) -> Result<Self, DynoxideError> {
        Ok(Self { database: dynoxide::Database::memory()?, usage })
    }

    /// A database in a file, with a write-ahead log. What was committed survives the death of the process; with `fsync`
    /// also that of the machine.
    ///
    /// # Errors
    /// When the file cannot be opened or is no database.
    pub fn open(file: &Path, fsync: bool, usage: Arc<Usage>) -> Result<Self, DynoxideError> {
        let database = dynoxide::Database::new(&file.to_string_lossy())?;
        if !fsync {
            // SQLite's default is an fsync at each commit. Leaving dynoxide's bulk mode sets `synchronous=NORMAL`,
            // which with a write-ahead log loses nothing when the process dies; it offers no other way to say so.
            database.enable_bulk_loading()?;
            database.disable_bulk_loading()?;
        }
        Ok(Self { database, usage })
    }

    /// A client for the AWS SDK that calls this database.
    pub fn client(&self) -> SharedHttpClient {
        SharedHttpClient::new(self.clone())
    }

    /// Answers one request of the DynamoDB API: status and JSON body.
    pub fn answer(&self, target: &str, body: &[u8]) -> (u16, Bytes) {
        let operation = target.rsplit('.').next().unwrap_or_default();
        match self.call(operation, body) {
            Ok(body) => (200, Bytes::from(body)),
            Err(error) => (error.status_code(), Bytes::from(error.to_json())),
        }
    }

    fn call(&self, operation: &str, body: &[u8]) -> Result<Vec<u8>, DynoxideError> {
        use dynoxide::actions;

        /// Asks for the consumed capacity, whatever the caller asked, and counts it.
        macro_rules! counted {
            ($request:ty, $method:ident, $kind:ident) => {{
                let mut request: $request = read(body)?;
                let asked = request.return_consumed_capacity.replace("TOTAL".to_owned());
                let mut answer = self.database.$method(request)?;
                let units = answer.consumed_capacity.as_ref().map_or(0.0, Units::total);
                self.count(operation, body, Kind::$kind, units);
                if asked.is_none_or(|asked| asked == "NONE") {
                    answer.consumed_capacity = None;
                }
                write(&answer)
            }};
        }
        /// Passes a request on that is not billed by units.
        macro_rules! plain {
            ($method:ident) => {{
                let answer = self.database.$method(read(body)?)?;
                self.count(operation, body, Kind::Read, 0.0);
                write(&answer)
            }};
        }
        match operation {
            "PutItem" => counted!(actions::put_item::PutItemRequest, put_item, Write),
            "UpdateItem" => counted!(actions::update_item::UpdateItemRequest, update_item, Write),
            "DeleteItem" => counted!(actions::delete_item::DeleteItemRequest, delete_item, Write),
            "BatchWriteItem" => {
                counted!(actions::batch_write_item::BatchWriteItemRequest, batch_write_item, Write)
            }
            "TransactWriteItems" => {
                counted!(
                    actions::transact_write_items::TransactWriteItemsRequest,
                    transact_write_items,
                    Write
                )
            }
            "GetItem" => counted!(actions::get_item::GetItemRequest, get_item, Read),
            "Query" => counted!(actions::query::QueryRequest, query, Read),
            "Scan" => counted!(actions::scan::ScanRequest, scan, Read),
            "BatchGetItem" => counted!(actions::batch_get_item::BatchGetItemRequest, batch_get_item, Read),
            "TransactGetItems" => {
                counted!(actions::transact_get_items::TransactGetItemsRequest, transact_get_items, Read)
            }
            "CreateTable" => plain!(create_table),
            "DeleteTable" => plain!(delete_table),
            "DescribeTable" => plain!(describe_table),
            "ListTables" => plain!(list_tables),
            "UpdateTable" => plain!(update_table),
            "DescribeTimeToLive" => plain!(describe_time_to_live),
            "UpdateTimeToLive" => plain!(update_time_to_live),
            _ => Err(DynoxideError::UnsupportedCapability(format!(
                "{operation} is not offered by the embedded DynamoDB; name another with --endpoint-url"
            ))),
        }
    }

    /// A BatchWriteItem of the suite itself: puts into one of its tables, which have no indexes and no streams. `dynoxide`
    /// would commit them one by one; this way they are one commit.
    fn put_group(&self, body: &[u8]) -> Option<Result<Vec<u8>, DynoxideError>> {
        use dynoxide::actions::batch_write_item::{BatchWriteItemRequest, BatchWriteItemResponse};
        let request: BatchWriteItemRequest = serde_json::from_slice(body).ok()?;
        let [(table, writes)] = <[_; 1]>::try_from(Vec::from_iter(request.request_items)).ok()?;
        let items = writes.into_iter().map(|write| write.put_request.map(|put| put.item));
        let items: Vec<_> = items.collect::<Option<_>>()?;
        let units = items.iter().map(|item| write_capacity_units(item_size(item))).sum();
        let imported = self.database.import_items(&table, items, ImportOptions::default());
        Some(imported.and_then(|_| {
            self.count("BatchWriteItem", body, Kind::Write, units);
            write(&BatchWriteItemResponse::default())
        }))
    }

    fn count(&self, operation: &str, body: &[u8], kind: Kind, units: f64) {
        let (write, read) = match kind {
            Kind::Write => (units, 0.0),
            Kind::Read => (0.0, units),
        };
        self.usage.dynamodb(operation, write, read);
        self.usage.by_key(operation, body, write, read);
    }
}

#[derive(Clone, Copy)]
enum Kind {
    Read,
    Write,
}

/// The units of an answer, which may be about several tables.
trait Units {
    fn total(&self) -> f64;
}

impl Units for ConsumedCapacity {
    fn total(&self) -> f64 {
        self.capacity_units
    }
}

impl Units for Vec<ConsumedCapacity> {
    fn total(&self) -> f64 {
        self.iter().map(|table| table.capacity_units).sum()
    }
}

fn read<T: DeserializeOwned>(body: &[u8]) -> Result<T, DynoxideError> {
    serde_json::from_slice(body).map_err(|error| DynoxideError::SerializationException(error.to_string()))
}

fn write<T: Serialize>(answer: &T) -> Result<Vec<u8>, DynoxideError> {
    serde_json::to_vec(answer).map_err(|error| DynoxideError::InternalServerError(error.to_string()))
}

impl HttpConnector for EmbeddedDynamoDb {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let target = request.headers().get("x-amz-target").unwrap_or_default();
        let Some(body) = request.body().bytes() else {
            let error = ConnectorError::user("a streaming body is no DynamoDB request".into());
            return HttpConnectorFuture::ready(Err(error));
        };
        let group = target.ends_with(".BatchWriteItem").then(|| self.put_group(body)).flatten();
        let (status, body) = match group {
            Some(Ok(answer)) => (200, Bytes::from(answer)),
            Some(Err(error)) => (error.status_code(), Bytes::from(error.to_json())),
            None => self.answer(target, body),
        };
        let answer = http::StatusCode::from_u16(status)
            .map(|status| HttpResponse::new(status.into(), SdkBody::from(body)))
            .map_err(|error| ConnectorError::other(error.into(), None));
        HttpConnectorFuture::ready(answer)
    }
}

impl HttpClient for EmbeddedDynamoDb {
    fn http_connector(&self, _: &HttpConnectorSettings, _: &RuntimeComponents) -> SharedHttpConnector {
        SharedHttpConnector::new(self.clone())
    }
}
