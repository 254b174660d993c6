//! Event selectors between the wire and the domain.

use watchtrail_core::trail::selectors::{
    AdvancedEventSelector, EventSelector, FieldSelector, ReadWriteType, Selectors, check,
};
use watchtrail_service::Fault;
use watchtrail_service::wording::trail as wording;
use watchtrail_wire::shapes::cloudtrail as wire;

use crate::faults::worded;

/// Reads and checks the selectors of a request: basic or advanced ones.
///
/// # Errors
/// When there are both or neither, or a rule is broken.
pub(crate) fn parse(
    basic: Option<Vec<wire::EventSelector>>,
    advanced: Option<Vec<wire::AdvancedEventSelector>>,
) -> Result<Selectors, Fault> {
    let refuse = |error| worded(wording::selectors(&error));
    match (basic, advanced) {
        (Some(basic), None) => {
            let basic = basic.into_iter().map(parse_basic).collect::<Result<Vec<_>, _>>()?;
            check::basic(&basic).map_err(refuse)?;
            Ok(Selectors::Basic(basic))
        }
        (None, Some(advanced)) => {
            let advanced: Vec<_> = advanced.into_iter().map(parse_advanced).collect();
            check::advanced(&advanced).map_err(refuse)?;
            Ok(Selectors::Advanced(advanced))
        }
        _ => Err(worded(wording::selectors_of_one_kind())),
    }
}

fn parse_basic(selector: wire::EventSelector) -> Result<EventSelector, Fault> {
    let read_write = match selector.read_write_type.as_deref() {
        None | Some("All") => ReadWriteType::All,
        Some("ReadOnly") => ReadWriteType::ReadOnly,
        Some("WriteOnly") => ReadWriteType::WriteOnly,
        Some(other) => return Err(worded(wording::read_write_type(other))),
    };
    let data = selector.data_resources.unwrap_or_default();
    Ok(EventSelector {
        read_write,
        management: selector.include_management_events.unwrap_or(true),
        data: data
            .into_iter()
            .map(|one| (one.r#type.unwrap_or_default(), one.values.unwrap_or_default()))
            .collect(),
        excluded_sources: selector.exclude_management_event_sources.unwrap_or_default(),
    })
}

fn parse_advanced(selector: wire::AdvancedEventSelector) -> AdvancedEventSelector {
    let fields = selector.field_selectors.unwrap_or_default();
    AdvancedEventSelector { name: selector.name, fields: fields.into_iter().map(parse_field).collect() }
}

fn parse_field(field: wire::AdvancedFieldSelector) -> FieldSelector {
    FieldSelector {
        field: field.field.unwrap_or_default(),
        equals: field.equals.unwrap_or_default(),
        starts_with: field.starts_with.unwrap_or_default(),
        ends_with: field.ends_with.unwrap_or_default(),
        not_equals: field.not_equals.unwrap_or_default(),
        not_starts_with: field.not_starts_with.unwrap_or_default(),
        not_ends_with: field.not_ends_with.unwrap_or_default(),
    }
}

/// Selectors as answers show them, of the kind that the trail has.
pub(crate) fn shape(
    selectors: &Selectors,
) -> (Option<Vec<wire::EventSelector>>, Option<Vec<wire::AdvancedEventSelector>>) {
    match selectors {
        Selectors::Basic(basic) => (Some(basic.iter().map(shape_basic).collect()), None),
        Selectors::Advanced(advanced) => (None, Some(advanced.iter().map(shape_advanced).collect())),
    }
}

fn shape_basic(selector: &EventSelector) -> wire::EventSelector {
    let read_write = match selector.read_write {
        ReadWriteType::All => "All",
        ReadWriteType::ReadOnly => "ReadOnly",
        ReadWriteType::WriteOnly => "WriteOnly",
    };
    let data = |(kind, values): &(String, Vec<String>)| wire::DataResource {
        r#type: Some(kind.clone()),
        values: Some(values.clone()),
    };
    wire::EventSelector {
        read_write_type: Some(read_write.to_owned()),
        include_management_events: Some(selector.management),
        data_resources: Some(selector.data.iter().map(data).collect()),
        exclude_management_event_sources: Some(selector.excluded_sources.clone()),
    }
}

fn shape_advanced(selector: &AdvancedEventSelector) -> wire::AdvancedEventSelector {
    let some = |values: &Vec<String>| Some(values.clone()).filter(|values| !values.is_empty());
    let field = |field: &FieldSelector| wire::AdvancedFieldSelector {
        field: Some(field.field.clone()),
        equals: some(&field.equals),
        starts_with: some(&field.starts_with),
        ends_with: some(&field.ends_with),
        not_equals: some(&field.not_equals),
        not_starts_with: some(&field.not_starts_with),
        not_ends_with: some(&field.not_ends_with),
    };
    wire::AdvancedEventSelector {
        name: selector.name.clone(),
        field_selectors: Some(selector.fields.iter().map(field).collect()),
    }
}
