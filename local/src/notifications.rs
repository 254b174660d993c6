//! What the suite told others: messages of the embedded SNS, and whatever else leaves it.
//!
//! Kept in memory for tests and people, who ask `GET /_watchtrail/notifications`. A restart and a reset forget it; when there is
//! too much of it, the oldest goes first.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};

use serde_json::{Map, Value};

/// The newest notifications that are kept, as long as they are not [`MOST_BYTES`].
const MOST: usize = 10_000;
/// The newest bytes that are kept; a message of SNS may have 256 KB.
const MOST_BYTES: usize = 64 << 20;

/// The list of what the suite told others.
#[derive(Debug, Default)]
pub struct Notifications(Mutex<List>);

#[derive(Debug, Default)]
struct List {
    /// Oldest first, numbered without gaps.
    kept: VecDeque<Kept>,
    next: u64,
    bytes: usize,
}

#[derive(Debug)]
struct Kept {
    number: u64,
    bytes: usize,
    body: Body,
}

/// What is listed of a notification.
#[derive(Debug)]
enum Body {
    Members(Map<String, Value>),
    /// An event as it was handed over, not looked at until somebody asks: there are many, and mostly nobody does.
    Event(String),
}

impl Body {
    fn of_event(text: &str) -> Map<String, Value> {
        let event: Value = serde_json::from_str(text).unwrap_or_default();
        let members = [("kind", Value::from("event")), ("time", event["time"].clone()), ("event", event)];
        members.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
    }
}

impl Notifications {
    /// Adds a notification and answers with its number. `kind` says what it is (`sns`) and is listed as the member of that
    /// name beside those of `body`, which is an object; any other value is listed as its member `body`.
    pub fn push(&self, kind: &str, body: Value) -> u64 {
        let bytes = body.to_string().len();
        let mut body = match body {
            Value::Object(members) => members,
            other => Map::from_iter([("body".to_owned(), other)]),
        };
        body.insert("kind".to_owned(), Value::from(kind));
        self.keep(bytes, Body::Members(body))
    }

    /// Adds an event of EventBridge: JSON, listed as the member `event` beside its `time`.
    pub fn push_event(&self, event: String) -> u64 {
        self.keep(event.len(), Body::Event(event))
    }

    fn keep(&self, bytes: usize, body: Body) -> u64 {
        let mut list = self.list();
        let number = list.next;
        list.next += 1;
        list.bytes += bytes;
        list.kept.push_back(Kept { number, bytes, body });
        while list.kept.len() > 1 && (list.kept.len() > MOST || list.bytes > MOST_BYTES) {
            let oldest = list.kept.pop_front();
            list.bytes -= oldest.map_or(0, |oldest| oldest.bytes);
        }
        number
    }

    /// Changes what is known of a notification, such as how its delivery went; one that is gone stays gone. What is added should
    /// be small: it is not counted.
    pub fn update(&self, number: u64, change: impl FnOnce(&mut Map<String, Value>)) {
        let mut list = self.list();
        let first = list.kept.front().map_or(0, |kept| kept.number);
        let place = number.checked_sub(first).and_then(|place| usize::try_from(place).ok());
        if let Some(kept) = place.and_then(|place| list.kept.get_mut(place)) {
            match &mut kept.body {
                Body::Members(members) => change(members),
                Body::Event(event) => {
                    let mut members = Body::of_event(event);
                    change(&mut members);
                    kept.body = Body::Members(members);
                }
            }
        }
    }

    /// All that are kept, oldest first.
    pub fn all(&self) -> Vec<Value> {
        let members = |kept: &Kept| match &kept.body {
            Body::Members(members) => members.clone(),
            Body::Event(event) => Body::of_event(event),
        };
        self.list().kept.iter().map(|kept| Value::Object(members(kept))).collect()
    }

    /// Forgets all of them.
    pub fn clear(&self) {
        let mut list = self.list();
        list.kept.clear();
        list.bytes = 0;
    }

    fn list(&self) -> std::sync::MutexGuard<'_, List> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn they_are_listed_changed_and_forgotten() {
        let list = Notifications::default();
        let first = list.push("sns", json!({ "id": 1 }));
        let second = list.push("other", json!("text"));
        list.push_event(json!({ "time": "t", "id": 2 }).to_string());
        list.update(first, |body| drop(body.insert("outcome".to_owned(), json!("delivered"))));
        let expected = [
            json!({ "kind": "sns", "id": 1, "outcome": "delivered" }),
            json!({ "kind": "other", "body": "text" }),
            json!({ "kind": "event", "time": "t", "event": { "time": "t", "id": 2 } }),
        ];
        assert_eq!(list.all(), expected);
        list.clear();
        list.update(second, |body| drop(body.insert("outcome".to_owned(), json!("late"))));
        assert_eq!(list.all(), [] as [Value; 0]);
        let third = list.push("sns", json!({}));
        list.update(first, |body| drop(body.insert("outcome".to_owned(), json!("late"))));
        list.update(third, |body| drop(body.insert("id".to_owned(), json!(3))));
        assert_eq!(list.all(), [json!({ "kind": "sns", "id": 3 })]);
    }

    #[test]
    fn only_the_newest_are_kept() {
        let list = Notifications::default();
        for id in 0..=MOST {
            list.push("sns", json!({ "id": id }));
        }
        let all = list.all();
        assert_eq!((all.len(), &all[0]["id"]), (MOST, &json!(1)));
        for _ in 0..3 {
            list.push("sns", json!({ "message": "x".repeat(MOST_BYTES / 2) }));
        }
        assert_eq!(list.all().len(), 1);
    }
}
