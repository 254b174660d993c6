//! Which alarms' actions mute rules hold back, and until when. The rules are read once a run, and only when somebody asks.

use watchtrail_core::alarms::mute::MuteSchedule;
use watchtrail_core::time::Timestamp;
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
        let targeting = rules.iter().filter(|rule| rule.alarms.iter().any(|name| name == alarm));
        Ok(targeting.filter_map(|rule| active_until(rule, now)).max())
    }
}

fn active_until(rule: &MuteRule, now: Timestamp) -> Option<Timestamp> {
    match MuteSchedule::parse(&rule.expression, &rule.duration, rule.timezone.as_deref()) {
        // Joining windows is work; most of the time there is none to join.
        Ok(schedule) if !schedule.is_active(now, rule.start, rule.expire) => None,
        Ok(schedule) => schedule.active_until(now, rule.start, rule.expire),
        Err(error) => {
            tracing::error!(rule = rule.name, %error, "the mute rule is damaged; put it again");
            None
        }
    }
}
