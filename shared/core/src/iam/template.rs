//! Texts of policies with wildcards and variables: `arn:aws:logs:*:*:log-group:/home/${aws:username}/*`.
//!
//! `*` stands for any text and `?` for any character; `${key}` for a key's value, `${key, 'other'}` with another text where the key
//! is not there, and `${*}`, `${?}`, `${$}` for these characters themselves
//! (<https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html>). A value that is put in is taken
//! literally, whatever is in it. Policies of the version 2008-10-17 have no variables.

use super::Keys;
use super::policy::Version;

/// One character of a pattern.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Glyph {
    /// Itself.
    One(char),
    /// Itself, put in for a variable: a colon of it parts no ARN.
    Put(char),
    /// `?`
    Any,
    /// `*`
    Many,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Part {
    Glyph(Glyph),
    Variable { key: String, otherwise: Option<String> },
}

/// A text of a policy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Template(Vec<Part>);

/// Whether upper and lower case are the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Case {
    Matters,
    Ignored,
}

impl Template {
    /// Reads a text; `None` when a variable of it does not end or has no name.
    pub(super) fn parse(text: &str, version: Version) -> Option<Self> {
        let mut parts = Vec::new();
        let mut rest = text;
        while let Some(first) = rest.chars().next() {
            if version == Version::Current && rest.starts_with("${") {
                let (inside, after) = rest[2..].split_once('}')?;
                parts.push(variable(inside)?);
                rest = after;
                continue;
            }
            let glyph = match first {
                '*' => Glyph::Many,
                '?' => Glyph::Any,
                other => Glyph::One(other),
            };
            parts.push(Part::Glyph(glyph));
            rest = &rest[first.len_utf8()..];
        }
        Some(Self(parts))
    }

    /// The pattern that a request makes of it; `None` when a variable has no value.
    pub(super) fn filled(&self, keys: &Keys) -> Option<Vec<Glyph>> {
        let mut pattern = Vec::with_capacity(self.0.len());
        for part in &self.0 {
            match part {
                Part::Glyph(glyph) => pattern.push(*glyph),
                Part::Variable { key, otherwise } => {
                    let value = keys.one(key).or(otherwise.as_deref())?;
                    pattern.extend(value.chars().map(Glyph::Put));
                }
            }
        }
        Some(pattern)
    }
}

fn variable(inside: &str) -> Option<Part> {
    let (key, otherwise) = match inside.split_once(',') {
        Some((key, otherwise)) => {
            let quoted = otherwise.trim().strip_prefix('\'')?.strip_suffix('\'')?;
            (key.trim(), Some(quoted.to_owned()))
        }
        None => (inside.trim(), None),
    };
    if let ("*" | "?" | "$", None) = (key, &otherwise) {
        return key.chars().next().map(|itself| Part::Glyph(Glyph::One(itself)));
    }
    let is_name = |c: char| c.is_ascii_alphanumeric() || ":/-_.@+=".contains(c);
    (!key.is_empty() && key.chars().all(is_name)).then(|| Part::Variable { key: key.to_owned(), otherwise })
}

/// Whether a text is one of a pattern. Takes at most the product of their lengths, whatever the pattern.
pub(super) fn matches(pattern: &[Glyph], text: &str, case: Case) -> bool {
    let text: Vec<char> = text.chars().collect();
    let same = |glyph: Glyph, c: char| match glyph {
        Glyph::Any => true,
        Glyph::One(own) | Glyph::Put(own) if case == Case::Ignored => own.eq_ignore_ascii_case(&c),
        Glyph::One(own) | Glyph::Put(own) => own == c,
        Glyph::Many => false,
    };
    let (mut at, mut from) = (0, 0);
    // Where to go on when what follows the last star does not fit: one character further.
    let mut star: Option<(usize, usize)> = None;
    while from < text.len() {
        match pattern.get(at) {
            Some(Glyph::Many) => {
                star = Some((at, from));
                at += 1;
            }
            Some(glyph) if same(*glyph, text[from]) => {
                at += 1;
                from += 1;
            }
            _ => match star {
                Some((before, taken)) => {
                    star = Some((before, taken + 1));
                    at = before + 1;
                    from = taken + 1;
                }
                None => return false,
            },
        }
    }
    pattern[at..].iter().all(|glyph| *glyph == Glyph::Many)
}

/// Whether an ARN is one of a pattern of ARNs: each of the six fields by itself, so that a wildcard never reaches over a colon but in the
/// last one. Of a pattern with fewer fields the missing ones are `*`
/// (<https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_resource.html>).
pub(super) fn matches_arn(pattern: &[Glyph], text: &str) -> bool {
    if pattern.iter().all(|glyph| *glyph == Glyph::Many) && !pattern.is_empty() {
        return true;
    }
    let fields: Vec<&str> = text.splitn(6, ':').collect();
    if fields.len() != 6 {
        return matches(pattern, text, Case::Matters);
    }
    let mut wanted = pattern.splitn(6, |glyph| *glyph == Glyph::One(':'));
    fields.iter().all(|field| wanted.next().is_none_or(|wanted| matches(wanted, field, Case::Matters)))
}
