//! Policies in IAM's own language, and what they say of a request.
//!
//! The grammar: <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html>; how statements are weighed:
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic_policy-eval-basics.html>. These are
//! identity-based policies: whose key carries one is its principal, so `Principal` is refused. Not here: permissions boundaries, session
//! policies, and policies of resources.

mod condition;
mod json;
mod operator;
mod policy;
mod template;
#[cfg(test)]
mod tests;

use std::collections::HashMap;

pub use policy::{LARGEST, Policy, PolicyError};

/// What is known of a request: condition keys, whose names have no case, and their values.
#[derive(Debug, Clone, Default)]
pub struct Keys(HashMap<String, Vec<String>>);

impl Keys {
    /// Sets a key of one value.
    pub fn set(&mut self, name: &str, value: impl Into<String>) {
        self.0.insert(name.to_ascii_lowercase(), vec![value.into()]);
    }

    /// Sets a key of as many values as there are, at least one.
    pub fn set_all(&mut self, name: &str, values: Vec<String>) {
        if !values.is_empty() {
            self.0.insert(name.to_ascii_lowercase(), values);
        }
    }

    /// The values of a key, where it is there.
    fn all(&self, name: &str) -> Option<&[String]> {
        self.0.get(&name.to_ascii_lowercase()).map(Vec::as_slice)
    }

    /// The value of a key that has exactly one; keys of several values cannot stand in variables.
    fn one(&self, name: &str) -> Option<&str> {
        match self.all(name)? {
            [one] => Some(one),
            _ => None,
        }
    }
}

/// What somebody wants to do.
#[derive(Debug, Clone, Copy)]
pub struct Ask<'a> {
    /// `service:Action`.
    pub action: &'a str,
    /// An ARN; `*` for an action that is on no resource.
    pub resource: &'a str,
    /// What else is known.
    pub keys: &'a Keys,
}

/// What policies say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decision {
    /// A statement allows it and none denies it.
    Allowed,
    /// A statement denies it, whatever the others say.
    Denied,
    /// No statement says anything.
    NotAllowed,
}

/// What a policy says of a request: a denial wins, and what nobody allows is not allowed.
pub fn decide(policy: &Policy, ask: &Ask<'_>) -> Decision {
    let says = |effect| policy.statements.iter().any(|one| one.effect == effect && one.is_about(ask));
    if says(policy::Effect::Deny) {
        Decision::Denied
    } else if says(policy::Effect::Allow) {
        Decision::Allowed
    } else {
        Decision::NotAllowed
    }
}
