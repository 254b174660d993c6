//! From events that were found to a page.

use watchtrail_core::logs::event::EventKey;
use watchtrail_core::logs::intake::EVENT_OVERHEAD;

use super::judge::Judge;
use super::{Event, Page};
use crate::dynamo::Order;

/// Events that were found, and how far they are certain.
#[derive(Default)]
pub(super) struct Finding {
    pub(super) events: Vec<Event>,
    pub(super) searched: u64,
}

impl Finding {
    /// A page, if enough is certain, or if `spent`: nothing that was not read yet comes before `rank`.
    pub(super) fn page(&mut self, judge: &Judge, rank: i64, start: i64, spent: bool) -> Option<Page> {
        let certain = |event: &Event| match judge.ask.order {
            Order::Ascending => event.key.timestamp < rank,
            Order::Descending => event.key.timestamp > -rank,
        };
        let (count, bytes) = self
            .events
            .iter()
            .filter(|event| certain(event))
            .fold((0, 0), |(count, bytes), event| (count + 1, bytes + size(event)));
        let full = count > judge.ask.limit || bytes > judge.ask.bytes;
        // A page that ends early must have come further than where it began.
        let further = rank > start;
        if !(full || spent && further) {
            return None;
        }
        self.events.retain(certain);
        let mut page = std::mem::take(self).all(judge);
        if page.next.is_none() {
            page.next = Some(match judge.ask.order {
                Order::Ascending => EventKey::before(rank),
                Order::Descending => EventKey::before((-rank).saturating_add(1)),
            });
        }
        Some(page)
    }

    /// The page of all that was found.
    pub(super) fn all(mut self, judge: &Judge) -> Page {
        self.events.sort_unstable_by_key(|event| event.key);
        if judge.ask.order == Order::Descending {
            self.events.reverse();
        }
        let (mut bytes, mut taken) = (0, 0);
        for event in &self.events {
            bytes += size(event);
            if taken == judge.ask.limit || (bytes > judge.ask.bytes && taken > 0) {
                break;
            }
            taken += 1;
        }
        let more = taken < self.events.len();
        self.events.truncate(taken);
        let next = self.events.last().filter(|_| more).map(|event| event.key);
        if judge.ask.order == Order::Descending {
            self.events.reverse();
        }
        Page { events: self.events, next }
    }
}

fn size(event: &Event) -> usize {
    event.message.len() + EVENT_OVERHEAD
}
