use proptest::prelude::*;

use super::*;
use crate::alarms::alarm::Actions;

/// A test with these lines below its name.
fn body(lines: &str) -> Result<Test, ScriptError> {
    Ok(parse(&format!("test x\n{lines}"))?.tests.remove(0))
}

fn check(text: &str, expected: &str) {
    let error = parse(text).map_or_else(|error| error.to_string(), |_| "nothing is wrong".to_owned());
    assert_eq!(error, expected, "{text}");
}

#[test]
fn what_is_wrong_is_said_with_its_place() {
    const STATEMENTS: &str = "expected start, alarm, composite, mute, data, at, expect or cases";
    check("alarm a", "1:1: expected “test” and what is tested\n    alarm a\n    ^");
    check("test", "1:5: expected what is tested\n    test\n        ^");
    check("test x\n  alert a", &format!("2:3: {STATEMENTS}\n      alert a\n      ^"));
    check(
        "test x\nstart noon",
        &format!(
            "2:7: expected {}\n    start noon\n          ^",
            "a time of full minutes, such as 2026-12-01T09:00:00Z"
        ),
    );
    check(
        "test x\nalarm a",
        "2:8: expected a line after this one: the metric, such as AWS/EC2 CPUUtilization {InstanceId=i-1}\n    alarm a\n           ^",
    );
    check("test x\nalarm a\nShop", "3:5: expected the metric's name\n    Shop\n        ^");
    check(
        "test x\nalarm a\nShop E {a=1 b=2}",
        "3:13: expected “,” or “}”\n    Shop E {a=1 b=2}\n                ^",
    );
    check(
        "test x\nalarm a\nShop E {a}",
        "3:10: expected “=” and the dimension's value\n    Shop E {a}\n             ^",
    );
    let alarm = |condition: &str| format!("test x\nalarm a\nShop E\n{condition}");
    check(
        &alarm("Mean > 1 for 1 period of 1m"),
        "4:1: expected a statistic, such as Average or p99\n    Mean > 1 for 1 period of 1m\n    ^",
    );
    check(
        &alarm("Sum = 1 for 1 period of 1m"),
        "4:5: expected >, >=, < or <=\n    Sum = 1 for 1 period of 1m\n        ^",
    );
    check(
        &alarm("Sum > x for 1 period of 1m"),
        "4:7: expected the threshold, a number\n    Sum > x for 1 period of 1m\n          ^",
    );
    check(
        &alarm("Sum > 1 in 1 period of 1m"),
        "4:9: expected “for”\n    Sum > 1 in 1 period of 1m\n            ^",
    );
    check(
        &alarm("Sum > 1 for 2 of 3 times of 1m"),
        "4:20: expected “periods”\n    Sum > 1 for 2 of 3 times of 1m\n                       ^",
    );
    check(
        &alarm("Sum > 1 for 3 periods of 1"),
        "4:26: expected a period, such as 1m or 10s\n    Sum > 1 for 3 periods of 1\n                             ^",
    );
}

#[test]
fn what_is_wrong_below_an_alarm_is_said_with_its_place() {
    let alarm = "test x\nalarm a\nShop E\nSum > 1 for 3 periods of 1m";
    let option = |option: &str| format!("{alarm}\n{option}");
    check(
        &option("missing: bad"),
        "5:10: expected missing, ignore, breaching or notBreaching\n    missing: bad\n             ^",
    );
    check(
        &option("on alarm: x"),
        "5:4: expected OK:, ALARM: or INSUFFICIENT_DATA:\n    on alarm: x\n       ^",
    );
    check(
        &option("missing: ignore it"),
        "5:17: expected the end of the line\n    missing: ignore it\n                    ^",
    );
    check(&option("expect\n5m b OK"), "6:4: expected an alarm that stands above\n    5m b OK\n       ^");
    check(
        &option("expect\n5m a ok"),
        "6:6: expected OK, ALARM, INSUFFICIENT_DATA, told, reason, suppressed or gone\n    5m a ok\n         ^",
    );
    check(
        &option("expect\n5s a OK"),
        "6:1: expected a time after the start in steps of 10 s, such as 5m or 1h30m\n    5s a OK\n    ^",
    );
    check(&option("expect\n5m to 4m a OK"), "6:7: expected a time after 5m\n    5m to 4m a OK\n          ^");
    check(
        &option("expect\nfrom 5m a told ops OK"),
        "6:1: expected one time: an action is carried out once (“told nothing” goes with any)\n    from 5m a told ops OK\n    ^",
    );
    check(
        &option("expect"),
        "5:1: expected lines such as “5m cpu-high ALARM” after this one\n    expect\n    ^",
    );
    check(
        &option("at 5m stop"),
        "5:7: expected set, delete, enable, disable, unmute, pause or resume\n    at 5m stop\n          ^",
    );
}

#[test]
fn what_is_wrong_with_data_is_said_with_its_place() {
    check(
        "test x\ncomposite c\nALARM(a)",
        "3:1: expected rule: and an alarm rule, such as ALARM(a) AND NOT ALARM(b)\n    ALARM(a)\n    ^",
    );
    check(
        "test x\ndata Shop E every 1m 5 6",
        "2:22: expected every, from, late or unit; values stand on lines of their own\n    data Shop E every 1m 5 6\n                         ^",
    );
    check(
        "test x\ndata Shop E",
        "2:12: expected values on the lines after this one\n    data Shop E\n               ^",
    );
    check("test x\ndata Shop E\n1 2y", "3:4: expected a space\n    1 2y\n       ^");
    check(
        "test x\ndata Shop E\n1..9",
        "3:5: expected the step of the range, such as +10 or -1\n    1..9\n        ^",
    );
    check("test x\ndata Shop E\n9..1+1", "3:1: expected a range with at least one value\n    9..1+1\n    ^");
    check("test x\ndata Shop E\n1x0", "3:3: expected 1 to 100000\n    1x0\n      ^");
    check("test x\ndata Shop E\n[1 2", "3:5: expected a value or ]\n    [1 2\n        ^");
    check("test x\nalarm \"a", "2:7: expected a text that ends with \"\n    alarm \"a\n          ^");
    check(
        "test x\ndata Shop E\n<a>\ncases\na\n1y",
        "3:2: expected a space (with the values of line 6)\n    1y\n     ^",
    );
    check("test x\ncases\na\n1", "3:1: there is no <a> in the test\n    a\n    ^");
    check(
        "test x\ndata <a> <b>\n1\ncases\na | b\n1",
        "6:1: expected 2 values, with | between them\n    1\n    ^",
    );
    check("test x\ndata <a>\n1\ncases\na", "5:1: expected a row of values after the names\n    a\n    ^");
}

#[test]
fn values() {
    fn check(line: &str, expected: &str) {
        let test = body(&format!("data Shop E\n{line}")).unwrap();
        let shown: Vec<String> = test.data[0]
            .points()
            .map(|point| point.map_or("_".to_owned(), |samples| shown(&samples)))
            .collect();
        assert_eq!(shown.join(" "), expected, "{line}");
    }
    check("50 -1.5 +2 1e3 .5", "50 -1.5 2 1000 0.5");
    check("90x3 _x2 - -x2 -1x2", "90 90 90 _ _ _ _ _ -1 -1");
    check("10..40+10 4..1-1.5", "10 20 30 40 4 2.5 1");
    check("0..0.3+0.1x2", "0 0.1 0.2 0.30000000000000004 0 0.1 0.2 0.30000000000000004");
    check("[1 2x98 3] [5]x2 # more", "[1 2x98 3] 5 5");
    check("1 2\n3 4", "1 2 3 4");
}

#[test]
fn spans() {
    fn check(text: &str, seconds: Option<i64>, printed: &str, iso: &str) {
        let span = Span::parse(text);
        assert_eq!(span.map(Span::seconds), seconds, "{text}");
        if let Some(span) = span {
            assert_eq!((span.to_string(), span.iso()), (printed.to_owned(), iso.to_owned()), "{text}");
        }
    }
    check("0m", Some(0), "0m", "PT0S");
    check("90s", Some(90), "1m30s", "PT1M30S");
    check("1h30m", Some(5_400), "1h30m", "PT1H30M");
    check("26h", Some(93_600), "1d2h", "P1DT2H");
    check("2d", Some(172_800), "2d", "P2D");
    check("-5m", Some(-300), "-5m", "PT0S");
    for wrong in [
        "",
        "-",
        "5",
        "m",
        "5m1h",
        "5m5m",
        "5 m",
        "1.5h",
        "99999999999999999999s",
        "9223372036854775807d",
        "5ü",
    ] {
        check(wrong, None, "", "");
    }
}

#[test]
fn steps_and_ends() {
    let alarm = "alarm a\nShop E\nSum > 1 for 3 periods of";
    let check = |lines: &str, step: i64, end: i64| {
        let test = body(lines).unwrap();
        assert_eq!((test.step().seconds(), test.end().seconds()), (step, end), "{lines}");
    };
    check(&format!("{alarm} 1m"), 60, 60);
    check(&format!("{alarm} 10s"), 10, 10);
    check(&format!("{alarm} 5m\ndata Shop E every 5m from 10m\n1 2 3"), 60, 25 * 60);
    check(&format!("{alarm} 1m\ndata Shop E late 3m\n1 2 3"), 60, 6 * 60);
    check(&format!("{alarm} 1m\nexpect\n10s a OK\nfrom 1h a OK"), 10, 3_600);
    check(&format!("{alarm} 1m\nat 2h delete a"), 60, 7_200);
}

#[test]
fn rows_of_a_table_are_tests() {
    let text =
        "test of <a>\ndata Shop <a>\n<b>\ncases\na | b # both\nx y | 1\n\n<b> | 2\n# no row\ntest next\n";
    let error = parse(text).unwrap_err();
    // A cell is put in as it is.
    assert_eq!((error.line, error.row, error.text.as_str()), (2, Some(6), "data Shop x y"));
    let script = parse(&text.replace("x y", "x")).unwrap();
    let names: Vec<(&str, u32)> = script.tests.iter().map(|test| (test.name.as_str(), test.line.0)).collect();
    assert_eq!(names, [("of x", 6), ("of <b>", 8), ("next", 10)]);
    // What is in a cell is not looked at again.
    assert_eq!(script.tests[1].data[0].metric.name, "<b>");
}

#[test]
fn tables_are_not_written_out_without_end() {
    let cell = "x".repeat(10_000);
    let text = format!("test x\n{}cases\na\n{cell}", "<a>\n".repeat(100_000));
    let error = parse(&text).unwrap_err();
    assert_eq!(
        error.message,
        "the tests of a file have at most 16777216 bytes when its tables are written out"
    );
    let text = format!("test x\n{}\ncases\na\n{cell}", "<a>".repeat(1_000));
    assert_eq!(
        parse(&text).unwrap_err().message,
        "a line has at most 16384 bytes, also with the values of a table"
    );
}

fn name() -> impl Strategy<Value = String> {
    prop_oneof![
        "[a-z][a-z0-9-]{0,5}",
        "[ -~é“]{1,8}",
        Just("nothing".to_owned()),
        Just("#\\\"<x> {=,}".to_owned())
    ]
}

fn metric() -> impl Strategy<Value = Metric> {
    (name(), name(), prop::collection::vec((name(), name()), 0..3))
        .prop_map(|(namespace, name, dimensions)| Metric { namespace, name, dimensions })
}

fn span(seconds: std::ops::Range<i64>) -> impl Strategy<Value = Span> {
    seconds.prop_map(Span::from_seconds)
}

fn time() -> impl Strategy<Value = Span> {
    (0_i64..1_000).prop_map(|tens| Span::from_seconds(tens * 10))
}

fn number() -> impl Strategy<Value = f64> {
    prop_oneof![(-1_000_i32..1_000).prop_map(f64::from), -1e9..1e9, 1e-9..1e-3, 1e20..1e30]
}

fn state() -> impl Strategy<Value = AlarmState> {
    prop::sample::select(AlarmState::ALL.to_vec())
}

fn acts() -> impl Strategy<Value = Acts> {
    let list = || prop::collection::vec(name(), 0..3);
    (any::<bool>(), list(), list(), list()).prop_map(|(disabled, ok, alarm, insufficient_data)| Acts {
        disabled,
        actions: Actions { ok, alarm, insufficient_data },
    })
}

fn metric_alarm() -> impl Strategy<Value = Thing> {
    let statistic = prop::sample::select(vec!["Average", "p99.9", "TM(10%:90%)", "SampleCount"]);
    let comparison = prop::sample::select(Comparison::ALL[..4].to_vec());
    let missing = prop::option::of(prop::sample::select(TreatMissingData::ALL.to_vec()));
    let low = prop::option::of(prop::sample::select(vec![LowSampleCount::Evaluate, LowSampleCount::Ignore]));
    let unit = prop::option::of(prop::sample::select(vec![Unit::parse("Percent").unwrap()]));
    let condition = (statistic, comparison, number(), prop::option::of(0_u32..9), 0_u32..9, span(1..9_000));
    (metric(), condition, missing, low, unit, acts()).prop_map(
        |(metric, condition, missing, low_samples, unit, acts)| {
            let (statistic, comparison, threshold, datapoints_to_alarm, evaluation_periods, period) =
                condition;
            let statistic = statistic.to_owned();
            Thing::Metric(Box::new(MetricAlarm {
                metric,
                statistic,
                comparison,
                threshold,
                datapoints_to_alarm,
                evaluation_periods,
                period,
                missing,
                low_samples,
                unit,
                acts,
            }))
        },
    )
}

fn thing() -> impl Strategy<Value = Thing> {
    let suppressor = prop::option::of((name(), span(0..900), span(0..900)));
    let composite = ("[A-Z]{1,5}\\([a-z\" ]{1,5}\\)", suppressor, acts())
        .prop_map(|(rule, suppressor, acts)| Thing::Composite(Composite { rule, suppressor, acts }));
    let mute = (
        "(cron|at)\\([0-9 *]{0,9}\\)",
        span(0..9_000),
        prop::option::of(name()),
        prop::collection::vec(name(), 0..3),
    )
        .prop_map(|(expression, duration, timezone, alarms)| {
            Thing::Mute(Mute { expression, duration, timezone, alarms })
        });
    prop_oneof![metric_alarm(), composite, mute]
}

fn item() -> impl Strategy<Value = Item> {
    let samples = prop::collection::vec((number(), 1_u32..99), 1..4).prop_map(What::Samples);
    let range = (-99_i32..99, 0_i32..9, 1_i32..9).prop_map(|(from, length, step)| What::Range {
        from: f64::from(from),
        to: f64::from(from + length),
        step: f64::from(step),
    });
    let what =
        prop_oneof![Just(What::Gap), number().prop_map(|n| What::Samples(vec![(n, 1)])), samples, range];
    (what, 1_u32..9).prop_map(|(what, times)| Item { what, times })
}

fn data() -> impl Strategy<Value = Data> {
    let items = prop::collection::vec(item(), 1..20);
    (metric(), span(1..900), span(-900..900), span(0..900), items).prop_map(
        |(metric, every, from, late, items)| Data {
            line: Line(0),
            metric,
            every,
            from,
            late,
            unit: None,
            items,
        },
    )
}

fn deed(alarms: Vec<String>) -> impl Strategy<Value = Deed> {
    let alarm = || prop::sample::select(alarms.clone());
    prop_oneof![
        (alarm(), state(), prop::option::of(name())).prop_map(|(alarm, state, reason)| Deed::Set {
            alarm,
            state,
            reason
        }),
        alarm().prop_map(Deed::Delete),
        alarm().prop_map(Deed::Enable),
        alarm().prop_map(Deed::Disable),
        Just(Deed::Pause),
        Just(Deed::Resume),
    ]
}

fn fact() -> impl Strategy<Value = Fact> {
    prop_oneof![
        state().prop_map(Fact::State),
        Just(Fact::Gone),
        Just(Fact::ToldNothing),
        name().prop_map(Fact::Reason),
        Just(Fact::Suppressed(None)),
        Just(Fact::Suppressed(Some("WaitPeriod".to_owned()))),
    ]
}

fn expectation(alarms: Vec<String>) -> impl Strategy<Value = Expectation> {
    let when = prop_oneof![
        time().prop_map(When::At),
        (time(), time()).prop_map(|(a, b)| When::Between(a.min(b), a.max(b))),
        time().prop_map(When::From),
    ];
    let told = (time().prop_map(When::At), (name(), state()).prop_map(|(to, state)| Fact::Told(to, state)));
    (prop::sample::select(alarms), prop_oneof![(when, fact()), told])
        .prop_map(|(alarm, (when, fact))| Expectation { line: Line(0), when, alarm, fact })
}

fn any_test() -> impl Strategy<Value = Test> {
    let put = (name(), time(), thing()).prop_map(|(name, at, what)| Put { at, ..Put::first(&name, what) });
    let first = (name(), metric_alarm()).prop_map(|(name, what)| Put::first(&name, what));
    (first, prop::collection::vec(put, 0..3))
        .prop_flat_map(|(first, mut puts)| {
            puts.insert(0, first);
            let alarms = Test { puts: puts.clone(), ..Test::default() };
            let alarms: Vec<String> = alarms.alarms().map(str::to_owned).collect();
            let start = prop::option::of(
                (20_000_000_i64..40_000_000).prop_map(|minutes| Timestamp::from_seconds(minutes * 60)),
            );
            let commands = prop::collection::vec((time(), deed(alarms.clone())), 0..3);
            let expectations = prop::collection::vec(expectation(alarms), 0..4);
            (
                "[a-z#<>%][ -~]{0,9}[a-z]",
                start,
                Just(puts),
                prop::collection::vec(data(), 0..3),
                commands,
                expectations,
            )
        })
        .prop_map(|(name, start, puts, data, commands, expectations)| {
            let commands =
                commands.into_iter().map(|(at, what)| Command { line: Line(0), at, what }).collect();
            Test { name, line: Line(0), start, puts, data, commands, expectations }
        })
}

proptest! {
    #[test]
    fn what_is_printed_is_read_again(tests in prop::collection::vec(any_test(), 0..3)) {
        let script = Script { tests };
        let text = script.to_string();
        let read = parse(&text);
        prop_assert_eq!(read.as_ref().map_err(ToString::to_string), Ok(&script), "{}", text);
        prop_assert_eq!(read.map(|read| read.to_string()), Ok(text));
    }

    #[test]
    fn no_text_makes_it_panic(text in "\\PC{0,200}") {
        let _ = parse(&text);
        let _ = parse(&format!("test x\n{text}"));
    }

    #[test]
    fn no_damage_makes_it_panic(test in any_test(), cut in 0_usize..400, put in "[\\PC\n|<>]{0,5}") {
        let text = Script { tests: vec![test] }.to_string();
        let cut = text.char_indices().map(|(at, _)| at).nth(cut % text.chars().count()).unwrap_or(0);
        if let Err(error) = parse(&format!("{}{put}{}", &text[..cut], &text[cut..])) {
            let _ = error.to_string();
        }
        let _ = parse(&text[..cut]);
    }

    #[test]
    fn no_line_makes_it_panic(lines in prop::collection::vec(prop::sample::select(vec![
        "test", "test x", "alarm a", "Shop E", "Sum > 1 for 1 period of 1m", "on OK: a", "at: 1m", "composite c", "rule: x",
        "mute m", "at(x) for 1h", "alarms: a", "data Shop E", "1 2 3", "expect", "1m a OK", "always a told nothing",
        "cases", "a | b", "1 | 2", "<a>", "at 1m pause",
    ]), 0..12)) {
        let _ = parse(&lines.join("\n"));
    }
}
