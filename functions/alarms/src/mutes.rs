//! Which alarms' actions mute rules hold back, and until when. The rules are read once a run, and only when somebody asks.

use watchtrail_core::time::Timestamp;
use watchtrail_service::transition::muted_until;
use watchtrail_store::StoreError;
use watchtrail_store::alarms::MuteRule;

use crate::Desk;

#[derive(Debug, Default)]
pub(crate) struct Mutes(Option<Vec<MuteRule>>);

impl Mutes {
    /// Until when the actions of an alarm are held back, if they are.
    pub(crate) async fn until(
        &mut self,
        desk: &Desk<'_>,
        alarm: &str,
        now: Timestamp,
    ) -> Result<Option<Timestamp>, StoreError> {
        let rules = match &self.0 {
            Some(rules) => rules,
            None => self.0.insert(desk.context.store.alarms.mute_rules(desk.scope).await?),
        };
        Ok(muted_until(rules, alarm, now))
    }
}
