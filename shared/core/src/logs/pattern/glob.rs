//! Texts with the wildcard `*`, which stands for any characters or none, anywhere and as often as one likes.
//!
//! AWS's older page has it that a `*` inside of a text is an ordinary character; its newer page does not, and tests that
//! others ran against the service show that it is none: `1*3` was `123`. They also show the service not looking further
//! than the first place where a part is found: `*111.111.111` was not `111.111.111.111`. That we do not imitate.

use super::literals::Required;

/// A text with wildcards: its parts between them.
#[derive(Clone, Debug)]
pub(super) struct Glob(Vec<String>);

impl Glob {
    pub(super) fn new(text: &str) -> Self {
        Self(text.split('*').map(str::to_owned).collect())
    }

    /// Linear in the text: every part is searched for once, from where the part before it was found first.
    pub(super) fn matches(&self, text: &str) -> bool {
        let Some((first, others)) = self.0.split_first() else { return text.is_empty() };
        let Some((last, between)) = others.split_last() else { return text == first };
        let Some(mut rest) = text.strip_prefix(first.as_str()) else { return false };
        for part in between {
            let Some(found) = rest.find(part.as_str()) else { return false };
            rest = rest.get(found + part.len()..).unwrap_or_default();
        }
        rest.ends_with(last.as_str())
    }

    /// The text, when it has no wildcard.
    pub(super) fn exact(&self) -> Option<&str> {
        match self.0.as_slice() {
            [only] => Some(only),
            _ => None,
        }
    }

    pub(super) fn required(&self) -> Required {
        Required::of(self.0.iter().map(String::as_str))
    }
}
