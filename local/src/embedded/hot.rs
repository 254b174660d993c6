//! Which hash keys DynamoDB's units fall on: a partition takes 1,000 write units and 3,000 read units a second, however much the table takes
//! (<https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/bp-partition-key-design.html>).
//!
//! Off unless asked for (`--usage-by-key`), since each request is read a second time for it. The units of a request over several items are those
//! that the embedded DynamoDB answers; how they fall on its keys is estimated by the items' sizes.

use std::collections::HashMap;

use serde::Serialize;
use serde_json::Value;

/// Keys that are counted apart; those that come later are counted as one.
const MOST_KEYS: usize = 100_000;

/// What the rest is counted as.
const OTHERS: &str = "(others)";

/// The units of a hash key.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct KeyCounters {
    /// The table.
    pub table: String,
    /// The value of `pk`.
    pub key: String,
    /// Write request units.
    pub write_units: f64,
    /// Read request units.
    pub read_units: f64,
}

/// Units by table and hash key.
#[derive(Debug, Default)]
pub(super) struct HotKeys(HashMap<(String, String), (f64, f64)>);

impl HotKeys {
    /// Counts the units of a request.
    pub(super) fn count(&mut self, operation: &str, body: &[u8], (write, read): (f64, f64)) {
        let Ok(request) = serde_json::from_slice::<Value>(body) else { return };
        let touched = touched(operation, &request);
        let all: f64 = touched.iter().map(|(_, _, weight)| weight).sum();
        for (table, key, weight) in touched {
            let place = (table.to_owned(), key.to_owned());
            let full = self.0.len() >= MOST_KEYS && !self.0.contains_key(&place);
            let place = if full { (place.0, OTHERS.to_owned()) } else { place };
            let units = self.0.entry(place).or_default();
            units.0 += write * weight / all;
            units.1 += read * weight / all;
        }
    }

    /// The keys with the most units, at most `limit`.
    pub(super) fn top(&self, limit: usize) -> Vec<KeyCounters> {
        let mut all: Vec<KeyCounters> = self
            .0
            .iter()
            .map(|((table, key), (write_units, read_units))| KeyCounters {
                table: table.clone(),
                key: key.clone(),
                write_units: *write_units,
                read_units: *read_units,
            })
            .collect();
        let units = |one: &KeyCounters| one.write_units + one.read_units;
        all.sort_by(|a, b| units(b).total_cmp(&units(a)).then_with(|| a.key.cmp(&b.key)));
        all.truncate(limit);
        all
    }
}

/// Table, hash key and weight of each item that a request is about.
fn touched<'r>(operation: &str, request: &'r Value) -> Vec<(&'r str, &'r str, f64)> {
    let table = request["TableName"].as_str().unwrap_or_default();
    match operation {
        "PutItem" => one(table, &request["Item"]).into_iter().collect(),
        "GetItem" | "UpdateItem" | "DeleteItem" => one(table, &request["Key"]).into_iter().collect(),
        "Query" => {
            let key = request["ExpressionAttributeValues"][":pk"]["S"].as_str();
            key.map(|key| (table, key, 1.0)).into_iter().collect()
        }
        "TransactWriteItems" => {
            let writes = request["TransactItems"].as_array().into_iter().flatten();
            let parts =
                writes.flat_map(|write| write.as_object().into_iter().flat_map(|write| write.values()));
            parts.filter_map(|part| one(part["TableName"].as_str()?, item_or_key(part))).collect()
        }
        "BatchWriteItem" | "BatchGetItem" => {
            let tables = request["RequestItems"].as_object().into_iter().flatten();
            tables.flat_map(|(table, work)| batch(work).filter_map(|item| one(table, item))).collect()
        }
        _ => Vec::new(),
    }
}

fn batch(work: &Value) -> impl Iterator<Item = &Value> {
    let keys = work["Keys"].as_array().into_iter().flatten();
    let writes = work.as_array().into_iter().flatten();
    let writes = writes.flat_map(|write| write.as_object().into_iter().flat_map(|write| write.values()));
    keys.chain(writes.map(item_or_key))
}

fn item_or_key(part: &Value) -> &Value {
    if part["Item"].is_object() { &part["Item"] } else { &part["Key"] }
}

/// An item weighs as many units as its text has KB: near enough, since only its share of the request counts.
fn one<'r>(table: &'r str, item: &'r Value) -> Option<(&'r str, &'r str, f64)> {
    let key = item["pk"]["S"].as_str()?;
    Some((table, key, (item.to_string().len() as f64 / 1_024.0).ceil()))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn keys_of_requests() {
        fn check(operation: &str, request: Value, expected: &[&str]) {
            let found: Vec<String> =
                touched(operation, &request).iter().map(|(table, key, _)| format!("{table}/{key}")).collect();
            assert_eq!(found, expected, "{operation}");
        }
        let item = json!({ "pk": { "S": "a" }, "sk": { "S": "b" } });
        check("PutItem", json!({ "TableName": "t", "Item": item }), &["t/a"]);
        check("GetItem", json!({ "TableName": "t", "Key": item }), &["t/a"]);
        check("UpdateItem", json!({ "TableName": "t", "Key": item }), &["t/a"]);
        let values = json!({ ":pk": { "S": "c" } });
        check("Query", json!({ "TableName": "t", "ExpressionAttributeValues": values }), &["t/c"]);
        let put = json!({ "Put": { "TableName": "t", "Item": item } });
        let check_it = json!({ "ConditionCheck": { "TableName": "u", "Key": item } });
        check("TransactWriteItems", json!({ "TransactItems": [put, check_it] }), &["t/a", "u/a"]);
        check("BatchGetItem", json!({ "RequestItems": { "t": { "Keys": [item] } } }), &["t/a"]);
        let puts = json!({ "RequestItems": { "t": [{ "PutRequest": { "Item": item } }] } });
        check("BatchWriteItem", puts, &["t/a"]);
        check("DescribeTable", json!({ "TableName": "t" }), &[]);
        check("PutItem", json!({ "TableName": "t", "Item": 1 }), &[]);
    }

    #[test]
    fn units_fall_on_keys_by_size_and_none_is_lost() {
        let mut keys = HotKeys::default();
        let large = json!({ "pk": { "S": "large" }, "body": { "S": "x".repeat(2_500) } });
        let small = json!({ "pk": { "S": "small" } });
        let put = |item: &Value| json!({ "Put": { "TableName": "t", "Item": item } });
        let request = json!({ "TransactItems": [put(&large), put(&small)] }).to_string();
        keys.count("TransactWriteItems", request.as_bytes(), (8.0, 0.0));
        let top = keys.top(9);
        assert_eq!((top[0].key.as_str(), top[0].write_units), ("large", 6.0));
        assert_eq!((top[1].key.as_str(), top[1].write_units), ("small", 2.0));
        assert_eq!(keys.top(1).len(), 1);
    }
}
