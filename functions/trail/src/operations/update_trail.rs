//! UpdateTrail: <https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_UpdateTrail.html>.
//!
//! What the request does not name stays; an empty text takes a setting away. Without any setting the trail stays as it is.

use watchtrail_service::{Fault, Operation, Request};
use watchtrail_store::trail::Trail;
use watchtrail_wire::shapes::cloudtrail::{UpdateTrailRequest, UpdateTrailResponse};

use crate::changes::Changes;
use crate::{shape, trails};

pub(crate) struct UpdateTrail;

impl Operation for UpdateTrail {
    const NAME: &'static str = "UpdateTrail";
    type Input = UpdateTrailRequest;
    type Output = UpdateTrailResponse;

    async fn run(request: &Request<'_>, input: Self::Input) -> Result<Self::Output, Fault> {
        let mut would_be = trails::find_to_change(request, input.name.clone()).await?;
        let changes = Changes {
            bucket: input.s3_bucket_name,
            prefix: input.s3_key_prefix,
            topic: input.sns_topic_name,
            global_service_events: input.include_global_service_events,
            multi_region: input.is_multi_region_trail,
            validation: input.enable_log_file_validation,
            log_group: input.cloud_watch_logs_log_group_arn,
            log_role: input.cloud_watch_logs_role_arn,
            kms_key: input.kms_key_id,
            organization: input.is_organization_trail,
            recursive: input.recursive_logging,
        };
        let changes = changes.check(request)?;
        changes.apply(&mut would_be, request.now.millis())?;
        changes.check_existence(request, &would_be).await?;
        let edit = |trail: &mut Trail| changes.apply(trail, request.now.millis());
        Ok(output(&trails::change(request, input.name, edit).await?))
    }
}

fn output(trail: &Trail) -> UpdateTrailResponse {
    let shown = shape::trail(trail);
    UpdateTrailResponse {
        name: shown.name,
        s3_bucket_name: shown.s3_bucket_name,
        s3_key_prefix: shown.s3_key_prefix,
        sns_topic_name: shown.sns_topic_name,
        sns_topic_arn: shown.sns_topic_arn,
        include_global_service_events: shown.include_global_service_events,
        is_multi_region_trail: shown.is_multi_region_trail,
        trail_arn: shown.trail_arn,
        log_file_validation_enabled: shown.log_file_validation_enabled,
        cloud_watch_logs_log_group_arn: shown.cloud_watch_logs_log_group_arn,
        cloud_watch_logs_role_arn: shown.cloud_watch_logs_role_arn,
        kms_key_id: shown.kms_key_id,
        is_organization_trail: shown.is_organization_trail,
        recursive_logging: shown.recursive_logging,
    }
}
