//! The alarms domain: when an alarm changes its state, and why.
//!
//! [`evaluate`] is the heart: a [`Condition`] and data points in, an [`Evaluation`] out. A composite alarm's [`rule`] combines the
//! [`AlarmState`]s of other alarms; [`mute`] says when a mute rule holds actions back; [`notice`] is what others are told. Not
//! here: where alarms are stored, who carries actions out, and how AWS words its errors.

pub mod alarm;
pub mod condition;
pub mod evaluate;
pub mod mute;
pub mod notice;
pub mod reason;
pub mod rule;
pub mod script;
pub mod state;
pub mod suppression;

pub use alarm::{Alarm, CompositeAlarm, MetricAlarm, Watches};
pub use condition::{Comparison, Condition, LowSampleCount, TreatMissingData};
pub use evaluate::{Datapoint, Evaluation, Ground, evaluate};
pub use state::AlarmState;
