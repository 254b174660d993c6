//! What every matching message must contain: worked out from a pattern's parts, for searching large buffers first.

/// How much a literal is worth. The names of properties are in most messages of a log group, whatever their length is.
#[derive(Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Worth {
    Name,
    Value,
}

/// Values that are shorter are in most messages, too.
const SHORTEST_VALUE: usize = 3;

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Literal {
    worth: Worth,
    text: String,
}

/// Texts that every match contains, each of them.
#[derive(Clone, Debug, Default)]
pub(super) struct Required(Vec<Literal>);

impl Required {
    /// Values.
    pub(super) fn of<'a>(texts: impl IntoIterator<Item = &'a str>) -> Self {
        let worth = |text: &str| if text.len() < SHORTEST_VALUE { Worth::Name } else { Worth::Value };
        let texts = texts.into_iter().filter(|text| !text.is_empty());
        Self(texts.map(|text| Literal { worth: worth(text), text: text.to_owned() }).collect())
    }

    /// The name of a property.
    pub(super) fn name(text: String) -> Self {
        Self(vec![Literal { worth: Worth::Name, text }])
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
        let mut common: Vec<Literal> = Vec::new();
        for (these, those) in [(&self.0, &other.0), (&other.0, &self.0)] {
            common.extend(these.iter().filter_map(|literal| {
                let containing = those.iter().filter(|longer| longer.text.contains(&literal.text));
                let worth = containing.map(|longer| longer.worth).max()?.min(literal.worth);
                Some(Literal { worth, text: literal.text.clone() })
            }));
        }
        common.sort_unstable();
        common.dedup();
        Self(common)
    }

    /// The most selective one as far as one can tell: the longest, values first.
    pub(super) fn best(self) -> Option<Vec<u8>> {
        let best = self.0.into_iter().max_by_key(|literal| (literal.worth, literal.text.len()))?;
        Some(best.text.into_bytes())
    }
}
