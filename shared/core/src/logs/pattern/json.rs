//! Patterns for messages that are JSON objects: `{ $.a.b = "x*" && ($.n >= 1e3 || $.x IS NULL) }`.
//!
//! AWS: "Using filter patterns to match terms in JSON log events". A message that is no JSON object matches no such
//! pattern. Observed on AWS: a comparison, `!=` as well, holds for texts and numbers only, so never for what is missing,
//! null, true, false, an array or an object; `IS NULL` holds for an array with a null in it, too; each condition looks for
//! its own values, so with wildcards two of them may hold for different elements; `= null` is refused.

use super::comparison::Comparison;
use super::error::PatternError;
use super::expression::Expression;
use super::literals::Required;
use super::message::{Object, Value, elements};
use super::selector::{Selector, Step};
use super::tokens::{Grammar, Kind, Tokens};

#[derive(Clone, Debug)]
enum Test {
    Compares(Comparison),
    IsNull,
    Is(bool),
    NotExists,
}

#[derive(Clone, Debug)]
struct Condition {
    selector: Selector,
    test: Test,
}

/// A pattern between braces.
#[derive(Clone, Debug)]
pub(super) struct JsonPattern {
    expression: Expression<Condition>,
    pub(super) regexes: usize,
}

impl JsonPattern {
    pub(super) fn parse(text: &str) -> Result<Self, PatternError> {
        let mut tokens = Tokens::read(text, Grammar::Json)?;
        let mut wildcards = 0;
        tokens.expect(&Kind::Begin)?;
        let expression = Expression::read(&mut tokens, &mut |tokens| {
            let condition = condition(tokens)?;
            wildcards += condition.selector.wildcards();
            if wildcards > super::MOST_WILDCARDS { Err(PatternError::wildcards()) } else { Ok(condition) }
        })?;
        tokens.expect(&Kind::End)?;
        tokens.end()?;
        Ok(Self { expression, regexes: tokens.regexes() })
    }

    /// The message, read, if it matches.
    pub(super) fn find<'m>(&self, message: &'m str) -> Option<Object<'m>> {
        let object = Object::read(message)?;
        self.expression.holds(&|condition| condition.holds(&object)).then_some(object)
    }

    /// What every matching message contains unless it is written with escapes.
    pub(super) fn required(&self) -> Required {
        self.expression.required(&Condition::required)
    }
}

fn condition(tokens: &mut Tokens<'_>) -> Result<Condition, PatternError> {
    let Kind::Selector(selector) = tokens.next()?.kind else { return Err(PatternError::grammar()) };
    let token = tokens.next()?;
    let test = match (token.kind, token.text) {
        (Kind::Compare(operator), _) => {
            let value = tokens.peek().filter(|value| value.kind == Kind::Word);
            if value.is_some_and(|value| value.text.eq_ignore_ascii_case("null")) {
                return Err(PatternError::grammar());
            }
            Test::Compares(Comparison::read(operator, tokens)?)
        }
        (Kind::Word, "IS") => is(tokens)?,
        (Kind::Word, "NOT") if tokens.peek().is_some_and(|token| token.text == "EXISTS") => {
            tokens.next()?;
            Test::NotExists
        }
        _ => return Err(PatternError::grammar()),
    };
    Ok(Condition { selector, test })
}

fn is(tokens: &mut Tokens<'_>) -> Result<Test, PatternError> {
    let token = tokens.next()?;
    match (token.kind, token.text) {
        (Kind::Word, "NULL") => Ok(Test::IsNull),
        (Kind::Word, "TRUE") => Ok(Test::Is(true)),
        (Kind::Word, "FALSE") => Ok(Test::Is(false)),
        (Kind::Word, other) => Err(PatternError::misplaced(other)),
        _ => Err(PatternError::grammar()),
    }
}

impl Condition {
    fn holds(&self, object: &Object<'_>) -> bool {
        match &self.test {
            Test::NotExists => !object.any(&self.selector, |_| true),
            Test::IsNull => object.any(&self.selector, is_null),
            Test::Is(wanted) => {
                object.any(&self.selector, |value| matches!(value, Value::Flag(flag) if flag == wanted))
            }
            Test::Compares(comparison) => object.any(&self.selector, |value| match value {
                Value::Number(number) => comparison.holds_for_number(number),
                Value::Text(text) => comparison.holds_for_text(text),
                Value::Null | Value::Flag(_) | Value::Array(_) | Value::Object => false,
            }),
        }
    }

    fn required(&self) -> Required {
        let value = match &self.test {
            Test::NotExists => return Required::default(),
            Test::IsNull => Required::of(["null"]),
            Test::Is(true) => Required::of(["true"]),
            Test::Is(false) => Required::of(["false"]),
            Test::Compares(comparison) => match comparison.only_text() {
                Some(text) => Required::of([quoted(text).as_str()]),
                None => comparison.required(),
            },
        };
        let keys = self.selector.steps().iter().filter_map(|step| match step {
            Step::Key(key) => Some(Required::name(quoted(key))),
            Step::Index(_) | Step::Any => None,
        });
        Required::all(keys.chain([value]))
    }
}

fn is_null(value: &Value<'_>) -> bool {
    match value {
        Value::Null => true,
        Value::Array(json) => elements(json).unwrap_or_default().contains(&"null"),
        _ => false,
    }
}

fn quoted(text: &str) -> String {
    format!("\"{text}\"")
}
