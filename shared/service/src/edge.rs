//! The real world: its clock, its randomness, and what an environment says. Only `main`s and the local host use this.

use std::sync::Arc;

use watchtrail_core::time::Timestamp;
use watchtrail_store::{Outbound, Store, StoreError};

use crate::{Clock, Context, Entropy, Gate, NoMeter, Settings};

/// A function believes an access key for so long (milliseconds); so long a key that was revoked may still be used.
const KEEP_KEYS: i64 = 30_000;

/// The system's clock.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "this is where the time comes in")]
    fn now(&self) -> Timestamp {
        let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
        Timestamp::from_millis(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
    }
}

/// The system's randomness.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemEntropy;

impl Entropy for SystemEntropy {
    fn bits(&self) -> u128 {
        let mut bytes = [0; 16];
        // The system's generator fails only where there is none; then identities still differ by their time.
        if let Err(error) = getrandom::fill(&mut bytes) {
            tracing::error!(%error, "the system has no randomness");
        }
        u128::from_le_bytes(bytes)
    }
}

impl Context {
    /// The context of a Lambda function, from its environment (`template.yaml` sets it). It is locked, unless `WATCHTRAIL_AUTH` is `off`, which is
    /// for machines of developers.
    ///
    /// # Errors
    /// When the environment is incomplete.
    pub async fn from_env() -> Result<Self, StoreError> {
        let store = Store::from_env().await?;
        let defaults = Settings::default();
        let settings = Settings {
            account: std::env::var("WATCHTRAIL_ACCOUNT").unwrap_or(defaults.account),
            region: std::env::var("AWS_REGION").unwrap_or(defaults.region),
        };
        let (clock, entropy) = (Arc::new(SystemClock), Arc::new(SystemEntropy));
        // Whoever opens it says so by name: an environment that says nothing is locked.
        let is_open = std::env::var("WATCHTRAIL_AUTH").is_ok_and(|auth| auth == "off");
        let gate = (!is_open)
            .then(|| Arc::new(Gate::new(Arc::clone(&store.access), Arc::new(SystemClock), KEEP_KEYS)));
        let meter = Arc::new(NoMeter);
        Ok(Self { store, outbound: Outbound::default(), clock, entropy, meter, settings, gate })
    }

    /// The same with the services that something is sent to. Only functions that act take them along, so that the others stay small.
    ///
    /// # Errors
    /// When the environment is incomplete.
    pub async fn from_env_with(outbound: impl Future<Output = Outbound>) -> Result<Self, StoreError> {
        Ok(Self { outbound: outbound.await, ..Self::from_env().await? })
    }
}

/// Logs as JSON lines on standard output, filtered by `WATCHTRAIL_LOG` (`info` when it is not set).
pub fn log_to_stdout() {
    let filter = tracing_subscriber::EnvFilter::try_from_env("WATCHTRAIL_LOG")
        .unwrap_or_else(|_| tracing_subscriber::EnvFilter::new("info"));
    // A second call finds a subscriber in place and leaves it.
    let _ = tracing_subscriber::fmt().json().with_env_filter(filter).without_time().try_init();
}
