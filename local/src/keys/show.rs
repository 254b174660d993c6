//! What the command prints for people.

use std::io::{Result, Write};

use serde_json::Value;

use super::options::Command;

pub(super) fn show(command: &Command, told: &Value, out: &mut dyn Write) -> Result<()> {
    match command {
        Command::List { .. } => list(told, out),
        Command::Revoke { id } => writeln!(out, "{id} is revoked."),
        Command::Policy { .. } => writeln!(out, "{:#}", told["AccessKey"]["PolicyDocument"]),
        Command::Create { .. } | Command::Rotate { .. } => made(&told["AccessKey"], out),
        Command::Activate { .. } | Command::Deactivate { .. } => {
            let key = &told["AccessKey"];
            writeln!(out, "{} is {}.", text(key, "AccessKeyId"), text(key, "Status").to_lowercase())
        }
    }
}

fn text<'a>(key: &'a Value, name: &str) -> &'a str {
    key[name].as_str().unwrap_or_default()
}

/// Lines to paste, and the secret for the only time.
fn made(key: &Value, out: &mut dyn Write) -> Result<()> {
    writeln!(out, "# {} of {}; the secret is not shown again", text(key, "UserName"), text(key, "Account"))?;
    writeln!(out, "export AWS_ACCESS_KEY_ID={}", text(key, "AccessKeyId"))?;
    writeln!(out, "export AWS_SECRET_ACCESS_KEY={}", text(key, "SecretAccessKey"))
}

fn list(told: &Value, out: &mut dyn Write) -> Result<()> {
    let keys = told["AccessKeys"].as_array().map(Vec::as_slice).unwrap_or_default();
    if keys.is_empty() {
        return writeln!(out, "There are no access keys.");
    }
    let columns = ["AccessKeyId", "UserName", "Account", "Status", "CreateDate"];
    let width = |name: &str| keys.iter().map(|key| text(key, name).len()).max().unwrap_or(0);
    for key in keys {
        let line: Vec<String> =
            columns.iter().map(|name| format!("{:width$}", text(key, name), width = width(name))).collect();
        writeln!(out, "{}", line.join("  ").trim_end())?;
    }
    Ok(())
}
