//! Trails: how requests name them, who sees them, how they are changed.
//!
//! A trail lives in its home region. A trail of all regions has a shadow in every other one, which `DescribeTrails` shows and which is found
//! by its ARN only: "To return information about a trail in another Region, you must specify its trail ARN".

use std::collections::BTreeMap;

use watchtrail_core::trail::names;
use watchtrail_service::wording::trail as wording;
use watchtrail_service::{Fault, Request, store_fault};
use watchtrail_store::trail::Trail;
use watchtrail_store::{Read, Scope, StoreError};

use crate::faults::worded;
use crate::tags::{self, Tagged};

/// Trails that a region can have, shadows among them.
pub(crate) const MOST: usize = 5;
/// Writers of the same trail at once; each try loses to at most one of them.
const ATTEMPTS: usize = 32;

/// How a request names a trail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Named {
    given: String,
    scope: Scope,
    name: String,
    by_arn: bool,
}

impl Named {
    /// Reads a name, which is one in the caller's region, or an ARN.
    ///
    /// # Errors
    /// When it can be neither.
    pub(crate) fn parse(request: &Request<'_>, given: Option<String>) -> Result<Self, Fault> {
        let given = given.unwrap_or_default();
        if !given.starts_with("arn:") {
            names::trail(&given).map_err(|error| worded(wording::name(&error)))?;
            let (scope, name) = (request.scope().clone(), given.clone());
            return Ok(Self { given, scope, name, by_arn: false });
        }
        let (scope, name) = in_arn(&given).ok_or_else(|| worded(wording::trail_arn(&given)))?;
        Ok(Self { given, scope, name, by_arn: true })
    }

    pub(crate) fn is(&self, trail: &Trail) -> bool {
        trail.scope == self.scope && trail.name == self.name
    }

    fn missing(&self, request: &Request<'_>) -> Fault {
        worded(wording::no_such_trail(&self.given, &request.scope().account))
    }
}

/// The home and the name in a trail's ARN.
pub(crate) fn in_arn(arn: &str) -> Option<(Scope, String)> {
    let parts: Vec<&str> = arn.splitn(6, ':').collect();
    let ["arn", _, "cloudtrail", region, account, resource] = parts[..] else { return None };
    let name = resource.strip_prefix("trail/")?;
    let scope = Scope { account: account.to_owned(), region: region.to_owned() };
    (names::trail(name).is_ok() && !region.is_empty() && !account.is_empty())
        .then(|| (scope, name.to_owned()))
}

/// All trails of the caller's account.
///
/// # Errors
/// The store's failure.
pub(crate) async fn all(request: &Request<'_>) -> Result<Vec<Read<Trail>>, Fault> {
    request.context.store.trail.trails(&request.scope().account).await.map_err(store_fault)
}

/// Whether a trail, or its shadow, is in a region.
pub(crate) fn is_seen(trail: &Trail, region: &str) -> bool {
    trail.scope.region == region || trail.multi_region
}

/// The trail that a request names, to be read.
///
/// # Errors
/// When there is none.
pub(crate) async fn find(request: &Request<'_>, given: Option<String>) -> Result<Trail, Fault> {
    let named = Named::parse(request, given)?;
    let found = all(request).await?.into_iter().find(|read| named.is(&read.value));
    found.map(|read| read.value).ok_or_else(|| named.missing(request))
}

/// The trail that a request names, to be changed.
///
/// # Errors
/// When there is none, or this is not its home region.
async fn find_home(request: &Request<'_>, named: &Named) -> Result<Read<Trail>, Fault> {
    let region = &request.scope().region;
    let mut shadow = None;
    for read in all(request).await? {
        let trail = &read.value;
        if named.is(trail) && trail.scope.region == *region {
            return Ok(read);
        }
        if named.is(trail) || (!named.by_arn && trail.multi_region && trail.name == named.name) {
            shadow = Some(worded(wording::home_region(&trail.arn(), &trail.scope.region)));
        }
    }
    Err(shadow.unwrap_or_else(|| named.missing(request)))
}

/// Checks that a request may change the trail that it names, and returns the trail as it is now.
///
/// # Errors
/// When there is none, or this is not its home region.
pub(crate) async fn find_to_change(request: &Request<'_>, given: Option<String>) -> Result<Trail, Fault> {
    let named = Named::parse(request, given)?;
    find_home(request, &named).await.map(|read| read.value)
}

/// Makes a change of the trail that a request names, as if nobody else changed it; returns what came of it.
///
/// # Errors
/// When there is none, this is not its home region, or `edit` refuses.
pub(crate) async fn change(
    request: &Request<'_>,
    given: Option<String>,
    edit: impl Fn(&mut Trail) -> Result<(), Fault>,
) -> Result<Trail, Fault> {
    let named = Named::parse(request, given)?;
    for _ in 0..ATTEMPTS {
        let read = find_home(request, &named).await?;
        let mut trail = read.value.clone();
        edit(&mut trail)?;
        if trail == read.value {
            return Ok(trail);
        }
        match request.context.store.trail.put_trail(Some(&read), &trail).await {
            Ok(()) => return Ok(trail),
            Err(StoreError::Conflict) => {}
            Err(error) => return Err(store_fault(error)),
        }
    }
    Err(worded(wording::contended()))
}

/// Deletes the trail that a request names, its tags first: nothing of it is left when the process dies in between.
///
/// # Errors
/// When there is none, or this is not its home region.
pub(crate) async fn delete(request: &Request<'_>, given: Option<String>) -> Result<(), Fault> {
    let named = Named::parse(request, given)?;
    for _ in 0..ATTEMPTS {
        let read = find_home(request, &named).await?;
        let tagged = Tagged::of(&read.value.scope, read.value.arn());
        tags::reset(request, &tagged, &BTreeMap::new()).await?;
        match request.context.store.trail.delete_trail(&read, request.now.millis()).await {
            Err(StoreError::Conflict) => {}
            other => return other.map_err(store_fault),
        }
    }
    Err(worded(wording::contended()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arns_of_trails() {
        fn check(arn: &str, expected: Option<&str>) {
            let found = in_arn(arn).map(|(scope, name)| format!("{scope}/{name}"));
            assert_eq!(found.as_deref(), expected, "{arn}");
        }
        check(
            "arn:aws:cloudtrail:us-east-2:123456789012:trail/MyTrail",
            Some("123456789012/us-east-2/MyTrail"),
        );
        check("arn:aws:cloudtrail:us-east-2:123456789012:trail/", None);
        check("arn:aws:cloudtrail:us-east-2:123456789012:trail/a/b/c", None);
        check("arn:aws:cloudtrail:us-east-2:123456789012:channel/MyTrail", None);
        check("arn:aws:cloudtrail::123456789012:trail/MyTrail", None);
        check("arn:aws:s3:::bucket", None);
        check("MyTrail", None);
    }
}
