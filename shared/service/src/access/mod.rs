//! Who may come in, and what for: signatures in front of the frame, policies in front of the operations.
//!
//! A [`Gate`] stands in a [`Context`] that is locked: always on Lambda, on the local host where it was asked for. It knows the access keys
//! of the catalog for a while, so that the path of a request has no read more. A request that passed carries its [`Principal`]
//! as an extension; nothing that came over a wire can.
//!
//! Cryptography is not ours: signatures are made by `aws-sigv4`, the crate that AWS's own SDK signs with, and compared by `subtle`.

pub mod actions;
mod members;
mod principal;
mod reading;
mod refusal;
pub mod signature;

use std::sync::Arc;

use http::request::Parts;
pub use members::Members;
pub use principal::Principal;
use quick_cache::sync::Cache;
use serde::Serialize;

use watchtrail_core::iam::{Ask, Decision, Keys, decide};
use watchtrail_core::time::Timestamp;
use watchtrail_store::AccessStore;
use watchtrail_wire::Fault;

use crate::wording::access as wording;
use crate::{Caller, Clock, Context, Request, SourceIp, store_fault};
use actions::Rule;
use reading::payload_hash;
pub use refusal::Refusal;
use signature::Claim;

/// How many keys are known at once, with those that are known not to be.
const KNOWN: usize = 4_096;

/// What is known of an id.
#[derive(Clone)]
struct Found {
    until: Timestamp,
    principal: Option<Arc<Principal>>,
}

/// The lock of a suite.
pub struct Gate {
    keys: Arc<AccessStore>,
    /// The time that callers have: never the suite's own, which tests set forward.
    clock: Arc<dyn Clock>,
    /// How long a key is believed to be as it was read, in milliseconds.
    keep: i64,
    known: Cache<String, Found>,
    /// Who is nobody: their signatures are computed as everybody's.
    nobody: Principal,
}

impl std::fmt::Debug for Gate {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Gate").field("keep", &self.keep).finish_non_exhaustive()
    }
}

impl Gate {
    /// A gate that reads each key again after `keep` milliseconds: that long a key that was revoked still opens.
    pub fn new(keys: Arc<AccessStore>, clock: Arc<dyn Clock>, keep: i64) -> Self {
        Self { keys, clock, keep, known: Cache::new(KNOWN), nobody: Principal::nobody() }
    }

    /// The time that signatures are held against.
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// Whose key an id is, as it was read a while ago or now; nobody's, where there is none.
    ///
    /// # Errors
    /// When the catalog does not answer.
    pub async fn principal(&self, id: &str) -> Result<Option<Arc<Principal>>, Fault> {
        let now = self.clock.now();
        if let Some(found) = self.known.get(id).filter(|found| now < found.until) {
            return Ok(found.principal);
        }
        let key = self.keys.get(id).await.map_err(store_fault)?;
        let principal = key.map(|key| Arc::new(Principal::of(key)));
        let found = Found { until: now.plus_millis(self.keep), principal: principal.clone() };
        self.known.insert(id.to_owned(), found);
        Ok(principal)
    }
}

impl Context {
    /// Lets a request in whose signature is a known key's, for the service that AWS signs as `service`; where the suite is not locked, any.
    ///
    /// # Errors
    /// AWS's, in the words of AWS. A key that is not there, one that is inactive and a wrong signature cost the same time.
    pub async fn admit(&self, parts: &mut Parts, body: &[u8], service: &str) -> Result<(), Fault> {
        let Some(gate) = &self.gate else { return Ok(()) };
        if parts.extensions.get::<Arc<Principal>>().is_some() {
            return Ok(());
        }
        let now = gate.clock.now();
        let claim = Claim::of(parts).map_err(|refusal| wording::refused(&refusal))?;
        let refuse = |refusal: Refusal| wording::refused(&refusal);
        claim.check_scope(service).map_err(refuse)?;
        claim.check_time(now).map_err(refuse)?;
        claim.check_headers(parts).map_err(refuse)?;
        let hash = payload_hash(parts, body).map_err(refuse)?;
        let found = gate.principal(&claim.key).await?;
        let active = found.filter(|principal| principal.is_active());
        let identity = active.as_ref().map_or(gate.nobody.identity(), |principal| principal.identity());
        let is_right = claim.is_signed_by(identity, parts, hash);
        match (active, is_right) {
            (None, _) => Err(wording::refused(&Refusal::Unknown)),
            (Some(_), false) => Err(wording::refused(&Refusal::Wrong)),
            (Some(principal), true) => {
                parts.extensions.insert(principal);
                Ok(())
            }
        }
    }
}

impl Request<'_> {
    /// Whether the caller may do an operation with this input, by the line of its table.
    ///
    /// # Errors
    /// `AccessDenied`, in AWS's words; also for an operation that has no line.
    pub fn authorize(&self, service: &str, operation: &str, input: &impl Serialize) -> Result<(), Fault> {
        let Some(principal) = &self.caller.principal else { return self.unverified() };
        let action = format!("{service}:{operation}");
        let Some(rule) = actions::rule(service, operation) else {
            tracing::error!(service, operation, "the operation has no line in its table of actions");
            return Err(wording::not_allowed(&principal.arn(), &action, "*"));
        };
        let members = members::of(input, rule.members);
        let mut keys = self.keys(principal);
        (rule.keys)(&members, &mut keys);
        for resource in rule.resources(self.scope(), &members) {
            principal.check(&action, &resource, &keys)?;
        }
        Ok(())
    }

    /// Whether the caller may do something that no table tells of: what the local host answers beside the suite's own APIs.
    ///
    /// # Errors
    /// `AccessDenied`, in AWS's words.
    pub fn check(&self, action: &str, resource: &str) -> Result<(), Fault> {
        match &self.caller.principal {
            Some(principal) => principal.check(action, resource, &self.keys(principal)),
            None => self.unverified(),
        }
    }

    /// Somebody whom nobody let in: anybody, or in a suite that is locked a mistake of ours.
    fn unverified(&self) -> Result<(), Fault> {
        if self.context.gate.is_some() { Err(Fault::missing_authentication_token()) } else { Ok(()) }
    }

    fn keys(&self, principal: &Principal) -> Keys {
        let now = self.context.gate.as_ref().map_or(self.now, |gate| gate.now());
        principal.keys(&self.caller, now)
    }
}

impl Principal {
    /// What is known of a request whatever it asks for
    /// (<https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html>).
    pub fn keys(&self, caller: &Caller, now: Timestamp) -> Keys {
        let mut keys = Keys::default();
        keys.set("aws:username", &self.facts.user);
        keys.set("aws:userid", self.user_id());
        keys.set("aws:PrincipalType", "User");
        keys.set("aws:PrincipalArn", self.arn());
        keys.set("aws:PrincipalAccount", &self.facts.account);
        keys.set("aws:PrincipalIsAWSService", "false");
        keys.set("aws:ViaAWSService", "false");
        keys.set("aws:CurrentTime", now.to_string());
        keys.set("aws:EpochTime", now.millis().div_euclid(1_000).to_string());
        keys.set("aws:RequestedRegion", &caller.scope.region);
        keys.set("aws:SecureTransport", if caller.is_secure { "true" } else { "false" });
        if let Some(ip) = &caller.source_ip {
            keys.set("aws:SourceIp", ip);
        }
        if let Some(agent) = &caller.user_agent {
            keys.set("aws:UserAgent", agent);
        }
        keys
    }

    /// Whether the key's policy allows this.
    ///
    /// # Errors
    /// `AccessDenied`, in AWS's words.
    pub fn check(&self, action: &str, resource: &str, keys: &Keys) -> Result<(), Fault> {
        // A policy that nobody understands allows nothing.
        let says = self
            .policy
            .as_ref()
            .map_or(Decision::NotAllowed, |policy| decide(policy, &Ask { action, resource, keys }));
        match says {
            Decision::Allowed => Ok(()),
            Decision::NotAllowed => Err(wording::not_allowed(&self.arn(), action, resource)),
            Decision::Denied => Err(wording::denied(&self.arn(), action, resource)),
        }
    }
}

impl Rule {
    fn resources(&self, scope: &watchtrail_store::Scope, members: &Members) -> Vec<String> {
        let found = (self.on)(scope, members);
        // An action on nothing in particular is asked for all.
        if found.is_empty() { vec!["*".to_owned()] } else { found }
    }
}

/// Whether a request came in a way that nobody could read along: a function URL has no other. The host itself speaks plain HTTP.
pub(crate) fn is_secure(parts: &Parts) -> bool {
    parts.extensions.get::<SourceIp>().is_none()
}
