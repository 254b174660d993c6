//! What `watchtrail serve` is told.

use std::path::PathBuf;

use clap::Args;

/// Where the suite listens and where it keeps its data.
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of the command")]
#[derive(Debug, Clone, Args)]
pub struct Options {
    /// The folder that everything is kept in; it is made when it is not there
    #[arg(long, value_name = "DIR", default_value = ".watchtrail", conflicts_with = "memory")]
    pub data: PathBuf,
    /// Keep nothing: all is gone when the process ends
    #[arg(long)]
    pub memory: bool,
    /// The address to listen on; port 0 takes a free one
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:4700", env = "WATCHTRAIL_LISTEN")]
    pub listen: String,
    /// Wait for the disk at each write: survives the death of the machine, not only of the process
    #[arg(long)]
    pub fsync: bool,
    /// Use the embedded services as on AWS: journal bodies beyond 8 KB go to S3, each write looks at the head, readers ask
    /// for the journal. Slower; `/_watchtrail/usage` then tells what AWS would bill
    #[arg(long)]
    pub as_on_aws: bool,
    /// Count units by hash key, too: `GET /_watchtrail/usage?keys=20` then tells the hottest. Slower
    #[arg(long)]
    pub usage_by_key: bool,
    /// Ask for signatures by access keys of this suite (`watchtrail keys`), and for what their policies allow
    #[arg(long, env = "WATCHTRAIL_AUTH")]
    pub auth: bool,
    /// An access key that may do everything, made at the start; best named by the variable, which others cannot see
    #[arg(long, value_name = "ID:SECRET", env = "WATCHTRAIL_AUTH_KEY", hide_env_values = true)]
    pub auth_key: Option<String>,
    /// An outside service for all that is embedded (DynamoDB, S3 and SNS)
    #[arg(long, value_name = "URL", env = "WATCHTRAIL_ENDPOINT_URL")]
    pub endpoint_url: Option<String>,
    /// An outside DynamoDB
    #[arg(long, value_name = "URL", env = "WATCHTRAIL_DYNAMODB_ENDPOINT")]
    pub dynamodb_endpoint: Option<String>,
    /// An outside S3
    #[arg(long, value_name = "URL", env = "WATCHTRAIL_S3_ENDPOINT")]
    pub s3_endpoint: Option<String>,
    /// An outside SNS
    #[arg(long, value_name = "URL", env = "WATCHTRAIL_SNS_ENDPOINT")]
    pub sns_endpoint: Option<String>,
    /// An outside Lambda, for alarms that invoke functions and for subscriptions; `cargo lambda watch` is one, on port 9000
    #[arg(long, value_name = "URL", env = "WATCHTRAIL_LAMBDA_ENDPOINT")]
    pub lambda_endpoint: Option<String>,
    /// An outside Kinesis, for subscriptions; without one they are only listed in `/_watchtrail/notifications`
    #[arg(long, value_name = "URL", env = "WATCHTRAIL_KINESIS_ENDPOINT")]
    pub kinesis_endpoint: Option<String>,
    /// An outside Firehose, for subscriptions
    #[arg(long, value_name = "URL", env = "WATCHTRAIL_FIREHOSE_ENDPOINT")]
    pub firehose_endpoint: Option<String>,
}

impl Options {
    /// Options for a suite in memory on a free port, as tests want it.
    pub fn in_memory() -> Self {
        Self {
            data: PathBuf::new(),
            memory: true,
            listen: "127.0.0.1:0".to_owned(),
            fsync: false,
            as_on_aws: false,
            usage_by_key: false,
            auth: false,
            auth_key: None,
            endpoint_url: None,
            dynamodb_endpoint: None,
            s3_endpoint: None,
            sns_endpoint: None,
            lambda_endpoint: None,
            kinesis_endpoint: None,
            firehose_endpoint: None,
        }
    }

    /// The same with `--endpoint-url` taken for each service that was not named by itself.
    #[must_use]
    pub fn resolved(mut self) -> Self {
        self.dynamodb_endpoint = self.dynamodb_endpoint.or_else(|| self.endpoint_url.clone());
        self.s3_endpoint = self.s3_endpoint.or_else(|| self.endpoint_url.clone());
        self.sns_endpoint = self.sns_endpoint.or_else(|| self.endpoint_url.clone());
        self.lambda_endpoint = self.lambda_endpoint.or_else(|| self.endpoint_url.clone());
        self.kinesis_endpoint = self.kinesis_endpoint.or_else(|| self.endpoint_url.clone());
        self.firehose_endpoint = self.firehose_endpoint.or_else(|| self.endpoint_url.clone());
        self
    }
}
