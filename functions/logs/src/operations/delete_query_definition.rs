//! DeleteQueryDefinition:
//! <https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_DeleteQueryDefinition.html>.

use watchtrail_service::wording::logs as wording;
use watchtrail_service::{Fault, Operation, Request};
use watchtrail_store::logs::Kind;
use watchtrail_wire::shapes::logs::{DeleteQueryDefinitionRequest, DeleteQueryDefinitionResponse};

use crate::queries::Definition;
use crate::resources;

pub(crate) struct DeleteQueryDefinition;

impl Operation for DeleteQueryDefinition {
    const NAME: &'static str = "DeleteQueryDefinition";
    type Input = DeleteQueryDefinitionRequest;
    type Output = DeleteQueryDefinitionResponse;

    async fn run(request: &Request<'_>, input: Self::Input) -> Result<Self::Output, Fault> {
        let id = input.query_definition_id.unwrap_or_default();
        resources::delete(request, Kind::QueryDefinition, &id, |known: Option<&Definition>| {
            resources::exists(known, wording::no_such_query_definition)
        })
        .await?;
        Ok(DeleteQueryDefinitionResponse { success: Some(true) })
    }
}
