//! Constraints of the service models, and AWS's wording for their violation.
//!
//! AWS checks shapes before an operation sees them, and joins all violations into one message:
//! `2 validation errors detected: Value '' at 'namespace' failed to satisfy constraint: Member must have
//! length greater than or equal to 1; Value null at …`. The generated [`Shape::validate`] calls the methods of
//! [`Check`] member by member. As long as a value is fine, nothing is allocated but the path's stack, once.
//!
//! Rules that the models do not state (exclusive members, value ranges of data points) belong to operations.

use std::collections::BTreeMap;
use std::fmt::{self, Write as _};
use std::sync::OnceLock;

use regex::Regex;
use serde::Serialize;

/// A generated structure that can be decoded and knows its constraints.
pub trait Shape: serde::de::DeserializeOwned {
    /// Adds this value's violations to `out`; `path` says where the value stands in the input.
    fn validate(&self, path: &mut Path, out: &mut Violations);
}

/// Where a value stands: `metricData.1.member.metricName`.
#[derive(Debug, Default)]
pub struct Path(Vec<Step>);

#[derive(Debug, Clone, Copy)]
enum Step {
    Member(&'static str),
    Item(usize),
    /// The value of a map's entry: the how-manieth, by key.
    Entry(usize),
}

impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, step) in self.0.iter().enumerate() {
            let dot = if index == 0 { "" } else { "." };
            match step {
                Step::Member(name) => write!(f, "{dot}{name}")?,
                Step::Item(number) => write!(f, "{dot}{number}.member")?,
                Step::Entry(number) => write!(f, "{dot}{number}.value")?,
            }
        }
        Ok(())
    }
}

/// How many violations are collected; a hostile body could hold millions. What AWS does here is unknown.
const MOST_VIOLATIONS: usize = 100;

/// The violations found so far.
#[derive(Debug, Default)]
pub struct Violations(Vec<String>);

impl Violations {
    /// AWS's message, or `None` when nothing was violated.
    pub fn message(&self) -> Option<String> {
        let (count, all) = (self.0.len(), self.0.join("; "));
        match count {
            0 => None,
            1 => Some(format!("1 validation error detected: {all}")),
            _ => Some(format!("{count} validation errors detected: {all}")),
        }
    }

    fn add(&mut self, path: &Path, value: impl fmt::Display, constraint: impl fmt::Display) {
        if self.0.len() < MOST_VIOLATIONS {
            self.0.push(format!("Value{value} at '{path}' failed to satisfy constraint: {constraint}"));
        }
    }
}

/// A regular expression of a model: Java's, as AWS prints it, and its translation.
#[derive(Debug)]
pub struct Pattern {
    java: &'static str,
    rust: &'static str,
    compiled: OnceLock<Option<Regex>>,
}

impl Pattern {
    /// A pattern; `rust` must be anchored and understood by the `regex` crate (a test proves it).
    pub const fn new(java: &'static str, rust: &'static str) -> Self {
        Self { java, rust, compiled: OnceLock::new() }
    }

    fn matches(&self, value: &str) -> bool {
        let compiled = self.compiled.get_or_init(|| Regex::new(self.rust).ok());
        compiled.as_ref().is_none_or(|regex| regex.is_match(value))
    }

    #[cfg(test)]
    pub(crate) fn compiles(&self) -> bool {
        Regex::new(self.rust).is_ok()
    }
}

/// Bounds of a length, a size or a number; inclusive.
#[derive(Debug, Clone, Copy)]
pub struct Bounds {
    /// The least allowed value.
    pub min: Option<i64>,
    /// The greatest allowed value.
    pub max: Option<i64>,
}

impl Bounds {
    const ANY: Self = Self { min: None, max: None };

    fn broken(self, actual: i64) -> impl Iterator<Item = (&'static str, i64)> {
        let above = self.max.filter(|max| actual > *max).map(|max| ("less than or equal to", max));
        let below = self.min.filter(|min| actual < *min).map(|min| ("greater than or equal to", min));
        above.into_iter().chain(below)
    }
}

/// The constraints of a string.
#[derive(Debug)]
pub struct TextRules {
    /// Bounds of the length in characters.
    pub length: Bounds,
    /// What the whole string must match.
    pub pattern: Option<&'static Pattern>,
    /// The enum's values; empty when any string is allowed.
    pub values: &'static [&'static str],
    /// Whether the value must not be repeated in messages.
    pub sensitive: bool,
}

impl TextRules {
    /// No constraint at all; to be refined by struct update.
    pub const ANY: Self = Self { length: Bounds::ANY, pattern: None, values: &[], sensitive: false };

    fn accept(&self, value: &str) -> bool {
        self.length_fits(value)
            && (self.values.is_empty() || self.values.contains(&value))
            && self.pattern.is_none_or(|pattern| pattern.matches(value))
    }

    /// Counts characters only where the number of bytes leaves the answer open.
    fn length_fits(&self, value: &str) -> bool {
        let Bounds { min, max } = self.length;
        let bytes = value.len() as i64;
        let surely = max.is_none_or(|max| bytes <= max) && min.is_none_or(|min| (bytes + 3) / 4 >= min);
        surely || self.length.broken(value.chars().count() as i64).next().is_none()
    }

    /// The constraints that `value` violates, in AWS's words.
    fn broken(&self, value: &str) -> Vec<String> {
        let mut broken: Vec<String> = self
            .length
            .broken(value.chars().count() as i64)
            .map(|(relation, bound)| format!("Member must have length {relation} {bound}"))
            .collect();
        if let Some(pattern) = self.pattern.filter(|pattern| !pattern.matches(value)) {
            broken.push(format!("Member must satisfy regular expression pattern: {}", pattern.java));
        }
        if !self.values.is_empty() && !self.values.contains(&value) {
            broken.push(format!("Member must satisfy enum value set: [{}]", self.values.join(", ")));
        }
        broken
    }

    /// All constraints, as AWS lists them for the elements of a collection: `[a, b]`.
    fn all(&self) -> String {
        let length = |relation, bound| format!("Member must have length {relation} {bound}");
        let mut all = Vec::new();
        all.extend(self.length.max.map(|max| length("less than or equal to", max)));
        all.extend(self.length.min.map(|min| length("greater than or equal to", min)));
        all.extend(
            self.pattern
                .map(|found| format!("Member must satisfy regular expression pattern: {}", found.java)),
        );
        if !self.values.is_empty() {
            all.push(format!("Member must satisfy enum value set: [{}]", self.values.join(", ")));
        }
        format!("[{}]", all.join(", "))
    }
}

/// A value as AWS prints it: ` '…'`, or nothing when it is sensitive.
struct Quoted<T>(Option<T>);

impl<T: fmt::Display> fmt::Display for Quoted<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.as_ref().map_or(Ok(()), |value| write!(f, " '{value}'"))
    }
}

/// The checks of one structure's members.
#[derive(Debug)]
pub struct Check<'a> {
    /// Where the structure stands.
    pub path: &'a mut Path,
    /// Where violations go.
    pub out: &'a mut Violations,
}

impl Check<'_> {
    fn at(&mut self, member: &'static str, report: impl FnOnce(&mut Violations, &Path)) {
        self.path.0.push(Step::Member(member));
        report(self.out, self.path);
        self.path.0.pop();
    }

    /// The member must be there.
    pub fn required<T>(&mut self, member: &'static str, value: Option<&T>) {
        if value.is_none() {
            self.at(member, |out, path| out.add(path, " null", "Member must not be null"));
        }
    }

    /// A string must keep its rules.
    pub fn text(&mut self, member: &'static str, value: Option<&String>, rules: &TextRules) {
        if let Some(value) = value.filter(|value| !rules.accept(value)) {
            self.at(member, |out, path| {
                for constraint in rules.broken(value) {
                    out.add(path, Quoted((!rules.sensitive).then_some(value)), constraint);
                }
            });
        }
    }

    /// A number must keep its bounds.
    pub fn number<N: Copy + Into<i64>>(&mut self, member: &'static str, value: Option<&N>, bounds: Bounds) {
        let Some(value) = value.map(|value| (*value).into()) else { return };
        for (relation, bound) in bounds.broken(value) {
            let constraint = format!("Member must have value {relation} {bound}");
            self.at(member, |out, path| out.add(path, Quoted(Some(value)), constraint));
        }
    }

    /// A list must keep its length.
    pub fn list_size<T: Serialize>(&mut self, member: &'static str, value: Option<&Vec<T>>, size: Bounds) {
        if let Some(value) = value {
            self.size(member, value.len(), size, || printed_list(value));
        }
    }

    /// A map must keep its number of entries.
    pub fn map_size<T: Serialize>(
        &mut self,
        member: &'static str,
        value: Option<&BTreeMap<String, T>>,
        size: Bounds,
    ) {
        if let Some(value) = value {
            self.size(member, value.len(), size, || printed_map(value));
        }
    }

    fn size(&mut self, member: &'static str, actual: usize, size: Bounds, printed: impl Fn() -> String) {
        for (relation, bound) in size.broken(actual as i64) {
            let constraint = format!("Member must have length {relation} {bound}");
            self.at(member, |out, path| out.add(path, Quoted(Some(printed())), constraint));
        }
    }

    /// Each string of a list must keep the rules; AWS names the list, not the element.
    pub fn texts(&mut self, member: &'static str, value: Option<&Vec<String>>, rules: &TextRules) {
        let Some(value) = value.filter(|all| !all.iter().all(|text| rules.accept(text))) else { return };
        let constraint = format!("Member must satisfy constraint: {}", rules.all());
        let printed = (!rules.sensitive).then(|| printed_list(value));
        self.at(member, |out, path| out.add(path, Quoted(printed), constraint));
    }

    /// Each key of a map must keep the rules.
    pub fn map_keys<T: Serialize>(
        &mut self,
        member: &'static str,
        value: Option<&BTreeMap<String, T>>,
        rules: &TextRules,
    ) {
        let Some(value) = value.filter(|all| !all.keys().all(|text| rules.accept(text))) else { return };
        let constraint = format!("Map keys must satisfy constraint: {}", rules.all());
        self.at(member, |out, path| out.add(path, Quoted(Some(printed_map(value))), constraint));
    }

    /// Each value of a map must keep the rules.
    pub fn map_values(
        &mut self,
        member: &'static str,
        value: Option<&BTreeMap<String, String>>,
        rules: &TextRules,
    ) {
        let Some(value) = value.filter(|all| !all.values().all(|text| rules.accept(text))) else { return };
        let constraint = format!("Map value must satisfy constraint: {}", rules.all());
        self.at(member, |out, path| out.add(path, Quoted(Some(printed_map(value))), constraint));
    }

    /// A structure's own constraints.
    pub fn structure<T: Shape>(&mut self, member: &'static str, value: Option<&T>) {
        if let Some(value) = value {
            self.path.0.push(Step::Member(member));
            value.validate(self.path, self.out);
            self.path.0.pop();
        }
    }

    /// The constraints of each structure in a list.
    pub fn structures<T: Shape>(&mut self, member: &'static str, value: Option<&Vec<T>>) {
        self.path.0.push(Step::Member(member));
        for (index, item) in value.into_iter().flatten().enumerate() {
            self.path.0.push(Step::Item(index + 1));
            item.validate(self.path, self.out);
            self.path.0.pop();
        }
        self.path.0.pop();
    }

    /// The constraints of each structure in a map. How AWS names the place of an entry is unknown; its number, in order of
    /// the keys, keeps what a caller wrote out of the path.
    pub fn map_structures<T: Shape>(&mut self, member: &'static str, value: Option<&BTreeMap<String, T>>) {
        self.path.0.push(Step::Member(member));
        for (index, item) in value.into_iter().flat_map(BTreeMap::values).enumerate() {
            self.path.0.push(Step::Entry(index + 1));
            item.validate(self.path, self.out);
            self.path.0.pop();
        }
        self.path.0.pop();
    }
}

/// `[a, b]`. How AWS prints structures inside is not known for all services; we print them as JSON.
fn printed_list<T: Serialize>(list: &[T]) -> String {
    let items: Vec<String> = list.iter().map(printed).collect();
    format!("[{}]", items.join(", "))
}

/// `{key=value, …}`, as Java prints maps.
fn printed_map<T: Serialize>(map: &BTreeMap<String, T>) -> String {
    let mut text = String::from("{");
    for (index, (key, value)) in map.iter().enumerate() {
        let comma = if index == 0 { "" } else { ", " };
        // Writing to a String cannot fail.
        let _ = write!(text, "{comma}{key}={}", printed(value));
    }
    text.push('}');
    text
}

fn printed<T: Serialize>(value: &T) -> String {
    match serde_json::to_value(value) {
        Ok(serde_json::Value::String(text)) => text,
        Ok(other) => other.to_string(),
        Err(_) => String::new(),
    }
}

#[cfg(test)]
mod tests;
