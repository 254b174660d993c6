//! What every matching message must contain: worked out from a pattern's parts, for searching large buffers first.

/// Texts that every match contains, each of them.
#[derive(Clone, Debug, Default)]
pub(super) struct Required(Vec<String>);

impl Required {
    pub(super) fn of<'a>(texts: impl IntoIterator<Item = &'a str>) -> Self {
        Self(texts.into_iter().filter(|text| !text.is_empty()).map(str::to_owned).collect())
    }

    /// All parts have to match.
    pub(super) fn all(parts: impl IntoIterator<Item = Self>) -> Self {
        Self(parts.into_iter().flat_map(|part| part.0).collect())
    }

    /// One of the parts has to match: what remains is what each of them requires, alone or within something longer.
    pub(super) fn any(parts: impl IntoIterator<Item = Self>) -> Self {
        parts.into_iter().reduce(Self::common).unwrap_or_default()
    }

    fn common(self, other: Self) -> Self {
        let mut common: Vec<String> = Vec::new();
        for (these, those) in [(&self.0, &other.0), (&other.0, &self.0)] {
            let shared =
                these.iter().filter(|text| those.iter().any(|longer| longer.contains(text.as_str())));
            common.extend(shared.cloned());
        }
        common.sort_unstable();
        common.dedup();
        Self(common)
    }

    /// The longest, which is the most selective as far as one can tell.
    pub(super) fn longest(self) -> Option<Vec<u8>> {
        self.0.into_iter().max_by_key(String::len).map(String::into_bytes)
    }
}
