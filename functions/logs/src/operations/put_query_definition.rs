//! PutQueryDefinition: <https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutQueryDefinition.html>.
//!
//! The id of a new definition is made of the client's token, if there is one: the same request twice makes one definition.

use watchtrail_service::wording::logs as wording;
use watchtrail_service::{Fault, Operation, Request, token, uuid_of};
use watchtrail_store::logs::Kind;
use watchtrail_wire::shapes::logs::{PutQueryDefinitionRequest, PutQueryDefinitionResponse};

use crate::faults::worded;
use crate::queries::{CWLI, Definition};
use crate::resources;

/// "Query definitions: 1000 per Region per account" (the quotas' page of the user guide).
const MOST: usize = 1000;

pub(crate) struct PutQueryDefinition;

impl Operation for PutQueryDefinition {
    const NAME: &'static str = "PutQueryDefinition";
    type Input = PutQueryDefinitionRequest;
    type Output = PutQueryDefinitionResponse;

    async fn run(request: &Request<'_>, input: Self::Input) -> Result<Self::Output, Fault> {
        let language = input.query_language.unwrap_or_else(|| CWLI.to_owned());
        let parameters = input.parameters.unwrap_or_default();
        if language != CWLI && !parameters.is_empty() {
            return Err(worded(wording::parameters_of(&language)));
        }
        let is_new = input.query_definition_id.is_none();
        let id = input.query_definition_id.unwrap_or_else(|| new_id(request, input.client_token.as_deref()));
        let definition = Definition {
            id: id.clone(),
            name: input.name.unwrap_or_default(),
            query: input.query_string.unwrap_or_default(),
            language,
            groups: input.log_group_names.unwrap_or_default(),
            parameters,
            modified: request.now.millis(),
        };
        if is_new {
            let all: Vec<Definition> = resources::all(request, Kind::QueryDefinition).await?;
            if all.len() >= MOST && all.iter().all(|known| known.id != id) {
                return Err(worded(wording::limit()));
            }
        }
        resources::change(request, Kind::QueryDefinition, &id, |known: Option<&Definition>| {
            if is_new || known.is_some() {
                Ok(definition.clone())
            } else {
                Err(worded(wording::no_such_query_definition()))
            }
        })
        .await?;
        Ok(PutQueryDefinitionResponse { query_definition_id: Some(id) })
    }
}

fn new_id(request: &Request<'_>, client_token: Option<&str>) -> String {
    let Some(given) = client_token else { return request.context.request_id() };
    let scope = request.scope().to_string();
    let half = |salt: &str| u128::from(token::fingerprint(salt, &(&scope, given)));
    uuid_of((half("query definition") << 64) | half("definition of a query"))
}
