//! What is asked for, and whether something may be it.

use std::collections::HashSet;

use memchr::memmem;
use ulid::Ulid;
use watchtrail_core::logs::event::EventKey;
use watchtrail_core::logs::pattern::Prefilter;

use super::{Ask, Streams};
use crate::dynamo::Order;
use crate::logs::segment::Placed;

/// An ask with what helps to answer it.
pub(super) struct Judge {
    pub(super) ask: Ask,
    /// Ids of streams that were deleted.
    graves: HashSet<String>,
    needle: Option<(memmem::Finder<'static>, bool)>,
}

impl Judge {
    pub(super) fn new(ask: Ask, graves: HashSet<String>) -> Self {
        let needle = ask.pattern.as_ref().and_then(|pattern| match pattern.prefilter() {
            Prefilter::None => None,
            Prefilter::Literal(literal) => Some((memmem::Finder::new(&literal).into_owned(), false)),
            Prefilter::LiteralOrBackslash(literal) => {
                Some((memmem::Finder::new(&literal).into_owned(), true))
            }
        });
        Self { ask, graves, needle }
    }

    pub(super) fn wants_key(&self, key: &EventKey) -> bool {
        let behind = |after: &EventKey| match self.ask.order {
            Order::Ascending => key > after,
            Order::Descending => key < after,
        };
        self.ask.range.contains(&key.timestamp) && self.ask.after.as_ref().is_none_or(behind)
    }

    pub(super) fn wants_stream(&self, name: &str, id: &str) -> bool {
        let named = match &self.ask.streams {
            Streams::All => true,
            Streams::Id(wanted) => Ulid::from_string(id) == Ok(*wanted),
            Streams::Names(names) => names.contains(name),
            Streams::Prefix(prefix) => name.starts_with(prefix.as_str()),
        };
        named && !self.graves.contains(id)
    }

    /// Whether a message, or messages side by side, may hold what is looked for.
    pub(super) fn may_hold(&self, bytes: &[u8]) -> bool {
        let Some((needle, or_backslash)) = &self.needle else { return true };
        needle.find(bytes).is_some() || (*or_backslash && memchr::memchr(b'\\', bytes).is_some())
    }

    /// Whether a message matches that may.
    pub(super) fn matches(&self, message: &[u8]) -> bool {
        let Some(pattern) = &self.ask.pattern else { return true };
        std::str::from_utf8(message).is_ok_and(|message| pattern.matches(message))
    }

    /// Whether every event of a time span and every stream is asked for.
    pub(super) fn wants_all(&self, first: i64, last: i64) -> bool {
        let key = |timestamp, request, index| EventKey { timestamp, request, index };
        self.ask.streams == Streams::All
            && self.graves.is_empty()
            && self.wants_key(&EventKey::before(first))
            && self.wants_key(&key(last, u128::MAX, u32::MAX))
    }

    /// The first of some rows, or the last; more than a page holds are not looked at further.
    pub(super) fn nearest(&self, mut placed: Vec<Placed>) -> Vec<Placed> {
        placed.sort_unstable();
        let most = self.ask.limit + 1;
        match self.ask.order {
            Order::Ascending => placed.truncate(most),
            Order::Descending => drop(placed.drain(..placed.len().saturating_sub(most))),
        }
        placed
    }

    /// Whether something with events from `first` to `last` can hold one that is asked for.
    pub(super) fn wants_span(&self, first: i64, last: i64) -> bool {
        let range = &self.ask.range;
        let behind = self.ask.after.is_none_or(|after| match self.ask.order {
            Order::Ascending => last >= after.timestamp,
            Order::Descending => first <= after.timestamp,
        });
        first < range.end && last >= range.start && behind
    }
}
