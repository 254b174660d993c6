//! Patterns for messages of fields with white space between them: `[ip, user, ..., status = 4* && status != 403, bytes]`.
//!
//! AWS: "Using filter patterns to match terms in space-delimited log events". Observed on AWS: what stands between
//! brackets or double quotes is one field, without them, unless they are not closed; spaces, tabs and line breaks
//! separate fields; without an ellipsis the last field takes the rest of the message as it is written; `[]` matches
//! everything; unnamed fields are called by their position.
//!
//! Ours, where AWS is silent: brackets and quotes count only around a whole field; in quotes, `\` keeps a quotation mark
//! from closing; a number in a field is one as in a JSON message.

use super::comparison::Comparison;
use super::cursor::is_space;
use super::error::PatternError;
use super::expression::Expression;
use super::literals::Required;
use super::number::Number;
use super::tokens::{Grammar, Kind, Tokens};

const ELLIPSIS: &str = "...";

/// A field of a pattern.
#[derive(Clone, Debug, Default)]
struct Field {
    name: Option<String>,
    condition: Option<Expression<Comparison>>,
}

/// A pattern between brackets.
#[derive(Clone, Debug)]
pub(super) struct SpacePattern {
    /// The fields before the ellipsis, or all.
    before: Vec<Field>,
    /// The fields after it, if there is one.
    after: Option<Vec<Field>>,
    pub(super) regexes: usize,
}

impl SpacePattern {
    pub(super) fn parse(text: &str) -> Result<Self, PatternError> {
        let mut tokens = Tokens::read(text, Grammar::Space)?;
        tokens.expect(&Kind::Begin)?;
        let mut pattern = Self { before: Vec::new(), after: None, regexes: 0 };
        if tokens.eat(&Kind::End) {
            // No field at all is any number of fields.
            pattern.after = Some(Vec::new());
        } else {
            while pattern.field(&mut tokens)? {}
        }
        tokens.end()?;
        pattern.regexes = tokens.regexes();
        Ok(pattern)
    }

    /// Reads one field and what follows it. Answers whether that is another one.
    fn field(&mut self, tokens: &mut Tokens<'_>) -> Result<bool, PatternError> {
        let is_ellipsis =
            tokens.peek().is_some_and(|token| token.kind == Kind::Word && token.text == ELLIPSIS);
        if is_ellipsis {
            tokens.next()?;
            if self.after.replace(Vec::new()).is_some() {
                return Err(PatternError::duplicate(ELLIPSIS));
            }
        } else {
            let field = field(tokens)?;
            if let Some(name) = field.name.as_deref().filter(|name| self.position_of(name, 0).is_some()) {
                return Err(PatternError::duplicate(name));
            }
            self.after.as_mut().unwrap_or(&mut self.before).push(field);
        }
        if tokens.eat(&Kind::Comma) {
            return Ok(true);
        }
        tokens.expect(&Kind::End).map(|()| false)
    }

    /// The fields of a message, if it matches.
    pub(super) fn find<'m>(&self, message: &'m str) -> Option<Vec<&'m str>> {
        let fields = match self.after {
            Some(_) => split(message, usize::MAX),
            None => split(message, self.before.len()),
        };
        let after = self.after.as_deref().unwrap_or_default();
        let first_after =
            fields.len().checked_sub(after.len()).filter(|position| *position >= self.before.len())?;
        let pairs = self.before.iter().zip(&fields).chain(after.iter().zip(fields.iter().skip(first_after)));
        let matches = pairs.into_iter().all(|(field, text)| field.holds(text));
        matches.then_some(fields)
    }

    /// What the fields of a message are called: by their names, or by their positions from 1.
    pub(super) fn names(&self, fields: usize) -> Vec<String> {
        let name =
            |position: usize| match self.named(position, fields).and_then(|field| field.name.as_deref()) {
                Some(name) => format!("${name}"),
                None => format!("${}", position + 1),
            };
        (0..fields).map(name).collect()
    }

    /// The position of the field that `$name` or `$3` means in a message of so many fields. Positions are our extension
    /// for fields that have a name, too.
    pub(super) fn position(&self, selector: &str, fields: usize) -> Option<usize> {
        let name = selector.strip_prefix('$')?;
        let by_number = || position(name).filter(|position| *position < fields);
        self.position_of(name, fields).or_else(by_number)
    }

    /// Whether `$name` or `$3` can be a field of a matching message.
    pub(super) fn has(&self, selector: &str) -> bool {
        let Some(name) = selector.strip_prefix('$') else { return false };
        let by_number =
            || position(name).is_some_and(|position| self.after.is_some() || position < self.before.len());
        self.position_of(name, 0).is_some() || by_number()
    }

    /// What every matching message contains.
    pub(super) fn required(&self) -> Required {
        let fields = self.before.iter().chain(self.after.iter().flatten());
        let conditions = fields.filter_map(|field| field.condition.as_ref());
        Required::all(conditions.map(|condition| condition.required(&Comparison::required)))
    }

    fn position_of(&self, name: &str, fields: usize) -> Option<usize> {
        let is_it = |field: &Field| field.name.as_deref() == Some(name);
        let after = self.after.as_deref().unwrap_or_default();
        let in_after = || after.iter().position(is_it).map(|at| fields.saturating_sub(after.len()) + at);
        self.before.iter().position(is_it).or_else(in_after)
    }

    fn named(&self, position: usize, fields: usize) -> Option<&Field> {
        let after = self.after.as_deref().unwrap_or_default();
        let in_after = || after.get(position.checked_sub(fields.checked_sub(after.len())?)?);
        self.before.get(position).or_else(in_after)
    }
}

/// A position from 0, written from 1.
fn position(number: &str) -> Option<usize> {
    if !number.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    number.parse::<usize>().ok()?.checked_sub(1)
}

/// One field: nothing, a name, or a name with conditions that all repeat it.
fn field(tokens: &mut Tokens<'_>) -> Result<Field, PatternError> {
    let Some(token) = tokens.peek().filter(|token| !matches!(token.kind, Kind::Comma | Kind::End)) else {
        return Ok(Field::default());
    };
    if token.kind != Kind::Word && token.kind != Kind::Open {
        return Err(PatternError::grammar());
    }
    let mut name = None;
    let read = Expression::read(tokens, &mut |tokens| {
        let token = tokens.next()?;
        if token.kind != Kind::Word || name.is_some_and(|name| name != token.text) {
            return Err(PatternError::grammar());
        }
        if !token.text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-')) {
            return Err(PatternError::term(token.text));
        }
        name = Some(token.text);
        match tokens.peek().map(|token| token.kind.clone()) {
            Some(Kind::Compare(operator)) => {
                tokens.next()?;
                Comparison::read(operator, tokens).map(Some)
            }
            _ => Ok(None),
        }
    })?;
    Ok(Field { name: name.map(str::to_owned), condition: conditions(read)? })
}

/// A name alone is no condition, and must not be part of others.
fn conditions(read: Expression<Option<Comparison>>) -> Result<Option<Expression<Comparison>>, PatternError> {
    let all = |parts: Vec<Expression<Option<Comparison>>>| {
        let parts = parts.into_iter().map(|part| conditions(part)?.ok_or_else(PatternError::grammar));
        parts.collect::<Result<Vec<_>, _>>()
    };
    Ok(match read {
        Expression::One(comparison) => comparison.map(Expression::One),
        Expression::All(parts) => Some(Expression::All(all(parts)?)),
        Expression::Any(parts) => Some(Expression::Any(all(parts)?)),
    })
}

impl Field {
    fn holds(&self, text: &str) -> bool {
        let number = || Number::parse(text).is_some();
        self.condition.as_ref().is_none_or(|condition| {
            condition.holds(&|comparison| {
                if number() { comparison.holds_for_number(text) } else { comparison.holds_for_text(text) }
            })
        })
    }
}

/// The fields of a message, of which the last one of `most` takes the rest.
fn split(message: &str, most: usize) -> Vec<&str> {
    let mut splitter = Splitter { rest: message.trim_matches(is_space), closing_bracket: UNKNOWN };
    let mut fields = Vec::new();
    while !splitter.rest.is_empty() {
        let rest = splitter.rest;
        let field = splitter.field();
        if fields.len() + 1 >= most && !splitter.rest.is_empty() {
            fields.push(rest);
            return fields;
        }
        fields.push(field);
    }
    fields
}

/// How much of a message is left where something stands that has not been looked for yet.
const UNKNOWN: usize = usize::MAX;
/// The same, where there is no such thing.
const NOWHERE: usize = 0;

struct Splitter<'m> {
    /// What is left, without white space around it.
    rest: &'m str,
    /// How much is left where the next closing bracket stands. It is kept, since otherwise a message of opening brackets
    /// would be searched to its end for each of them.
    closing_bracket: usize,
}

impl<'m> Splitter<'m> {
    /// The next field. Something must be left.
    fn field(&mut self) -> &'m str {
        let rest = self.rest;
        let closing = match rest.as_bytes().first() {
            Some(b'"') => closing_quote(rest),
            Some(b'[') => self.closing_bracket(),
            _ => None,
        };
        let enclosed = closing.and_then(|end| Some((rest.get(1..end)?, rest.get(end + 1..)?)));
        let enclosed = enclosed.filter(|(_, after)| after.is_empty() || after.starts_with(is_space));
        let (field, after) =
            enclosed.unwrap_or_else(|| rest.split_at(rest.find(is_space).unwrap_or(rest.len())));
        self.rest = after.trim_start_matches(is_space);
        field
    }

    fn closing_bracket(&mut self) -> Option<usize> {
        if self.closing_bracket >= self.rest.len() {
            self.closing_bracket = self.rest.find(']').map_or(NOWHERE, |at| self.rest.len() - at);
        }
        (self.closing_bracket != NOWHERE).then(|| self.rest.len() - self.closing_bracket)
    }
}

/// Where the text's first quotation mark is closed. One that closes nothing is not looked for twice: had there been
/// another field's opening mark on the way, it would have closed this one.
fn closing_quote(text: &str) -> Option<usize> {
    let mut bytes = text.bytes().enumerate().skip(1);
    while let Some((at, byte)) = bytes.next() {
        match byte {
            b'"' => return Some(at),
            b'\\' => drop(bytes.next()),
            _ => {}
        }
    }
    None
}
