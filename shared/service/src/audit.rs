//! The audit record of a call: who did what, when, from where, with which parameters, and what came of it.
//!
//! Every call passes the frame, and the frame writes a record of it in CloudTrail's format, version 1.11
//! (<https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-record-contents.html>), refused calls too.
//! Management calls are always recorded; data calls only when a trail that logs selects them, so that writing data stays one write.
//! What is written as data (data points, log events) never stands in a record.

use serde_json::{Map, Value, json};
use watchtrail_core::trail::record::Record;
use watchtrail_store::trail::Trail;
use watchtrail_wire::{Fault, Protocol, ServiceModel};

use crate::{Context, Request};

mod calls;

pub use calls::{Division, Kind};

/// Request parameters and response elements have at most so many bytes in a record.
const LARGEST_ELEMENT: usize = 100 << 10;

/// The user agent and the error's message have at most so many characters.
const LONGEST_TEXT: usize = 1_000;

/// How often a record is tried to be written.
const ATTEMPTS: usize = 4;

/// What is known of a call.
#[derive(Debug)]
pub struct Told<'a> {
    /// Such as `logs.amazonaws.com`.
    pub source: &'a str,
    /// The operation.
    pub name: &'a str,
    /// The API's version; empty where it has none.
    pub version: &'a str,
    /// Management or data, reading or writing.
    pub division: Division,
    /// `requestParameters`, as far as they could be read.
    pub parameters: Option<Value>,
    /// `responseElements` of a call that changed something.
    pub elements: Option<Value>,
    /// Code and message of what was refused.
    pub error: Option<(&'a str, &'a str)>,
    /// What it was about.
    pub resources: Vec<Resource>,
}

/// What a call was about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Resource {
    /// Such as `AWS::S3::Object`.
    pub kind: &'static str,
    /// Which one, or which ones.
    pub arn: Arn,
}

/// Names one resource or many.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Arn {
    /// This one.
    Whole(String),
    /// Some of those whose ARNs begin so: the call lists, or names several. CloudTrail's `ARNPrefix`.
    Prefix(String),
}

impl Resource {
    /// The one of an ARN.
    pub fn one(kind: &'static str, arn: impl Into<String>) -> Self {
        Self { kind, arn: Arn::Whole(arn.into()) }
    }

    /// Those whose ARNs begin so.
    pub fn below(kind: &'static str, prefix: impl Into<String>) -> Self {
        Self { kind, arn: Arn::Prefix(prefix.into()) }
    }

    /// As a record has it. Of S3's buckets and objects below a prefix CloudTrail does not name the account.
    fn shown(&self, account: &str) -> Value {
        match &self.arn {
            Arn::Whole(arn) => json!({ "accountId": account, "type": self.kind, "ARN": arn }),
            Arn::Prefix(prefix) => json!({ "type": self.kind, "ARNPrefix": prefix }),
        }
    }
}

impl Request<'_> {
    /// Whether a call of this kind may be wanted by anybody.
    pub async fn is_recorded(&self, division: Division) -> bool {
        match division.kind {
            Kind::Management => true,
            Kind::Data => !data_trails(self.context, self).await.is_empty(),
        }
    }

    /// Records a call. A record that cannot be written is tried again, and then the log tells of it: the call itself is done.
    pub async fn record(&self, told: Told<'_>) {
        let record = self.document(&told).to_string();
        if told.division.kind == Kind::Data {
            let Ok(parsed) = Record::parse(&record) else { return };
            if !data_trails(self.context, self).await.iter().any(|trail| trail.selectors.select(&parsed)) {
                return;
            }
        }
        let ulid = self.context.ulid(self.now);
        for attempt in 1..=ATTEMPTS {
            match self.context.store.trail.append(self.scope(), &[&record], ulid, self.now).await {
                Ok(()) => return,
                Err(error) if error.is_retryable() && attempt < ATTEMPTS => {}
                Err(error) => {
                    tracing::error!(id = self.request_id, operation = told.name, %error, "an audit record was not written");
                    return;
                }
            }
        }
    }

    fn document(&self, told: &Told<'_>) -> Value {
        let account = &self.scope().account;
        let mut record = Map::new();
        let mut set = |name: &str, value: Value| drop(record.insert(name.to_owned(), value));
        set("eventVersion", json!("1.11"));
        set("userIdentity", self.identity());
        // CloudTrail's times have whole seconds.
        set("eventTime", json!(self.now.floor_to(1).to_string()));
        set("eventSource", json!(told.source));
        set("eventName", json!(told.name));
        set("awsRegion", json!(self.scope().region));
        set("sourceIPAddress", json!(self.caller.source_ip.as_deref().unwrap_or("unknown")));
        if let Some(agent) = &self.caller.user_agent {
            set("userAgent", json!(shortened(agent)));
        }
        if let Some((code, message)) = told.error {
            set("errorCode", json!(code));
            set("errorMessage", json!(shortened(message)));
        }
        set("requestParameters", told.parameters.clone().map_or(Value::Null, fitting));
        set("responseElements", told.elements.clone().map_or(Value::Null, fitting));
        set("requestID", json!(self.request_id));
        set("eventID", json!(self.context.request_id()));
        set("readOnly", json!(told.division.read_only));
        if !told.resources.is_empty() {
            set("resources", told.resources.iter().map(|resource| resource.shown(account)).collect());
        }
        set("eventType", json!("AwsApiCall"));
        if !told.version.is_empty() {
            set("apiVersion", json!(told.version));
        }
        let is_management = told.division.kind == Kind::Management;
        set("managementEvent", json!(is_management));
        set("recipientAccountId", json!(account));
        set("eventCategory", json!(if is_management { "Management" } else { "Data" }));
        if let Some(host) = &self.caller.host {
            set("tlsDetails", json!({ "clientProvidedHostHeader": host }));
        }
        Value::Object(record)
    }

    /// The caller: the user whose key was verified, or, in a suite that is not locked, as far as the key tells: who is an account by its twelve digits is its root, any other key a user's.
    fn identity(&self) -> Value {
        let account = &self.scope().account;
        if let Some(principal) = &self.caller.principal {
            return json!({
                "type": "IAMUser",
                "principalId": principal.user_id(),
                "arn": principal.arn(),
                "accountId": account,
                "accessKeyId": principal.facts.id,
                "userName": principal.facts.user,
            });
        }
        match &self.caller.access_key_id {
            None => {
                json!({ "type": "Unknown", "principalId": "", "accountId": account, "userName": "anonymous" })
            }
            Some(key) if key == account => json!({
                "type": "Root",
                "principalId": account,
                "arn": format!("arn:aws:iam::{account}:root"),
                "accountId": account,
                "accessKeyId": key,
            }),
            Some(key) => json!({
                "type": "IAMUser",
                "principalId": key,
                "arn": format!("arn:aws:iam::{account}:user/{key}"),
                "accountId": account,
                "accessKeyId": key,
                "userName": key,
            }),
        }
    }
}

/// What a call to one of the suite's APIs, or to an embedded service that speaks as they do, tells of itself.
pub fn told<'a>(
    request: &Request<'_>,
    model: &'static ServiceModel,
    operation: &'a str,
    (parameters, elements): (Option<Value>, Option<Value>),
    fault: Option<&'a Fault>,
) -> Told<'a> {
    let division = Division::of(model.name, operation);
    let parameters = parameters.map(|parameters| calls::shown(model.name, operation, parameters));
    // As the caller gets it.
    let by_code = model.query_compatible || *model.protocols == [Protocol::AwsQuery];
    let code = |fault: &'a Fault| {
        // Whoever was not allowed is recorded alike in all services, however the answer was called.
        if fault.is_access_denied() {
            "AccessDenied"
        } else if by_code {
            fault.code()
        } else {
            fault.shape()
        }
    };
    let resources = calls::resources(model.name, operation, request.scope(), parameters.as_ref());
    Told {
        source: calls::source(model.name),
        name: operation,
        version: model.api_version,
        division,
        parameters,
        elements: elements.filter(|_| !division.read_only).map(|elements| calls::named(model.name, elements)),
        error: fault.map(|fault| (code(fault), fault.message().unwrap_or_default())),
        resources,
    }
}

/// The trails that log here now and want data events of some kind.
async fn data_trails(context: &Context, request: &Request<'_>) -> Vec<Trail> {
    let scope = request.scope();
    let trails = match context.store.trail.known_trails(&scope.account, request.now).await {
        Ok(trails) => trails,
        Err(error) => {
            tracing::error!(%error, "the trails are not known: no data call is recorded");
            return Vec::new();
        }
    };
    let here =
        |trail: &&Trail| trail.is_logging() && trail.covers(&scope.region) && trail.selectors.want_data();
    trails.iter().filter(here).cloned().collect()
}

fn shortened(text: &str) -> String {
    text.chars().take(LONGEST_TEXT).collect()
}

/// What is too large for a record is left out, and the record says so, in CloudTrail's form.
fn fitting(value: Value) -> Value {
    let size = value.to_string().len();
    if size <= LARGEST_ELEMENT {
        return value;
    }
    json!({ "omitted": true, "originalSize": size, "reason": "The element is larger than 100 KB." })
}
