//! The frame around operations: who asks, what is called, what is answered.
//!
//! An operation implements [`Operation`] and stands in the list of an [`Api`]; the frame finds it by name, decodes and
//! validates its input, hands it a [`Request`], and renders its output or its error in the caller's protocol.
//! Who may ask is the business of [`access`]. The words of AWS's errors are in [`wording`], what follows from an alarm's change of state in [`transition`], the clocks and the randomness of the real world in [`edge`].

pub mod access;
mod api;
pub mod audit;
mod caller;
mod context;
pub mod edge;
mod faults;
mod meter;
pub mod token;
pub mod transition;
pub mod wording;

pub use access::{Gate, Principal};
pub use api::{Api, Entry, Operation, Request, RequestId, check_shape};
pub use caller::{Caller, SourceIp};
pub use context::{Clock, Context, Entropy, Settings, uuid_of};
pub use faults::store_fault;
pub use meter::{Called, Copied, Meter, NoMeter};
pub use watchtrail_wire::Fault;
