//! What `watchtrail keys` is told.

use std::path::PathBuf;

use clap::{Args, Subcommand};

/// Access keys
#[derive(Debug, Args)]
pub struct KeysOptions {
    #[command(flatten)]
    pub(super) of: Of,
    #[command(subcommand)]
    pub(super) command: Command,
}

/// Whose keys.
#[derive(Debug, Args)]
pub(super) struct Of {
    /// The data folder of a suite on this machine, running or not
    #[arg(long, value_name = "DIR", default_value = ".watchtrail", conflicts_with = "stack", global = true)]
    pub(super) data: PathBuf,
    /// A stack that was deployed into an AWS account; credentials and region as the AWS SDK's own variables and files say
    #[arg(long, value_name = "NAME", global = true)]
    pub(super) stack: Option<String>,
    /// Print JSON
    #[arg(long, global = true)]
    pub(super) json: bool,
}

/// What a key may be used for.
#[derive(Debug, Args)]
pub(super) struct Grant {
    /// A policy in IAM's language: a file, or the JSON itself
    #[arg(long, value_name = "FILE|JSON", conflicts_with_all = ["allow", "namespace", "log_group", "resource"])]
    pub(super) policy: Option<String>,
    /// An action that is allowed, such as cloudwatch:PutMetricData, logs:* or *; may be given several times
    #[arg(long, value_name = "ACTION")]
    pub(super) allow: Vec<String>,
    /// … with this namespace alone
    #[arg(long, value_name = "NAMESPACE", requires = "allow")]
    pub(super) namespace: Vec<String>,
    /// … on this log group alone, with its streams; `*` in it stands for anything
    #[arg(long, value_name = "NAME", requires = "allow")]
    pub(super) log_group: Vec<String>,
    /// … on this resource alone, an ARN
    #[arg(long, value_name = "ARN", requires = "allow")]
    pub(super) resource: Vec<String>,
}

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Make a key; its secret is shown this once
    Create {
        /// Whose key it is; audit records tell it
        #[arg(long, value_name = "NAME")]
        user: String,
        /// The account that the key works in
        #[arg(long, value_name = "DIGITS")]
        account: Option<String>,
        /// An id of your own, for local use, or that of a key of AWS (--secret-from); made up where none is given
        #[arg(long)]
        id: Option<String>,
        /// The environment variable with the secret of that id, where it is a key of AWS that is to open both
        #[arg(long, value_name = "VARIABLE", requires = "id")]
        secret_from: Option<String>,
        #[command(flatten)]
        grant: Grant,
    },
    /// Show the keys, without their secrets
    List {
        /// Of this user alone
        #[arg(long, value_name = "NAME")]
        user: Option<String>,
    },
    /// Make a second key for the same user, with the same policy; deactivate and revoke the old one when nobody uses it
    Rotate {
        /// The key to replace
        id: String,
    },
    /// Let a key be used no more, for now
    Deactivate {
        /// Which
        id: String,
    },
    /// Let a key be used again
    Activate {
        /// Which
        id: String,
    },
    /// Remove a key for good
    Revoke {
        /// Which
        id: String,
    },
    /// Show a key's policy, or set another
    Policy {
        /// Which
        id: String,
        #[command(flatten)]
        grant: Grant,
    },
}
