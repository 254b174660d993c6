//! AWS's words for what is wrong, service by service. The only place where they are spelt.

pub(crate) mod access;
pub mod alarms;
pub mod cloudwatch;
pub mod log_events;
pub mod logs;
pub mod trail;
