//! What selectors a trail may have.
//!
//! Where AWS's words are known they are here in the errors' texts, which `service` hands on; the others are marked.
//! <https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_AdvancedEventSelector.html> has the fields of each category.

use super::{AdvancedEventSelector, EventSelector, FieldSelector};
use crate::trail::names;

/// Selectors of a trail, basic or advanced.
pub const MOST_SELECTORS: usize = 5;
/// Values of the data resources of all basic selectors of a trail.
pub const MOST_RESOURCES: usize = 250;
/// Values of all conditions of all advanced selectors of a trail.
pub const MOST_VALUES: usize = 500;

/// The types of resources that basic selectors can name, with what stands for all of a type.
const BASIC_TYPES: [(&str, &str); 3] = [
    ("AWS::S3::Object", "arn:aws:s3"),
    ("AWS::Lambda::Function", "arn:aws:lambda"),
    ("AWS::DynamoDB::Table", "arn:aws:dynamodb"),
];

/// The sources of management events that can be left out.
const EXCLUDABLE: [&str; 2] = ["kms.amazonaws.com", "rdsdata.amazonaws.com"];

/// Why selectors are refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SelectorsError {
    /// None, or more than [`MOST_SELECTORS`].
    #[error("Specify a valid number of selectors (1 to {MOST_SELECTORS}) for your trail.")]
    Count,
    /// More than [`MOST_RESOURCES`]. Confirmed.
    #[error("Specify a valid number of DataResources.Values (0 to {MOST_RESOURCES}) for all your selectors.")]
    Resources,
    /// More than [`MOST_VALUES`]. Wording not confirmed.
    #[error("Specify a valid number of values (up to {MOST_VALUES}) for all your advanced event selectors.")]
    Values,
    /// A member's value. Confirmed for `DataResources.Values`.
    #[error("Value {value} for {member} is invalid.")]
    Value {
        /// Which member.
        member: String,
        /// What it is.
        value: String,
    },
    /// A bucket in an ARN that can be none. Confirmed.
    #[error("Invalid S3 ARN: {0}")]
    Bucket(String),
    /// A field that events of this category cannot be selected by. Wording not confirmed.
    #[error("The field {field} is not supported for the event category {category} of trails.")]
    Field {
        /// Which field.
        field: String,
        /// `Management`, `Data` or `NetworkActivity`.
        category: String,
    },
    /// A field that is required. Wording not confirmed.
    #[error("The field {0} is required in each advanced event selector.")]
    Required(&'static str),
    /// A field twice in a selector. Wording not confirmed.
    #[error("The field {0} is specified more than once in an advanced event selector.")]
    Twice(String),
    /// A field without an operator. Wording not confirmed.
    #[error("At least one operator is required for the field {0}.")]
    NoOperator(String),
    /// An operator that a field does not have. Wording not confirmed.
    #[error("The field {field} supports only the {operators} operator.")]
    Operator {
        /// Which field.
        field: String,
        /// What it has.
        operators: &'static str,
    },
    /// A field with several values that takes one. Wording not confirmed.
    #[error("The field {0} supports only one value.")]
    OneValue(String),
}

fn invalid(member: &str, value: &str) -> SelectorsError {
    SelectorsError::Value { member: member.to_owned(), value: value.to_owned() }
}

/// Checks the basic selectors of a trail.
///
/// # Errors
/// The first that is wrong.
pub fn basic(selectors: &[EventSelector]) -> Result<(), SelectorsError> {
    if selectors.is_empty() || selectors.len() > MOST_SELECTORS {
        return Err(SelectorsError::Count);
    }
    for selector in selectors {
        for (kind, values) in &selector.data {
            values.iter().try_for_each(|value| resource(kind, value))?;
            if !BASIC_TYPES.iter().any(|(known, _)| known == kind) {
                return Err(invalid("DataResources.Type", kind));
            }
        }
        let unknown = selector.excluded_sources.iter().find(|source| !EXCLUDABLE.contains(&source.as_str()));
        if let Some(source) = unknown {
            return Err(invalid("ExcludeManagementEventSources", source));
        }
    }
    let data = selectors.iter().flat_map(|selector| &selector.data);
    // All of a type is no resource that counts.
    let single = |value: &&String| !BASIC_TYPES.iter().any(|(_, all)| value.trim_end_matches(':') == *all);
    if data.flat_map(|(_, values)| values).filter(single).count() > MOST_RESOURCES {
        return Err(SelectorsError::Resources);
    }
    Ok(())
}

/// A value of a data resource: all of the type, or an ARN without wildcards.
fn resource(kind: &str, value: &str) -> Result<(), SelectorsError> {
    let Some((_, all)) = BASIC_TYPES.iter().find(|(known, _)| *known == kind) else {
        return Err(invalid("DataResources.Type", kind));
    };
    let Some(rest) = value.strip_prefix(all) else { return Err(invalid("DataResources.Values", value)) };
    if rest.is_empty() || rest == ":::" && kind == "AWS::S3::Object" {
        return Ok(());
    }
    if value.contains('*') {
        return Err(invalid("DataResources.Values", value));
    }
    if kind == "AWS::S3::Object" {
        let Some(place) = rest.strip_prefix(":::") else {
            return Err(invalid("DataResources.Values", value));
        };
        let bucket = place.split('/').next().unwrap_or_default();
        return names::bucket(bucket).map_err(|_| SelectorsError::Bucket(value.to_owned()));
    }
    let named = match kind {
        "AWS::Lambda::Function" => rest.split(':').nth(3) == Some("function"),
        _ => rest.split(':').nth(3).is_some_and(|table| table.starts_with("table/")),
    };
    if named { Ok(()) } else { Err(invalid("DataResources.Values", value)) }
}

/// Checks the advanced selectors of a trail.
///
/// # Errors
/// The first that is wrong.
pub fn advanced(selectors: &[AdvancedEventSelector]) -> Result<(), SelectorsError> {
    if selectors.is_empty() || selectors.len() > MOST_SELECTORS {
        return Err(SelectorsError::Count);
    }
    if selectors.iter().flat_map(|selector| &selector.fields).map(values).sum::<usize>() > MOST_VALUES {
        return Err(SelectorsError::Values);
    }
    selectors.iter().try_for_each(selector)
}

fn operators(field: &FieldSelector) -> [(&'static str, &Vec<String>); 6] {
    [
        ("Equals", &field.equals),
        ("StartsWith", &field.starts_with),
        ("EndsWith", &field.ends_with),
        ("NotEquals", &field.not_equals),
        ("NotStartsWith", &field.not_starts_with),
        ("NotEndsWith", &field.not_ends_with),
    ]
}

fn values(field: &FieldSelector) -> usize {
    operators(field).iter().map(|(_, values)| values.len()).sum()
}

fn selector(selector: &AdvancedEventSelector) -> Result<(), SelectorsError> {
    for (at, field) in selector.fields.iter().enumerate() {
        if selector.fields[..at].iter().any(|earlier| earlier.field == field.field) {
            return Err(SelectorsError::Twice(field.field.clone()));
        }
    }
    let find = |name: &'static str| {
        let found = selector.fields.iter().find(|field| field.field == name);
        found.ok_or(SelectorsError::Required(name))
    };
    let category = find("eventCategory")?;
    one_of(category, &["Equals"], &["Management", "Data", "NetworkActivity"], true)?;
    let category = category.equals.first().map_or("", String::as_str);
    match category {
        "Data" => find("resources.type").map(drop)?,
        "NetworkActivity" => find("eventSource").map(drop)?,
        _ => {}
    }
    selector.fields.iter().try_for_each(|one| field(category, one))
}

fn field(category: &str, field: &FieldSelector) -> Result<(), SelectorsError> {
    let any: &[&str] = &["Equals", "StartsWith", "EndsWith", "NotEquals", "NotStartsWith", "NotEndsWith"];
    let flag: &[&str] = &["true", "false"];
    match (category, field.field.as_str()) {
        (_, "eventCategory") => Ok(()),
        ("Management" | "Data", "readOnly") => one_of(field, &["Equals"], flag, true),
        ("Management", "eventSource") => one_of(field, &["NotEquals"], &EXCLUDABLE, false),
        ("Data", "sessionCredentialFromConsole") => one_of(field, &["Equals", "NotEquals"], flag, true),
        ("Data", "eventName" | "eventSource" | "eventType" | "resources.ARN" | "userIdentity.arn")
        | ("NetworkActivity", "eventName" | "vpcEndpointId") => one_of(field, any, &[], false),
        ("Data", "resources.type") | ("NetworkActivity", "eventSource") => {
            one_of(field, &["Equals"], &[], true)
        }
        ("NetworkActivity", "errorCode") => one_of(field, &["Equals"], &["VpceAccessDenied"], true),
        (category, other) => {
            Err(SelectorsError::Field { field: other.to_owned(), category: category.to_owned() })
        }
    }
}

/// Checks that a field has one of some operators, values out of some (none: any), and only one where it has to.
fn one_of(
    field: &FieldSelector,
    allowed: &[&str],
    known: &[&str],
    single: bool,
) -> Result<(), SelectorsError> {
    let name = || field.field.clone();
    let used = || operators(field).into_iter().filter(|(_, values)| !values.is_empty());
    if used().next().is_none() {
        return Err(SelectorsError::NoOperator(name()));
    }
    if used().any(|(operator, _)| !allowed.contains(&operator)) {
        let operators = match allowed {
            ["NotEquals"] => "NotEquals",
            ["Equals", "NotEquals"] => "Equals or NotEquals",
            _ => "Equals",
        };
        return Err(SelectorsError::Operator { field: name(), operators });
    }
    if single && values(field) > 1 {
        return Err(SelectorsError::OneValue(name()));
    }
    let unknown = used()
        .flat_map(|(_, values)| values)
        .find(|value| !known.is_empty() && !known.contains(&value.as_str()));
    unknown.map_or(Ok(()), |value| Err(invalid(&field.field, value)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::trail::selectors::ReadWriteType;

    fn on(kind: &str, values: &[&str]) -> EventSelector {
        let values = values.iter().map(|value| (*value).to_owned()).collect();
        EventSelector { data: vec![(kind.to_owned(), values)], ..EventSelector::default() }
    }

    #[test]
    fn basic_selectors() {
        fn check(selectors: &[EventSelector], expected: &str) {
            let said = basic(selectors).map_or_else(|error| error.to_string(), |()| String::new());
            assert_eq!(said, expected, "{selectors:?}");
        }
        let s3 = |value: &str| [on("AWS::S3::Object", &[value])];
        check(&[EventSelector::default()], "");
        check(&[], "Specify a valid number of selectors (1 to 5) for your trail.");
        check(
            &vec![EventSelector::default(); 6],
            "Specify a valid number of selectors (1 to 5) for your trail.",
        );
        check(&s3("arn:aws:s3"), "");
        check(&s3("arn:aws:s3:::"), "");
        check(&s3("arn:aws:s3:::bucket/"), "");
        check(&s3("arn:aws:s3:::bucket/pre"), "");
        check(&s3("arn:aws:s3:::*"), "Value arn:aws:s3:::* for DataResources.Values is invalid.");
        check(&s3("arn:aws:s3:::*/*"), "Value arn:aws:s3:::*/* for DataResources.Values is invalid.");
        check(&s3("arn:aws:s3:::aigo-"), "Invalid S3 ARN: arn:aws:s3:::aigo-");
        check(&s3("arn:aws:lambda"), "Value arn:aws:lambda for DataResources.Values is invalid.");
        check(&[on("AWS::Lambda::Function", &["arn:aws:lambda"])], "");
        check(&[on("AWS::Lambda::Function", &["arn:aws:lambda:us-east-1:1:function:f"])], "");
        check(
            &[on("AWS::Lambda::Function", &["arn:aws:lambda:*"])],
            "Value arn:aws:lambda:* for DataResources.Values is invalid.",
        );
        check(&[on("AWS::DynamoDB::Table", &["arn:aws:dynamodb:us-east-1:1:table/t"])], "");
        check(&[on("AWS::SNS::Topic", &[])], "Value AWS::SNS::Topic for DataResources.Type is invalid.");
        let excluding = |source: &str| EventSelector {
            excluded_sources: vec![source.to_owned()],
            read_write: ReadWriteType::WriteOnly,
            ..EventSelector::default()
        };
        check(&[excluding("kms.amazonaws.com")], "");
        let wrong = "Value s3.amazonaws.com for ExcludeManagementEventSources is invalid.";
        check(&[excluding("s3.amazonaws.com")], wrong);
        let many = |count| [on("AWS::S3::Object", &vec!["arn:aws:s3:::bucket/"; count])];
        check(&many(250), "");
        let too_many = "Specify a valid number of DataResources.Values (0 to 250) for all your selectors.";
        check(&many(251), too_many);
    }

    /// `field operator value,value; …`
    fn parse(text: &str) -> AdvancedEventSelector {
        let fields = text.split(';').map(|part| {
            let words: Vec<&str> = part.split_whitespace().collect();
            let mut field = FieldSelector { field: words[0].to_owned(), ..FieldSelector::default() };
            for pair in words[1..].chunks(2) {
                let values = pair[1].split(',').map(str::to_owned).collect();
                match pair[0] {
                    "=" => field.equals = values,
                    "!=" => field.not_equals = values,
                    "^" => field.starts_with = values,
                    "!^" => field.not_starts_with = values,
                    "$" => field.ends_with = values,
                    _ => field.not_ends_with = values,
                }
            }
            field
        });
        AdvancedEventSelector { name: None, fields: fields.collect() }
    }

    #[test]
    fn advanced_selectors() {
        fn check(selector: &str, expected: &str) {
            let said =
                advanced(&[parse(selector)]).map_or_else(|error| error.to_string(), |()| String::new());
            assert_eq!(said, expected, "{selector}");
        }
        check("eventCategory = Management", "");
        check("eventCategory = Management; readOnly = false; eventSource != kms.amazonaws.com", "");
        check("readOnly = false", "The field eventCategory is required in each advanced event selector.");
        check("eventCategory != Data", "The field eventCategory supports only the Equals operator.");
        check("eventCategory = Management,Data", "The field eventCategory supports only one value.");
        check("eventCategory = Insight", "Value Insight for eventCategory is invalid.");
        check(
            "eventCategory = Data",
            "The field resources.type is required in each advanced event selector.",
        );
        check(
            "eventCategory = NetworkActivity",
            "The field eventSource is required in each advanced event selector.",
        );
        let data = |rest: &str| format!("eventCategory = Data; resources.type = AWS::S3::Object; {rest}");
        check(&data("resources.ARN ^ arn:aws:s3:::b/ !^ arn:aws:s3:::b/x"), "");
        check(&data("eventName = PutObject !$ Tagging; userIdentity.arn $ /ann"), "");
        check(&data("sessionCredentialFromConsole = true"), "");
        check(&data("readOnly != true"), "The field readOnly supports only the Equals operator.");
        check(&data("readOnly = yes"), "Value yes for readOnly is invalid.");
        check(&data("eventName"), "At least one operator is required for the field eventName.");
        check(
            &data("readOnly = true; readOnly = true"),
            "The field readOnly is specified more than once in an advanced event selector.",
        );
        check(
            &data("vpcEndpointId = vpce-1"),
            "The field vpcEndpointId is not supported for the event category Data of trails.",
        );
        check(
            "eventCategory = Management; eventName = X",
            "The field eventName is not supported for the event category Management of trails.",
        );
        check(
            "eventCategory = Data; resources.type ^ AWS::S3",
            "The field resources.type supports only the Equals operator.",
        );
        let network = "eventCategory = NetworkActivity; eventSource = kms.amazonaws.com;";
        check(&format!("{network} errorCode = VpceAccessDenied; vpcEndpointId = vpce-1"), "");
        check(&format!("{network} errorCode = AccessDenied"), "Value AccessDenied for errorCode is invalid.");
        check(
            "eventCategory = Management; eventSource = s3.amazonaws.com",
            "The field eventSource supports only the NotEquals operator.",
        );
        let names = vec!["n"; 499].join(",");
        check(&data(&format!("eventName = {names}")), &SelectorsError::Values.to_string());
        check(&data(&format!("eventName = {}", vec!["n"; 498].join(","))), "");
    }
}
