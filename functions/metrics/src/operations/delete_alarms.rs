//! DeleteAlarms: <https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_DeleteAlarms.html>.
//!
//! "If you specify any incorrect alarm names, the alarms you specify with correct names are still deleted." The model knows `ResourceNotFound`
//! for this operation, but AWS does not answer it for a name that is not there (an engineer of AWS in cloudformation-cli, issue 456), nor do we.
//! Whether AWS takes a composite alarm and its children in one request is unknown; here it does.

use std::collections::{BTreeMap, BTreeSet};

use watchtrail_core::alarms::alarm::arn;
use watchtrail_core::alarms::notice::Configured;
use watchtrail_service::wording::alarms as wording;
use watchtrail_service::{Fault, Operation, Request, store_fault};
use watchtrail_store::StoreError;
use watchtrail_store::alarms::{Change, Stored};
use watchtrail_wire::shapes::cloudwatch::DeleteAlarmsInput;

use crate::alarms::{self, children, configured, put, suppressor};
use crate::faults::worded;

pub(crate) struct DeleteAlarms;

impl Operation for DeleteAlarms {
    const NAME: &'static str = "DeleteAlarms";
    type Input = DeleteAlarmsInput;
    type Output = ();

    async fn run(request: &Request<'_>, input: Self::Input) -> Result<Self::Output, Fault> {
        let names = input.alarm_names.unwrap_or_default();
        let found = put::find(request, names.iter().map(String::as_str)).await?;
        if found.values().filter(|stored| stored.alarm.composite().is_some()).count() > 1 {
            return Err(worded(wording::several_composites()));
        }
        let needed = needed(request, &found).await?;
        let needed: Vec<String> = names.iter().filter(|name| needed.contains(*name)).cloned().collect();
        if !needed.is_empty() {
            return Err(worded(wording::needed(&needed)));
        }
        let tagged = tags(request, &found).await?;
        let delete = |stored: &Stored| {
            let alarm = &stored.alarm;
            Some(Change {
                name: alarm.name.clone(),
                before: Some(stored.revision),
                after: None,
                history: vec![configured(request, alarm, Configured::Deleted)],
                todo: Vec::new(),
            })
        };
        put::change_all(request, found.into_keys().collect(), delete).await?;
        remove_tags(request, tagged).await
    }
}

/// Those of the alarms that composite alarms need which are to stay.
async fn needed(request: &Request<'_>, found: &BTreeMap<String, Stored>) -> Result<BTreeSet<String>, Fault> {
    let board = alarms::board(request).await?;
    let staying = board.values().filter(|stored| !found.contains_key(&stored.alarm.name));
    let scope = request.scope();
    let names = staying.flat_map(|stored| {
        let suppressor = suppressor(&stored.alarm, scope);
        children(&stored.alarm, scope).into_iter().chain(suppressor)
    });
    Ok(names.filter(|name| found.contains_key(name)).collect())
}

type Tagged = Vec<(String, BTreeMap<String, String>)>;

/// The tags of the alarms, by ARN.
async fn tags(request: &Request<'_>, found: &BTreeMap<String, Stored>) -> Result<Tagged, Fault> {
    let (store, scope) = (&request.context.store.tags, request.scope());
    let mut tagged = Tagged::new();
    for name in found.keys() {
        let arn = arn(&scope.account, &scope.region, name);
        let tags = store.of(scope, &arn).await.map_err(store_fault)?;
        if !tags.is_empty() {
            tagged.push((arn, tags));
        }
    }
    Ok(tagged)
}

/// Removes the tags that the alarms had. Those of an alarm that was created anew meanwhile stay.
async fn remove_tags(request: &Request<'_>, tagged: Tagged) -> Result<(), Fault> {
    for (arn, tags) in tagged {
        let store = &request.context.store.tags;
        match store.replace(request.scope(), &arn, &tags, &BTreeMap::new()).await {
            Ok(()) | Err(StoreError::Conflict) => {}
            Err(error) => return Err(store_fault(error)),
        }
    }
    Ok(())
}
