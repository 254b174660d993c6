//! Where the sealing key is kept: a file of the data folder, or a `SecureString` of AWS Systems Manager.
//!
//! SSM and not Secrets Manager, and under AWS's own key `aws/ssm` unless another is named: a standard parameter costs nothing, a secret
//! $0.40 a month and a customer's KMS key $1.

use std::io::{self, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};

use super::{Randomness, fresh};
use crate::error::StoreError;
use crate::outbound::Parameters;

/// The place of the sealing key.
#[derive(Debug, Clone)]
pub enum SealingHome {
    /// A file that its owner alone can read.
    File(PathBuf),
    /// A `SecureString` parameter.
    Parameter {
        /// The service.
        parameters: Box<Parameters>,
        /// The parameter's name.
        name: String,
        /// The KMS key that encrypts it; AWS's own where none is named.
        kms_key: Option<String>,
    },
}

/// What a home holds.
#[derive(Serialize, Deserialize)]
struct Document {
    keys: Vec<Kept>,
}

#[derive(Serialize, Deserialize)]
pub(super) struct Kept {
    pub(super) id: String,
    /// 32 bytes in base64.
    pub(super) key: String,
}

impl SealingHome {
    /// The keys, where there are any.
    pub(super) async fn read(&self) -> Result<Option<Vec<Kept>>, StoreError> {
        let text = match self {
            Self::File(file) => match std::fs::read_to_string(file) {
                Ok(text) => Some(text),
                Err(error) if error.kind() == io::ErrorKind::NotFound => None,
                Err(error) => return Err(unreadable(file, &error)),
            },
            Self::Parameter { parameters, name, .. } => parameters.get(name).await?,
        };
        let Some(text) = text else { return Ok(None) };
        let document: Document =
            serde_json::from_str(&text).map_err(|error| StoreError::corrupt("the sealing key", error))?;
        Ok(Some(document.keys))
    }

    /// The keys; one is made where there is none. Whoever loses the race to make it takes the winner's.
    pub(super) async fn read_or_make(&self, random: Randomness<'_>) -> Result<Vec<Kept>, StoreError> {
        if let Some(keys) = self.read().await? {
            return Ok(keys);
        }
        let id = STANDARD.encode(&fresh(random)?[..6]);
        let document = Document { keys: vec![Kept { id, key: STANDARD.encode(fresh(random)?) }] };
        let text = serde_json::to_string(&document)
            .map_err(|error| StoreError::corrupt("the sealing key", error))?;
        match self {
            Self::File(file) => make(file, text.as_bytes()).map_err(|error| unreadable(file, &error))?,
            Self::Parameter { parameters, name, kms_key } => {
                parameters.make(name, &text, kms_key.as_deref()).await?;
            }
        }
        let made = self.read().await?;
        made.ok_or_else(|| StoreError::corrupt("the sealing key", "it was made and is not there"))
    }
}

fn unreadable(file: &Path, error: &io::Error) -> StoreError {
    StoreError::corrupt(format!("the sealing key in {}", file.display()), error)
}

/// Makes a file that is there whole or not at all, and stays when the machine dies; one that is there already is left.
fn make(file: &Path, bytes: &[u8]) -> io::Result<()> {
    let folder = file.parent().unwrap_or(Path::new("."));
    let beside = file.with_extension(format!("{}.new", std::process::id()));
    let _ = std::fs::remove_file(&beside);
    let mut new = std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(&beside)?;
    new.write_all(bytes)?;
    new.sync_all()?;
    let linked = std::fs::hard_link(&beside, file);
    std::fs::remove_file(&beside)?;
    match linked {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => return Err(error),
        _ => std::fs::File::open(folder)?.sync_all()?,
    }
    Ok(())
}
