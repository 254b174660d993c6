//! The servers that are measured: where their programs are, how they are started, and how data gets into each.

use std::path::{Path, PathBuf};

use bytes::Bytes;
use hyper::Method;
use serde_json::Value;

use crate::Result;
use crate::fleet::{Format, Load, Plan};
use crate::http::{Answer, Client};
use crate::options::Options;
use crate::process::Server;
use crate::report::progress;
use crate::{cloudwatch, victoria};

/// A kind of server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Peer {
    /// The suite.
    Watchtrail,
    /// A time series database; acknowledges before anything is on disk.
    VictoriaMetrics,
    /// The emulator that most tests use; in memory.
    Moto,
}

impl Peer {
    pub(crate) const ALL: [Self; 3] = [Self::Watchtrail, Self::VictoriaMetrics, Self::Moto];

    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Watchtrail => "Watchtrail",
            Self::VictoriaMetrics => "VictoriaMetrics",
            Self::Moto => "moto",
        }
    }

    /// What it speaks when CloudWatch's clients would speak `format`.
    pub(crate) const fn format(self, format: Format) -> Format {
        match self {
            Self::VictoriaMetrics => Format::Prometheus,
            Self::Watchtrail | Self::Moto => format,
        }
    }

    /// Sends one prepared request.
    pub(crate) async fn send(self, client: &mut Client, load: &Load, number: usize) -> Result<Answer> {
        let (body, gzip) = (load.body(number), load.is_compressed());
        match self {
            Self::VictoriaMetrics => victoria::import(client, gzip, body).await,
            Self::Watchtrail | Self::Moto => cloudwatch::put(client, load.plan().format, gzip, body).await,
        }
    }

    /// How many of the plan's samples the server gives back.
    pub(crate) async fn sample_count(self, client: &mut Client, plan: &Plan) -> Result<f64> {
        let end = plan.start + 60 * plan.minutes as i64;
        match self {
            Self::VictoriaMetrics => {
                victoria::flush(client).await?;
                victoria::sample_count(client, plan.namespace, plan.start, end).await
            }
            Self::Watchtrail | Self::Moto => {
                cloudwatch::sample_count(client, plan.namespace, plan.series, plan.start, end).await
            }
        }
    }
}

/// The programs that were found.
#[derive(Debug)]
pub(crate) struct Binaries {
    watchtrail: PathBuf,
    victoria_metrics: Option<PathBuf>,
    moto: Option<PathBuf>,
}

impl Binaries {
    /// Looks for the suite and for the peers.
    pub(crate) fn find(options: &Options) -> Result<Self> {
        let watchtrail = match &options.watchtrail {
            Some(file) => file.clone(),
            None => beside()?,
        };
        let peer = |named: &Option<PathBuf>, names: &[&str], install: &str| {
            let found = named.clone().or_else(|| names.iter().find_map(|name| in_path(name)));
            if found.is_none() {
                progress(&format!("{} is not installed and left out ({install})", names[0]));
            }
            found
        };
        let victoria_metrics = peer(
            &options.victoria_metrics,
            &["victoria-metrics", "victoria-metrics-prod"],
            "on Debian: apt-get install victoria-metrics; or name it with --victoria-metrics",
        );
        let moto =
            peer(&options.moto_server, &["moto_server"], "pip install 'moto[server]'; or --moto-server");
        Ok(Self { watchtrail, victoria_metrics, moto })
    }

    fn of(&self, peer: Peer) -> Option<&Path> {
        match peer {
            Peer::Watchtrail => Some(&self.watchtrail),
            Peer::VictoriaMetrics => self.victoria_metrics.as_deref(),
            Peer::Moto => self.moto.as_deref(),
        }
    }

    pub(crate) fn has(&self, peer: Peer) -> bool {
        self.of(peer).is_some()
    }

    /// Starts a server with empty data; `None` when it is not installed.
    pub(crate) async fn start(&self, peer: Peer) -> Result<Option<Server>> {
        let Some(program) = self.of(peer) else { return Ok(None) };
        if peer == Peer::Watchtrail {
            return self.suite(&[]).await.map(Some);
        }
        let arguments = |port: u16, data: &Path| match peer {
            Peer::VictoriaMetrics => vec![
                format!("-storageDataPath={}", data.display()),
                format!("-httpListenAddr=127.0.0.1:{port}"),
                "-retentionPeriod=100y".into(),
                "-search.maxPointsPerTimeseries=1000000".into(),
            ],
            _ => vec!["-H".into(), "127.0.0.1".into(), "-p".into(), port.to_string()],
        };
        Server::start(program, arguments).await.map(Some)
    }

    /// Starts the suite with empty data and more options.
    pub(crate) async fn suite(&self, flags: &[&str]) -> Result<Server> {
        let arguments = |port: u16, data: &Path| {
            let listen = format!("127.0.0.1:{port}");
            let own =
                ["serve", "--data", &data.display().to_string(), "--listen", &listen].map(str::to_owned);
            own.into_iter().chain(flags.iter().map(|flag| (*flag).to_owned())).collect()
        };
        Server::start(&self.watchtrail, arguments).await
    }
}

/// The release build that this program belongs to.
fn beside() -> Result<PathBuf> {
    let here = std::env::current_exe()?;
    let file = here.with_file_name("watchtrail");
    if !file.is_file() {
        let file = file.display();
        return Err(
            format!("{file} is not there: build it (make bench does), or name it with --watchtrail").into()
        );
    }
    Ok(file)
}

fn in_path(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path).map(|folder| folder.join(name)).find(|file| file.is_file())
}

/// Has everything delivered that was written.
pub(crate) async fn deliver(client: &mut Client) -> Result<()> {
    client.send(Method::POST, "/_watchtrail/deliver", &[], Bytes::new()).await?.ok().map(drop)
}

/// Moves the suite's clock, so that delivery runs, and says what was answered.
pub(crate) async fn advance(client: &mut Client, seconds: i64) -> Result<Value> {
    let body = serde_json::json!({ "advance_seconds": seconds }).to_string();
    let json = [("content-type", "application/json")];
    let answer = client.send(Method::POST, "/_watchtrail/clock", &json, body.into()).await?.ok()?;
    Ok(serde_json::from_slice(&answer)?)
}
