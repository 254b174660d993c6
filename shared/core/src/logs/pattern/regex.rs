//! The regular expressions of filter patterns, between percent signs.
//!
//! AWS: "Supported regular expressions (regex) syntax". There are no groups, so an expression is a list of alternatives
//! and each of them a list of characters, classes and anchors, some of them repeated. It is read into that form and
//! written again for the crate `regex`, whose language has more: what AWS does not document must not slip through.
//! Matching takes time linear in the text.
//!
//! Ours, where AWS is silent: classes are ASCII; `.` is any character but a newline; `$` is the very end; a `]` or `}`
//! that closes nothing and a `{` that begins no repetition are themselves; laziness is allowed, as it changes nothing; a
//! repetition goes up to 512, all of an expression together, since the time for each character of a message grows with it;
//! what is larger is refused as if it could not be compiled.

use std::fmt::Write;
use std::iter::Peekable;
use std::str::Chars;

use regex::RegexBuilder;

use super::error::PatternError;
use super::literals::Required;

/// The most bytes of a compiled expression, and of what the search keeps of its automaton.
const MOST_BYTES: usize = 1 << 20;
/// The most repetitions, all of an expression together.
const MOST_TIMES: u32 = 512;
/// A literal that is repeated more often ends what is required at once.
const MOST_COPIES: u32 = 32;

const DIGITS: &str = "0-9";
const WORDS: &str = "0-9A-Za-z_";
const SPACES: &str = r"\x20\x09-\x0D";

/// A compiled expression.
#[derive(Clone, Debug)]
pub(super) struct Expression {
    regex: regex::Regex,
    required: Required,
}

impl Expression {
    /// Reads what stands between the percent signs.
    pub(super) fn parse(text: &str) -> Result<Self, PatternError> {
        let mut reader = Reader::new(text);
        reader.read().ok_or_else(PatternError::regex)?;
        let regex = RegexBuilder::new(&reader.out)
            .size_limit(MOST_BYTES)
            .dfa_size_limit(MOST_BYTES)
            .build()
            .map_err(|_| PatternError::regex())?;
        let required = Required::any(reader.alternatives.into_iter().map(Alternative::required));
        Ok(Self { regex, required })
    }

    pub(super) fn matches(&self, text: &str) -> bool {
        self.regex.is_match(text)
    }

    pub(super) fn required(&self) -> Required {
        self.required.clone()
    }
}

/// What an alternative requires: the literals that have stood next to each other.
#[derive(Default)]
struct Alternative {
    runs: Vec<String>,
    run: String,
}

impl Alternative {
    /// A literal that stands here `least` to `most` times.
    fn literal(&mut self, character: char, least: u32, most: Option<u32>) {
        for _ in 0..least.min(MOST_COPIES) {
            self.run.push(character);
        }
        if most != Some(least) || least > MOST_COPIES {
            self.interrupt();
            // Of those that may be repeated further, the last ones are next to what follows.
            for _ in 0..least.min(MOST_COPIES) {
                self.run.push(character);
            }
        }
    }

    fn interrupt(&mut self) {
        self.runs.push(std::mem::take(&mut self.run));
    }

    fn required(mut self) -> Required {
        self.interrupt();
        Required::of(self.runs.iter().map(String::as_str))
    }
}

/// What can be repeated.
enum Atom {
    Literal(char),
    /// A class in the language of the crate `regex`.
    Class(String),
}

/// What one escape stands for.
enum Escape {
    Literal(char),
    /// The members of a class, and whether it is all others.
    Members(&'static str, Sign),
}

#[derive(Copy, Clone, PartialEq, Eq)]
enum Sign {
    Those,
    Others,
}

struct Reader<'p> {
    characters: Peekable<Chars<'p>>,
    out: String,
    alternatives: Vec<Alternative>,
    /// How many repetitions there may still be.
    times_left: u32,
}

/// Every step answers nothing where the expression is none of AWS's.
impl<'p> Reader<'p> {
    fn new(text: &'p str) -> Self {
        Self {
            characters: text.chars().peekable(),
            out: String::new(),
            alternatives: vec![Alternative::default()],
            times_left: MOST_TIMES,
        }
    }

    fn read(&mut self) -> Option<()> {
        while let Some(character) = self.characters.next() {
            let atom = match character {
                '|' => {
                    self.out.push('|');
                    self.alternatives.push(Alternative::default());
                    continue;
                }
                '^' | '$' => {
                    self.out.push(character);
                    continue;
                }
                '*' | '+' | '?' => return None,
                '.' => Atom::Class(".".to_owned()),
                '[' => Atom::Class(self.class()?),
                '\\' => match self.escape()? {
                    Escape::Literal(literal) => Atom::Literal(literal),
                    Escape::Members(members, sign) => Atom::Class(bracketed(members, sign)),
                },
                '{' if self.times().is_some() => return None,
                literal => Atom::Literal(literal),
            };
            self.repeated(atom)?;
        }
        Some(())
    }

    /// Writes an atom with the repetition that follows it.
    fn repeated(&mut self, atom: Atom) -> Option<()> {
        let (least, most) = self.repetition()?;
        let alternative = self.alternatives.last_mut()?;
        match atom {
            Atom::Literal(literal) => {
                alternative.literal(literal, least, most);
                self.out.push_str(&member(literal));
            }
            Atom::Class(class) => {
                alternative.interrupt();
                self.out.push_str(&class);
            }
        }
        // Writing to a string cannot fail.
        let _ = match most {
            Some(1) if least == 1 => Ok(()),
            Some(most) => write!(self.out, "{{{least},{most}}}"),
            None => write!(self.out, "{{{least},}}"),
        };
        Some(())
    }

    /// The repetition here: how often at least, and at most if that is said.
    fn repetition(&mut self) -> Option<(u32, Option<u32>)> {
        let bounds = match self.characters.peek() {
            Some('*') => Some((0, None)),
            Some('+') => Some((1, None)),
            Some('?') => Some((0, Some(1))),
            _ => None,
        };
        let bounds = if bounds.is_some() {
            self.characters.next();
            bounds
        } else {
            let mut ahead = self.characters.clone();
            let times = (ahead.next() == Some('{')).then(|| Self::times_of(&mut ahead)).flatten();
            if times.is_some() {
                self.characters = ahead;
            }
            times
        };
        let Some((least, most)) = bounds else { return Some((1, Some(1))) };
        let times = most.unwrap_or(least);
        self.times_left = self.times_left.checked_sub(times).filter(|_| least <= times)?;
        self.characters.next_if_eq(&'?');
        let again = matches!(self.characters.peek(), Some('*' | '+' | '?'));
        (!again).then_some((least, most))
    }

    /// The numbers of `{m}`, `{m,}`, `{,n}` or `{m,n}`, if they follow here; nothing is read.
    fn times(&self) -> Option<(u32, Option<u32>)> {
        Self::times_of(&mut self.characters.clone())
    }

    fn times_of(characters: &mut Peekable<Chars<'p>>) -> Option<(u32, Option<u32>)> {
        let mut number = |end: &[char]| {
            let mut digits = String::new();
            loop {
                match characters.next()? {
                    digit if digit.is_ascii_digit() => digits.push(digit),
                    ' ' if digits.is_empty() => {}
                    other if end.contains(&other) => return Some((digits, other)),
                    _ => return None,
                }
            }
        };
        // Numbers too long to be read are too many in any case.
        let value = |digits: &str| digits.parse().unwrap_or(u32::MAX);
        let (least, end) = number(&[',', '}'])?;
        if end == '}' {
            let times = value(&least);
            return (!least.is_empty()).then_some((times, Some(times)));
        }
        let (most, _) = number(&['}'])?;
        match (least.is_empty(), most.is_empty()) {
            (true, true) => None,
            (false, true) => Some((value(&least), None)),
            (true, false) => Some((0, Some(value(&most)))),
            (false, false) => Some((value(&least), Some(value(&most)))),
        }
    }

    /// The escape here, after its backslash.
    fn escape(&mut self) -> Option<Escape> {
        let literal = |character| Some(Escape::Literal(character));
        match self.characters.next()? {
            'd' => Some(Escape::Members(DIGITS, Sign::Those)),
            'D' => Some(Escape::Members(DIGITS, Sign::Others)),
            's' => Some(Escape::Members(SPACES, Sign::Those)),
            'S' => Some(Escape::Members(SPACES, Sign::Others)),
            'w' => Some(Escape::Members(WORDS, Sign::Those)),
            'W' => Some(Escape::Members(WORDS, Sign::Others)),
            't' => literal('\t'),
            'n' => literal('\n'),
            'r' => literal('\r'),
            'x' => {
                let (high, low) =
                    (self.characters.next()?.to_digit(16)?, self.characters.next()?.to_digit(16)?);
                let character = char::from_u32(high * 16 + low).filter(char::is_ascii)?;
                literal(character)
            }
            other if other.is_ascii_alphanumeric() => None,
            other => literal(other),
        }
    }

    /// The class here, after its opening bracket.
    fn class(&mut self) -> Option<String> {
        let sign = if self.characters.next_if_eq(&'^').is_some() { Sign::Others } else { Sign::Those };
        let mut members = String::new();
        loop {
            let first = match self.characters.next()? {
                ']' if !members.is_empty() => return Some(bracketed(&members, sign)),
                // `[:alpha:]` and its like are not AWS's.
                '[' if self.characters.peek() == Some(&':') => return None,
                '\\' => match self.escape()? {
                    Escape::Literal(literal) => literal,
                    Escape::Members(set, Sign::Those) => {
                        members.push_str(set);
                        continue;
                    }
                    Escape::Members(set, Sign::Others) => {
                        members.push_str(&bracketed(set, Sign::Others));
                        continue;
                    }
                },
                literal => literal,
            };
            members.push_str(&member(first));
            let last = self.range_end(first)?;
            if last < first {
                return None;
            }
            if last > first {
                members.push('-');
                members.push_str(&member(last));
            }
        }
    }

    /// The last character of the range that begins with `first`: that itself, unless `-` follows and then something
    /// other than the end of the class.
    fn range_end(&mut self, first: char) -> Option<char> {
        let mut ahead = self.characters.clone();
        if ahead.next() != Some('-') || ahead.peek().is_none_or(|next| *next == ']') {
            return Some(first);
        }
        self.characters = ahead;
        match self.characters.next()? {
            '\\' => match self.escape()? {
                Escape::Literal(literal) => Some(literal),
                Escape::Members(..) => None,
            },
            literal => Some(literal),
        }
    }
}

fn bracketed(members: &str, sign: Sign) -> String {
    let not = if sign == Sign::Others { "^" } else { "" };
    format!("[{not}{members}]")
}

/// A character as itself, in and out of classes.
fn member(character: char) -> String {
    if character.is_ascii_alphanumeric() {
        character.to_string()
    } else {
        format!(r"\x{{{:X}}}", u32::from(character))
    }
}
