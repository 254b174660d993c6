//! The alarms domain: what decides the state of an alarm, and when its actions keep quiet.
//!
//! A composite alarm's [`rule`] combines the [`AlarmState`]s of other alarms.
//! Not here: storage, the actions themselves, and how AWS words its errors.

pub mod rule;
pub mod state;

pub use state::AlarmState;
