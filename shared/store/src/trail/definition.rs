//! A trail, as it is kept: one JSON document of the catalog.

use serde::{Deserialize, Serialize};
use watchtrail_core::trail::record::Record;
use watchtrail_core::trail::selectors::Selectors;

use super::{KeptAside, Outlet};
use crate::keys::{Scope, item};

/// Where events of global services are recorded.
pub const GLOBAL_REGION: &str = "us-east-1";

/// The sources of global services.
pub const GLOBAL_SOURCES: [&str; 3] = ["iam.amazonaws.com", "sts.amazonaws.com", "cloudfront.amazonaws.com"];

/// A span of time in which a trail logs: `[from, to)`, epoch milliseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Logging {
    /// From StartLogging …
    pub from: i64,
    /// … to StopLogging; none while it logs.
    pub to: Option<i64>,
}

/// A trail.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Trail {
    /// Its account and its home region.
    pub scope: Scope,
    /// Unique in its scope.
    pub name: String,
    /// Unique for ever: a ULID. A trail that is created again under the same name gets nothing of the old one.
    pub id: String,
    /// The bucket that its files are delivered to.
    pub bucket: String,
    /// What stands before `AWSLogs` in their keys.
    pub prefix: Option<String>,
    /// The ARN of the topic that is told of each file.
    pub topic: Option<String>,
    /// Whether events of global services (IAM, STS) are delivered.
    pub global_service_events: bool,
    /// Whether events of all regions are delivered.
    pub multi_region: bool,
    /// Whether it is an organization's.
    pub organization: bool,
    /// Since when digests are delivered (epoch milliseconds).
    pub validated_since: Option<i64>,
    /// The ARN of the log group that events are sent to.
    pub log_group: Option<String>,
    /// The role that sends them there.
    pub log_role: Option<String>,
    /// The ARN of the KMS key that files are encrypted with.
    pub kms_key: Option<String>,
    /// Which events it wants.
    pub selectors: Selectors,
    /// The kinds of insights that are wanted, with their categories of events.
    pub insights: Vec<(String, Vec<String>)>,
    /// When it logged and logs; the last span is open while it does. The first ones are dropped when they are long delivered.
    pub logging: Vec<Logging>,
    /// Epoch milliseconds.
    pub created: i64,
    /// Epoch milliseconds of the last StartLogging.
    pub started: Option<i64>,
    /// Epoch milliseconds of the last StopLogging.
    pub stopped: Option<i64>,
}

impl Trail {
    /// `arn:aws:cloudtrail:<region>:<account>:trail/<name>`
    pub fn arn(&self) -> String {
        format!("arn:aws:cloudtrail:{}:{}:trail/{}", self.scope.region, self.scope.account, self.name)
    }

    /// Whether it logs now.
    pub fn is_logging(&self) -> bool {
        self.logging.last().is_some_and(|span| span.to.is_none())
    }

    /// Whether a record that came at `at` (epoch milliseconds) came while it logged.
    pub fn logged_at(&self, at: i64) -> bool {
        self.logging.iter().any(|span| span.from <= at && span.to.is_none_or(|to| at < to))
    }

    /// Whether it gets the records of a region.
    pub fn covers(&self, region: &str) -> bool {
        self.multi_region || self.scope.region == region
    }

    /// Whether it gets a record of a region that came at `received` (epoch milliseconds).
    ///
    /// Events of global services are recorded in one region, and only there are they left out where they are not wanted:
    /// <https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-concepts.html#cloudtrail-concepts-global-service-events>.
    pub fn wants(&self, region: &str, received: i64, record: &Record<'_>) -> bool {
        let global = region == GLOBAL_REGION && GLOBAL_SOURCES.contains(&&*record.source);
        (self.global_service_events || !global) && self.logged_at(received) && self.selectors.select(record)
    }

    /// Whether it hands records on so.
    pub fn has(&self, outlet: Outlet) -> bool {
        match outlet {
            Outlet::Notices => self.topic.is_some(),
            Outlet::Logs => self.log_group.is_some(),
            Outlet::Digests => self.validated_since.is_some(),
            Outlet::Files | Outlet::Events => true,
        }
    }

    pub(super) fn key(&self) -> (String, String) {
        (item::trails(&self.scope.account), format!("{}/{}", self.scope.region, self.name))
    }
}

/// What became of a trail's deliveries, for GetTrailStatus. Times are epoch milliseconds.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TrailStatus {
    /// When a file was delivered last.
    pub delivered: Option<i64>,
    /// S3's error of the last try, while it lasts.
    pub delivery_error: Option<String>,
    /// When a delivery was tried last, and when it succeeded last.
    pub attempted: Option<i64>,
    /// When a notice was published last.
    pub notified: Option<i64>,
    /// SNS's error of the last try, while it lasts.
    pub notification_error: Option<String>,
    /// When a notice was tried last.
    pub notification_attempted: Option<i64>,
    /// When events were sent to the log group last.
    pub logged: Option<i64>,
    /// The error of the last try, while it lasts.
    pub log_error: Option<String>,
    /// When a digest was delivered last.
    pub digested: Option<i64>,
    /// S3's error of the last try to deliver a digest, while it lasts.
    pub digest_error: Option<String>,
    /// The texts that came as records of its regions and are none.
    pub aside: KeptAside,
}
