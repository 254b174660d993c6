//! JSON bodies, with members that a restJson request carries outside of them.
//!
//! Sources: <https://smithy.io/2.0/aws/protocols/aws-json-1_0-protocol.html> and
//! <https://smithy.io/2.0/aws/protocols/aws-restjson1-protocol.html>.

mod objects;
mod surrogates;

use std::fmt;
use std::vec::IntoIter;

use serde::de::value::{StrDeserializer, StringDeserializer};
use serde::de::{self, DeserializeSeed, Deserializer, IntoDeserializer, MapAccess, Visitor};
use serde_json::Error;

use objects::Objects;

/// Decodes a body into a structure; an empty body is an empty structure. `bound` holds members that came with
/// the request's query string; a body that names them again is refused.
pub(crate) fn from_bytes<T: de::DeserializeOwned>(
    body: &[u8],
    bound: &[(&'static str, String)],
) -> Result<T, String> {
    // One check of the whole body is cheaper than one for each string.
    let body = std::str::from_utf8(body).map_err(|_| "The body is not valid UTF-8".to_owned())?;
    let body = if body.trim_ascii().is_empty() { "{}" } else { body };
    read(body, bound).or_else(|error| match surrogates::mended(body) {
        Some(mended) => read(&mended, bound).map_err(|error| wording(&error)),
        None => Err(wording(&error)),
    })
}

fn read<T: de::DeserializeOwned>(body: &str, bound: &[(&'static str, String)]) -> Result<T, Error> {
    let mut json = serde_json::Deserializer::from_str(body);
    let value = T::deserialize(Objects(Root { json: &mut json, bound: bound.to_vec() }))?;
    json.end()?;
    Ok(value)
}

/// AWS's wording where it is known, else ours, which says where the error is.
fn wording(error: &Error) -> String {
    let text = error.to_string();
    let found = |kind: &str| text.starts_with(&format!("invalid type: {kind}"));
    let wanted = |kind: &str| text.contains(&format!("expected {kind}"));
    let json_type = [
        ("string", "STRING_VALUE"),
        ("integer", "NUMBER_VALUE"),
        ("floating point", "NUMBER_VALUE"),
        ("boolean `true`", "TRUE_VALUE"),
        ("boolean `false`", "FALSE_VALUE"),
    ];
    let java_type =
        [("a string", "a String"), ("i32", "an Integer"), ("i64", "a Long"), ("a boolean", "a Boolean")];
    if found("map") {
        return "Start of structure or map found where not expected.".to_owned();
    }
    if found("sequence") {
        return "Start of list found where not expected".to_owned();
    }
    let pair = (json_type.iter().find(|pair| found(pair.0)), java_type.iter().find(|pair| wanted(pair.0)));
    match pair {
        (Some((_, found)), Some((_, wanted))) => format!("{found} can not be converted to {wanted}"),
        _ => text,
    }
}

/// The input as a whole: a JSON object (never a list), preceded by the bound members.
struct Root<'a, R> {
    json: &'a mut serde_json::Deserializer<R>,
    bound: Vec<(&'static str, String)>,
}

impl<'de, R: serde_json::de::Read<'de>> Deserializer<'de> for Root<'_, R> {
    type Error = Error;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        self.json.deserialize_map(Joined { visitor, bound: self.bound })
    }

    serde::forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option unit
        unit_struct newtype_struct seq tuple tuple_struct map struct enum identifier ignored_any
    }
}

/// Visits the bound members, then the object's own.
struct Joined<V> {
    visitor: V,
    bound: Vec<(&'static str, String)>,
}

impl<'de, V: Visitor<'de>> Visitor<'de> for Joined<V> {
    type Value = V::Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.visitor.expecting(f)
    }

    fn visit_map<A: MapAccess<'de>>(self, object: A) -> Result<V::Value, A::Error> {
        if self.bound.is_empty() {
            return self.visitor.visit_map(object);
        }
        self.visitor.visit_map(Members { bound: self.bound.into_iter(), value: None, object })
    }
}

struct Members<A> {
    bound: IntoIter<(&'static str, String)>,
    value: Option<String>,
    object: A,
}

impl<'de, A: MapAccess<'de>> MapAccess<'de> for Members<A> {
    type Error = A::Error;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, A::Error> {
        let Some((name, value)) = self.bound.next() else { return self.object.next_key_seed(seed) };
        self.value = Some(value);
        let name: StrDeserializer<'_, A::Error> = name.into_deserializer();
        seed.deserialize(name).map(Some)
    }

    fn next_value_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<T::Value, A::Error> {
        let Some(value) = self.value.take() else { return self.object.next_value_seed(seed) };
        seed.deserialize(Bound { text: value.into_deserializer() })
    }
}

/// A bound member's value: a string that is there.
struct Bound<E> {
    text: StringDeserializer<E>,
}

impl<'de, E: de::Error> Deserializer<'de> for Bound<E> {
    type Error = E;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, E> {
        self.text.deserialize_any(visitor)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, E> {
        visitor.visit_some(self.text)
    }

    serde::forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit
        unit_struct newtype_struct seq tuple tuple_struct map struct enum identifier ignored_any
    }
}

#[cfg(test)]
mod tests;
