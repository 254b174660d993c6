//! Looking things up in a message that is a JSON object, without building a tree of it.
//!
//! The message is read once as a whole, which is also where it turns out to be none; its members stay the texts that they
//! are, and only those that a selector leads into are read further. Of members with the same name the last one counts,
//! as on AWS. Texts are passed over without recursion, so no message is too deep.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;

use serde::Deserialize;
use serde::de::{MapAccess, Visitor};
use serde_json::value::RawValue;

use super::selector::{Selector, Step};

/// A value in a message.
#[derive(Clone, Debug)]
pub(super) enum Value<'m> {
    Null,
    Flag(bool),
    /// As it is written.
    Number(&'m str),
    Text(Cow<'m, str>),
    /// As it is written.
    Array(&'m str),
    Object,
}

impl<'m> Value<'m> {
    fn read(json: &'m str) -> Option<Self> {
        Some(match json.as_bytes().first()? {
            b'n' => Self::Null,
            b't' => Self::Flag(true),
            b'f' => Self::Flag(false),
            b'"' => Self::Text(text(json)?),
            b'[' => Self::Array(json),
            b'{' => Self::Object,
            _ => Self::Number(json),
        })
    }
}

/// A text in its quotes. One with half a surrogate pair is none.
fn text(json: &str) -> Option<Cow<'_, str>> {
    if json.contains('\\') {
        serde_json::from_str(json).ok().map(Cow::Owned)
    } else {
        json.strip_prefix('"')?.strip_suffix('"').map(Cow::Borrowed)
    }
}

#[derive(Deserialize)]
struct Name<'m>(#[serde(borrow)] Cow<'m, str>);

/// The members of an object in their order.
#[derive(Clone, Debug)]
pub(super) struct Object<'m>(Vec<(Cow<'m, str>, &'m str)>);

impl<'m> Object<'m> {
    /// The members of what is an object and nothing else, white space apart.
    pub(super) fn read(json: &'m str) -> Option<Self> {
        serde_json::from_str(json).ok()
    }

    /// The value that a selector without wildcards leads to.
    pub(super) fn value(&self, selector: &Selector) -> Option<Value<'m>> {
        let mut found = None;
        self.visit(selector, &mut |json| {
            found = Value::read(json);
            true
        });
        found
    }

    /// Whether any value that the selector leads to is such.
    pub(super) fn any(&self, selector: &Selector, is_such: impl Fn(&Value<'m>) -> bool) -> bool {
        self.visit(selector, &mut |json| Value::read(json).is_some_and(|value| is_such(&value)))
    }

    /// Shows the values that the selector leads to until one is enough.
    fn visit(&self, selector: &Selector, enough: &mut impl FnMut(&'m str) -> bool) -> bool {
        let Some((first, others)) = selector.steps().split_first() else { return false };
        match first {
            Step::Key(key) => self.member(key).is_some_and(|json| visit(json, others, enough)),
            Step::Index(_) => false,
            Step::Any => self.values().into_iter().any(|json| visit(json, others, enough)),
        }
    }

    fn member(&self, key: &str) -> Option<&'m str> {
        self.0.iter().rev().find(|(name, _)| name == key).map(|(_, json)| *json)
    }

    fn values(&self) -> Vec<&'m str> {
        let last: BTreeMap<&str, &'m str> =
            self.0.iter().map(|(name, json)| (name.as_ref(), *json)).collect();
        last.into_values().collect()
    }
}

/// Follows the steps from a value. Only a wildcard needs a frame of its own, and a selector has one at most.
fn visit<'m>(mut json: &'m str, steps: &[Step], enough: &mut impl FnMut(&'m str) -> bool) -> bool {
    for (position, step) in steps.iter().enumerate() {
        let next = match step {
            Step::Key(key) => Object::read(json).and_then(|object| object.member(key)),
            Step::Index(index) => elements(json).and_then(|elements| elements.get(*index).copied()),
            Step::Any => {
                let values = Object::read(json).map(|object| object.values()).or_else(|| elements(json));
                let others = steps.get(position + 1..).unwrap_or_default();
                return values.unwrap_or_default().into_iter().any(|json| visit(json, others, enough));
            }
        };
        match next {
            Some(next) => json = next,
            None => return false,
        }
    }
    enough(json)
}

/// The elements of an array.
pub(super) fn elements(json: &str) -> Option<Vec<&str>> {
    let elements: Vec<&RawValue> = serde_json::from_str(json).ok()?;
    Some(elements.into_iter().map(RawValue::get).collect())
}

impl<'de: 'm, 'm> Deserialize<'de> for Object<'m> {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Members;

        impl<'de> Visitor<'de> for Members {
            type Value = Object<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut members = Vec::new();
                while let Some((Name(name), value)) = map.next_entry::<Name<'de>, &'de RawValue>()? {
                    members.push((name, value.get()));
                }
                Ok(Object(members))
            }
        }

        deserializer.deserialize_map(Members)
    }
}
