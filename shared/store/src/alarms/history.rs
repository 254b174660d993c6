//! What happened to alarms: kept for 30 days, also after an alarm is deleted.
//!
//! Each item is written twice: among those of its alarm and among those of its day, because it is asked for both ways.

use ulid::Ulid;
use watchtrail_core::time::{Day, MINUTE, Timestamp};

use super::{AlarmStore, HISTORY_KEPT};
use crate::dynamo::{Attributes, Item, Order, item as new_item, number, text};
use crate::error::StoreError;
use crate::keys::{Scope, item};

/// `HistoryItemType`
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Happened {
    /// It was put, changed or deleted.
    ConfigurationUpdate,
    /// Its state changed.
    StateUpdate,
    /// An action was carried out, or failed.
    Action,
}

impl Happened {
    const ALL: [Self; 3] = [Self::ConfigurationUpdate, Self::StateUpdate, Self::Action];

    /// AWS's spelling.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::ConfigurationUpdate => "ConfigurationUpdate",
            Self::StateUpdate => "StateUpdate",
            Self::Action => "Action",
        }
    }

    /// Reads AWS's spelling.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|happened| happened.as_str() == name)
    }
}

/// An item of the history.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HistoryItem {
    /// Its identity; sorts by time.
    pub id: Ulid,
    /// When.
    pub at: Timestamp,
    /// The alarm's name.
    pub alarm: String,
    /// `MetricAlarm` or `CompositeAlarm`
    pub alarm_type: String,
    /// What kind of thing happened.
    pub happened: Happened,
    /// `HistorySummary`
    pub summary: String,
    /// `HistoryData`, JSON.
    pub data: String,
}

/// What is asked of the history.
#[derive(Debug, Clone)]
pub struct HistoryQuery<'a> {
    /// Of one alarm only.
    pub alarm: Option<&'a str>,
    /// Of one kind only.
    pub happened: Option<Happened>,
    /// Of some types of alarms only; none: of all.
    pub alarm_types: &'a [String],
    /// From when on, inclusive.
    pub start: Timestamp,
    /// Until when, inclusive.
    pub end: Timestamp,
    /// Newest or oldest first.
    pub order: Order,
    /// Go on after this item.
    pub after: Option<Ulid>,
    /// So many.
    pub limit: usize,
}

/// A page of the history.
#[derive(Debug, Clone, Default)]
pub struct HistoryPage {
    /// The items in the order that was asked for.
    pub items: Vec<HistoryItem>,
    /// Whether there are more.
    pub more: bool,
}

impl HistoryItem {
    pub(super) fn items(&self, scope: &Scope, expires: Timestamp) -> [Item; 2] {
        let of_day = item::history_of_day(scope, Day::of(self.at));
        [of_day, item::history_of_alarm(scope, &self.alarm)].map(|pk| {
            let mut entry = new_item((pk, self.id.to_string()));
            entry.insert("at".into(), number(self.at.millis()));
            entry.insert("alarm".into(), text(&self.alarm));
            entry.insert("alarm_type".into(), text(&self.alarm_type));
            entry.insert("happened".into(), text(self.happened.as_str()));
            entry.insert("summary".into(), text(&self.summary));
            entry.insert("data".into(), text(&self.data));
            entry.insert("expires".into(), number(expires.millis() / 1000));
            entry
        })
    }

    fn parse(entry: &Item) -> Result<Self, StoreError> {
        let what = |why: &str| StoreError::corrupt("an item of alarms' history", why);
        Ok(Self {
            id: Ulid::from_string(entry.text("sk")?).map_err(|error| what(&error.to_string()))?,
            at: Timestamp::from_millis(entry.number("at")?),
            alarm: entry.text("alarm")?.to_owned(),
            alarm_type: entry.text("alarm_type")?.to_owned(),
            happened: Happened::parse(entry.text("happened")?).ok_or_else(|| what("its kind is unknown"))?,
            summary: entry.text("summary")?.to_owned(),
            data: entry.text("data")?.to_owned(),
        })
    }
}

impl AlarmStore {
    /// A page of the history.
    ///
    /// # Errors
    /// When DynamoDB does not answer.
    pub async fn history(
        &self,
        scope: &Scope,
        query: &HistoryQuery<'_>,
        now: Timestamp,
    ) -> Result<HistoryPage, StoreError> {
        // What the table's TTL has not removed yet is not shown.
        let start = query.start.max(now.plus_millis(-HISTORY_KEPT));
        // The state of an alarm may be a few milliseconds ahead of the clock, where several changed at once.
        let end = query.end.min(now.plus_millis(MINUTE));
        let mut page = HistoryPage::default();
        if start > end {
            return Ok(page);
        }
        let bounds = |time: Timestamp, rest: u128| {
            Ulid::from_parts(time.millis().max(0).unsigned_abs(), rest).to_string()
        };
        let (mut from, mut to) = (bounds(start, 0), bounds(end, u128::MAX));
        match (query.after.map(|after| after.to_string()), query.order) {
            (Some(after), Order::Ascending) => from = from.max(after),
            (Some(after), Order::Descending) => to = to.min(after),
            (None, _) => {}
        }
        for pk in places(scope, query, start, end) {
            self.collect(pk, (&from, &to), query, &mut page).await?;
            if page.more {
                break;
            }
        }
        Ok(page)
    }

    /// Adds what fits from one partition key.
    async fn collect(
        &self,
        pk: String,
        (from, to): (&str, &str),
        query: &HistoryQuery<'_>,
        page: &mut HistoryPage,
    ) -> Result<(), StoreError> {
        let (mut from, mut to) = (from.to_owned(), to.to_owned());
        loop {
            // One more than is shown tells whether there are more; one more than that is the one to go on after.
            let wanted = query.limit - page.items.len() + 2;
            if from > to {
                return Ok(());
            }
            let found =
                self.db.query_some(&self.names.ledger, pk.clone(), (&from, &to), query.order, wanted).await?;
            for entry in &found {
                let entry = HistoryItem::parse(entry)?;
                let wanted = query.after != Some(entry.id)
                    && query.happened.is_none_or(|happened| happened == entry.happened)
                    && (query.alarm_types.is_empty() || query.alarm_types.contains(&entry.alarm_type));
                if wanted && page.items.len() == query.limit {
                    page.more = true;
                    return Ok(());
                }
                if wanted {
                    page.items.push(entry);
                }
            }
            let Some(last) = found.last().filter(|_| found.len() >= wanted) else { return Ok(()) };
            let last = Ulid::from_string(last.text("sk")?)
                .map_err(|error| StoreError::corrupt("an item of alarms' history", error))?;
            match query.order {
                Order::Ascending => from = Ulid(last.0.saturating_add(1)).to_string(),
                Order::Descending => to = Ulid(last.0.saturating_sub(1)).to_string(),
            }
        }
    }
}

/// The partition keys that the answer may stand in, in the order that was asked for.
fn places(scope: &Scope, query: &HistoryQuery<'_>, start: Timestamp, end: Timestamp) -> Vec<String> {
    if let Some(alarm) = query.alarm {
        return vec![item::history_of_alarm(scope, alarm)];
    }
    let mut days: Vec<Day> = Day::range(start, end.plus_millis(1)).collect();
    if query.order == Order::Descending {
        days.reverse();
    }
    days.into_iter().map(|day| item::history_of_day(scope, day)).collect()
}
