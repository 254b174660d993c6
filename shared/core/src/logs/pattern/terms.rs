//! Patterns for any message: words, phrases in quotes and regular expressions that it has to contain.
//!
//! AWS: "Using filter patterns to match terms in unstructured log events". Terms are case-sensitive and found within
//! words. A `-` excludes the term after it; of terms with `?` one has to be found, but next to any other terms they are
//! ignored. Both signs stand for themselves anywhere, even within what looks like a word (`ORDER-ITEM` excludes `ITEM`),
//! and may have white space after them. Observed on AWS: `" "` is a space, and does not match messages without one,
//! although AWS's page has it that it matches everything. `""` does, as on AWS's older page; whether the service takes it is
//! doubtful.

use memchr::memmem;

use super::cursor::Cursor;
use super::error::PatternError;
use super::literals::Required;
use super::regex::Expression;

#[derive(Clone, Debug)]
enum Term {
    Text(Box<memmem::Finder<'static>>),
    Regex(Expression),
}

impl Term {
    fn text(text: &str) -> Self {
        Self::Text(Box::new(memmem::Finder::new(text).into_owned()))
    }

    fn is_in(&self, message: &str) -> bool {
        match self {
            Self::Text(text) => text.find(message.as_bytes()).is_some(),
            Self::Regex(regex) => regex.matches(message),
        }
    }

    fn required(&self) -> Required {
        match self {
            Self::Text(text) => Required::of(str::from_utf8(text.needle())),
            Self::Regex(regex) => regex.required(),
        }
    }
}

/// What a message has to contain.
#[derive(Clone, Debug)]
enum Wanted {
    /// Each of these, and none of those.
    All(Vec<Term>, Vec<Term>),
    /// One of these.
    Any(Vec<Term>),
}

/// A pattern of terms. Without any, it matches everything.
#[derive(Clone, Debug)]
pub(super) struct TermsPattern {
    wanted: Wanted,
    pub(super) regexes: usize,
}

impl TermsPattern {
    pub(super) fn parse(text: &str) -> Result<Self, PatternError> {
        let (mut included, mut excluded, mut optional) = (Vec::new(), Vec::new(), Vec::new());
        let mut cursor = Cursor::new(text);
        let mut regexes = 0;
        cursor.skip_whitespace();
        while let Some(sign) = cursor.peek() {
            let list = match sign {
                '-' => &mut excluded,
                '?' => &mut optional,
                _ => &mut included,
            };
            if matches!(sign, '-' | '?') {
                cursor.advance();
                cursor.skip_whitespace();
            }
            let term = term(&mut cursor)?;
            regexes += usize::from(matches!(term, Term::Regex(_)));
            if regexes > super::MOST_REGEXES {
                return Err(PatternError::regexes());
            }
            list.push(term);
            cursor.skip_whitespace();
        }
        let only_optional = included.is_empty() && excluded.is_empty() && !optional.is_empty();
        let wanted = if only_optional { Wanted::Any(optional) } else { Wanted::All(included, excluded) };
        Ok(Self { wanted, regexes })
    }

    pub(super) fn matches(&self, message: &str) -> bool {
        let is_in = |term: &Term| term.is_in(message);
        match &self.wanted {
            Wanted::All(included, excluded) => included.iter().all(is_in) && !excluded.iter().any(is_in),
            Wanted::Any(optional) => optional.iter().any(is_in),
        }
    }

    /// What every matching message contains.
    pub(super) fn required(&self) -> Required {
        match &self.wanted {
            Wanted::All(included, _) => Required::all(included.iter().map(Term::required)),
            Wanted::Any(optional) => Required::any(optional.iter().map(Term::required)),
        }
    }
}

fn term(cursor: &mut Cursor<'_>) -> Result<Term, PatternError> {
    let start = cursor.at();
    match cursor.peek() {
        Some('"') => cursor.quoted('"', start).map(|text| Term::text(&text)),
        Some('%') => Expression::parse(cursor.regex()?).map(Term::Regex),
        None | Some('-' | '?') => Err(PatternError::grammar()),
        Some(_) => {
            let word = cursor.run(|character| character.is_ascii_alphanumeric() || character == '_');
            if word.is_empty() { Err(cursor.unreadable(start)) } else { Ok(Term::text(word)) }
        }
    }
}
