//! Which days of the index are still to be listed.

use watchtrail_core::time::{Day, Timestamp};

use super::Ask;
use crate::dynamo::Order;

/// The days that are still to be listed.
pub(super) struct Listing {
    pub(super) order: Order,
    /// The rank of where the page begins.
    pub(super) start: i64,
    pub(super) left: Option<(Day, Day)>,
    /// The least rank of what is not listed yet.
    pub(super) bound: Option<i64>,
}

impl Listing {
    pub(super) fn new(ask: &Ask) -> Self {
        let (mut start, mut end) = (ask.range.start, ask.range.end.saturating_sub(1));
        if let Some(after) = ask.after {
            match ask.order {
                Order::Ascending => start = start.max(after.timestamp),
                Order::Descending => end = end.min(after.timestamp),
            }
        }
        // Days have four digits of a year.
        let day = |millis: i64| Day::of(Timestamp::from_millis(millis.clamp(0, 253_402_300_799_999)));
        let rank = if ask.order == Order::Ascending { start } else { end.saturating_neg() };
        // Where a page goes on may lie beyond the range: before what the retention keeps by now, for one.
        let left = (start <= end).then(|| (day(start), day(end)));
        Self { order: ask.order, start: rank, left, bound: None }
    }

    /// Everything up to and with `done` is listed.
    pub(super) fn go_on(&mut self, done: Day, from: Day, to: Day) {
        match self.order {
            Order::Ascending => self.go_on_from(done.next(), from, to),
            Order::Descending => self.go_on_from(done.previous(), from, to),
        }
    }

    /// Everything before `next` is listed.
    pub(super) fn go_on_from(&mut self, next: Day, from: Day, to: Day) {
        if next < from || next > to {
            return;
        }
        match self.order {
            Order::Ascending => {
                self.left = Some((next, to));
                self.bound = Some(next.start().millis());
            }
            Order::Descending => {
                self.left = Some((from, next));
                self.bound = Some(-next.end().millis());
            }
        }
    }
}
