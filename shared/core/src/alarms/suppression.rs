//! How the actions of a composite alarm are held back by its `ActionsSuppressor`, as a plain state machine.
//!
//! AWS: "Composite alarm action suppression" in the user guide. When the composite alarm changes its state, it waits for the
//! suppressor to go into ALARM (`WaitPeriod`). While the suppressor is in ALARM, actions are held back; when it leaves it, for a while longer
//! (`ExtensionPeriod`). After either period the actions of the state that the composite alarm is then in are carried out. What AWS does when the
//! composite alarm is back where it came from by then is not documented: here nothing is carried out, since nothing changed for who was last told.

use super::alarm::{Suppressed, SuppressedBy, Suppressor};
use super::state::AlarmState;
use crate::time::{SECOND, Timestamp};

/// The suppressor alarm as it is now.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub struct Guard {
    /// Its state.
    pub state: AlarmState,
    /// Since when.
    pub since: Timestamp,
}

/// What follows for a composite alarm.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Held {
    /// Whether and why actions are held back from now on.
    pub suppressed: Option<Suppressed>,
    /// Whether the actions of its state are due now.
    pub act: bool,
}

/// A composite alarm that was in `old` has just changed its state.
pub fn transitioned(
    suppressor: &Suppressor,
    guard: Guard,
    (old, before): (AlarmState, Option<&Suppressed>),
    now: Timestamp,
) -> Held {
    let acted = before.map_or(old, |before| before.acted);
    let held = |by, since| Held { suppressed: Some(Suppressed { by, since, acted }), act: false };
    match before {
        _ if guard.state == AlarmState::Alarm => held(SuppressedBy::Alarm, guard.since),
        Some(before) if before.by != SuppressedBy::WaitPeriod => {
            held(SuppressedBy::ExtensionPeriod, before.since.max(guard.since))
        }
        _ if suppressor.wait == 0 => Held { suppressed: None, act: true },
        _ => held(SuppressedBy::WaitPeriod, now),
    }
}

/// Time has passed, or the suppressor changed; `state` is the composite alarm's.
pub fn passed(
    suppressor: &Suppressor,
    guard: Guard,
    (state, before): (AlarmState, &Suppressed),
    now: Timestamp,
) -> Held {
    let held = |by, since| {
        let suppressed = Suppressed { by, since, acted: before.acted };
        Held { suppressed: Some(suppressed), act: false }
    };
    let over = |since: Timestamp, seconds: u32| now >= since.plus_millis(i64::from(seconds) * SECOND);
    let released = || Held { suppressed: None, act: state != before.acted };
    match before.by {
        _ if guard.state == AlarmState::Alarm => held(SuppressedBy::Alarm, guard.since),
        SuppressedBy::WaitPeriod if over(before.since, suppressor.wait) => released(),
        SuppressedBy::ExtensionPeriod if over(before.since, suppressor.extension) => released(),
        SuppressedBy::Alarm if over(guard.since, suppressor.extension) => released(),
        SuppressedBy::Alarm => held(SuppressedBy::ExtensionPeriod, guard.since),
        by => held(by, before.since),
    }
}

/// When [`passed`] has to be asked again though nothing changes.
pub fn due(suppressor: &Suppressor, suppressed: &Suppressed) -> Option<Timestamp> {
    let seconds = match suppressed.by {
        SuppressedBy::WaitPeriod => suppressor.wait,
        SuppressedBy::ExtensionPeriod => suppressor.extension,
        SuppressedBy::Alarm => return None,
    };
    Some(suppressed.since.plus_millis(i64::from(seconds) * SECOND))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Seconds → what happens: the composite alarm goes into a state, or the suppressor does; and what is told then.
    #[derive(Clone, Copy)]
    enum Step {
        Composite(AlarmState),
        Guard(AlarmState),
        Nothing,
    }
    use AlarmState::{Alarm, Ok};
    use Step::{Composite, Guard as Suppressing, Nothing};

    /// Wait 120 s, extension 180 s.
    fn check(steps: &[(i64, Step, &str)]) {
        let suppressor = Suppressor { alarm: "quiet".to_owned(), wait: 120, extension: 180 };
        let mut guard = Guard { state: Ok, since: Timestamp::from_seconds(0) };
        let (mut state, mut suppressed): (AlarmState, Option<Suppressed>) = (Ok, None);
        for (second, step, expected) in steps {
            let now = Timestamp::from_seconds(*second);
            let held = match step {
                Composite(next) => {
                    let held = transitioned(&suppressor, guard, (state, suppressed.as_ref()), now);
                    state = *next;
                    Some(held)
                }
                Suppressing(next) => {
                    guard = Guard { state: *next, since: now };
                    suppressed.as_ref().map(|before| passed(&suppressor, guard, (state, before), now))
                }
                Nothing => suppressed.as_ref().map(|before| passed(&suppressor, guard, (state, before), now)),
            };
            let told = match &held {
                Some(Held { act: true, .. }) => format!("acts on {state}"),
                Some(Held { suppressed: Some(suppressed), .. }) => suppressed.by.as_str().to_owned(),
                _ => "quiet".to_owned(),
            };
            assert_eq!(told, *expected, "at {second} s");
            suppressed = held.and_then(|held| held.suppressed);
        }
    }

    #[test]
    fn the_suppressor_never_comes() {
        check(&[
            (10, Composite(Alarm), "WaitPeriod"),
            (129, Nothing, "WaitPeriod"),
            (130, Nothing, "acts on ALARM"),
        ]);
    }

    #[test]
    fn the_suppressor_comes_in_time_and_goes() {
        check(&[
            (10, Composite(Alarm), "WaitPeriod"),
            (60, Suppressing(Alarm), "Alarm"),
            (1_000, Nothing, "Alarm"),
            (2_000, Suppressing(Ok), "ExtensionPeriod"),
            (2_179, Nothing, "ExtensionPeriod"),
            (2_180, Nothing, "acts on ALARM"),
        ]);
    }

    #[test]
    fn the_suppressor_is_there_before() {
        check(&[
            (5, Suppressing(Alarm), "quiet"),
            (10, Composite(Alarm), "Alarm"),
            (20, Suppressing(Ok), "ExtensionPeriod"),
            (30, Suppressing(Alarm), "Alarm"),
            (40, Suppressing(Ok), "ExtensionPeriod"),
            (219, Nothing, "ExtensionPeriod"),
            (220, Nothing, "acts on ALARM"),
        ]);
    }

    #[test]
    fn back_where_it_was_nothing_is_owed() {
        check(&[
            (10, Composite(Alarm), "WaitPeriod"),
            (60, Composite(Ok), "WaitPeriod"),
            (179, Nothing, "WaitPeriod"),
            (180, Nothing, "quiet"),
            (200, Composite(Alarm), "WaitPeriod"),
            (320, Nothing, "acts on ALARM"),
        ]);
    }

    #[test]
    fn late_looks_see_what_is_over() {
        check(&[
            (10, Composite(Alarm), "WaitPeriod"),
            (60, Suppressing(Alarm), "Alarm"),
            (100, Suppressing(Ok), "ExtensionPeriod"),
            (9_000, Nothing, "acts on ALARM"),
        ]);
    }

    #[test]
    fn changes_while_held_back_stay_held_back() {
        check(&[
            (5, Suppressing(Alarm), "quiet"),
            (10, Composite(Alarm), "Alarm"),
            (20, Suppressing(Ok), "ExtensionPeriod"),
            (30, Composite(AlarmState::InsufficientData), "ExtensionPeriod"),
            (200, Nothing, "acts on INSUFFICIENT_DATA"),
        ]);
    }
}
