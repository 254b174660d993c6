//! Reading a pattern character by character, and what all three kinds of pattern have in common: texts in quotes and
//! regular expressions between percent signs.

use super::error::PatternError;

/// A place in a pattern.
pub(super) struct Cursor<'p> {
    text: &'p str,
    at: usize,
}

impl<'p> Cursor<'p> {
    pub(super) fn new(text: &'p str) -> Self {
        Self { text, at: 0 }
    }

    pub(super) fn at(&self) -> usize {
        self.at
    }

    pub(super) fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    pub(super) fn rest(&self) -> &'p str {
        self.text.get(self.at..).unwrap_or_default()
    }

    pub(super) fn since(&self, start: usize) -> &'p str {
        self.text.get(start..self.at).unwrap_or_default()
    }

    pub(super) fn advance(&mut self) -> Option<char> {
        let character = self.peek()?;
        self.at += character.len_utf8();
        Some(character)
    }

    pub(super) fn eat(&mut self, expected: char) -> bool {
        let found = self.peek() == Some(expected);
        if found {
            self.advance();
        }
        found
    }

    /// Reads on while the characters are such.
    pub(super) fn run(&mut self, is_part: impl Fn(char) -> bool) -> &'p str {
        let start = self.at;
        while self.peek().is_some_and(&is_part) {
            self.advance();
        }
        self.since(start)
    }

    pub(super) fn skip_whitespace(&mut self) {
        self.run(is_space);
    }

    /// The term that begins at `start` cannot go on with the character here; AWS shows it with that character.
    pub(super) fn unreadable(&mut self, start: usize) -> PatternError {
        self.advance();
        PatternError::term(self.since(start))
    }

    /// What stands between the quotation mark here and its other half. `\"` is a quotation mark and `\\` a backslash;
    /// any other backslash is itself, which is ours: AWS does not say. An error
    /// shows what was read since `start`.
    pub(super) fn quoted(&mut self, mark: char, start: usize) -> Result<String, PatternError> {
        self.advance();
        let mut content = String::new();
        loop {
            match self.advance() {
                None => return Err(self.unreadable(start)),
                Some(character) if character == mark => return Ok(content),
                Some('\\') => match self.peek() {
                    Some(escaped) if escaped == mark || escaped == '\\' => {
                        self.advance();
                        content.push(escaped);
                    }
                    _ => content.push('\\'),
                },
                Some(character) => content.push(character),
            }
        }
    }

    /// The regular expression here, without its percent signs. Only the alphabet is checked.
    pub(super) fn regex(&mut self) -> Result<&'p str, PatternError> {
        let start = self.at;
        self.advance();
        let content = self.run(is_in_regex);
        if content.is_empty() || !self.eat('%') {
            return Err(self.unreadable(start));
        }
        Ok(content)
    }
}

/// What separates terms, and the fields of a message.
pub(super) fn is_space(character: char) -> bool {
    matches!(character, ' ' | '\t' | '\r' | '\n')
}

/// The alphabet of regular expressions, from "Supported regular expressions (regex) syntax". The space is not in AWS's
/// list, but in its example `%^starting|^initializing|^shutting down%`.
fn is_in_regex(character: char) -> bool {
    character.is_ascii_alphanumeric()
        || matches!(character, ':' | '_' | '#' | '=' | '@' | '/' | ';' | ',' | '-' | ' ')
        || matches!(character, '^' | '$' | '?' | '[' | ']' | '{' | '}' | '|' | '\\' | '*' | '+' | '.')
}
