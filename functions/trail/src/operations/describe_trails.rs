//! DescribeTrails: <https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_DescribeTrails.html>.
//!
//! Names are looked for in the caller's region, ARNs everywhere; what is not found is left out. Without names, all trails of the region
//! come, and the shadows of those that are at home elsewhere, unless `includeShadowTrails` is false.

use watchtrail_service::{Fault, Operation, Request};
use watchtrail_wire::shapes::cloudtrail::{DescribeTrailsRequest, DescribeTrailsResponse};

use crate::shape;
use crate::trails::{self, Named};

pub(crate) struct DescribeTrails;

impl Operation for DescribeTrails {
    const NAME: &'static str = "DescribeTrails";
    type Input = DescribeTrailsRequest;
    type Output = DescribeTrailsResponse;

    async fn run(request: &Request<'_>, input: Self::Input) -> Result<Self::Output, Fault> {
        let region = &request.scope().region;
        let names = input.trail_name_list.unwrap_or_default();
        let named: Vec<Named> =
            names.into_iter().map(|name| Named::parse(request, Some(name))).collect::<Result<_, _>>()?;
        let shadows = input.include_shadow_trails.unwrap_or(true);
        let mut found = trails::all(request).await?;
        found.retain(|read| {
            let trail = &read.value;
            if named.is_empty() {
                trail.scope.region == *region || shadows && trail.multi_region
            } else {
                named.iter().any(|named| named.is(trail))
            }
        });
        Ok(DescribeTrailsResponse {
            trail_list: Some(found.iter().map(|read| shape::trail(&read.value)).collect()),
        })
    }
}
