//! The alarms domain: what decides the state of an alarm, and when its actions keep quiet.
//!
//! A composite alarm's [`rule`] combines the [`AlarmState`]s of other alarms; [`mute`] says when a mute rule is active.
//! Not here: storage, the actions themselves, and how AWS words its errors.

pub mod mute;
pub mod rule;
pub mod state;

pub use state::AlarmState;
