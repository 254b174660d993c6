//! A line, read from left to right.

/// What is wrong in a line: where, and what would have been right.
#[derive(Debug)]
pub(super) struct Wrong {
    /// From 0, in bytes.
    pub(super) place: usize,
    pub(super) expected: String,
}

/// A word; one in quotes is never a keyword.
#[derive(Debug)]
pub(super) struct Word {
    pub(super) text: String,
    pub(super) quoted: bool,
    pub(super) place: usize,
}

impl Word {
    pub(super) fn is(&self, keyword: &str) -> bool {
        !self.quoted && self.text == keyword
    }
}

#[derive(Clone, Debug)]
pub(super) struct Cursor<'a> {
    line: &'a str,
    place: usize,
}

/// What ends a word that is not in quotes.
pub(super) fn ends_word(c: char) -> bool {
    c.is_whitespace() || matches!(c, ',' | '{' | '}' | '"')
}

impl<'a> Cursor<'a> {
    pub(super) fn new(line: &'a str) -> Self {
        Self { line, place: 0 }
    }

    pub(super) fn place(&self) -> usize {
        self.place
    }

    pub(super) fn wrong(&self, expected: impl Into<String>) -> Wrong {
        self.wrong_at(self.place, expected)
    }

    #[expect(clippy::unused_self, reason = "it reads as what the line is wrong about")]
    pub(super) fn wrong_at(&self, place: usize, expected: impl Into<String>) -> Wrong {
        Wrong { place, expected: expected.into() }
    }

    fn left(&self) -> &'a str {
        self.line.get(self.place..).unwrap_or_default()
    }

    fn peek(&self) -> Option<char> {
        self.left().chars().next()
    }

    /// Whether the next character and the one after it are such.
    pub(super) fn looking_at(&self, is: impl Fn(char, Option<char>) -> bool) -> bool {
        let mut left = self.left().chars();
        left.next().is_some_and(|first| is(first, left.next()))
    }

    pub(super) fn space(&mut self) {
        let left = self.left();
        self.place += left.len() - left.trim_start().len();
    }

    /// Whether nothing is left but a comment.
    pub(super) fn is_done(&mut self) -> bool {
        self.space();
        self.peek().is_none_or(|c| c == '#')
    }

    pub(super) fn done(&mut self) -> Result<(), Wrong> {
        if self.is_done() { Ok(()) } else { Err(self.wrong("the end of the line")) }
    }

    pub(super) fn eat(&mut self, c: char) -> bool {
        let is_there = self.peek() == Some(c);
        if is_there {
            self.place += c.len_utf8();
        }
        is_there
    }

    /// Spaces and then the character, if it is there.
    pub(super) fn eat_next(&mut self, c: char) -> bool {
        let mut ahead = self.clone();
        ahead.space();
        let is_there = ahead.eat(c);
        if is_there {
            self.place = ahead.place;
        }
        is_there
    }

    /// Spaces and then the keyword, if it is the next word.
    pub(super) fn eat_keyword(&mut self, keyword: &str) -> bool {
        let mut ahead = self.clone();
        let is_there = !ahead.is_done() && ahead.word("").is_ok_and(|word| word.is(keyword));
        if is_there {
            self.place = ahead.place;
        }
        is_there
    }

    pub(super) fn keyword(&mut self, keyword: &str) -> Result<(), Wrong> {
        if self.eat_keyword(keyword) {
            return Ok(());
        }
        self.space();
        Err(self.wrong(format!("“{keyword}”")))
    }

    /// A word, or a text in quotes.
    pub(super) fn word(&mut self, expected: &str) -> Result<Word, Wrong> {
        self.word_until(expected, |_| false)
    }

    /// A word that these characters end too.
    pub(super) fn word_until(&mut self, expected: &str, ends: impl Fn(char) -> bool) -> Result<Word, Wrong> {
        if self.is_done() {
            return Err(self.wrong(expected));
        }
        let place = self.place;
        if self.eat('"') {
            return Ok(Word { text: self.quoted(place)?, quoted: true, place });
        }
        let left = self.left();
        let length = left.find(|c| ends_word(c) || ends(c)).unwrap_or(left.len());
        if length == 0 {
            return Err(self.wrong(expected));
        }
        self.place += length;
        Ok(Word { text: left.get(..length).unwrap_or_default().to_owned(), quoted: false, place })
    }

    fn quoted(&mut self, start: usize) -> Result<String, Wrong> {
        let mut text = String::new();
        let mut left = self.left().chars();
        while let Some(c) = left.next() {
            self.place += c.len_utf8();
            match c {
                '"' => return Ok(text),
                '\\' => match left.next() {
                    Some(c @ ('"' | '\\')) => {
                        self.place += 1;
                        text.push(c);
                    }
                    _ => return Err(self.wrong_at(self.place - 1, "\\\" or \\\\")),
                },
                c => text.push(c),
            }
        }
        Err(self.wrong_at(start, "a text that ends with \""))
    }

    /// Everything up to the end of the line or to a comment.
    pub(super) fn rest(&mut self) -> &'a str {
        self.space();
        let left = self.left();
        let (mut in_quotes, mut after_space) = (false, true);
        let mut end = left.len();
        for (at, c) in left.char_indices() {
            match c {
                '#' if after_space && !in_quotes => {
                    end = at;
                    break;
                }
                '"' => in_quotes = !in_quotes,
                _ => {}
            }
            after_space = c.is_whitespace();
        }
        self.place += end;
        left.get(..end).unwrap_or_default().trim_end()
    }

    /// Everything up to and with a closing parenthesis.
    pub(super) fn call(&mut self, expected: &str) -> Result<&'a str, Wrong> {
        self.space();
        let left = self.left();
        let end = left.find(')').ok_or_else(|| self.wrong(expected))? + 1;
        self.place += end;
        Ok(left.get(..end).unwrap_or_default())
    }

    /// A decimal number; `..` after it is not its point.
    pub(super) fn number(&mut self, expected: &str) -> Result<f64, Wrong> {
        let left = self.left().as_bytes();
        let digits = |from: usize| {
            left.get(from..).unwrap_or_default().iter().take_while(|b| b.is_ascii_digit()).count()
        };
        let at = |place: usize| left.get(place).copied();
        let mut length = usize::from(matches!(at(0), Some(b'+' | b'-')));
        let whole = digits(length);
        length += whole;
        let mut parts = 0;
        if at(length) == Some(b'.') && digits(length + 1) > 0 {
            parts = digits(length + 1);
            length += 1 + parts;
        }
        if whole + parts == 0 {
            return Err(self.wrong(expected));
        }
        if matches!(at(length), Some(b'e' | b'E')) {
            let sign = usize::from(matches!(at(length + 1), Some(b'+' | b'-')));
            let exponent = digits(length + 1 + sign);
            length += if exponent > 0 { 1 + sign + exponent } else { 0 };
        }
        let text = self.left().get(..length).unwrap_or_default();
        let number = text.parse::<f64>().ok().filter(|number| number.is_finite());
        let number = number.ok_or_else(|| self.wrong(expected))?;
        self.place += length;
        // There is one zero.
        Ok(number + 0.0)
    }

    pub(super) fn count(&mut self, expected: &str) -> Result<u32, Wrong> {
        let digits = self.left().bytes().take_while(u8::is_ascii_digit).count();
        let count = self.left().get(..digits).and_then(|text| text.parse().ok());
        let count = count.ok_or_else(|| self.wrong(expected))?;
        self.place += digits;
        Ok(count)
    }

    /// That a word does not go on here.
    pub(super) fn word_ends(&self) -> Result<(), Wrong> {
        match self.peek() {
            Some(c) if !c.is_whitespace() => Err(self.wrong("a space")),
            _ => Ok(()),
        }
    }
}
