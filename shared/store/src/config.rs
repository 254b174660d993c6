//! What the storage engine is told: names of its tables and bucket, limits, retention.

const HOUR: i64 = 3_600_000;
const DAY: i64 = 24 * HOUR;

/// Names of the three tables and the bucket.
#[derive(Debug, Clone)]
pub struct Names {
    /// Heads, journal, dirty list, due list.
    pub ledger: String,
    /// Segment index and directories.
    pub index: String,
    /// Small lasting facts: which partitions exist, tags.
    pub catalog: String,
    /// Segments, directories and large journal bodies.
    pub bucket: String,
}

impl Names {
    /// `<prefix>-ledger`, `<prefix>-index`, `<prefix>-catalog`, `<prefix>-data`.
    pub fn with_prefix(prefix: &str) -> Self {
        Self {
            ledger: format!("{prefix}-ledger"),
            index: format!("{prefix}-index"),
            catalog: format!("{prefix}-catalog"),
            bucket: format!("{prefix}-data"),
        }
    }
}

/// How long metrics are kept at each resolution, in milliseconds; `None` is forever.
///
/// The defaults are CloudWatch's: <https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch_concepts.html#metrics-retention>.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Retention {
    /// Periods below a minute.
    pub seconds_1: Option<i64>,
    /// One minute.
    pub seconds_60: Option<i64>,
    /// Five minutes.
    pub seconds_300: Option<i64>,
    /// One hour.
    pub seconds_3600: Option<i64>,
}

impl Default for Retention {
    fn default() -> Self {
        Self {
            seconds_1: Some(3 * HOUR),
            seconds_60: Some(15 * DAY),
            seconds_300: Some(63 * DAY),
            seconds_3600: Some(455 * DAY),
        }
    }
}

impl Retention {
    /// The retention of a stored resolution (1, 60, 300 or 3600 seconds).
    pub const fn of(&self, resolution: u32) -> Option<i64> {
        match resolution {
            0..60 => self.seconds_1,
            60..300 => self.seconds_60,
            300..3600 => self.seconds_300,
            _ => self.seconds_3600,
        }
    }
}

/// Settings of a [`Store`](crate::Store).
#[derive(Debug, Clone)]
pub struct StoreConfig {
    /// Tables and bucket.
    pub names: Names,
    /// A journal body up to this many bytes stands in the item; a larger one goes to S3 first.
    /// 8 KB is where one S3 PUT ($5/M) becomes cheaper than the write units ($0.625/M a KB).
    pub inline_limit: usize,
    /// A partition is delivered when its oldest undelivered row waits this long (milliseconds) …
    pub delivery_age: i64,
    /// … or when it has this many undelivered bytes.
    pub delivery_bytes: u64,
    /// How long a journal item stays after it was written, in milliseconds.
    pub journal_ttl: i64,
    /// Retention of metrics.
    pub retention: Retention,
    /// Memory for decoded tail items and segments, each, in bytes.
    pub cache_bytes: u64,
    /// Whether this process is the only one that ever writes to the tables (the local host with embedded stores):
    /// then the tail of the journal is known without asking for it.
    pub sole_writer: bool,
}

impl StoreConfig {
    /// The settings for AWS.
    pub fn new(names: Names) -> Self {
        Self {
            names,
            inline_limit: 8 * 1024,
            delivery_age: 5 * 60_000,
            delivery_bytes: 8 << 20,
            journal_ttl: 14 * DAY,
            retention: Retention::default(),
            cache_bytes: 64 << 20,
            sole_writer: false,
        }
    }
}
