//! The few DynamoDB calls that the engine makes, over the SDK's client. All reads are strongly consistent.

use std::collections::HashMap;
use std::str::FromStr;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::error::SdkError;
use aws_sdk_dynamodb::operation::put_item::PutItemError;
use aws_sdk_dynamodb::primitives::Blob;
use aws_sdk_dynamodb::types::{
    AttributeValue, KeysAndAttributes, Put, PutRequest, ReturnValuesOnConditionCheckFailure,
    TransactWriteItem, WriteRequest,
};

use crate::error::{StoreError, sdk};

const STORE: &str = "DynamoDB";

/// Keys that one `BatchGetItem` takes.
const MOST_KEYS: usize = 100;

/// From which end a query begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Order {
    /// The smallest sort key first.
    Ascending,
    /// The greatest sort key first.
    Descending,
}

/// A DynamoDB item.
pub(crate) type Item = HashMap<String, AttributeValue>;

pub(crate) fn text(value: impl Into<String>) -> AttributeValue {
    AttributeValue::S(value.into())
}

pub(crate) fn number(value: impl ToString) -> AttributeValue {
    AttributeValue::N(value.to_string())
}

pub(crate) fn binary(value: Vec<u8>) -> AttributeValue {
    AttributeValue::B(Blob::new(value))
}

/// Typed access to an item's attributes.
pub(crate) trait Attributes {
    fn text(&self, name: &str) -> Result<&str, StoreError>;
    fn maybe_number<T: FromStr>(&self, name: &str) -> Option<T>;
    fn number<T: FromStr>(&self, name: &str) -> Result<T, StoreError>;
    fn binary(&self, name: &str) -> Option<&[u8]>;
}

impl Attributes for Item {
    fn text(&self, name: &str) -> Result<&str, StoreError> {
        match self.get(name) {
            Some(AttributeValue::S(text)) => Ok(text),
            _ => {
                Err(StoreError::corrupt(format!("an item's attribute {name}"), "it is missing or no string"))
            }
        }
    }

    fn maybe_number<T: FromStr>(&self, name: &str) -> Option<T> {
        self.get(name)?.as_n().ok()?.parse().ok()
    }

    fn number<T: FromStr>(&self, name: &str) -> Result<T, StoreError> {
        self.maybe_number(name).ok_or_else(|| {
            StoreError::corrupt(format!("an item's attribute {name}"), "it is missing or no number")
        })
    }

    fn binary(&self, name: &str) -> Option<&[u8]> {
        Some(self.get(name)?.as_b().ok()?.as_ref())
    }
}

/// An item under construction, beginning with its key.
pub(crate) fn item(key: (String, String)) -> Item {
    HashMap::from([("pk".to_owned(), text(key.0)), ("sk".to_owned(), text(key.1))])
}

/// A change of attributes with its condition, in DynamoDB's own expression language.
pub(crate) struct Change<'a> {
    pub update: &'a str,
    pub condition: Option<&'a str>,
    pub values: Vec<(&'a str, AttributeValue)>,
}

/// The SDK's client, narrowed to what the engine uses.
#[derive(Debug, Clone)]
pub(crate) struct Dynamo {
    client: Client,
}

impl Dynamo {
    pub(crate) fn new(client: Client) -> Self {
        Self { client }
    }

    pub(crate) async fn get(&self, table: &str, key: (String, String)) -> Result<Option<Item>, StoreError> {
        let answer = self
            .client
            .get_item()
            .table_name(table)
            .set_key(Some(item(key)))
            .consistent_read(true)
            .send()
            .await
            .map_err(|error| sdk(STORE, "GetItem", error))?;
        Ok(answer.item)
    }

    pub(crate) async fn put(&self, table: &str, new: Item) -> Result<(), StoreError> {
        let request = self.client.put_item().table_name(table).set_item(Some(new));
        request.send().await.map_err(|error| sdk(STORE, "PutItem", error))?;
        Ok(())
    }

    /// Puts up to 25 items with one request, each by itself.
    ///
    /// # Errors
    /// When one of them may not have been put.
    pub(crate) async fn put_all(&self, table: &str, items: Vec<Item>) -> Result<(), StoreError> {
        let puts = items.into_iter().map(|item| {
            let put = PutRequest::builder().set_item(Some(item)).build();
            put.map(|put| WriteRequest::builder().put_request(put).build())
                .map_err(|error| StoreError::corrupt("a PutRequest", error))
        });
        let puts = puts.collect::<Result<Vec<_>, _>>()?;
        let request = self.client.batch_write_item().request_items(table, puts);
        let answer = request.send().await.map_err(|error| sdk(STORE, "BatchWriteItem", error))?;
        if answer.unprocessed_items.is_some_and(|left| !left.is_empty()) {
            let message = "some items of a BatchWriteItem were not put".to_owned();
            return Err(StoreError::Throttled { store: STORE, message });
        }
        Ok(())
    }

    /// Puts an item under a condition. When the answer to a put is lost, the SDK sends it again, and it finds what it put itself: an item that is the
    /// very one that was to be put is no conflict, whoever put it. (A transaction has a token for that, which the SDK sends along.)
    ///
    /// # Errors
    /// [`StoreError::Conflict`] when the condition does not hold.
    pub(crate) async fn put_if(
        &self,
        table: &str,
        new: Item,
        condition: &str,
        with: Vec<(&str, AttributeValue)>,
    ) -> Result<(), StoreError> {
        let outcome = self
            .client
            .put_item()
            .table_name(table)
            .set_item(Some(new.clone()))
            .condition_expression(condition)
            .set_expression_attribute_values(values(with))
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
            .send()
            .await;
        match outcome {
            Err(error) if there(&error) == Some(&new) => Ok(()),
            Err(error) => Err(sdk(STORE, "PutItem", error)),
            Ok(_) => Ok(()),
        }
    }

    /// # Errors
    /// [`StoreError::Conflict`] when the condition does not hold.
    pub(crate) async fn update(
        &self,
        table: &str,
        key: (String, String),
        change: Change<'_>,
    ) -> Result<(), StoreError> {
        self.client
            .update_item()
            .table_name(table)
            .set_key(Some(item(key)))
            .update_expression(change.update)
            .set_condition_expression(change.condition.map(str::to_owned))
            .set_expression_attribute_values(values(change.values))
            .send()
            .await
            .map_err(|error| sdk(STORE, "UpdateItem", error))?;
        Ok(())
    }

    /// # Errors
    /// [`StoreError::Conflict`] when the condition does not hold.
    pub(crate) async fn delete(
        &self,
        table: &str,
        key: (String, String),
        condition: Option<(&str, Vec<(&str, AttributeValue)>)>,
    ) -> Result<(), StoreError> {
        let (expression, with) = condition.map_or((None, vec![]), |(e, v)| (Some(e.to_owned()), v));
        self.client
            .delete_item()
            .table_name(table)
            .set_key(Some(item(key)))
            .set_condition_expression(expression)
            .set_expression_attribute_values(values(with))
            .send()
            .await
            .map_err(|error| sdk(STORE, "DeleteItem", error))?;
        Ok(())
    }

    /// Every item of a partition key whose sort key lies in `[from, to]`, in order, over all pages.
    pub(crate) async fn query(
        &self,
        table: &str,
        pk: String,
        range: Option<(&str, &str)>,
    ) -> Result<Vec<Item>, StoreError> {
        let (condition, mut with) = match range {
            None => ("pk = :pk", vec![]),
            Some((from, to)) => {
                ("pk = :pk AND sk BETWEEN :from AND :to", vec![(":from", text(from)), (":to", text(to))])
            }
        };
        with.push((":pk", text(pk)));
        let mut items = Vec::new();
        let mut start = None;
        loop {
            let page = self
                .client
                .query()
                .table_name(table)
                .key_condition_expression(condition)
                .set_expression_attribute_values(values(with.clone()))
                .consistent_read(true)
                .set_exclusive_start_key(start)
                .send()
                .await
                .map_err(|error| sdk(STORE, "Query", error))?;
            items.extend(page.items.unwrap_or_default());
            start = page.last_evaluated_key;
            if start.is_none() {
                return Ok(items);
            }
        }
    }

    /// At most `limit` items of a partition key whose sort key lies in `[from, to]`, from one end or the other.
    pub(crate) async fn query_some(
        &self,
        table: &str,
        pk: String,
        (from, to): (&str, &str),
        order: Order,
        limit: usize,
    ) -> Result<Vec<Item>, StoreError> {
        let mut items: Vec<Item> = Vec::new();
        let mut start = None;
        loop {
            let page = self
                .client
                .query()
                .table_name(table)
                .key_condition_expression("pk = :pk AND sk BETWEEN :from AND :to")
                .expression_attribute_values(":pk", text(pk.clone()))
                .expression_attribute_values(":from", text(from))
                .expression_attribute_values(":to", text(to))
                .scan_index_forward(order == Order::Ascending)
                .limit(i32::try_from(limit - items.len()).unwrap_or(i32::MAX))
                .consistent_read(true)
                .set_exclusive_start_key(start)
                .send()
                .await
                .map_err(|error| sdk(STORE, "Query", error))?;
            items.extend(page.items.unwrap_or_default());
            start = page.last_evaluated_key;
            if start.is_none() || items.len() >= limit {
                return Ok(items);
            }
        }
    }

    /// The items of some keys that exist, in no order.
    pub(crate) async fn get_all(
        &self,
        table: &str,
        keys: Vec<(String, String)>,
    ) -> Result<Vec<Item>, StoreError> {
        let mut items = Vec::new();
        let mut left: Vec<Item> = keys.into_iter().map(item).collect();
        while !left.is_empty() {
            let now: Vec<Item> = left.split_off(left.len().saturating_sub(MOST_KEYS));
            let keys = KeysAndAttributes::builder()
                .set_keys(Some(now))
                .consistent_read(true)
                .build()
                .map_err(|error| StoreError::corrupt("a BatchGetItem", error))?;
            let request = self.client.batch_get_item().request_items(table, keys);
            let answer = request.send().await.map_err(|error| sdk(STORE, "BatchGetItem", error))?;
            items.extend(answer.responses.into_iter().flatten().flat_map(|(_, found)| found));
            let unprocessed = answer.unprocessed_keys.into_iter().flatten();
            left.extend(unprocessed.flat_map(|(_, keys)| keys.keys));
        }
        Ok(items)
    }

    /// Every item of a table, over all pages (the weekly sweep).
    pub(crate) async fn scan(&self, table: &str) -> Result<Vec<Item>, StoreError> {
        let mut items = Vec::new();
        let mut start = None;
        loop {
            let page = self
                .client
                .scan()
                .table_name(table)
                .consistent_read(true)
                .set_exclusive_start_key(start)
                .send()
                .await
                .map_err(|error| sdk(STORE, "Scan", error))?;
            items.extend(page.items.unwrap_or_default());
            start = page.last_evaluated_key;
            if start.is_none() {
                return Ok(items);
            }
        }
    }

    /// All of `writes` or none of them; at most 100.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] when a condition does not hold.
    pub(crate) async fn transact(&self, writes: Vec<TransactWriteItem>) -> Result<(), StoreError> {
        self.client
            .transact_write_items()
            .set_transact_items(Some(writes))
            .send()
            .await
            .map_err(|error| sdk(STORE, "TransactWriteItems", error))?;
        Ok(())
    }
}

/// The item for which a put's condition did not hold.
fn there<R>(error: &SdkError<PutItemError, R>) -> Option<&Item> {
    match error.as_service_error()? {
        PutItemError::ConditionalCheckFailedException(failed) => failed.item(),
        _ => None,
    }
}

fn values(pairs: Vec<(&str, AttributeValue)>) -> Option<HashMap<String, AttributeValue>> {
    (!pairs.is_empty()).then(|| pairs.into_iter().map(|(name, value)| (name.to_owned(), value)).collect())
}

/// Parts of a transaction.
pub(crate) mod write {
    use aws_sdk_dynamodb::types::{ConditionCheck, Delete, Update};

    use super::{AttributeValue, Change, Item, Put, StoreError, TransactWriteItem, item, values};

    pub(crate) fn put(
        table: &str,
        new: Item,
        condition: Option<&str>,
    ) -> Result<TransactWriteItem, StoreError> {
        let put = Put::builder()
            .table_name(table)
            .set_item(Some(new))
            .set_condition_expression(condition.map(str::to_owned))
            .build()
            .map_err(|error| StoreError::corrupt("a transaction's Put", error))?;
        Ok(TransactWriteItem::builder().put(put).build())
    }

    pub(crate) fn put_if(
        table: &str,
        new: Item,
        (condition, with): (&str, Vec<(&str, AttributeValue)>),
    ) -> Result<TransactWriteItem, StoreError> {
        let put = Put::builder()
            .table_name(table)
            .set_item(Some(new))
            .condition_expression(condition)
            .set_expression_attribute_values(values(with))
            .build()
            .map_err(|error| StoreError::corrupt("a transaction's Put", error))?;
        Ok(TransactWriteItem::builder().put(put).build())
    }

    pub(crate) fn delete(table: &str, key: (String, String)) -> Result<TransactWriteItem, StoreError> {
        let delete = Delete::builder()
            .table_name(table)
            .set_key(Some(item(key)))
            .build()
            .map_err(|error| StoreError::corrupt("a transaction's Delete", error))?;
        Ok(TransactWriteItem::builder().delete(delete).build())
    }

    pub(crate) fn delete_if(
        table: &str,
        key: (String, String),
        (condition, with): (&str, Vec<(&str, AttributeValue)>),
    ) -> Result<TransactWriteItem, StoreError> {
        let delete = Delete::builder()
            .table_name(table)
            .set_key(Some(item(key)))
            .condition_expression(condition)
            .set_expression_attribute_values(values(with))
            .build()
            .map_err(|error| StoreError::corrupt("a transaction's Delete", error))?;
        Ok(TransactWriteItem::builder().delete(delete).build())
    }

    pub(crate) fn update(
        table: &str,
        key: (String, String),
        change: Change<'_>,
    ) -> Result<TransactWriteItem, StoreError> {
        let update = Update::builder()
            .table_name(table)
            .set_key(Some(item(key)))
            .update_expression(change.update)
            .set_condition_expression(change.condition.map(str::to_owned))
            .set_expression_attribute_values(values(change.values))
            .build()
            .map_err(|error| StoreError::corrupt("a transaction's Update", error))?;
        Ok(TransactWriteItem::builder().update(update).build())
    }

    pub(crate) fn check(
        table: &str,
        key: (String, String),
        condition: &str,
        with: Vec<(&str, AttributeValue)>,
    ) -> Result<TransactWriteItem, StoreError> {
        let check = ConditionCheck::builder()
            .table_name(table)
            .set_key(Some(item(key)))
            .condition_expression(condition)
            .set_expression_attribute_values(values(with))
            .build()
            .map_err(|error| StoreError::corrupt("a transaction's ConditionCheck", error))?;
        Ok(TransactWriteItem::builder().condition_check(check).build())
    }
}
