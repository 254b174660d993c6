//! Work that becomes due at a known time: "day D of this partition is to be rolled up".
//!
//! A delivery notes it in the transaction that makes the rows visible; whoever does the work takes the note away, unless
//! a later generation has noted the same day again meanwhile.

use watchtrail_core::time::{Day, Timestamp};

use super::Ledger;
use crate::dynamo::{Attributes, number};
use crate::error::StoreError;
use crate::keys::{Generation, LIST_SHARDS, Partition, item};

/// A note of work.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Due {
    /// Where.
    pub partition: Partition,
    /// The day of the rows' timestamps.
    pub day: Day,
    /// Which step.
    pub step: String,
    /// The newest generation that brought rows of that day.
    pub generation: Generation,
}

impl Ledger {
    /// The notes of a step for days up to `through`, and the earliest day noted after that.
    ///
    /// # Errors
    /// When DynamoDB does not answer.
    pub async fn due(&self, step: &str, through: Day) -> Result<(Vec<Due>, Option<Day>), StoreError> {
        let (mut now, mut later) = (Vec::new(), None::<Day>);
        for shard in 0..LIST_SHARDS {
            let range = (format!("{step}#"), format!("{step}#~"));
            let pk = item::due_shard(shard);
            for found in self.db.query(&self.config.names.ledger, pk, Some((&range.0, &range.1))).await? {
                let note = parse(found.text("sk")?, found.number("gen")?)?;
                if note.day <= through {
                    now.push(note);
                } else {
                    later = Some(later.map_or(note.day, |day| day.min(note.day)));
                    break;
                }
            }
        }
        Ok((now, later))
    }

    /// Takes a note away after its work was done for all generations up to its own.
    pub(crate) async fn done(&self, due: &Due) -> Result<(), StoreError> {
        let key = item::due(&due.partition, due.day, &due.step);
        let condition = ("gen <= :gen", vec![(":gen", number(due.generation))]);
        match self.db.delete(&self.config.names.ledger, key, Some(condition)).await {
            Ok(()) | Err(StoreError::Conflict) => Ok(()),
            Err(error) => Err(error),
        }
    }
}

fn parse(sk: &str, generation: Generation) -> Result<Due, StoreError> {
    let wrong = || StoreError::corrupt("the due list", format!("{sk} is no note"));
    let mut parts = sk.splitn(3, '#');
    let mut next = || parts.next().ok_or_else(wrong);
    let step = next()?.to_owned();
    let day = Day::parse(next()?).ok_or_else(wrong)?;
    let partition = Partition::parse(next()?).ok_or_else(wrong)?;
    Ok(Due { partition, day, step, generation })
}

impl Due {
    /// The first moment at which `delay` milliseconds have passed since the day ended.
    pub fn at(day: Day, delay: i64) -> Timestamp {
        Timestamp::from_millis(day.end().millis().saturating_add(delay))
    }
}
