//! A serde deserializer over a form.
//!
//! The pairs are sorted by path, list indices as numbers; then every structure, list and map is a contiguous run
//! of pairs, and no tree is built. Indices only order a list, gaps are allowed (what AWS does with gaps is
//! unknown). The same path twice is refused.

use std::borrow::Cow;
use std::cmp::Ordering;

use serde::de::value::StrDeserializer;
use serde::de::{
    self, DeserializeSeed, Deserializer, Error as _, IntoDeserializer, MapAccess, SeqAccess, Visitor,
};
use serde::forward_to_deserialize_any;

use crate::double::DOUBLE;

/// Why a form cannot be decoded.
pub(crate) type Error = de::value::Error;

/// No shape nests deeper; the limit guards the stack against recursive shapes.
const DEEPEST: usize = 32;

/// Decodes a form into a structure.
pub(crate) fn from_form<T: de::DeserializeOwned>(form: &[u8]) -> Result<T, String> {
    let mut pairs = Vec::new();
    for (key, value) in form_urlencoded::parse(form) {
        pairs.push(Pair { key, value });
    }
    pairs.sort_by(|a, b| by_path(&a.key, &b.key));
    if let Some(twice) = pairs.windows(2).find(|two| two[0].key == two[1].key) {
        return Err(format!("Duplicate parameter: {}", twice[0].key));
    }
    T::deserialize(Node { pairs: &pairs, start: 0, depth: 0 }).map_err(|error| error.to_string())
}

struct Pair<'a> {
    key: Cow<'a, str>,
    value: Cow<'a, str>,
}

/// Orders paths segment by segment; two numbers by their value, numbers before words: a total order, whatever is
/// mixed. What the paths have in common is skipped first, since most of it is.
fn by_path(a: &str, b: &str) -> Ordering {
    let common = a.bytes().zip(b.bytes()).take_while(|(a, b)| a == b).count();
    let start = a.as_bytes()[..common].iter().rposition(|byte| *byte == b'.').map_or(0, |dot| dot + 1);
    let (a, b) = (&a[start..], &b[start..]);
    let segment = |path: &str| path.find('.').unwrap_or(path.len());
    let (a, b) = ((&a[..segment(a)], a.len()), (&b[..segment(b)], b.len()));
    match (index(a.0), index(b.0)) {
        (Some(one), Some(two)) => one.cmp(&two).then(a.1.cmp(&b.1)),
        (Some(_), None) => Ordering::Less,
        (None, Some(_)) => Ordering::Greater,
        (None, None) => a.0.cmp(b.0).then(a.1.cmp(&b.1)),
    }
}

/// A list index: 1, 2, … without leading zeros, within AWS's 32 bits.
fn index(segment: &str) -> Option<u32> {
    let canonical = !segment.starts_with(['0', '+']);
    segment.parse().ok().filter(|number| canonical && i32::try_from(*number).is_ok())
}

/// All pairs below one path.
#[derive(Clone, Copy)]
struct Node<'a> {
    pairs: &'a [Pair<'a>],
    /// Where the next segment starts in each key; beyond a key's end for the path itself.
    start: usize,
    depth: usize,
}

impl<'a> Node<'a> {
    /// The value at the path itself; paths that end here sort before those that go on.
    fn value(&self) -> Option<&'a str> {
        self.pairs.first().filter(|pair| pair.key.len() < self.start).map(|pair| &*pair.value)
    }

    fn scalar(&self) -> Result<&'a str, Error> {
        match self.value() {
            Some(value) if self.pairs.len() == 1 => Ok(value),
            _ => Err(Error::custom("Start of structure or map found where not expected.")),
        }
    }

    fn children(self) -> Result<Children<'a>, Error> {
        if self.depth > DEEPEST {
            return Err(Error::custom("Parameters are nested too deeply"));
        }
        // An empty value alone stands for an empty collection.
        let pairs = match self.value() {
            Some("") if self.pairs.len() == 1 => &[],
            Some(_) => return Err(Error::custom("Unexpected complex element termination")),
            None => self.pairs,
        };
        Ok(Children { pairs, start: self.start, depth: self.depth })
    }

    fn parsed<T: std::str::FromStr>(&self, kind: &str) -> Result<T, Error> {
        let text = self.scalar()?;
        text.parse().map_err(|_| Error::custom(format!("'{text}' can not be converted to {kind}")))
    }
}

/// The nodes below a node, in order.
struct Children<'a> {
    pairs: &'a [Pair<'a>],
    start: usize,
    depth: usize,
}

impl<'a> Iterator for Children<'a> {
    type Item = (&'a str, Node<'a>);

    fn next(&mut self) -> Option<Self::Item> {
        let start = self.start;
        let segment = |pair: &'a Pair<'a>| pair.key[start..].split('.').next().unwrap_or_default();
        let name = segment(self.pairs.first()?);
        let count = self.pairs.iter().take_while(|pair| segment(pair) == name).count();
        let (pairs, rest) = self.pairs.split_at(count);
        self.pairs = rest;
        Some((name, Node { pairs, start: start + name.len() + 1, depth: self.depth + 1 }))
    }
}

/// The elements of the list or map below a node: `member.1`, `entry.1`.
fn numbered<'a>(node: Node<'a>, word: &str) -> Result<Children<'a>, Error> {
    let mut children = node.children()?;
    let Some((name, elements)) = children.next() else { return Ok(children) };
    if name != word || children.next().is_some() {
        return Err(Error::custom(format!("Expected '{word}' in parameter {}", elements.pairs[0].key)));
    }
    elements.children()
}

fn checked<'a>(element: (&'a str, Node<'a>)) -> Result<Node<'a>, Error> {
    let (number, node) = element;
    index(number).map(|_| node).ok_or_else(|| {
        Error::custom(format!("Expected a list index from 1 on in parameter {}", node.pairs[0].key))
    })
}

macro_rules! parsed {
    ($($method:ident $visit:ident $kind:literal)*) => {
        $(fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
            visitor.$visit(self.parsed($kind)?)
        })*
    };
}

impl<'de> Deserializer<'de> for Node<'de> {
    type Error = Error;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_borrowed_str(self.scalar()?)
    }

    parsed! {
        deserialize_bool visit_bool "a Boolean"
        deserialize_i32 visit_i32 "an Integer"
        deserialize_i64 visit_i64 "a Long"
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_some(self)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        visitor: V,
    ) -> Result<V::Value, Error> {
        if name == DOUBLE {
            return visitor.visit_f64(self.parsed("a Double")?);
        }
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_seq(Elements(numbered(self, "member")?))
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_map(Entries { entries: numbered(self, "entry")?, value: None })
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        visitor.visit_map(Members { members: self.children()?, value: None })
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_unit()
    }

    forward_to_deserialize_any! {
        i8 i16 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit unit_struct
        tuple tuple_struct enum identifier
    }
}

struct Elements<'a>(Children<'a>);

impl<'de> SeqAccess<'de> for Elements<'de> {
    type Error = Error;

    fn next_element_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>, Error> {
        self.0.next().map(|element| seed.deserialize(checked(element)?)).transpose()
    }
}

struct Members<'a> {
    members: Children<'a>,
    value: Option<Node<'a>>,
}

impl<'de> MapAccess<'de> for Members<'de> {
    type Error = Error;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, Error> {
        let Some((name, node)) = self.members.next() else { return Ok(None) };
        self.value = Some(node);
        let name: StrDeserializer<'_, Error> = name.into_deserializer();
        seed.deserialize(name).map(Some)
    }

    fn next_value_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<T::Value, Error> {
        seed.deserialize(self.value.take().ok_or_else(|| Error::custom("value without a key"))?)
    }
}

struct Entries<'a> {
    entries: Children<'a>,
    value: Option<Node<'a>>,
}

impl<'de> MapAccess<'de> for Entries<'de> {
    type Error = Error;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, Error> {
        let Some(entry) = self.entries.next() else { return Ok(None) };
        let entry = checked(entry)?;
        // Some models (SNS) call them by other names.
        let part =
            |names: [&str; 2]| entry.children().map(|mut all| all.find(|(name, _)| names.contains(name)));
        let (Some((_, key)), Some((_, value))) = (part(["key", "Name"])?, part(["value", "Value"])?) else {
            return Err(Error::custom("Every map entry needs a key and a value"));
        };
        self.value = Some(value);
        seed.deserialize(key).map(Some)
    }

    fn next_value_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<T::Value, Error> {
        seed.deserialize(self.value.take().ok_or_else(|| Error::custom("value without a key"))?)
    }
}
