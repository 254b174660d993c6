//! Log streams: one small item of the ledger each. A stream, like its group, has an id of its own, so that a stream that is created
//! again under the same name begins empty.

use std::collections::HashMap;

use watchtrail_core::time::Timestamp;

use super::{LogGroup, LogStore, Meta};
use crate::dynamo::{Attributes, Change, Item, Order, item as new_item, number, text, write};
use crate::error::StoreError;
use crate::keys::{Partition, Scope, item};

/// A log stream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogStream {
    /// Unique in its group.
    pub name: String,
    /// Unique for ever: a ULID.
    pub id: String,
    /// Epoch milliseconds.
    pub created: i64,
    /// The earliest event (epoch milliseconds), of those that were delivered unless said otherwise.
    pub first: Option<i64>,
    /// The latest event (epoch milliseconds); as above.
    pub last: Option<i64>,
    /// When the last batch came (epoch milliseconds); as above.
    pub ingested: Option<i64>,
}

/// What waits for delivery in the streams of a group.
#[derive(Debug, Default)]
pub struct Waiting(HashMap<String, (i64, i64, i64)>);

impl Waiting {
    /// A stream with the figures of what waits, too.
    #[must_use]
    pub fn added_to(&self, mut stream: LogStream) -> LogStream {
        if let Some((first, last, ingested)) = self.0.get(&stream.id) {
            stream.saw(*first, *last, *ingested);
        }
        stream
    }
}

impl LogStream {
    fn item(&self, group: &Partition) -> Item {
        let mut made = new_item((item::log_streams(group), self.name.clone()));
        made.insert("id".into(), text(&self.id));
        made.insert("created".into(), number(self.created));
        made
    }

    fn parse(found: &Item) -> Result<Self, StoreError> {
        Ok(Self {
            name: found.text("sk")?.to_owned(),
            id: found.text("id")?.to_owned(),
            created: found.number("created")?,
            first: found.maybe_number("first_event"),
            last: found.maybe_number("last_event"),
            ingested: found.maybe_number("ingested"),
        })
    }

    /// Takes the figures of some events in.
    pub fn saw(&mut self, first: i64, last: i64, ingested: i64) {
        self.first = Some(self.first.map_or(first, |known| known.min(first)));
        self.last = Some(self.last.map_or(last, |known| known.max(last)));
        self.ingested = Some(self.ingested.map_or(ingested, |known| known.max(ingested)));
    }
}

impl LogStore {
    /// Makes a stream.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] when there is one of that name, or the group was deleted meanwhile.
    pub async fn create_stream(&self, group: &Partition, stream: &LogStream) -> Result<(), StoreError> {
        let table = &self.ledger.config.names.ledger;
        let writes = vec![
            write::put(table, stream.item(group), Some("attribute_not_exists(pk)"))?,
            write::check(table, item::head(group), "attribute_not_exists(closed)", vec![])?,
        ];
        self.ledger.db.transact(writes).await
    }

    /// A stream as it is now, with the figures of what was delivered.
    ///
    /// # Errors
    /// When DynamoDB does not answer.
    pub async fn stream(&self, group: &Partition, name: &str) -> Result<Option<LogStream>, StoreError> {
        let key = (item::log_streams(group), name.to_owned());
        let found = self.ledger.db.get(&self.ledger.config.names.ledger, key).await?;
        found.as_ref().map(LogStream::parse).transpose()
    }

    /// At most `limit` streams whose names begin with `prefix` and come after (or before, in descending order) `after`, by name.
    ///
    /// # Errors
    /// When DynamoDB does not answer.
    pub async fn streams(
        &self,
        group: &Partition,
        prefix: &str,
        after: Option<&str>,
        order: Order,
        limit: usize,
    ) -> Result<Vec<LogStream>, StoreError> {
        // The greatest code point ends the names with a prefix; the smallest comes right behind a name.
        let first = if prefix.is_empty() { "\u{1}" } else { prefix };
        let (mut from, mut to) = (first.to_owned(), format!("{prefix}\u{10FFFF}"));
        match (order, after) {
            (Order::Ascending, Some(after)) => from = format!("{after}\u{1}"),
            (Order::Descending, Some(after)) => after.clone_into(&mut to),
            (_, None) => {}
        }
        if from > to {
            return Ok(Vec::new());
        }
        let (table, pk) = (&self.ledger.config.names.ledger, item::log_streams(group));
        // The name to go on behind is the end of a descending range itself: one more is asked for, and it is left out.
        let found = self.ledger.db.query_some(table, pk, (&from, &to), order, limit + 1).await?;
        let streams = found.iter().map(LogStream::parse).collect::<Result<Vec<_>, _>>()?;
        Ok(streams.into_iter().filter(|stream| Some(&*stream.name) != after).take(limit).collect())
    }

    /// All streams of a group whose names begin with `prefix`, by name.
    ///
    /// # Errors
    /// When DynamoDB does not answer.
    pub async fn all_streams(&self, group: &Partition, prefix: &str) -> Result<Vec<LogStream>, StoreError> {
        self.streams(group, prefix, None, Order::Ascending, usize::MAX - 1).await
    }

    /// What was written to the streams of a group and is not delivered yet.
    ///
    /// # Errors
    /// When DynamoDB does not answer.
    pub async fn waiting(&self, group: &Partition, now: Timestamp) -> Result<Waiting, StoreError> {
        let mut waiting = Waiting::default();
        let Some(snapshot) = self.ledger.snapshot(group, now).await? else { return Ok(waiting) };
        for entry in snapshot.tail.iter() {
            let meta = Meta::parse(&entry.meta)?;
            let came = i64::try_from(entry.ulid.timestamp_ms()).unwrap_or(i64::MAX);
            let figures =
                waiting.0.entry(meta.stream_id.to_string()).or_insert((meta.first, meta.last, came));
            let (first, last, ingested) = *figures;
            *figures = (first.min(meta.first), last.max(meta.last), ingested.max(came));
        }
        Ok(waiting)
    }

    /// Deletes a stream: its events are never returned again. They go with the segments that they are in.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] when somebody else changed the group or deleted the stream meanwhile.
    pub async fn delete_stream(
        &self,
        scope: &Scope,
        group: LogGroup,
        stream: &LogStream,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let partition = group.partition(scope);
        let key = (item::log_streams(&partition), stream.name.clone());
        let condition = ("id = :id", vec![(":id", text(&stream.id))]);
        let gone = write::delete_if(&self.ledger.config.names.ledger, key, condition)?;
        let grave = new_item((item::log_graves(&partition), stream.id.clone()));
        let grave = write::put(&self.ledger.config.names.ledger, grave, None)?;
        self.change_group_and(scope, group, vec![gone, grave], now).await
    }

    /// Notes what a delivery found in a stream. The figures only widen, so a repeat changes nothing.
    pub(super) async fn note_stream(
        &self,
        group: &Partition,
        name: &str,
        id: &str,
        (first, last, ingested): (i64, i64, i64),
    ) -> Result<(), StoreError> {
        let Some(mut known) = self.stream(group, name).await?.filter(|known| known.id == id) else {
            // Deleted meanwhile.
            return Ok(());
        };
        let before = known.clone();
        known.saw(first, last, ingested);
        let (Some(first), Some(last), Some(ingested)) = (known.first, known.last, known.ingested) else {
            return Ok(());
        };
        if known == before {
            return Ok(());
        }
        let change = Change {
            update: "SET first_event = :first, last_event = :last, ingested = :ingested",
            condition: Some("id = :id"),
            values: vec![
                (":first", number(first)),
                (":last", number(last)),
                (":ingested", number(ingested)),
                (":id", text(id)),
            ],
        };
        let key = (item::log_streams(group), name.to_owned());
        match self.ledger.db.update(&self.ledger.config.names.ledger, key, change).await {
            Ok(()) | Err(StoreError::Conflict) => Ok(()),
            Err(error) => Err(error),
        }
    }
}
