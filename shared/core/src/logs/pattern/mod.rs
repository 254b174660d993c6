//! Filter patterns: which log events a metric filter, a subscription filter, `FilterLogEvents` or live tail is about.
//!
//! AWS: "Filter pattern syntax for metric filters, subscription filters, filter log events, and Live Tail" with its
//! sub-pages, in the CloudWatch Logs user guide. What those leave open, or say otherwise than the service behaves, follows
//! what others have recorded of it: `testdata/aws/logs/filters.json` of the repository radkawar/stackd (answers of
//! `TestMetricFilter` and `FilterLogEvents`), and the error messages that people quote. The comments say "observed" then.
//!
//! A pattern in braces is for JSON (`json`), one in brackets for fields with white space between them (`space`), any
//! other is a list of terms (`terms`). White space around a pattern is ignored (ours).
//!
//! Neither reading nor matching takes more than linear time in the message, whatever the pattern is; see `regex` for
//! regular expressions. Not here: how many patterns with regular expressions a log group may have, and what becomes of
//! the values that a pattern finds.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;

use cursor::is_space;
use json::JsonPattern;
use literals::Required;
use memchr::{memchr, memmem};
use message::{Object, Value};
use selector::Selector;
use space::SpacePattern;
use terms::TermsPattern;

mod comparison;
mod cursor;
mod error;
mod expression;
mod glob;
mod json;
mod literals;
mod message;
mod number;
mod regex;
mod selector;
mod space;
mod terms;
mod tokens;

#[cfg(test)]
mod tests;

pub use error::{PatternError, Purpose};

/// The longest pattern, in characters.
pub const LONGEST: usize = 1024;
/// The most regular expressions of one pattern.
pub const MOST_REGEXES: usize = 2;
/// The most selectors with a wildcard in one pattern.
pub const MOST_WILDCARDS: usize = 3;

/// What a pattern is made of.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Terms that the message contains; none of them is everything.
    Terms,
    /// Conditions on a message that is a JSON object.
    Json,
    /// Fields with white space between them.
    SpaceDelimited,
}

#[derive(Clone, Debug)]
enum Compiled {
    Terms(TermsPattern),
    Json(Arc<JsonPattern>),
    Space(Arc<SpacePattern>),
}

/// A filter pattern that AWS would accept.
#[derive(Clone, Debug)]
pub struct Pattern {
    text: String,
    compiled: Compiled,
    /// What the prefilter looks for, prepared.
    required: Option<memmem::Finder<'static>>,
}

/// What every matching message must contain, for searching large buffers before anything is decoded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Prefilter {
    /// Nothing in particular.
    None,
    /// These bytes.
    Literal(Vec<u8>),
    /// These bytes or a backslash: JSON may be written with escapes.
    LiteralOrBackslash(Vec<u8>),
}

impl Prefilter {
    /// Whether a message, or a buffer of which it is a part, may match.
    pub fn allows(&self, message: &[u8]) -> bool {
        match self {
            Self::None => true,
            Self::Literal(literal) => memmem::find(message, literal).is_some(),
            Self::LiteralOrBackslash(literal) => {
                memmem::find(message, literal).is_some() || memchr(b'\\', message).is_some()
            }
        }
    }
}

impl Pattern {
    /// Reads a pattern.
    ///
    /// # Errors
    /// When AWS would refuse it, or it is longer than [`LONGEST`].
    pub fn parse(text: &str) -> Result<Self, PatternError> {
        if text.chars().nth(LONGEST).is_some() {
            return Err(PatternError::grammar());
        }
        let trimmed = text.trim_matches(is_space);
        let compiled = if trimmed.starts_with('{') {
            closed(trimmed, '{', '}')?;
            Compiled::Json(Arc::new(JsonPattern::parse(trimmed)?))
        } else if trimmed.starts_with('[') {
            closed(trimmed, '[', ']')?;
            Compiled::Space(Arc::new(SpacePattern::parse(trimmed)?))
        } else {
            Compiled::Terms(TermsPattern::parse(trimmed)?)
        };
        let required = compiled.required().best().map(|literal| memmem::Finder::new(&literal).into_owned());
        Ok(Self { text: text.to_owned(), compiled, required })
    }

    /// The pattern as it was written.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// What the pattern is made of.
    pub fn kind(&self) -> Kind {
        match &self.compiled {
            Compiled::Terms(_) => Kind::Terms,
            Compiled::Json(_) => Kind::Json,
            Compiled::Space(_) => Kind::SpaceDelimited,
        }
    }

    /// How many regular expressions the pattern has.
    pub fn regexes(&self) -> usize {
        match &self.compiled {
            Compiled::Terms(terms) => terms.regexes,
            Compiled::Json(json) => json.regexes,
            Compiled::Space(space) => space.regexes,
        }
    }

    /// Whether a message matches.
    pub fn matches(&self, message: &str) -> bool {
        self.find(message).is_some()
    }

    /// What the pattern finds in a message that matches.
    pub fn find<'m>(&self, message: &'m str) -> Option<Found<'m>> {
        if self.may_match(message.as_bytes()) { self.compiled.find(message) } else { None }
    }

    /// Searching a message is much faster than reading it, and most messages match few patterns.
    fn may_match(&self, message: &[u8]) -> bool {
        let Some(literal) = &self.required else { return true };
        match &self.compiled {
            // They are searched in any case.
            Compiled::Terms(_) => true,
            Compiled::Json(_) => literal.find(message).is_some() || memchr(b'\\', message).is_some(),
            Compiled::Space(_) => literal.find(message).is_some(),
        }
    }

    /// Whether a selector can have a value in a matching message: `$name` or `$3` where the pattern has such a field,
    /// any `$.a.b[0]` without wildcards where the pattern is for JSON.
    pub fn has_selector(&self, selector: &str) -> bool {
        match &self.compiled {
            Compiled::Terms(_) => false,
            Compiled::Json(_) => Selector::of_one(selector).is_some(),
            Compiled::Space(space) => space.has(selector),
        }
    }

    /// What every matching message must contain.
    pub fn prefilter(&self) -> Prefilter {
        let Some(literal) = &self.required else { return Prefilter::None };
        let literal = literal.needle().to_vec();
        match &self.compiled {
            Compiled::Terms(_) | Compiled::Space(_) => Prefilter::Literal(literal),
            Compiled::Json(_) => Prefilter::LiteralOrBackslash(literal),
        }
    }
}

impl Compiled {
    fn find<'m>(&self, message: &'m str) -> Option<Found<'m>> {
        match self {
            Self::Terms(terms) => terms.matches(message).then_some(Found(Matched::Terms)),
            Self::Json(json) => json.find(message).map(|object| Found(Matched::Json(object))),
            Self::Space(space) => {
                space.find(message).map(|fields| Found(Matched::Space(fields, Arc::clone(space))))
            }
        }
    }

    fn required(&self) -> Required {
        match self {
            Self::Terms(terms) => terms.required(),
            Self::Json(json) => json.required(),
            Self::Space(space) => space.required(),
        }
    }
}

fn closed(text: &str, open: char, close: char) -> Result<(), PatternError> {
    if text.ends_with(close) { Ok(()) } else { Err(PatternError::unclosed(open, close)) }
}

#[derive(Clone, Debug)]
enum Matched<'m> {
    Terms,
    Json(Object<'m>),
    Space(Vec<&'m str>, Arc<SpacePattern>),
}

/// What a pattern found in a message.
#[derive(Clone, Debug)]
pub struct Found<'m>(Matched<'m>);

impl Found<'_> {
    /// The value of a selector: of any `$.a.b[0]` if the pattern is for JSON, of `$name` or `$3` (counted from 1) if it
    /// is for fields. Numbers are as they are written. Null, arrays and objects have no value.
    pub fn value(&self, selector: &str) -> Option<Cow<'_, str>> {
        match &self.0 {
            Matched::Terms => None,
            Matched::Json(object) => match object.value(&Selector::of_one(selector)?)? {
                Value::Text(text) => Some(text),
                Value::Number(number) => Some(Cow::Borrowed(number)),
                Value::Flag(flag) => Some(Cow::Borrowed(if flag { "true" } else { "false" })),
                Value::Null | Value::Array(_) | Value::Object => None,
            },
            Matched::Space(fields, pattern) => {
                let position = pattern.position(selector, fields.len())?;
                fields.get(position).map(|field| Cow::Borrowed(*field))
            }
        }
    }

    /// What `TestMetricFilter` answers as `extractedValues`: the fields of the message by their selectors, nothing for
    /// other patterns (observed; for JSON, too).
    pub fn extracted(&self) -> BTreeMap<String, String> {
        let Matched::Space(fields, pattern) = &self.0 else { return BTreeMap::new() };
        // By its name, since a field may be called `2` and another one be the second.
        let named = |name: String| self.value(&name).map(Cow::into_owned).map(|value| (name, value));
        pattern.names(fields.len()).into_iter().filter_map(named).collect()
    }
}
