//! The alarms domain: when an alarm changes its state, and why.
//!
//! [`evaluate`] is the heart: a [`Condition`] and data points in, an [`Evaluation`] out. Not here: which metric an alarm
//! watches, where alarms are stored, what their actions do.

pub mod alarm;
pub mod condition;
pub mod evaluate;
pub mod notice;
pub mod reason;
pub mod state;

pub use alarm::{Alarm, CompositeAlarm, MetricAlarm, Watches};
pub use condition::{Comparison, Condition, LowSampleCount, TreatMissingData};
pub use evaluate::{Datapoint, Evaluation, Ground, evaluate};
pub use state::AlarmState;
