//! The logs domain: what is found in log events, and what is made of them.

pub mod emf;
pub mod event;
pub mod intake;
pub mod journal;
pub mod metric_filter;
pub mod pattern;
pub mod subscription;
