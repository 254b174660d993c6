//! The tokens of JSON and space-delimited patterns.
//!
//! A pattern is read into tokens as a whole before they are understood, as on AWS: the first character that belongs to
//! no token is what the error is about, wherever else the pattern is wrong.

use super::cursor::Cursor;
use super::error::PatternError;
use super::selector::Selector;

/// How a value is compared.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(super) enum Operator {
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Kind<'p> {
    /// `{` or `[`.
    Begin,
    /// `}` or `]`.
    End,
    Open,
    Close,
    Comma,
    And,
    Or,
    Compare(Operator),
    Selector(Selector),
    /// A keyword, a number, a name or a text without quotes.
    Word,
    Quoted(String),
    Regex(&'p str),
}

#[derive(Clone, Debug)]
pub(super) struct Token<'p> {
    pub(super) kind: Kind<'p>,
    /// As it is written.
    pub(super) text: &'p str,
}

/// Which of the two languages is read.
#[derive(Copy, Clone, PartialEq, Eq)]
pub(super) enum Grammar {
    Json,
    Space,
}

/// Tokens that are taken one after the other.
pub(super) struct Tokens<'p> {
    list: Vec<Token<'p>>,
    at: usize,
    regexes: usize,
}

impl<'p> Tokens<'p> {
    pub(super) fn read(text: &'p str, grammar: Grammar) -> Result<Self, PatternError> {
        let mut cursor = Cursor::new(text);
        let mut tokens = Vec::new();
        loop {
            cursor.skip_whitespace();
            if cursor.rest().is_empty() {
                return Ok(Self { list: tokens, at: 0, regexes: 0 });
            }
            tokens.push(token(&mut cursor, grammar)?);
        }
    }

    pub(super) fn peek(&self) -> Option<&Token<'p>> {
        self.list.get(self.at)
    }

    /// The next token; the end of the pattern is no place to look for one.
    pub(super) fn next(&mut self) -> Result<Token<'p>, PatternError> {
        let token = self.peek().cloned().ok_or_else(PatternError::grammar)?;
        self.at += 1;
        Ok(token)
    }

    pub(super) fn eat(&mut self, kind: &Kind<'_>) -> bool {
        let found = self.peek().is_some_and(|token| token.kind == *kind);
        self.at += usize::from(found);
        found
    }

    pub(super) fn expect(&mut self, kind: &Kind<'_>) -> Result<(), PatternError> {
        if self.eat(kind) { Ok(()) } else { Err(PatternError::grammar()) }
    }

    /// Nothing may follow.
    pub(super) fn end(&self) -> Result<(), PatternError> {
        if self.peek().is_none() { Ok(()) } else { Err(PatternError::grammar()) }
    }

    /// Counts one more regular expression.
    pub(super) fn count_regex(&mut self) -> Result<(), PatternError> {
        self.regexes += 1;
        if self.regexes > super::MOST_REGEXES { Err(PatternError::regexes()) } else { Ok(()) }
    }

    pub(super) fn regexes(&self) -> usize {
        self.regexes
    }
}

fn token<'p>(cursor: &mut Cursor<'p>, grammar: Grammar) -> Result<Token<'p>, PatternError> {
    let start = cursor.at();
    let (begin, end) = if grammar == Grammar::Json { ('{', '}') } else { ('[', ']') };
    let kind = match cursor.peek() {
        Some('%') => Kind::Regex(cursor.regex()?),
        Some('"') => Kind::Quoted(cursor.quoted('"', start)?),
        Some('$') if grammar == Grammar::Json => Kind::Selector(Selector::read(cursor)?),
        Some(character) if is_in_word(character) => {
            cursor.run(is_in_word);
            Kind::Word
        }
        _ => match cursor.advance() {
            Some('(') => Kind::Open,
            Some(')') => Kind::Close,
            Some(',') if grammar == Grammar::Space => Kind::Comma,
            Some('=') => Kind::Compare(Operator::Equal),
            Some('!') if cursor.eat('=') => Kind::Compare(Operator::NotEqual),
            Some('<') if cursor.eat('=') => Kind::Compare(Operator::LessOrEqual),
            Some('<') => Kind::Compare(Operator::Less),
            Some('>') if cursor.eat('=') => Kind::Compare(Operator::GreaterOrEqual),
            Some('>') => Kind::Compare(Operator::Greater),
            Some('&') if cursor.eat('&') => Kind::And,
            Some('|') if cursor.eat('|') => Kind::Or,
            Some('!' | '&' | '|') => return Err(cursor.unreadable(start)),
            Some(character) if character == begin => Kind::Begin,
            Some(character) if character == end => Kind::End,
            _ => return Err(PatternError::term(cursor.since(start))),
        },
    };
    Ok(Token { kind, text: cursor.since(start) })
}

/// What texts may have without quotes. AWS's page has letters, digits and the underscore; its examples add the others.
fn is_in_word(character: char) -> bool {
    character.is_ascii_alphanumeric() || matches!(character, '_' | '.' | '*' | '+' | '-')
}
