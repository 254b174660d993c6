//! The trail domain: what an audit record is, which of them a trail wants, how its files are named and how its digests are made.

pub mod digest;
pub mod intake;
pub mod journal;
pub mod layout;
pub mod names;
pub mod record;
pub mod selectors;
