//! From the text of a rule to its steps: a tokenizer and an operator stack, without recursion.

use std::borrow::Cow;
use std::iter::Peekable;
use std::str::CharIndices;

use super::{
    AlarmRef, Condition, Expected, LONGEST, MOST_CHILDREN, MOST_ELEMENTS, Rule, RuleError, Step, Threshold,
};
use crate::alarms::AlarmState;

/// The most characters of a token that an error shows.
const LONGEST_SHOWN: usize = 255;

/// Whether a reference without quotes may have it.
pub(super) fn is_bare(character: char) -> bool {
    !character.is_whitespace() && !matches!(character, '(' | ')' | ',')
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Kind<'a> {
    Open,
    Close,
    Comma,
    Word(&'a str),
    Quoted(Cow<'a, str>),
    End,
}

#[derive(Clone, Debug)]
struct Token<'a> {
    kind: Kind<'a>,
    text: &'a str,
    position: usize,
}

impl Token<'_> {
    fn instead_of(&self, expected: Expected) -> RuleError {
        let position = self.position;
        match self.kind {
            Kind::End => RuleError::UnexpectedEnd { position, expected },
            _ => RuleError::UnsupportedToken { token: shown(self.text), position, expected },
        }
    }

    fn is_word(&self, keyword: &str) -> bool {
        matches!(self.kind, Kind::Word(word) if word.eq_ignore_ascii_case(keyword))
    }

    fn state(&self) -> Option<AlarmState> {
        AlarmState::ALL.into_iter().find(|state| self.is_word(state.as_str()))
    }
}

fn shown(text: &str) -> String {
    text.chars().take(LONGEST_SHOWN).collect()
}

/// The tokens of a text; after the last one, [`Kind::End`] for ever.
struct Tokens<'a> {
    text: &'a str,
    characters: Peekable<CharIndices<'a>>,
    position: usize,
}

impl<'a> Tokens<'a> {
    fn new(text: &'a str) -> Self {
        Self { text, characters: text.char_indices().peekable(), position: 0 }
    }

    fn peek_character(&mut self) -> Option<char> {
        self.characters.peek().map(|(_, character)| *character)
    }

    fn advance(&mut self) -> Option<char> {
        let (_, character) = self.characters.next()?;
        self.position += 1;
        Some(character)
    }

    fn offset(&mut self) -> usize {
        self.characters.peek().map_or(self.text.len(), |(offset, _)| *offset)
    }

    fn next(&mut self) -> Result<Token<'a>, RuleError> {
        while self.peek_character().is_some_and(char::is_whitespace) {
            self.advance();
        }
        let (position, start) = (self.position, self.offset());
        let single = match self.peek_character() {
            None => return Ok(Token { kind: Kind::End, text: "", position }),
            Some('(') => Some(Kind::Open),
            Some(')') => Some(Kind::Close),
            Some(',') => Some(Kind::Comma),
            Some('"') => {
                let content = self.quoted(position)?;
                let text = self.since(start);
                return Ok(Token { kind: Kind::Quoted(content), text, position });
            }
            Some(_) => None,
        };
        if let Some(kind) = single {
            self.advance();
            return Ok(Token { kind, text: self.since(start), position });
        }
        while self.peek_character().is_some_and(is_bare) {
            self.advance();
        }
        let text = self.since(start);
        Ok(Token { kind: Kind::Word(text), text, position })
    }

    fn since(&mut self, start: usize) -> &'a str {
        let end = self.offset();
        self.text.get(start..end).unwrap_or_default()
    }

    /// What stands between the quotation mark here and its other half.
    fn quoted(&mut self, position: usize) -> Result<Cow<'a, str>, RuleError> {
        self.advance();
        let mut content = String::new();
        loop {
            match self.advance() {
                None => return Err(RuleError::UnclosedQuote { position }),
                Some('"') => return Ok(Cow::Owned(content)),
                Some('\\') => match self.peek_character() {
                    Some(escaped @ ('"' | '\\')) => {
                        self.advance();
                        content.push(escaped);
                    }
                    _ => content.push('\\'),
                },
                Some(character) => content.push(character),
            }
        }
    }

    fn expect(&mut self, kind: &Kind<'_>, expected: Expected) -> Result<(), RuleError> {
        let token = self.next()?;
        if token.kind == *kind { Ok(()) } else { Err(token.instead_of(expected)) }
    }
}

/// An operator that waits for its operand, or an open parenthesis; looser ones first.
#[derive(Copy, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Pending {
    Group,
    Or,
    And,
    Not,
}

#[derive(Default)]
struct Parser {
    steps: Vec<Step>,
    pending: Vec<Pending>,
    children: Vec<AlarmRef>,
    elements: usize,
}

pub(super) fn parse(text: &str) -> Result<Rule, RuleError> {
    if text.is_empty() || text.trim() != text {
        return Err(RuleError::Whitespace);
    }
    if text.chars().nth(LONGEST).is_some() {
        return Err(RuleError::TooLong);
    }
    let mut parser = Parser::default();
    let mut tokens = Tokens::new(text);
    loop {
        parser.operand(&mut tokens)?;
        if !parser.operator(&mut tokens)? {
            return Ok(Rule { steps: parser.steps, children: parser.children });
        }
    }
}

impl Parser {
    /// Reads up to the end of one function, with the parentheses and negations before it.
    fn operand(&mut self, tokens: &mut Tokens<'_>) -> Result<(), RuleError> {
        loop {
            let token = tokens.next()?;
            if token.kind == Kind::Open {
                self.count_element()?;
                self.pending.push(Pending::Group);
            } else if token.is_word("NOT") {
                self.pending.push(Pending::Not);
            } else if token.is_word("TRUE") || token.is_word("FALSE") {
                self.count_element()?;
                self.steps.push(Step::Constant(token.is_word("TRUE")));
                return Ok(());
            } else if token.is_word("AT_LEAST") {
                return self.at_least(tokens);
            } else if let Some(state) = token.state() {
                tokens.expect(&Kind::Open, Expected::Open)?;
                let child = self.reference(tokens)?;
                tokens.expect(&Kind::Close, Expected::Close)?;
                self.steps.push(Step::State(state, child));
                return Ok(());
            } else {
                return Err(token.instead_of(Expected::Expression));
            }
        }
    }

    /// Reads the parentheses and the operator after an operand; false at the end of the rule.
    fn operator(&mut self, tokens: &mut Tokens<'_>) -> Result<bool, RuleError> {
        loop {
            let token = tokens.next()?;
            if token.is_word("AND") {
                self.settle(Pending::And);
                self.pending.push(Pending::And);
                return Ok(true);
            }
            if token.is_word("OR") {
                self.settle(Pending::Or);
                self.pending.push(Pending::Or);
                return Ok(true);
            }
            self.settle(Pending::Or);
            let open = self.pending.pop().is_some();
            match token.kind {
                Kind::Close if open => {}
                Kind::End if !open => return Ok(false),
                _ if open => return Err(token.instead_of(Expected::OperatorOrClose)),
                _ => return Err(token.instead_of(Expected::Operator)),
            }
        }
    }

    /// Writes the operators down that bind at least as tightly as `next`, back to the last open parenthesis.
    fn settle(&mut self, next: Pending) {
        while let Some(operator) = self.pending.pop_if(|operator| *operator >= next) {
            match operator {
                Pending::Not if self.steps.last() == Some(&Step::Not) => {
                    self.steps.pop();
                }
                Pending::Not => self.steps.push(Step::Not),
                Pending::And => self.steps.push(Step::And),
                Pending::Or => self.steps.push(Step::Or),
                Pending::Group => {}
            }
        }
    }

    fn at_least(&mut self, tokens: &mut Tokens<'_>) -> Result<(), RuleError> {
        tokens.expect(&Kind::Open, Expected::Open)?;
        let written = tokens.next()?;
        let Some((amount, percent)) = amount(&written) else {
            return Err(written.instead_of(Expected::Threshold));
        };
        tokens.expect(&Kind::Comma, Expected::Comma)?;
        let condition = condition(tokens)?;
        tokens.expect(&Kind::Comma, Expected::Comma)?;
        tokens.expect(&Kind::Open, Expected::Open)?;
        let mut children = vec![self.reference(tokens)?];
        loop {
            let token = tokens.next()?;
            match token.kind {
                Kind::Comma => children.push(self.reference(tokens)?),
                Kind::Close => break,
                _ => return Err(token.instead_of(Expected::CommaOrClose)),
            }
        }
        tokens.expect(&Kind::Close, Expected::Close)?;
        let most = if percent { 100 } else { children.len() };
        if !(1..=most).contains(&amount) {
            let (token, position, alarms) = (shown(written.text), written.position, children.len());
            return Err(RuleError::Threshold { token, position, alarms });
        }
        let threshold = if percent { Threshold::Percent(amount) } else { Threshold::Count(amount) };
        self.steps.push(Step::AtLeast(threshold, condition, children));
        Ok(())
    }

    /// The index of the alarm that is named next.
    fn reference(&mut self, tokens: &mut Tokens<'_>) -> Result<usize, RuleError> {
        let token = tokens.next()?;
        let alarm = match &token.kind {
            Kind::Word(text) => AlarmRef::parse(text),
            Kind::Quoted(text) if !text.is_empty() => AlarmRef::parse(text),
            _ => return Err(token.instead_of(Expected::Alarm)),
        };
        self.count_element()?;
        if let Some(index) = self.children.iter().position(|child| *child == alarm) {
            return Ok(index);
        }
        if self.children.len() == MOST_CHILDREN {
            return Err(RuleError::TooManyChildren);
        }
        self.children.push(alarm);
        Ok(self.children.len() - 1)
    }

    fn count_element(&mut self) -> Result<(), RuleError> {
        self.elements += 1;
        if self.elements > MOST_ELEMENTS { Err(RuleError::TooManyElements) } else { Ok(()) }
    }
}

fn condition(tokens: &mut Tokens<'_>) -> Result<Condition, RuleError> {
    let token = tokens.next()?;
    if !token.is_word("NOT") {
        return token.state().map(Condition::In).ok_or_else(|| token.instead_of(Expected::Condition));
    }
    let token = tokens.next()?;
    token.state().map(Condition::NotIn).ok_or_else(|| token.instead_of(Expected::State))
}

/// A number, and whether it is a percentage. Numbers beyond every limit are as good as the largest.
fn amount(token: &Token<'_>) -> Option<(usize, bool)> {
    let Kind::Word(word) = token.kind else { return None };
    let (digits, percent) = word.strip_suffix('%').map_or((word, false), |digits| (digits, true));
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    Some((digits.parse().unwrap_or(usize::MAX), percent))
}
