//! The tests of `tests/alarms/*.test`, which are written in the language of `docs/alarm-tests.md`.

use std::path::{Path, PathBuf};

use watchtrail_core::alarms::script;
use watchtrail_local::testing::{self, Outcome, TestOptions};

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("alarms")
}

/// What `watchtrail test` prints about a file with this text, without the time that it took and its own place.
async fn printed(text: &str, verbose: bool) -> (Outcome, String) {
    let place = tempfile::tempdir().unwrap();
    let file = place.path().join("a.test");
    std::fs::write(&file, text).unwrap();
    let mut out = Vec::new();
    let outcome = testing::run_all(&TestOptions { files: vec![file], verbose }, &mut out).await.unwrap();
    let out = String::from_utf8(out).unwrap().replace(&format!("{}/", place.path().display()), "");
    let (out, _) = out.rsplit_once(" in ").unwrap();
    (outcome, out.to_owned())
}

#[tokio::test]
async fn alarm_scripts_pass() {
    let mut out = Vec::new();
    let options = TestOptions { files: vec![folder()], verbose: false };
    let outcome = testing::run_all(&options, &mut out).await.unwrap();
    let out = String::from_utf8(out).unwrap();
    assert_eq!((outcome.failed, outcome.broken), (0, 0), "{out}");
    assert!(outcome.passed >= 90, "{out}");
}

#[test]
fn alarm_scripts_are_the_same_when_they_are_printed() {
    for entry in std::fs::read_dir(folder()).unwrap() {
        let text = std::fs::read_to_string(entry.unwrap().path()).unwrap();
        let script = script::parse(&text).unwrap();
        assert_eq!(script::parse(&script.to_string()), Ok(script));
    }
}

const ALARM: &str = "test Errors\n\n  alarm a\n    Shop Errors\n    Sum > 5 for 1 period of 1m\n    on ALARM: ops\n\n  data Shop Errors\n    0 9 9x5 0\n";

#[tokio::test]
async fn an_alarm_script_that_fails_says_where_and_draws_what_happened() {
    let text = format!(
        "{ALARM}\n  expect\n    2m  a OK\n    2m to 8m a ALARM\n    3m  a told ops ALARM\n    2m  a reason \"2 datapoints\"\n"
    );
    let (outcome, out) = printed(&text, false).await;
    assert_eq!(outcome.code(), 1);
    let expected = "\
FAIL a.test:1: Errors
     a.test:12: 2m: expected a OK, but it was ALARM
     a.test:13: 8m: expected a ALARM, but it was OK
     a.test:14: 2m: a told ops ALARM, which nothing expects
     a.test:14: 3m: expected a told ops ALARM, but it told nothing
     a.test:15: 2m: expected a reason \"2 datapoints\", but it was “Threshold Crossed: 1 datapoint [9.0 (01/01/26 00:01:00)] was greater than the threshold (5.0).”

     a: Shop Errors Sum > 5 for 1 period of 1m
     time  data  state
       0m        INSUFFICIENT_DATA
       1m  0     OK
           Threshold Crossed: 1 datapoint [0.0 (01/01/26 00:00:00)] was not greater than the threshold (5.0).
   >   2m  9     ALARM              told ops ALARM
           Threshold Crossed: 1 datapoint [9.0 (01/01/26 00:01:00)] was greater than the threshold (5.0).
   >   3m  9     ALARM
       4m  9     ALARM
        …  3 more like it
   >   8m  0     OK
           Threshold Crossed: 1 datapoint [0.0 (01/01/26 00:07:00)] was not greater than the threshold (5.0).

0 passed, 1 failed";
    assert_eq!(out, expected);
}

#[tokio::test]
async fn an_alarm_script_expects_each_action_by_itself() {
    let (outcome, out) =
        printed(&format!("{ALARM}  expect\n    2m a told ops ALARM, a told ops ALARM\n"), false).await;
    assert_eq!(outcome.code(), 1);
    assert!(out.contains("a.test:11: 2m: expected a told ops ALARM, but it told ops ALARM\n"), "{out}");
}

#[tokio::test]
async fn what_the_api_refuses_is_a_failure_of_the_alarm_script() {
    let test = format!("{ALARM}  expect\n    2m a ALARM\n").replace("of 1m", "of 7s");
    let (outcome, out) = printed(&test, false).await;
    assert_eq!(outcome.code(), 1);
    assert!(out.contains("a.test:3: 0m: PutMetricAlarm was refused: "), "{out}");
}

#[tokio::test]
async fn an_alarm_script_that_is_none_is_told_apart() {
    let (outcome, out) = printed("test x\n  alarm\n", false).await;
    assert_eq!(
        (outcome.code(), out.as_str()),
        (
            2,
            "a.test:2:8: expected a name\n      alarm\n           ^\n0 passed, 0 failed, 1 file not understood"
        )
    );
    let options = TestOptions { files: vec!["/nowhere/a.test".into()], verbose: false };
    let outcome = testing::run_all(&options, &mut Vec::new()).await.unwrap();
    assert_eq!((outcome.broken, outcome.code()), (1, 2));
}

#[tokio::test]
async fn timelines_of_alarm_scripts_are_drawn_on_request() {
    let (outcome, out) = printed(&format!("{ALARM}  expect\n    2m a ALARM\n"), true).await;
    assert_eq!(outcome.code(), 0);
    assert!(out.contains("     time  data  state\n") && out.contains("told ops ALARM"), "{out}");
}

#[tokio::test]
async fn the_guide_of_alarm_scripts_shows_what_is() {
    let guide = folder().join("../../docs/alarm-tests.md");
    let guide = std::fs::read_to_string(guide).unwrap();
    let example = std::fs::read_to_string(folder().join("example.test")).unwrap();
    assert!(
        guide.contains(&format!("```\n{example}```\n")),
        "the example in docs/alarm-tests.md is another one"
    );
    let wrong = example
        .replace("8m to 11m   trouble", "8m to 12m   trouble")
        .replace("50m         trouble", "31m         trouble");
    let (_, out) = printed(&wrong, false).await;
    let out = out.replace("a.test", "example.test");
    assert!(guide.contains(&out), "the failure in docs/alarm-tests.md is another one:\n{out}");
}
