//! Where keys are: the catalog of a data folder, or that of a deployed stack.
//!
//! The folder of a running process is written beside it: SQLite lets two processes write, one after the other. A stack tells in an SSM
//! parameter, `/watchtrail/<stack>/keys`, how its catalog is called; its sealing key is in `/watchtrail/<stack>/sealing-key`.

use serde::Deserialize;
use watchtrail_service::Settings;
use watchtrail_store::{Endpoint, Endpoints, Names, SealingHome, Store, StoreConfig};

use super::https::Https;
use super::options::Of;
use super::{KeysError, SEALING_KEY};
use crate::HostError;
use crate::embedded::{EmbeddedDynamoDb, EmbeddedS3, Usage};
use crate::home::{PREFIX, current};

/// A catalog of keys.
pub(super) struct Place {
    pub(super) store: Store,
    /// The account of keys that name none.
    pub(super) account: String,
    _scratch: Option<tempfile::TempDir>,
}

/// What the stack's template writes for this command.
#[derive(Debug, Deserialize)]
struct Told {
    catalog: String,
    account: String,
    #[serde(default)]
    kms_key: String,
}

impl Place {
    pub(super) async fn open(of: &Of) -> Result<Self, KeysError> {
        match &of.stack {
            Some(stack) => Self::stack(stack).await,
            None => Self::folder(of).await,
        }
    }

    async fn folder(of: &Of) -> Result<Self, KeysError> {
        let wrong = |error: std::io::Error| HostError::folder(&of.data, &error);
        std::fs::create_dir_all(&of.data).map_err(wrong)?;
        let home = of.data.join(current(&of.data)?.to_string());
        std::fs::create_dir_all(&home).map_err(wrong)?;
        let usage = std::sync::Arc::new(Usage::default());
        // As durable as a disk can make it: these are few writes, and nobody waits for many.
        let file = home.join("dynamodb.sqlite");
        let dynamodb =
            EmbeddedDynamoDb::open(&file, true, std::sync::Arc::clone(&usage)).map_err(HostError::from)?;
        // A store has buckets, too; keys need none, and the folder's own belong to the running process.
        let scratch = tempfile::tempdir().map_err(wrong)?;
        let s3 = EmbeddedS3::new(scratch.path(), usage).map_err(HostError::S3)?;
        let endpoints = Endpoints {
            dynamodb: Endpoint::InProcess(dynamodb.client()),
            s3: Endpoint::InProcess(s3.client()),
        };
        let sealing = Some(SealingHome::File(of.data.join(SEALING_KEY)));
        let config = StoreConfig { sealing, ..StoreConfig::new(Names::with_prefix(PREFIX)) };
        let store = Store::over(endpoints, config).await;
        store.create_missing().await?;
        Ok(Self { store, account: Settings::default().account, _scratch: Some(scratch) })
    }

    async fn stack(stack: &str) -> Result<Self, KeysError> {
        let wrong = |why: &str| KeysError::Stack(stack.to_owned(), why.to_owned());
        let config = watchtrail_store::caller_config(Https::client()).await;
        let parameters = watchtrail_store::Parameters::new(&config).ok_or_else(|| {
            wrong("no credentials or no region of AWS; set AWS_REGION, AWS_ACCESS_KEY_ID, …")
        })?;
        let told = parameters.get(&format!("/watchtrail/{stack}/keys")).await?;
        let told = told.ok_or_else(|| wrong("there is none of that name in this account and region"))?;
        let told: Told = serde_json::from_str(&told).map_err(|error| wrong(&error.to_string()))?;
        let sealing = SealingHome::Parameter {
            parameters: Box::new(parameters),
            name: format!("/watchtrail/{stack}/sealing-key"),
            kms_key: Some(told.kms_key).filter(|key| !key.is_empty()),
        };
        let names = Names { catalog: told.catalog, ..Names::with_prefix(PREFIX) };
        let store = Store::of(&config, StoreConfig { sealing: Some(sealing), ..StoreConfig::new(names) });
        Ok(Self { store, account: told.account, _scratch: None })
    }
}
