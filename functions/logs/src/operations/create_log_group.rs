//! CreateLogGroup: <https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_CreateLogGroup.html>.
//!
//! Whether the KMS key exists is not asked: the suite has no KMS. A group of the Delivery class keeps its events for two days, as AWS shows it
//! (the Terraform provider's documentation of `aws_cloudwatch_log_group` says so; the API reference says one day).

use watchtrail_service::wording::logs as wording;
use watchtrail_service::{Fault, Operation, Request, store_fault};
use watchtrail_store::StoreError;
use watchtrail_store::logs::LogGroup;
use watchtrail_wire::shapes::logs::CreateLogGroupRequest;

use crate::faults::worded;
use crate::{kms, tags};

/// The class of a group that asks for none.
const STANDARD: &str = "STANDARD";
/// The class whose retention is fixed, and that retention in days.
pub(crate) const DELIVERY: &str = "DELIVERY";
const DELIVERY_DAYS: u32 = 2;

pub(crate) struct CreateLogGroup;

impl Operation for CreateLogGroup {
    const NAME: &'static str = "CreateLogGroup";
    type Input = CreateLogGroupRequest;
    type Output = ();

    async fn run(request: &Request<'_>, input: Self::Input) -> Result<Self::Output, Fault> {
        let name = input.log_group_name.unwrap_or_default();
        if name.to_ascii_lowercase().starts_with("aws/") {
            return Err(worded(wording::reserved_group()));
        }
        let kms_key = input.kms_key_id.map(|key| kms::key(request, key)).transpose()?;
        let given = input.tags.unwrap_or_default();
        tags::check(&given)?;
        let class = input.log_group_class.unwrap_or_else(|| STANDARD.to_owned());
        let id = request.context.ulid(request.now).to_string();
        let retention_days = (class == DELIVERY).then_some(DELIVERY_DAYS);
        let mut group = LogGroup::new(name, id, class, request.now);
        group.retention_days = retention_days;
        group.kms_key = kms_key;
        group.deletion_protection = input.deletion_protection_enabled.unwrap_or_default();
        match request.context.store.logs.create_group(request.scope(), &group, &given).await {
            Err(StoreError::Conflict) => Err(worded(wording::group_exists())),
            other => other.map_err(store_fault),
        }
    }
}
