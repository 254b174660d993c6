//! DescribeQueryDefinitions:
//! <https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_DescribeQueryDefinitions.html>.
//!
//! By name; AWS's order is not documented.

use watchtrail_service::{Fault, Operation, Request};
use watchtrail_store::logs::Kind;
use watchtrail_wire::shapes::logs::{DescribeQueryDefinitionsRequest, DescribeQueryDefinitionsResponse};

use crate::paging::Paging;
use crate::queries::Definition;
use crate::resources;

/// The most that a page may have, and what it has by default.
const PAGE: i32 = 1000;

pub(crate) struct DescribeQueryDefinitions;

impl Operation for DescribeQueryDefinitions {
    const NAME: &'static str = "DescribeQueryDefinitions";
    type Input = DescribeQueryDefinitionsRequest;
    type Output = DescribeQueryDefinitionsResponse;

    async fn run(request: &Request<'_>, mut input: Self::Input) -> Result<Self::Output, Fault> {
        let (limit, token) = (input.max_results.take().unwrap_or(PAGE), input.next_token.take());
        let paging = Paging::<(String, String)>::of(request, &input, token, limit)?;
        let prefix = input.query_definition_name_prefix.as_deref().unwrap_or_default();
        let language = input.query_language.as_deref();
        let mut found: Vec<Definition> = resources::all(request, Kind::QueryDefinition).await?;
        found.retain(|definition| {
            definition.name.starts_with(prefix)
                && language.is_none_or(|language| definition.language == language)
        });
        let (found, next_token) =
            paging.of_all(found, |definition| (definition.name.clone(), definition.id.clone()));
        let query_definitions = Some(found.into_iter().map(Definition::shape).collect());
        Ok(DescribeQueryDefinitionsResponse { query_definitions, next_token })
    }
}
