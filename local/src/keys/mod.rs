//! `watchtrail keys`: access keys of a data folder or of a deployed stack, made, listed, rotated and revoked.
//!
//! A running process sees what changes here within seconds. A secret is shown once, when its key is made; it rests sealed, and
//! nothing here shows it again.

mod https;
mod make;
mod options;
mod place;
mod show;

use std::io::Write;

pub use make::make_root;
pub use options::KeysOptions;
use options::{Command, Grant};
use serde_json::{Value, json};
use watchtrail_core::iam::{Policy, PolicyError};
use watchtrail_service::edge::{SystemClock, SystemEntropy};
use watchtrail_store::{AccessKey, KeyFacts, KeyStatus, StoreError};

use crate::HostError;
use place::Place;

/// The file of the data folder that the sealing key is in.
pub const SEALING_KEY: &str = "sealing-key";

/// Why nothing was done.
#[derive(Debug, thiserror::Error)]
pub enum KeysError {
    /// No key of that id.
    #[error("there is no access key {0}; `watchtrail keys list` shows those that are")]
    NoKey(String),
    /// One is there already.
    #[error("there is an access key {0} already")]
    Exists(String),
    /// An id, a user or an account that is none.
    #[error("{0}")]
    Name(&'static str),
    /// A policy that is none.
    #[error("the policy is refused: {0}")]
    Policy(#[from] PolicyError),
    /// A file that cannot be read.
    #[error("{0}: {1}")]
    File(String, std::io::Error),
    /// A key that would be for nothing.
    #[error(
        "say what the key is for: --policy FILE, or --allow ACTION (with --namespace, --log-group, --resource)"
    )]
    NoPolicy,
    /// A stack that cannot be found.
    #[error("the stack {0}: {1}")]
    Stack(String, String),
    /// The data folder.
    #[error(transparent)]
    Host(#[from] HostError),
    /// The catalog.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Nobody reads.
    #[error("the output: {0}")]
    Output(#[from] std::io::Error),
}

/// Does what the command says and tells of it.
///
/// # Errors
/// When it cannot be done; then nothing was changed.
pub async fn run(options: &KeysOptions, out: &mut (dyn Write + Send)) -> Result<(), KeysError> {
    let place = Place::open(&options.of).await?;
    let told = command(&place, &options.command).await?;
    if options.of.json {
        writeln!(out, "{told:#}")?;
    } else {
        show::show(&options.command, &told, out)?;
    }
    Ok(())
}

async fn command(place: &Place, command: &Command) -> Result<Value, KeysError> {
    let access = &place.store.access;
    match command {
        Command::Create { user, account, id, secret_from, grant } => {
            let policy = policy(grant)?.ok_or(KeysError::NoPolicy)?;
            let account = account.clone().unwrap_or_else(|| place.account.clone());
            let mut key = make::key(user, &account, id.as_deref(), policy, &SystemEntropy, now())?;
            if let Some(variable) = secret_from {
                key.secret = secret(variable)?;
            }
            create(place, &key).await
        }
        Command::List { user } => {
            let mut keys = access.list().await?;
            keys.retain(|key| user.as_ref().is_none_or(|user| key.user == *user));
            Ok(json!({ "AccessKeys": keys.iter().map(facts).collect::<Vec<_>>() }))
        }
        Command::Rotate { id } => {
            let all = access.list().await?;
            let old =
                all.into_iter().find(|key| key.id == *id).ok_or_else(|| KeysError::NoKey(id.clone()))?;
            let key = make::key(&old.user, &old.account, None, old.policy, &SystemEntropy, now())?;
            create(place, &key).await
        }
        Command::Deactivate { id } => changed(place, id, |key| key.status = KeyStatus::Inactive).await,
        Command::Activate { id } => changed(place, id, |key| key.status = KeyStatus::Active).await,
        Command::Revoke { id } => {
            let was = access.revoke(id).await?;
            was.then(|| json!({ "Revoked": id })).ok_or_else(|| KeysError::NoKey(id.clone()))
        }
        Command::Policy { id, grant } => match policy(grant)? {
            Some(policy) => changed(place, id, |key| key.policy.clone_from(&policy)).await,
            None => changed(place, id, |_| {}).await,
        },
    }
}

/// The time of people, not the suite's.
fn now() -> watchtrail_core::time::Timestamp {
    watchtrail_service::Clock::now(&SystemClock)
}

/// A secret that exists already.
fn secret(variable: &str) -> Result<String, KeysError> {
    let found = std::env::var(variable).ok().filter(|secret| !secret.is_empty());
    found.ok_or(KeysError::Name("the variable that --secret-from names is not set"))
}

/// A policy from what was said, where something was.
fn policy(grant: &Grant) -> Result<Option<String>, KeysError> {
    let text = match &grant.policy {
        Some(text) if text.trim_start().starts_with('{') => Some(text.clone()),
        Some(file) => {
            Some(std::fs::read_to_string(file).map_err(|error| KeysError::File(file.clone(), error))?)
        }
        None => make::policy(grant),
    };
    if let Some(text) = &text {
        Policy::parse(text)?;
    }
    Ok(text)
}

async fn create(place: &Place, key: &AccessKey) -> Result<Value, KeysError> {
    let random = || make::random(&SystemEntropy);
    match place.store.access.create(key, &random).await {
        Ok(()) => {}
        Err(StoreError::Conflict) => return Err(KeysError::Exists(key.facts.id.clone())),
        Err(error) => return Err(error.into()),
    }
    let mut told = facts(&key.facts);
    told["SecretAccessKey"] = json!(key.secret);
    Ok(json!({ "AccessKey": told }))
}

async fn changed(place: &Place, id: &str, change: impl Fn(&mut KeyFacts) + Send) -> Result<Value, KeysError> {
    let key = place.store.access.change(id, change).await?;
    let key = key.ok_or_else(|| KeysError::NoKey(id.to_owned()))?;
    Ok(json!({ "AccessKey": facts(&key) }))
}

/// What is told of a key, in IAM's names.
fn facts(key: &KeyFacts) -> Value {
    json!({
        "AccessKeyId": key.id,
        "Status": if key.status == KeyStatus::Active { "Active" } else { "Inactive" },
        "UserName": key.user,
        "Account": key.account,
        "CreateDate": key.created().floor_to(1).to_string(),
        "PolicyDocument": serde_json::from_str::<Value>(&key.policy).unwrap_or_default(),
    })
}
