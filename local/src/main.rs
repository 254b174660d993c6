//! `watchtrail`: the suite in one process.

use std::io::Write;
use std::process::ExitCode;

use clap::{Parser, Subcommand};
use tokio::signal::unix::{SignalKind, signal};
use watchtrail_local::cost::{self, CostOptions};
use watchtrail_local::testing::{self, TestOptions};
use watchtrail_local::{HostError, KeysOptions, Options, Suite};

/// CloudWatch and CloudTrail that you own, behind AWS's own APIs
#[derive(Debug, Parser)]
#[command(name = "watchtrail", version, about)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Run the suite on one port until it is interrupted
    Serve(Options),
    /// Make, list, rotate and revoke access keys
    Keys(KeysOptions),
    /// Run tests of alarms
    Test(TestOptions),
    /// Show what a month of a running suite's work would cost on AWS
    Cost(CostOptions),
}

/// A request makes some thousand small allocations on one thread and frees them on another.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

#[tokio::main]
async fn main() -> ExitCode {
    let command = Cli::parse().command;
    let filter = tracing_subscriber::EnvFilter::try_from_env("WATCHTRAIL_LOG")
        .unwrap_or_else(|_| tracing_subscriber::EnvFilter::new("warn"));
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).init();
    let options = match command {
        Command::Serve(options) => options,
        Command::Test(options) => return test(&options).await,
        Command::Keys(options) => return keys(&options).await,
        Command::Cost(options) => return print(cost::show(&options).await),
    };
    match serve(options).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // Whoever closed standard error does not want to know.
            let _ = writeln!(std::io::stderr(), "watchtrail: {error}");
            ExitCode::FAILURE
        }
    }
}

/// Exits with 1 when a test failed and with 2 when a file was not understood.
async fn test(options: &TestOptions) -> ExitCode {
    let outcome = testing::run_all(options, &mut std::io::stdout().lock()).await;
    // Whoever closed standard output has seen enough.
    outcome.map_or(ExitCode::FAILURE, |outcome| ExitCode::from(outcome.code()))
}

async fn keys(options: &KeysOptions) -> ExitCode {
    let mut out = std::io::stdout();
    match watchtrail_local::keys::run(options, &mut out).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let _ = writeln!(std::io::stderr(), "watchtrail: {error}");
            ExitCode::FAILURE
        }
    }
}

/// Prints an answer, or why there is none.
fn print(outcome: Result<String, String>) -> ExitCode {
    let (code, written) = match outcome {
        Ok(text) => (ExitCode::SUCCESS, write!(std::io::stdout(), "{text}")),
        Err(error) => (ExitCode::FAILURE, writeln!(std::io::stderr(), "watchtrail: {error}")),
    };
    // Whoever closed the other end does not want to know.
    let _ = written;
    code
}

async fn serve(options: Options) -> Result<(), HostError> {
    let place = if options.memory { "memory".to_owned() } else { options.data.display().to_string() };
    let key = Key::of(&options);
    let suite = Suite::start(options).await?;
    let (listener, address) = suite.listen().await?;
    let interrupted = interrupted().map_err(HostError::Signals)?;
    let _ = write!(std::io::stdout(), "{}", greeting(&address.to_string(), &place, &key));
    suite.serve(listener, interrupted).await;
    suite.stop().await;
    Ok(())
}

/// How a person gets in.
enum Key {
    /// By any credentials.
    Any,
    /// By the key that the suite was started with.
    Named(String),
    /// By a key that is made in the suite's data folder.
    Made(String),
    /// Not at all: what is in memory has no folder.
    None,
}

impl Key {
    fn of(options: &Options) -> Self {
        let id = options.auth_key.as_deref().and_then(|key| key.split_once(':')).map(|(id, _)| id.to_owned());
        match id {
            _ if !options.auth => Self::Any,
            Some(id) => Self::Named(id),
            None if options.memory => Self::None,
            None => Self::Made(options.data.display().to_string()),
        }
    }

    /// Lines to paste, or what to do first.
    fn lines(&self) -> String {
        match self {
            Self::Any => "  export AWS_ACCESS_KEY_ID=test AWS_SECRET_ACCESS_KEY=test\n".to_owned(),
            Self::Named(id) => {
                format!(
                    "  export AWS_ACCESS_KEY_ID={id} AWS_SECRET_ACCESS_KEY=…   # as WATCHTRAIL_AUTH_KEY says\n"
                )
            }
            Self::Made(data) => format!(
                "  # It is locked. A key that may do everything, once; then paste the two lines that it prints:\n  \
                 watchtrail keys create --data {data} --user me --allow '*'\n"
            ),
            Self::None => {
                "  # It is locked, and nobody can get in: start it with WATCHTRAIL_AUTH_KEY=ID:SECRET.\n"
                    .to_owned()
            }
        }
    }
}

/// What a person needs to begin: lines to paste.
fn greeting(address: &str, place: &str, key: &Key) -> String {
    format!(
        "Watchtrail listens on http://{address} (data: {place}). Paste into another terminal:

  export AWS_ENDPOINT_URL=http://{address} AWS_REGION=us-east-1 AWS_DEFAULT_REGION=us-east-1
{}\
  \x20 aws cloudwatch put-metric-data --namespace Shop --metric-name Orders --dimensions Region=EU --value 42 --unit Count
  aws cloudwatch list-metrics --namespace Shop
  aws cloudwatch get-metric-statistics --namespace Shop --metric-name Orders --dimensions Name=Region,Value=EU \\
    --start-time $(date -u -d '-1 hour' +%FT%TZ) --end-time $(date -u -d '+1 minute' +%FT%TZ) \\
    --period 60 --statistics Sum Average --extended-statistics p99

",
        key.lines()
    )
}

/// Resolves when the process is asked to stop, from now on: whoever reads the greeting may ask at once.
fn interrupted() -> std::io::Result<impl Future<Output = ()>> {
    let (mut interrupt, mut terminate) = (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?);
    Ok(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
    })
}
