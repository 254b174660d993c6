//! A home: one state of the suite, from a start or a reset to the next reset.
//!
//! With a data folder its files are `DIR/<n>/dynamodb.sqlite`, `DIR/<n>/s3/…`, `DIR/<n>/sns.json` and
//! `DIR/<n>/clock.json`; `DIR/current` says which `n`. A reset makes the next one and switches over: that takes milliseconds however much there is to forget.

use std::fs::{File, TryLockError};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};
use watchtrail_core::logs::subscription::Message;
use watchtrail_core::time::Timestamp;
use watchtrail_service::edge::{SystemClock, SystemEntropy};
use watchtrail_service::{Clock as _, Context, Gate, Settings};
use watchtrail_store::{
    Endpoint, Endpoints, Names, Outbound, OutboundError, SealingHome, Sent, Services, Store, StoreConfig,
};

use crate::clock::{SuiteClock, write_whole};
use crate::cost::Stored;
use crate::embedded::{ByKey, EmbeddedDynamoDb, EmbeddedS3, EmbeddedSns, Usage, sns};
use crate::{HostError, Notifications, Options, keys};

/// DynamoDB takes items of 400 KB; this leaves room for the keys.
const INLINE_LIMIT: usize = 300 * 1024;

/// How the tables and the bucket are named.
pub(crate) const PREFIX: &str = "watchtrail";

/// An access key is believed for so long (milliseconds): what the command changes is seen within seconds.
const KEEP_KEYS: i64 = 2_000;

/// The state of the suite, and the embedded services that it rests in.
#[derive(Debug)]
pub struct Home {
    /// What the handlers are given.
    pub context: Context,
    /// The clock in the context.
    pub clock: Arc<SuiteClock>,
    /// The embedded DynamoDB, unless an outside one was named.
    pub dynamodb: Option<EmbeddedDynamoDb>,
    /// The embedded S3, unless an outside one was named.
    pub s3: Option<EmbeddedS3>,
    /// The embedded SNS, unless an outside one was named.
    pub sns: Option<EmbeddedSns>,
    /// What the suite told others.
    pub notifications: Arc<Notifications>,
    /// What the embedded services were asked.
    pub usage: Arc<Usage>,
    /// Kept so that the sealing key of a suite in memory stays as long as the suite.
    _keys: Option<Arc<tempfile::TempDir>>,
    /// The suite's time when it was opened: since then `usage` counts.
    pub started: Timestamp,
    /// Where its files are.
    folder: PathBuf,
    /// Kept so that the folder of a suite in memory goes when the suite does.
    _temporary: Option<tempfile::TempDir>,
}

impl Home {
    /// A home in memory whose clock stands still at `start` until it is set: nothing happens in it by itself.
    ///
    /// # Errors
    /// When the embedded services do not start.
    pub async fn still(start: Timestamp) -> Result<Self, HostError> {
        let place = Place::take(None)?;
        place.home(1, &Options::in_memory(), Some(SuiteClock::still(start))).await
    }
}

impl Home {
    /// Bytes at rest in the suite's own bucket and tables.
    pub(crate) fn stored_bytes(&self) -> Stored {
        let bucket = Names::with_prefix(PREFIX).bucket;
        let size = |file: &Path| std::fs::metadata(file).map_or(0, |found| found.len());
        Stored {
            s3: folder_bytes(&self.folder.join("s3").join(bucket)),
            dynamodb: size(&self.folder.join("dynamodb.sqlite")),
        }
    }
}

/// Of all files in a folder; what vanishes meanwhile is nothing.
fn folder_bytes(folder: &Path) -> u64 {
    let Ok(entries) = std::fs::read_dir(folder) else { return 0 };
    let bytes = |entry: std::fs::DirEntry| match entry.metadata() {
        Ok(found) if found.is_dir() => folder_bytes(&entry.path()),
        Ok(found) => found.len(),
        Err(_) => 0,
    };
    entries.flatten().map(bytes).sum()
}

/// Where homes are.
#[derive(Debug)]
pub(crate) struct Place {
    folder: Option<PathBuf>,
    /// The sealing key of a suite in memory: it outlives a reset, as the access keys do.
    keys: Option<Arc<tempfile::TempDir>>,
    /// Held as long as the process lives: two processes on one folder would both believe to be the only writer.
    _lock: Option<File>,
}

impl Place {
    /// Takes a data folder for this process alone.
    pub(crate) fn take(folder: Option<&Path>) -> Result<Self, HostError> {
        let Some(folder) = folder else {
            let keys =
                tempfile::tempdir().map_err(|error| HostError::folder(Path::new("(temporary)"), &error))?;
            return Ok(Self { folder: None, keys: Some(Arc::new(keys)), _lock: None });
        };
        let wrong = |error: std::io::Error| HostError::folder(folder, &error);
        std::fs::create_dir_all(folder).map_err(wrong)?;
        let lock = File::create(folder.join("lock")).map_err(wrong)?;
        match lock.try_lock() {
            Ok(()) => Ok(Self { folder: Some(folder.to_owned()), keys: None, _lock: Some(lock) }),
            Err(TryLockError::WouldBlock) => Err(HostError::Taken(folder.to_owned())),
            Err(TryLockError::Error(error)) => Err(wrong(error)),
        }
    }

    /// The home that was current when the process stopped, or the first.
    pub(crate) async fn open(&self, options: &Options) -> Result<Home, HostError> {
        let number = match &self.folder {
            None => 1,
            Some(folder) => current(folder)?,
        };
        self.forget();
        self.home(number, options, None).await
    }

    /// A new and empty home in place of the current one; who may use it stays.
    pub(crate) async fn next(&self, options: &Options, before: &Home) -> Result<Home, HostError> {
        let keep =
            async |home: &Home| home.context.store.access.take_over(&before.context.store.access).await;
        let Some(folder) = &self.folder else {
            let home = self.home(1, options, None).await?;
            keep(&home).await?;
            return Ok(home);
        };
        let old = current(folder)?;
        let home = self.home(old + 1, options, None).await?;
        keep(&home).await?;
        let wrong = |error: std::io::Error| HostError::folder(folder, &error);
        write_whole(&folder.join("current"), (old + 1).to_string().as_bytes()).map_err(wrong)?;
        Ok(home)
    }

    /// Removes the homes before the current one. That takes as long as it takes, and nobody waits for it.
    pub(crate) fn forget(&self) {
        let Some(folder) = self.folder.clone() else { return };
        std::thread::spawn(move || {
            let Ok(current) = current(&folder) else { return };
            for entry in std::fs::read_dir(&folder).into_iter().flatten().flatten() {
                let number = entry.file_name().to_str().and_then(|name| name.parse::<u64>().ok());
                if number.is_some_and(|number| number < current) {
                    // What a request under way still writes there is removed the next time.
                    let _ = std::fs::remove_dir_all(entry.path());
                }
            }
        });
    }

    async fn home(
        &self,
        number: u64,
        options: &Options,
        clock: Option<SuiteClock>,
    ) -> Result<Home, HostError> {
        let temporary = match &self.folder {
            Some(_) => None,
            None => Some(
                tempfile::tempdir().map_err(|error| HostError::folder(Path::new("(temporary)"), &error))?,
            ),
        };
        let folder = match (&self.folder, &temporary) {
            (Some(folder), _) => folder.join(number.to_string()),
            (None, Some(temporary)) => temporary.path().to_owned(),
            (None, None) => PathBuf::new(),
        };
        let files = folder.join("s3");
        std::fs::create_dir_all(&files).map_err(|error| HostError::folder(&folder, &error))?;
        let by_key = if options.usage_by_key { ByKey::Counted } else { ByKey::Not };
        let usage = Arc::new(Usage::new(by_key));
        let dynamodb = match (&options.dynamodb_endpoint, &self.folder) {
            (Some(_), _) => None,
            (None, Some(_)) => {
                let file = folder.join("dynamodb.sqlite");
                Some(EmbeddedDynamoDb::open(&file, options.fsync, Arc::clone(&usage))?)
            }
            (None, None) => Some(EmbeddedDynamoDb::memory(Arc::clone(&usage))?),
        };
        let s3 = match &options.s3_endpoint {
            Some(_) => None,
            None => Some(EmbeddedS3::new(&files, Arc::clone(&usage)).map_err(HostError::S3)?),
        };
        let clock = match (clock, &self.folder) {
            (Some(clock), _) => clock,
            (None, Some(_)) => SuiteClock::open(folder.join("clock.json"))
                .map_err(|error| HostError::folder(&folder, &error))?,
            (None, None) => SuiteClock::new(),
        };
        let clock = Arc::new(clock);
        let notifications = Arc::new(Notifications::default());
        let world = sns::World {
            notifications: Arc::clone(&notifications),
            clock: Arc::clone(&clock) as Arc<dyn watchtrail_service::Clock>,
            entropy: Arc::new(SystemEntropy),
            settings: Settings::default(),
        };
        let sns = match &options.sns_endpoint {
            Some(_) => None,
            None => Some(
                EmbeddedSns::open(&folder.join("sns.json"), world)
                    .map_err(|error| HostError::folder(&folder, &error))?,
            ),
        };
        let store = store(options, dynamodb.as_ref(), s3.as_ref(), self.sealing(options)).await?;
        if let Some(key) = &options.auth_key {
            keys::make_root(&store.access, key, &SystemEntropy, clock.now()).await?;
        }
        let gate = options
            .auth
            .then(|| Arc::new(Gate::new(Arc::clone(&store.access), Arc::new(SystemClock), KEEP_KEYS)));
        if let (Some(s3), Some(gate)) = (&s3, &gate) {
            s3.lock(Arc::clone(gate));
        }
        let outbound = outbound(options, sns.as_ref(), &notifications).await;
        let context = Context {
            store,
            outbound,
            clock: Arc::clone(&clock) as Arc<dyn watchtrail_service::Clock>,
            entropy: Arc::new(SystemEntropy),
            meter: Arc::clone(&usage) as Arc<dyn watchtrail_service::Meter>,
            settings: Settings::default(),
            gate,
        };
        let keys = self.keys.clone();
        let started = watchtrail_service::Clock::now(&*clock);
        Ok(Home {
            context,
            clock,
            dynamodb,
            s3,
            sns,
            notifications,
            usage,
            started,
            folder,
            _keys: keys,
            _temporary: temporary,
        })
    }

    /// Where the sealing key is: in the data folder, beside the homes. What an outside DynamoDB keeps longer than this process lives is not sealed
    /// by a key that goes with it.
    fn sealing(&self, options: &Options) -> Option<SealingHome> {
        let folder = match (&self.folder, &self.keys) {
            (Some(folder), _) => folder.as_path(),
            (None, Some(keys)) if options.dynamodb_endpoint.is_none() => keys.path(),
            _ => return None,
        };
        Some(SealingHome::File(folder.join(keys::SEALING_KEY)))
    }
}

/// The services that something is sent to: the embedded SNS or an outside one, the outside ones that were named, and the list of what was told.
async fn outbound(
    options: &Options,
    sns: Option<&EmbeddedSns>,
    notifications: &Arc<Notifications>,
) -> Outbound {
    let sns = match (sns, &options.sns_endpoint) {
        (Some(sns), _) => Some(Endpoint::InProcess(sns.client())),
        (None, url) => url.clone().map(Endpoint::Url),
    };
    let outside = |url: &Option<String>| url.clone().map(Endpoint::Url);
    let services = Services {
        sns,
        lambda: outside(&options.lambda_endpoint),
        kinesis: outside(&options.kinesis_endpoint),
        firehose: outside(&options.firehose_endpoint),
    };
    let port: Arc<dyn watchtrail_store::Port> = Arc::new(Told(Arc::clone(notifications)));
    // What is called is on the same machine, mostly, and a caller waits for the clock that it advanced.
    let patience = Duration::from_secs(3);
    Outbound { port: Some(port), patience, ..Outbound::over(services).await }
}

/// What leaves the suite beside SNS, in the list of what it told others.
#[derive(Debug)]
struct Told(Arc<Notifications>);

impl watchtrail_store::Port for Told {
    fn event(&self, event: String) {
        self.0.push_event(event);
    }

    fn invoked(&self, function: &str, event: &str, outcome: Result<(), &OutboundError>) {
        let event: Value = serde_json::from_str(event).unwrap_or_default();
        let error = outcome.err().map(|error| error.message.clone());
        let outcome = if error.is_some() { "failed" } else { "delivered" };
        let told = json!({ "time": event["time"], "function": function, "event": event, "outcome": outcome, "error": error });
        self.0.push("lambda", told);
    }

    fn sent(&self, destination: &str, message: &Message<'_>, outcome: Result<Sent, &OutboundError>) {
        let error = match outcome {
            Ok(Sent::Delivered) => None,
            Ok(Sent::Listed) => Some("this host was given no endpoint of this service".to_owned()),
            Err(error) => Some(error.message.clone()),
        };
        let outcome = match outcome {
            Ok(Sent::Delivered) => "delivered",
            Ok(Sent::Listed) => "listed",
            Err(_) => "failed",
        };
        let told =
            json!({ "destination": destination, "payload": message, "outcome": outcome, "error": error });
        self.0.push("subscription", told);
    }
}

pub(crate) fn current(folder: &Path) -> Result<u64, HostError> {
    let file = folder.join("current");
    match std::fs::read_to_string(&file) {
        Ok(text) => text.trim().parse().map_err(|_| HostError::Damaged(file)),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(1),
        Err(error) => Err(HostError::folder(folder, &error)),
    }
}

async fn store(
    options: &Options,
    dynamodb: Option<&EmbeddedDynamoDb>,
    s3: Option<&EmbeddedS3>,
    sealing: Option<SealingHome>,
) -> Result<Store, HostError> {
    let outside = |url: &Option<String>| Endpoint::Url(url.clone().unwrap_or_default());
    let endpoints = Endpoints {
        dynamodb: dynamodb
            .map_or_else(|| outside(&options.dynamodb_endpoint), |db| Endpoint::InProcess(db.client())),
        s3: s3.map_or_else(|| outside(&options.s3_endpoint), |s3| Endpoint::InProcess(s3.client())),
    };
    let on_aws = StoreConfig { sealing, ..StoreConfig::new(Names::with_prefix(PREFIX)) };
    let config = if options.as_on_aws {
        on_aws
    } else {
        StoreConfig {
            inline_limit: INLINE_LIMIT,
            // An embedded DynamoDB is this process's own; an outside one may have other writers.
            sole_writer: dynamodb.is_some(),
            cache_bytes: 256 << 20,
            ..on_aws
        }
    };
    let store = Store::over(endpoints, config).await;
    store.create_missing().await?;
    Ok(store)
}
