//! What happened to an alarm, drawn as text: a line for each time, and one for many that are alike.

use std::fmt::Write as _;

use watchtrail_core::alarms::reason::UNCHECKED;
use watchtrail_core::alarms::script::{Metric, Span, Test, Thing};

use super::check;
use super::run::{Moment, Ran};

/// So many lines that are alike are still drawn.
const ALIKE: usize = 2;
/// Data that came at once is shown up to so many characters, the newest of it.
const LONGEST: usize = 32;

/// A line.
#[derive(Debug, Default, PartialEq)]
struct Line {
    time: String,
    data: String,
    state: String,
    happened: String,
    /// Why the state is another.
    why: String,
    failed: bool,
}

impl Ran {
    /// The timelines of all alarms, or of those that something was wrong with.
    pub fn timelines(&self, test: &Test, all: bool) -> Vec<String> {
        let mut drawn = Vec::new();
        let names: Vec<&str> = test.alarms().collect();
        for (place, name) in names.iter().enumerate() {
            let failed = self.failures.iter().any(|failure| failure.alarm.as_deref() == Some(name));
            if (all || failed) && !names[..place].contains(name) {
                drawn.push(self.draw(test, name));
            }
        }
        drawn
    }

    fn draw(&self, test: &Test, name: &str) -> String {
        let thing = test.puts.iter().find(|put| put.name == name).map(|put| &put.what);
        let (watches, metric) = match thing {
            Some(Thing::Metric(alarm)) => {
                (format!("{} {}", alarm.metric, alarm.condition()), Some(&alarm.metric))
            }
            Some(Thing::Composite(composite)) => (composite.rule.clone(), None),
            _ => (String::new(), None),
        };
        let failed: Vec<Span> = self
            .failures
            .iter()
            .filter(|failure| failure.alarm.as_deref() == Some(name))
            .filter_map(|failure| failure.time)
            .collect();
        let title =
            Line { time: "time".into(), data: "data".into(), state: "state".into(), ..Line::default() };
        let mut lines = vec![title];
        let mut before = None;
        for moment in &self.moments {
            lines.push(line(test, (name, metric), moment, before, failed.contains(&moment.time)));
            before = Some(moment);
        }
        format!("     {name}: {watches}\n{}", table(&lines, metric.is_some()))
    }
}

fn line(
    test: &Test,
    (name, metric): (&str, Option<&Metric>),
    moment: &Moment,
    before: Option<&Moment>,
    failed: bool,
) -> Line {
    let is_watched = |number: usize| {
        metric.is_some_and(|metric| test.data.get(number).is_some_and(|data| same(&data.metric, metric)))
    };
    let came = moment.came.iter().filter(|(number, _)| is_watched(*number)).map(|(_, text)| text.as_str());
    let seen = moment.alarms.get(name);
    let old = before.and_then(|before| before.alarms.get(name));
    let mut happened: Vec<String> =
        moment.told.iter().filter(|told| told.alarm == name).map(check::line).collect();
    let suppressed = seen.and_then(|seen| seen.suppressed.as_deref());
    if suppressed != old.and_then(|old| old.suppressed.as_deref()) {
        happened.push(format!("suppressed {}", suppressed.unwrap_or("nothing")));
    }
    let commands =
        test.commands.iter().filter(|command| command.at == moment.time && command.what.is_of(name));
    happened.extend(commands.map(|command| command.what.to_string()));
    let changed = seen
        .filter(|seen| old.is_none_or(|old| old.state != seen.state))
        .filter(|seen| seen.reason != UNCHECKED);
    Line {
        time: moment.time.to_string(),
        data: tail(&came.collect::<Vec<_>>().join(" ")),
        state: seen.map_or_else(|| "-".to_owned(), |seen| seen.state.to_string()),
        happened: happened.join("; "),
        why: changed.map(|seen| seen.reason.clone()).unwrap_or_default(),
        failed,
    }
}

/// Whether two are the same metric: the order of dimensions does not matter.
fn same(one: &Metric, other: &Metric) -> bool {
    let sorted = |metric: &Metric| {
        let mut dimensions = metric.dimensions.clone();
        dimensions.sort();
        dimensions
    };
    one.namespace == other.namespace && one.name == other.name && sorted(one) == sorted(other)
}

fn tail(text: &str) -> String {
    let length = text.chars().count();
    if length <= LONGEST {
        return text.to_owned();
    }
    let end: String = text.chars().skip(length - LONGEST + 2).collect();
    format!("… {end}")
}

fn table(lines: &[Line], has_data: bool) -> String {
    let width = |of: fn(&Line) -> &str| lines.iter().map(|line| of(line).chars().count()).max().unwrap_or(0);
    let (time, state) = (width(|line| &line.time), width(|line| &line.state));
    let data = if has_data { width(|line| &line.data) + 2 } else { 0 };
    let mut text = String::new();
    let mut place = 0;
    while let Some(line) = lines.get(place) {
        let mark = if line.failed { '>' } else { ' ' };
        let shown = if has_data { line.data.as_str() } else { "" };
        let drawn =
            format!("   {mark} {:>time$}  {shown:data$}{:state$}  {}", line.time, line.state, line.happened);
        let _ = writeln!(text, "{}", drawn.trim_end());
        if !line.why.is_empty() {
            let _ = writeln!(text, "     {:time$}  {}", "", line.why);
        }
        place += 1;
        let alike = lines[place..].iter().take_while(|next| is_alike(line, next)).count();
        if alike > ALIKE {
            let _ = writeln!(text, "     {:>time$}  {alike} more like it", "…");
            place += alike;
        }
    }
    text.truncate(text.trim_end().len());
    text
}

/// Whether a line says nothing but what the line before said.
fn is_alike(line: &Line, next: &Line) -> bool {
    !line.failed
        && !next.failed
        && next.happened.is_empty()
        && (&line.data, &line.state) == (&next.data, &next.state)
}
