use proptest::prelude::*;

use super::super::condition::{Comparison, LowSampleCount, MORE_PERIODS, TreatMissingData};
use super::super::reason::{reason, reason_data};
use super::*;
use crate::metrics::{Period, Statistic};

/// 2026-11-21T12:00:30Z
const NOW: Timestamp = Timestamp::from_millis(1_795_262_430_000);

fn condition(n: u32, m: Option<u32>, missing: TreatMissingData) -> Condition {
    Condition {
        period: Period::new(300).unwrap(),
        statistic: Statistic::Average,
        evaluation_periods: n,
        datapoints_to_alarm: m,
        comparison: Comparison::GreaterThan,
        threshold: 0.5,
        missing,
        low_samples: LowSampleCount::Evaluate,
    }
}

/// Points of a picture, oldest first, the last of which is the newest period: `0` does not breach, `X` does, `-` is missing.
fn points(condition: &Condition, picture: &str) -> Vec<Datapoint> {
    let window = condition.window(NOW);
    let marks: Vec<char> = picture.chars().filter(|mark| !mark.is_whitespace()).collect();
    assert_eq!(marks.len() as u64, window.count(), "{picture}");
    let value = |mark| match mark {
        '0' => Some(0.0),
        'X' => Some(1.0),
        _ => None,
    };
    let point =
        |(timestamp, mark)| Some(Datapoint { timestamp, value: value(mark)?, samples: 1.0, band: None });
    window.starts().zip(marks).filter_map(point).collect()
}

/// AWS's two tables: all ten rows in all four columns.
#[test]
fn missing_data() {
    fn check(picture: &str, m: u32, expected: [&str; 4]) {
        for (missing, expected) in TreatMissingData::ALL.into_iter().zip(expected) {
            let condition = condition(3, Some(m), missing);
            let found = evaluate(&condition, &points(&condition, picture), NOW).verdict;
            let found = found.map_or("keep", AlarmState::as_str);
            assert_eq!(found, expected, "{picture}, {m} out of 3, {}", missing.as_str());
        }
    }
    //                     missing, ignore, breaching, notBreaching
    check("0 - X - X", 3, ["OK", "OK", "OK", "OK"]);
    check("0 - - - -", 3, ["OK", "OK", "OK", "OK"]);
    check("- - - - -", 3, ["INSUFFICIENT_DATA", "keep", "ALARM", "OK"]);
    check("0 X X - X", 3, ["ALARM", "ALARM", "ALARM", "ALARM"]);
    check("- - X - -", 3, ["ALARM", "keep", "ALARM", "OK"]);
    check("0 - X - X", 2, ["ALARM", "ALARM", "ALARM", "ALARM"]);
    check("0 0 X 0 X", 2, ["ALARM", "ALARM", "ALARM", "ALARM"]);
    check("0 - X - -", 2, ["OK", "OK", "ALARM", "OK"]);
    check("- - - - 0", 2, ["OK", "OK", "ALARM", "OK"]);
    check("- - - X -", 2, ["ALARM", "keep", "ALARM", "OK"]);
    // From the tables' older edition: too early to tell, or just old enough.
    check("- - - - X", 3, ["INSUFFICIENT_DATA", "keep", "ALARM", "OK"]);
    check("X - - - -", 3, ["ALARM", "keep", "ALARM", "OK"]);
    check("- - - - X", 2, ["INSUFFICIENT_DATA", "keep", "ALARM", "OK"]);
    // M real points make an alarm, whatever is missing.
    check("- - - X X", 2, ["ALARM", "ALARM", "ALARM", "ALARM"]);
}

#[test]
fn comparisons() {
    fn check(comparison: Comparison, expected: [bool; 3]) {
        assert_eq!(Comparison::parse(comparison.as_str()), Some(comparison));
        let limits = if comparison.needs_band() { (1.0, 3.0) } else { (2.0, 2.0) };
        for (value, expected) in [0.5, 2.0, 3.5].into_iter().zip(expected) {
            assert_eq!(comparison.breaches(value, limits), expected, "{comparison:?} {value}");
        }
    }
    check(Comparison::GreaterThanOrEqual, [false, true, true]);
    check(Comparison::GreaterThan, [false, false, true]);
    check(Comparison::LessThan, [true, false, false]);
    check(Comparison::LessThanOrEqual, [true, true, false]);
    check(Comparison::OutsideBand, [true, false, true]);
    check(Comparison::BelowBand, [true, false, false]);
    check(Comparison::AboveBand, [false, false, true]);
}

#[test]
fn windows_move_by_the_minute_or_as_high_resolution_or_by_the_hour() {
    fn check(period: i64, n: u32, start: &str, end: &str) {
        let period = Period::new(period).unwrap();
        let window = Condition { period, ..condition(n, None, TreatMissingData::Missing) }.window(NOW);
        assert_eq!((window.start().to_string(), window.end().to_string()), (start.into(), end.into()));
    }
    check(60, 1, "2026-11-21T11:57:00Z", "2026-11-21T12:00:00Z");
    check(300, 3, "2026-11-21T11:35:00Z", "2026-11-21T12:00:00Z");
    check(10, 1, "2026-11-21T12:00:00Z", "2026-11-21T12:00:30Z");
    check(30, 2, "2026-11-21T11:58:30Z", "2026-11-21T12:00:30Z");
    check(86_400, 1, "2026-11-18T12:00:00Z", "2026-11-21T12:00:00Z");
    let later = NOW.plus_millis(29 * 60_000);
    let multi_day =
        Condition { period: Period::new(86_400).unwrap(), ..condition(2, None, TreatMissingData::Missing) };
    assert_eq!(multi_day.window(later), multi_day.window(NOW));
}

#[test]
fn low_samples() {
    fn check(statistic: &str, samples: f64, expected: Option<AlarmState>) {
        let condition = Condition {
            statistic: Statistic::parse(statistic).unwrap(),
            low_samples: LowSampleCount::Ignore,
            ..condition(1, None, TreatMissingData::Missing)
        };
        let mut points = points(&condition, "--X");
        points[0].samples = samples;
        assert_eq!(evaluate(&condition, &points, NOW).verdict, expected, "{statistic} of {samples}");
    }
    check("p99", 999.0, None);
    check("p99", 1_000.0, Some(AlarmState::Alarm));
    check("p50", 19.0, None);
    check("p50", 20.0, Some(AlarmState::Alarm));
    check("p25", 39.0, None);
    check("p25", 40.0, Some(AlarmState::Alarm));
    check("p100", 1e9, None);
    check("Average", 1.0, Some(AlarmState::Alarm));
    check("tm99", 1.0, Some(AlarmState::Alarm));
}

#[test]
fn reasons() {
    fn check(n: u32, m: Option<u32>, missing: TreatMissingData, picture: &str, expected: &str) {
        let condition = condition(n, m, missing);
        let evaluation = evaluate(&condition, &points(&condition, picture), NOW);
        let found = reason(&condition, &evaluation, evaluation.verdict.unwrap());
        assert_eq!(found, expected, "{picture}");
    }
    use TreatMissingData::{Breaching, Missing, NotBreaching};
    let at = |minute: &str| format!("(21/11/26 11:{minute}:00)");
    let (d55, d50, d45) = (at("55"), at("50"), at("45"));
    check(
        1,
        Some(1),
        Missing,
        "0-X",
        &format!(
            "Threshold Crossed: 1 out of the last 1 datapoints [1.0 {d55}] was greater than the threshold (0.5) (minimum 1 datapoint for OK -> ALARM transition)."
        ),
    );
    check(
        1,
        Some(1),
        Missing,
        "XX0",
        &format!(
            "Threshold Crossed: 1 out of the last 1 datapoints [0.0 {d55}] was not greater than the threshold (0.5) (minimum 1 datapoint for ALARM -> OK transition)."
        ),
    );
    check(
        1,
        None,
        Missing,
        "--X",
        &format!("Threshold Crossed: 1 datapoint [1.0 {d55}] was greater than the threshold (0.5)."),
    );
    check(
        3,
        Some(2),
        Missing,
        "--X0X",
        &format!(
            "Threshold Crossed: 2 out of the last 3 datapoints [1.0 {d55}, 1.0 {d45}] were greater than the threshold (0.5) (minimum 2 datapoints for OK -> ALARM transition)."
        ),
    );
    check(
        3,
        Some(2),
        Missing,
        "--0X0",
        &format!(
            "Threshold Crossed: 2 out of the last 3 datapoints [0.0 {d55}, 0.0 {d45}] were not greater than the threshold (0.5) (minimum 2 datapoints for ALARM -> OK transition)."
        ),
    );
    check(
        3,
        Some(3),
        Missing,
        "--X--",
        &format!(
            "Threshold Crossed: 1 out of the last 3 datapoints [1.0 {d45}] was greater than the threshold (0.5) (minimum 3 datapoints for OK -> ALARM transition)."
        ),
    );
    check(
        5,
        Some(5),
        Missing,
        "--XXXXX",
        &format!(
            "Threshold Crossed: 5 out of the last 5 datapoints were greater than the threshold (0.5). The most recent datapoints which crossed the threshold: [1.0 {d55}, 1.0 {d50}, 1.0 {d45}, 1.0 {}, 1.0 {}] (minimum 5 datapoints for OK -> ALARM transition).",
            at("40"),
            at("35")
        ),
    );
    check(
        1,
        None,
        Breaching,
        "---",
        "Threshold Crossed: no datapoints were received for 1 period and 1 missing datapoint was treated as [Breaching].",
    );
    check(
        2,
        None,
        NotBreaching,
        "----",
        "Threshold Crossed: no datapoints were received for 2 periods and 2 missing datapoints were treated as [NonBreaching].",
    );
    check(
        3,
        Some(2),
        Breaching,
        "----0",
        "Threshold Crossed: 1 datapoint was received for 3 periods and 2 missing datapoints were treated as [Breaching].",
    );
    check(1, None, Missing, "---", "Insufficient Data: 1 datapoint was unknown.");
    check(5, None, Missing, "-------", "Insufficient Data: 5 datapoints were unknown.");
}

#[test]
fn reasons_of_bands() {
    let condition =
        Condition { comparison: Comparison::OutsideBand, ..condition(1, Some(1), TreatMissingData::Missing) };
    let mut points = points(&condition, "--0");
    points[0].band = Some((0.25, 0.75));
    let evaluation = evaluate(&condition, &points, NOW);
    assert_eq!(
        reason(&condition, &evaluation, AlarmState::Alarm),
        "Thresholds Crossed: 1 out of the last 1 datapoints [0.0 (21/11/26 11:55:00)] was less than the lower thresholds [0.25] or \
         greater than the upper thresholds [0.75] (minimum 1 datapoint for OK -> ALARM transition)."
    );
}

#[test]
fn reason_data_is_aws_json() {
    let condition = condition(2, None, TreatMissingData::Breaching);
    let evaluation = evaluate(&condition, &points(&condition, "--X-"), NOW);
    assert_eq!(
        reason_data(&condition, &evaluation, (Some("Average"), Some("Percent")), NOW),
        r#"{"version":"1.0","queryDate":"2026-11-21T12:00:30.000+0000","startDate":"2026-11-21T11:50:00.000+0000","statistic":"Average","unit":"Percent","period":300,"recentDatapoints":[1.0],"threshold":0.5,"evaluatedDatapoints":[{"timestamp":"2026-11-21T11:55:00.000+0000"},{"timestamp":"2026-11-21T11:50:00.000+0000","sampleCount":1.0,"value":1.0}]}"#
    );
}

/// The same rules, said in the plainest way: about marks in a row, newest last.
fn naive(marks: &[Option<bool>], n: usize, m: usize, missing: TreatMissingData) -> &'static str {
    let alarm = |count: usize| if count >= m { "ALARM" } else { "OK" };
    let real: Vec<bool> = marks.iter().flatten().copied().collect();
    if real.len() >= n {
        return alarm(real[real.len() - n..].iter().filter(|breaches| **breaches).count());
    }
    let breaching = real.iter().filter(|breaches| **breaches).count();
    let unknown = if missing == TreatMissingData::Ignore { "keep" } else { "INSUFFICIENT_DATA" };
    match missing {
        TreatMissingData::Breaching => alarm(breaching + n - real.len()),
        TreatMissingData::NotBreaching => alarm(breaching),
        _ if breaching >= m => "ALARM",
        _ if real.contains(&false) => "OK",
        _ if real.is_empty() => unknown,
        _ if missing == TreatMissingData::Ignore => "keep",
        _ => {
            let oldest = marks.iter().position(Option::is_some).unwrap();
            if marks.len() - oldest >= m { "ALARM" } else { unknown }
        }
    }
}

proptest! {
    #[test]
    fn it_agrees_with_the_naive_rules(
        n in 1..6u32,
        m in 1..6u32,
        missing in prop::sample::select(TreatMissingData::ALL.to_vec()),
        marks in prop::collection::vec(prop::option::of(any::<bool>()), 8),
    ) {
        let m = m.min(n);
        let marks = &marks[..(n + MORE_PERIODS) as usize];
        let picture: String = marks.iter().map(|mark| match mark { None => '-', Some(true) => 'X', Some(false) => '0' }).collect();
        let condition = condition(n, Some(m), missing);
        let evaluation = evaluate(&condition, &points(&condition, &picture), NOW);
        let found = evaluation.verdict.map_or("keep", AlarmState::as_str);
        prop_assert_eq!(found, naive(marks, n as usize, m as usize, missing), "{} {} of {} {:?}", picture, m, n, missing);
    }

    #[test]
    fn texts_are_within_limits(n in 1..1440u32, m in 1..1440u32, value: f64, some in any::<u64>()) {
        let condition = Condition { period: Period::MINUTE, ..condition(n, Some(m.min(n)), TreatMissingData::Missing) };
        let points: Vec<_> = condition.window(NOW).starts().enumerate()
            .filter(|(number, _)| some >> (number % 64) & 1 == 1)
            .map(|(_, timestamp)| Datapoint { timestamp, value, samples: 1.0, band: None })
            .collect();
        let evaluation = evaluate(&condition, &points, NOW);
        for state in AlarmState::ALL {
            prop_assert!(reason(&condition, &evaluation, state).len() <= 1023);
        }
        prop_assert!(reason_data(&condition, &evaluation, (Some("Average"), None), NOW).len() <= 4000);
    }
}
