//! One line of a `Condition`: an operator, a key, and the values that it may have.
//!
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-logic-multiple-context-keys-or-values.html>

use super::Keys;
use super::operator::{self, Kind};
use super::policy::Version;
use super::template::Template;

/// How many of the request's values count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Quantity {
    /// Keys of one value.
    One,
    /// `ForAllValues:`; also where there is none.
    All,
    /// `ForAnyValue:`
    Any,
}

/// What is taken where the request has no such key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Missing {
    /// A negation holds, anything else does not.
    Decides,
    /// `…IfExists`
    Holds,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Condition {
    quantity: Quantity,
    kind: Kind,
    negated: bool,
    missing: Missing,
    key: String,
    values: Vec<Template>,
    /// The values of `Null`: whether the key is to be absent.
    absent: Vec<bool>,
}

/// Why a line is refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Wrong {
    Operator,
    Value(String),
}

impl Condition {
    pub(super) fn of(operator: &str, key: &str, values: &[String], version: Version) -> Result<Self, Wrong> {
        let (quantity, name) = match operator.split_once(':') {
            Some(("ForAllValues", name)) => (Quantity::All, name),
            Some(("ForAnyValue", name)) => (Quantity::Any, name),
            Some(_) => return Err(Wrong::Operator),
            None => (Quantity::One, operator),
        };
        let (name, missing) = match name.strip_suffix("IfExists") {
            Some(name) if name != "Null" => (name, Missing::Holds),
            Some(_) => return Err(Wrong::Operator),
            None => (name, Missing::Decides),
        };
        let (kind, negated) = operator::named(name).ok_or(Wrong::Operator)?;
        let read = |value: &String| {
            let template = Template::parse(value, version).filter(|_| kind.takes(value));
            template.ok_or_else(|| Wrong::Value(value.clone()))
        };
        let absent = if kind == Kind::Absence {
            values.iter().filter_map(|value| operator::truth(value)).collect()
        } else {
            Vec::new()
        };
        let values = values.iter().map(read).collect::<Result<Vec<_>, _>>()?;
        Ok(Self { quantity, kind, negated, missing, key: key.to_owned(), values, absent })
    }

    /// Whether it holds; `None` when a variable of it has no value, so that nobody can say.
    pub(super) fn holds(&self, keys: &Keys) -> Option<bool> {
        let given = keys.all(&self.key);
        if self.kind == Kind::Absence {
            return Some(self.absent.contains(&given.is_none()));
        }
        let Some(given) = given else {
            return Some(match (self.missing, self.quantity) {
                (Missing::Holds, _) | (_, Quantity::All) => true,
                (Missing::Decides, Quantity::Any) => false,
                (Missing::Decides, Quantity::One) => self.negated,
            });
        };
        let mut fits = Vec::with_capacity(given.len());
        for value in given {
            let mut any = false;
            for wanted in &self.values {
                any |= self.kind.matches(wanted, value, keys)?;
            }
            fits.push(any != self.negated);
        }
        Some(match (self.quantity, self.negated) {
            (Quantity::All, _) | (Quantity::One, true) => fits.iter().all(|fits| *fits),
            (Quantity::Any, _) | (Quantity::One, false) => fits.iter().any(|fits| *fits),
        })
    }
}
