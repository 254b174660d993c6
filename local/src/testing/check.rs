//! Whether what was seen is what was expected.

use std::collections::BTreeSet;

use watchtrail_core::alarms::script::{Expectation, Fact, Line, Span, Test, action_arn, action_name};

use super::run::{Moment, Told};

/// Something that was not as expected.
#[derive(Debug, Clone, PartialEq)]
pub struct Failure {
    /// The line of the expectation.
    pub line: Line,
    /// What was expected, and what there was.
    pub message: String,
    /// The alarm, where it is about one.
    pub alarm: Option<String>,
    /// When.
    pub time: Option<Span>,
}

/// All that was not as expected.
pub(super) fn check(test: &Test, moments: &[Moment]) -> Vec<Failure> {
    let mut failures: Vec<Failure> =
        test.expectations.iter().filter_map(|expectation| expected(expectation, moments)).collect();
    let strict: BTreeSet<&str> = test
        .expectations
        .iter()
        .filter(|expectation| matches!(expectation.fact, Fact::Told(..)))
        .map(|expectation| expectation.alarm.as_str())
        .collect();
    for alarm in strict {
        failures.extend(moments.iter().flat_map(|moment| unexpected(test, alarm, moment)));
    }
    failures.sort_by_key(|failure| failure.line.0);
    failures
}

/// The first time at which an expectation did not hold.
fn expected(expectation: &Expectation, moments: &[Moment]) -> Option<Failure> {
    let meant = moments.iter().filter(|moment| expectation.when.holds(moment.time));
    let mut wrong = meant.filter_map(|moment| Some((moment.time, instead(expectation, moment)?)));
    let (time, instead) = wrong.next()?;
    let more = match wrong.count() {
        0 => String::new(),
        1 => " (and at one later time)".to_owned(),
        n => format!(" (and at {n} later times)"),
    };
    let Expectation { line, alarm, fact, .. } = expectation;
    let message = format!("{time}: expected {alarm} {fact}, but {instead}{more}");
    Some(Failure { line: *line, message, alarm: Some(alarm.clone()), time: Some(time) })
}

/// What there was where something else was expected.
fn instead(expectation: &Expectation, moment: &Moment) -> Option<String> {
    let alarm = &expectation.alarm;
    let of_alarm = || moment.told.iter().filter(|told| told.alarm == *alarm);
    match &expectation.fact {
        Fact::Told(target, state) => {
            let arn = action_arn(target);
            let is_there = of_alarm().any(|told| told.arn == arn && told.state == state.as_str());
            return (!is_there).then(|| all_told(of_alarm()));
        }
        Fact::ToldNothing => return of_alarm().next().map(|_| all_told(of_alarm())),
        _ => {}
    }
    let seen = match (moment.alarms.get(alarm), &expectation.fact) {
        (None, Fact::Gone) => return None,
        (Some(_), Fact::Gone) => return Some("it was there".to_owned()),
        (None, _) => return Some("it was not there".to_owned()),
        (Some(seen), _) => seen,
    };
    match &expectation.fact {
        Fact::State(state) => (seen.state != *state).then(|| format!("it was {}", seen.state)),
        Fact::Reason(text) => (!seen.reason.contains(text)).then(|| format!("it was “{}”", seen.reason)),
        Fact::Suppressed(by) => {
            let by_what = seen.suppressed.as_deref().unwrap_or("nothing");
            (seen.suppressed != *by).then(|| format!("it was {by_what}"))
        }
        Fact::Gone | Fact::Told(..) | Fact::ToldNothing => None,
    }
}

fn all_told<'a>(told: impl Iterator<Item = &'a Told>) -> String {
    let all: Vec<String> = told.map(line).collect();
    if all.is_empty() { "it told nothing".to_owned() } else { format!("it {}", all.join(", ")) }
}

/// `told ops ALARM`
pub(super) fn line(told: &Told) -> String {
    format!("told {} {}", action_name(&told.arn), told.state)
}

/// What an alarm told that no expectation has.
fn unexpected(test: &Test, alarm: &str, moment: &Moment) -> Vec<Failure> {
    let mut left: Vec<&Told> = moment.told.iter().filter(|told| told.alarm == alarm).collect();
    let mut last = Line(0);
    for expectation in test.expectations.iter().filter(|expectation| expectation.alarm == alarm) {
        let Fact::Told(target, state) = &expectation.fact else { continue };
        last = expectation.line;
        if expectation.when.holds(moment.time) {
            let arn = action_arn(target);
            let place = left.iter().position(|told| told.arn == arn && told.state == state.as_str());
            place.map(|place| left.remove(place));
        }
    }
    let failure = |told: &&Told| Failure {
        line: last,
        message: format!("{}: {alarm} {}, which nothing expects", moment.time, line(told)),
        alarm: Some(alarm.to_owned()),
        time: Some(moment.time),
    };
    left.iter().map(failure).collect()
}
