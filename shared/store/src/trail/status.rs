//! What became of a trail's deliveries: one small item of the ledger, each channel with attributes of its own.

use watchtrail_core::time::Timestamp;

use super::{KeptAside, Outlet, Trail, TrailStatus, TrailStore};
use crate::dynamo::{Attributes, Change, Item, number, text};
use crate::error::StoreError;
use crate::keys::item;

/// Errors of other services may be long; GetTrailStatus tells the beginning.
const LONGEST_ERROR: usize = 1_000;

/// The attributes of a channel: when it succeeded last, when it was tried last, and its error.
const fn attributes(channel: Outlet) -> [&'static str; 3] {
    match channel {
        Outlet::Files | Outlet::Events => ["files_at", "files_tried", "files_error"],
        Outlet::Notices => ["notices_at", "notices_tried", "notices_error"],
        Outlet::Logs => ["logs_at", "logs_tried", "logs_error"],
        Outlet::Digests => ["digests_at", "digests_tried", "digests_error"],
    }
}

impl TrailStore {
    /// Notes what became of a try.
    ///
    /// # Errors
    /// When DynamoDB does not answer.
    pub async fn note_try(
        &self,
        trail: &str,
        channel: Outlet,
        outcome: Result<(), &str>,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let [at, tried, error] = attributes(channel);
        let mut values = vec![(":now", number(now.millis()))];
        let update = match outcome {
            Ok(()) => format!("SET {at} = :now, {tried} = :now REMOVE {error}"),
            Err(message) => {
                values.push((":error", text(message.chars().take(LONGEST_ERROR).collect::<String>())));
                format!("SET {tried} = :now, {error} = :error")
            }
        };
        let change = Change { update: &update, condition: None, values };
        self.ledger.db.update(&self.ledger.config.names.ledger, item::trail_status(trail), change).await
    }

    /// What became of a trail's deliveries.
    ///
    /// # Errors
    /// When DynamoDB does not answer.
    pub async fn status(&self, trail: &Trail) -> Result<TrailStatus, StoreError> {
        let table = &self.ledger.config.names.ledger;
        let found = self.ledger.db.get(table, item::trail_status(&trail.id)).await?.unwrap_or_default();
        let mut status = parse(&found);
        // Its own is among them from the first delivery on.
        let mut regions = self.regions(&trail.scope.account).await?;
        regions.push(trail.scope.region.clone());
        regions.sort();
        regions.dedup();
        for region in regions {
            if trail.covers(&region) {
                let scope = crate::keys::Scope { account: trail.scope.account.clone(), region };
                let here = self.aside(&scope).await?;
                status.aside.count += here.count;
                if here.at > status.aside.at {
                    (status.aside.at, status.aside.reason) = (here.at, here.reason);
                }
            }
        }
        Ok(status)
    }
}

fn parse(found: &Item) -> TrailStatus {
    let time = |channel: Outlet, which: usize| found.maybe_number(attributes(channel)[which]);
    let error = |channel: Outlet| found.text(attributes(channel)[2]).ok().map(str::to_owned);
    TrailStatus {
        delivered: time(Outlet::Files, 0),
        delivery_error: error(Outlet::Files),
        attempted: time(Outlet::Files, 1),
        notified: time(Outlet::Notices, 0),
        notification_error: error(Outlet::Notices),
        notification_attempted: time(Outlet::Notices, 1),
        logged: time(Outlet::Logs, 0),
        log_error: error(Outlet::Logs),
        digested: time(Outlet::Digests, 0),
        digest_error: error(Outlet::Digests),
        aside: KeptAside::default(),
    }
}
