//! What a warm process knows of the management events of a segment or of one request: times, ids and the attributes that LookupEvents asks
//! for, newest first. About fifty bytes an event, so that a question about a million of them touches no object but for its answer.

use std::collections::HashMap;
use std::ops::Range;

use serde::{Deserialize, Serialize};
use watchtrail_core::trail::record::{Category, Record};

use super::ids;
use super::segment::{self, ListedResource};

/// What LookupEvents can ask for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Attribute {
    /// The key that signed the request.
    AccessKeyId,
    /// `eventID`.
    EventId,
    /// `eventName`.
    EventName,
    /// `eventSource`.
    EventSource,
    /// `true` or `false`.
    ReadOnly,
    /// The ARN of a resource, or its last part.
    ResourceName,
    /// The type of a resource.
    ResourceType,
    /// What LookupEvents calls the user's name.
    Username,
}

/// The attributes that are kept as terms.
const TERMS: usize = 6;

/// An event's attributes, in the order of the terms: user, key, name, source, `readOnly`, resources.
pub(super) type Attributes<'a> = [Option<&'a str>; TERMS];

/// Stands for "none".
const NONE: u32 = u32::MAX;

/// Where an event stands in the order of answers, newest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Key {
    /// Epoch milliseconds.
    pub(super) time: i64,
    /// A hash of the id.
    pub(super) id: u64,
}

impl Key {
    pub(super) fn new(time: i64, id: &str) -> Self {
        let bits = ids::bits(id);
        Self { time, id: (bits >> 64) as u64 ^ bits as u64 }
    }
}

/// An event.
#[derive(Debug, Clone, Copy)]
struct Entry {
    key: Key,
    row: u32,
    terms: [u32; TERMS],
}

/// The distinct values of an attribute.
#[derive(Debug, Default)]
struct Terms {
    numbers: HashMap<Box<str>, u32>,
    /// The one that was asked for last: rows that lie side by side mostly have the same.
    last: Option<(Box<str>, u32)>,
}

impl Terms {
    fn number(&mut self, text: Option<&str>) -> u32 {
        let Some(text) = text else { return NONE };
        if let Some((last, number)) = &self.last
            && **last == *text
        {
            return *number;
        }
        let next = self.numbers.len() as u32;
        let number = *self.numbers.entry(text.into()).or_insert(next);
        self.last = Some((text.into(), number));
        number
    }
}

/// The events.
#[derive(Debug, Default)]
pub(super) struct Index {
    entries: Vec<Entry>,
    terms: [Terms; TERMS],
}

/// A question to an [`Index`].
#[derive(Debug)]
pub(super) struct Question<'a> {
    /// `[start, end)`, epoch milliseconds.
    pub(super) range: Range<i64>,
    pub(super) attributes: &'a [(Attribute, String)],
    /// Only what comes after it in the order of answers.
    pub(super) after: Option<Key>,
    pub(super) limit: usize,
}

impl Index {
    /// Adds an event; in the end [`Index::finish`] is called.
    pub(super) fn push(&mut self, key: Key, row: u32, attributes: Attributes<'_>) {
        let mut terms = [NONE; TERMS];
        for ((known, text), number) in self.terms.iter_mut().zip(attributes).zip(&mut terms) {
            *number = known.number(text);
        }
        self.entries.push(Entry { key, row, terms });
    }

    pub(super) fn push_record(&mut self, row: u32, record: &Record<'_>) {
        if record.category != Category::Management {
            return;
        }
        let resources = segment::resources(record);
        let key = Key::new(record.time.millis(), &record.id);
        let attributes = [
            record.identity.name(),
            record.identity.access_key_id.as_deref(),
            Some(&*record.name),
            Some(&*record.source),
            record.read_only.map(flag),
            resources.as_deref(),
        ];
        self.push(key, row, attributes);
    }

    pub(super) fn finish(mut self) -> Self {
        self.entries.sort_unstable_by_key(|entry| std::cmp::Reverse(entry.key));
        self.entries.dedup_by_key(|entry| entry.key);
        self.entries.shrink_to_fit();
        for terms in &mut self.terms {
            terms.last = None;
        }
        self
    }

    /// About how many bytes it takes.
    pub(super) fn bytes(&self) -> u64 {
        let terms: usize =
            self.terms.iter().flat_map(|terms| terms.numbers.keys()).map(|text| text.len() + 40).sum();
        (256 + terms + self.entries.len() * size_of::<Entry>()) as u64
    }

    /// The newest events that are asked for, with their rows.
    pub(super) fn find(&self, question: &Question<'_>) -> Vec<(Key, u32)> {
        let tests: Option<Vec<_>> =
            question.attributes.iter().map(|(of, value)| self.test(*of, value)).collect();
        // A term that no event has: no event matches.
        let Some(tests) = tests else { return Vec::new() };
        let first = self.entries.partition_point(|entry| {
            entry.key.time >= question.range.end || question.after.is_some_and(|after| entry.key >= after)
        });
        self.entries[first..]
            .iter()
            .take_while(|entry| entry.key.time >= question.range.start)
            .filter(|entry| tests.iter().all(|test| test.holds(entry)))
            .take(question.limit)
            .map(|entry| (entry.key, entry.row))
            .collect()
    }

    fn test(&self, of: Attribute, value: &str) -> Option<Test> {
        let at = match of {
            Attribute::EventId => return Some(Test::Id(Key::new(0, value).id)),
            Attribute::Username => 0,
            Attribute::AccessKeyId => 1,
            Attribute::EventName => 2,
            Attribute::EventSource => 3,
            Attribute::ReadOnly => 4,
            Attribute::ResourceName | Attribute::ResourceType => {
                let mut listed = self.terms[5].numbers.iter();
                let matching: Vec<u32> = listed
                    .by_ref()
                    .filter(|(text, _)| lists(text, of, value))
                    .map(|(_, number)| *number)
                    .collect();
                return (!matching.is_empty()).then_some(Test::Resources(matching));
            }
        };
        self.terms[at].numbers.get(value).map(|number| Test::Term(at, *number))
    }
}

enum Test {
    Id(u64),
    Term(usize, u32),
    Resources(Vec<u32>),
}

impl Test {
    fn holds(&self, entry: &Entry) -> bool {
        match self {
            Self::Id(id) => entry.key.id == *id,
            Self::Term(at, number) => entry.terms[*at] == *number,
            Self::Resources(numbers) => numbers.contains(&entry.terms[5]),
        }
    }
}

pub(super) fn flag(value: bool) -> &'static str {
    if value { "true" } else { "false" }
}

/// Whether a list of resources has one of that type or name.
fn lists(resources: &str, of: Attribute, value: &str) -> bool {
    // Most lists are none of it, which a look at the text tells, where escapes cannot hide it.
    if !value.contains(['"', '\\']) && !resources.contains(value) {
        return false;
    }
    let Ok(listed) = serde_json::from_str::<Vec<ListedResource>>(resources) else { return false };
    listed.iter().any(|resource| match of {
        Attribute::ResourceType => resource.kind.as_deref() == Some(value),
        _ => resource.name.as_deref().is_some_and(|arn| is_named(arn, value)),
    })
}

/// Whether an ARN is called so: the ARN itself, what stands after its account, or after the kind of resource in that.
fn is_named(arn: &str, name: &str) -> bool {
    let own = arn.splitn(6, ':').nth(5);
    let short = own.and_then(|own| own.split_once(['/', ':'])).map(|(_, name)| name);
    let last = own.and_then(|own| own.rsplit(['/', ':']).next());
    arn == name || [own, short, last].contains(&Some(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn resources_have_several_names() {
        fn check(arn: &str, name: &str, expected: bool) {
            assert_eq!(is_named(arn, name), expected, "{arn} {name}");
        }
        check("arn:aws:s3:::b", "b", true);
        check("arn:aws:s3:::b/k/l", "b/k/l", true);
        check("arn:aws:s3:::b/k/l", "k/l", true);
        check("arn:aws:iam::1:role/path/r", "r", true);
        check("arn:aws:iam::1:role/path/r", "arn:aws:iam::1:role/path/r", true);
        check("arn:aws:iam::1:role/path/r", "path", false);
        check("not an arn", "not an arn", true);
        check("not an arn", "arn", false);
    }

    #[test]
    fn the_newest_come_first_and_only_those_asked_for() {
        let mut index = Index::default();
        for (at, user) in [(1, "a"), (5, "b"), (3, "a"), (3, "a"), (4, "a")] {
            index.push(
                Key { time: at, id: at as u64 },
                at as u32,
                [Some(user), None, None, None, None, None],
            );
        }
        let index = index.finish();
        let find = |range: Range<i64>, user: Option<&str>, after: Option<i64>, limit| {
            let attributes: Vec<_> =
                user.map(|user| (Attribute::Username, user.to_owned())).into_iter().collect();
            let after = after.map(|at| Key { time: at, id: at as u64 });
            let found = index.find(&Question { range, attributes: &attributes, after, limit });
            found.into_iter().map(|(_, row)| row).collect::<Vec<_>>()
        };
        assert_eq!(find(0..9, None, None, 9), [5, 4, 3, 1]);
        assert_eq!(find(3..5, None, None, 9), [4, 3]);
        assert_eq!(find(0..9, Some("a"), None, 2), [4, 3]);
        assert_eq!(find(0..9, Some("a"), Some(4), 2), [3, 1]);
        assert_eq!(find(0..9, Some("nobody"), None, 2), [0_u32; 0]);
    }
}
