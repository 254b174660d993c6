use watchtrail_wire::shapes::cloudwatch as wire;

use super::*;

fn scope() -> Scope {
    Scope { account: "123456789012".to_owned(), region: "us-east-1".to_owned() }
}

#[expect(clippy::unnecessary_wraps, reason = "members are optional")]
fn text(text: &str) -> Option<String> {
    Some(text.to_owned())
}

/// An alarm of one metric.
fn one() -> PutMetricAlarmInput {
    PutMetricAlarmInput {
        alarm_name: text("a"),
        metric_name: text("m"),
        namespace: text("N"),
        period: Some(60),
        statistic: text("Sum"),
        evaluation_periods: Some(3),
        threshold: Some(1.0),
        comparison_operator: text("GreaterThanThreshold"),
        ..PutMetricAlarmInput::default()
    }
}

fn metric_query(id: &str, returned: Option<bool>) -> MetricDataQuery {
    MetricDataQuery {
        id: text(id),
        metric_stat: Some(wire::MetricStat {
            metric: Some(Metric { namespace: text("N"), metric_name: text("m"), dimensions: None }),
            period: Some(300),
            stat: text("p99"),
            unit: None,
        }),
        return_data: returned,
        ..MetricDataQuery::default()
    }
}

/// An alarm of several.
fn many(queries: Vec<MetricDataQuery>) -> PutMetricAlarmInput {
    PutMetricAlarmInput {
        metric_name: None,
        namespace: None,
        period: None,
        statistic: None,
        metrics: Some(queries),
        ..one()
    }
}

fn check(input: PutMetricAlarmInput, expected: &str) {
    let message = parse(input, &scope()).map_or_else(|(_, message)| message, |_| "fine".to_owned());
    assert_eq!(message, expected);
}

/// [`one`], changed.
fn but(change: impl FnOnce(&mut PutMetricAlarmInput), expected: &str) {
    let mut input = one();
    change(&mut input);
    check(input, expected);
}

#[test]
fn one_metric() {
    check(one(), "fine");
    but(|i| i.alarm_name = text("\u{e4}"), "fine");
    but(|i| i.alarm_name = text("a\nb"), "AlarmName must not contain ASCII control characters");
    but(|i| i.metric_name = None, "MetricName must not be null");
    but(|i| i.namespace = None, "Namespace must not be null");
    but(|i| i.period = None, "Period must not be null");
    but(|i| i.evaluation_periods = None, "EvaluationPeriods must not be null");
    but(|i| i.threshold = None, "Threshold must not be null");
    but(|i| i.threshold = Some(f64::NAN), "The value NaN for parameter Threshold is invalid.");
    but(|i| i.comparison_operator = None, "ComparisonOperator must not be null");
    but(|i| i.statistic = None, "Exactly one of Statistic and ExtendedStatistic must be set");
    but(|i| i.extended_statistic = text("p99"), "Statistic and ExtendedStatistic cannot both be set");
    for (statistic, fine) in [("p99.9", true), ("tm90", true), ("Average", false), ("p101", false)] {
        let expected = format!("The value {statistic} for parameter ExtendedStatistic is invalid.");
        but(
            |i| (i.statistic, i.extended_statistic) = (None, text(statistic)),
            if fine { "fine" } else { &expected },
        );
    }
    let twice = |name: &str| Dimension { name: text(name), value: text("x") };
    but(|i| i.dimensions = Some(vec![twice("d"), twice("e")]), "fine");
    let expected = "No metric may specify the same dimension name twice.";
    but(|i| i.dimensions = Some(vec![twice("d"), twice("d")]), expected);
}

#[test]
fn periods() {
    let day = "Metrics cannot be checked across more than a day (EvaluationPeriods * Period must be <= 86400) for alarms \
               using period < 3600";
    let week = "Metrics cannot be checked across more than a week (EvaluationPeriods * Period must be <= 604800) for \
                alarms using period >= 3600";
    for (period, periods, expected) in [
        (10, 8_640, "fine"),
        (10, 8_641, day),
        (20, 1, "fine"),
        (30, 1, "fine"),
        (60, 1_440, "fine"),
        (60, 1_441, day),
        (3_540, 25, day),
        (3_600, 168, "fine"),
        (3_600, 169, week),
        (604_800, 1, "fine"),
        (604_800, i32::MAX, week),
    ] {
        but(|i| (i.period, i.evaluation_periods) = (Some(period), Some(periods)), expected);
    }
    for period in [0, -60, 1, 5, 15, 40, 61, 90, i32::MAX] {
        let expected = format!("Invalid period {period}: it must be 10, 20, 30 or a multiple of 60");
        but(|i| i.period = Some(period), &expected);
    }
    but(|i| i.datapoints_to_alarm = Some(3), "fine");
    but(
        |i| i.datapoints_to_alarm = Some(4),
        "DatapointsToAlarm must be less than or equal to EvaluationPeriods",
    );
}

#[test]
fn treatments() {
    for treatment in ["missing", "ignore", "breaching", "notBreaching"] {
        but(|i| i.treat_missing_data = text(treatment), "fine");
    }
    but(
        |i| i.treat_missing_data = text("Missing"),
        "The value Missing for parameter TreatMissingData must be a value in the set [ missing, ignore, breaching, \
         notBreaching ].",
    );
    let low = |i: &mut PutMetricAlarmInput, choice: &str| {
        (i.statistic, i.extended_statistic) = (None, text("p90"));
        i.evaluate_low_sample_count_percentile = text(choice);
    };
    but(|i| low(i, "ignore"), "fine");
    but(|i| low(i, "evaluate"), "fine");
    but(
        |i| low(i, "no"),
        "The value no for parameter EvaluateLowSampleCountPercentile must be a value in the set [ evaluate, ignore ].",
    );
    but(
        |i| i.evaluate_low_sample_count_percentile = text("ignore"),
        "EvaluateLowSampleCountPercentile can be set only if a percentile is set",
    );
}

#[test]
fn several_metrics() {
    check(many(vec![metric_query("m1", None)]), "fine");
    check(many(vec![metric_query("m1", None), metric_query("m2", Some(false))]), "fine");
    let not_one = "Exactly one element of the metrics list should return data.";
    check(many(vec![metric_query("m1", None), metric_query("m2", None)]), not_one);
    check(many(vec![metric_query("m1", Some(false))]), not_one);
    check(many(vec![]), "MetricName must not be null");
    let same = vec![metric_query("m1", None), metric_query("m1", Some(false))];
    check(many(same), "The values for parameter id in Metrics are not unique: m1.");
    let pattern =
        "for parameter Metrics.member.1.Id is not matching the expected pattern ^[a-z][a-zA-Z0-9_]*$.";
    check(many(vec![metric_query("M1", None)]), &format!("The value M1 {pattern}"));
    let eleven = (0..11).map(|n| metric_query(&format!("m{n}"), Some(n == 0))).collect();
    check(many(eleven), "The collection Metrics must not have a size greater than 10.");
    let mut other = metric_query("m2", Some(false));
    other.metric_stat.as_mut().unwrap().period = Some(60);
    let expected = "All metrics of an alarm must have the same period";
    check(many(vec![metric_query("m1", None), other]), expected);

    let one_but = |change: &dyn Fn(&mut MetricDataQuery), expected: &str| {
        let mut query = metric_query("m1", None);
        change(&mut query);
        check(many(vec![query]), expected);
    };
    one_but(&|q| q.account_id = text("123456789012"), "fine");
    let expected = "The value 210987654321 for parameter Metrics.member.1.AccountId is invalid.";
    one_but(&|q| q.account_id = text("210987654321"), expected);
    let expected = "Metrics.member.1.Expression is not supported yet by this suite";
    one_but(&|q| (q.metric_stat, q.expression) = (None, text("m1 * 2")), expected);
    let expected = "Metrics.member.1.MetricStat and Metrics.member.1.Expression cannot both be set";
    one_but(&|q| q.expression = text("m1 * 2"), expected);
    let expected = "Exactly one of Metrics.member.1.MetricStat and Metrics.member.1.Expression must be set";
    one_but(&|q| q.metric_stat = None, expected);
    let expected = "Metrics.member.1.MetricStat.Metric.MetricName must not be null";
    one_but(&|q| q.metric_stat.as_mut().unwrap().metric.as_mut().unwrap().metric_name = None, expected);
    let expected = "The value best for parameter Metrics.member.1.MetricStat.Stat is invalid.";
    one_but(&|q| q.metric_stat.as_mut().unwrap().stat = text("best"), expected);
}

#[test]
fn what_does_not_go_with_metrics() {
    let beside = |change: fn(&mut PutMetricAlarmInput), member: &str| {
        let mut input = many(vec![metric_query("m1", None)]);
        change(&mut input);
        check(input, &format!("{member} should not be set if list of Metrics is set"));
    };
    beside(|i| i.metric_name = text("m"), "MetricName");
    beside(|i| i.namespace = text("N"), "Namespace");
    beside(|i| i.period = Some(60), "Period");
    beside(|i| i.unit = text("Count"), "Unit");
    beside(|i| i.statistic = text("Sum"), "Statistic");
    beside(|i| i.extended_statistic = text("p99"), "ExtendedStatistic");
}

#[test]
fn what_this_suite_does_not_do() {
    let refused = |change: fn(&mut PutMetricAlarmInput), what: &str| {
        but(change, &format!("{what} is not supported yet by this suite"));
    };
    refused(|i| i.evaluation_criteria = Some(wire::EvaluationCriteria::default()), "EvaluationCriteria");
    refused(|i| i.evaluation_interval = Some(60), "EvaluationInterval");
    refused(|i| i.warm_up_configuration = Some(wire::WarmUpConfiguration::default()), "WarmUpConfiguration");
    refused(|i| (i.threshold, i.threshold_metric_id) = (None, text("m1")), "ThresholdMetricId");
    but(|i| i.threshold_metric_id = text("m1"), "Threshold and ThresholdMetricId cannot both be set");
    for operator in
        ["LessThanLowerOrGreaterThanUpperThreshold", "LessThanLowerThreshold", "GreaterThanUpperThreshold"]
    {
        let expected = format!("ComparisonOperator {operator} is not supported yet by this suite");
        but(|i| i.comparison_operator = text(operator), &expected);
    }
    let window = |wall_clock: bool| wire::EvaluationWindow {
        wall_clock_window: wall_clock.then(wire::WallClockWindow::default),
        sliding_window: (!wall_clock).then(wire::SlidingWindow::default),
    };
    but(|i| i.evaluation_window = Some(window(false)), "fine");
    let expected = "WallClockWindow is not supported yet by this suite";
    but(|i| i.evaluation_window = Some(window(true)), expected);
    let propagation = |enabled: bool| ActionConfiguration {
        alarm_tags_propagation: Some(wire::AlarmTagsPropagation {
            enabled: Some(enabled),
            ..wire::AlarmTagsPropagation::default()
        }),
    };
    but(|i| i.action_configuration = Some(propagation(false)), "fine");
    let expected = "AlarmTagsPropagation is not supported yet by this suite";
    but(|i| i.action_configuration = Some(propagation(true)), expected);
}
