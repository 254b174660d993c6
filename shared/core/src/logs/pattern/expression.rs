//! Conditions with `&&`, `||` and parentheses, which JSON and space-delimited patterns share.

use super::error::PatternError;
use super::literals::Required;
use super::tokens::{Kind, Tokens};

/// The most parentheses within each other (ours), so that neither reading nor evaluating can exhaust a stack.
const DEEPEST: usize = 64;

/// Conditions that are combined; `&&` binds more tightly than `||`.
#[derive(Clone, Debug)]
pub(super) enum Expression<C> {
    One(C),
    All(Vec<Self>),
    Any(Vec<Self>),
}

impl<C> Expression<C> {
    /// Reads the expression here; `one` reads a condition.
    pub(super) fn read<'p>(
        tokens: &mut Tokens<'p>,
        one: &mut impl FnMut(&mut Tokens<'p>) -> Result<C, PatternError>,
    ) -> Result<Self, PatternError> {
        Self::any(tokens, DEEPEST, one)
    }

    fn any<'p>(
        tokens: &mut Tokens<'p>,
        depth: usize,
        one: &mut impl FnMut(&mut Tokens<'p>) -> Result<C, PatternError>,
    ) -> Result<Self, PatternError> {
        let mut parts = vec![Self::all(tokens, depth, one)?];
        while tokens.eat(&Kind::Or) {
            parts.push(Self::all(tokens, depth, one)?);
        }
        Ok(single(parts).unwrap_or_else(Self::Any))
    }

    fn all<'p>(
        tokens: &mut Tokens<'p>,
        depth: usize,
        one: &mut impl FnMut(&mut Tokens<'p>) -> Result<C, PatternError>,
    ) -> Result<Self, PatternError> {
        let mut parts = vec![Self::primary(tokens, depth, one)?];
        while tokens.eat(&Kind::And) {
            parts.push(Self::primary(tokens, depth, one)?);
        }
        Ok(single(parts).unwrap_or_else(Self::All))
    }

    fn primary<'p>(
        tokens: &mut Tokens<'p>,
        depth: usize,
        one: &mut impl FnMut(&mut Tokens<'p>) -> Result<C, PatternError>,
    ) -> Result<Self, PatternError> {
        if !tokens.eat(&Kind::Open) {
            return one(tokens).map(Self::One);
        }
        let depth = depth.checked_sub(1).ok_or_else(PatternError::grammar)?;
        let inner = Self::any(tokens, depth, one)?;
        tokens.expect(&Kind::Close)?;
        Ok(inner)
    }

    pub(super) fn holds(&self, one: &impl Fn(&C) -> bool) -> bool {
        match self {
            Self::One(condition) => one(condition),
            Self::All(parts) => parts.iter().all(|part| part.holds(one)),
            Self::Any(parts) => parts.iter().any(|part| part.holds(one)),
        }
    }

    pub(super) fn required(&self, one: &impl Fn(&C) -> Required) -> Required {
        match self {
            Self::One(condition) => one(condition),
            Self::All(parts) => Required::all(parts.iter().map(|part| part.required(one))),
            Self::Any(parts) => Required::any(parts.iter().map(|part| part.required(one))),
        }
    }
}

/// The only part, or all of them again.
fn single<T>(mut parts: Vec<T>) -> Result<T, Vec<T>> {
    match parts.pop() {
        Some(only) if parts.is_empty() => Ok(only),
        Some(last) => {
            parts.push(last);
            Err(parts)
        }
        None => Err(parts),
    }
}
