//! Comparing one value: an operator and a text, a number or a regular expression.
//!
//! Observed on AWS: a number without quotes is compared by value with numbers (`1` is `1.0` and `1e0`), but as the text
//! that it is with texts (`1` is `"1"` and not `"1.0"`); in quotes it is always a text, and so is the number that it is
//! compared with (`"1"` is `1` and not `1.0`). Only numbers are less or greater than others.

use std::cmp::Ordering;

use super::error::PatternError;
use super::glob::Glob;
use super::literals::Required;
use super::number::Number;
use super::regex::Expression;
use super::tokens::{Kind, Operator, Tokens};

#[derive(Clone, Debug)]
enum Operand {
    Number(Number, Glob),
    Text(Glob),
    Regex(Expression),
}

/// What a value has to be.
#[derive(Clone, Debug)]
pub(super) struct Comparison {
    operator: Operator,
    operand: Operand,
}

impl Comparison {
    /// Reads the value that follows an operator.
    pub(super) fn read(operator: Operator, tokens: &mut Tokens<'_>) -> Result<Self, PatternError> {
        let token = tokens.next()?;
        let operand = match token.kind {
            Kind::Word => match Number::parse(token.text) {
                Some(number) => Operand::Number(number, Glob::new(token.text)),
                None => Operand::Text(Glob::new(token.text)),
            },
            Kind::Quoted(ref text) => Operand::Text(Glob::new(text)),
            Kind::Regex(text) => {
                tokens.count_regex()?;
                Operand::Regex(Expression::parse(text)?)
            }
            _ => return Err(PatternError::grammar()),
        };
        let by_order = !matches!(operator, Operator::Equal | Operator::NotEqual);
        if by_order && !matches!(operand, Operand::Number(..)) {
            return Err(PatternError::misplaced(token.text));
        }
        Ok(Self { operator, operand })
    }

    /// Whether a text is what it has to be.
    pub(super) fn holds_for_text(&self, text: &str) -> bool {
        let equal = match &self.operand {
            Operand::Number(_, glob) | Operand::Text(glob) => glob.matches(text),
            Operand::Regex(regex) => regex.matches(text),
        };
        match self.operator {
            Operator::Equal => equal,
            Operator::NotEqual => !equal,
            _ => false,
        }
    }

    /// Whether a number is, which is written like this.
    pub(super) fn holds_for_number(&self, text: &str) -> bool {
        let (Operand::Number(wanted, _), Some(number)) = (&self.operand, Number::parse(text)) else {
            return self.holds_for_text(text);
        };
        let order = number.compare(*wanted);
        match self.operator {
            Operator::Equal => order == Some(Ordering::Equal),
            Operator::NotEqual => order != Some(Ordering::Equal),
            Operator::Less => order == Some(Ordering::Less),
            Operator::LessOrEqual => matches!(order, Some(Ordering::Less | Ordering::Equal)),
            Operator::Greater => order == Some(Ordering::Greater),
            Operator::GreaterOrEqual => matches!(order, Some(Ordering::Greater | Ordering::Equal)),
        }
    }

    /// What a value that is equal must contain as it is written.
    pub(super) fn required(&self) -> Required {
        match (&self.operand, self.operator) {
            (Operand::Text(glob), Operator::Equal) => glob.required(),
            (Operand::Regex(regex), Operator::Equal) => regex.required(),
            _ => Required::default(),
        }
    }

    /// The one text that is equal, if no number can be.
    pub(super) fn only_text(&self) -> Option<&str> {
        let (Operand::Text(glob), Operator::Equal) = (&self.operand, self.operator) else { return None };
        glob.exact().filter(|text| !text.starts_with(|first: char| first == '-' || first.is_ascii_digit()))
    }
}
