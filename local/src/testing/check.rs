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
        failures.extend(moments.iter().flat_map(|moment| actions(test, alarm, moment)));
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
    match &expectation.fact {
        // Those are looked at together.
        Fact::Told(..) => return None,
        Fact::ToldNothing => {
            let told: Vec<&Told> = moment.told.iter().filter(|told| told.alarm == *alarm).collect();
            return (!told.is_empty()).then(|| all_told(&told));
        }
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

fn all_told(told: &[&Told]) -> String {
    let all: Vec<String> = told.iter().map(|told| line(told)).collect();
    if all.is_empty() { "it told nothing".to_owned() } else { format!("it {}", all.join(", ")) }
}

/// `told ops ALARM`
pub(super) fn line(told: &Told) -> String {
    format!("told {} {}", action_name(&told.arn), told.state)
}

/// What an alarm should have told and did not, and what it told that nothing expects.
fn actions(test: &Test, alarm: &str, moment: &Moment) -> Vec<Failure> {
    let all: Vec<&Told> = moment.told.iter().filter(|told| told.alarm == alarm).collect();
    let mut left = all.clone();
    let (mut failures, mut last) = (Vec::new(), Line(0));
    let failure = |line: Line, message: String| Failure {
        line,
        message: format!("{}: {message}", moment.time),
        alarm: Some(alarm.to_owned()),
        time: Some(moment.time),
    };
    for expectation in test.expectations.iter().filter(|expectation| expectation.alarm == alarm) {
        let Fact::Told(target, state) = &expectation.fact else { continue };
        last = expectation.line;
        if !expectation.when.holds(moment.time) {
            continue;
        }
        let arn = action_arn(target);
        if let Some(place) = left.iter().position(|told| told.arn == arn && told.state == state.as_str()) {
            left.remove(place);
        } else {
            let message = format!("expected {alarm} {}, but {}", expectation.fact, all_told(&all));
            failures.push(failure(expectation.line, message));
        }
    }
    let unexpected =
        left.iter().map(|told| failure(last, format!("{alarm} {}, which nothing expects", line(told))));
    failures.extend(unexpected);
    failures
}
