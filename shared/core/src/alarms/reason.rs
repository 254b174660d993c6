//! `StateReason` and `StateReasonData` of metric alarms, as AWS words them.
//!
//! The sentences are those that AWS's users quoted from their own alarms. Where `DatapointsToAlarm` was given, AWS says "1 out of
//! the last 3 datapoints … (minimum 2 datapoints for OK -> ALARM transition)"; where it was not, the older "1 datapoint …". From five
//! points on only the newest five are shown.

use serde::Serialize;

use super::condition::{Comparison, Condition, TreatMissingData};
use super::evaluate::{Datapoint, Evaluation, Ground, breaches};
use super::state::AlarmState;
use crate::text::{commas, iso, java, short};
use crate::time::Timestamp;

/// The reason of an alarm that was created and not evaluated yet.
pub const UNCHECKED: &str = "Unchecked: Initial alarm creation";

/// Points that are shown at most.
const SHOWN: usize = 5;
/// `StateReasonData` is at most this long.
const LONGEST_DATA: usize = 4_000;

/// Why an alarm goes into `state`: `StateReason`.
pub fn reason(condition: &Condition, evaluation: &Evaluation, state: AlarmState) -> String {
    let n = condition.evaluation_periods;
    let real = evaluation.points.len() as u32;
    let filled = match condition.missing {
        TreatMissingData::Breaching => Some("Breaching"),
        TreatMissingData::NotBreaching => Some("NonBreaching"),
        TreatMissingData::Missing | TreatMissingData::Ignore => None,
    };
    match (evaluation.ground, filled) {
        (Ground::NoData | Ground::TooEarly, _) => {
            let unknown = n - real.min(n);
            format!("Insufficient Data: {} unknown.", counted(unknown, "datapoint"))
        }
        (Ground::Filled, Some(treated)) => {
            let received = if real == 0 {
                "no datapoints were received".to_owned()
            } else {
                format!("{} received", counted(real, "datapoint"))
            };
            let periods = if n == 1 { "1 period".to_owned() } else { format!("{n} periods") };
            let missing = counted(n - real.min(n), "missing datapoint");
            format!("Threshold Crossed: {received} for {periods} and {missing} treated as [{treated}].")
        }
        _ => crossed(condition, evaluation, state),
    }
}

/// `1 datapoint was`, `2 datapoints were`.
fn counted(count: u32, noun: &str) -> String {
    if count == 1 { format!("1 {noun} was") } else { format!("{count} {noun}s were") }
}

fn crossed(condition: &Condition, evaluation: &Evaluation, state: AlarmState) -> String {
    let alarm = state == AlarmState::Alarm;
    let telling: Vec<&Datapoint> =
        evaluation.points.iter().filter(|point| breaches(condition, point) == alarm).collect();
    let count = telling.len() as u32;
    let shown = commas(
        telling.iter().take(SHOWN).map(|point| format!("{} ({})", java(point.value), short(point.timestamp))),
    );
    let were = if count == 1 { "was" } else { "were" };
    let relation = relation(condition, &telling, alarm);
    let many = telling.len() >= SHOWN;
    let what = match (condition.datapoints_to_alarm, many) {
        (Some(_), _) => format!("{count} out of the last {} datapoints", condition.evaluation_periods),
        (None, _) if count == 1 => "1 datapoint".to_owned(),
        (None, _) => format!("{count} datapoints"),
    };
    let head = if condition.comparison.needs_band() { "Thresholds Crossed" } else { "Threshold Crossed" };
    let minimum = minimum(condition, alarm);
    if many {
        // Of recoveries this sentence is not confirmed.
        let recent = format!("The most recent datapoints which crossed the threshold: [{shown}]");
        format!("{head}: {what} {were} {relation}. {recent}{minimum}.")
    } else {
        format!("{head}: {what} [{shown}] {were} {relation}{minimum}.")
    }
}

/// `greater than the threshold (80.0)`
fn relation(condition: &Condition, points: &[&Datapoint], alarm: bool) -> String {
    let not = if alarm { "" } else { "not " };
    let limits = |limit: fn(&(f64, f64)) -> f64| {
        commas(
            points.iter().take(SHOWN).filter_map(|point| point.band.as_ref().map(|band| java(limit(band)))),
        )
    };
    let (lower, upper) = (|| limits(|band| band.0), || limits(|band| band.1));
    let words = match condition.comparison {
        Comparison::GreaterThanOrEqual => "greater than or equal to",
        Comparison::GreaterThan => "greater than",
        Comparison::LessThan => "less than",
        Comparison::LessThanOrEqual => "less than or equal to",
        Comparison::OutsideBand => {
            let (lower, upper) = (lower(), upper());
            return format!(
                "{not}less than the lower thresholds [{lower}] or {not}greater than the upper thresholds [{upper}]"
            );
        }
        Comparison::BelowBand => return format!("{not}less than the lower thresholds [{}]", lower()),
        Comparison::AboveBand => return format!("{not}greater than the upper thresholds [{}]", upper()),
    };
    format!("{not}{words} the threshold ({})", java(condition.threshold))
}

/// ` (minimum 2 datapoints for OK -> ALARM transition)`
fn minimum(condition: &Condition, alarm: bool) -> String {
    let Some(m) = condition.datapoints_to_alarm else { return String::new() };
    let (least, way) = if alarm {
        (m, "OK -> ALARM")
    } else {
        (condition.evaluation_periods.saturating_sub(m).saturating_add(1), "ALARM -> OK")
    };
    let noun = if least == 1 { "datapoint" } else { "datapoints" };
    format!(" (minimum {least} {noun} for {way} transition)")
}

/// `StateReasonData`: JSON of the points that were evaluated. `statistic` and `unit` as the alarm gives them; an alarm on `Metrics`
/// shows neither.
pub fn reason_data(
    condition: &Condition,
    evaluation: &Evaluation,
    (statistic, unit): (Option<&str>, Option<&str>),
    now: Timestamp,
) -> String {
    // Newest first, so that what does not fit is the oldest.
    let mut recent: Vec<&Datapoint> = evaluation.points.iter().take(LONGEST_DATA / 50).collect();
    recent.reverse();
    let band = condition.comparison.needs_band();
    let limits = |limit: fn((f64, f64)) -> f64| {
        band.then(|| recent.iter().filter_map(|point| point.band.map(limit)).collect())
    };
    let mut data = ReasonData {
        version: "1.0",
        query_date: iso(now),
        start_date: evaluation.points.last().map(|oldest| iso(oldest.timestamp)),
        statistic,
        unit,
        period: condition.period.seconds(),
        recent_datapoints: recent.iter().map(|point| point.value).collect(),
        recent_lower_thresholds: limits(|band| band.0),
        recent_upper_thresholds: limits(|band| band.1),
        threshold: (!band).then_some(condition.threshold),
        evaluated_datapoints: Vec::new(),
    };
    let room = LONGEST_DATA.saturating_sub(json(&data).len());
    data.evaluated_datapoints = fitting(evaluated(evaluation), room);
    json(&data)
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct ReasonData<'a> {
    version: &'static str,
    query_date: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    start_date: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    statistic: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    unit: Option<&'a str>,
    period: u32,
    recent_datapoints: Vec<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    recent_lower_thresholds: Option<Vec<f64>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    recent_upper_thresholds: Option<Vec<f64>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    threshold: Option<f64>,
    evaluated_datapoints: Vec<Evaluated>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Evaluated {
    timestamp: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    sample_count: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    value: Option<f64>,
}

fn json(value: &impl Serialize) -> String {
    // Numbers and texts always have a JSON form.
    serde_json::to_string(value).unwrap_or_default()
}

/// All points that were evaluated, newest first; of those that were missing only their time is known.
fn evaluated(evaluation: &Evaluation) -> Vec<Evaluated> {
    let real = evaluation.points.iter().map(|point| {
        let (timestamp, sample_count) = (iso(point.timestamp), Some(point.samples));
        (point.timestamp, Evaluated { timestamp, sample_count, value: Some(point.value) })
    });
    let missing = evaluation
        .filled
        .iter()
        .map(|at| (*at, Evaluated { timestamp: iso(*at), sample_count: None, value: None }));
    let mut all: Vec<(Timestamp, Evaluated)> = real.chain(missing).collect();
    all.sort_by_key(|(at, _)| std::cmp::Reverse(*at));
    all.into_iter().map(|(_, value)| value).collect()
}

fn fitting(values: Vec<Evaluated>, mut room: usize) -> Vec<Evaluated> {
    let fits = |value: &Evaluated| {
        let length = json(value).len() + 1;
        let fits = length <= room;
        room = room.saturating_sub(length);
        fits
    };
    values.into_iter().take_while(fits).collect()
}
