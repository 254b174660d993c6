//! A test from its start to its end, one step of time after the other.
//!
//! At each time: what has come by then is put; the alarms are evaluated, unless the test says that nobody does; then the test's own deeds are
//! done, and the evaluator runs once more for what follows of them at once. At 0m alarms are made and nothing is evaluated: the first
//! evaluation is a step later.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};
use watchtrail_core::alarms::AlarmState;
use watchtrail_core::alarms::script::{Acts, Data, Deed, Line, Samples, Span, Test, Thing, shown};
use watchtrail_core::time::{SECOND, Timestamp};

use super::api;
use super::check::{Failure, check};
use crate::{Home, HostError};

/// 0m where a test does not say: 2026-01-01T00:00:00Z.
const START: Timestamp = Timestamp::from_seconds(1_767_225_600);

/// PutMetricData takes so many data at once.
const MOST_DATA: usize = 1_000;

/// How a test ran.
#[derive(Debug)]
pub struct Ran {
    /// What was not as expected; none where the test passed.
    pub failures: Vec<Failure>,
    pub(super) moments: Vec<Moment>,
}

/// What there was to be seen at a time.
#[derive(Debug, Default)]
pub(super) struct Moment {
    pub(super) time: Span,
    pub(super) alarms: BTreeMap<String, Seen>,
    pub(super) told: Vec<Told>,
    /// The data points that came, and gaps: the number of the test's `data` and what is shown of the point.
    pub(super) came: Vec<(usize, String)>,
}

/// An alarm as DescribeAlarms shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Seen {
    pub(super) state: AlarmState,
    pub(super) reason: String,
    pub(super) suppressed: Option<String>,
}

/// An action that was carried out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Told {
    pub(super) alarm: String,
    pub(super) arn: String,
    pub(super) state: String,
}

/// Runs a test.
///
/// # Errors
/// When there is no suite to run it in. Whatever goes wrong in it is a failure of the test.
pub async fn run(test: &Test) -> Result<Ran, HostError> {
    let start = test.start.unwrap_or(START);
    let home = Home::still(start).await?;
    let mut stage = Stage { test, start, home, paused: false, coming: coming(test), moments: Vec::new() };
    let mut failures = stage.play().await.err().into_iter().collect::<Vec<_>>();
    if failures.is_empty() {
        failures = check(test, &stage.moments);
    }
    Ok(Ran { failures, moments: stage.moments })
}

/// A data point on its way.
struct Coming {
    arrival: Span,
    data: usize,
    begin: Span,
    samples: Option<Samples>,
}

/// All data points of a test, the last to come first.
fn coming(test: &Test) -> Vec<Coming> {
    let of = |(number, data): (usize, &Data)| -> Vec<Coming> {
        let point = |(place, samples)| Coming {
            arrival: data.arrival(place),
            data: number,
            begin: data.begin(place),
            samples,
        };
        data.points().enumerate().map(point).collect()
    };
    let mut all: Vec<Coming> = test.data.iter().enumerate().flat_map(of).collect();
    all.sort_by_key(|point| point.arrival);
    all.reverse();
    all
}

struct Stage<'a> {
    test: &'a Test,
    start: Timestamp,
    home: Home,
    paused: bool,
    coming: Vec<Coming>,
    moments: Vec<Moment>,
}

impl Stage<'_> {
    async fn play(&mut self) -> Result<(), Failure> {
        self.make_topics()?;
        let (step, end) = (self.test.step().seconds().max(1), self.test.end().seconds());
        let mut seconds = 0;
        while seconds <= end {
            let time = Span::from_seconds(seconds);
            self.moments.push(Moment { time, ..Moment::default() });
            self.home.clock.set(self.at(time));
            self.moment(time).await?;
            seconds += step;
        }
        Ok(())
    }

    fn at(&self, time: Span) -> Timestamp {
        self.start.plus_millis(time.seconds() * SECOND)
    }

    async fn moment(&mut self, time: Span) -> Result<(), Failure> {
        self.put_data(time).await?;
        let now = self.test.commands.iter().filter(|command| command.at == time);
        for command in now.clone() {
            match command.what {
                Deed::Pause => self.paused = true,
                Deed::Resume => self.paused = false,
                _ => {}
            }
        }
        let evaluates = !self.paused && time > Span::default();
        if evaluates {
            self.evaluate().await?;
        }
        let mut done = false;
        for put in self.test.puts.iter().filter(|put| put.at == time) {
            let (operation, input) = api::put(put);
            self.call(put.line, operation, &input).await?;
            done = true;
        }
        for command in now {
            if let Some((operation, input)) = api::deed(&command.what) {
                self.call(command.line, operation, &input).await?;
                done = true;
            }
        }
        if evaluates && done {
            self.evaluate().await?;
        }
        self.look().await
    }

    async fn call(&self, line: Line, operation: &str, input: &Value) -> Result<Value, Failure> {
        api::call(&self.home.context, operation, input).await.map_err(|message| self.failure(line, message))
    }

    fn failure(&self, line: Line, message: String) -> Failure {
        let at = self.moments.last().map(|moment| moment.time).unwrap_or_default();
        Failure { line, message: format!("{at}: {message}"), alarm: None, time: Some(at) }
    }

    async fn evaluate(&self) -> Result<(), Failure> {
        let report = watchtrail_alarms::handle(&self.home.context).await;
        report
            .map(drop)
            .map_err(|error| self.failure(self.test.line, format!("the evaluation failed: {error}")))
    }

    fn make_topics(&self) -> Result<(), Failure> {
        let Some(sns) = &self.home.sns else { return Ok(()) };
        let mut made = BTreeSet::new();
        for put in &self.test.puts {
            for action in acts(&put.what).into_iter().flat_map(|acts| acts.actions.all()) {
                if made.insert(action) {
                    api::make_topic(sns, action).map_err(|message| self.failure(put.line, message))?;
                }
            }
        }
        Ok(())
    }

    /// Puts the data that has come by now, each namespace's in one request or as few as it takes.
    async fn put_data(&mut self, time: Span) -> Result<(), Failure> {
        let mut came = Vec::new();
        let mut requests: BTreeMap<&str, (Line, Vec<Value>)> = BTreeMap::new();
        while self.coming.last().is_some_and(|point| point.arrival <= time) {
            let Some(point) = self.coming.pop() else { break };
            let Some(data) = self.test.data.get(point.data) else { continue };
            came.push((point.data, point.samples.as_ref().map_or_else(|| "_".to_owned(), shown)));
            if let Some(samples) = &point.samples {
                let how = (self.at(point.begin), data.unit, data.every.seconds() < 60);
                let (_, list) =
                    requests.entry(&data.metric.namespace).or_insert_with(|| (data.line, Vec::new()));
                list.push(api::datum(&data.metric, how, samples));
            }
        }
        if let Some(moment) = self.moments.last_mut() {
            moment.came = came;
        }
        for (namespace, (line, list)) in requests {
            for part in list.chunks(MOST_DATA) {
                let input = json!({ "Namespace": namespace, "MetricData": part });
                self.call(line, "PutMetricData", &input).await?;
            }
        }
        Ok(())
    }

    /// Notes what there is to be seen now.
    async fn look(&mut self) -> Result<(), Failure> {
        let input = json!({ "AlarmTypes": ["MetricAlarm", "CompositeAlarm"], "MaxRecords": 100 });
        let described = self.call(self.test.line, "DescribeAlarms", &input).await?;
        let lists = ["MetricAlarms", "CompositeAlarms"].map(|list| described[list].as_array());
        let alarms = lists.into_iter().flatten().flatten().filter_map(|alarm| {
            let seen = Seen {
                state: AlarmState::parse(alarm["StateValue"].as_str()?)?,
                reason: alarm["StateReason"].as_str().unwrap_or_default().to_owned(),
                suppressed: alarm["ActionsSuppressedBy"].as_str().map(str::to_owned),
            };
            Some((alarm["AlarmName"].as_str()?.to_owned(), seen))
        });
        let alarms = alarms.collect();
        let told = self.home.notifications.all().iter().filter_map(told).collect();
        self.home.notifications.clear();
        if let Some(moment) = self.moments.last_mut() {
            moment.alarms = alarms;
            moment.told = told;
        }
        Ok(())
    }
}

fn acts(thing: &Thing) -> Option<&Acts> {
    match thing {
        Thing::Metric(alarm) => Some(&alarm.acts),
        Thing::Composite(composite) => Some(&composite.acts),
        Thing::Mute(_) => None,
    }
}

/// An action among what the suite told others.
fn told(notification: &Value) -> Option<Told> {
    let text = |value: &Value| value.as_str().map(str::to_owned);
    match notification["kind"].as_str()? {
        "sns" => {
            let message: Value = serde_json::from_str(notification["message"].as_str()?).ok()?;
            let arn = text(&notification["topic_arn"])?;
            Some(Told { alarm: text(&message["AlarmName"])?, arn, state: text(&message["NewStateValue"])? })
        }
        // There are no functions here: that one was invoked is all that can be seen.
        "lambda" => {
            let data = &notification["event"]["alarmData"];
            let arn = text(&notification["function"])?;
            Some(Told { alarm: text(&data["alarmName"])?, arn, state: text(&data["state"]["value"])? })
        }
        _ => None,
    }
}
