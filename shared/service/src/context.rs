//! What a handler is given: the store, the time and the randomness of its home.

use std::sync::Arc;

use ulid::Ulid;
use watchtrail_core::time::Timestamp;
use watchtrail_store::{Outbound, Store};

use crate::Meter;
use crate::access::Gate;

/// Where the time comes from.
pub trait Clock: Send + Sync {
    /// The time now.
    fn now(&self) -> Timestamp;
}

/// Where randomness comes from.
pub trait Entropy: Send + Sync {
    /// 128 random bits.
    fn bits(&self) -> u128;

    /// A random UUID (version 4).
    fn uuid(&self) -> String {
        uuid_of(self.bits())
    }
}

/// The UUID (version 4) that these bits make.
pub fn uuid_of(bits: u128) -> String {
    let bits = bits & !(0xF000 << 64) & !(0xC000 << 48) | (0x4000 << 64) | (0x8000 << 48);
    format!(
        "{:08x}-{:04x}-{:04x}-{:04x}-{:012x}",
        bits >> 96,
        (bits >> 80) & 0xFFFF,
        (bits >> 64) & 0xFFFF,
        (bits >> 48) & 0xFFFF,
        bits & 0xFFFF_FFFF_FFFF
    )
}

/// What the caller's identity is read from where a request does not tell.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The account of a caller whose access key is no account id.
    pub account: String,
    /// The region of a request that is not signed.
    pub region: String,
}

impl Default for Settings {
    fn default() -> Self {
        Self { account: "123456789012".to_owned(), region: "us-east-1".to_owned() }
    }
}

/// Everything that a handler may use of the world.
#[derive(Clone)]
pub struct Context {
    /// Where everything is stored.
    pub store: Store,
    /// The services that actions go to.
    pub outbound: Outbound,
    /// The suite's clock.
    pub clock: Arc<dyn Clock>,
    /// The suite's randomness.
    pub entropy: Arc<dyn Entropy>,
    /// Who counts calls.
    pub meter: Arc<dyn Meter>,
    /// Defaults.
    pub settings: Settings,
    /// The lock; without one whoever asks is let in.
    pub gate: Option<Arc<Gate>>,
}

impl std::fmt::Debug for Context {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Context").field("settings", &self.settings).finish_non_exhaustive()
    }
}

impl Context {
    /// The time now.
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// An identity for something that happens at `now`; sorts by time.
    pub fn ulid(&self, now: Timestamp) -> Ulid {
        Ulid::from_parts(now.millis().max(0).unsigned_abs(), self.entropy.bits())
    }

    /// A request id: a random UUID (version 4), as AWS's are.
    pub fn request_id(&self) -> String {
        self.entropy.uuid()
    }
}
