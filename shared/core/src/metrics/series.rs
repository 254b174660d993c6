//! What identifies a series within a namespace: the metric's name and its exact set of dimensions.
//!
//! A dimension set is kept as the canonical JSON text that the stored `dimensions` column holds, so comparing,
//! hashing, sorting and storing a series costs no conversion, and the order of [`SeriesKey`] is by construction
//! the byte order of the stored text columns, by which segments are sorted and pruned.
//! AWS: "CloudWatch treats each unique combination of dimensions as a separate metric" (concepts page).

use std::borrow::Cow;
use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

/// A metric's name with its dimensions. Ordered by the bytes of the name, then of the dimensions' JSON.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SeriesKey {
    /// The metric's name, 1 to 255 characters.
    pub metric_name: String,
    /// The exact set of dimensions.
    pub dimensions: Dimensions,
}

/// A set of dimensions with distinct names: canonical JSON text, cheap to clone. Equal sets have equal text.
#[derive(Clone, Default)]
pub struct Dimensions(Option<Arc<str>>);

/// Why a text is not a dimension set.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DimensionsError {
    /// A name appears twice.
    #[error("dimension name {0:?} appears twice")]
    Duplicate(String),
    /// The text is not a JSON object whose members are all strings.
    #[error("dimensions are not a JSON object of strings")]
    NotAnObjectOfStrings,
}

const NONE: &str = "{}";

impl Dimensions {
    /// The set without dimensions.
    pub const fn none() -> Self {
        Self(None)
    }

    /// A set of (name, value) pairs in any order.
    ///
    /// # Errors
    /// [`DimensionsError::Duplicate`] when a name appears twice.
    pub fn new(mut pairs: Vec<(String, String)>) -> Result<Self, DimensionsError> {
        if pairs.is_empty() {
            return Ok(Self(None));
        }
        pairs.sort_unstable_by(|a, b| a.0.cmp(&b.0));
        if let Some(twin) = pairs.windows(2).find(|pair| pair[0].0 == pair[1].0) {
            return Err(DimensionsError::Duplicate(twin[0].0.clone()));
        }
        Ok(Self::from_sorted(pairs.iter().map(|(name, value)| (name.as_str(), value.as_str()))))
    }

    /// A set of pairs whose names are in order and distinct.
    pub(super) fn from_sorted<'a>(pairs: impl Iterator<Item = (&'a str, &'a str)> + Clone) -> Self {
        let size: usize = pairs.clone().map(|(name, value)| name.len() + value.len() + 6).sum();
        let mut text = String::with_capacity(size + 2);
        for (name, value) in pairs {
            text.push(if text.is_empty() { '{' } else { ',' });
            push_string(&mut text, name);
            text.push(':');
            push_string(&mut text, value);
        }
        if text.is_empty() {
            return Self(None);
        }
        text.push('}');
        Self(Some(text.into()))
    }

    /// The canonical JSON: an object sorted by the bytes of its names, without spaces, `{}` for none.
    pub fn to_json(&self) -> &str {
        self.0.as_deref().unwrap_or(NONE)
    }

    /// Reads a JSON object of strings in any form; canonical text is recognised and only copied.
    ///
    /// # Errors
    /// When the text is not an object of strings.
    pub fn from_json(text: &str) -> Result<Self, DimensionsError> {
        if text == NONE {
            return Ok(Self(None));
        }
        if is_canonical(text) {
            return Ok(Self(Some(text.into())));
        }
        let pairs: BTreeMap<String, String> =
            serde_json::from_str(text).map_err(|_| DimensionsError::NotAnObjectOfStrings)?;
        Ok(Self::from_sorted(pairs.iter().map(|(name, value)| (name.as_str(), value.as_str()))))
    }

    /// The (name, value) pairs in the order of their names.
    pub fn iter(&self) -> Pairs<'_> {
        Pairs { rest: self.to_json() }
    }

    /// How many dimensions there are.
    pub fn len(&self) -> usize {
        self.iter().count()
    }

    /// Whether there are no dimensions.
    pub const fn is_empty(&self) -> bool {
        self.0.is_none()
    }

    /// The value of dimension `name`.
    pub fn get(&self, name: &str) -> Option<Cow<'_, str>> {
        self.iter().find(|(own, _)| own == name).map(|(_, value)| value)
    }

    /// Whether every filter is met: a name that must be present, with this value where one is given
    /// (the `DimensionFilter` of `ListMetrics`).
    pub fn contains<'a>(&self, filters: impl IntoIterator<Item = (&'a str, Option<&'a str>)>) -> bool {
        filters.into_iter().all(|(name, wanted)| {
            self.get(name).is_some_and(|value| wanted.is_none_or(|wanted| value == wanted))
        })
    }
}

impl<'a> IntoIterator for &'a Dimensions {
    type Item = <Pairs<'a> as Iterator>::Item;
    type IntoIter = Pairs<'a>;

    fn into_iter(self) -> Pairs<'a> {
        self.iter()
    }
}

impl PartialEq for Dimensions {
    fn eq(&self, other: &Self) -> bool {
        self.0 == other.0
    }
}

impl Eq for Dimensions {}

impl Ord for Dimensions {
    // Not derived: `{}` sorts after `{"a":"b"}` as text, though `None` is less than `Some`.
    fn cmp(&self, other: &Self) -> Ordering {
        self.to_json().cmp(other.to_json())
    }
}

impl PartialOrd for Dimensions {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Hash for Dimensions {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.to_json().hash(state);
    }
}

impl fmt::Debug for Dimensions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.to_json())
    }
}

impl fmt::Display for Dimensions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.to_json())
    }
}

/// The pairs of a [`Dimensions`], by name.
#[derive(Clone, Debug)]
pub struct Pairs<'a> {
    rest: &'a str,
}

impl<'a> Iterator for Pairs<'a> {
    type Item = (Cow<'a, str>, Cow<'a, str>);

    fn next(&mut self) -> Option<Self::Item> {
        // The rest starts with `{` or `,`, and ends with `}`.
        let (name, rest) = split_string(self.rest.get(1..)?)?;
        let (value, rest) = split_string(rest.strip_prefix(':')?)?;
        self.rest = rest;
        Some((unescape(name), unescape(value)))
    }
}

/// Splits a leading JSON string off: its content, still escaped, and what follows the closing quote.
fn split_string(text: &str) -> Option<(&str, &str)> {
    let body = text.strip_prefix('"')?;
    let mut bytes = body.bytes().enumerate();
    while let Some((at, byte)) = bytes.next() {
        match byte {
            b'"' => return Some((&body[..at], &body[at + 1..])),
            b'\\' => {
                bytes.next();
            }
            _ => {}
        }
    }
    None
}

fn unescape(content: &str) -> Cow<'_, str> {
    if !content.contains('\\') {
        return Cow::Borrowed(content);
    }
    let quoted = format!("\"{content}\"");
    // Canonical content is valid JSON, so the fallback is never taken.
    serde_json::from_str(&quoted).map_or(Cow::Borrowed(content), Cow::Owned)
}

/// Whether no byte is, or should be, escaped in canonical JSON, quotes left aside. Looks at every byte without
/// stopping early, which is what the compiler makes vector code of.
fn is_plain(text: &str) -> bool {
    text.bytes().fold(0, |odd, byte| odd | u8::from(byte < b' ') | u8::from(byte == b'\\')) == 0
}

fn push_string(out: &mut String, text: &str) {
    out.push('"');
    if is_plain(text) && text.bytes().fold(0, |quotes, byte| quotes | u8::from(byte == b'"')) == 0 {
        out.push_str(text);
    } else {
        push_escaped(out, text);
    }
    out.push('"');
}

fn push_escaped(out: &mut String, text: &str) {
    for character in text.chars() {
        match character {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\0'..='\x1f' => {
                out.push_str("\\u00");
                let digit = |value: u32| char::from_digit(value, 16).unwrap_or('0');
                out.push(digit(u32::from(character) >> 4));
                out.push(digit(u32::from(character) & 15));
            }
            _ => out.push(character),
        }
    }
}

/// Whether `text` is exactly what [`Dimensions::from_sorted`] writes for a set that is not empty.
fn is_canonical(text: &str) -> bool {
    if is_plain(text) { is_canonical_plain(text) } else { is_canonical_escaped(text) }
}

/// The common case: without escapes a string ends at the next quote.
fn is_canonical_plain(text: &str) -> bool {
    let mut rest = text;
    let mut opening = "{\"";
    let mut previous: Option<&str> = None;
    loop {
        let Some((name, after)) = rest.strip_prefix(opening).and_then(|rest| rest.split_once('"')) else {
            return false;
        };
        let Some((_, after)) = after.strip_prefix(":\"").and_then(|after| after.split_once('"')) else {
            return false;
        };
        if previous.is_some_and(|previous| previous >= name) {
            return false;
        }
        if after == "}" {
            return true;
        }
        (rest, opening, previous) = (after, ",\"", Some(name));
    }
}

fn is_canonical_escaped(text: &str) -> bool {
    let mut rest = text;
    let mut opening = '{';
    let mut previous: Option<Cow<'_, str>> = None;
    loop {
        let Some((name, after)) = rest.strip_prefix(opening).and_then(split_string) else { return false };
        let Some((value, after)) = after.strip_prefix(':').and_then(split_string) else { return false };
        if !is_canonical_content(name) || !is_canonical_content(value) {
            return false;
        }
        let name = unescape(name);
        if previous.is_some_and(|previous| previous >= name) {
            return false;
        }
        previous = Some(name);
        if after == "}" {
            return true;
        }
        (rest, opening) = (after, ',');
    }
}

fn is_canonical_content(content: &str) -> bool {
    if is_plain(content) {
        return true;
    }
    let quoted = format!("\"{content}\"");
    let Ok(plain) = serde_json::from_str::<String>(&quoted) else { return false };
    let mut again = String::with_capacity(quoted.len());
    push_string(&mut again, &plain);
    again == quoted
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn pairs(list: &[(&str, &str)]) -> Vec<(String, String)> {
        list.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn json() {
        fn check(list: &[(&str, &str)], expected: &str) {
            let set = Dimensions::new(pairs(list)).unwrap();
            assert_eq!(set.to_json(), expected);
            assert_eq!(set.len(), list.len());
        }
        check(&[], "{}");
        check(&[("b", "2"), ("a", "1")], r#"{"a":"1","b":"2"}"#);
        check(&[("q\"", "\\"), ("n", "\n\u{1f}")], r#"{"n":"\u000a\u001f","q\"":"\\"}"#);
    }

    #[test]
    fn reading_json() {
        fn check(text: &str, expected: Result<&str, DimensionsError>) {
            let read = Dimensions::from_json(text);
            assert_eq!(read.as_ref().map(Dimensions::to_json), expected.as_ref().copied());
        }
        let error = || Err(DimensionsError::NotAnObjectOfStrings);
        check("{}", Ok("{}"));
        check(r#"{"a":"1"}"#, Ok(r#"{"a":"1"}"#));
        check(r#" { "b" : "2", "a" : "\u0031" } "#, Ok(r#"{"a":"1","b":"2"}"#));
        check(r#"{"a":1}"#, error());
        check(r#"{"a":"1"}x"#, error());
        check(r#"{"a":"1""#, error());
        check("[]", error());
        check("", error());
    }

    #[test]
    fn filters() {
        fn check(filters: &[(&str, Option<&str>)], expected: bool) {
            let set = Dimensions::new(pairs(&[("Api", "x\"y"), ("Stage", "prod")])).unwrap();
            assert_eq!(set.contains(filters.iter().copied()), expected);
        }
        check(&[], true);
        check(&[("Api", None)], true);
        check(&[("Api", Some("x\"y")), ("Stage", Some("prod"))], true);
        check(&[("Stage", Some("test"))], false);
        check(&[("Zone", None)], false);
    }

    #[test]
    fn duplicates() {
        let twice = Dimensions::new(pairs(&[("a", "1"), ("b", "2"), ("a", "3")]));
        assert_eq!(twice, Err(DimensionsError::Duplicate("a".to_owned())));
    }

    fn set() -> impl Strategy<Value = BTreeMap<String, String>> {
        prop::collection::btree_map("[ -~\\x00-\\x1fé]{0,6}", "[ -~\\x00-\\x1f\"\\\\]{0,6}", 0..5)
    }

    proptest! {
        #[test]
        fn a_set_reads_back(map in set()) {
            let set = Dimensions::new(map.clone().into_iter().collect()).unwrap();
            let read: BTreeMap<String, String> = set.iter().map(|(n, v)| (n.into_owned(), v.into_owned())).collect();
            prop_assert_eq!(&read, &map);
            prop_assert_eq!(&serde_json::from_str::<BTreeMap<String, String>>(set.to_json()).unwrap(), &map);
            prop_assert!(map.is_empty() || is_canonical(set.to_json()));
            prop_assert_eq!(Dimensions::from_json(&serde_json::to_string_pretty(&map).unwrap()).unwrap(), set);
        }

        #[test]
        fn the_order_is_that_of_the_stored_text(a in set(), b in set(), n in "[a-c]{1,2}", m in "[a-c]{1,2}") {
            let key = |name: &str, map: BTreeMap<String, String>| SeriesKey {
                metric_name: name.to_owned(),
                dimensions: Dimensions::new(map.into_iter().collect()).unwrap(),
            };
            let (a, b) = (key(&n, a), key(&m, b));
            let text = |key: &SeriesKey| (key.metric_name.clone(), key.dimensions.to_json().to_owned());
            prop_assert_eq!(a.cmp(&b), text(&a).cmp(&text(&b)));
            prop_assert_eq!(a == b, text(&a) == text(&b));
        }

        #[test]
        fn no_text_panics(text in r#"[{}":,\\ a\u0001-\u001fé]{0,20}"#) {
            if let Ok(set) = Dimensions::from_json(&text) {
                prop_assert_eq!(Dimensions::from_json(set.to_json()).unwrap(), set);
            }
        }
    }
}
