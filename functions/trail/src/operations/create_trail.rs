//! CreateTrail: <https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_CreateTrail.html>.
//!
//! Tags are put before the trail: a process that dies in between leaves nothing that is seen.

use watchtrail_core::trail::names;
use watchtrail_core::trail::selectors::Selectors;
use watchtrail_service::wording::trail as wording;
use watchtrail_service::{Fault, Operation, Request, store_fault};
use watchtrail_store::StoreError;
use watchtrail_store::trail::Trail;
use watchtrail_wire::shapes::cloudtrail::{CreateTrailRequest, CreateTrailResponse};

use crate::changes::Changes;
use crate::faults::worded;
use crate::{shape, tags, trails};

pub(crate) struct CreateTrail;

impl Operation for CreateTrail {
    const NAME: &'static str = "CreateTrail";
    type Input = CreateTrailRequest;
    type Output = CreateTrailResponse;

    async fn run(request: &Request<'_>, input: Self::Input) -> Result<Self::Output, Fault> {
        let name = input.name.unwrap_or_default();
        names::trail(&name).map_err(|error| worded(wording::name(&error)))?;
        let changes = Changes {
            bucket: Some(input.s3_bucket_name.unwrap_or_default()),
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
        let mut trail = new(request, name);
        changes.apply(&mut trail, request.now.millis())?;
        let given = tags::parse(&trail.arn(), input.tags_list)?;
        check_room(request, &trail).await?;
        changes.check_existence(request, &trail).await?;
        tags::reset(request, &tags::Tagged::of(&trail.scope, trail.arn()), &given).await?;
        match request.context.store.trail.put_trail(None, &trail).await {
            Ok(()) => Ok(output(&trail)),
            Err(StoreError::Conflict) => Err(exists(request, &trail)),
            Err(error) => Err(store_fault(error)),
        }
    }
}

fn new(request: &Request<'_>, name: String) -> Trail {
    Trail {
        scope: request.scope().clone(),
        name,
        id: request.context.ulid(request.now).to_string(),
        bucket: String::new(),
        prefix: None,
        topic: None,
        global_service_events: true,
        multi_region: false,
        organization: false,
        validated_since: None,
        log_group: None,
        log_role: None,
        kms_key: None,
        selectors: Selectors::default(),
        insights: vec![],
        logging: vec![],
        created: request.now.millis(),
        started: None,
        stopped: None,
    }
}

fn exists(request: &Request<'_>, trail: &Trail) -> Fault {
    worded(wording::trail_exists(&trail.name, &request.scope().account))
}

/// Shadows take names and places, too.
async fn check_room(request: &Request<'_>, trail: &Trail) -> Result<(), Fault> {
    let region = &trail.scope.region;
    let mut here = trails::all(request).await?;
    here.retain(|read| trails::is_seen(&read.value, region));
    if here.iter().any(|read| read.value.name == trail.name) {
        return Err(exists(request, trail));
    }
    if here.len() >= trails::MOST {
        return Err(worded(wording::too_many_trails(&trail.scope.account, trails::MOST, region)));
    }
    Ok(())
}

fn output(trail: &Trail) -> CreateTrailResponse {
    let shown = shape::trail(trail);
    CreateTrailResponse {
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
