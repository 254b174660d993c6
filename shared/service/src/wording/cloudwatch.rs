//! How `CloudWatch` words its errors: the error's shape and the exact message for what `core` found wrong.
//!
//! Messages are as AWS's users quoted them in public issue trackers (named in comments by what they say, the newest
//! where they changed). Where no quotation was found, the function says "wording not confirmed" and follows the
//! pattern of its neighbours. Not here: AWS's `ValidationException` texts for the constraints of the service model
//! (the frame writes them), and status codes.

use watchtrail_core::metrics::label::TimezoneError;
use watchtrail_core::metrics::period::MOST_STATISTICS_POINTS;
use watchtrail_core::metrics::request::{MOST_DATA, MOST_ENTITIES, RequestError};
use watchtrail_core::metrics::validate::{
    Clash, DatumError, DatumProblem, LONGEST_NAME, MOST_DIMENSIONS, MOST_VALUES, Member,
};
use watchtrail_core::metrics::{PeriodError, StatisticError, Unit};
use watchtrail_core::text::{commas, java};

const INVALID_VALUE: &str = "InvalidParameterValueException";
const INVALID_COMBINATION: &str = "InvalidParameterCombinationException";
const MISSING: &str = "MissingRequiredParameterException";
/// The error of GetMetricData and of alarms; the service model has no shape for it.
const VALIDATION: &str = "ValidationError";

/// Which operation read the data: they word the same problem differently.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub enum Reader {
    /// `GetMetricStatistics`
    GetMetricStatistics,
    /// `GetMetricData`
    GetMetricData,
}

/// A datum of `MetricData`.
pub fn datum(error: &DatumError) -> (&'static str, String) {
    datum_in("MetricData", error)
}

/// All refused data of `MetricData`: AWS reports every one, a line each, under the first one's shape. `None` when
/// there are none.
pub fn data(errors: &[DatumError]) -> Option<(&'static str, String)> {
    let (shape, mut message) = datum(errors.first()?);
    for (other, line) in errors[1..].iter().map(datum) {
        if other == shape {
            message.push('\n');
            message.push_str(&line);
        }
    }
    Some((shape, message))
}

/// A datum of the list at `path`, as `EntityMetricData.member.1.MetricData`.
pub fn datum_in(path: &str, error: &DatumError) -> (&'static str, String) {
    let at = format!("{path}.member.{}", error.index + 1);
    match &error.problem {
        DatumProblem::Missing(place) => {
            (MISSING, format!("The parameter {at}.{} is required.", member(*place)))
        }
        DatumProblem::TooLong(place, longest) => (
            INVALID_VALUE,
            format!("The parameter {at}.{} must be shorter than {} characters.", member(*place), longest + 1),
        ),
        DatumProblem::NotAscii(place) => (
            INVALID_VALUE,
            format!("The value for parameter {at}.{} contains non-ASCII characters.", member(*place)),
        ),
        // Wording not confirmed.
        DatumProblem::ControlCharacter(place) => (
            INVALID_VALUE,
            format!("The value for parameter {at}.{} contains ASCII control characters.", member(*place)),
        ),
        // Wording not confirmed.
        DatumProblem::LeadingColon(place) => (
            INVALID_VALUE,
            format!("The value for parameter {at}.{} must not start with a colon.", member(*place)),
        ),
        DatumProblem::TooManyDimensions(_) => {
            (INVALID_VALUE, too_large(&format!("{at}.Dimensions"), MOST_DIMENSIONS))
        }
        DatumProblem::DuplicateDimension => {
            (INVALID_VALUE, "No metric may specify the same dimension name twice.".to_owned())
        }
        DatumProblem::BadNumber(place, number) => (
            INVALID_VALUE,
            format!("The value {} for parameter {at}.{} is invalid.", java(*number), member(*place)),
        ),
        // Wording not confirmed.
        DatumProblem::MinimumAboveMaximum => (
            INVALID_VALUE,
            format!(
                "The parameter {at}.StatisticValues.Maximum must be greater than or equal to {at}.StatisticValues.Minimum."
            ),
        ),
        DatumProblem::NoValue => {
            (INVALID_COMBINATION, "At least one of the parameters must be specified.".to_owned())
        }
        DatumProblem::Clash(clash) => (INVALID_COMBINATION, mutually_exclusive(&at, *clash)),
        // Wording not confirmed.
        DatumProblem::CountsMismatch { .. } => {
            (INVALID_VALUE, format!("The parameters {at}.Values and {at}.Counts must be of the same size."))
        }
        DatumProblem::TooManyValues(_) => (INVALID_VALUE, too_large(&format!("{at}.Values"), MOST_VALUES)),
        DatumProblem::UnknownUnit(_) => {
            (INVALID_VALUE, format!("The parameter {at}.Unit must be a value in the set [ {} ].", units()))
        }
        DatumProblem::StorageResolution(_) => (
            INVALID_VALUE,
            format!("The parameter {at}.StorageResolution must be a value in the set [ 1, 60 ]."),
        ),
        DatumProblem::TooOld(_) => (
            INVALID_VALUE,
            format!("The parameter {at}.Timestamp must specify a time within the past two weeks."),
        ),
        // Wording not confirmed.
        DatumProblem::TooNew(_) => (
            INVALID_VALUE,
            format!("The parameter {at}.Timestamp must specify a time no more than two hours in the future."),
        ),
    }
}

fn member(member: Member) -> String {
    match member {
        Member::MetricName => "MetricName".to_owned(),
        Member::DimensionName(at) => format!("Dimensions.member.{}.Name", at + 1),
        Member::DimensionValue(at) => format!("Dimensions.member.{}.Value", at + 1),
        Member::Value => "Value".to_owned(),
        Member::Values(at) => format!("Values.member.{}", at + 1),
        Member::Counts(at) => format!("Counts.member.{}", at + 1),
        Member::SampleCount => "StatisticValues.SampleCount".to_owned(),
        Member::Sum => "StatisticValues.Sum".to_owned(),
        Member::Minimum => "StatisticValues.Minimum".to_owned(),
        Member::Maximum => "StatisticValues.Maximum".to_owned(),
    }
}

/// `Value` with `StatisticValues` is confirmed, the other two follow it.
fn mutually_exclusive(at: &str, clash: Clash) -> String {
    let (one, other) = match clash {
        Clash::ValueAndStatisticValues => ("Value", "StatisticValues"),
        Clash::ValueAndValues => ("Value", "Values"),
        Clash::StatisticValuesAndValues => ("StatisticValues", "Values"),
    };
    format!("The parameters {at}.{one} and {at}.{other} are mutually exclusive and you have specified both.")
}

fn too_large(collection: &str, most: usize) -> String {
    format!("The collection {collection} must not have a size greater than {most}.")
}

fn units() -> String {
    commas(Unit::ALL.iter().map(Unit::to_string))
}

/// A PutMetricData request as a whole.
pub fn request(error: &RequestError) -> (&'static str, String) {
    match error {
        RequestError::NoNamespace => (MISSING, "The parameter Namespace is required.".to_owned()),
        RequestError::NamespaceTooLong(_) => (
            INVALID_VALUE,
            format!("The parameter Namespace must be shorter than {} characters.", LONGEST_NAME + 1),
        ),
        RequestError::NamespaceNotAscii => {
            (INVALID_VALUE, "The value for parameter Namespace contains non-ASCII characters.".to_owned())
        }
        // Wording not confirmed.
        RequestError::BadNamespace(text) => {
            (INVALID_VALUE, format!("The value {text} for parameter Namespace is invalid."))
        }
        // Wording not confirmed since entities came; before, "The parameter MetricData is required."
        RequestError::NoData => (MISSING, "The parameter MetricData is required.".to_owned()),
        RequestError::TooManyData(_) => (INVALID_VALUE, too_large("MetricData", MOST_DATA)),
        // Wording not confirmed.
        RequestError::TooManyEntities(_) => (INVALID_VALUE, too_large("EntityMetricData", MOST_ENTITIES)),
        // Wording not confirmed.
        RequestError::NoStrictness => {
            (MISSING, "The parameter StrictEntityValidation is required.".to_owned())
        }
    }
}

/// A `Stat` of GetMetricData, at a path as `MetricDataQueries.member.1.MetricStat.Stat`, spelt as `given`.
pub fn stat(path: &str, given: &str) -> (&'static str, String) {
    (VALIDATION, format!("The value {given} for parameter {path} is not a valid statistic."))
}

/// A statistic of GetMetricData: [`stat`] with the text that the error holds.
pub fn statistic(path: &str, error: &StatisticError) -> (&'static str, String) {
    let (StatisticError::Unknown(given) | StatisticError::EmptyRange(given)) = error;
    stat(path, given)
}

/// An entry of `GetMetricStatistics`' `Statistics`, counted from 0.
pub fn plain_statistic(index: usize) -> (&'static str, String) {
    let message = "must be a value in the set [SampleCount, Average, Sum, Minimum, Maximum].";
    (INVALID_VALUE, format!("The parameter Statistics.member.{}.<list element> {message}", index + 1))
}

/// An entry of `GetMetricStatistics`' `ExtendedStatistics`, counted from 0. Wording not confirmed.
pub fn extended_statistic(index: usize, error: &StatisticError) -> (&'static str, String) {
    let (StatisticError::Unknown(given) | StatisticError::EmptyRange(given)) = error;
    (
        INVALID_VALUE,
        format!("The value {given} for parameter ExtendedStatistics.member.{} is not supported.", index + 1),
    )
}

/// Neither of `GetMetricStatistics`' `Statistics` and `ExtendedStatistics`. Wording not confirmed.
pub fn no_statistics() -> (&'static str, String) {
    let message = "At least one of the parameters Statistics and ExtendedStatistics must be specified.";
    (INVALID_COMBINATION, message.to_owned())
}

/// A period (at `path`, as `Period` or `MetricDataQueries.member.1.MetricStat.Period`) or a time range.
pub fn period(reader: Reader, path: &str, error: &PeriodError) -> (&'static str, String) {
    match error {
        // Wording not confirmed.
        PeriodError::NotAllowed(seconds) => in_reader(
            reader,
            format!("The value {seconds} for parameter {path} must be 1, 5, 10, 20, 30 or a multiple of 60."),
        ),
        PeriodError::StartEqualsEnd => {
            in_reader(reader, "The parameter StartTime must not equal parameter EndTime.".to_owned())
        }
        // Wording not confirmed.
        PeriodError::StartAfterEnd => {
            in_reader(reader, "The parameter StartTime must be less than the parameter EndTime.".to_owned())
        }
        PeriodError::TooManyPoints { asked } => (
            INVALID_COMBINATION,
            format!(
                "You have requested up to {asked} datapoints, which exceeds the limit of {MOST_STATISTICS_POINTS}. \
                 You may reduce the datapoints requested by increasing Period, or decreasing the time range."
            ),
        ),
    }
}

/// GetMetricData ends its lines with a line feed, the last one too.
fn in_reader(reader: Reader, message: String) -> (&'static str, String) {
    match reader {
        Reader::GetMetricStatistics => (INVALID_VALUE, message),
        Reader::GetMetricData => (VALIDATION, message + "\n"),
    }
}

/// `LabelOptions.Timezone`. Wording not confirmed.
pub fn timezone(error: &TimezoneError) -> (&'static str, String) {
    (VALIDATION, format!("The value {} for parameter LabelOptions.Timezone is invalid.", error.0))
}

#[cfg(test)]
mod tests {
    use watchtrail_core::time::Timestamp;

    use super::*;

    #[test]
    fn data_errors() {
        fn check(problem: DatumProblem, shape: &str, message: &str) {
            assert_eq!(datum(&DatumError { index: 0, problem }), (shape, message.to_owned()));
        }
        let time = Timestamp::from_millis(0);
        check(
            DatumProblem::Missing(Member::DimensionValue(1)),
            MISSING,
            "The parameter MetricData.member.1.Dimensions.member.2.Value is required.",
        );
        check(
            DatumProblem::TooLong(Member::MetricName, 255),
            INVALID_VALUE,
            "The parameter MetricData.member.1.MetricName must be shorter than 256 characters.",
        );
        check(
            DatumProblem::BadNumber(Member::Value, f64::NAN),
            INVALID_VALUE,
            "The value NaN for parameter MetricData.member.1.Value is invalid.",
        );
        check(
            DatumProblem::BadNumber(Member::Values(1), 1e200),
            INVALID_VALUE,
            "The value 1.0E200 for parameter MetricData.member.1.Values.member.2 is invalid.",
        );
        check(
            DatumProblem::BadNumber(Member::SampleCount, 0.0),
            INVALID_VALUE,
            "The value 0.0 for parameter MetricData.member.1.StatisticValues.SampleCount is invalid.",
        );
        check(
            DatumProblem::Clash(Clash::ValueAndStatisticValues),
            INVALID_COMBINATION,
            "The parameters MetricData.member.1.Value and MetricData.member.1.StatisticValues are mutually exclusive \
             and you have specified both.",
        );
        check(
            DatumProblem::TooManyValues(151),
            INVALID_VALUE,
            "The collection MetricData.member.1.Values must not have a size greater than 150.",
        );
        check(
            DatumProblem::TooOld(time),
            INVALID_VALUE,
            "The parameter MetricData.member.1.Timestamp must specify a time within the past two weeks.",
        );
        let (_, units) = datum(&DatumError { index: 0, problem: DatumProblem::UnknownUnit("x".to_owned()) });
        assert!(units.starts_with(
            "The parameter MetricData.member.1.Unit must be a value in the set [ Seconds, Micro"
        ));
        assert!(units.ends_with("Count/Second, None ]."));
    }

    #[test]
    fn several_data_errors_are_lines() {
        let error = |index| DatumError { index, problem: DatumProblem::StorageResolution(2) };
        let line = |n: u8| {
            format!(
                "The parameter MetricData.member.{n}.StorageResolution must be a value in the set [ 1, 60 ]."
            )
        };
        assert_eq!(data(&[error(0), error(4)]), Some((INVALID_VALUE, format!("{}\n{}", line(1), line(5)))));
        assert_eq!(data(&[]), None);
    }

    #[test]
    fn request_errors() {
        fn check(error: &RequestError, shape: &str, message: &str) {
            assert_eq!(request(error), (shape, message.to_owned()));
        }
        check(&RequestError::NoNamespace, MISSING, "The parameter Namespace is required.");
        check(
            &RequestError::TooManyData(2_000),
            INVALID_VALUE,
            "The collection MetricData must not have a size greater than 1000.",
        );
    }

    #[test]
    fn query_errors() {
        fn check(reader: Reader, error: PeriodError, shape: &str, message: &str) {
            assert_eq!(period(reader, "Period", &error), (shape, message.to_owned()));
        }
        let equal = "The parameter StartTime must not equal parameter EndTime.";
        check(Reader::GetMetricStatistics, PeriodError::StartEqualsEnd, INVALID_VALUE, equal);
        check(Reader::GetMetricData, PeriodError::StartEqualsEnd, VALIDATION, &format!("{equal}\n"));
        check(
            Reader::GetMetricStatistics,
            PeriodError::TooManyPoints { asked: 86_400 },
            INVALID_COMBINATION,
            "You have requested up to 86400 datapoints, which exceeds the limit of 1440. You may reduce the datapoints \
             requested by increasing Period, or decreasing the time range.",
        );
        let path = "MetricDataQueries.member.2.MetricStat.Stat";
        let message = format!("The value None for parameter {path} is not a valid statistic.");
        assert_eq!(statistic(path, &StatisticError::Unknown("None".to_owned())), (VALIDATION, message));
    }
}
