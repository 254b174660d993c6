//! Property selectors: `$.a.b[0]`, `$.a["key"]`, `$.['key']`, `$.*`, `$.a[*]`.
//!
//! AWS: "Using filter patterns to match terms in JSON log events". A selector has at most one wildcard.

use super::cursor::Cursor;
use super::error::PatternError;

/// A step into a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// The member of an object.
    Key(String),
    /// The element of an array, counted from 0.
    Index(usize),
    /// Any member of an object, any element of an array.
    Any,
}

/// The steps from a message to a value in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Selector(Vec<Step>);

impl Selector {
    /// Reads the selector here; the place is left after it.
    pub(super) fn read(cursor: &mut Cursor<'_>) -> Result<Self, PatternError> {
        let start = cursor.at();
        if !cursor.eat('$') || !cursor.eat('.') {
            return Err(cursor.unreadable(start));
        }
        let mut steps =
            vec![if cursor.peek() == Some('[') { bracket(cursor, start)? } else { name(cursor, start)? }];
        loop {
            let start = cursor.at();
            match cursor.peek() {
                Some('[') => steps.push(bracket(cursor, start)?),
                Some('.') => {
                    cursor.advance();
                    steps.push(if cursor.peek() == Some('[') {
                        bracket(cursor, start)?
                    } else {
                        name(cursor, start)?
                    });
                }
                _ => break,
            }
        }
        let selector = Self(steps);
        if selector.wildcards() > 1 { Err(PatternError::wildcards_of_selector()) } else { Ok(selector) }
    }

    /// Reads a text that is one selector and nothing else, without a wildcard: of one value, not of any.
    pub(super) fn of_one(text: &str) -> Option<Self> {
        let mut cursor = Cursor::new(text);
        let selector = Self::read(&mut cursor).ok()?;
        (cursor.rest().is_empty() && selector.wildcards() == 0).then_some(selector)
    }

    pub(super) fn steps(&self) -> &[Step] {
        &self.0
    }

    pub(super) fn wildcards(&self) -> usize {
        self.0.iter().filter(|step| **step == Step::Any).count()
    }
}

/// A property's name after its point, or `*`. An error shows what was read since `start`.
fn name(cursor: &mut Cursor<'_>, start: usize) -> Result<Step, PatternError> {
    if cursor.eat('*') {
        return Ok(Step::Any);
    }
    let name = cursor.run(|character| character.is_ascii_alphanumeric() || matches!(character, '_' | '-'));
    if name.is_empty() { Err(cursor.unreadable(start)) } else { Ok(Step::Key(name.to_owned())) }
}

/// `[0]`, `[*]` or `['key']`, in either quotes.
fn bracket(cursor: &mut Cursor<'_>, start: usize) -> Result<Step, PatternError> {
    cursor.advance();
    let step = match cursor.peek() {
        Some(mark @ ('\'' | '"')) => Step::Key(cursor.quoted(mark, start)?),
        Some('*') => {
            cursor.advance();
            Step::Any
        }
        _ => match cursor.run(|character| character.is_ascii_digit()).parse() {
            Ok(index) => Step::Index(index),
            Err(_) => return Err(cursor.unreadable(start)),
        },
    };
    if cursor.eat(']') { Ok(step) } else { Err(cursor.unreadable(start)) }
}
